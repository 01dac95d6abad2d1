# SPDX-License-Identifier: LGPL-3.0-or-later
"""Site-limited closure: sodium ions on a lattice that has no more than so many sites.

The electrochemical potential mu0 + RT ln(c/(c_max - c)) + F phi is the same everywhere in equilibrium. With the share
t = c/c_max of taken sites in the grain and u = e phi/kT this gives (Fermi's distribution, as used for solids since
Kliewer and Koehler, 1965)

    n(u) = e^-u/(1 - t + t e^-u),        G(u) = u + ln(1 - t + t e^-u)/t,

where G, the first integral of Poisson's equation, follows from d ln(1 - t + t e^-u)/du = -t n. An ion jumps only to an
empty site: the conductivity goes with c (1 - c/c_max), over that of the grain e^-u/(1 - t + t e^-u)^2. Where fewer than
half of the sites are empty, a weak depletion therefore conducts better than the grain, not worse. A small potential
falls by e over L/sqrt(1 - t). No potential is beyond the lattice: it fills up, and the layer becomes wider. t = 0 is
the full Poisson-Boltzmann closure.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from jadeite.physics.space_charge.conditions import Array, Conditions, SpaceChargeError, SpaceChargeLayers
from jadeite.physics.space_charge.reduced import solve_layers

#: Below this potential the difference of nearly equal numbers in G is replaced by its series.
_SMALL = 1e-4


@dataclass(frozen=True, slots=True)
class SiteLimited:
    """Ions on a lattice of which they take the share `filling`, below one, in the grain; zero: without limit."""

    filling: float

    @property
    def screening(self) -> float:
        """1/sqrt(1 - t)."""
        return 1.0 / sqrt(1.0 - self.filling)

    def relative_concentration(self, u: Array) -> Array:
        """n(u)."""
        # the form for either sign that no exponential overflows
        decay = np.exp(-np.abs(u))
        t = self.filling
        return np.where(u >= 0.0, decay / (1.0 - t + t * decay), 1.0 / ((1.0 - t) * decay + t))

    def half_field_squared(self, u: Array) -> Array:
        """G(u)."""
        t = self.filling
        direct = u + (np.log1p(t * np.expm1(-u)) / t if t > 0.0 else np.expm1(-u))
        series = (1.0 - t) * u**2 * (0.5 - (1.0 - 2.0 * t) * u / 6.0 + (1.0 - 6.0 * t + 6.0 * t**2) * u**2 / 24.0)
        return np.where(np.abs(u) < _SMALL, series, direct)

    def relative_resistivity_excess(self, u: Array) -> Array:
        """sigma/sigma(u) - 1 = (1 - t)^2 (e^u - 1) + t^2 (e^-u - 1)."""
        t = self.filling
        return np.asarray((1.0 - t) ** 2 * np.expm1(u) + t**2 * np.expm1(-u), dtype=float)

    def check(self, u: float) -> None:
        """Every potential has its answer."""

    def profile(self, u: float, x: Array) -> Array | None:
        """No formula: it is integrated."""
        return None


def solve(conditions: Conditions) -> SpaceChargeLayers:
    """Return the layers beside a boundary of ions that share a limited number of sites.

    Raises:
        SpaceChargeError: no number of sites is given, or the potential of the core is beyond reason.
    """
    if conditions.site_density is None:
        raise SpaceChargeError("the site_limited closure needs the density of sites that sodium ions may take")
    return solve_layers(SiteLimited(conditions.filling), conditions)
