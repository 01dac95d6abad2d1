# SPDX-License-Identifier: LGPL-3.0-or-later
"""The runtime prepares MPI before a test module imports DOLFINx."""

import jadeite.fem  # noqa: F401
