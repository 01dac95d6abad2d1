# SPDX-License-Identifier: LGPL-3.0-or-later
"""A grain image in two dimensions as triangles with smooth, conforming grain boundaries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.importing.assemble import Region, assemble
from jadeite.microstructure.importing.labels import GrainImage
from jadeite.microstructure.importing.smoothing import smooth
from jadeite.microstructure.importing.voxel_surfaces import Staircase, staircase
from jadeite.microstructure.plane.arrangement import Arrangement, Face, RegionShape
from jadeite.microstructure.plane.geometry import SurfaceRule, name_surfaces
from jadeite.microstructure.plane.mesher import mesh_planar
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# shortest segment in units of a pixel, and smallest angle between two that meet, in degrees
SHORTEST, SMALLEST_ANGLE = 0.3, 20.0
# part of the displacement that is left after one step back, and number of steps until nothing is left
BACK, STEPS = 0.8, 30


def mesh_pixels(
    image: GrainImage,
    regions: Sequence[Region],
    box: tuple[float, ...],
    *,
    smoothing: int,
    interior_size: float,
    growth: float,
    refinements: int = 0,
) -> TaggedMesh:
    """Triangles in the grains of an image that fills `box` (m).

    Boundaries have the size of a pixel, inside grains triangles grow by `growth` per distance up to `interior_size`
    (m); all sizes are halved `refinements` times. Raises MeshingError when no valid mesh is found.
    """
    stairs = staircase(image.rows)
    scale = np.array(box) / np.array(image.rows.shape)
    points, taken_back = _untangled(stairs, smooth(stairs, smoothing))
    arrangement = Arrangement(points * scale, _faces(stairs, image.grains))
    # the tables are made below as for every import: the mesher has to know the outer boundary, not its names
    shapes = [RegionShape(region.name, region.material, shapely.Polygon()) for region in regions]
    everywhere = SurfaceRule("outside", SurfaceKind.SIDE_WALL, lambda middle: np.ones(len(middle), dtype=bool))
    geometry = name_surfaces(_without_unused(arrangement), shapes, [everywhere])
    pixel = float(np.sqrt(np.prod(scale)))
    sizes = SizeField(interior=max(interior_size, pixel), boundary=pixel, growth=growth).refined(refinements)
    mesh = mesh_planar(geometry, sizes)
    statistics: dict[str, float | int | str] = {
        "mesh_algorithm": mesh.statistics["mesh_algorithm"],
        "boundary_surfaces": "smooth" if smoothing else "staircase",
        "points_taken_back": taken_back,
        "largest_displacement_in_voxels": float(np.abs(points - stairs.corners).max()),
        **image.statistics,
    }
    return assemble(mesh.points, mesh.cells, mesh.cell_region.astype(np.int64), regions, box, statistics)


def _untangled(stairs: Staircase, points: Array) -> tuple[Array, int]:
    """Points taken back towards the staircase wherever segments would become short or lie on top of each other.

    Points keep within half a pixel of a corner of pixels, so that segments can meet only where they share a point.
    """
    first, second = _pairs(stairs.faces.ravel())
    part = np.ones(len(points))
    at = points
    for step in range(STEPS):
        ends = at[stairs.faces]
        short = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) < SHORTEST
        # segments away from the point that two of them share
        away = np.concatenate([ends[:, 1] - ends[:, 0], ends[:, 0] - ends[:, 1]], axis=1).reshape(-1, 2)
        u, v = away[first], away[second]
        angle = np.arctan2(np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]), np.sum(u * v, axis=1))
        sharp = angle < np.radians(SMALLEST_ANGLE)
        segments = np.concatenate([np.flatnonzero(short), first[sharp] // 2, second[sharp] // 2])
        bad = np.unique(stairs.faces[segments])
        if len(bad) == 0:
            break
        part[bad] = BACK * part[bad] if step < STEPS - 5 else 0.0
        at = stairs.corners + part[:, None] * (points - stairs.corners)
    return at, int(np.count_nonzero(part < 1.0))


def _pairs(values: Index) -> tuple[Index, Index]:
    """All pairs of places at which `values` holds the same."""
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    first, second = [], []
    for apart in range(1, int(np.bincount(values).max())):
        same = ascending[apart:] == ascending[:-apart]
        first.append(order[:-apart][same])
        second.append(order[apart:][same])
    return np.concatenate(first), np.concatenate(second)


def _faces(stairs: Staircase, grains: int) -> tuple[Face, ...]:
    """One face for each grain: its loops of points, the outer one anticlockwise, holes clockwise."""
    ends = np.concatenate([stairs.faces, stairs.faces[:, ::-1]])
    left = np.concatenate([stairs.sides[:, 0], stairs.sides[:, 1]])
    inside = (left >= 0) & (left < grains)
    start, end, left = ends[inside, 0], ends[inside, 1], left[inside]
    following = _following(stairs.corners, start, end, left)
    cycle, position = _cycles(following)
    order = np.lexsort((position, cycle))
    cuts = np.flatnonzero(np.diff(cycle[order])) + 1
    loops = [start[loop] for loop in np.split(order, cuts)]
    grain = left[order[np.concatenate([[0], cuts])]]
    flow = stairs.corners[start, 0] * stairs.corners[end, 1] - stairs.corners[end, 0] * stairs.corners[start, 1]
    area = np.add.reduceat(flow[order], np.concatenate([[0], cuts]))
    # the outer loop is the only one that runs anticlockwise
    rank = np.lexsort((-area, grain))
    edges = np.searchsorted(grain[rank], np.arange(grains + 1))
    return tuple(Face(row, tuple(loops[k] for k in rank[edges[row] : edges[row + 1]])) for row in range(grains))


def _following(corners: Array, start: Index, end: Index, left: Index) -> Index:
    """The edge that follows each edge around the grain on its left; where two could, the one that turns left."""
    count = len(corners)
    key, wanted = left * count + start, left * count + end
    order = np.argsort(key, kind="stable")
    low = np.searchsorted(key[order], wanted, side="left")
    high = np.searchsorted(key[order], wanted, side="right")
    following = order[low]
    for edge in np.flatnonzero(high - low > 1):
        options = order[low[edge] : high[edge]]
        along = corners[end[edge]] - corners[start[edge]]
        on = corners[end[options]] - corners[start[options]]
        following[edge] = options[np.argmax(along[0] * on[:, 1] - along[1] * on[:, 0])]
    return following


def _cycles(following: Index) -> tuple[Index, Index]:
    """The cycle that each place of a permutation lies on, named by its least place, and the position along it."""
    steps = max(int(np.ceil(np.log2(len(following)))), 1)
    cycle, jump = np.arange(len(following)), following.copy()
    for _ in range(steps):
        cycle = np.minimum(cycle, cycle[jump])
        jump = jump[jump]
    at_start = cycle == np.arange(len(following))
    distance = np.where(at_start, 0, 1)
    jump = np.where(at_start, np.arange(len(following)), following)
    for _ in range(steps):
        distance = distance + distance[jump]
        jump = jump[jump]
    return cycle, -distance


def _without_unused(arrangement: Arrangement) -> Arrangement:
    """The arrangement with only those points that lie on a loop."""
    used = np.unique(np.concatenate([loop for face in arrangement.faces for loop in face.loops]))
    row = np.full(len(arrangement.points), -1, dtype=np.int64)
    row[used] = np.arange(len(used))
    faces = tuple(Face(face.region, tuple(row[loop] for loop in face.loops)) for face in arrangement.faces)
    return Arrangement(arrangement.points[used], faces)
