# SPDX-License-Identifier: LGPL-3.0-or-later
"""Power-law creep: equivalent strain rate = reference rate (von Mises stress / reference stress)^n (Norton 1929)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jadeite.physics.solid.laws import Array


@dataclass(frozen=True)
class NortonFlow:
    """The flow rule of power-law creep.

    Attributes:
        reference_rate: uniaxial strain rate under the reference stress at the temperature of the metal, 1/s.
        reference_stress: Pa.
        exponent: n, at least 1.
    """

    reference_rate: float
    reference_stress: float
    exponent: float

    def rate(self, stress: Array, strain: Array) -> tuple[Array, Array, Array]:
        """Return the rate and its derivatives; strain has no influence."""
        relative = stress / self.reference_stress
        power = self.reference_rate * relative ** (self.exponent - 1.0)
        return power * relative, self.exponent * power / self.reference_stress, np.zeros_like(stress)

    def stress_at(self, rate: Any, strain: Any) -> Any:
        """Return the stress of a rate."""
        return self.reference_stress * (rate / self.reference_rate) ** (1.0 / self.exponent)
