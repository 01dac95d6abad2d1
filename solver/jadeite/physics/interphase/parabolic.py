# SPDX-License-Identifier: LGPL-3.0-or-later
"""Growth limited by diffusion through the film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ParabolicGrowth:
    """x dx/dt = k (Tammann 1920; Wagner 1933): from nothing, x = sqrt(2 k t).

    Attributes:
        constant: k, m^2/s.
    """

    constant: float

    def grown(self, thickness: Array, duration: Array) -> Array:
        return np.sqrt(thickness**2 + 2.0 * self.constant * duration)

    def speed(self, thickness: Array) -> Array:
        with np.errstate(divide="ignore"):
            return self.constant / np.asarray(thickness)
