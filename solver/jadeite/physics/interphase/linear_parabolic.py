# SPDX-License-Identifier: LGPL-3.0-or-later
"""Growth limited by the reaction while the film is thin and by diffusion through it when it is thick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LinearParabolicGrowth:
    """x^2 + A x = B (t + t0) (Deal and Grove 1965, J. Appl. Phys. 36, 3770, eq. 12), that is dx/dt = B / (2 x + A).

    Attributes:
        parabolic_constant: B, m^2/s; a thick film grows with x dx/dt = B / 2.
        linear_rate: B/A, m/s, the speed at which a thin film grows.
    """

    parabolic_constant: float
    linear_rate: float

    @property
    def length(self) -> float:
        """A, m: films much thinner grow by the linear rate, films much thicker by diffusion."""
        return self.parabolic_constant / self.linear_rate

    def grown(self, thickness: Array, duration: Array) -> Array:
        length = self.length
        right = thickness * (thickness + length) + self.parabolic_constant * duration
        # the form of the root that loses no digits to a difference while the film is thin
        return 2.0 * right / (length + np.sqrt(length**2 + 4.0 * right))

    def speed(self, thickness: Array) -> Array:
        return self.parabolic_constant / (2.0 * np.asarray(thickness) + self.length)
