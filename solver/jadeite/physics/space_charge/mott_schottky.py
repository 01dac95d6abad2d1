# SPDX-License-Identifier: LGPL-3.0-or-later
"""Closure of complete depletion (Mott, 1939; Schottky, 1939): no ion is left within a layer of finite width.

    phi(x) = Phi (1 - x/w)^2,   w = sqrt(2 eps Phi/(e c)),   Q = 2 sqrt(2 eps e c Phi),

while the resistance counts the few ions that Boltzmann leaves, n = e^-u. The two layers of width w together resist
R = (2 w/sigma) I(u) with I(u) = int_0^1 exp(u s^2) ds = e^u Daw(sqrt u)/sqrt u, of which the often printed e^u/(2u) is
only the leading term; the excess takes away the 2 w/sigma of the grain. In the terms of the first integral, G(u) = u.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jadeite.physics.space_charge.conditions import Array, Conditions, SpaceChargeError, SpaceChargeLayers
from jadeite.physics.space_charge.reduced import solve_layers


@dataclass(frozen=True, slots=True)
class MottSchottky:
    """Ions that are expelled completely."""

    @property
    def screening(self) -> float:
        """That of a dilute ion."""
        return 1.0

    def relative_concentration(self, u: Array) -> Array:
        """The ions that Boltzmann leaves; they conduct, and their charge is not counted."""
        return np.asarray(np.exp(-u), dtype=float)

    def half_field_squared(self, u: Array) -> Array:
        """G(u) = u."""
        return u

    def relative_resistivity_excess(self, u: Array) -> Array:
        """e^u - 1."""
        return np.asarray(np.expm1(u), dtype=float)

    def check(self, u: float) -> None:
        """Refuse a core that attracts ions, which depletes nothing."""
        if u < 0.0:
            raise SpaceChargeError(
                "the mott_schottky closure is one of depletion, and a negative core gathers sodium ions; "
                "choose poisson_boltzmann or site_limited"
            )

    def profile(self, u: float, x: Array) -> Array | None:
        """u (1 - x/w)^2."""
        width = np.sqrt(2.0 * u)
        if width == 0.0:
            return np.zeros_like(x)
        return np.asarray(u * np.clip(1.0 - x / width, 0.0, None) ** 2, dtype=float)


def solve(conditions: Conditions) -> SpaceChargeLayers:
    """Return the completely depleted layers beside a boundary; a density of sites is not read.

    Raises:
        SpaceChargeError: the core attracts ions, or its potential is beyond reason.
    """
    given = conditions.core_potential if conditions.core_charge is None else conditions.core_charge
    closure = MottSchottky()
    if given is not None and given < 0.0:
        closure.check(given)
    return solve_layers(closure, conditions)
