# SPDX-License-Identifier: LGPL-3.0-or-later
"""What every physics needs: domain and names, broken spaces, facet data, solvers."""

import jadeite.fem.runtime  # noqa: F401  must run before anything of DOLFINx is imported
