# SPDX-License-Identifier: LGPL-3.0-or-later
"""Remove what would make bad triangles from an arrangement: short edges, narrow gaps and small angles at walls.

Points are of three ranks. Fixed ones (corners of the box and of voids, ends of patches) never move; points where a
grain boundary ends on a straight wall slide along this wall; the others are free. A change is kept only if every face
it touches stays a simple polygon of the same orientation, so the whole stays an exact tiling of the same domain.
Where the tiling is periodic in x, points on the left and right sides are twins: what happens to one happens to both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from jadeite.microstructure.plane.arrangement import Arrangement, Face, edges_of, twins

FREE, SLIDING, FIXED = 0, 1, 2
# a grain boundary that meets a wall at less than `SMALLEST_ANGLE` is turned to meet it at `WANTED_ANGLE`, in degrees
SMALLEST_ANGLE, WANTED_ANGLE = 30.0, 40.0
# a corner of a grain sharper than the first angle is blunted to the second, by moving it at most this part of the way
# to its nearer neighbour
SHARPEST_CORNER, BLUNTED_CORNER, FARTHEST_MOVE = 15.0, 20.0, 0.6

Array = NDArray[np.float64]
Loops = list[NDArray[np.int64]]


@dataclass
class _Draft:
    """An arrangement under change.

    `faces` holds the loops of each face, none once it is gone; `rank` belongs to points; `incident` holds the faces
    around each point. `twin` holds the point on the opposite periodic side, -1 for none.
    """

    points: Array
    faces: list[Loops]
    regions: list[int]
    rank: NDArray[np.int64]
    incident: list[set[int]]
    twin: NDArray[np.int64]

    def arrangement(self) -> Arrangement:
        """The present state, without the points that are no longer used."""
        used = np.unique(np.concatenate([loop for loops in self.faces for loop in loops]))
        renumber = np.full(len(self.points), -1, dtype=np.int64)
        renumber[used] = np.arange(len(used))
        faces = [Face(region, tuple(renumber[loop] for loop in loops)) for region, loops in self.present()]
        return Arrangement(self.points[used], tuple(faces))

    def edges(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Edges and their regions in the present numbering of points."""
        faces = [Face(region, tuple(loops)) for region, loops in self.present()]
        return edges_of(Arrangement(self.points, tuple(faces)))

    def present(self) -> list[tuple[int, Loops]]:
        """Region and loops of the faces that are still there."""
        return [(region, loops) for region, loops in zip(self.regions, self.faces, strict=True) if loops]

    def sound(self, faces: Iterable[int]) -> bool:
        """Whether the faces are simple polygons, outer loops anticlockwise and holes clockwise."""
        for face in faces:
            rings = [shapely.LinearRing(self.points[loop]) for loop in self.faces[face]]
            if [bool(ring.is_ccw) for ring in rings] != [True] + [False] * (len(rings) - 1):
                return False
            if not shapely.Polygon(rings[0], rings[1:]).is_valid:
                return False
        return True


def regularise(
    arrangement: Arrangement, fixed: ArrayLike, shortest: float, avoid: ArrayLike = (), period: float | None = None
) -> Arrangement:
    """Contract edges shorter than `shortest` (m), widen gaps below it, and turn boundaries that graze a wall.

    `fixed` (k, 2) in m are the points that must not move. Edges between two fixed points stay whatever their length.
    `avoid` (k, 5) in m are segments (x0, y0, x1, y1), or points when both ends agree, and the distance that all points
    that can move are to keep from them: where something will be cut out later, junctions would be in the way. With a
    `period` (m), the left side continues at the right one, that far away; the points on both must match, and still do
    afterwards. Raises GeometryError when they do not.
    """
    draft = _draft(arrangement, np.asarray(fixed, dtype=float).reshape(-1, 2), period)
    segments = np.asarray(avoid, dtype=float).reshape(-1, 5)
    _avoid(draft, segments)
    _contract(draft, shortest)
    # contracted points lie half way between the old ones, so they may have come back
    _avoid(draft, segments)
    _widen(draft, shortest)
    _open_corners(draft)
    _turn(draft, shortest)
    return draft.arrangement()


def _draft(arrangement: Arrangement, fixed: Array, period: float | None) -> _Draft:
    edges, sides = edges_of(arrangement)
    rank = np.full(len(arrangement.points), FREE, dtype=np.int64)
    rank[np.unique(edges[np.any(sides < 0, axis=1)])] = SLIDING
    if len(fixed):
        extent = np.ptp(arrangement.points, axis=0).max()
        rank[KDTree(fixed).query(arrangement.points)[0] < 1e-9 * extent] = FIXED
    faces = [list(face.loops) for face in arrangement.faces]
    incident: list[set[int]] = [set() for _ in arrangement.points]
    for number, loops in enumerate(faces):
        for node in np.concatenate(loops).tolist():
            incident[node].add(number)
    points, twin = arrangement.points.copy(), np.full(len(arrangement.points), -1, dtype=np.int64)
    if period is not None:
        left, right = twins(points, np.unique(edges[np.any(sides < 0, axis=1)]), period)
        twin[left], twin[right] = right, left
        points[right] = points[left] + [period, 0.0]
    return _Draft(points, faces, [face.region for face in arrangement.faces], rank, incident, twin)


def _avoid(draft: _Draft, segments: Array) -> None:
    """Move points straight away from segments, or along their wall, until they keep the distances given."""
    if len(segments) == 0:
        return
    edges, sides = draft.edges()
    walls = edges[np.any(sides < 0, axis=1)]
    nodes = np.unique(edges)
    nodes = nodes[draft.rank[nodes] < FIXED]
    start, along = segments[:, :2], segments[:, 2:4] - segments[:, :2]
    squared = np.maximum(np.sum(along**2, axis=1), np.finfo(float).tiny)
    offset = draft.points[nodes][:, None] - start
    fraction = np.clip(np.sum(offset * along, axis=2) / squared, 0.0, 1.0)
    apart = offset - fraction[:, :, None] * along
    close = np.hypot(apart[..., 0], apart[..., 1]) < segments[:, 4]
    for row in np.flatnonzero(close.any(axis=1)).tolist():
        node, away = int(nodes[row]), apart[row]
        distance = np.hypot(*away.T)
        nearest = int(np.argmin(distance / segments[:, 4]))
        wanted = segments[nearest, 4]
        if distance[nearest] > 0.0:
            direction = away[nearest] / distance[nearest]
        else:
            x, y = along[nearest] / np.sqrt(squared[nearest])
            direction = np.array([-y, x]) if x or y else np.array([1.0, 0.0])
        if draft.rank[node] == SLIDING:
            one, other = draft.points[walls[np.any(walls == node, axis=1)].sum(axis=1) - node]
            tangent = (one - other) / np.hypot(*(one - other))
            slope = float(direction @ tangent)
            # a wall along the segment offers no way out
            if abs(slope) > 0.1:
                _move(draft, node, draft.points[node] + (wanted - distance[nearest]) / slope * tangent)
        else:
            _move(draft, node, draft.points[node] + (wanted - distance[nearest]) * direction)


def _contract(draft: _Draft, shortest: float) -> None:
    """Contract short edges in sweeps, the shortest first; edges next to a contracted one wait for the next sweep."""
    refused: set[tuple[int, int]] = set()
    while True:
        edges, sides = draft.edges()
        length = np.hypot(*(draft.points[edges[:, 1]] - draft.points[edges[:, 0]]).T)
        low = draft.rank[edges].min(axis=1)
        outer = np.any(sides < 0, axis=1)
        # a point on a wall moves along this wall only, and two fixed points stay apart
        short = np.flatnonzero((length < shortest) & ((low == FREE) | (outer & (low == SLIDING))))
        changed: set[int] = set()
        for a, b in edges[short[np.argsort(length[short], kind="stable")]].tolist():
            if (a, b) in refused or (draft.incident[a] | draft.incident[b]) & changed:
                continue
            around = draft.incident[a] | draft.incident[b]
            if _merge(draft, a, b):
                changed |= around
            else:
                refused.add((a, b))
        if not changed:
            return


def _merge(draft: _Draft, a: int, b: int) -> bool:
    """Make two points one, at the place of the one with the higher rank, or half way; False when that breaks a face.

    Two points on a periodic side take their twins along.
    """
    keep, drop = (a, b) if draft.rank[a] >= draft.rank[b] else (b, a)
    pairs = [(keep, drop)]
    if draft.twin[a] >= 0 and draft.twin[b] >= 0:
        pairs.append((int(draft.twin[keep]), int(draft.twin[drop])))
    elif draft.twin[drop] >= 0:
        return False
    touched = set[int]().union(*(draft.incident[node] for pair in pairs for node in pair))
    places, before = draft.points[[pair[0] for pair in pairs]].copy(), {face: draft.faces[face] for face in touched}
    for one, other in pairs:
        if draft.rank[a] == draft.rank[b]:
            draft.points[one] = 0.5 * (draft.points[one] + draft.points[other])
        for face in draft.incident[one] | draft.incident[other]:
            loops = [_without_repeats(np.where(loop == other, one, loop)) for loop in draft.faces[face]]
            draft.faces[face] = [loop for loop in loops if len(loop) >= 3]
    gone = {face for face in touched if not draft.faces[face]}
    lost = {draft.regions[face] for face in gone}
    kept = {region for region, _ in draft.present()} if lost else lost
    if not lost <= kept or not draft.sound(touched - gone):
        draft.points[[pair[0] for pair in pairs]] = places
        for face, loops in before.items():
            draft.faces[face] = loops
        return False
    for one, other in pairs:
        draft.incident[one] = (draft.incident[one] | draft.incident[other]) - gone
        draft.incident[other] = set()
        draft.twin[other] = -1
    return True


def _without_repeats(loop: NDArray[np.int64]) -> NDArray[np.int64]:
    """The loop without immediate repetitions and without spikes that go to a point and straight back."""
    while len(loop):
        repeated = loop == np.roll(loop, 1)
        if not repeated.any():
            spike = np.flatnonzero(np.roll(loop, 1) == np.roll(loop, -1))
            if len(spike) == 0:
                break
            repeated[spike[0]] = True
        loop = loop[~repeated]
    return loop


def _move(draft: _Draft, node: int, place: Array) -> bool:
    """Move a point, and its twin with it; False, and nothing moved, when that breaks a face."""
    nodes = [node] if draft.twin[node] < 0 else [node, int(draft.twin[node])]
    before = draft.points[nodes].copy()
    draft.points[nodes] += place - before[0]
    draft.points[node] = place
    if draft.sound(set[int]().union(*(draft.incident[one] for one in nodes))):
        return True
    draft.points[nodes] = before
    return False


def _widen(draft: _Draft, shortest: float) -> None:
    """Move free points away from walls that they come close to without touching them."""
    edges, sides = draft.edges()
    walls = edges[np.any(sides < 0, axis=1)]
    used = np.unique(edges)
    free = used[draft.rank[used] == FREE]
    lines = shapely.linestrings(draft.points[walls])
    pairs = shapely.STRtree(lines).query(shapely.points(draft.points[free]), predicate="dwithin", distance=shortest)
    for node, wall in zip(free[pairs[0]].tolist(), pairs[1].tolist(), strict=True):
        foot = shapely.get_coordinates(
            shapely.line_interpolate_point(lines[wall], shapely.line_locate_point(lines[wall], _point(draft, node)))
        )[0]
        away = draft.points[node] - foot
        distance = float(np.hypot(*away))
        if 0.0 < distance < shortest:
            _move(draft, node, foot + away * shortest / distance)


def _point(draft: _Draft, node: int) -> shapely.Point:
    return shapely.Point(draft.points[node])


def _open_corners(draft: _Draft) -> None:
    """Blunt the sharp corners of faces: a free point moves into the face, on a wall the corner comes off the wall."""
    loops = [loop for _, loops in draft.present() for loop in loops]
    node = np.concatenate(loops)
    before, after = (np.concatenate([np.roll(loop, step) for loop in loops]) for step in (1, -1))
    sharp = _corner(draft.points, node, before, after) < np.radians(SHARPEST_CORNER)
    for row in np.flatnonzero(sharp).tolist():
        at, ends = int(node[row]), [int(before[row]), int(after[row])]
        if draft.rank[at] != FREE:
            at = _detach(draft, at, *ends)
        here = draft.points[at].copy()
        ways = draft.points[ends] - here
        length = np.hypot(*ways.T)
        inward = (ways / length[:, None]).sum(axis=0)
        inward /= np.hypot(*inward)
        for share in np.arange(0.1, FARTHEST_MOVE + 0.01, 0.1).tolist():
            if draft.rank[at] != FREE or not _move(draft, at, here + share * length.min() * inward):
                break
            if _corner(draft.points, *np.array([[at], ends[:1], ends[1:]]))[0] > np.radians(BLUNTED_CORNER):
                break


def _detach(draft: _Draft, node: int, before: int, after: int) -> int:
    """Give the corner of a face between two boundaries a free point of its own, a little off the wall it lies on.

    The boundary between the two neighbours then goes on from there to the wall. The new point, or the old one where
    this is not possible.
    """
    one, other = (draft.incident[node] & draft.incident[end] for end in (before, after))
    if len(one) != 2 or len(other) != 2 or len(one & other) != 1:
        return node
    (face,) = one & other
    touched = one | other
    loops = {number: draft.faces[number] for number in touched}
    ways = draft.points[[before, after]] - draft.points[node]
    new = len(draft.points)
    draft.points = np.vstack([draft.points, draft.points[node] + 0.05 * ways.mean(axis=0)])
    draft.faces[face] = [np.where(loop == node, new, loop) for loop in loops[face]]
    for neighbour, end in ((one - {face}, before), (other - {face}, after)):
        (number,) = neighbour
        draft.faces[number] = [_with_point(loop, node, end, new) for loop in draft.faces[number]]
    if not draft.sound(touched):
        draft.points = draft.points[:new]
        for number, old in loops.items():
            draft.faces[number] = old
        return node
    draft.rank, draft.twin = np.append(draft.rank, FREE), np.append(draft.twin, -1)
    draft.incident[node] = draft.incident[node] - {face}
    draft.incident.append(touched)
    return new


def _corner(points: Array, node: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64]) -> Array:
    """Angle in rad at a point, inside the face whose loop runs from the point before to the one after."""
    forth, back = points[after] - points[node], points[before] - points[node]
    cross = forth[:, 0] * back[:, 1] - forth[:, 1] * back[:, 0]
    return np.asarray(np.arctan2(cross, np.sum(forth * back, axis=1)) % (2 * np.pi))


def _turn(draft: _Draft, shortest: float) -> None:
    """Slide the end of a grain boundary along its wall until it no longer meets the wall at a small angle.

    Where that is not possible, since several boundaries end there or a boundary goes on beyond a periodic side and
    would have to slide both ways, the boundary is bent near the wall.
    """
    edges, sides = draft.edges()
    outer = np.any(sides < 0, axis=1)
    for node in np.flatnonzero(draft.rank == SLIDING).tolist():
        mine = np.any(edges == node, axis=1)
        along, ends = edges[outer & mine], edges[~outer & mine]
        if len(along) != 2:
            continue
        one, other = (draft.points[pair.sum() - node] for pair in along)
        tangent = (one - other) / np.hypot(*(one - other))
        for far in (ends.sum(axis=1) - node).tolist():
            here = draft.points[node]
            way = draft.points[far] - here
            run, height = float(way @ tangent), abs(float(tangent[0] * way[1] - tangent[1] * way[0]))
            if height >= abs(run) * np.tan(np.radians(SMALLEST_ANGLE)):
                continue
            slid = False
            if len(ends) == 1 and draft.twin[node] < 0:
                needed = abs(run) - height / np.tan(np.radians(WANTED_ANGLE))
                goal = one if run > 0.0 else other
                # stop short of the next point on the wall
                step = min(needed, float(np.hypot(*(goal - here))) - shortest)
                while step > 0.05 * shortest and not slid:
                    slid = _move(draft, node, here + np.sign(run) * step * tangent)
                    step *= 0.5
            if not slid:
                around = np.concatenate([along, ends]).sum(axis=1) - node
                _bend(draft, node, far, _between(draft.points[around] - here, way), shortest)


def _between(ways: Array, way: Array) -> Array:
    """Unit vector half way between the neighbours, in direction, of one of several ways."""
    angle = np.arctan2(way[1], way[0])
    turn = np.sort((np.arctan2(ways[:, 1], ways[:, 0]) - angle + np.pi) % (2 * np.pi) - np.pi)
    middle = angle + 0.5 * (turn[turn > 1e-9].min() + turn[turn < -1e-9].max())
    return np.array([np.cos(middle), np.sin(middle)])


def _bend(draft: _Draft, node: int, far: int, direction: Array, distance: float) -> None:
    """Put a point into the edge between two points, at a distance from the first, unless that breaks a face."""
    faces = draft.incident[node] & draft.incident[far]
    before = {face: draft.faces[face] for face in faces}
    new = len(draft.points)
    draft.points = np.vstack([draft.points, draft.points[node] + distance * direction])
    for face in faces:
        draft.faces[face] = [_with_point(loop, node, far, new) for loop in draft.faces[face]]
    if not draft.sound(faces):
        draft.points = draft.points[:new]
        for face, loops in before.items():
            draft.faces[face] = loops
        return
    draft.rank, draft.twin = np.append(draft.rank, FREE), np.append(draft.twin, -1)
    draft.incident.append(set(faces))


def _with_point(loop: NDArray[np.int64], one: int, other: int, new: int) -> NDArray[np.int64]:
    """The loop with a point between two that follow each other in it, in either order."""
    following = np.roll(loop, -1)
    between = ((loop == one) & (following == other)) | ((loop == other) & (following == one))
    return np.insert(loop, np.flatnonzero(between) + 1, new)
