# SPDX-License-Identifier: LGPL-3.0-or-later
"""What drives the solver: one run of a case, from the case file to the run folder."""

import jadeite.fem  # noqa: F401  must come before DOLFINx
