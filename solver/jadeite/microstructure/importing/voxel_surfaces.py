# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boundaries between the voxels of a grain image: the staircase that smoothing starts from, and what its points are.

Every corner of voxels that sees more than one grain is a point, and every face between two voxels of different grains
joins its corners (surface nets, after Gibson 1998, "Constrained elastic surface nets", for any number of materials).
Works on images with two axes, whose faces are segments, and with three, whose faces are quadrilaterals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

Array = NDArray[np.float64]
Index = NDArray[np.int64]

OUTSIDE = -1


@dataclass(frozen=True, eq=False)
class Staircase:
    """Boundaries between voxels, in units of voxels.

    `corners` (n, d) are positions; `faces` (f, 2) or (f, 4) rows of corners; `sides` (f, 2) rows of the grain image
    behind and before each face, OUTSIDE beyond the box. A quadrilateral's normal points from the first to the second
    by the right-hand rule; a segment has the first on its left. `shape` is that of the image.
    """

    corners: Array
    faces: Index
    sides: Index
    shape: tuple[int, ...]

    @property
    def free(self) -> NDArray[np.bool_]:
        """Directions (n, d) in which points may move: those on a wall of the box stay in it."""
        return (self.corners > 0.0) & (self.corners < np.array(self.shape))


def staircase(rows: Index) -> Staircase:
    """The boundaries between all rows of a grain image, pores among them, and the walls of its box."""
    dimension = rows.ndim
    padded = np.pad(rows, 1, constant_values=OUTSIDE)
    inner = (slice(1, -1),) * (dimension - 1)
    if dimension == 2:
        # behind a face normal to x is its left if it runs along y, behind one normal to y if it runs against x
        around = [np.array([[0, 0], [0, 1]]), np.array([[1, 0], [0, 0]])]
    else:
        ring = np.array([[0, 0, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1]])
        around = [np.roll(ring, axis, axis=1) for axis in range(3)]
    faces, sides = [], []
    for axis in range(dimension):
        turned = np.moveaxis(padded, axis, 0)
        behind, before = turned[(slice(None, -1), *inner)], turned[(slice(1, None), *inner)]
        there = behind != before
        at = np.argwhere(there)
        at = np.concatenate([at[:, 1 : axis + 1], at[:, :1], at[:, axis + 1 :]], axis=1)
        sides.append(np.stack([behind[there], before[there]], axis=1))
        corner = at[:, None, :] + around[axis]
        faces.append(np.ravel_multi_index(tuple(np.moveaxis(corner, -1, 0)), tuple(n + 1 for n in rows.shape)))
    numbers, index = np.unique(np.concatenate(faces), return_inverse=True)
    corners = np.stack(np.unravel_index(numbers, tuple(n + 1 for n in rows.shape)), axis=-1).astype(float)
    return Staircase(corners, index.reshape(-1, 2 ** (dimension - 1)), np.concatenate(sides), rows.shape)


def neighbour_average(stairs: Staircase) -> tuple[csr_array, Array]:
    """Matrix (n, n) of the average over the neighbours that pull at each point, and where points may move (n, d).

    Points inside a boundary follow all their neighbours. Points of lines where three or more grains (the outside counts
    as one) meet follow their neighbours on such lines only, so that lines smooth along themselves, and junctions follow
    the lines that end there. A point that is the only end of a line stays.
    """
    count = len(stairs.corners)
    edges, pulls = _pulls_in_plane(stairs) if len(stairs.shape) == 2 else _pulls_in_space(stairs)
    row = np.concatenate([edges[pulls[:, 0], 0], edges[pulls[:, 1], 1]])
    column = np.concatenate([edges[pulls[:, 0], 1], edges[pulls[:, 1], 0]])
    matrix = csr_array((np.ones(len(row)), (row, column)), shape=(count, count))
    degree = np.bincount(row, minlength=count)
    average = csr_array(diags_array(1.0 / np.maximum(degree, 1)) @ matrix)
    return average, (stairs.free & (degree > 0)[:, None]).astype(float)


def _pulls_in_plane(stairs: Staircase) -> tuple[Index, NDArray[np.bool_]]:
    """Segments between points, and whether each pulls at its first and at its second end."""
    ends, count = stairs.faces.ravel(), len(stairs.corners)
    junction = _rows_around(ends, np.repeat(stairs.sides, 2, axis=0), count) >= 3
    # where a boundary ends on a wall, the boundary pulls and the wall does not
    on_wall = stairs.sides.min(axis=1) == OUTSIDE
    held = junction & ~stairs.free.all(axis=1)
    return stairs.faces, ~(held[stairs.faces] & on_wall[:, None])


def _pulls_in_space(stairs: Staircase) -> tuple[Index, NDArray[np.bool_]]:
    """Edges between points, and whether each pulls at its first and at its second end."""
    count = len(stairs.corners)
    ends = np.stack([stairs.faces, np.roll(stairs.faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    key, edge = np.unique(ends.min(axis=1) * count + ends.max(axis=1), return_inverse=True)
    edges = np.stack([key // count, key % count], axis=1)
    is_line = _rows_around(edge, np.repeat(stairs.sides, 4, axis=0), len(key)) >= 3
    lines_at = np.bincount(edges[is_line].ravel(), minlength=count)[edges]
    return edges, (lines_at == 0) | (is_line[:, None] & (lines_at > 1))


def _rows_around(place: Index, sides: Index, count: int) -> Index:
    """Number of different rows at each place, from pairs of rows that meet there."""
    rows = int(sides.max()) + 2
    pairs = np.unique(np.concatenate([place * rows + sides[:, 0] + 1, place * rows + sides[:, 1] + 1]))
    return np.bincount(pairs // rows, minlength=count)
