# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cells with regions become a tagged mesh: its facets are found, named and measured, whatever the cells came from.

A facet between two regions belongs to their boundary; one with a cell on one side only lies on a wall of the box, which
its position names, or on the wall of a pore, of which every connected part is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jadeite.microstructure.adjacency import Numbering, faces_of
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.network.attach import misorientations
from jadeite.microstructure.orientation import normalise
from jadeite.microstructure.quality import quality_statistics
from jadeite.microstructure.solid.geometry import BOX_WALL_KINDS, BOX_WALLS
from jadeite.microstructure.tagged_mesh import Pore, RegionTable, SurfaceKind, SurfaceTable, TaggedMesh

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# a point lies on a wall of the box if it is no further from it than this part of the box
ON_WALL = 1e-9
# area of the unit disc and volume of the unit ball
UNIT_BALL = {2: np.pi, 3: 4.0 * np.pi / 3.0}


@dataclass(frozen=True, eq=False)
class Region:
    """What is known of a region before it is meshed: a row of the region table without its measure."""

    name: str
    material: str
    orientation: Array
    crystal_symmetry: str


def assemble(
    points: Array,
    cells: Index,
    cell_region: Index,
    regions: Sequence[Region],
    box: tuple[float, ...],
    statistics: dict[str, float | int | str],
) -> TaggedMesh:
    """The tagged mesh of positively oriented simplices in the box from the origin to `box` (m).

    Raises MicrostructureError when a region has no cells, cells overlap or fall into parts that share no facets, or the
    outer boundary is not that of the box.
    """
    facets, owners = _facets(cells, len(points))
    beside = np.where(owners >= 0, cell_region[owners], -1)
    _check_connected(owners, len(cells))
    measure = np.bincount(cell_region, weights=simplex_measures(points, cells), minlength=len(regions))
    if np.any(measure <= 0.0):
        raise MicrostructureError(f"'{regions[int(measure.argmin())].name}' has no cells")
    table = RegionTable(
        tuple(region.name for region in regions),
        tuple(region.material for region in regions),
        normalise([region.orientation for region in regions]),
        measure,
        crystal_symmetry=tuple(region.crystal_symmetry for region in regions),
    )

    outer = np.flatnonzero(owners[:, 1] < 0)
    surface = np.full(len(facets), -1, dtype=np.int64)
    names: list[str] = []
    kinds: list[SurfaceKind] = []
    for name, on_it in _walls(points[facets[outer]], box):
        if not on_it.any():
            raise MicrostructureError(f"no cell has a side on the {name}: the outer boundary is not that of a box")
        surface[outer[on_it]] = len(names)
        names.append(name)
        kinds.append(BOX_WALL_KINDS[name])
    pore_facets = outer[surface[outer] < 0]
    pore, count = _parts(facets[pore_facets], len(points))
    surface[pore_facets] = len(names) + pore
    pores = _pores(points, facets[pore_facets], beside[pore_facets, 0], pore, count, box, float(measure.sum()))
    names += [item.name for item in pores]
    kinds += [SurfaceKind.PORE_WALL] * count

    inner = np.flatnonzero((owners[:, 1] >= 0) & (beside[:, 0] != beside[:, 1]))
    pairs, number = np.unique(np.sort(beside[inner], axis=1), axis=0, return_inverse=True)
    surface[inner] = len(names) + number.reshape(-1)
    rows = np.concatenate([_single(surface, beside[:, 0], len(names)), pairs]).astype(np.int32)
    names += [f"{table.name[a]} | {table.name[b]}" for a, b in pairs]
    alike = [table.material[a] == table.material[b] for a, b in pairs]
    kinds += [SurfaceKind.GRAIN_BOUNDARY if same else SurfaceKind.PHASE_BOUNDARY for same in alike]
    angle = np.full(len(names), np.nan)
    angle[len(names) - len(pairs) :] = misorientations(table, pairs.astype(np.int32))[0]
    tagged = np.flatnonzero(surface >= 0)
    size = facet_measures(points, facets[tagged])
    surfaces = SurfaceTable(
        tuple(names),
        tuple(kinds),
        rows,
        angle,
        np.bincount(surface[tagged], weights=size, minlength=len(names)),
    )
    return TaggedMesh(
        points,
        cells,
        cell_region.astype(np.int32),
        facets[tagged],
        surface[tagged].astype(np.int32),
        table,
        surfaces,
        pores=tuple(pores),
        statistics={
            "grains": len(regions),
            "porosity": max(1.0 - float(measure.sum()) / float(np.prod(box)), 0.0),
            **statistics,
            **quality_statistics(points, cells),
        },
    )


def simplex_measures(points: Array, cells: Index) -> Array:
    """Signed area (m^2) or volume (m^3) of triangles or tetrahedra."""
    edges = points[cells[:, 1:]] - points[cells[:, :1]]
    return np.asarray(np.linalg.det(edges) / (2.0 if cells.shape[1] == 3 else 6.0))


def facet_measures(points: Array, facets: Index) -> Array:
    """Length (m) of segments or area (m^2) of triangles."""
    edges = points[facets[:, 1:]] - points[facets[:, :1]]
    if facets.shape[1] == 2:
        return np.linalg.norm(edges[:, 0], axis=1)
    return 0.5 * np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)


def _facets(cells: Index, points: int) -> tuple[Index, Index]:
    """Facets of all cells, each once, its normal out of the first of the cells (k, 2) beside it, -1 for no second."""
    corners = cells.shape[1]
    faces = faces_of(cells)
    # every second face of a positive simplex is turned inwards
    faces[:, 1::2, -2:] = faces[:, 1::2, :-3:-1]
    facets = faces.reshape(-1, corners - 1)
    key = Numbering(cells, points).keys(facets)
    order = np.argsort(key, kind="stable")
    _, start, count = np.unique(key[order], return_index=True, return_counts=True)
    first = order[start]
    # seen from two positive cells, the facet between them turns in opposite ways
    inner = start[count == 2]
    if count.max() > 2 or np.any(_even(facets[order[inner]]) == _even(facets[order[inner + 1]])):
        raise MicrostructureError("cells overlap: more than two share a facet, or two lie on the same side of one")
    owners = np.full((len(first), 2), -1, dtype=np.int64)
    owners[:, 0] = first // corners
    owners[count == 2, 1] = order[start[count == 2] + 1] // corners
    return facets[first], owners


def _even(facets: Index) -> NDArray[np.bool_]:
    """Whether corners in ascending order turn a facet as it is turned."""
    if facets.shape[1] == 2:
        return facets[:, 0] < facets[:, 1]
    a, b, c = facets.T
    return (a < b) ^ (b < c) ^ (a < c)


def _check_connected(owners: Index, cells: int) -> None:
    """Raise MicrostructureError unless one can walk from every cell to every other across facets."""
    i, j = owners[owners[:, 1] >= 0].T
    parts, part = connected_components(coo_array((np.ones(len(i), dtype=bool), (i, j)), (cells, cells)), directed=False)
    if parts > 1:
        largest = int(np.bincount(part).max())
        raise MicrostructureError(f"the cells fall into {parts} parts without common facets; the largest has {largest}")


def _walls(corners: Array, box: tuple[float, ...]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Names of the walls of the box, the electrodes first, and the facets (of corners (k, c, d)) that lie on each."""
    tolerance = ON_WALL * max(box)
    found = []
    for axis in (1, 0, 2)[: len(box)]:
        for side, name in enumerate(BOX_WALLS[axis]):
            found.append((name, np.all(np.abs(corners[:, :, axis] - side * box[axis]) <= tolerance, axis=1)))
    return found


def _parts(facets: Index, points: int) -> tuple[Index, int]:
    """Number of the connected part that each facet belongs to, joined by common points, and number of parts."""
    if len(facets) == 0:
        return np.empty(0, dtype=np.int64), 0
    used, corner = np.unique(facets, return_inverse=True)
    corner = corner.reshape(facets.shape)
    first = np.repeat(corner[:, 0], facets.shape[1] - 1)
    links = coo_array((np.ones(len(first), dtype=bool), (first, corner[:, 1:].ravel())), (len(used), len(used)))
    count, part = connected_components(links, directed=False)
    return part[corner[:, 0]].astype(np.int64), int(count)


def _pores(
    points: Array, facets: Index, regions: Index, part: Index, count: int, box: tuple[float, ...], solid: float
) -> list[Pore]:
    """The pores behind walls of so many parts, beside material of measure `solid`.

    Pores that reach from one wall of the box to the opposite one share what volume the others leave.
    """
    pores = [_pore(f"pore {k + 1}", points[facets[part == k]], regions[part == k], box) for k in range(count)]
    total = float(np.prod(box))
    measures = np.array([pore.radius ** len(box) for pore in pores]) * UNIT_BALL[len(box)]
    through = np.isnan(measures)
    left = total - solid - float(measures[~through].sum())
    if abs(left) > 1e-6 * total and (not through.any() or left < 0.0):
        raise MicrostructureError("the outer boundary is not that of a box along the axes")
    share = (left / max(int(through.sum()), 1) / UNIT_BALL[len(box)]) ** (1.0 / len(box)) if through.any() else 0.0
    return [
        replace(pore, radius=share) if open_ended else pore for pore, open_ended in zip(pores, through, strict=True)
    ]


def _pore(name: str, at: Array, regions: Index, box: tuple[float, ...]) -> Pore:
    """Centre and radius of a pore from the corners of its wall (divergence theorem); the box closes a pore it cuts.

    Measured from a corner of the box, the walls through that corner contribute nothing. The radius is NaN where the
    pore reaches from one wall to the opposite one.
    """
    dimension = len(box)
    low, high = at.min(axis=(0, 1)), at.max(axis=(0, 1))
    tolerance = ON_WALL * max(box)
    at_low, at_high = low <= tolerance, high >= np.array(box) - tolerance
    origin = np.where(at_low, 0.0, np.where(at_high, box, 0.5 * (low + high)))
    relative = at - origin
    if dimension == 2:
        along = at[:, 1] - at[:, 0]
        normal = np.stack([along[:, 1], -along[:, 0]], axis=1)
    else:
        normal = 0.5 * np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0])
    # normals point out of the material, into the pore
    volume = -float(np.sum(relative.mean(axis=1) * normal)) / dimension
    many = "triple junction" if dimension == 2 else "triple line"
    place = {1: "grain interior", 2: "grain boundary"}.get(len(np.unique(regions)), many)
    if np.any(at_low & at_high):
        return Pore(name, tuple(float(x) for x in at.mean(axis=(0, 1))), float("nan"), place)
    if volume <= 0.0:
        raise MicrostructureError("the outer boundary is not that of a box along the axes")
    squares = (np.sum(relative**2, axis=1) + relative.sum(axis=1) ** 2) / (dimension * (dimension + 1))
    centre = origin - np.sum(0.5 * squares * normal, axis=0) / volume
    radius = (volume / UNIT_BALL[dimension]) ** (1.0 / dimension)
    return Pore(name, tuple(float(x) for x in centre), radius, place)


def _single(surface: Index, region: Index, count: int) -> Index:
    """For each of the first `count` surfaces the region behind it and -1, or -1 twice where there are several."""
    rows = np.full((count, 2), -1, dtype=np.int64)
    for row in range(count):
        behind = np.unique(region[surface == row])
        rows[row, 0] = behind[0] if len(behind) == 1 else -1
    return rows
