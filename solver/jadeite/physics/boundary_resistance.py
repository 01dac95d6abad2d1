# SPDX-License-Identifier: LGPL-3.0-or-later
"""Area-specific resistance of grain boundaries: laws that give one value per boundary from what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.network.rules import share_of_high_angle


class BoundaryResistance(Protocol):
    """A law for the area-specific resistance of boundaries."""

    def resistance(self, misorientation: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the resistance (ohm m^2) at misorientation angles (rad, NaN where there is none)."""
        ...


@dataclass(frozen=True)
class ConstantResistance:
    """The same resistance at every boundary.

    Attributes:
        value: ohm m^2.
    """

    value: float

    def resistance(self, misorientation: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.full(misorientation.shape, self.value)


@dataclass(frozen=True)
class MisorientationResistance:
    """Resistance that grows with misorientation like the energy of a dislocation wall, up to a plateau.

    R = R_high [r + (1 - r) f],  f = (a/a_t)(1 - ln(a/a_t)) below the transition angle a_t and 1 above it, the shape
    of Read and Shockley (Phys. Rev. 78, 1950, 275, eq. 5): a boundary of few dislocations blocks little. Boundaries
    without a misorientation, between different materials, count as high-angle.

    Attributes:
        high_angle: R_high, ohm m^2.
        low_angle_ratio: r, resistance at zero misorientation over R_high.
        transition_angle: a_t, rad; 15 degrees is customary (Brandon, Acta Metall. 14, 1966, 1479).
    """

    high_angle: float
    low_angle_ratio: float
    transition_angle: float

    def resistance(self, misorientation: NDArray[np.float64]) -> NDArray[np.float64]:
        rise = share_of_high_angle(misorientation, self.transition_angle)
        return self.high_angle * (self.low_angle_ratio + (1.0 - self.low_angle_ratio) * rise)
