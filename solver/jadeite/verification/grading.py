# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plane meshes refined towards singular points: where three grains meet, or two and the outside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.tagged_mesh import TaggedMesh

Index = NDArray[np.int64]


def junctions(mesh: TaggedMesh) -> Index:
    """Points of a plane mesh where three regions meet, or two on the outer boundary."""
    pairs = np.unique(np.stack([mesh.cells.ravel(), np.repeat(mesh.cell_region, 3)], axis=1), axis=0)
    regions = np.bincount(pairs[:, 0], minlength=len(mesh.points))
    outer = mesh.surfaces.regions[mesh.facet_surface].min(axis=1) < 0
    on_boundary = np.zeros(len(mesh.points), dtype=bool)
    on_boundary[mesh.facets[outer]] = True
    return np.flatnonzero((regions > 2) | ((regions > 1) & on_boundary))


def graded(coarse: TaggedMesh, points: Index, rounds: int, ratio: float = 0.4) -> TaggedMesh:
    """Shrink the cells at some points of a plane mesh geometrically towards these points.

    In each round every triangle with a corner at such a point is cut, at `ratio` of the sides that leave it, into a
    similar triangle and a quadrilateral of two; sides are cut alike from both sides, so that the mesh stays conforming.

    Raises:
        ValueError: when a triangle has two of the points; `divided` separates them.
    """
    special = np.zeros(len(coarse.points), dtype=bool)
    special[points] = True
    mesh = coarse
    for _ in range(rounds):
        marked = np.append(special, np.zeros(len(mesh.points) - len(special), dtype=bool))
        mesh = _round(mesh, marked, ratio)
    return mesh


def _round(mesh: TaggedMesh, marked: NDArray[np.bool_], ratio: float) -> TaggedMesh:
    number = marked[mesh.cells].sum(axis=1)
    if (number > 1).any():
        raise ValueError("two of the points to refine at are corners of one triangle")
    here, rest = np.flatnonzero(number == 1), np.flatnonzero(number == 0)
    corner = np.argmax(marked[mesh.cells[here]], axis=1)
    cells = mesh.cells[here[:, None], (corner[:, None] + np.arange(3)) % 3]
    sides = np.concatenate([cells[:, [0, 1]], cells[:, [0, 2]]])
    edges, edge = np.unique(sides, axis=0, return_inverse=True)
    added = len(mesh.points) + edge.ravel().reshape(2, -1)
    start, end = mesh.points[edges[:, 0]], mesh.points[edges[:, 1]]
    tip, left, right = cells.T
    new = np.concatenate(
        [
            np.stack([tip, added[0], added[1]], axis=1),
            np.stack([added[0], left, right], axis=1),
            np.stack([added[0], right, added[1]], axis=1),
        ]
    )
    ends = marked[mesh.facets]
    cut = ends.any(axis=1)
    from_tip = np.where(ends[cut][:, :1], mesh.facets[cut], mesh.facets[cut][:, ::-1])
    size = len(mesh.points)
    place = np.searchsorted(edges[:, 0] * size + edges[:, 1], from_tip[:, 0] * size + from_tip[:, 1])
    between = size + place
    return replace(
        mesh,
        points=np.concatenate([mesh.points, start + ratio * (end - start)]),
        cells=np.concatenate([mesh.cells[rest], new]),
        cell_region=np.concatenate([mesh.cell_region[rest], np.tile(mesh.cell_region[here], 3)]),
        facets=np.concatenate(
            [
                mesh.facets[~cut],
                np.stack([from_tip[:, 0], between], axis=1),
                np.stack([between, from_tip[:, 1]], axis=1),
            ]
        ),
        facet_surface=np.concatenate([mesh.facet_surface[~cut], np.tile(mesh.facet_surface[cut], 2)]),
    )
