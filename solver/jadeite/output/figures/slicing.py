# SPDX-License-Identifier: LGPL-3.0-or-later
"""Exact sections of meshes by planes, and convex polygons clipped by half-spaces: arrays in, arrays out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_TETRAHEDRON_EDGES = np.array([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]])


class Plane(NamedTuple):
    """The plane normal . x = offset; `normal` is a unit vector, lengths in m."""

    normal: Array
    offset: float

    def height(self, points: Array) -> Array:
        """Signed distance (...) of points (..., 3) from the plane, positive where the normal points to."""
        height: Array = points @ self.normal - self.offset
        return height


@dataclass(frozen=True, eq=False)
class Polygons:
    """Convex polygons `corners` (n, k, 3); those with fewer than k corners repeat their last.

    `count` (n,) is the number of corners, `source` (n,) the row of the cell or facet that each comes from.
    """

    corners: Array
    count: Index
    source: Index

    def __len__(self) -> int:
        return len(self.count)

    @classmethod
    def of_simplices(cls, points: Array, facets: Index) -> "Polygons":
        """Facets (n, 3) as polygons."""
        return cls(points[facets], np.full(len(facets), 3), np.arange(len(facets)))

    def chosen(self, rows: NDArray[np.bool_] | Index) -> "Polygons":
        """Some of the polygons."""
        return Polygons(self.corners[rows], self.count[rows], self.source[rows])


def join(parts: Sequence[Polygons]) -> Polygons:
    """Several sets of polygons as one."""
    widest = max(part.corners.shape[1] for part in parts)
    corners = [
        np.pad(part.corners, ((0, 0), (0, widest - part.corners.shape[1]), (0, 0)), mode="edge") for part in parts
    ]
    return Polygons(
        np.concatenate(corners),
        np.concatenate([part.count for part in parts]),
        np.concatenate([part.source for part in parts]),
    )


def slice_cells(points: Array, cells: Index, plane: Plane) -> Polygons:
    """Sections of tetrahedra (m, 4) by a plane: triangles and quadrilaterals; points on the plane count as above."""
    above = plane.height(points) >= 0.0
    ups = above[cells].sum(axis=1)
    cut = np.flatnonzero((ups > 0) & (ups < 4))
    ends = cells[cut][:, _TETRAHEDRON_EDGES]
    crossed = above[ends[..., 0]] != above[ends[..., 1]]
    place = _on_plane(points[ends[..., 0]], points[ends[..., 1]], plane)
    # corners in the order of their angle about the middle
    count = crossed.sum(axis=1)
    middle = np.where(crossed[..., None], place, 0.0).sum(axis=1) / count[:, None]
    along = np.linalg.svd(plane.normal[None, :])[2][1:]
    local = (place - middle[:, None]) @ along.T
    angle = np.where(crossed, np.arctan2(local[..., 1], local[..., 0]), np.inf)
    return Polygons(_first(place, np.argsort(angle, axis=1), count, 4), count, cut)


def clip(polygons: Polygons, plane: Plane, above: bool) -> Polygons:
    """The parts of polygons above (or below) a plane."""
    height = plane.height(polygons.corners) * (1.0 if above else -1.0)
    inside = height >= 0.0
    whole, cut = inside.all(axis=1), inside.any(axis=1) & ~inside.all(axis=1)
    if not cut.any():
        return polygons.chosen(whole)
    corners, count = polygons.corners[cut], polygons.count[cut]
    inside = inside[cut]
    size = corners.shape[1]
    following = np.roll(corners, -1, axis=1)
    crossed = inside != np.roll(inside, -1, axis=1)
    own = inside & (np.arange(size) < count[:, None])
    place = np.stack([corners, _on_plane(corners, following, plane)], axis=2).reshape(len(corners), 2 * size, 3)
    kept = np.stack([own, crossed], axis=2).reshape(len(corners), 2 * size)
    left = kept.sum(axis=1)
    order = np.argsort(~kept, axis=1, kind="stable")
    some = left >= 3
    part = Polygons(
        _first(place[some], order[some], left[some], int(left.max())), left[some], polygons.source[cut][some]
    )
    return join([polygons.chosen(whole), part])


def clip_outside(polygons: Polygons, planes: Sequence[Plane]) -> Polygons:
    """The parts of polygons that are not above all planes at once."""
    parts, rest = [], polygons
    for plane in planes:
        parts.append(clip(rest, plane, above=False))
        rest = clip(rest, plane, above=True)
    return join(parts) if parts else polygons


def sections(polygons: Polygons, plane: Plane) -> tuple[Array, Index]:
    """Segments (s, 2, 3) in which a plane cuts polygons, and the source of each."""
    above = plane.height(polygons.corners) >= 0.0
    crossed = above != np.roll(above, -1, axis=1)
    cut = np.flatnonzero(crossed.any(axis=1))
    corners, crossed = polygons.corners[cut], crossed[cut]
    place = _on_plane(corners, np.roll(corners, -1, axis=1), plane)
    order = np.argsort(~crossed, axis=1, kind="stable")[:, :2]
    return np.take_along_axis(place, order[..., None], axis=1), polygons.source[cut]


def segments_above(segments: Array, planes: Sequence[Plane]) -> Array:
    """The parts of segments (s, 2, 3) that lie above all planes."""
    start, end = _span_above(segments, planes)
    return _parts(segments, start, end)


def segments_outside(segments: Array, planes: Sequence[Plane]) -> Array:
    """The parts of segments (s, 2, 3) that are not above all planes at once."""
    if not planes:
        return segments
    start, end = _span_above(segments, planes)
    none = start >= end
    start, end = np.where(none, 1.0, start), np.where(none, 1.0, end)
    zero, one = np.zeros(len(segments)), np.ones(len(segments))
    return np.concatenate([_parts(segments, zero, start), _parts(segments, end, one)])


def _span_above(segments: Array, planes: Sequence[Plane]) -> tuple[Array, Array]:
    """Parameters between which each segment lies above all planes; empty where the second is not larger."""
    start, end = np.zeros(len(segments)), np.ones(len(segments))
    for plane in planes:
        first, second = plane.height(segments).T
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = first / (first - second)
        start = np.where((first < 0.0) & (second >= 0.0), np.maximum(start, crossing), start)
        end = np.where((first >= 0.0) & (second < 0.0), np.minimum(end, crossing), end)
        end = np.where((first < 0.0) & (second < 0.0), -1.0, end)
    return start, end


def _parts(segments: Array, start: Array, end: Array) -> Array:
    """The pieces of segments between two parameters, without empty ones."""
    some = end > start
    at = np.stack([start[some], end[some]], axis=1)[..., None]
    return segments[some, :1] + at * (segments[some, 1:] - segments[some, :1])


def _on_plane(first: Array, second: Array, plane: Plane) -> Array:
    """Where lines through two points cross the plane; the first point where they do not."""
    low, high = plane.height(first), plane.height(second)
    difference = low - high
    share = np.divide(low, difference, out=np.zeros_like(low), where=difference != 0.0)
    place: Array = first + share[..., None] * (second - first)
    return place


def _first(place: Array, order: Index, count: Index, size: int) -> Array:
    """Corners in an order, the first `count` of each row, padded with the last to `size`."""
    column = np.minimum(np.arange(size), count[:, None] - 1)
    return np.take_along_axis(place, np.take_along_axis(order, column, axis=1)[..., None], axis=1)
