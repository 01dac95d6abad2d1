# SPDX-License-Identifier: LGPL-3.0-or-later
"""Planar straight-line geometry: named regions that share their edges exactly, ready to be meshed.

Polygons come in that overlap nowhere but need not agree on the points along their common borders; voids (pores, flaws)
are cut out. All their outlines are noded together once, every face of the result is given to its region, and from there
on two neighbours share the same points and edges. Edges become surfaces: between two regions by themselves, on the
outer boundary by the rules that are given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from jadeite.microstructure.orientation import disorientation, normalise
from jadeite.microstructure.tagged_mesh import Flaw, Patch, Pore, RegionTable, SurfaceKind, SurfaceTable

# grid of the noding, and the distance below which two points are one, relative to the size of the whole geometry
GRID = 1e-11


class GeometryError(ValueError):
    """The regions, voids and surfaces given do not make a planar geometry."""


@dataclass(frozen=True, eq=False)
class RegionShape:
    """A region before noding: its name, material, polygon in m, and crystal orientation (identity when left out)."""

    name: str
    material: str
    polygon: shapely.Polygon | shapely.MultiPolygon
    orientation: ArrayLike = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class SurfaceRule:
    """Which edges of the outer boundary (walls of voids included) make up a named surface.

    `where` is a shapely geometry the edges lie on, or a function from edge midpoints (k, 2) in m to a boolean (k,).
    """

    name: str
    kind: SurfaceKind
    where: BaseGeometry | Callable[[NDArray[np.float64]], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Face:
    """A connected piece of a region: point loops without repetition, the outer one anticlockwise, holes clockwise."""

    region: int
    loops: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Points (n, 2) in m and the faces between them; neighbouring faces share points and edges exactly."""

    points: NDArray[np.float64]
    faces: tuple[Face, ...]


@dataclass(frozen=True, eq=False)
class PlanarGeometry:
    """A noded geometry with its tables.

    `points` (n, 2) in m; `edges` (e, 2) points; `edge_regions` (e, 2) region rows to the left and to the right, -1
    outside; `edge_surface` (e,) surface row, -1 for an edge inside a region; `faces` with their point loops.
    """

    points: NDArray[np.float64]
    edges: NDArray[np.int64]
    edge_regions: NDArray[np.int32]
    edge_surface: NDArray[np.int32]
    faces: tuple[Face, ...]
    regions: RegionTable
    surfaces: SurfaceTable
    flaws: tuple[Flaw, ...] = ()
    pores: tuple[Pore, ...] = ()
    patches: tuple[Patch, ...] = ()


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

    `points_to_keep` (k, 2) in m become points of the geometry; each must lie on an edge. Between two regions of the
    same material a GRAIN_BOUNDARY arises, otherwise a PHASE_BOUNDARY, named "a | b"; misorientations are
    disorientation angles under `crystal_symmetry`. Raises GeometryError when regions overlap, a region vanishes, an
    outer edge belongs to no surface, or a surface has no edge.
    """
    arrangement = arrange(regions, voids=voids, points_to_keep=points_to_keep)
    return name_surfaces(arrangement, regions, surfaces, crystal_symmetry, flaws, pores, patches)


def arrange(
    regions: Sequence[RegionShape], *, voids: Sequence[shapely.Polygon] = (), points_to_keep: ArrayLike = ()
) -> Arrangement:
    """Node the outlines of regions and voids together and give every face to its region.

    Input vertices keep their exact coordinates. Raises GeometryError when two regions overlap or a kept point lies off
    every edge.
    """
    keep = np.asarray(points_to_keep, dtype=float).reshape(-1, 2)
    shapes = np.array([region.polygon for region in regions] + list(voids), dtype=object)
    bounds = shapely.total_bounds(shapes)
    origin, extent = bounds[:2], float(np.max(bounds[2:] - bounds[:2]))
    exact = np.concatenate([shapely.get_coordinates(shapes), keep])
    scaled = shapely.transform(shapes, lambda xy: (xy - origin) / extent)

    # snap rounding on a fine grid is robust where floating-point noding is not; the exact coordinates come back below
    outlines = shapely.union_all(shapely.boundary(scaled), grid_size=GRID)
    polygons = shapely.orient_polygons(np.array(shapely.polygonize([outlines]).geoms, dtype=object))
    inside = shapely.point_on_surface(polygons)
    owner = _owners(inside, scaled[: len(regions)], [region.name for region in regions])
    owner[_covered(inside, scaled[len(regions) :])] = -1
    polygons, owner = polygons[owner >= 0], owner[owner >= 0]

    rings, ring_face = _rings(polygons)
    coordinates = shapely.get_coordinates(rings)
    sizes = shapely.get_num_coordinates(rings)
    ends = np.cumsum(sizes)
    points, index = np.unique(coordinates, axis=0, return_inverse=True)
    points = origin + extent * points
    distance, nearest = KDTree(exact).query(points)
    restored = distance < 4 * GRID * extent
    points[restored] = exact[nearest[restored]]
    # a ring repeats its first point at its end
    loops = [index[end - size : end - 1] for end, size in zip(ends.tolist(), sizes.tolist(), strict=True)]
    points, loops = _insert(points, loops, keep, 4 * GRID * extent)
    pieces: list[list[NDArray[np.int64]]] = [[] for _ in polygons]
    for face, loop in zip(ring_face.tolist(), loops, strict=True):
        pieces[face].append(loop.astype(np.int64))
    faces = tuple(Face(int(row), tuple(piece)) for row, piece in zip(owner, pieces, strict=True))
    return Arrangement(points, faces)


def _rings(polygons: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Every ring of the polygons, exterior before holes, and the polygon it belongs to."""
    rings, face = shapely.get_rings(polygons, return_index=True)
    return rings, face


def _owners(inside: NDArray[np.object_], polygons: NDArray[np.object_], names: list[str]) -> NDArray[np.int64]:
    """Row of the polygon each point lies in, -1 for none; two are an overlap."""
    owner = np.full(len(inside), -1, dtype=np.int64)
    point, row = shapely.STRtree(polygons).query(inside, predicate="within")
    hits, count = np.unique(point, return_counts=True)
    if np.any(count > 1):
        first, second = row[point == hits[np.argmax(count)]][:2]
        raise GeometryError(f"regions '{names[first]}' and '{names[second]}' overlap")
    owner[point] = row
    return owner


def _covered(inside: NDArray[np.object_], voids: NDArray[np.object_]) -> NDArray[np.int64]:
    """Indices of the points that lie in a void."""
    if len(voids) == 0:
        return np.empty(0, dtype=np.int64)
    covered: NDArray[np.int64] = shapely.STRtree(voids).query(inside, predicate="within")[0]
    return covered


def _insert(
    points: NDArray[np.float64], loops: list[NDArray[np.int64]], keep: NDArray[np.float64], tolerance: float
) -> tuple[NDArray[np.float64], list[NDArray[np.int64]]]:
    """Put kept points that are not yet points of the geometry into the edges they lie on."""
    for location in keep:
        if np.min(np.hypot(*(points - location).T)) <= tolerance:
            continue
        found = False
        points = np.vstack([points, location])
        for number, loop in enumerate(loops):
            start, end = points[loop], points[np.roll(loop, -1)]
            along = end - start
            fraction = np.sum((location - start) * along, axis=1) / np.sum(along**2, axis=1)
            miss = np.hypot(*(start + np.clip(fraction, 0.0, 1.0)[:, None] * along - location).T)
            if miss.min() <= tolerance:
                loops[number] = np.insert(loop, int(np.argmin(miss)) + 1, len(points) - 1)
                found = True
        if not found:
            raise GeometryError(f"the point ({location[0]:g}, {location[1]:g}) m is to be kept, but lies on no edge")
    return points, loops


def edges_of(arrangement: Arrangement) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Edges (e, 2), lower point first, and the region to the left and to the right of each (-1 outside).

    Raises GeometryError when two faces lie on the same side of an edge, that is, overlap.
    """
    loops = [loop for face in arrangement.faces for loop in face.loops]
    region = np.repeat(
        [face.region for face in arrangement.faces for _ in face.loops], [len(loop) for loop in loops]
    ).astype(np.int32)
    start = np.concatenate(loops)
    end = np.concatenate([np.roll(loop, -1) for loop in loops])
    forward = start < end
    pairs = np.stack([np.minimum(start, end), np.maximum(start, end)], axis=1)
    edges, index = np.unique(pairs, axis=0, return_inverse=True)
    sides = 2 * index + ~forward
    if len(np.unique(sides)) < len(sides):
        repeated = np.flatnonzero(np.bincount(sides) > 1)[0] // 2
        place = arrangement.points[edges[repeated]].mean(axis=0)
        raise GeometryError(f"two faces overlap at ({place[0]:g}, {place[1]:g}) m")
    regions = np.full((len(edges), 2), -1, dtype=np.int32)
    regions[index, np.where(forward, 0, 1)] = region
    return edges, regions


def loop_areas(arrangement: Arrangement | PlanarGeometry) -> NDArray[np.float64]:
    """Signed area of each face in m^2, holes subtracted."""
    return np.array([sum(_area(arrangement.points[loop]) for loop in face.loops) for face in arrangement.faces])


def _area(polygon: NDArray[np.float64]) -> float:
    # relative to a corner, so that no digits are lost far from the origin
    x, y = (polygon - polygon[0]).T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def name_surfaces(
    arrangement: Arrangement,
    regions: Sequence[RegionShape],
    rules: Sequence[SurfaceRule],
    crystal_symmetry: str,
    flaws: Sequence[Flaw] = (),
    pores: Sequence[Pore] = (),
    patches: Sequence[Patch] = (),
) -> PlanarGeometry:
    """Give every edge its surface and make the tables; see `planar_from_polygons` for the rules and the errors."""
    points = arrangement.points
    edges, sides = edges_of(arrangement)
    length = np.hypot(*(points[edges[:, 1]] - points[edges[:, 0]]).T)
    measure = np.bincount(
        [face.region for face in arrangement.faces], weights=loop_areas(arrangement), minlength=len(regions)
    )
    if np.any(measure <= 0.0):
        gone = regions[int(np.argmin(measure))].name
        raise GeometryError(f"region '{gone}' has no area left after the voids were cut out")
    orientation = normalise([np.asarray(region.orientation, dtype=float) for region in regions])
    table = RegionTable(
        tuple(region.name for region in regions), tuple(region.material for region in regions), orientation, measure
    )

    surface = np.full(len(edges), -1, dtype=np.int32)
    outer = np.flatnonzero(np.any(sides < 0, axis=1))
    midpoints = points[edges[outer]].mean(axis=1)
    tolerance = 100 * GRID * float(np.ptp(points, axis=0).max())
    for row, rule in enumerate(rules):
        free = surface[outer] < 0
        hit = np.zeros(len(outer), dtype=bool)
        if isinstance(rule.where, BaseGeometry):
            hit[free] = shapely.dwithin(shapely.points(midpoints[free]), rule.where, tolerance)
        else:
            hit[free] = rule.where(midpoints[free])
        if not hit.any():
            raise GeometryError(f"surface '{rule.name}' has no edge on the outer boundary")
        surface[outer[hit]] = row
    if np.any(surface[outer] < 0):
        place = midpoints[np.argmin(surface[outer])]
        raise GeometryError(f"the outer boundary at ({place[0]:g}, {place[1]:g}) m belongs to no surface")

    inner = np.flatnonzero(np.all(sides >= 0, axis=1) & (sides[:, 0] != sides[:, 1]))
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
        touched = np.unique(sides[surface == row].max(axis=1))
        neighbours[row, 0] = touched[0] if len(touched) == 1 else -1
    angle = np.full(len(neighbours), np.nan)
    if len(pairs):
        angle[len(rules) :] = disorientation(orientation[pairs[:, 0]], orientation[pairs[:, 1]], crystal_symmetry)
        angle[len(rules) :][[kind is not SurfaceKind.GRAIN_BOUNDARY for kind in kinds]] = np.nan
    surfaces = SurfaceTable(
        tuple(rule.name for rule in rules) + names,
        tuple(rule.kind for rule in rules) + kinds,
        neighbours,
        angle,
        np.bincount(surface[surface >= 0], weights=length[surface >= 0], minlength=len(neighbours)),
    )
    return PlanarGeometry(
        points, edges, sides, surface, arrangement.faces, table, surfaces, tuple(flaws), tuple(pores), tuple(patches)
    )
