# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stress of a film that takes more or less room than what it formed from, and its pull on the electrolyte.

A film much thinner than anything it is bonded to shares the strain of the surface under it. Its misfit then is a
biaxial stress, and all that the electrolyte feels of it is a tension along the surface, force per length, like a
surface tension: thickness times stress (Stoney 1909; Freund and Suresh 2003, Thin Film Materials, section 2.1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.materials.laws import voigt_average


def film_stress(stiffness: NDArray[np.float64], modulus_ratio: float, volume_strain: float) -> float:
    """Return the biaxial stress of a film, Pa, tension positive: -E_f / (1 - nu) e_v / 3.

    The linear misfit strain is a third of the volume strain e_v. Film and electrolyte share Poisson's ratio nu; the
    modulus of the film is a ratio of that of an isotropic aggregate of the electrolyte's crystals (Voigt average).

    Args:
        stiffness: of the electrolyte's crystal, shape (6, 6), Pa.
        modulus_ratio: Young's modulus of the film over that of the electrolyte.
        volume_strain: relative change of volume when the film forms.
    """
    bulk, rigidity = voigt_average(stiffness)
    # E / (1 - nu) of an isotropic solid
    biaxial = 18.0 * bulk * rigidity / (3.0 * bulk + 4.0 * rigidity)
    return -modulus_ratio * biaxial * volume_strain / 3.0
