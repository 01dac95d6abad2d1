# SPDX-License-Identifier: LGPL-3.0-or-later
"""Closures by the names that cases use; a new one is one module with a function and one row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jadeite.physics.space_charge import mott_schottky, poisson_boltzmann, resolved, site_limited
from jadeite.physics.space_charge.conditions import Conditions, SpaceChargeLayers

CLOSURES: Mapping[str, Callable[[Conditions], SpaceChargeLayers]] = {
    "poisson_boltzmann": poisson_boltzmann.solve,
    "mott_schottky": mott_schottky.solve,
    "site_limited": site_limited.solve,
    "resolved": resolved.solve,
}


def solve(closure: str, conditions: Conditions) -> SpaceChargeLayers:
    """Return the layers beside a boundary with the closure of a name.

    Raises:
        SpaceChargeError: the closure has no answer for the core.
    """
    return CLOSURES[closure](conditions)
