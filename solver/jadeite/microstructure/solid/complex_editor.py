# SPDX-License-Identifier: LGPL-3.0-or-later
"""A cell complex while it is being changed: edges split, faces divided and cells cut, neighbours always kept in step.

Every change is local and leaves a valid complex behind. Where two sides of the box are periodic, whatever happens to
an edge or a face on one of them happens to its image on the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from jadeite.microstructure.errors import GeometryError
from jadeite.microstructure.solid.cell_complex import OUTSIDE, CellComplex, Face

Array = NDArray[np.float64]
Index = NDArray[np.int64]
Edge = tuple[int, int]

# points nearer than this part of a period to a periodic side lie on it; images agree to the same part
PERIODIC_TOLERANCE = 1e-9


@dataclass(slots=True, eq=False)
class EditedFace:
    """A face under change; the fields are those of `cell_complex.Face`, with lists for its loops."""

    loops: list[list[int]]
    cells: tuple[int, int]
    wall: str = ""
    triangles: Index | None = None

    def edges(self) -> Iterable[Edge]:
        """Directed edges along the loops."""
        for loop in self.loops:
            yield from zip(loop, [*loop[1:], loop[0]], strict=True)


def edge_key(a: int, b: int) -> Edge:
    """The two ends of an edge in ascending order."""
    return (a, b) if a < b else (b, a)


@dataclass(eq=False)
class ComplexEditor:
    """Points, faces by number, and who is next to whom.

    `edge_faces` holds the faces around each edge and `cell_faces` those of each cell; `cell_region` the region row of
    each cell; `images` for each periodic axis the point that is the image of another, in both directions.
    """

    coordinates: Array
    count: int
    faces: dict[int, EditedFace] = field(default_factory=dict)
    edge_faces: dict[Edge, set[int]] = field(default_factory=dict)
    cell_faces: list[set[int]] = field(default_factory=list)
    cell_region: list[int] = field(default_factory=list)
    images: dict[int, dict[int, int]] = field(default_factory=dict)
    next_face: int = 0

    @classmethod
    def open(cls, complex: CellComplex, periods: Mapping[int, float] | None = None) -> ComplexEditor:
        """Start from a complex; `periods` gives the length of the box in m along each periodic axis.

        Raises GeometryError when a point on one periodic side has no image on the other.
        """
        editor = cls(np.array(complex.points, dtype=float), len(complex.points))
        editor.cell_region = [int(row) for row in complex.cell_region]
        editor.cell_faces = [set() for _ in editor.cell_region]
        for face in complex.faces:
            loops = [loop.tolist() for loop in face.loops]
            editor.add_face(EditedFace(loops, face.cells, face.wall, face.triangles))
        for axis, period in (periods or {}).items():
            editor.images[axis] = _images(editor.points, axis, period)
        return editor

    @property
    def points(self) -> Array:
        """Coordinates of all points, (n, 3) in m."""
        return self.coordinates[: self.count]

    def add_points(self, positions: Array) -> list[int]:
        """New points, and their numbers."""
        positions = np.asarray(positions, dtype=float).reshape(-1, 3)
        end = self.count + len(positions)
        if end > len(self.coordinates):
            room = np.empty((max(2 * len(self.coordinates), end), 3))
            room[: self.count] = self.points
            self.coordinates = room
        self.coordinates[self.count : end] = positions
        numbers = list(range(self.count, end))
        self.count = end
        return numbers

    def add_face(self, face: EditedFace) -> int:
        """Put a face in place, and its number."""
        number = self.next_face
        self.next_face += 1
        self.faces[number] = face
        for a, b in face.edges():
            self.edge_faces.setdefault(edge_key(a, b), set()).add(number)
        for cell in face.cells:
            if cell != OUTSIDE:
                self.cell_faces[cell].add(number)
        return number

    def remove_face(self, number: int) -> EditedFace:
        """Take a face out, and hand it back."""
        face = self.faces.pop(number)
        for a, b in face.edges():
            around = self.edge_faces[edge_key(a, b)]
            around.discard(number)
            if not around:
                del self.edge_faces[edge_key(a, b)]
        for cell in face.cells:
            if cell != OUTSIDE:
                self.cell_faces[cell].discard(number)
        return face

    def add_cell(self, region: int) -> int:
        """A cell of a region, still without faces, and its number."""
        self.cell_region.append(region)
        self.cell_faces.append(set())
        return len(self.cell_region) - 1

    def orbit(self, a: int, b: int) -> list[Edge]:
        """The edge and its images on periodic sides, each with its ends in the order of the first."""
        found = [(a, b)]
        for p, q in found:
            for axis, image in self.images.items():
                # an edge that crosses the whole box has an image of either end, but lies on neither side
                if (
                    p in image
                    and q in image
                    and abs(self.points[p, axis] - self.points[q, axis]) < _half(self, p, axis)
                ):
                    moved = (image[p], image[q])
                    if moved not in found and edge_key(*moved) in self.edge_faces:
                        found.append(moved)
        return found

    def split_edge(self, a: int, b: int, position: Array) -> list[int]:
        """Put a new point on an edge and on its images, for all faces around them; numbers in the order of `orbit`."""
        edges = self.orbit(a, b)
        origin = self.points[a].copy()
        shifts = [self.points[p] - origin for p, _ in edges]
        fresh = self.add_points(np.array([position + shift for shift in shifts]))
        of_edge = dict(zip(edges, fresh, strict=True))
        for (p, q), middle in of_edge.items():
            around = self.edge_faces.pop(edge_key(p, q))
            for number in around:
                for loop in self.faces[number].loops:
                    _insert(loop, p, q, middle)
            self.edge_faces[edge_key(p, middle)] = set(around)
            self.edge_faces[edge_key(middle, q)] = set(around)
            for image in self.images.values():
                moved = of_edge.get((image.get(p, -1), image.get(q, -1)))
                if moved is not None and moved != middle:
                    image[middle], image[moved] = moved, middle
        return fresh

    def divide_face(self, number: int, path: Sequence[int]) -> tuple[int, int]:
        """Divide a face along a path between two points of its outer loop; numbers of the parts left and right of it.

        Left and right are as seen against the normal of the face. A face on a periodic side must be divided by a path
        without points in between; its image is divided alike.
        """
        image = self._image_face(number, path)
        parts = self._divide(number, path)
        if image is not None:
            other, chord = image
            self._divide(other, chord)
        return parts

    def cut_hole(self, number: int, loop: list[int]) -> None:
        """Add a hole to a face; its loop runs against the outer one."""
        self.faces[number].loops.append(loop)
        for a, b in zip(loop, [*loop[1:], loop[0]], strict=True):
            self.edge_faces.setdefault(edge_key(a, b), set()).add(number)

    def _divide(self, number: int, path: Sequence[int]) -> tuple[int, int]:
        face = self.remove_face(number)
        outer, holes = face.loops[0], face.loops[1:]
        start, end = outer.index(path[0]), outer.index(path[-1])
        after_end = _between(outer, end, start)
        after_start = _between(outer, start, end)
        inner = list(path[1:-1])
        left = [path[0], *inner, path[-1], *after_end]
        right = [path[-1], *inner[::-1], path[0], *after_start]
        parts = []
        for loop in (left, right):
            mine = [hole for hole in holes if self.contains(loop, hole[0])] if holes else []
            parts.append(self.add_face(EditedFace([loop, *mine], face.cells, face.wall)))
        return parts[0], parts[1]

    def _image_face(self, number: int, path: Sequence[int]) -> tuple[int, list[int]] | None:
        """The image of a face on the opposite periodic side, and of a path in it; None for a face on no such side."""
        face = self.faces[number]
        if face.cells[1] != OUTSIDE:
            return None
        loop = face.loops[0]
        for axis, image in self.images.items():
            across = self.points[loop, axis]
            if all(point in image for point in loop) and np.ptp(across) < _half(self, loop[0], axis):
                moved = {image[point] for point in loop}
                a, b = image[loop[0]], image[loop[1]]
                for other in self.edge_faces.get(edge_key(a, b), set()):
                    if other != number and moved <= set(self.faces[other].loops[0]):
                        return other, [image[point] for point in path]
        return None

    def contains(self, loop: Sequence[int], point: int) -> bool:
        """Whether a point in the plane of a loop lies within it."""
        corners = self.points[list(loop)]
        normal = np.abs(area_vector(corners))
        axes = [axis for axis in range(3) if axis != int(np.argmax(normal))]
        return bool(shapely.Polygon(corners[:, axes]).contains(shapely.Point(self.points[point][axes])))

    def vertices(self, faces: Iterable[int]) -> Index:
        """Points of the loops of some faces, each once, in ascending order."""
        return np.array(sorted({p for f in faces for loop in self.faces[f].loops for p in loop}), dtype=np.int64)

    def close(self) -> CellComplex:
        """The complex as it is now, without points that nothing uses."""
        faces = list(self.faces.values())
        used = np.zeros(self.count, dtype=bool)
        for face in faces:
            for loop in face.loops:
                used[loop] = True
            if face.triangles is not None:
                used[face.triangles.ravel()] = True
        row = np.cumsum(used) - 1
        kept = tuple(
            Face(
                tuple(row[loop] for loop in face.loops),
                face.cells,
                face.wall,
                None if face.triangles is None else row[face.triangles],
            )
            for face in faces
        )
        return CellComplex(self.points[used].copy(), kept, np.array(self.cell_region, dtype=np.int32))


def area_vector(corners: Array) -> Array:
    """Area of a planar polygon times its normal, by the right-hand rule."""
    # written out, because np.cross costs more than a polygon of a few points is worth
    x, y, z = (corners[1:] - corners[0]).T
    return 0.5 * np.array(
        [
            y[:-1] @ z[1:] - z[:-1] @ y[1:],
            z[:-1] @ x[1:] - x[:-1] @ z[1:],
            x[:-1] @ y[1:] - y[:-1] @ x[1:],
        ]
    )


def _half(editor: ComplexEditor, point: int, axis: int) -> float:
    """Half the distance between a point on a periodic side and its image."""
    image = editor.images[axis][point]
    return 0.5 * abs(float(editor.points[point, axis] - editor.points[image, axis]))


def _insert(loop: list[int], a: int, b: int, middle: int) -> None:
    """Put a point between two neighbours of a loop, where they are neighbours."""
    for position, point in enumerate(loop):
        following = loop[(position + 1) % len(loop)]
        if (point, following) in ((a, b), (b, a)):
            loop.insert(position + 1, middle)
            return


def _between(loop: list[int], start: int, end: int) -> list[int]:
    """Points of a loop after position `start` and before position `end`, in the direction of the loop."""
    return loop[start + 1 : end] if start < end else loop[start + 1 :] + loop[:end]


def _images(points: Array, axis: int, period: float) -> dict[int, int]:
    """For every point on a side of a periodic axis, its image on the other."""
    low = np.flatnonzero(np.abs(points[:, axis]) < PERIODIC_TOLERANCE * period)
    high = np.flatnonzero(np.abs(points[:, axis] - period) < PERIODIC_TOLERANCE * period)
    others = [k for k in range(3) if k != axis]
    if len(low) != len(high) or len(low) == 0:
        raise GeometryError(f"the periodic sides of axis {'xyz'[axis]} have {len(low)} and {len(high)} points")
    distance, nearest = KDTree(points[high][:, others]).query(points[low][:, others])
    if distance.max() > PERIODIC_TOLERANCE * np.ptp(points, axis=0).max() or len(np.unique(nearest)) < len(low):
        raise GeometryError(f"points on the periodic sides of axis {'xyz'[axis]} do not match")
    pairs = zip(low.tolist(), high[nearest].tolist(), strict=True)
    return {point: other for a, b in pairs for point, other in ((a, b), (b, a))}
