# SPDX-License-Identifier: LGPL-3.0-or-later
"""Nonlinear solids: laws of bulk and interfaces at points, and the body and steps made of them."""

import jadeite.fem  # noqa: F401  must come before DOLFINx
