# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cracks as a field of damage that spreads over a length: energy, its minimisation, and where it is sharp enough."""

import jadeite.fem  # noqa: F401  the runtime comes before anything of DOLFINx
