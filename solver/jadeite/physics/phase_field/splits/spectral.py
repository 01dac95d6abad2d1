# SPDX-License-Identifier: LGPL-3.0-or-later
"""Spectral split: closed cracks carry shortening, psi_closed = lambda <tr eps>_-^2 / 2 + mu sum_a <eps_a>_-^2.

eps_a are the principal strains (Miehe, Welschinger and Hofacker 2010, eq. 18). The formula is that of isotropic solids.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.physics.phase_field.splits.split import ClosedPart, EnergySplit

Array = NDArray[np.float64]

_DILATION = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
_ROWS, _COLUMNS = np.array([0, 1, 2, 1, 0, 0]), np.array([0, 1, 2, 2, 2, 1])


def closed(strain: Array, bulk: Array, shear: Array) -> ClosedPart:
    """Return the shortening; see `EnergySplit.closed`.

    The derivative of the negative part of a symmetric tensor is, in its principal frame, the divided difference of
    min(x, 0) between two principal values; where they are equal, its derivative.
    """
    tensor = np.zeros((len(strain), 3, 3))
    tensor[:, _ROWS, _COLUMNS] = strain * np.array([1.0, 1.0, 1.0, 0.5, 0.5, 0.5])
    tensor[:, _COLUMNS, _ROWS] = tensor[:, _ROWS, _COLUMNS]
    principal, frame = np.linalg.eigh(tensor)
    negative = np.minimum(principal, 0.0)
    shrinking = np.minimum(principal.sum(axis=1), 0.0)
    lame = bulk - 2.0 / 3.0 * shear

    # dyads n_a n_b, symmetric, in Voigt order; applied to engineering strains they give tensor components
    dyad = np.einsum("nia,njb->nabij", frame, frame)[:, :, :, _ROWS, _COLUMNS]
    dyad = 0.5 * (dyad + np.swapaxes(dyad, 1, 2))
    difference = principal[:, :, None] - principal[:, None, :]
    apart = np.abs(difference) > 1e-12 * np.abs(principal).max(axis=1, initial=0.0)[:, None, None]
    slope = np.where(principal < 0.0, 1.0, 0.0)
    share = np.divide(
        negative[:, :, None] - negative[:, None, :],
        difference,
        where=apart,
        out=np.ascontiguousarray(np.broadcast_to(slope[:, :, None], difference.shape)),
    )
    tangent = 2.0 * shear[:, None, None] * np.einsum("nab,nabk,nabl->nkl", share, dyad, dyad, optimize=True)
    modulus = np.where(shrinking < 0.0, lame, 0.0)
    return ClosedPart(
        energy=0.5 * lame * shrinking**2 + shear * (negative**2).sum(axis=1),
        stress=(lame * shrinking)[:, None] * _DILATION
        + 2.0 * shear[:, None] * np.einsum("na,naak->nk", negative, dyad, optimize=True),
        tangent=tangent + modulus[:, None, None] * np.outer(_DILATION, _DILATION),
    )


SPECTRAL = EnergySplit("spectral", closed, True, "isotropic")
