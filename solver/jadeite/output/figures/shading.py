# SPDX-License-Identifier: LGPL-3.0-or-later
"""Light on the faces of a picture of a solid."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# how much darker than the brightest a face turned from the light is; colours that stand for numbers stay readable
SHADING, SHADING_OF_VALUES = 0.4, 0.15
_LIGHT = np.array([0.35, 0.85, 0.55]) / np.linalg.norm([0.35, 0.85, 0.55])


def shaded(colours: Array, normals: Array, shading: float = SHADING) -> Array:
    """Colours (n, 3) of faces with unit normals (n, 3) under a light from above, the right and the front.

    `shading` is how much darker than its colour a face turned from the light is; the top keeps its colours.
    """
    light = 1.0 - shading * (1.0 - np.clip(np.atleast_2d(normals) @ _LIGHT, 0.0, 1.0))
    light /= 1.0 - shading * (1.0 - _LIGHT[1])
    lit: Array = np.clip(np.atleast_2d(colours) * light[:, None], 0.0, 1.0)
    return lit
