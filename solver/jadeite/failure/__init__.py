# SPDX-License-Identifier: LGPL-3.0-or-later
"""Current focusing, stress intensity factors, initiation criteria and the critical current density."""

import jadeite.fem  # noqa: F401  the runtime comes before anything of DOLFINx
