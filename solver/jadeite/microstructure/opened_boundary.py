# SPDX-License-Identifier: LGPL-3.0-or-later
"""A mesh in which one grain boundary has come open along its whole length or area, as a microcrack would leave it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.cuts import open_cuts
from jadeite.microstructure.network.tables import JunctionTable, TripleLineTable
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh


def openable(mesh: TaggedMesh, rows: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Return which boundaries (rows of the surface table) `open_boundary` can open.

    Not those around all of a grain or particle, which would come loose; nor those that touch a periodic side, whose
    images would have to open as well; nor those too short to have a point between the lines where they end.
    """
    regions = mesh.surfaces.regions
    faces = np.bincount(regions[regions >= 0].ravel(), minlength=len(mesh.regions))
    loose = (faces[regions[rows]] < 2).any(axis=1)
    on_periodic = np.zeros(len(mesh.points), dtype=bool)
    for sides in mesh.periodic:
        on_periodic[sides.points] = True
    touches = np.zeros(len(mesh.surfaces), dtype=bool)
    touches[mesh.facet_surface[on_periodic[mesh.facets].any(axis=1)]] = True
    opens = np.zeros(len(mesh.surfaces), dtype=bool)
    opens[mesh.facet_surface[~_all_on_lines(mesh)]] = True
    return ~loose & ~touches[rows] & opens[rows]


def open_boundary(mesh: TaggedMesh, row: int) -> TaggedMesh:
    """Return the mesh with one boundary open.

    Where it meets other boundaries the material stays whole. Facets with all their points on such lines stay closed.
    Both faces keep the row of the boundary in the surface table, which becomes a free surface (of the kind of walls of
    pores) with the measure of one of them; tables of lines and junctions are left empty.

    Args:
        mesh: the mesh, in which the boundary is closed.
        row: a boundary that is `openable`.

    Raises:
        ValueError: when nothing of the boundary can open.
    """
    chosen = (mesh.facet_surface == row) & ~_all_on_lines(mesh)
    if not chosen.any():
        raise ValueError(f"boundary {mesh.surfaces.name[row]} has no point between its ends and cannot open")
    opened = open_cuts(mesh.points, mesh.cells, mesh.facets[~chosen], mesh.facets[chosen])
    kinds = list(mesh.surfaces.kind)
    kinds[row] = SurfaceKind.PORE_WALL
    # facets that stay closed are left without a surface: they are material
    # (periodic sides are not cut, and points that were there before keep their numbers)
    still = mesh.facet_surface[~chosen]
    kept = still != row
    return replace(
        mesh,
        points=opened.points,
        cells=opened.cells,
        facets=np.concatenate([opened.facets[kept], opened.walls]),
        facet_surface=np.concatenate([still[kept], np.full(len(opened.walls), row)]).astype(np.int32),
        surfaces=replace(mesh.surfaces, kind=tuple(kinds)),
        triple_lines=TripleLineTable(),
        junctions=JunctionTable(),
    )


def _all_on_lines(mesh: TaggedMesh) -> NDArray[np.bool_]:
    """Facets that have all their points on triple lines."""
    on_line = np.zeros(len(mesh.points), dtype=bool)
    on_line[mesh.triple_lines.ridges] = True
    return np.asarray(on_line[mesh.facets].all(axis=1))
