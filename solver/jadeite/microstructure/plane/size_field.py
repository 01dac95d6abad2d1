# SPDX-License-Identifier: LGPL-3.0-or-later
"""Element size in the plane: prescribed at points and on edges, growing linearly with the distance from them.

h(x) = min(interior, min over sources (size + growth * distance)). Sources are the points that were asked for, every
edge with the size of its surface, short edges, and places where two edges come close with the material between them:
there the gap bounds the size, otherwise the elements in it would be slivers. Near a point source, the linear law gives
rings of elements in geometric progression down to the size at the point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from jadeite.microstructure.edge_division import divide_edges as divided
from jadeite.microstructure.plane.arrangement import twins
from jadeite.microstructure.plane.geometry import PlanarGeometry

Array = NDArray[np.float64]

# sources whose sizes differ by less than this ratio are evaluated together, with the smaller size
BIN_RATIO = 1.15


@dataclass(frozen=True)
class SizeField:
    """What element sizes are asked for, in m.

    `interior` is the largest size; `boundary` the size on every edge (`interior` when None); `on_surfaces` overrides it
    by surface name or by kind; `at_points` are (x, y, size); `growth` is the increase of size per distance. At the end
    the size is halved everywhere `halvings` times, in gaps and far from all sources too: each element is divided alike.
    """

    interior: float
    boundary: float | None = None
    growth: float = 0.25
    at_points: tuple[tuple[float, float, float], ...] = ()
    on_surfaces: Mapping[str, float] = field(default_factory=dict)
    halvings: int = 0

    def __post_init__(self) -> None:
        sizes = [self.interior, self.growth, *(point[2] for point in self.at_points), *self.on_surfaces.values()]
        if self.boundary is not None:
            sizes.append(self.boundary)
        if min(sizes) <= 0.0:
            raise ValueError("element sizes and their growth must be positive")

    def refined(self, times: int) -> SizeField:
        """The same field with the element size halved everywhere `times` more times, for convergence studies."""
        return replace(self, halvings=self.halvings + times)


@dataclass(frozen=True, eq=False)
class SizeSources:
    """Point sources sorted by size: `bins` holds (size, points (k, 2)); the largest size is `limit`."""

    limit: float
    growth: float
    bins: tuple[tuple[float, Array], ...]

    def __call__(self, points: ArrayLike) -> Array:
        """Element size (n,) at points (n, 2)."""
        at = np.asarray(points, dtype=float)
        size = np.full(len(at), self.limit)
        for smallest, sources in self.bins:
            reach = (self.limit - smallest) / self.growth
            if reach > 0.0:
                distance = KDTree(sources).query(at, distance_upper_bound=reach)[0]
                size = np.minimum(size, smallest + self.growth * distance)
        return size


def gather_sources(geometry: PlanarGeometry, sizes: SizeField) -> SizeSources:
    """All sources of a geometry: asked-for points, edges with the size of their surface, short edges, narrow gaps."""
    start, end = geometry.points[geometry.edges[:, 0]], geometry.points[geometry.edges[:, 1]]
    length = np.hypot(*(end - start).T)
    by_row = np.array(
        [
            sizes.on_surfaces.get(name, sizes.on_surfaces.get(str(kind), sizes.boundary or sizes.interior))
            for name, kind in zip(geometry.surfaces.name, geometry.surfaces.kind, strict=True)
        ]
    )
    wanted = np.full(len(length), sizes.boundary or sizes.interior)
    named = geometry.edge_surface >= 0
    wanted[named] = by_row[geometry.edge_surface[named]]
    wanted = np.minimum(wanted, length)

    # samples half a size apart represent an edge to within a quarter of its size
    count = np.ceil(2 * length / wanted).astype(np.int64) + 1
    edge = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    fraction = rank / np.maximum(count[edge] - 1, 1)
    samples = start[edge] + fraction[:, None] * (end - start)[edge]
    size = np.minimum(wanted[edge], _gaps(geometry, samples, edge, wanted[edge]))

    at_points = np.array(sizes.at_points, dtype=float).reshape(-1, 3)
    samples = np.concatenate([samples, at_points[:, :2]])
    size = np.concatenate([size, at_points[:, 2]])
    if geometry.period is not None:
        # what lies beyond one periodic side is what lies at the other
        shifts = geometry.period * np.array([[0.0, 0.0], [-1.0, 0.0], [1.0, 0.0]])
        samples, size = (shifts[:, None] + samples).reshape(-1, 2), np.tile(size, 3)
    small = size < sizes.interior
    bins = _binned(samples[small], size[small])
    # halving sizes and growth together halves h(x) everywhere
    factor = 0.5**sizes.halvings
    return SizeSources(sizes.interior * factor, sizes.growth * factor, tuple((s * factor, at) for s, at in bins))


def _binned(points: Array, size: Array) -> tuple[tuple[float, Array], ...]:
    """Points grouped by size, each group with its smallest size."""
    if len(size) == 0:
        return ()
    # 1e-9: equal sizes that differ by rounding belong to one bin
    number = np.floor(np.log(size / size.min()) / np.log(BIN_RATIO) + 1e-9).astype(np.int64)
    return tuple((float(size[number == k].min()), np.unique(points[number == k], axis=0)) for k in np.unique(number))


def _gaps(geometry: PlanarGeometry, samples: Array, edge: NDArray[np.int64], reach: Array) -> Array:
    """Distance from samples on edges to the nearest edge that shares no point with theirs, through material only."""
    lines = shapely.linestrings(geometry.points[geometry.edges])
    sample, other = shapely.STRtree(lines).query(shapely.points(samples), predicate="dwithin", distance=reach)
    own = geometry.edges[edge[sample]]
    apart = ~np.any(own[:, :, None] == geometry.edges[other][:, None, :], axis=(1, 2))
    sample, other, own = sample[apart], other[apart], own[apart]

    start, along = (
        geometry.points[geometry.edges[other, 0]],
        np.diff(geometry.points[geometry.edges[other]], axis=1)[:, 0],
    )
    fraction = np.sum((samples[sample] - start) * along, axis=1) / np.sum(along**2, axis=1)
    across = start + np.clip(fraction, 0.0, 1.0)[:, None] * along - samples[sample]
    direction = np.diff(geometry.points[own], axis=1)[:, 0]
    left = direction[:, 0] * across[:, 1] - direction[:, 1] * across[:, 0] > 0.0
    # a gap across a void needs no elements
    solid = geometry.edge_regions[edge[sample], np.where(left, 0, 1)] >= 0
    gap = np.full(len(samples), np.inf)
    np.minimum.at(gap, sample[solid], np.hypot(*across[solid].T))
    return gap


def divide_edges(geometry: PlanarGeometry, size: SizeSources) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """Divide every edge into segments as long as the size field asks, the same for both neighbours.

    Returns the points (those of the geometry first, unchanged), the segments (s, 2), and the edge of each segment; the
    segments of one edge are consecutive and run from its first point to its second. Edges on a periodic side are
    divided as those on the other side are, point by point.
    """
    start = geometry.points[geometry.edges[:, 0]]
    along = geometry.points[geometry.edges[:, 1]] - start
    division = divided(start, start + along, size)
    model, turned, offset = _models(geometry)
    parts = division.inner[model] + 1

    inner = parts - 1
    owner = np.repeat(np.arange(len(parts)), inner)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(inner) - inner, inner)
    rank = np.where(turned[owner], inner[owner] - 1 - rank, rank)
    first = model[owner]
    fraction = division.fractions[division.offsets[first] + rank]
    points = np.concatenate(
        [geometry.points, start[first] + fraction[:, None] * along[first] + offset[owner][:, None] * [1.0, 0.0]]
    )

    segment_edge = np.repeat(np.arange(len(parts)), parts)
    first = np.cumsum(parts) - parts
    number = np.arange(len(segment_edge)) - first[segment_edge]
    # new points follow the old ones, edge by edge; the k-th new point of an edge ends its k-th segment
    new = len(geometry.points) + (np.cumsum(inner) - inner)[segment_edge] + number
    begin = np.where(number == 0, geometry.edges[segment_edge, 0], new - 1)
    finish = np.where(number == parts[segment_edge] - 1, geometry.edges[segment_edge, 1], new)
    return points, np.stack([begin, finish], axis=1), segment_edge


def _models(geometry: PlanarGeometry) -> tuple[NDArray[np.int64], NDArray[np.bool_], Array]:
    """The edge that each edge is divided like, whether it runs the other way, and how far (m) along x it lies.

    That is the edge itself, but for those on the right periodic side.
    """
    count = len(geometry.edges)
    model, turned, offset = np.arange(count), np.zeros(count, dtype=bool), np.zeros(count)
    if geometry.period is None:
        return model, turned, offset
    outer = np.any(geometry.edge_regions < 0, axis=1)
    left, right = twins(geometry.points, np.unique(geometry.edges[outer]), geometry.period)
    image = np.full(len(geometry.points), -1, dtype=np.int64)
    image[right] = left
    mine = np.flatnonzero(outer & np.all(image[geometry.edges] >= 0, axis=1))
    wanted = image[geometry.edges[mine]]
    row = {(a, b): number for number, (a, b) in enumerate(geometry.edges.tolist())}
    model[mine] = [row[a, b] for a, b in np.sort(wanted, axis=1).tolist()]
    turned[mine] = wanted[:, 0] > wanted[:, 1]
    offset[mine] = geometry.period
    return model, turned, offset
