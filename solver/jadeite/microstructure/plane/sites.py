# SPDX-License-Identifier: LGPL-3.0-or-later
"""Places in a plane tiling where a pore or a particle may sit, and how much room there is around each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.plane.arrangement import Arrangement, edges_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sites:
    """Centres (n, 2) in m; the ascending angles (rad) under which boundaries leave each; the distance `room` (m) to
    the nearest boundary or wall that does not belong to the site, infinite beyond what was looked at. In a grain there
    is one angle, at random."""

    centres: Array
    directions: list[Array]
    room: Array

    def take(self, rows: Index) -> Sites:
        """Some of the sites, in the given order."""
        return Sites(self.centres[rows], [self.directions[row] for row in rows.tolist()], self.room[rows])


def junction_sites(tiling: Arrangement, allowed: NDArray[np.bool_], farthest: float = 0.0) -> Sites:
    """Points inside the tiling where three boundaries or more meet, all of them between `allowed` (by region) regions.

    Room is measured up to `farthest` (m).
    """
    edges, sides = edges_of(tiling)
    points = tiling.points
    # an edge of the outer boundary has no region on one side, which is not allowed either
    outside = np.any((sides < 0) | ~allowed[sides], axis=1)
    inner = np.setdiff1d(np.arange(len(points)), edges[outside])
    junctions = inner[np.bincount(edges.ravel(), minlength=len(points))[inner] >= 3]
    own = np.full(len(points), -1, dtype=np.int64)
    own[junctions] = np.arange(len(junctions))
    site, edge = own[edges.T.ravel()], np.tile(np.arange(len(edges)), 2)
    site, edge = site[site >= 0], edge[site >= 0]
    x, y = (points[edges[edge].sum(axis=1) - junctions[site]] - points[junctions[site]]).T
    order = np.lexsort((np.arctan2(y, x), site))
    angles = np.split(np.arctan2(y, x)[order], np.cumsum(np.bincount(site, minlength=len(junctions)))[:-1])
    pairs = np.stack([site, edge], axis=1)
    room = _room(points, edges, points[junctions], pairs, farthest)
    return Sites(points[junctions], angles if len(junctions) else [], room)


def boundary_sites(
    tiling: Arrangement, allowed: NDArray[np.bool_], farthest: float, count: int, generator: np.random.Generator
) -> Sites:
    """Points drawn evenly along the boundaries between two `allowed` regions; room as in `junction_sites`."""
    edges, sides = edges_of(tiling)
    inner = np.flatnonzero(np.all((sides >= 0) & allowed[sides], axis=1) & (sides[:, 0] != sides[:, 1]))
    if len(inner) == 0:
        return Sites(np.empty((0, 2)), [], np.empty(0))
    start, along = tiling.points[edges[inner, 0]], np.diff(tiling.points[edges[inner]], axis=1)[:, 0]
    length = np.hypot(*along.T)
    chosen = generator.choice(len(inner), count, p=length / length.sum())
    centres = start[chosen] + generator.uniform(0.0, 1.0, count)[:, None] * along[chosen]
    angle = np.arctan2(along[chosen, 1], along[chosen, 0]) % np.pi
    pairs = np.stack([np.arange(count), inner[chosen]], axis=1)
    room = _room(tiling.points, edges, centres, pairs, farthest)
    return Sites(centres, list(np.stack([angle - np.pi, angle], axis=1)), room)


def interior_sites(
    tiling: Arrangement, allowed: NDArray[np.bool_], farthest: float, count: int, generator: np.random.Generator
) -> Sites:
    """Points drawn evenly over `allowed` regions, each with a random direction; room as in `junction_sites`."""
    edges, _ = edges_of(tiling)
    faces = [face for face in tiling.faces if allowed[face.region]]
    rings = [[tiling.points[loop] for loop in face.loops] for face in faces]
    polygons = np.array([shapely.Polygon(outer, holes) for outer, *holes in rings], dtype=object)
    low, high = np.split(shapely.total_bounds(polygons), 2)
    centres = generator.uniform(low, high, (count, 2))
    direction = generator.uniform(-np.pi, np.pi, count)
    inside = np.unique(shapely.STRtree(polygons).query(shapely.points(centres), predicate="within")[0])
    centres, direction = centres[inside], direction[inside]
    room = _room(tiling.points, edges, centres, np.empty((0, 2), dtype=np.int64), farthest)
    return Sites(centres, list(direction[:, None]), room)


def _room(points: Array, edges: Index, centres: Array, own: Index, farthest: float) -> Array:
    """Distance from each centre to the nearest edge that is not its own; `own` (k, 2) are pairs of centre and edge."""
    at = shapely.points(centres)
    lines = shapely.linestrings(points[edges])
    centre, edge = shapely.STRtree(lines).query(at, predicate="dwithin", distance=farthest)
    strange = ~np.isin(centre * len(edges) + edge, own[:, 0] * len(edges) + own[:, 1])
    centre, edge = centre[strange], edge[strange]
    room = np.full(len(centres), np.inf)
    np.minimum.at(room, centre, shapely.distance(at[centre], lines[edge]))
    return room
