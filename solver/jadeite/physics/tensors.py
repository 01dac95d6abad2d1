# SPDX-License-Identifier: LGPL-3.0-or-later
"""Crystal properties brought from the crystal frame to the laboratory frame, for all grains at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rotate_principal_values(principal: NDArray[np.float64], rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Q diag(principal) Q^T for each grain.

    Args:
        principal: values along the crystal axes, shape (3,) or (n, 3).
        rotation: rotations from crystal to laboratory frame, shape (n, 3, 3).

    Returns:
        Symmetric tensors, shape (n, 3, 3), in the unit of the principal values.
    """
    values = np.broadcast_to(principal, (len(rotation), 3))
    return np.einsum("gik,gk,gjk->gij", rotation, values, rotation)


def symmetric_to_voigt(tensor: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return strains (n, 3, 3) as Voigt vectors (n, 6): 11, 22, 33, 23, 13, 12 with engineering shears."""
    return np.stack(
        [
            tensor[:, 0, 0],
            tensor[:, 1, 1],
            tensor[:, 2, 2],
            2.0 * tensor[:, 1, 2],
            2.0 * tensor[:, 0, 2],
            2.0 * tensor[:, 0, 1],
        ],
        axis=1,
    )
