# SPDX-License-Identifier: LGPL-3.0-or-later
"""Faces of a power diagram as ordered loops of shared vertices, found from which cells meet where.

Vertices that coincide become one. What remains is combinatorial: a vertex is known by the cells and walls that meet in
it, an edge is where the same two (in the plane) or three of them meet twice, a face is the loop of edges that two of
them share. No angle is compared, so loops close however small a face is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from jadeite.microstructure.errors import TessellationError
from jadeite.microstructure.tessellation.laguerre import PowerDiagram

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# vertices nearer to each other than this part of the mean grain diameter are one
COINCIDENT = 1e-9
# shifts are packed as digits of this base, from minus half of it upwards
_BASE = 64


@dataclass(frozen=True, eq=False)
class FaceLoops:
    """Faces between cells that may continue themselves along periodic axes.

    `vertices` (v, d) lie in the box. The corners of face f are rows offsets[f] to offsets[f + 1] of `corner_vertex` and
    `corner_shift` (number of boxes to move the vertex by, seen from the first cell of the face), in order, such that
    the right-hand normal points from cells[f, 0] to cells[f, 1]; in the plane the first cell lies left of the two ends.
    The second cell is -(1 + 2 * axis + side) at a wall, otherwise a cell moved by `neighbour_shift` boxes.
    """

    box: Array
    vertices: Array
    offsets: Index
    corner_vertex: Index
    corner_shift: Index
    cells: Index
    neighbour_shift: Index

    @property
    def corner_face(self) -> Index:
        """Face of each corner."""
        return np.repeat(np.arange(len(self.cells)), np.diff(self.offsets))

    @property
    def following(self) -> Index:
        """Row of the next corner of the same face, for each corner."""
        rows = np.arange(1, len(self.corner_vertex) + 1)
        rows[self.offsets[1:] - 1] = self.offsets[:-1]
        return rows

    @property
    def positions(self) -> Array:
        """Places (m, d) of all corners as seen from the first cell of their face."""
        return np.asarray(self.vertices[self.corner_vertex] + self.corner_shift * self.box)


def pack(vertex: Index, shift: Index) -> Index:
    """One number for each vertex with its shift."""
    code = vertex
    for column in shift.T:
        code = code * _BASE + column + _BASE // 2
    return code


def unpack(code: Index, dimension: int) -> tuple[Index, Index]:
    """Vertices and shifts of `pack`."""
    shift = np.empty((len(code), dimension), dtype=np.int64)
    for axis in reversed(range(dimension)):
        code, digit = np.divmod(code, _BASE)
        shift[:, axis] = digit - _BASE // 2
    return code, shift


def face_loops(diagram: PowerDiagram) -> FaceLoops:
    """The faces of a power diagram; raises TessellationError when four cells share a line, as on a lattice."""
    points, box, dimension = diagram.points, diagram.box, diagram.vertices.shape[1]
    vertices, number, shift = _merged(diagram)
    # labels: a seed, a periodic image (rows of the points), or a wall, numbered after them
    total = len(points.position)
    label_of_point = np.where(points.wall == 0, np.arange(total), total - 1 - points.wall)
    base = total + 2 * dimension
    place = np.repeat(pack(number, shift), dimension + 1)
    flat = np.stack([place, label_of_point[diagram.corners].ravel()], axis=1)
    flat = flat[np.lexsort((flat[:, 1], flat[:, 0]))]
    flat = flat[np.append(True, np.any(np.diff(flat, axis=0) != 0, axis=1))]
    labels, ends = _meeting_twice(flat, dimension, base, points.count)

    faces, start, end = [], [], []
    for two in combinations(range(dimension), 2):
        first, second = labels[:, two[0]], labels[:, two[1]]
        origin = points.origin[np.minimum(second, total - 1)]
        move = points.shift[np.minimum(second, total - 1)]
        # a face to an image is seen from both sides; it is kept where the cell, or the shift, of the other is larger
        forward = pack(np.zeros_like(first), move) > pack(np.zeros_like(first), np.zeros_like(move))
        kept = (first < points.count) & ((second >= total) | (origin > first) | ((origin == first) & forward))
        faces.append(first[kept] * base + second[kept])
        start.append(ends[kept, 0])
        end.append(ends[kept, 1])
    face, offsets, corners = ordered_loops(np.concatenate(faces), np.concatenate(start), np.concatenate(end))

    first, second = face // base, face % base
    wall = second >= total
    point = np.minimum(second, total - 1)
    cells = np.stack([first, np.where(wall, total - 1 - second, points.origin[point])], axis=1)
    neighbour_shift = np.where(wall[:, None], 0, points.shift[point])
    corner_vertex, corner_shift = unpack(corners, dimension)
    loops = FaceLoops(box, vertices, offsets, corner_vertex, corner_shift, cells, neighbour_shift)
    towards = points.position[point] - points.position[first]
    number = np.where(wall, second - total, 0)
    towards[wall] = 0.0
    towards[wall, number[wall] // 2] = 2.0 * (number[wall] % 2) - 1.0
    return oriented(loops, towards)


def _merged(diagram: PowerDiagram) -> tuple[Array, Index, Index]:
    """Distinct vertices in the box, on the walls exactly; number and shift of each vertex of the diagram."""
    box = diagram.box
    size = np.array([box[axis] if axis in diagram.periodic else 0.0 for axis in range(len(box))])
    wraps = size > 0
    shift = np.zeros(diagram.vertices.shape, dtype=np.int64)
    shift[:, wraps] = np.floor(diagram.vertices[:, wraps] / box[wraps]).astype(np.int64)
    inside = diagram.vertices - shift * box
    inside[:, wraps] = np.where(inside[:, wraps] >= box[wraps], 0.0, inside[:, wraps])
    close = cKDTree(inside, boxsize=size).query_pairs(COINCIDENT, output_type="ndarray")
    graph = coo_array((np.ones(len(close)), (close[:, 0], close[:, 1])), shape=(len(inside), len(inside)))
    number = connected_components(graph, directed=False)[1].astype(np.int64)
    vertices = inside[np.unique(number, return_index=True)[1]]
    shift = np.rint((diagram.vertices - vertices[number]) / box).astype(np.int64)
    shift[:, ~wraps] = 0
    for wall in (np.zeros(len(box)), box):
        vertices = np.where((np.abs(vertices - wall) < COINCIDENT) & ~wraps, wall, vertices)
    return vertices, number, shift


def _meeting_twice(flat: Index, dimension: int, base: int, count: int) -> tuple[Index, Index]:
    """Sets of `dimension` labels, a seed among them, that meet at exactly two places, and these places.

    `flat` (m, 2) lists place and label, sorted.
    """
    start = np.flatnonzero(np.append(True, np.diff(flat[:, 0]) != 0))
    sizes = np.diff(np.append(start, len(flat)))
    sets, places = [], []
    for size in np.unique(sizes):
        rows = start[sizes == size][:, None] + np.arange(size)
        for chosen in combinations(range(size), dimension):
            sets.append(flat[rows[:, list(chosen)], 1])
            places.append(flat[rows[:, 0], 0])
    labels, place = np.concatenate(sets), np.concatenate(places)
    real = labels[:, 0] < count
    labels, place = labels[real], place[real]
    key = labels[:, 0]
    for column in labels[:, 1:].T:
        key = key * base + column
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.append(True, np.diff(key[order]) != 0))
    often = np.diff(np.append(first, len(order)))
    if np.any(often > 2):
        raise TessellationError("several grain edges lie on one line; another seed will do")
    first = first[often == 2]
    return labels[order[first]], np.stack([place[order[first]], place[order[first + 1]]], axis=1)


def ordered_loops(face: Index, start: Index, end: Index) -> tuple[Index, Index, Index]:
    """Faces from their edges in any order: face numbers, offsets and corners.

    In the plane, where every face has one edge, its two ends. Edges given twice count once; faces of two edges (of no
    area) are dropped. Raises TessellationError when the edges of a face do not make one loop.
    """
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((high, low, face))
    face, low, high = face[order], low[order], high[order]
    new = np.append(True, (np.diff(face) != 0) | (np.diff(low) != 0) | (np.diff(high) != 0))
    face, low, high = face[new], low[new], high[new]
    numbers, index, edges = np.unique(face, return_inverse=True, return_counts=True)
    if edges.max() == 1:
        return numbers, 2 * np.arange(len(numbers) + 1), np.stack([low, high], axis=1).ravel()
    solid = edges[index] > 2
    face, low, high = face[solid], low[solid], high[solid]
    numbers, sizes = numbers[edges > 2], edges[edges > 2]
    offsets = np.append(0, np.cumsum(sizes))

    half_face, corner, other = np.tile(face, 2), np.concatenate([low, high]), np.concatenate([high, low])
    order = np.lexsort((corner, half_face))
    half_face, corner, other = half_face[order], corner[order], other[order]
    paired = len(corner) == 2 * offsets[-1] and np.array_equal(corner[::2], corner[1::2])
    if not paired or np.any(half_face[::2] != half_face[1::2]):
        raise TessellationError("the edges of a grain boundary do not close; another seed will do")
    corners, corner_face = corner[::2], half_face[::2]
    # the other end of each half-edge as a row of `corners`, by a joint sort of (face, corner)
    rank = np.lexsort((other, half_face))
    following = np.empty(len(rank), dtype=np.int64)
    following[rank] = np.repeat(np.arange(len(corners)), 2)
    neighbours = following.reshape(-1, 2)
    if not np.array_equal(corners[following], other) or np.any(corner_face[neighbours[:, 0]] != corner_face):
        raise TessellationError("the edges of a grain boundary do not close; another seed will do")

    loop = np.empty(len(corners), dtype=np.int64)
    active = np.arange(len(sizes))
    previous, current = neighbours[offsets[:-1], 0], offsets[:-1].copy()
    for step in range(int(sizes.max())):
        loop[offsets[active] + step] = current
        ahead = np.where(neighbours[current, 0] == previous, neighbours[current, 1], neighbours[current, 0])
        previous, current = current, ahead
        go_on = sizes[active] > step + 1
        if np.any((current == offsets[active]) == go_on):
            raise TessellationError("the edges of a grain boundary do not make one loop; another seed will do")
        active, previous, current = active[go_on], previous[go_on], current[go_on]
    return numbers, offsets, corners[loop]


def oriented(loops: FaceLoops, towards: Array) -> FaceLoops:
    """The same faces, turned where needed so that their normals point along `towards` (f, d)."""
    backwards = np.sum(face_normals(loops.positions, loops.offsets) * towards, axis=1) < 0
    begin, sizes = loops.offsets[:-1], np.diff(loops.offsets)
    face = loops.corner_face
    within = np.arange(len(face)) - begin[face]
    source = np.where(backwards[face], begin[face] + sizes[face] - 1 - within, begin[face] + within)
    return FaceLoops(
        loops.box,
        loops.vertices,
        loops.offsets,
        loops.corner_vertex[source],
        loops.corner_shift[source],
        loops.cells,
        loops.neighbour_shift,
    )


def face_normals(corners: Array, offsets: Index) -> Array:
    """Normals (f, d) as long as the faces are large, of faces given by their corners (m, d) in order.

    In the plane the normal points to the right on the way from the first end to the second.
    """
    if corners.shape[1] == 2:
        along = corners[1::2] - corners[::2]
        return np.stack([along[:, 1], -along[:, 0]], axis=1)
    begin, sizes = offsets[:-1], np.diff(offsets)
    relative = corners - np.repeat(corners[begin], sizes, axis=0)
    following = np.arange(1, len(corners) + 1)
    following[offsets[1:] - 1] = begin
    return 0.5 * np.add.reduceat(np.cross(relative, relative[following]), begin, axis=0)
