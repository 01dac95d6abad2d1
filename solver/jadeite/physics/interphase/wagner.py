# SPDX-License-Identifier: LGPL-3.0-or-later
"""Growth by ambipolar diffusion of sodium ions and electrons through the film, which may crack when it gets thick."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.constants import FARADAY
from jadeite.physics.interphase.parabolic import ParabolicGrowth

Array = NDArray[np.float64]


def wagner_constant(
    ionic_conductivity: float, electronic_conductivity: float, potential_drop: float, volume_per_sodium: float
) -> float:
    """Return k of x dx/dt = k for a film that ions and electrons cross together, m^2/s.

    k = (V / F^2) [s_i s_e / (s_i + s_e)] dmu with dmu = F times the drop (Wagner 1933, Z. phys. Chem. B 21, 25, with
    conductivities that are constant across the film).

    Args:
        ionic_conductivity: s_i, S/m.
        electronic_conductivity: s_e, S/m.
        potential_drop: drop of the chemical potential of sodium across the film over the Faraday constant, V.
        volume_per_sodium: V, volume of film that forms per mole of sodium consumed, m^3/mol.
    """
    ambipolar = ionic_conductivity * electronic_conductivity / (ionic_conductivity + electronic_conductivity)
    return volume_per_sodium / FARADAY * ambipolar * potential_drop


@dataclass(frozen=True)
class CrackingGrowth:
    """Parabolic growth whose constant changes once the film is thick enough to crack.

    Cracks filled with sodium or its reduced products carry electrons past the film: growth goes on faster, as if the
    whole film conducted electrons better.

    Attributes:
        constant: k of the whole film, m^2/s.
        cracking_thickness: m.
        constant_after: k of the cracked film, m^2/s.
    """

    constant: float
    cracking_thickness: float
    constant_after: float

    def grown(self, thickness: Array, duration: Array) -> Array:
        thickness, duration = np.asarray(thickness, dtype=np.float64), np.asarray(duration, dtype=np.float64)
        until = np.maximum(self.cracking_thickness**2 - thickness**2, 0.0) / (2.0 * self.constant)
        whole = np.minimum(duration, until)
        squared = thickness**2 + 2.0 * (self.constant * whole + self.constant_after * (duration - whole))
        return np.sqrt(squared)

    def speed(self, thickness: Array) -> Array:
        whole = np.asarray(thickness) < self.cracking_thickness
        constant = np.where(whole, self.constant, self.constant_after)
        with np.errstate(divide="ignore"):
            return constant / np.asarray(thickness)


def wagner_growth(
    constant: float, cracking_thickness: float = math.inf, constant_after: float = 0.0
) -> ParabolicGrowth | CrackingGrowth:
    """Return growth with a Wagner constant (m^2/s), and another one from a thickness (m) at which the film cracks."""
    if math.isinf(cracking_thickness):
        return ParabolicGrowth(constant)
    return CrackingGrowth(constant, cracking_thickness, constant_after)
