# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a cell that is held for a time while films grow."""
