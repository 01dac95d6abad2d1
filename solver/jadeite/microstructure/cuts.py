# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cuts in a mesh of any dimension: facets whose two cells part, so that each becomes two facets in the same place.

Around every point on a cut, cells that still share an uncut facet at that point stay together; each such group gets the
point to itself. A point on the front of a cut has one group and stays single, one inside a cut has two, one where cuts
branch, cross or reach the surface has as many as there are pieces of material around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jadeite.microstructure.adjacency import Numbering, cells_beside, faces_of, lookup

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OpenedMesh:
    """A mesh after its cuts were opened.

    `points` (n, dim), those given first; `parent` (n,) is the row of each among the points given; `cells` and `facets`
    are those given, with their new points. `walls` (2 k, dim) holds both sides of every cut facet: rows 2 i and 2 i + 1
    belong to cut facet i, and `wall_cell` is the cell that each is a facet of.
    """

    points: Array
    parent: Index
    cells: Index
    facets: Index
    walls: Index
    wall_cell: Index


def open_cuts(points: ArrayLike, cells: ArrayLike, facets: ArrayLike, cut_facets: ArrayLike) -> OpenedMesh:
    """Part the cells on both sides of the cut facets.

    `points` (n, dim); `cells` (m, dim + 1); `facets` (f, dim), other facets that are to be followed, none of them cut;
    `cut_facets` (k, dim), each between two cells. Where a facet that is followed lies between two cells, both keep it.
    Raises ValueError when a cut facet is not between two cells, is given twice, is among `facets`, or has all its
    points on the front, so that it cannot open; and when one of `facets` is no facet of the mesh.
    """
    at, corners = np.asarray(points, dtype=float), np.asarray(cells, dtype=np.int64)
    followed, cut = (
        np.asarray(rows, dtype=np.int64).reshape(-1, corners.shape[1] - 1) for rows in (facets, cut_facets)
    )
    beside = _both_sides(corners, cut, len(at))
    if len(cut) == 0:
        nothing = np.empty(0, dtype=np.int64)
        return OpenedMesh(at, np.arange(len(at)), corners, followed, cut, nothing)

    on_cut = np.zeros(len(at), dtype=bool)
    on_cut[cut] = True
    near = np.flatnonzero(on_cut[corners].any(axis=1))
    # one entry for every pair of a cell and one of its points on a cut
    cell, corner = np.nonzero(on_cut[corners[near]])
    point = corners[near[cell], corner]
    entry = np.full((len(near), corners.shape[1]), -1, dtype=np.int64)
    entry[cell, corner] = np.arange(len(cell))
    group = _groups(corners[near], entry, cut, on_cut, len(at))

    # the first group around a point keeps it, the others get copies in the order of points and cells
    groups, first = np.unique(group, return_index=True)
    owner = point[first]
    order = np.lexsort((first, owner))
    owner = owner[order]
    extra = np.append(False, owner[1:] == owner[:-1])
    name = np.empty(len(groups), dtype=np.int64)
    name[order] = np.where(extra, len(at) + np.cumsum(extra) - 1, owner)
    parent = np.concatenate([np.arange(len(at)), owner[extra]])
    opened = corners.copy()
    opened[near[cell], corner] = name[np.searchsorted(groups, group)]

    walls = _facets_in(corners, opened, np.repeat(cut, 2, axis=0), beside.ravel())
    closed = np.count_nonzero(np.all(walls[::2] == walls[1::2], axis=1))
    if closed:
        raise ValueError(f"{closed} cut facets have all their points on the front")
    facets_now = _follow(corners, opened, followed, on_cut, len(at))
    return OpenedMesh(at[parent], parent, opened, facets_now, walls, beside.ravel())


def _both_sides(cells: Index, cut: Index, points: int) -> Index:
    """The two cells beside each cut facet (k, 2)."""
    beside, _ = cells_beside(cells, cut, points) if len(cut) else (np.empty((0, 2), dtype=np.int64), None)
    if np.any(beside < 0):
        raise ValueError("a cut facet does not lie between two cells, or is given twice")
    return beside


def _groups(cells: Index, entry: Index, cut: Index, on_cut: NDArray[np.bool_], points: int) -> Index:
    """Group of each entry: entries of one point in two cells belong together when a facet with it joins these cells."""
    numbering = Numbering(cells, points)
    faces = faces_of(cells)
    # only facets with a point on a cut can join entries
    cell, opposite = np.nonzero(on_cut[faces].any(axis=2))
    keys = numbering.keys(faces[cell, opposite])
    order = np.argsort(keys, kind="stable")
    cell, opposite, keys = cell[order], opposite[order], keys[order]
    pair = np.flatnonzero((keys[1:] == keys[:-1]) & (lookup(np.sort(numbering.keys(cut)), keys[1:]) < 0))
    one, other = cell[pair], cell[pair + 1]
    links = []
    for corner in range(cells.shape[1]):
        here, there = np.nonzero(cells[other] == cells[one, corner][:, None])
        start, end = entry[one[here], corner], entry[other[here], there]
        shared = (start >= 0) & (corner != opposite[pair[here]])
        links.append(np.stack([start[shared], end[shared]]))
    start, end = np.concatenate(links, axis=1)
    count = int(entry.max()) + 1
    graph = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _follow(cells: Index, opened: Index, facets: Index, on_cut: NDArray[np.bool_], points: int) -> Index:
    """The facets with the points that their cells have now."""
    touched = np.flatnonzero(on_cut[facets].any(axis=1))
    result = facets.copy()
    if len(touched) == 0:
        return result
    beside, _ = cells_beside(cells, facets[touched], points)
    if np.any(beside[:, 0] < 0):
        raise ValueError("a facet that touches a cut is no facet of the mesh, or is given twice")
    result[touched] = _facets_in(cells, opened, facets[touched], beside[:, 0])
    inner = beside[:, 1] >= 0
    if np.any(_facets_in(cells, opened, facets[touched[inner]], beside[inner, 1]) != result[touched[inner]]):
        raise ValueError("a facet is to be followed and to be cut")
    return result


def _facets_in(cells: Index, opened: Index, facets: Index, owner: Index) -> Index:
    """The facets with the new points of the cells that own them."""
    corner = np.argmax(cells[owner][:, None, :] == facets[:, :, None], axis=2)
    return np.take_along_axis(opened[owner], corner, axis=1)
