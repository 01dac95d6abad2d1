# SPDX-License-Identifier: LGPL-3.0-or-later
"""Polygons noded into faces that share points and edges exactly.

Regions overlap nowhere but need not agree on the points along their common borders; voids are cut out, bodies take the
place of what lies under them, and cuts become edges with the same material on either side. All outlines are noded
together once, and every face of the result is given to its region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from jadeite.microstructure.errors import GeometryError

# grid of the noding, and the distance below which two points are one, relative to the size of the whole geometry
GRID = 1e-11


@dataclass(frozen=True, eq=False)
class RegionShape:
    """A region before noding: its name, material, polygon in m, and crystal orientation (identity when left out).

    Regions with the same `grain` (a number from zero) are pieces of one grain; -1 is a grain of its own.
    `crystal_symmetry` is that for misorientations, and `layer` the layer of the separator it belongs to.
    """

    name: str
    material: str
    polygon: shapely.Polygon | shapely.MultiPolygon
    orientation: ArrayLike = (1.0, 0.0, 0.0, 0.0)
    grain: int = -1
    crystal_symmetry: str = "triclinic"
    layer: int = 0


@dataclass(frozen=True, eq=False)
class Face:
    """A connected piece of a region: point loops without repetition, the outer one anticlockwise, holes clockwise.

    `embedded` (k, 2) are edges with this face on both sides: cuts that end inside it.
    """

    region: int
    loops: tuple[NDArray[np.int64], ...]
    embedded: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Points (n, 2) in m and the faces between them; neighbouring faces share points and edges exactly."""

    points: NDArray[np.float64]
    faces: tuple[Face, ...]


def arrange(
    regions: Sequence[RegionShape],
    *,
    voids: Sequence[shapely.Polygon] = (),
    bodies: Sequence[RegionShape] = (),
    cuts: Sequence[shapely.LineString] = (),
    points_to_keep: ArrayLike = (),
) -> Arrangement:
    """Node all outlines and cuts together and give every face to its region.

    Rows of faces count `regions` first, then `bodies`, which replace what they cover. Input vertices keep their exact
    coordinates. Raises GeometryError when two regions overlap, a kept point lies off every edge, or a cut ends in
    nothing.
    """
    keep = np.asarray(points_to_keep, dtype=float).reshape(-1, 2)
    every = [*(region.polygon for region in regions), *(body.polygon for body in bodies), *voids]
    shapes = np.array(every, dtype=object)
    bounds = shapely.total_bounds(shapes)
    origin, extent = bounds[:2], float(np.max(bounds[2:] - bounds[:2]))
    exact = np.concatenate([shapely.get_coordinates(shapes), shapely.get_coordinates(np.array(cuts, object)), keep])

    def to_unit(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((xy - origin) / extent)

    scaled = shapely.transform(shapes, to_unit)
    lines = np.concatenate([shapely.boundary(scaled), shapely.transform(np.array(cuts, dtype=object), to_unit)])
    # snap rounding on a fine grid is robust where floating-point noding is not; the exact coordinates come back below
    outlines = shapely.union_all(lines, grid_size=GRID)
    polygons = shapely.orient_polygons(np.array(shapely.polygonize([outlines]).geoms, dtype=object))
    inside = shapely.point_on_surface(polygons)
    ground = len(regions)
    owner = _owners(inside, scaled[:ground], [region.name for region in regions])
    over = ground + len(bodies)
    within = _owners(inside, scaled[ground:over], [body.name for body in bodies])
    owner[within >= 0] = ground + within[within >= 0]
    owner[_covered(inside, scaled[over:])] = -1
    ends = _dangling(outlines, polygons) if len(cuts) else np.empty((0, 2, 2))
    polygons, owner = polygons[owner >= 0], owner[owner >= 0]

    rings, ring_face = _rings(polygons)
    coordinates = np.concatenate([shapely.get_coordinates(rings), ends.reshape(-1, 2)])
    points, index = np.unique(coordinates, axis=0, return_inverse=True)
    embedded = index[len(index) - 2 * len(ends) :].reshape(-1, 2)
    in_face = _faces_around(ends, polygons, origin, extent)
    points = origin + extent * points
    distance, nearest = KDTree(exact).query(points)
    restored = distance < 4 * GRID * extent
    points[restored] = exact[nearest[restored]]
    sizes = shapely.get_num_coordinates(rings)
    stops = np.cumsum(sizes)
    # a ring repeats its first point at its end
    loops = [index[stop - size : stop - 1] for stop, size in zip(stops.tolist(), sizes.tolist(), strict=True)]
    points, loops = _insert(points, loops, keep, 4 * GRID * extent)
    pieces: list[list[NDArray[np.int64]]] = [[] for _ in polygons]
    for face, loop in zip(ring_face.tolist(), loops, strict=True):
        pieces[face].append(loop.astype(np.int64))
    faces = tuple(
        Face(int(row), tuple(piece), embedded[in_face == number].astype(np.int64))
        for number, (row, piece) in enumerate(zip(owner, pieces, strict=True))
    )
    return Arrangement(points, faces)


def _dangling(outlines: BaseGeometry, polygons: NDArray[np.object_]) -> NDArray[np.float64]:
    """Noded segments (k, 2, 2) that border no polygon: the ends of cuts."""
    chains = shapely.get_parts(outlines)
    drawn, border = _segments(chains), _segments(shapely.get_rings(polygons))

    def key(segments: NDArray[np.float64]) -> NDArray[np.float64]:
        flat = segments.reshape(-1, 4)
        turned = (flat[:, 0] > flat[:, 2]) | ((flat[:, 0] == flat[:, 2]) & (flat[:, 1] > flat[:, 3]))
        return np.where(turned[:, None], flat[:, [2, 3, 0, 1]], flat)

    both = np.concatenate([key(border), key(drawn)])
    _, first, number = np.unique(both, axis=0, return_index=True, return_inverse=True)
    # np.unique gives the first of equal rows, which is a border wherever there is one
    lonely = first[number.ravel()[len(border) :]] >= len(border)
    return drawn[lonely]


def _segments(lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """The straight segments (k, 2, 2) of some lines."""
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    together = line[1:] == line[:-1]
    return np.stack([coordinates[:-1][together], coordinates[1:][together]], axis=1)


def _faces_around(
    segments: NDArray[np.float64], polygons: NDArray[np.object_], origin: NDArray[np.float64], extent: float
) -> NDArray[np.int64]:
    """The polygon each segment lies in."""
    middles = segments.mean(axis=1)
    segment, polygon = shapely.STRtree(polygons).query(shapely.points(middles), predicate="within")
    lost = np.setdiff1d(np.arange(len(segments)), segment)
    if len(lost):
        place = origin + extent * middles[lost[0]]
        raise GeometryError(f"a cut leaves the material at ({place[0]:g}, {place[1]:g}) m")
    found = np.empty(len(segments), dtype=np.int64)
    found[segment] = polygon
    return found


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

    An embedded edge has its region on both sides.

    Raises GeometryError when two faces lie on the same side of an edge, that is, overlap.
    """
    loops = [loop for face in arrangement.faces for loop in face.loops]
    inner = [face.embedded for face in arrangement.faces]
    region = np.concatenate(
        [
            np.repeat([face.region for face in arrangement.faces for _ in face.loops], [len(loop) for loop in loops]),
            np.repeat([face.region for face in arrangement.faces], [2 * len(edges) for edges in inner]),
        ]
    ).astype(np.int32)
    start = np.concatenate([*loops, *(edges.ravel() for edges in inner)])
    end = np.concatenate([*(np.roll(loop, -1) for loop in loops), *(edges[:, ::-1].ravel() for edges in inner)])
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


def twins(
    points: NDArray[np.float64], outer: NDArray[np.int64], period: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of points on the left side and of those `period` (m) further right, in matching order.

    `outer` are the rows to look at. Raises GeometryError when a point lacks its image.
    """
    extent = np.ptp(points, axis=0).max()
    low = points[:, 0].min()
    sides = [outer[np.abs(points[outer, 0] - x) < 1e-9 * extent] for x in (low, low + period)]
    left, right = (side[np.argsort(points[side, 1])] for side in sides)
    if len(left) != len(right) or np.abs(points[left, 1] - points[right, 1]).max() > 1e-9 * extent:
        raise GeometryError("the points on the two periodic sides do not match")
    return left, right


def loop_areas(arrangement: Arrangement) -> NDArray[np.float64]:
    """Signed area of each face in m^2, holes subtracted."""
    return np.array([sum(_area(arrangement.points[loop]) for loop in face.loops) for face in arrangement.faces])


def _area(polygon: NDArray[np.float64]) -> float:
    # relative to a corner, so that no digits are lost far from the origin
    x, y = (polygon - polygon[0]).T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
