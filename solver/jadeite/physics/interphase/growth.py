# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a law of film growth has to say: how thick a film of a given thickness is after a time.

Laws say it in closed form, so that a step in time has no error of its own and a film may start from nothing, where the
speed of diffusion-limited growth is infinite.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jadeite.constants import GAS

Array = NDArray[np.float64]


class GrowthLaw(Protocol):
    """Growth of a film whose speed depends on nothing but its thickness."""

    def grown(self, thickness: Array, duration: Array) -> Array:
        """Return the thickness (m) of films of a given thickness (m) after a duration (s), element by element."""
        ...

    def speed(self, thickness: Array) -> Array:
        """Return dx/dt (m/s) at a thickness (m); infinite at zero where diffusion alone limits growth."""
        ...


def arrhenius(value: float, activation_energy: float, reference_temperature: float, temperature: float) -> float:
    """Return a rate constant at a temperature from its value at a reference temperature.

    value exp(-(E/R) (1/T - 1/T_ref)), with the energy in J/mol and temperatures in K.
    """
    return value * math.exp(-activation_energy / GAS * (1.0 / temperature - 1.0 / reference_temperature))
