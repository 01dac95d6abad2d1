# SPDX-License-Identifier: LGPL-3.0-or-later
"""AT2, w(d) = d^2: damage from the first load on, cracks d = exp(-|x|/l) (Bourdin, Francfort and Marigo 2000)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.physics.phase_field.model import CrackModel

Array = NDArray[np.float64]


def strength(youngs_modulus: float, toughness: float, length: float) -> float:
    """Return 9/16 sqrt(E G_c / (3 l)), reached at d = 1/4 (Pham et al. 2011; Borden et al. 2012, eq. 28)."""
    return float(9.0 / 16.0 * np.sqrt(youngs_modulus * toughness / (3.0 * length)))


def half_band(inside: Array, outside: Array, half_width: Array) -> Array:
    """Return the surface energy (J/m^2) of one side of a crack along the middle of a band.

    l^2 d'' = d on both sides of the edge of the band, d(0) = 1, and the flux G_c d' passes the edge: the energy is
    -G_c l d'(0) / 2 = (G_i / 2) (G_i t + G_o) / (G_i + G_o t) with t = tanh(half width / l).

    Args:
        inside: toughness in the band G_i, J/m^2.
        outside: toughness beside it G_o, J/m^2.
        half_width: of the band over l.
    """
    t = np.tanh(half_width)
    return 0.5 * inside * (inside * t + outside) / (inside + outside * t)


AT2 = CrackModel("AT2", 2.0, lambda damage: damage**2, 1.0 / 2.0, strength, half_band)
