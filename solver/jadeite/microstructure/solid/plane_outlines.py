# SPDX-License-Identifier: LGPL-3.0-or-later
"""Dividing coplanar faces of a complex by outlines drawn in their plane: fronts of flaws, rims of unwetted patches.

An outline is followed from edge to edge. It passes through an old point where it comes near one, through a new point
of the edge elsewhere, and bends at points inside the face between. Bits too small to be meshed well are left with their
face, so that the rim of what lies inside is a little rough there, but always made of edges of the complex.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.solid.complex_editor import ComplexEditor, Edge, EditedFace, area_vector, edge_key

Array = NDArray[np.float64]
Index = NDArray[np.int64]
type Area = shapely.Polygon | shapely.MultiPolygon


@dataclass(frozen=True, eq=False)
class PlaneFrame:
    """A plane through `origin` (m) with two unit vectors at right angles in it; coordinates are lengths along them."""

    origin: Array
    along: Array
    across: Array

    @property
    def normal(self) -> Array:
        """Unit normal that makes a right-handed frame with `along` and `across`."""
        return np.cross(self.along, self.across)

    def flat(self, points: Array) -> Array:
        """Coordinates (..., 2) of points (..., 3) in the plane."""
        return (points - self.origin) @ np.stack([self.along, self.across], axis=-1)

    def solid(self, points: Array) -> Array:
        """Points (..., 3) in space of coordinates (..., 2)."""
        return np.asarray(self.origin + points @ np.stack([self.along, self.across]), dtype=float)

    def height(self, points: Array) -> Array:
        """Distances (...,) of points (..., 3) from the plane, positive where the normal points to."""
        return np.asarray((points - self.origin) @ self.normal, dtype=float)


def claim_inside(
    editor: ComplexEditor, faces: Sequence[int], frame: PlaneFrame, area: Area, spacing: float, snap: float
) -> list[int]:
    """Divide convex faces in the plane of a frame along the outlines of an area; numbers of the faces inside.

    `area` is given in coordinates of the frame. Outlines bend about every `spacing` (m), and pass through a point that
    they miss by less than `snap` (m).
    """
    work = _Work(editor, frame, spacing, snap)
    work.open(faces)
    rings = [np.asarray(ring.coords)[:-1] for part in _oriented(area) for ring in (part.exterior, *part.interiors)]
    crossings = [work.crossings(ring) for ring in rings]
    nodes = [[work.node(*crossing[1:]) for crossing in found] for found in crossings]
    order = sorted(range(len(rings)), key=lambda row: -abs(_signed_area(rings[row])))
    for row in order:
        if not crossings[row]:
            work.cut_out(rings[row])
            continue
        places = [crossing[0] for crossing in crossings[row]]
        ends = zip(nodes[row], [*nodes[row][1:], nodes[row][0]], strict=True)
        following = [*places[1:], places[0] + len(rings[row])]
        for (start, end), first, last in zip(ends, places, following, strict=True):
            work.cut_along(start, end, _Arc.of(rings[row], first, last))
    return work.inside(area)


@dataclass(frozen=True, eq=False)
class _Arc:
    """Part of a ring between two crossings: its points, with the two crossings, and the lengths up to them."""

    points: Array
    length: Array

    @classmethod
    def of(cls, ring: Array, first: float, last: float) -> _Arc:
        rows = np.arange(int(np.floor(first)) + 1, int(np.ceil(last)))
        points = np.concatenate([[_at(ring, first)], ring[rows % len(ring)], [_at(ring, last)]])
        return cls(points, np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]))

    def at(self, length: Array) -> Array:
        """Points at some lengths along the arc."""
        return np.stack([np.interp(length, self.length, self.points[:, k]) for k in range(2)], axis=1)

    def bends(self, spacing: float) -> Array:
        """Points between the ends at equal distances of about `spacing`."""
        parts = max(round(self.length[-1] / spacing), 1)
        return self.at(self.length[-1] * np.arange(1, parts) / parts)

    @property
    def middle(self) -> Array:
        return self.at(np.array([0.5 * self.length[-1]]))[0]


@dataclass(eq=False)
class _Work:
    """Faces under division: their edges as they were, with the points put on each since, and the parts of each face."""

    editor: ComplexEditor
    frame: PlaneFrame
    spacing: float
    snap: float
    faces: list[int] = field(default_factory=list)
    polygons: list[shapely.Polygon] = field(default_factory=list)
    parts: list[list[int]] = field(default_factory=list)
    known: dict[int, bool] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    on_edge: list[list[tuple[float, int]]] = field(default_factory=list)
    orbits: list[list[Edge]] = field(default_factory=list)

    def open(self, faces: Sequence[int]) -> None:
        """Take up the faces as they are."""
        editor = self.editor
        self.faces = list(faces)
        self.polygons = [shapely.Polygon(self.flat(editor.faces[n].loops[0])) for n in self.faces]
        self.parts = [[n] for n in self.faces]
        self.edges = sorted({edge_key(*edge) for n in self.faces for edge in editor.faces[n].edges()})
        self.on_edge = [[(0.0, a), (1.0, b)] for a, b in self.edges]
        self.orbits = [editor.orbit(a, b) for a, b in self.edges]
        self._row = {edge: row for row, edge in enumerate(self.edges)}
        self._face_tree = shapely.STRtree(self.polygons)
        self._ends = self.flat([p for edge in self.edges for p in edge]).reshape(-1, 2, 2)
        self._edge_tree = shapely.STRtree(shapely.linestrings(self._ends))

    def flat(self, points: Iterable[int]) -> Array:
        """Coordinates of points of the editor in the plane."""
        return self.frame.flat(self.editor.points[list(points)])

    def crossings(self, ring: Array) -> list[tuple[float, int, float]]:
        """Where a ring passes edges: place on the ring (row of a point and fraction), row of the edge, share of it."""
        first, second = ring, np.roll(ring, -1, axis=0)
        segment, edge = self._edge_tree.query(shapely.linestrings(np.stack([first, second], axis=1)))
        p, q = first[segment], second[segment]
        a, b = self._ends[edge, 0], self._ends[edge, 1]
        # a zero counts as positive, the same for both segments at a point and for all edges at one
        of_p, of_q, of_a, of_b = _turn(a, b, p), _turn(a, b, q), _turn(p, q, a), _turn(p, q, b)
        passing = ((of_p >= 0) != (of_q >= 0)) & ((of_a >= 0) != (of_b >= 0))
        place = segment + of_p / np.where(passing, of_p - of_q, 1.0)
        share = of_a / np.where(passing, of_a - of_b, 1.0)
        found = zip(place[passing].tolist(), edge[passing].tolist(), share[passing].tolist(), strict=True)
        return sorted(found)

    def node(self, row: int, share: float) -> int:
        """The point where an outline passes an edge: an old one if it is near, else a new one."""
        editor, chain = self.editor, self.on_edge[row]
        length = float(np.linalg.norm(self._ends[row, 1] - self._ends[row, 0]))
        nearest = min(chain, key=lambda entry: abs(entry[0] - share))
        if abs(nearest[0] - share) * length < self.snap:
            return nearest[1]
        after = next(k for k, entry in enumerate(chain) if entry[0] > share)
        start, end = (editor.points[p] for p in self.edges[row])
        fresh = editor.split_edge(chain[after - 1][1], chain[after][1], start + share * (end - start))
        for (a, b), point in zip(self.orbits[row], fresh, strict=True):
            image = self._row.get(edge_key(a, b))
            if image is not None:
                at = share if self.edges[image] == (a, b) else 1.0 - share
                self.on_edge[image].append((at, point))
                self.on_edge[image].sort()
        return fresh[0]

    def cut_along(self, start: int, end: int, arc: _Arc) -> None:
        """Divide the face that an arc passes through between two points of its rim, unless too little is cut off."""
        owner = self._owner(arc.middle)
        if start == end or owner is None:
            return
        bends = arc.bends(self.spacing)
        # near the rim the outline may pass through other points than it was drawn through
        depth = shapely.distance(shapely.points(bends), self.polygons[owner].exterior)
        bends = bends[(depth > 0.5 * self.snap) & shapely.contains_xy(self.polygons[owner], bends)]
        number = self._part_with(owner, start, end, arc.middle)
        if number is None:
            return
        loop = self.editor.faces[number].loops[0]
        for side in _sides(loop, start, end):
            corners = np.concatenate([self.flat(side[0]), bends[:: side[1]]])
            if len(corners) < 3:
                return
            shape = shapely.Polygon(corners)
            if not shape.is_valid or shape.area < 0.5 * self.snap**2:
                return
        path = [start, *self.editor.add_points(self.frame.solid(bends)), end]
        left_is_inside = self._is_aligned(number)
        left, right = self.editor.divide_face(number, path)
        self._replace(owner, number, (left, right))
        self.known[left], self.known[right] = left_is_inside, not left_is_inside

    def cut_out(self, ring: Array) -> None:
        """Cut a whole ring out of the face that it lies in; nothing is done when it lies in none or is too small."""
        owner = self._owner(ring[0])
        if owner is None or abs(_signed_area(ring)) < self.snap**2:
            return
        arc = _Arc.of(ring, 0.0, float(len(ring)))
        parts = max(round(arc.length[-1] / self.spacing), 8)
        corners = arc.at(arc.length[-1] * np.arange(parts) / parts)
        number = next((n for n in self.parts[owner] if self._shape(n).contains(shapely.Point(corners[0]))), None)
        if number is None:
            return
        loop = self.editor.add_points(self.frame.solid(corners))
        anticlockwise = _signed_area(corners) > 0
        if anticlockwise != self._is_aligned(number):
            loop = loop[::-1]
        face = self.editor.remove_face(number)
        within = shapely.Polygon(corners)
        mine = [hole for hole in face.loops[1:] if within.contains(shapely.Point(self.flat(hole[:1])[0]))]
        others = [hole for hole in face.loops[1:] if hole not in mine]
        outer = self.editor.add_face(EditedFace([face.loops[0], *others, loop[::-1]], face.cells, face.wall))
        inner = self.editor.add_face(EditedFace([loop, *mine], face.cells, face.wall))
        self._replace(owner, number, (outer, inner))
        self.known[outer], self.known[inner] = not anticlockwise, anticlockwise

    def inside(self, area: Area) -> list[int]:
        """Parts within the area."""
        found = []
        for number in (n for parts in self.parts for n in parts):
            known = self.known.get(number)
            if known is None:
                known = bool(shapely.contains(area, self._shape(number).representative_point()))
            if known:
                found.append(number)
        return found

    def _replace(self, owner: int, number: int, parts: tuple[int, int]) -> None:
        self.parts[owner].remove(number)
        self.parts[owner] += parts

    def _owner(self, point: Array) -> int | None:
        """Row of the face that a point lies in."""
        hits = self._face_tree.query(shapely.Point(point), predicate="intersects")
        return int(hits[0]) if len(hits) else None

    def _part_with(self, owner: int, start: int, end: int, middle: Array) -> int | None:
        """The part of a face that has two points on its rim; of several, the one an arc between them passes through."""
        loops = {number: self.editor.faces[number].loops[0] for number in self.parts[owner]}
        fitting = [number for number, loop in loops.items() if start in loop and end in loop]
        if len(fitting) > 1:
            fitting.sort(key=lambda number: self._shape(number).distance(shapely.Point(middle)))
        return fitting[0] if fitting else None

    def _shape(self, number: int) -> shapely.Polygon:
        loops = self.editor.faces[number].loops
        return shapely.Polygon(self.flat(loops[0]), [self.flat(hole) for hole in loops[1:]])

    def _is_aligned(self, number: int) -> bool:
        """Whether the normal of a face is that of the frame."""
        corners = self.editor.points[self.editor.faces[number].loops[0]]
        return bool(area_vector(corners) @ self.frame.normal > 0)


def _sides(loop: list[int], start: int, end: int) -> list[tuple[list[int], int]]:
    """Points of a loop from `end` to `start` and on to `end`, each with the direction of a path that closes it."""
    first = loop.index(start)
    ring = loop[first:] + loop[:first]
    last = ring.index(end)
    return [([*ring[last:], start], 1), (ring[: last + 1], -1)]


def _oriented(area: Area) -> list[shapely.Polygon]:
    """Polygons of an area with anticlockwise exteriors and clockwise holes: what is inside lies to the left."""
    parts = np.atleast_1d(shapely.get_parts(shapely.orient_polygons(area)))
    return [part for part in parts.tolist() if not part.is_empty]


def _at(ring: Array, place: float) -> Array:
    row = int(np.floor(place))
    start, end = ring[row % len(ring)], ring[(row + 1) % len(ring)]
    return np.asarray(start + (place - row) * (end - start), dtype=float)


def _turn(a: Array, b: Array, c: Array) -> Array:
    """Twice the signed area of triangles: positive where c lies to the left of the line from a to b."""
    u, v = b - a, c - a
    return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0], dtype=float)


def _signed_area(ring: Array) -> float:
    x, y = (ring - ring[0]).T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
