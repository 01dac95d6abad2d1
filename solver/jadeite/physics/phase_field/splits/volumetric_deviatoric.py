# SPDX-License-Identifier: LGPL-3.0-or-later
"""Volumetric-deviatoric split: closed cracks carry compression of the volume, psi_closed = K <tr eps>_-^2 / 2.

Shear opens cracks, whatever the pressure on them (Amor, Marigo and Maurini 2009, eq. 18). Energies of volume and shape
are apart in isotropic and in cubic crystals, and only there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.physics.phase_field.splits.split import ClosedPart, EnergySplit

Array = NDArray[np.float64]

_DILATION = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])


def closed(strain: Array, bulk: Array, shear: Array) -> ClosedPart:
    """Return the compression of the volume; see `EnergySplit.closed`."""
    shrinking = np.minimum(strain[:, :3].sum(axis=1), 0.0)
    modulus = np.where(shrinking < 0.0, bulk, 0.0)
    return ClosedPart(
        energy=0.5 * bulk * shrinking**2,
        stress=(bulk * shrinking)[:, None] * _DILATION,
        tangent=modulus[:, None, None] * np.outer(_DILATION, _DILATION),
    )


VOLUMETRIC_DEVIATORIC = EnergySplit("volumetric_deviatoric", closed, True, "cubic")
