# SPDX-License-Identifier: LGPL-3.0-or-later
"""The sharpest corner of a plane geometry: how good its geometry lets triangles be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.plane.arrangement import Face

Array = NDArray[np.float64]


def smallest_corner(points: Array, faces: tuple[Face, ...]) -> float:
    """The smallest angle in rad that a geometry has inside its material, between neighbouring edges of a face.

    No triangulation has a larger smallest angle than that. Edges embedded in a face count as well.
    """
    worst = np.inf
    for face in faces:
        if len(face.embedded):
            worst = min(worst, _least_between(points, face))
            continue
        for loop in face.loops:
            corner = points[loop]
            forth, back = np.roll(corner, -1, axis=0) - corner, np.roll(corner, 1, axis=0) - corner
            cross = forth[:, 0] * back[:, 1] - forth[:, 1] * back[:, 0]
            angle = np.arctan2(cross, np.sum(forth * back, axis=1)) % (2 * np.pi)
            worst = min(worst, float(angle.min()))
    return worst


def _least_between(points: Array, face: Face) -> float:
    """Smallest angle between two edges of one face that share a point, whatever lies between them."""
    edges = np.concatenate([*(np.stack([loop, np.roll(loop, -1)], axis=1) for loop in face.loops), face.embedded])
    at, to = np.concatenate([edges, edges[:, ::-1]]).T
    direction = np.arctan2(*(points[to] - points[at]).T[::-1])
    order = np.lexsort((direction, at))
    at, direction = at[order], direction[order]
    first = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
    last = np.append(first[1:], len(at)) - 1
    following = np.arange(len(at)) + 1
    following[last] = first
    gap = (direction[following] - direction) % (2 * np.pi)
    # a single edge at a point turns around once
    return float(np.where(following == np.arange(len(at)), 2 * np.pi, gap).min())
