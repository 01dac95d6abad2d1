# SPDX-License-Identifier: LGPL-3.0-or-later
"""Angles and radius ratios of the cells of any mesh, triangles or tetrahedra."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure import plane_quality
from jadeite.microstructure.mesh_quality import smallest_dihedral_angles, tetrahedron_radius_ratios

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# corners of a tetrahedron in pairs: an edge, and the two corners opposite it
_EDGES = ((0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2), (1, 2, 0, 3), (1, 3, 0, 2), (2, 3, 0, 1))


def dihedral_angles(points: Array, cells: Index) -> Array:
    """The six angles (m, 6) in rad between the faces of tetrahedra (m, 4)."""
    corner = points[cells]
    angles = []
    for start, end, first, second in _EDGES:
        axis = corner[:, end] - corner[:, start]
        # both cross products are normal to the axis: the angle between them is that between the faces
        u = np.cross(axis, corner[:, first] - corner[:, start])
        v = np.cross(axis, corner[:, second] - corner[:, start])
        across = np.einsum("ij,ij->i", np.cross(u, v), axis) / np.linalg.norm(axis, axis=1)
        angles.append(np.arctan2(np.abs(across), np.einsum("ij,ij->i", u, v)))
    return np.column_stack(angles)


def smallest_angles(points: Array, cells: Index) -> Array:
    """Smallest angle (m,) in rad of each cell: between sides of a triangle, between faces of a tetrahedron."""
    flat = points.shape[1] == 2
    return plane_quality.smallest_angles(points, cells) if flat else smallest_dihedral_angles(points, cells)


def radius_ratios(points: Array, cells: Index) -> Array:
    """Radius (m,) of the inscribed over that of the circumscribed circle or sphere, times the dimension: 1 at best."""
    flat = points.shape[1] == 2
    return plane_quality.radius_ratios(points, cells) if flat else tetrahedron_radius_ratios(points, cells)
