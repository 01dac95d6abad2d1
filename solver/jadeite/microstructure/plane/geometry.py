# SPDX-License-Identifier: LGPL-3.0-or-later
"""Planar straight-line geometry: named regions that share their edges exactly, ready to be meshed.

Edges of an arrangement become surfaces: between two regions by themselves, on the outer boundary and on cuts by the
rules that are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from jadeite.microstructure.errors import GeometryError
from jadeite.microstructure.orientation import disorientation, normalise
from jadeite.microstructure.plane.arrangement import GRID, Arrangement, Face, RegionShape, arrange, edges_of, loop_areas
from jadeite.microstructure.tagged_mesh import Crack, Flaw, Patch, Pore, RegionTable, SurfaceKind, SurfaceTable


@dataclass(frozen=True, eq=False)
class SurfaceRule:
    """Which edges of the outer boundary (walls of voids included) make up a named surface.

    `where` is a shapely geometry the edges lie on, or a function from edge midpoints (k, 2) in m to a boolean (k,).
    With `cut`, they are edges inside the material, which is divided there: both sides become the surface.
    """

    name: str
    kind: SurfaceKind
    where: BaseGeometry | Callable[[NDArray[np.float64]], NDArray[np.bool_]]
    cut: bool = False


@dataclass(frozen=True, eq=False)
class PlanarGeometry:
    """A noded geometry with its tables.

    `points` (n, 2) in m; `edges` (e, 2) points; `edge_regions` (e, 2) region rows to the left and to the right, -1
    outside; `edge_surface` (e,) surface row, -1 for an edge inside a region; `edge_cut` (e,) whether the material is
    divided along the edge; `faces` with their point loops. With `period` (m), the side x = 0 continues at x = period.
    """

    points: NDArray[np.float64]
    edges: NDArray[np.int64]
    edge_regions: NDArray[np.int32]
    edge_surface: NDArray[np.int32]
    edge_cut: NDArray[np.bool_]
    faces: tuple[Face, ...]
    regions: RegionTable
    surfaces: SurfaceTable
    flaws: tuple[Flaw, ...] = ()
    pores: tuple[Pore, ...] = ()
    patches: tuple[Patch, ...] = ()
    cracks: tuple[Crack, ...] = ()
    period: float | None = None


def planar_from_polygons(
    regions: Sequence[RegionShape],
    surfaces: Sequence[SurfaceRule],
    *,
    voids: Sequence[shapely.Polygon] = (),
    points_to_keep: ArrayLike = (),
    crystal_symmetry: str = "triclinic",
    flaws: Sequence[Flaw] = (),
    pores: Sequence[Pore] = (),
    patches: Sequence[Patch] = (),
) -> PlanarGeometry:
    """The planar geometry of some regions, minus voids, with the outer boundary named by rules (the first match wins).

    `points_to_keep` (k, 2) in m become points of the geometry; each must lie on an edge. All regions get the
    `crystal_symmetry` given. See `name_surfaces` for the surfaces; raises GeometryError as it and `arrange` do.
    """
    shapes = [replace(region, crystal_symmetry=crystal_symmetry) for region in regions]
    arrangement = arrange(shapes, voids=voids, points_to_keep=points_to_keep)
    geometry = name_surfaces(arrangement, shapes, surfaces)
    return replace(geometry, flaws=tuple(flaws), pores=tuple(pores), patches=tuple(patches))


def name_surfaces(
    arrangement: Arrangement, regions: Sequence[RegionShape], rules: Sequence[SurfaceRule]
) -> PlanarGeometry:
    """Give every edge its surface and make the tables.

    The outer boundary and cuts are named by `rules`, the first match wins. Between two regions of the same material a
    GRAIN_BOUNDARY arises, otherwise a PHASE_BOUNDARY, named "a | b"; misorientations are disorientation angles, NaN
    between crystals of different symmetry. Raises GeometryError when a region vanishes, an outer edge belongs to no
    surface, or a surface has no edge.
    """
    points = arrangement.points
    edges, sides = edges_of(arrangement)
    length = np.hypot(*(points[edges[:, 1]] - points[edges[:, 0]]).T)
    table = _region_table(arrangement, regions)
    cut, surface = _ruled_edges(points, edges, sides, rules)

    inner = np.flatnonzero(np.all(sides >= 0, axis=1) & (sides[:, 0] != sides[:, 1]) & ~cut)
    pairs, index = np.unique(np.sort(sides[inner], axis=1), axis=0, return_inverse=True)
    surface[inner] = len(rules) + index
    names = tuple(f"{table.name[a]} | {table.name[b]}" for a, b in pairs)
    kinds = tuple(
        SurfaceKind.GRAIN_BOUNDARY if table.material[a] == table.material[b] else SurfaceKind.PHASE_BOUNDARY
        for a, b in pairs
    )
    neighbours = np.full((len(rules) + len(pairs), 2), -1, dtype=np.int32)
    neighbours[len(rules) :] = pairs
    for row in range(len(rules)):
        touched = np.unique(sides[surface == row])
        touched = touched[touched >= 0]
        neighbours[row, 0] = touched[0] if len(touched) == 1 else -1
    angle = np.full(len(neighbours), np.nan)
    angle[len(rules) :] = _misorientations(table, pairs)
    surfaces = SurfaceTable(
        tuple(rule.name for rule in rules) + names,
        tuple(rule.kind for rule in rules) + kinds,
        neighbours,
        angle,
        # a cut has two walls
        np.bincount(surface[surface >= 0], ((1 + cut) * length)[surface >= 0], minlength=len(neighbours)),
    )
    return PlanarGeometry(points, edges, sides, surface, cut, arrangement.faces, table, surfaces)


def _region_table(arrangement: Arrangement, regions: Sequence[RegionShape]) -> RegionTable:
    measure = np.bincount(
        [face.region for face in arrangement.faces], weights=loop_areas(arrangement), minlength=len(regions)
    )
    if np.any(measure <= 0.0):
        gone = regions[int(np.argmin(measure))].name
        raise GeometryError(f"region '{gone}' has no area left after the voids were cut out")
    # grains keep their numbers relative to each other; regions that are grains of their own come after them
    given = np.array([region.grain for region in regions], dtype=np.int64)
    number = np.where(given >= 0, given, given.max(initial=-1) + 1 + np.cumsum(given < 0) - 1)
    return RegionTable(
        tuple(region.name for region in regions),
        tuple(region.material for region in regions),
        normalise([np.asarray(region.orientation, dtype=float) for region in regions]),
        measure,
        np.unique(number, return_inverse=True)[1].astype(np.int32),
        tuple(region.crystal_symmetry for region in regions),
    )


def _ruled_edges(
    points: NDArray[np.float64], edges: NDArray[np.int64], sides: NDArray[np.int32], rules: Sequence[SurfaceRule]
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Which edges are cut, and the rule's row of every edge that one applies to (-1 elsewhere)."""
    surface = np.full(len(edges), -1, dtype=np.int32)
    cut = np.zeros(len(edges), dtype=bool)
    outside = np.any(sides < 0, axis=1)
    midpoints = points[edges].mean(axis=1)
    tolerance = 100 * GRID * float(np.ptp(points, axis=0).max())
    tree = shapely.STRtree(shapely.points(midpoints))
    for row, rule in enumerate(rules):
        free = np.flatnonzero((surface < 0) & (outside != rule.cut))
        if isinstance(rule.where, BaseGeometry):
            hit = np.intersect1d(free, tree.query(rule.where, predicate="dwithin", distance=tolerance))
        else:
            hit = free[rule.where(midpoints[free])]
        if len(hit) == 0:
            where = "inside the material" if rule.cut else "on the outer boundary"
            raise GeometryError(f"surface '{rule.name}' has no edge {where}")
        surface[hit] = row
        cut[hit] = rule.cut
    nameless = np.flatnonzero(outside & (surface < 0))
    if len(nameless):
        place = midpoints[nameless[0]]
        raise GeometryError(f"the outer boundary at ({place[0]:g}, {place[1]:g}) m belongs to no surface")
    return cut, surface


def _misorientations(table: RegionTable, pairs: NDArray[np.int32]) -> NDArray[np.float64]:
    """Disorientation angles of pairs of regions of one material and crystal symmetry, NaN for others."""
    angle = np.full(len(pairs), np.nan)
    material, symmetry = np.array(table.material), np.array(table.crystal_symmetry)
    one, other = pairs.T
    alike = (material[one] == material[other]) & (symmetry[one] == symmetry[other])
    for name in np.unique(symmetry[one[alike]]).tolist():
        mine = alike & (symmetry[one] == name)
        angle[mine] = disorientation(table.orientation[one[mine]], table.orientation[other[mine]], name)
    return angle
