# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cell sizes in three dimensions: what is asked for, what the geometry adds, and the size functions that follow.

Edges and faces are divided by one size function, whose sources are short edges, narrow faces, thin cells, fronts of
flaws and cracks, mouths and rims of patches. The sizes that come out on the faces are the sources of a second one, for
the interior, so that cells grow from whatever the surfaces have become.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.microstructure.solid.cell_complex import OUTSIDE
from jadeite.microstructure.solid.complex_measure import area_vectors, cell_volumes, flatten
from jadeite.microstructure.solid.geometry import SolidGeometry
from jadeite.microstructure.solid.size_grid import SizeGrid, grade_sizes
from jadeite.microstructure.solid.skeleton import Skeleton

if TYPE_CHECKING:
    from jadeite.case.microstructure import MeshSize

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# short edges, narrow faces and thin cells ask for no less than this part of the boundary size, unless told otherwise
SMALLEST_FEATURE = 0.35
# what the ratios of area to perimeter and of volume to surface are taken to be of a width and a thickness
WIDTH, THICKNESS = 3.0, 3.0
# sizes that follow from the grain size, and from the depth or width of a defect, where none are given
INTERIOR, BOUNDARY, FRONT, MOUTH, RIM, GROOVE = 2 / 5, 1 / 5, 1 / 12, 1 / 6, 1 / 20, 1 / 4
# points nearer to the electrode than this part of the thickness lie on it
ON_ELECTRODE = 1e-9


@dataclass(frozen=True)
class SolidSizes:
    """What cell sizes are asked for, in m.

    `interior` is the largest size, `boundary` that on faces of grains and walls; `front` holds on the fronts of flaws
    and cracks and `contact_edge` on mouths of flaws and rims of patches, both following from the defect when None.
    `growth` is the increase of size per distance. Short edges, narrow faces and thin cells make cells smaller, down to
    the part `smallest_feature` of the boundary size. At the end every size is halved `halvings` times.
    """

    interior: float
    boundary: float
    front: float | None = None
    contact_edge: float | None = None
    growth: float = 0.3
    halvings: int = 0
    smallest_feature: float = SMALLEST_FEATURE

    def __post_init__(self) -> None:
        given = [
            self.interior,
            self.boundary,
            self.growth,
            self.front,
            self.contact_edge,
            self.smallest_feature,
        ]
        if min(size for size in given if size is not None) <= 0.0:
            raise ValueError("cell sizes and their growth must be positive")

    @property
    def factor(self) -> float:
        """What the halvings make of every size."""
        return float(0.5**self.halvings)


def choose_solid_sizes(mesh: MeshSize, size: float) -> SolidSizes:
    """Cell sizes of a recipe; what it leaves out follows from `size` (m), the mean grain diameter or thinnest layer.

    Inside grains 2/5 of size, on boundaries and walls 1/5, on the front of a flaw or crack a twelfth of its depth or
    radius, at the mouth of a flaw a sixth of its depth, on the rim of an unwetted patch a twentieth of its width,
    in a groove a quarter of its width.
    """
    return SolidSizes(
        mesh.interior_size or INTERIOR * size,
        mesh.boundary_size or BOUNDARY * size,
        mesh.tip_size,
        mesh.contact_edge_size,
        mesh.growth,
        mesh.refinements,
    )


def surface_sizes(geometry: SolidGeometry, skeleton: Skeleton, sizes: SolidSizes) -> SizeGrid:
    """The size function of edges and faces."""
    points = geometry.complex.points
    start, end = points[skeleton.edges[:, 0]], points[skeleton.edges[:, 1]]
    length = np.linalg.norm(end - start, axis=1)
    least = sizes.smallest_feature * sizes.boundary
    wanted = np.maximum(np.minimum(_widths(geometry, skeleton, length), length), least)
    # edges of curved faces are given: what meets them takes their length
    wanted = np.minimum(np.where(skeleton.fixed, length, wanted), sizes.boundary)

    if geometry.grooves is not None:
        groove = GROOVE * geometry.grooves.width
        wanted = np.where(_traces(geometry, skeleton), np.minimum(wanted, groove), wanted)

    small = np.flatnonzero(wanted < sizes.boundary)
    along, size = _along(start[small], end[small], wanted[small])
    sources = [(along, size), *_defects(geometry, sizes)]
    at, size = (np.concatenate(part) for part in zip(*sources, strict=True))
    return _graded(geometry, at, size, sizes.boundary, sizes, 0.75 * sizes.boundary)


def interior_sizes(geometry: SolidGeometry, sizes: SolidSizes, points: Array, triangles: Index) -> SizeGrid:
    """The size function of the interior: at a corner of triangles, the mean length of the edges around it."""
    total, count = np.zeros(len(points)), np.zeros(len(points))
    for k in range(3):
        ends = triangles[:, [k, (k + 1) % 3]]
        length = np.linalg.norm(points[ends[:, 1]] - points[ends[:, 0]], axis=1)
        total += np.bincount(ends.ravel(), np.repeat(length, 2), len(points))
        count += np.bincount(ends.ravel(), minlength=len(points))
    # triangles are halved already
    size = total / np.maximum(count, 1) / sizes.factor
    return _graded(geometry, points[count > 0], size[count > 0], sizes.interior, sizes, sizes.boundary)


def _graded(
    geometry: SolidGeometry, at: Array, size: Array, limit: float, sizes: SolidSizes, spacing: float
) -> SizeGrid:
    """The graded size function over the box, halved as often as asked for, with sources beyond periodic sides."""
    limit = min(limit, sizes.interior)
    for axis in geometry.periodic:
        period, reach = geometry.box[axis], limit / sizes.growth
        shift = np.zeros(3)
        shift[axis] = period
        low, high = at[:, axis] < reach, at[:, axis] > period - reach
        at = np.concatenate([at, at[low] + shift, at[high] - shift])
        size = np.concatenate([size, size[low], size[high]])
    # halving sizes and growth together halves the size function everywhere
    half = sizes.factor
    return grade_sizes(at, size * half, limit * half, sizes.growth * half, np.zeros(3), geometry.box, spacing * half)


def _widths(geometry: SolidGeometry, skeleton: Skeleton, length: Array) -> Array:
    """For each edge the least width of a planar face on it, or thickness of a cell beside that, in m.

    The width of a strip of area A and perimeter P is about 2 A / P, of a compact face 4 A / P; the thickness of a plate
    of volume V and surface S is about 2 V / S, of a compact cell 6 V / S.
    """
    complex = geometry.complex
    flat = flatten(complex)
    area = np.linalg.norm(area_vectors(complex, flat), axis=1)
    cells = flat.cells
    inside = cells != OUTSIDE
    around = np.bincount(cells[inside], np.repeat(area, 2).reshape(-1, 2)[inside], len(complex.cell_region))
    thickness = THICKNESS * cell_volumes(complex, flat) / around
    beside = np.where(inside, thickness[cells], np.inf).min(axis=1)
    face = skeleton.step_face
    perimeter = np.bincount(face, length[skeleton.step_edge], len(area))
    width = np.minimum(WIDTH * area / np.maximum(perimeter, np.finfo(float).tiny), beside)
    least = np.full(len(length), np.inf)
    np.minimum.at(least, skeleton.step_edge, width[face])
    return least


def _traces(geometry: SolidGeometry, skeleton: Skeleton) -> NDArray[np.bool_]:
    """Edges in which a boundary between regions meets the plating electrode."""
    complex = geometry.complex
    cells = np.array([face.cells for face in complex.faces], dtype=np.int64)
    between = (cells[:, 1] != OUTSIDE) & (complex.cell_region[cells[:, 0]] != complex.cell_region[cells[:, 1]])
    trace = np.zeros(len(skeleton.edges), dtype=bool)
    trace[skeleton.step_edge[between[skeleton.step_face]]] = True
    return trace & np.all(complex.points[skeleton.edges, 1] <= ON_ELECTRODE * geometry.box[1], axis=1)


def _defects(geometry: SolidGeometry, sizes: SolidSizes) -> list[tuple[Array, Array]]:
    """Sources on fronts of flaws and cracks, mouths of flaws, and rims of patches."""
    sources = []
    for flaw in geometry.flaws:
        front = sizes.front or FRONT * min(flaw.depth, flaw.half_length or flaw.depth)
        sources.append(_line(flaw.front, front))
        mouth = sizes.contact_edge or max(MOUTH * flaw.depth, front)
        sources.append(_line((flaw.front[0], flaw.mouth, flaw.front[-1]), mouth))
    for crack in geometry.cracks:
        sources.append(_line((*crack.front, crack.front[0]), sizes.front or FRONT * crack.half_length))
    for patch in geometry.patches:
        rim = [(x, 0.0, z) for x, z in patch.outline]
        width = min(float(np.ptp([point[0] for point in rim])), float(np.ptp([point[2] for point in rim])))
        sources.append(_line((*rim, rim[0]), sizes.contact_edge or RIM * width))
    return sources


def _line(points: Sequence[ArrayLike], size: float) -> tuple[Array, Array]:
    """Sources of one size along a polyline."""
    at = np.array(points, dtype=float)
    return _along(at[:-1], at[1:], np.full(len(at) - 1, size))


def _along(start: Array, end: Array, size: Array) -> tuple[Array, Array]:
    """Sources along lines, a size apart from each other."""
    count = np.ceil(np.linalg.norm(end - start, axis=1) / size).astype(np.int64) + 1
    line = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    fraction = rank / np.maximum(count[line] - 1, 1)
    return start[line] + fraction[:, None] * (end - start)[line], size[line]
