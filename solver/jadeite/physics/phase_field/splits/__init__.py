# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which part of the elastic energy opens cracks, one module per answer."""
