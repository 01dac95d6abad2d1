# SPDX-License-Identifier: LGPL-3.0-or-later
"""The verification book: closed-form reference checks of the solver, each with an id."""

import jadeite.fem  # noqa: F401  the runtime comes before anything of DOLFINx
