# SPDX-License-Identifier: LGPL-3.0-or-later
"""Measures, angles and radius ratios of the cells of any mesh, triangles or tetrahedra."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
# three arrays: components of vectors, each in memory on its own, which is what makes millions of cells quick
Components = tuple[Array, Array, Array]

# the facets of a positively oriented tetrahedron, seen from outside anticlockwise; facet i lies opposite corner i
OUTWARD_FACETS = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])


@dataclass(frozen=True, eq=False)
class CellShapes:
    """Angles in rad, the smallest (m,) of each cell and, of tetrahedra, all `dihedral` (m, 6), and `radius_ratio` (m,).

    Angles are between the sides of a triangle, between the faces of a tetrahedron. The radius ratio is that of the
    inscribed over the circumscribed circle or sphere, times the dimension: 1 at best.
    """

    smallest_angle: Array
    radius_ratio: Array
    dihedral: Array | None = None


def quality_statistics(points: Array, cells: Index) -> dict[str, float | int]:
    """Numbers of cells and points; least, 1 % quantile and median of the smallest angle per triangle, or dihedral angle
    per tetrahedron, in degrees; least and 1 % quantile of the radius ratio."""
    shapes = cell_shapes(points, cells)
    smallest, ratio = np.degrees(shapes.smallest_angle), shapes.radius_ratio
    angle = "angle" if points.shape[1] == 2 else "dihedral_angle"
    return {
        "cells": len(cells),
        "points": len(points),
        f"minimum_{angle}_degrees": float(smallest.min()),
        f"one_percent_{angle}_degrees": float(np.percentile(smallest, 1)),
        f"median_{angle}_degrees": float(np.median(smallest)),
        "worst_radius_ratio": float(ratio.min()),
        "one_percent_radius_ratio": float(np.percentile(ratio, 1)),
    }


def cell_shapes(points: Array, cells: Index) -> CellShapes:
    """Angles and radius ratios of triangles (m, 3) or tetrahedra (m, 4).

    For a tetrahedron of volume V, faces of total area S and products p, q, r of the lengths of opposite edges, the
    radii are 3 V / S and sqrt((p + q + r)(p + q - r)(q + r - p)(r + p - q)) / (24 V) (Crelle 1821).
    """
    if points.shape[1] == 2:
        return CellShapes(smallest_angles(points, cells), radius_ratios(points, cells))
    corner = [_components(points, cells[:, k]) for k in range(4)]
    edge = {(i, j): _difference(corner[j], corner[i]) for i, j in combinations(range(4), 2)}
    # twice the area vectors of the faces opposite each corner, all outwards or all inwards
    normal = [
        _cross(edge[1, 2], edge[1, 3]),
        _cross(edge[0, 3], edge[0, 2]),
        _cross(edge[0, 1], edge[0, 3]),
        _cross(edge[0, 2], edge[0, 1]),
    ]
    length = {pair: np.sqrt(_dot(vector, vector)) for pair, vector in edge.items()}
    volume = np.abs(_dot(normal[3], edge[0, 3])) / 6.0
    dihedral = np.empty((len(cells), 6))
    for column, (i, j) in enumerate(combinations(range(4), 2)):
        # the edge that two faces share lies opposite the one between their corners; the product of the two normals is
        # six times the volume along it
        k, m = (corner for corner in range(4) if corner not in (i, j))
        dihedral[:, column] = np.arctan2(6.0 * volume * length[k, m], -_dot(normal[i], normal[j]))
    p, q, r = (length[one] * length[other] for one, other in (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))))
    product = np.clip((p + q + r) * (p + q - r) * (q + r - p) * (r + p - q), 0.0, None)
    area = 0.5 * sum(np.sqrt(_dot(vector, vector)) for vector in normal)
    ratio = np.divide(216.0 * volume**2, area * np.sqrt(product), out=np.zeros_like(volume), where=product > 0.0)
    return CellShapes(dihedral.min(axis=1), ratio, dihedral)


def cell_measures(points: Array, cells: Index) -> Array:
    """Area (m^2) or volume (m^3) of each cell, not negative."""
    return np.abs(cell_areas(points, cells) if points.shape[1] == 2 else tetrahedron_volumes(points, cells))


def tetrahedron_volumes(points: Array, cells: Index) -> Array:
    """Signed volume of each tetrahedron in m^3."""
    corner = [_components(points, cells[:, k]) for k in range(4)]
    a, b, c = (_difference(corner[k], corner[0]) for k in (1, 2, 3))
    return _dot(a, _cross(b, c)) / 6.0


def triangle_areas(points: Array, triangles: Index) -> Array:
    """Area of each triangle in space in m^2."""
    corner = [_components(points, triangles[:, k]) for k in range(3)]
    normal = _cross(_difference(corner[1], corner[0]), _difference(corner[2], corner[0]))
    return 0.5 * np.sqrt(_dot(normal, normal))


def smallest_angles(points: Array, cells: Index) -> Array:
    """Smallest angle of each triangle of the plane in rad."""
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
    """Signed area of each triangle of the plane in m^2."""
    a, b, c = (points[cells[:, k]] for k in range(3))
    return 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def _components(points: Array, rows: Index) -> Components:
    x, y, z = (np.ascontiguousarray(points[:, axis])[rows] for axis in range(3))
    return x, y, z


def _difference(a: Components, b: Components) -> Components:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def _cross(a: Components, b: Components) -> Components:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _dot(a: Components, b: Components) -> Array:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
