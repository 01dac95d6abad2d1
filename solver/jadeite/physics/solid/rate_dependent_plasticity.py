# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plastic flow above a yield stress, faster the higher the stress: the overstress law of Perzyna (1966).

rate = reference rate (q / Y - 1)^m where q > Y, else 0,     Y = yield stress + hardening modulus times p
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jadeite.physics.solid.laws import Array


@dataclass(frozen=True)
class OverstressFlow:
    """The flow rule of rate-dependent plasticity.

    Attributes:
        yield_stress: at vanishing rate and strain, Pa.
        reference_rate: plastic strain rate at twice the yield stress, 1/s.
        exponent: m of the overstress, at least 1.
        hardening_modulus: rise of the yield stress with the equivalent plastic strain, Pa.
    """

    yield_stress: float
    reference_rate: float
    exponent: float
    hardening_modulus: float = 0.0

    def rate(self, stress: Array, strain: Array) -> tuple[Array, Array, Array]:
        """Return the rate and its derivatives."""
        flow_stress = self._flow_stress(strain)
        over = np.maximum(stress / flow_stress - 1.0, 0.0)
        above = over > 0.0
        power = self.reference_rate * over ** (self.exponent - 1.0) * above
        by_over = self.exponent * power
        by_strain = -by_over * stress / flow_stress**2 * self.hardening_modulus
        return power * over, by_over / flow_stress, by_strain

    def stress_at(self, rate: Any, strain: Any) -> Any:
        """Return the stress of a rate; at rest the yield stress."""
        return self._flow_stress(strain) * (1.0 + (rate / self.reference_rate) ** (1.0 / self.exponent))

    def _flow_stress(self, strain: Array) -> Array:
        return self.yield_stress + self.hardening_modulus * np.maximum(strain, 0.0)
