# SPDX-License-Identifier: LGPL-3.0-or-later
"""The complex of a stack: tessellated strata and uniform slabs on top of each other, sharing the planes between them.

A slab takes over the tiling that grains above or below leave on the common plane, so that its lower and upper sides are
many coplanar faces. Two slabs share one rectangle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.solid.cell_complex import OUTSIDE, CellComplex, Face
from jadeite.microstructure.solid.complex_editor import area_vector
from jadeite.microstructure.solid.geometry import BOX_WALLS
from jadeite.microstructure.tessellation.tessellate import Tessellation

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# points nearer to a side of the box than this part of the box lie on it
ON_SIDE = 1e-9


@dataclass(frozen=True, eq=False)
class Stratum:
    """One part of a stack between two heights (m): a tessellation with the region row of each cell, or a slab."""

    bottom: float
    top: float
    cell_region: NDArray[np.int32]
    tessellation: Tessellation | None = None


@dataclass(frozen=True, eq=False)
class _Tiling:
    """Faces in a plane between strata, as loops of points anticlockwise seen from above (against -y), with cells."""

    loops: tuple[Index, ...]
    cells: Index


def stack_strata(strata: Sequence[Stratum], box: tuple[float, float, float]) -> CellComplex:
    """The complex of strata given from the plating electrode upwards; cells are numbered in their order.

    Two tessellations must not touch each other: grains that meet grow in one tessellation.
    """
    faces: list[Face] = []
    points: list[Array] = []
    count, cell = 0, 0
    lower: list[_Tiling | None] = []
    upper: list[_Tiling | None] = []
    for stratum in strata:
        tilings: list[_Tiling | None] = [None, None]
        if stratum.tessellation is not None:
            placed, inner, tilings = _place(stratum, stratum.tessellation, box, count, cell)
            points.append(placed)
            faces += inner
            count += len(placed)
        lower.append(tilings[0])
        upper.append(tilings[1])
        cell += len(stratum.cell_region)

    first = np.cumsum([0, *(len(stratum.cell_region) for stratum in strata)])
    heights = [*(stratum.bottom for stratum in strata), strata[-1].top]
    rims: list[_Tiling] = []
    for level, height in enumerate(heights):
        below = upper[level - 1] if level else None
        above = lower[level] if level < len(strata) else None
        tiling = below or above
        if tiling is None:
            x, z = box[0], box[2]
            points.append(np.array([[0.0, height, 0.0], [0.0, height, z], [x, height, z], [x, height, 0.0]]))
            tiling = _Tiling((np.arange(count, count + 4),), np.array([-1]))
            count += 4
        rims.append(tiling)
        # a slab has one cell; the outside counts as none
        under = np.full(len(tiling.loops), first[level - 1] if level else OUTSIDE)
        over = np.full(len(tiling.loops), first[level] if level < len(strata) else OUTSIDE)
        under = below.cells if below is not None else under
        over = above.cells if above is not None else over
        wall = "plating electrode" if level == 0 else "stripping electrode" if level == len(strata) else ""
        for loop, under_cell, over_cell in zip(tiling.loops, under.tolist(), over.tolist(), strict=True):
            # loops run anticlockwise seen from above, against the direction from the lower to the upper cell
            if over_cell == OUTSIDE:
                faces.append(Face((loop,), (under_cell, OUTSIDE), wall))
            elif under_cell == OUTSIDE:
                faces.append(Face((loop[::-1],), (over_cell, OUTSIDE), wall))
            else:
                faces.append(Face((loop,), (under_cell, over_cell)))

    positions = np.concatenate(points)
    for row, stratum in enumerate(strata):
        if stratum.tessellation is None:
            faces += _slab_sides(positions, rims[row], rims[row + 1], int(first[row]), box)
    return CellComplex(positions, tuple(faces), np.concatenate([stratum.cell_region for stratum in strata]))


def _place(
    stratum: Stratum, tessellation: Tessellation, box: tuple[float, float, float], first_point: int, first_cell: int
) -> tuple[Array, list[Face], list[_Tiling | None]]:
    """Points of a tessellation in the stack, its faces but for those on its lower and upper side, and those two."""
    points = np.array(tessellation.vertices, dtype=float)
    height = stratum.top - stratum.bottom
    for axis, extent in enumerate((box[0], height, box[2])):
        for value in (0.0, extent):
            points[np.abs(points[:, axis] - value) < ON_SIDE * extent, axis] = value
    on_top = points[:, 1] == height
    points[:, 1] += stratum.bottom
    points[on_top, 1] = stratum.top

    loops = np.split(tessellation.face_vertices, tessellation.face_offsets[1:-1])
    pairs = np.asarray(tessellation.face_cells)
    size = np.diff(tessellation.face_offsets)
    # cells are convex, so their middle tells inside from outside
    owner = np.repeat(pairs, size, axis=0)
    corner = np.concatenate([tessellation.face_vertices, tessellation.face_vertices])
    cells = np.concatenate([owner[:, 0], owner[:, 1]])
    inside = cells >= 0
    weight = np.bincount(cells[inside], minlength=len(stratum.cell_region))
    middle = np.stack([np.bincount(cells[inside], points[corner[inside], axis]) / weight for axis in range(3)], axis=1)
    faces: list[Face] = []
    tilings: list[_Tiling | None] = []
    flat: dict[int, list[tuple[Index, int]]] = {0: [], 1: []}
    for loop, (one, other) in zip(loops, pairs.tolist(), strict=True):
        cell, beyond = (one, other) if one >= 0 else (other, one)
        outward = area_vector(points[loop]) @ (points[loop[0]] - middle[cell]) > 0
        ring = (loop if outward else loop[::-1]) + first_point
        if beyond >= 0:
            faces.append(Face((ring,), (cell + first_cell, beyond + first_cell)))
            continue
        axis, side = divmod(-beyond - 1, 2)
        if axis == 1:
            flat[side].append((ring if side == 1 else ring[::-1], cell + first_cell))
        else:
            faces.append(Face((ring,), (cell + first_cell, OUTSIDE), BOX_WALLS[axis][side]))
    for side in (0, 1):
        rings, owners = zip(*flat[side], strict=True)
        tilings.append(_Tiling(tuple(rings), np.array(owners)))
    return points, faces, tilings


def _slab_sides(
    points: Array, lower: _Tiling, upper: _Tiling, cell: int, box: tuple[float, float, float]
) -> list[Face]:
    """The four side walls of a slab between two tilings, with every point that these have on the walls."""
    sides = []
    for axis in (0, 2):
        along = 2 - axis
        for side, wall in enumerate(BOX_WALLS[axis]):
            rows = []
            for tiling in (lower, upper):
                used = np.unique(np.concatenate(tiling.loops))
                used = used[points[used, axis] == side * box[axis]]
                rows.append(used[np.argsort(points[used, along])])
            loop = np.concatenate([rows[0], rows[1][::-1]])
            outward = area_vector(points[loop])[axis] * (1 if side else -1) > 0
            sides.append(Face((loop if outward else loop[::-1],), (cell, OUTSIDE), wall))
    return sides
