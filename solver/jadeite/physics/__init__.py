# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bulk laws and interface laws, one file each, and the problems made of them."""

import jadeite.fem  # noqa: F401  must come before DOLFINx
