# SPDX-License-Identifier: LGPL-3.0-or-later
"""Meshes of checks on regular grids: bricks of any arrangement, and a corner refined without limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.tagged_mesh import PeriodicSides, RegionTable, SurfaceKind, SurfaceTable, TaggedMesh

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_WALLS = (
    (("side wall left", SurfaceKind.SIDE_WALL), ("side wall right", SurfaceKind.SIDE_WALL)),
    (
        ("plating electrode", SurfaceKind.PLATING_ELECTRODE),
        ("stripping electrode", SurfaceKind.STRIPPING_ELECTRODE),
    ),
    (("side wall front", SurfaceKind.SIDE_WALL), ("side wall back", SurfaceKind.SIDE_WALL)),
)
"""Name and kind of both walls across each axis."""


def brick_mesh(labels: NDArray[np.integer], edge: float) -> TaggedMesh:
    """Squares (cubes) of one region each, cut into 2 triangles (6 tetrahedra) along one diagonal (Kuhn 1960).

    Args:
        labels: region row of each brick, shape (nx, ny) or (nx, ny, nz); every row up to the largest occurs.
        edge: edge of a brick, m.
    """
    dimension = labels.ndim
    shape = np.array(labels.shape) + 1
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, dimension)
    corner = np.stack(np.meshgrid(*map(np.arange, labels.shape), indexing="ij"), axis=-1).reshape(-1, dimension)
    strides = np.append(np.cumprod(shape[:0:-1])[::-1], 1)
    cells = []
    for order in permutations(range(dimension)):
        steps = np.zeros((dimension + 1, dimension), dtype=np.int64)
        for number, axis in enumerate(order):
            steps[number + 1 :, axis] = 1
        simplex = (corner[:, None] + steps) @ strides
        even = np.linalg.det(np.eye(dimension)[list(order)]) > 0.0
        cells.append(simplex if even else simplex[:, [*range(dimension - 1), dimension, dimension - 1]])
    return tagged(edge * grid.astype(np.float64), np.concatenate(cells), np.tile(labels.ravel(), len(cells)))


def corner_mesh(rings: int, ratio: float, along: int) -> TaggedMesh:
    """The square -1 < x, y < 1 as four quarters that meet at the origin, with rings of cells that shrink towards it.

    Regions 0 to 3 are the quarters in anticlockwise order from x, y > 0. Each ring is `ratio` times as large as the one
    around it; `along` is the number of cells along half a side.
    """
    steps = np.linspace(-1.0, 1.0, 2 * along + 1)[:-1]
    side = np.stack([np.ones_like(steps), steps], axis=1)  # the side x = 1, upwards
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])  # rows times this: a quarter turn anticlockwise
    square = np.concatenate([side @ np.linalg.matrix_power(turn, quarter) for quarter in range(4)])
    count = len(square)
    points = np.concatenate([[np.zeros(2)], *(ratio**ring * square for ring in range(rings))])
    here = np.arange(count)
    nxt = (here + 1) % count
    cells = []
    for ring in range(rings - 1):
        outer, inner = 1 + ring * count, 1 + (ring + 1) * count
        cells += [
            np.stack([inner + here, outer + here, outer + nxt], axis=1),
            np.stack([inner + here, outer + nxt, inner + nxt], axis=1),
        ]
    core = 1 + (rings - 1) * count
    cells.append(np.stack([np.zeros_like(here), core + here, core + nxt], axis=1))
    simplices = np.concatenate(cells)
    middle = points[simplices].mean(axis=1)
    quarter = np.floor(np.arctan2(middle[:, 1], middle[:, 0]) / (0.5 * np.pi)).astype(np.int64) % 4
    return tagged(points, simplices, quarter)


def tagged(points: Array, cells: Index, region: Index) -> TaggedMesh:
    """A tagged mesh of a box, with a surface for each wall and each pair of regions."""
    dimension = points.shape[1]
    facets = np.concatenate([np.delete(cells, corner, axis=1) for corner in range(dimension + 1)])
    owner = np.tile(region, dimension + 1)
    unique, first, number, count = np.unique(
        np.sort(facets, axis=1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    # both owners of a facet are found as its smallest and its largest region
    lowest, highest = np.full(len(unique), np.iinfo(np.int64).max), np.full(len(unique), -1)
    np.minimum.at(lowest, number.ravel(), owner)
    np.maximum.at(highest, number.ravel(), owner)
    names: list[str] = []
    kinds: list[SurfaceKind] = []
    sides: list[tuple[int, int]] = []
    chosen: list[Index] = []
    outer = count == 1
    low, high = points.min(axis=0), points.max(axis=0)
    for axis in range(dimension):
        for end, place in enumerate((low[axis], high[axis])):
            on = (np.abs(points[unique, axis] - place) < 1e-9 * (high - low)[axis]).all(axis=1)
            name, kind = _WALLS[axis][end]
            names.append(name)
            kinds.append(kind)
            sides.append((-1, -1))
            chosen.append(np.flatnonzero(outer & on))
    between = np.flatnonzero(~outer & (lowest != highest))
    pairs, pair = np.unique(np.stack([lowest, highest], axis=1)[between], axis=0, return_inverse=True)
    for row, (one, other) in enumerate(pairs.tolist()):
        names.append(f"grain {one + 1} | grain {other + 1}")
        kinds.append(SurfaceKind.GRAIN_BOUNDARY)
        sides.append((one, other))
        chosen.append(between[pair.ravel() == row])
    regions = int(region.max()) + 1
    edges = points[cells[:, 1:]] - points[cells[:, :1]]
    volume = np.abs(np.linalg.det(edges)) / (2.0 if dimension == 2 else 6.0)
    measure = _facet_measures(points[unique])
    return TaggedMesh(
        points=points,
        cells=cells,
        cell_region=region.astype(np.int32),
        facets=facets[first][np.concatenate(chosen)],
        facet_surface=np.repeat(np.arange(len(chosen)), [len(rows) for rows in chosen]).astype(np.int32),
        regions=RegionTable(
            tuple(f"grain {row + 1}" for row in range(regions)),
            ("ceramic",) * regions,
            np.tile([1.0, 0.0, 0.0, 0.0], (regions, 1)),
            np.bincount(region, volume, minlength=regions),
        ),
        surfaces=SurfaceTable(
            tuple(names),
            tuple(kinds),
            np.array(sides, dtype=np.int32),
            np.full(len(names), np.nan),
            np.array([measure[rows].sum() for rows in chosen]),
        ),
    )


def repeating(mesh: TaggedMesh, axes: Iterable[int]) -> TaggedMesh:
    """The same box with the images of its points along some axes; points on opposite sides lie alike."""
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    sides = []
    for axis in axes:
        period = float(high[axis] - low[axis])
        ends = [np.flatnonzero(np.abs(mesh.points[:, axis] - end[axis]) < 1e-9 * period) for end in (low, high)]
        across = np.round(np.delete(mesh.points, axis, axis=1) / (1e-9 * period)).astype(np.int64)
        pairs = [rows[np.lexsort(across[rows].T)] for rows in ends]
        sides.append(PeriodicSides(axis, period, np.stack(pairs, axis=1)))
    return replace(mesh, periodic=tuple(sides))


def _facet_measures(corners: Array) -> Array:
    """Length or area of facets (n, d, d)."""
    edges = corners[:, 1:] - corners[:, :1]
    gram = np.einsum("fij,fkj->fik", edges, edges)
    return np.sqrt(np.linalg.det(gram)) / (1.0 if corners.shape[1] == 2 else 2.0)
