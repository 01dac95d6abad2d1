# SPDX-License-Identifier: LGPL-3.0-or-later
"""Angles and radius ratios of the cells of any mesh, triangles or tetrahedra."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.plane import quality as plane_quality

Array = NDArray[np.float64]
Index = NDArray[np.int64]
# three arrays: components of vectors, each in memory on its own, which is what makes millions of cells quick
Components = tuple[Array, Array, Array]


@dataclass(frozen=True, eq=False)
class CellShapes:
    """Angles in rad, the smallest (m,) of each cell and, of tetrahedra, all `dihedral` (m, 6), and `radius_ratio` (m,).

    Angles are between the sides of a triangle, between the faces of a tetrahedron. The radius ratio is that of the
    inscribed over the circumscribed circle or sphere, times the dimension: 1 at best.
    """

    smallest_angle: Array
    radius_ratio: Array
    dihedral: Array | None = None


def cell_shapes(points: Array, cells: Index) -> CellShapes:
    """Angles and radius ratios of triangles (m, 3) or tetrahedra (m, 4).

    For a tetrahedron of volume V, faces of total area S and products p, q, r of the lengths of opposite edges, the
    radii are 3 V / S and sqrt((p + q + r)(p + q - r)(q + r - p)(r + p - q)) / (24 V).
    """
    if points.shape[1] == 2:
        return CellShapes(plane_quality.smallest_angles(points, cells), plane_quality.radius_ratios(points, cells))
    corner = [_components(points, cells[:, k]) for k in range(4)]
    edge = {(i, j): _difference(corner[j], corner[i]) for i, j in combinations(range(4), 2)}
    # area vectors of the faces opposite each corner, all outwards or all inwards
    normal = [
        _cross(edge[1, 2], edge[1, 3]),
        _cross(edge[0, 3], edge[0, 2]),
        _cross(edge[0, 1], edge[0, 3]),
        _cross(edge[0, 2], edge[0, 1]),
    ]
    length = [np.sqrt(_dot(vector, vector)) for vector in normal]
    cosines = [-_dot(normal[i], normal[j]) / (length[i] * length[j]) for i, j in combinations(range(4), 2)]
    dihedral = np.arccos(np.clip(np.column_stack(cosines), -1.0, 1.0))
    volume = np.abs(_dot(normal[3], edge[0, 3])) / 6.0
    p, q, r = (
        np.sqrt(_dot(edge[one], edge[one]) * _dot(edge[other], edge[other]))
        for one, other in (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))
    )
    product = np.clip((p + q + r) * (p + q - r) * (q + r - p) * (r + p - q), 0.0, None)
    area = 0.5 * (length[0] + length[1] + length[2] + length[3])
    ratio = np.divide(216.0 * volume**2, area * np.sqrt(product), out=np.zeros_like(volume), where=product > 0.0)
    return CellShapes(dihedral.min(axis=1), ratio, dihedral)


def cell_measures(points: Array, cells: Index) -> Array:
    """Area (m^2) or volume (m^3) of each cell, not negative."""
    if points.shape[1] == 2:
        return np.abs(plane_quality.cell_areas(points, cells))
    corner = [_components(points, cells[:, k]) for k in range(4)]
    a, b, c = (_difference(corner[k], corner[0]) for k in (1, 2, 3))
    return np.asarray(np.abs(_dot(_cross(a, b), c)) / 6.0)


def _components(points: Array, rows: Index) -> Components:
    x, y, z = (np.ascontiguousarray(points[:, axis])[rows] for axis in range(3))
    return x, y, z


def _difference(a: Components, b: Components) -> Components:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _cross(a: Components, b: Components) -> Components:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _dot(a: Components, b: Components) -> Array:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
