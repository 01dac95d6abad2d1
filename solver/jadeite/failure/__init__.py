# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where and when a dendrite starts: focusing, stress intensity, criteria, critical current, resistance."""

import jadeite.fem  # noqa: F401  must come before DOLFINx
