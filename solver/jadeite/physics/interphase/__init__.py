# SPDX-License-Identifier: LGPL-3.0-or-later
"""Films that grow between sodium and electrolyte: laws of growth, one per module, and their state on facets."""

import jadeite.fem  # noqa: F401  must come before DOLFINx
