# SPDX-License-Identifier: LGPL-3.0-or-later
"""Meshes of a box with a round crack, embedded or half of it below the plating electrode, opened as a cut."""

from __future__ import annotations

from collections.abc import Sequence

import gmsh
import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.microstructure.tagged_mesh import Flaw, RegionTable, SurfaceKind, SurfaceTable, TaggedMesh
from jadeite.verification.gmsh_solids import drawing, mesh_finely_along

Array = NDArray[np.float64]
Index = NDArray[np.int64]

RADIUS = 1.0
"""Of the crack; lengths of these meshes have no unit."""


def penny_mesh(
    box: Sequence[float],
    centre: Sequence[float],
    size: float,
    far: float,
    normal: ArrayLike = (1.0, 0.0, 0.0),
    fine: float = 0.1,
) -> TaggedMesh:
    """Return a box with a disc of radius one in it, opened as a cut; what of it sticks out of the box is left away.

    The crack is the flaw "penny", on its front the nodes themselves; a whole front is closed.

    Args:
        box: extent from the origin, shape (3,).
        centre: of the disc, shape (3,), inside the box or on the plating electrode y = 0.
        size: of cells at the front.
        far: of cells far from it.
        normal: unit normal of the disc, shape (3,).
        fine: distance from the front up to which cells have that size.
    """
    extent, middle, axis = (np.array(vector, dtype=np.float64) for vector in (box, centre, normal))
    return _opened(*_gmsh(extent, middle, axis, size, far, fine), extent, middle, axis)


def _opened(points: Array, cells: Index, crack: Index, box: Array, centre: Array, normal: Array) -> TaggedMesh:
    """The mesh with a copy of each node of the crack for its upper wall, and the tables."""
    front = _front_nodes(points, crack)
    opened = np.setdiff1d(crack, front)
    copy = np.arange(len(points))
    copy[opened] = len(points) + np.arange(len(opened))

    def parted(simplices: Index) -> Index:
        above = (points[simplices].mean(axis=1) - centre) @ normal > 0.0
        return np.where(above[:, None], copy[simplices], simplices)

    sides = np.sort(np.concatenate([np.delete(cells, k, axis=1) for k in range(4)]), axis=1)
    sides, count = np.unique(sides, axis=0, return_counts=True)
    outer = sides[count == 1]
    planes = (
        ("plating electrode", SurfaceKind.PLATING_ELECTRODE, 1, 0.0),
        ("stripping electrode", SurfaceKind.STRIPPING_ELECTRODE, 1, box[1]),
        ("side wall left", SurfaceKind.SIDE_WALL, 0, 0.0),
        ("side wall right", SurfaceKind.SIDE_WALL, 0, box[0]),
        ("side wall front", SurfaceKind.SIDE_WALL, 2, 0.0),
        ("side wall back", SurfaceKind.SIDE_WALL, 2, box[2]),
    )
    facets = [
        parted(outer[(np.abs(points[outer][:, :, axis] - place) < 1e-9).all(axis=1)]) for *_, axis, place in planes
    ]
    walls = crack[np.isin(crack, opened).any(axis=1)]
    facets.append(np.concatenate([walls, copy[walls]]))
    names = (*(name for name, *_ in planes), "flaw penny")
    kinds = (*(kind for _, kind, *_ in planes), SurfaceKind.FLAW_WALL)

    line = _ordered(points[front], centre, normal, closed=centre[1] > 0.0)
    deepest = line[np.argmax(line[:, 1])]
    flaw = Flaw(
        name="penny",
        mouth=(float(centre[0]), 0.0, float(centre[2])),
        tip=tuple(deepest.tolist()),
        mouth_width=0.0,
        depth=RADIUS,
        direction=(0.0, 1.0, 0.0),
        tip_region="grain 1",
        form="cut",
        normal=tuple(normal.tolist()),
        half_length=RADIUS,
        front=tuple(map(tuple, line.tolist())),
    )
    at = np.concatenate([points, points[opened]])
    measures = [np.linalg.norm(np.cross(*np.moveaxis(np.diff(at[f], axis=1), 1, 0)), axis=1).sum() / 2 for f in facets]
    return TaggedMesh(
        at,
        parted(cells),
        np.zeros(len(cells), dtype=np.int32),
        np.concatenate(facets),
        np.repeat(np.arange(len(facets)), [len(f) for f in facets]).astype(np.int32),
        RegionTable(("grain 1",), ("electrolyte",), np.array([[1.0, 0.0, 0.0, 0.0]]), np.array([np.prod(box)])),
        SurfaceTable(
            names,
            kinds,
            np.full((len(names), 2), -1, dtype=np.int32),
            np.full(len(names), np.nan),
            np.array(measures),
        ),
        flaws=(flaw,),
    )


def _gmsh(box: Array, centre: Array, normal: Array, size: float, far: float, fine: float) -> tuple[Array, Index, Index]:
    """Points, positively oriented tetrahedra and the triangles of the disc."""
    with drawing():
        solid = gmsh.model.occ.addBox(0.0, 0.0, 0.0, *box)
        disc = gmsh.model.occ.addDisk(*centre, RADIUS, RADIUS, zAxis=list(normal))
        _, parts = gmsh.model.occ.fragment([(3, solid)], [(2, disc)])
        gmsh.model.occ.synchronize()
        inside = []
        for dimension, tag in parts[1]:
            middle = np.array(gmsh.model.occ.getCenterOfMass(dimension, tag))
            if ((middle > -1e-9) & (middle < box + 1e-9)).all():
                inside.append((dimension, tag))
            else:
                gmsh.model.occ.remove([(dimension, tag)], recursive=True)
        gmsh.model.occ.synchronize()
        edges = gmsh.model.getBoundary(inside, combined=True, oriented=False)
        arcs = [tag for _, tag in edges if gmsh.model.occ.getCenterOfMass(1, tag)[1] > 1e-6]
        return mesh_finely_along(arcs, size, far, distance=fine, growth=0.35, sheet=[tag for _, tag in inside])


def _front_nodes(points: Array, crack: Index) -> Index:
    """Nodes on edges of the crack that belong to one of its triangles and do not lie on the plating electrode."""
    edges = np.sort(np.concatenate([crack[:, [0, 1]], crack[:, [1, 2]], crack[:, [2, 0]]]), axis=1)
    edges, count = np.unique(edges, axis=0, return_counts=True)
    rim = edges[count == 1]
    return np.unique(rim[~(np.abs(points[rim][:, :, 1]) < 1e-9).all(axis=1)])


def _ordered(points: Array, centre: Array, normal: Array, closed: bool) -> Array:
    """Points on a circle in the order of their angle; half of it starts on the electrode."""
    first = np.cross(normal, (0.0, 1.0, 0.0))
    first /= np.linalg.norm(first)
    second = np.cross(first, normal)
    angle = np.arctan2((points - centre) @ second, (points - centre) @ first)
    if not closed:
        angle = np.where(np.abs(points[:, 1]) < 1e-9, np.where(np.abs(angle) > 1.0, np.pi, 0.0), angle)
    line = points[np.argsort(angle)]
    return np.concatenate([line, line[:1]]) if closed else line
