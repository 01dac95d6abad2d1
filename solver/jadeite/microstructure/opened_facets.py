# SPDX-License-Identifier: LGPL-3.0-or-later
"""A mesh in which parts of grain boundaries have come open, empty or filled with sodium."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jadeite.microstructure.adjacency import Numbering, faces_of
from jadeite.microstructure.cuts import open_cuts
from jadeite.microstructure.network.tables import JunctionTable, TripleLineTable
from jadeite.microstructure.tagged_mesh import SurfaceKind, SurfaceTable, TaggedMesh

Chosen = NDArray[np.bool_]

_INTERNAL = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
_ELECTRODES = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE)


def reached_from(mesh: TaggedMesh, facets: Chosen, sources: Chosen) -> Chosen:
    """Return which of some facets are connected, point by point among themselves, with a facet of the sources.

    Args:
        mesh: the mesh.
        facets: the facets that connect, shape (facets of the mesh,).
        sources: where connection starts, shape (facets of the mesh,).
    """
    corner = mesh.facets.shape[1]
    joined = facets | sources
    number = np.flatnonzero(joined)
    points = mesh.facets[number]
    # facets and points are the nodes of one graph, in which each facet is tied to its points
    rows = np.repeat(np.arange(len(number)), corner)
    size = len(number) + len(mesh.points)
    graph = coo_array((np.ones(rows.size, dtype=np.int8), (rows, len(number) + points.ravel())), shape=(size, size))
    label = connected_components(graph, directed=False)[1][: len(number)]
    reached = np.zeros(len(mesh.facets), dtype=bool)
    reached[number] = np.isin(label, label[sources[number]])
    return reached & facets


def opened_facets(mesh: TaggedMesh, empty: Chosen, filled: Chosen) -> TaggedMesh:
    """Return the mesh with some facets of its boundaries open.

    Both faces of an opened facet become free surfaces: of the kind of pore walls where empty, of flaw walls where
    filled with sodium. Material that no longer touches an electrode is left out. A facet that would have all its points
    on the front of what is open cannot part and stays closed.

    Args:
        mesh: the mesh.
        empty, filled: which of its facets open empty, and filled; none of them both, shape (facets of the mesh,).
    """
    cut = _that_part(mesh, empty | filled)
    opened = open_cuts(mesh.points, mesh.cells, mesh.facets[~cut], mesh.facets[cut])
    count = len(mesh.surfaces)
    row_of_wall = np.repeat(np.where(filled[cut], count + 1, count), 2)
    facets = np.concatenate([opened.facets, opened.walls])
    rows = np.concatenate([mesh.facet_surface[~cut], row_of_wall]).astype(np.int32)
    kept = _connected(mesh, opened.cells, facets, rows)
    keys = Numbering(opened.cells, len(opened.points))
    present = np.isin(keys.keys(facets), keys.keys(faces_of(opened.cells[kept]).reshape(-1, facets.shape[1])))
    used, cells = np.unique(opened.cells[kept], return_inverse=True)
    number = np.zeros(len(opened.points), dtype=np.int64)
    number[used] = np.arange(len(used))
    return replace(
        mesh,
        points=opened.points[used],
        cells=cells.reshape(-1, mesh.cells.shape[1]),
        cell_region=mesh.cell_region[kept],
        facets=number[facets[present]],
        facet_surface=rows[present],
        surfaces=_with_walls(mesh.surfaces),
        periodic=(),
        triple_lines=TripleLineTable(),
        junctions=JunctionTable(),
    )


def _that_part(mesh: TaggedMesh, chosen: Chosen) -> Chosen:
    """Facets whose faces can part: with a point that lies on no edge where what is open ends inside the material."""
    outer = np.zeros(len(mesh.points), dtype=bool)
    internal = np.isin(mesh.facet_surface, mesh.surfaces.rows(*_INTERNAL))
    outer[mesh.facets[~internal]] = True
    left = chosen & internal
    while left.any():
        facets = mesh.facets[left]
        corners = facets.shape[1]
        # the ridges of a facet: its points in two dimensions, its edges in three
        ridges = np.stack([np.delete(facets, corner, axis=1) for corner in range(corners)], axis=1)
        ridges = np.sort(ridges.reshape(-1, corners - 1), axis=1)
        unique, count = np.unique(ridges, axis=0, return_counts=True)
        ends = unique[(count == 1) & ~outer[unique].all(axis=1)]
        on_front = np.zeros(len(mesh.points), dtype=bool)
        on_front[ends] = True
        closed = on_front[facets].all(axis=1)
        if not closed.any():
            break
        left[np.flatnonzero(left)[closed]] = False
    return left


def _connected(
    mesh: TaggedMesh, cells: NDArray[np.int64], facets: NDArray[np.int64], rows: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Cells that hang together, over faces, with one at an electrode."""
    numbering = Numbering(cells, int(cells.max()) + 1)
    keys = numbering.keys(faces_of(cells).reshape(-1, cells.shape[1] - 1))
    unique, number = np.unique(keys, return_inverse=True)
    cell = np.repeat(np.arange(len(cells)), cells.shape[1])
    size = len(cells) + len(unique)
    graph = coo_array((np.ones(len(cell), dtype=np.int8), (cell, len(cells) + number.ravel())), shape=(size, size))
    label = connected_components(graph, directed=False)[1]
    electrodes = facets[np.isin(rows, mesh.surfaces.rows(*_ELECTRODES))]
    at_electrode = label[len(cells) + np.searchsorted(unique, numbering.keys(electrodes))]
    return np.asarray(np.isin(label[: len(cells)], at_electrode))


def _with_walls(surfaces: SurfaceTable) -> SurfaceTable:
    """The table with two rows more: walls of opened boundaries, empty and filled."""

    def more(column: NDArray[Any], value: float) -> NDArray[Any]:
        return np.concatenate([column, np.full((2, *column.shape[1:]), value, dtype=column.dtype)])

    return SurfaceTable(
        name=(*surfaces.name, "opened boundaries", "boundaries filled with sodium"),
        kind=(*surfaces.kind, SurfaceKind.PORE_WALL, SurfaceKind.FLAW_WALL),
        regions=more(surfaces.regions, -1),
        misorientation=more(surfaces.misorientation, np.nan),
        measure=more(surfaces.measure, 0.0),
        normal=more(surfaces.normal, np.nan),
        misorientation_axis=more(surfaces.misorientation_axis, np.nan),
        facets=more(surfaces.facets, 0),
        electrode_contact=more(surfaces.electrode_contact, 0.0),
        properties={name: more(values, np.nan) for name, values in surfaces.properties.items()},
    )
