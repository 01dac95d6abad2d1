# SPDX-License-Identifier: LGPL-3.0-or-later
"""How good the tetrahedra of a mesh are: dihedral angles and radius ratios."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# the facets of a positively oriented tetrahedron, seen from outside anticlockwise; facet i lies opposite corner i
OUTWARD_FACETS = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])


def solid_quality(points: Array, cells: Index) -> dict[str, float | int]:
    """Numbers of cells and points; least, 1 % quantile and median of the smallest dihedral angle per tetrahedron in
    degrees; least and 1 % quantile of the radius ratio."""
    smallest, ratio = np.degrees(smallest_dihedral_angles(points, cells)), tetrahedron_radius_ratios(points, cells)
    return {
        "cells": len(cells),
        "points": len(points),
        "minimum_dihedral_angle_degrees": float(smallest.min()),
        "one_percent_dihedral_angle_degrees": float(np.percentile(smallest, 1)),
        "median_dihedral_angle_degrees": float(np.median(smallest)),
        "worst_radius_ratio": float(ratio.min()),
        "one_percent_radius_ratio": float(np.percentile(ratio, 1)),
    }


def tetrahedron_volumes(points: Array, cells: Index) -> Array:
    """Signed volume of each tetrahedron in m^3."""
    origin = points[cells[:, 0]]
    u, v, w = (points[cells[:, k]] - origin for k in (1, 2, 3))
    return np.asarray(np.einsum("ij,ij->i", u, np.cross(v, w)) / 6.0)


def triangle_areas(points: Array, triangles: Index) -> Array:
    """Area of each triangle in space in m^2."""
    return np.asarray(np.linalg.norm(_normals(points, triangles), axis=1) / 2.0)


def smallest_dihedral_angles(points: Array, cells: Index) -> Array:
    """Smallest angle in rad between two facets of each tetrahedron, measured inside."""
    normals = [_normals(points, cells[:, facet]) for facet in OUTWARD_FACETS]
    smallest = np.full(len(cells), np.pi)
    for one, other in combinations(normals, 2):
        # the angle between outward normals is what is left of half a turn
        sine, cosine = np.linalg.norm(np.cross(one, other), axis=1), -np.einsum("ij,ij->i", one, other)
        smallest = np.minimum(smallest, np.arctan2(sine, cosine))
    return smallest


def tetrahedron_radius_ratios(points: Array, cells: Index) -> Array:
    """Three times the radius of the inscribed over that of the circumscribed sphere: 1 for equal edges, 0 if flat.

    r = 3 V / A with the area A of all facets; R = sqrt(s (s - a) (s - b) (s - c)) / (6 V) with the products a, b, c of
    opposite edges and half their sum s (Crelle 1821).
    """
    volume = np.abs(tetrahedron_volumes(points, cells))
    area = sum(triangle_areas(points, cells[:, facet]) for facet in OUTWARD_FACETS)
    corner = points[cells]

    def product(a: int, b: int, c: int, d: int) -> Array:
        lengths = (np.linalg.norm(corner[:, i] - corner[:, j], axis=1) for i, j in ((a, b), (c, d)))
        return np.asarray(next(lengths) * next(lengths))

    a, b, c = product(0, 1, 2, 3), product(0, 2, 1, 3), product(0, 3, 1, 2)
    s = 0.5 * (a + b + c)
    heron = np.sqrt(np.maximum(s * (s - a) * (s - b) * (s - c), 0.0))
    return np.asarray(54.0 * volume**2 / np.maximum(area * heron, np.finfo(float).tiny))


def _normals(points: Array, triangles: Index) -> Array:
    """Twice the area vector of each triangle."""
    origin = points[triangles[:, 0]]
    return np.cross(points[triangles[:, 1]] - origin, points[triangles[:, 2]] - origin)
