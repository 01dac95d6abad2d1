# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boundaries that open: tractions that fall to zero with the separation of their faces."""

import jadeite.fem  # noqa: F401
