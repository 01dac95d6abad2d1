# SPDX-License-Identifier: LGPL-3.0-or-later
"""AT1, w(d) = d: elastic up to a strength, and a crack of finite width, d = (1 - |x|/2l)^2 (Pham et al. 2011)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.physics.phase_field.model import CrackModel

Array = NDArray[np.float64]


def strength(youngs_modulus: float, toughness: float, length: float) -> float:
    """Return sqrt(3 E G_c / (8 l)), where damage begins in a homogeneous bar (Pham et al. 2011, eq. 37)."""
    return float(np.sqrt(3.0 * youngs_modulus * toughness / (8.0 * length)))


def half_band(inside: Array, outside: Array, half_width: Array) -> Array:
    """Return the surface energy (J/m^2) of one side of a crack along the middle of a band.

    Lengths over l: 2 d'' = 1/2 on both sides of the edge x = b of the band, d(0) = 1, and the flux G_c d' passes the
    edge. Outside, d = (m - (x - b))^2 / 4 ends after the distance m with m^2 + 2 b r m + b^2 - 4 = 0, r being the
    toughness outside over that inside; inside, d = 1 - (b + r m) x / 2 + x^2 / 4.

    Args:
        inside: toughness in the band, J/m^2.
        outside: toughness beside it, J/m^2.
        half_width: of the band over l.
    """
    b, r = np.minimum(half_width, 2.0), outside / inside
    m = np.sqrt((b * r) ** 2 + 4.0 - b * b) - b * r
    slope = -0.5 * (b + r * m)
    within = (1.0 + slope**2) * b + slope * b * b + b**3 / 6.0
    return 0.375 * (inside * within + outside * m**3 / 6.0)


AT1 = CrackModel("AT1", 8.0 / 3.0, lambda damage: damage, 3.0 / 8.0, strength, half_band)
