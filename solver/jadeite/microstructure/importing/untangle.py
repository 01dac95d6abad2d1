# SPDX-License-Identifier: LGPL-3.0-or-later
"""Smooth boundaries taken back towards the staircase wherever their triangles would fold, intersect or become slivers.

Points stay within half a voxel of a voxel corner, so triangles can only meet where they share a point: those pairs are
all that has to be looked at. The staircase itself has none of these faults, so that going back always ends.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# smallest angle in a triangle, and between two triangles that share an edge, in degrees
SMALLEST_ANGLE, SMALLEST_FOLD = 10.0, 12.0
# part of the displacement that is left after one step back, and number of steps until nothing is left
BACK, STEPS = 0.8, 30


class Untangled(NamedTuple):
    """Points (n, d) and the number of points that were taken back."""

    points: Array
    taken_back: int


def untangle(start: Array, points: Array, triangles: Index) -> Untangled:
    """The points with as much of their way from `start` (n, 3) as leaves all triangles in order."""
    limit = min(np.radians(SMALLEST_ANGLE), 0.5 * float(_smallest_angles(start, triangles).min()))
    one_point, one_edge = _pairs(triangles, len(points))
    part = np.ones(len(points))
    at = points.copy()
    watched = np.arange(len(triangles)), np.arange(len(one_point[0])), np.arange(len(one_edge[0]))
    for step in range(STEPS):
        slivers = watched[0][_smallest_angles(at, triangles[watched[0]]) < limit]
        crossing = watched[1][_cross(at, triangles[one_point[0][watched[1]]], triangles[one_point[1][watched[1]]])]
        folded = watched[2][_fold(at, triangles[one_edge[0][watched[2]]], triangles[one_edge[1][watched[2]]])]
        pairs = [row[crossing] for row in one_point] + [row[folded] for row in one_edge]
        bad = np.unique(np.concatenate([slivers, *pairs]))
        if len(bad) == 0:
            break
        moved = np.unique(triangles[bad])
        part[moved] = BACK * part[moved] if step < STEPS - 5 else 0.0
        at[moved] = start[moved] + part[moved, None] * (points - start)[moved]
        touched = np.zeros(len(points), dtype=bool)
        touched[moved] = True
        near = touched[triangles].any(axis=1)
        watched = (
            np.flatnonzero(near),
            np.flatnonzero(near[one_point[0]] | near[one_point[1]]),
            np.flatnonzero(near[one_edge[0]] | near[one_edge[1]]),
        )
    return Untangled(at, int(np.count_nonzero(part < 1.0)))


def _smallest_angles(points: Array, triangles: Index) -> Array:
    """Smallest angle of each triangle in rad."""
    at = points[triangles]
    smallest = np.full(len(triangles), np.pi)
    for k in range(3):
        u, v = at[:, (k + 1) % 3] - at[:, k], at[:, (k + 2) % 3] - at[:, k]
        angle = np.arctan2(np.linalg.norm(np.cross(u, v), axis=1), np.sum(u * v, axis=1))
        smallest = np.minimum(smallest, angle)
    return smallest


def _pairs(triangles: Index, count: int) -> tuple[tuple[Index, Index], tuple[Index, Index]]:
    """Pairs of triangles that share exactly one point, and pairs that share an edge."""
    owner = np.repeat(np.arange(len(triangles)), 3)
    order = np.argsort(triangles.ravel(), kind="stable")
    point, owner = triangles.ravel()[order], owner[order]
    keys = []
    for apart in range(1, int(np.bincount(point).max())):
        same = point[apart:] == point[:-apart]
        keys.append(owner[:-apart][same] * len(triangles) + owner[apart:][same])
    pairs, shared = np.unique(np.concatenate(keys), return_counts=True)
    first, second = pairs // len(triangles), pairs % len(triangles)
    return (first[shared == 1], second[shared == 1]), (first[shared == 2], second[shared == 2])


def _led_by_shared(first: Index, second: Index) -> tuple[Index, Index]:
    """The corners of pairs of triangles, turned so that both begin with the point that they share."""
    equal = first[:, :, None] == second[:, None, :]
    where = equal.reshape(len(first), 9).argmax(axis=1)
    turn = np.arange(3)
    row = np.arange(len(first))[:, None]
    return first[row, (where[:, None] // 3 + turn) % 3], second[row, (where[:, None] % 3 + turn) % 3]


def _cross(points: Array, first: Index, second: Index) -> NDArray[np.bool_]:
    """Whether triangles that share one point intersect elsewhere: an edge opposite to it passes through the other."""
    if len(first) == 0:
        return np.zeros(0, dtype=bool)
    first, second = _led_by_shared(first, second)
    origin = points[first[:, 0]]
    b, c, p, q = (points[row] - origin for row in (first[:, 1], first[:, 2], second[:, 1], second[:, 2]))
    return _pierces(b, c, p, q) | _pierces(p, q, b, c)


def _pierces(start: Array, end: Array, p: Array, q: Array) -> NDArray[np.bool_]:
    """Whether the segment from `start` to `end` meets the triangle (0, p, q)."""
    normal = np.cross(p, q)
    below, above = np.sum(start * normal, axis=1), np.sum(end * normal, axis=1)
    # the line start -> end passes the three edges on the same side
    pass_p = np.sum(np.cross(start, end) * p, axis=1)
    pass_q = -np.sum(np.cross(start, end) * q, axis=1)
    pass_pq = np.sum(np.cross(p - start, q - start) * (end - start), axis=1)
    inside = ((pass_p >= 0) & (pass_q >= 0) & (pass_pq >= 0)) | ((pass_p <= 0) & (pass_q <= 0) & (pass_pq <= 0))
    return (below * above < 0.0) & inside


def _fold(points: Array, first: Index, second: Index) -> NDArray[np.bool_]:
    """Whether two triangles that share an edge lie almost on top of each other."""
    if len(first) == 0:
        return np.zeros(0, dtype=bool)
    equal = first[:, :, None] == second[:, None, :]
    row = np.arange(len(first))
    apex_one, apex_two = (~equal.any(axis=2)).argmax(axis=1), (~equal.any(axis=1)).argmax(axis=1)
    one, two = points[first[row, apex_one]], points[second[row, apex_two]]
    start, end = points[first[row, (apex_one + 1) % 3]], points[first[row, (apex_one + 2) % 3]]
    along = end - start
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    u, v = one - start, two - start
    u = u - np.sum(u * along, axis=1, keepdims=True) * along
    v = v - np.sum(v * along, axis=1, keepdims=True) * along
    angle = np.arctan2(np.linalg.norm(np.cross(u, v), axis=1), np.sum(u * v, axis=1))
    return angle < np.radians(SMALLEST_FOLD)
