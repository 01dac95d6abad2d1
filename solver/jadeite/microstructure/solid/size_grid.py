# SPDX-License-Identifier: LGPL-3.0-or-later
"""A size function sampled on nested grids, the form in which Gmsh evaluates element sizes fastest.

One grid covers the box; wherever the sizes on it are smaller than its spacing, a grid of half the spacing covers that
place, and so on. The interpolated size is therefore right to a fraction of itself everywhere, and a sharp flaw front in
a large box costs little. Gmsh takes the minimum over the grids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from jadeite.microstructure.edge_division import SizeFunction

Array = NDArray[np.float64]

# most points of all grids of one level together, and most grids; a level that would need more points is left out
LEVEL_POINTS = 3_000_000
LEVEL_GRIDS = 60
LARGEST_LEVEL = 12
# sources smaller than this part of the spacing need a finer grid
RESOLVED = 0.6


@dataclass(frozen=True, eq=False)
class Grid:
    """Sizes in m at the points low + spacing * (i, j, k) of a regular grid; `values` has one axis per direction."""

    low: Array
    spacing: Array
    values: Array


@dataclass(frozen=True, eq=False)
class SizeGrid:
    """Nested grids; the size at a point is the least of the grids that cover it."""

    grids: tuple[Grid, ...]

    def __call__(self, points: ArrayLike) -> Array:
        """Interpolated size (n,) in m at points (n, 3) inside the box."""
        at = np.asarray(points, dtype=float)
        size = np.full(len(at), np.inf)
        for grid in self.grids:
            position = ((at - grid.low) / grid.spacing).T
            inside = ndimage.map_coordinates(grid.values, position, order=1, mode="constant", cval=np.inf)
            # on the rim of a box, rounding must not put a point of the box outside
            if grid is self.grids[0]:
                inside = ndimage.map_coordinates(grid.values, position, order=1, mode="nearest")
            size = np.minimum(size, inside)
        return size

    def scaled(self, factor: float) -> SizeGrid:
        """The same sizes times a factor."""
        return SizeGrid(tuple(Grid(grid.low, grid.spacing, factor * grid.values) for grid in self.grids))


def sample_sizes(sizes: SizeFunction, low: ArrayLike, high: ArrayLike, spacing: float) -> SizeGrid:
    """Sample a size function over the box from `low` to `high` in m.

    The first grid has about the given spacing (m), larger if it had more than LEVEL_POINTS points; finer grids follow
    where sizes are smaller than the spacing, which finds every fine place as long as sizes grow by less than about one
    per distance.
    """
    corner, span = np.asarray(low, dtype=float), np.asarray(high, dtype=float) - np.asarray(low, dtype=float)
    spacing = max(spacing, float((np.prod(span) / LEVEL_POINTS) ** (1 / len(span))))
    intervals = np.maximum(np.ceil(span / spacing).astype(np.int64), 2)
    level = [_sample(sizes, corner, span / intervals, intervals)]
    grids = list(level)
    for _ in range(LARGEST_LEVEL):
        boxes = [box for grid in level for box in _fine_places(grid)]
        if not boxes or sum(int(np.prod(2 * count + 1)) for *_, count in boxes) > LEVEL_POINTS:
            break
        level = [_sample(sizes, start, step / 2, 2 * count) for start, step, count in boxes]
        grids += level
    return SizeGrid(tuple(grids))


def grade_sizes(
    points: ArrayLike, sizes: ArrayLike, limit: float, growth: float, low: ArrayLike, high: ArrayLike, spacing: float
) -> SizeGrid:
    """The size min(limit, size at a source + growth times the distance from it) over the box from `low` to `high`.

    `points` (n, 3) and `sizes` (n,) in m are the sources, `spacing` (m) is about that of the first grid. Distances run
    along the grid and its diagonals, at most a tenth too long.
    """
    at, size = np.asarray(points, dtype=float), np.asarray(sizes, dtype=float)
    corner, span = np.asarray(low, dtype=float), np.asarray(high, dtype=float) - np.asarray(low, dtype=float)
    spacing = max(spacing, float((np.prod(span) / LEVEL_POINTS) ** (1 / len(span))))
    intervals = np.maximum(np.ceil(span / spacing).astype(np.int64), 2)
    step = span / intervals
    grids = [_grade(at, size, limit, growth, corner, step, intervals)]
    for _ in range(LARGEST_LEVEL):
        fine = size < RESOLVED * step.max()
        at, size, step = at[fine], size[fine], step / 2
        boxes = _boxes(at, corner, step, np.round(span / step).astype(np.int64))
        if not boxes or sum(int(np.prod(count + 1)) for _, count in boxes) > LEVEL_POINTS:
            break
        for start, count in boxes:
            reach = limit / growth
            near = np.all((at > start - reach) & (at < start + count * step + reach), axis=1)
            grids.append(_grade(at[near], size[near], limit, growth, start, step, count))
    return SizeGrid(tuple(grids))


def _grade(
    points: Array, sizes: Array, limit: float, growth: float, low: Array, spacing: Array, intervals: NDArray[np.int64]
) -> Grid:
    """One grid of graded sizes."""
    values = np.full(intervals + 1, limit)
    cell = np.floor((points - low) / spacing).astype(np.int64)
    inside = np.all((cell >= -1) & (cell <= intervals), axis=1)
    points, sizes, cell = points[inside], sizes[inside], cell[inside]
    for part in np.ndindex(*(2,) * len(spacing)):
        corner = cell + part
        valid = np.all((corner >= 0) & (corner <= intervals), axis=1)
        distance = np.linalg.norm(low + corner[valid] * spacing - points[valid], axis=1)
        # interpolation between the corners of a cell shall give the size at a source, not that some way from it
        graded = sizes[valid] + growth * np.maximum(distance - 0.5 * spacing.max(), 0.0)
        np.minimum.at(values, tuple(corner[valid].T), graded)
    # the law spreads from point to point until nothing changes
    steps = [np.array(part) - 1 for part in np.ndindex(*(3,) * len(spacing)) if any(k != 1 for k in part)]
    while True:
        before = values.sum()
        for shift in steps:
            here = tuple(slice(max(k, 0), min(k, 0) or None) for k in shift.tolist())
            there = tuple(slice(max(-k, 0), min(-k, 0) or None) for k in shift.tolist())
            np.minimum(values[here], values[there] + growth * np.linalg.norm(shift * spacing), out=values[here])
        if before - values.sum() <= 1e-6 * before:
            return Grid(low, spacing, values)


def _boxes(
    points: Array, low: Array, spacing: Array, intervals: NDArray[np.int64]
) -> list[tuple[Array, NDArray[np.int64]]]:
    """Boxes (low, intervals) of a grid that together hold the points, with room around them."""
    if len(points) == 0:
        return []
    block = 8
    while True:
        number = np.clip(((points - low) / (block * spacing)).astype(np.int64), 0, (intervals - 1) // block)
        first = number.min(axis=0)
        used = np.zeros(number.max(axis=0) - first + 1, dtype=bool)
        used[tuple((number - first).T)] = True
        labels, count = ndimage.label(used, np.ones((3,) * used.ndim))
        if count <= LEVEL_GRIDS:
            break
        block *= 2
    boxes = []
    for box in ndimage.find_objects(labels):
        start = block * (first + [part.start for part in box])
        stop = block * (first + [part.stop for part in box])
        start, stop = np.maximum(start - 4, 0), np.minimum(stop + 4, intervals)
        boxes.append((low + start * spacing, stop - start))
    return boxes


def _sample(sizes: SizeFunction, low: Array, spacing: Array, intervals: NDArray[np.int64]) -> Grid:
    """One grid; its first point is `low`."""
    axes = [start + step * np.arange(count + 1) for start, step, count in zip(low, spacing, intervals, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    return Grid(low, spacing, sizes(points.reshape(-1, len(low))).reshape(points.shape[:-1]))


def _fine_places(grid: Grid) -> Iterator[tuple[Array, Array, NDArray[np.int64]]]:
    """Boxes (low, spacing, intervals) around the places where the sizes are smaller than the spacing."""
    fine = grid.values < grid.spacing.max()
    # a source between grid points shows at the points around it: those and their cells belong to the place
    full = np.ones((3,) * fine.ndim, dtype=bool)
    labels, _ = ndimage.label(ndimage.binary_dilation(fine, full), full)
    for box in ndimage.find_objects(labels):
        start = np.array([part.start for part in box])
        yield grid.low + start * grid.spacing, grid.spacing, np.array([part.stop - part.start - 1 for part in box])
