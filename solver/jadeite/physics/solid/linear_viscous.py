# SPDX-License-Identifier: LGPL-3.0-or-later
"""Viscous flow at a rate proportional to stress, as of diffusion creep (Coble 1963): s = 2 viscosity d(eps_in)/dt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jadeite.physics.solid.laws import Array


@dataclass(frozen=True)
class LinearViscousFlow:
    """The flow rule of a Newtonian metal.

    Attributes:
        viscosity: at the temperature of the metal, Pa s; under a uniaxial stress q it flows at q / (3 viscosity).
    """

    viscosity: float

    def rate(self, stress: Array, strain: Array) -> tuple[Array, Array, Array]:
        """Return the rate and its derivatives; strain has no influence."""
        fluidity = 1.0 / (3.0 * self.viscosity)
        return stress * fluidity, np.full_like(stress, fluidity), np.zeros_like(stress)

    def stress_at(self, rate: Any, strain: Any) -> Any:
        """Return the stress of a rate."""
        return 3.0 * self.viscosity * rate
