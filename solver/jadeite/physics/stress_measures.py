# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is read off a stress tensor: principal stresses and their directions, hydrostatic and von Mises stress."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StressMeasures:
    """Measures of n stress tensors.

    Attributes:
        principal: principal stresses, the largest first, tension positive, shape (n, 3), Pa.
        directions: unit vector of each, directions[:, k] that of principal[:, k], shape (n, 3, 3). Its sense means
            nothing and is chosen such that its largest component is positive.
        hydrostatic: a third of the trace, shape (n,), Pa.
        von_mises: sqrt(3/2 s:s) with the deviator s, shape (n,), Pa.
    """

    principal: Array
    directions: Array
    hydrostatic: Array
    von_mises: Array


def stress_measures(stress: Array) -> StressMeasures:
    """Return the measures of stress tensors of shape (n, 3, 3), Pa."""
    if not len(stress):
        return StressMeasures(np.zeros((0, 3)), np.zeros((0, 3, 3)), np.zeros(0), np.zeros(0))
    values, vectors = np.linalg.eigh(stress)
    directions = np.swapaxes(vectors, 1, 2)[:, ::-1]
    leading = np.take_along_axis(directions, np.abs(directions).argmax(axis=2)[:, :, None], axis=2)
    hydrostatic = np.trace(stress, axis1=1, axis2=2) / 3.0
    deviator = stress - hydrostatic[:, None, None] * np.eye(3)
    von_mises = np.sqrt(1.5 * np.einsum("nij,nij->n", deviator, deviator))
    return StressMeasures(values[:, ::-1], directions * np.sign(leading), hydrostatic, von_mises)
