# SPDX-License-Identifier: LGPL-3.0-or-later
"""Full Poisson-Boltzmann closure: dilute ions in front of a frozen background, without further approximation.

    n(u) = e^-u,   (u')^2 = 2 (u + e^-u - 1)   in Debye lengths,   sigma(u)/sigma = e^-u.

It is the lattice of the site-limited closure with so many sites that none is ever wanting.
"""

from __future__ import annotations

from jadeite.physics.space_charge.conditions import Conditions, SpaceChargeLayers
from jadeite.physics.space_charge.reduced import solve_layers
from jadeite.physics.space_charge.site_limited import SiteLimited


def solve(conditions: Conditions) -> SpaceChargeLayers:
    """Return the layers beside a boundary of dilute ions; a density of sites is not read.

    Raises:
        SpaceChargeError: the potential of the core is beyond reason.
    """
    return solve_layers(SiteLimited(filling=0.0), conditions)
