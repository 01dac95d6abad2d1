# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which cells lie on either side of a facet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


def faces_of(simplices: Index) -> Index:
    """Faces (n, k, k - 1) of simplices (n, k); face i lies opposite corner i."""
    corners = simplices.shape[1]
    return np.stack([np.delete(simplices, corner, axis=1) for corner in range(corners)], axis=1)


class Numbering:
    """One number for each set of points, so that sets are found in each other by sorting."""

    def __init__(self, used: Index, points: int) -> None:
        """Number the points that rows of `used` name, of a mesh of so many points."""
        self.points: Index = np.unique(used)
        self._number = np.full(points, -1, dtype=np.int64)
        self._number[self.points] = np.arange(len(self.points))

    def keys(self, rows: Index) -> Index:
        """A number for each row of points (n, k), whatever their order; -1 where a point is not numbered.

        Raises OverflowError when there are too many points to number sets of k (more than two million for triples).
        """
        count = len(self.points)
        if count ** rows.shape[1] >= 2**63:
            raise OverflowError(f"{count} points are more than can be numbered in sets of {rows.shape[1]}")
        number = np.sort(self._number[rows], axis=1)
        key = number[:, 0]
        for column in number.T[1:]:
            key = key * count + column
        return np.where(number[:, 0] >= 0, key, -1)


def lookup(ascending: Index, keys: Index) -> Index:
    """Position of each key in an ascending array, -1 where it is not there."""
    if not len(ascending):
        return np.full(len(keys), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(ascending, keys), len(ascending) - 1)
    return np.where(ascending[place] == keys, place, -1)


def cells_beside(cells: Index, facets: Index, points: int) -> tuple[Index, Index]:
    """The cells on both sides of facets (k, 2), -1 for none, and the corner of each that lies opposite the facet.

    `points` is the number of points of the mesh. Facets are told by their points, each at most once. Raises
    OverflowError for more than two million points on facets of a solid.
    """
    numbering = Numbering(facets, points)
    keys = numbering.keys(facets)
    order = np.argsort(keys)
    used = np.zeros(points, dtype=bool)
    used[numbering.points] = True
    near = np.flatnonzero(used[cells].sum(axis=1) >= facets.shape[1])
    faces = faces_of(cells[near])
    beside = np.full((len(facets), 2), -1, dtype=np.int64)
    opposite = np.full((len(facets), 2), -1, dtype=np.int64)
    for corner in range(cells.shape[1]):
        found = lookup(keys[order], numbering.keys(faces[:, corner]))
        cell = np.flatnonzero(found >= 0)
        facet = order[found[cell]]
        # both cells of a facet may have it opposite the same corner: fill the first free side one at a time
        _, first = np.unique(facet, return_index=True)
        for rows in (first, np.setdiff1d(np.arange(len(facet)), first)):
            side = (beside[facet[rows], 0] >= 0).astype(np.int64)
            beside[facet[rows], side] = near[cell[rows]]
            opposite[facet[rows], side] = corner
    return beside, opposite
