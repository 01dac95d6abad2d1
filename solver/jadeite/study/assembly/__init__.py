# SPDX-License-Identifier: LGPL-3.0-or-later
"""From names in a case to the laws of the code, one module per mechanism."""
