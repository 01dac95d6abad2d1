# SPDX-License-Identifier: LGPL-3.0-or-later
"""How good the triangles of a plane mesh are, and how good the geometry lets them be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.plane.arrangement import Face

Array = NDArray[np.float64]
Index = NDArray[np.int64]


def mesh_quality(points: Array, cells: Index) -> dict[str, float | int]:
    """Numbers of cells and points; least, 1 % quantile and median of the smallest angle per triangle in degrees; least
    and 1 % quantile of the radius ratio."""
    smallest, ratio = np.degrees(smallest_angles(points, cells)), radius_ratios(points, cells)
    return {
        "cells": len(cells),
        "points": len(points),
        "minimum_angle_degrees": float(smallest.min()),
        "one_percent_angle_degrees": float(np.percentile(smallest, 1)),
        "median_angle_degrees": float(np.median(smallest)),
        "worst_radius_ratio": float(ratio.min()),
        "one_percent_radius_ratio": float(np.percentile(ratio, 1)),
    }


def smallest_angles(points: Array, cells: Index) -> Array:
    """Smallest angle of each triangle in rad."""
    corner = points[cells]
    angles = []
    for here in range(3):
        u, v = corner[:, (here + 1) % 3] - corner[:, here], corner[:, (here + 2) % 3] - corner[:, here]
        angles.append(np.arctan2(np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]), np.sum(u * v, axis=1)))
    return np.min(angles, axis=0)


def radius_ratios(points: Array, cells: Index) -> Array:
    """Twice the radius of the inscribed over that of the circumscribed circle: 1 for equal sides, 0 for no area.

    With sides a, b, c and area A it is 16 A^2 / (a b c (a + b + c)).
    """
    corner = points[cells]
    a, b, c = (np.hypot(*(corner[:, (k + 1) % 3] - corner[:, (k + 2) % 3]).T) for k in range(3))
    return np.asarray(16.0 * cell_areas(points, cells) ** 2 / (a * b * c * (a + b + c)))


def cell_areas(points: Array, cells: Index) -> Array:
    """Signed area of each triangle in m^2."""
    a, b, c = (points[cells[:, k]] for k in range(3))
    return 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


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
