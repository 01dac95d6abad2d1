# SPDX-License-Identifier: LGPL-3.0-or-later
"""A polyhedral complex: cells that share their faces exactly, ready to be meshed in three dimensions.

Faces between cells are planar polygons, or triangulated patches where they are curved (walls of pores and particles).
Cells need not be convex. Several cells may belong to one region: a grain that a plane of a flaw has divided is still
one grain, and the face between its parts is a boundary only where the flaw has opened it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

OUTSIDE = -1


@dataclass(frozen=True, eq=False)
class Face:
    """A face between two cells, or between a cell and the outside.

    `loops` are rows of points without repetition, the outer loop first, then holes. Seen against the normal the outer
    loop runs anticlockwise and holes clockwise; the normal points from `cells[0]` to `cells[1]`, where the second may
    be OUTSIDE. `triangles` (m, 3) rows of points, oriented alike, triangulate a curved face, whose loops are then its
    rim (none when it is closed). `wall` names the outer surface or the opened flaw that the face belongs to; a face
    between two cells with a wall is a cut: both its sides become that wall.
    """

    loops: tuple[Index, ...]
    cells: tuple[int, int]
    wall: str = ""
    triangles: Index | None = None


@dataclass(frozen=True, eq=False)
class CellComplex:
    """Points (n, 3) in m, faces between cells, and the region row of each cell (c,)."""

    points: Array
    faces: tuple[Face, ...]
    cell_region: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))
