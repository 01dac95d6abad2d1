# SPDX-License-Identifier: LGPL-3.0-or-later
"""Periodic cells cut where the sides of the box cross them, so that every piece lies in the box.

The cut is combinatorial as well: in which repetition of the box a corner of a face lies is an integer known to every
face alike, so that pieces share their faces exactly. An edge that crosses a side gets one new vertex there, which the
opposite side repeats: opposite sides show the same tiling, vertex by vertex.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import TessellationError
from jadeite.microstructure.tessellation.faces import FaceLoops, ordered_loops, oriented, pack, unpack

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Faces of the pieces; `grain` (c,) and `shift` (c, d) of each: a piece of the grain around its seed, moved by
    `shift` boxes."""

    loops: FaceLoops
    grain: Index
    shift: Index


def cut_periodic(loops: FaceLoops, count: int, periodic: tuple[int, ...]) -> Pieces:
    """Pieces of `count` cells cut by the sides of the box across the periodic axes.

    Raises TessellationError when a grain is longer than the box.
    """
    pieces = Pieces(loops, np.arange(count), np.zeros((count, len(loops.box)), dtype=np.int64))
    for axis in periodic:
        pieces = _cut(pieces, axis)
    return pieces


@dataclass(frozen=True, eq=False)
class _Crossings:
    """Where edges of faces cross the sides: corner row the edge starts from, plane number, new vertex and its shift."""

    corner: Index
    plane: Index
    vertex: Index
    shift: Index
    position: Array


def _cut(pieces: Pieces, axis: int) -> Pieces:
    loops = pieces.loops
    dimension, old = len(loops.box), len(loops.vertices)
    crossings = _crossings(loops, axis)
    new = len(crossings.position)
    low, high = crossings.position.copy(), crossings.position.copy()
    low[:, axis], high[:, axis] = 0.0, loops.box[axis]
    vertices = np.concatenate([loops.vertices, low, high])

    # the part of a face in one repetition of the box: its corners there and the crossings on both its sides, in order
    face_of_corner = loops.corner_face
    slab = loops.corner_shift[:, axis]
    face = np.concatenate([face_of_corner, np.tile(face_of_corner[crossings.corner], 2)])
    part = np.concatenate([slab, crossings.plane, crossings.plane - 1])
    rank = np.concatenate([2 * np.arange(len(slab)), np.tile(2 * crossings.corner + 1, 2)])
    vertex = np.concatenate([loops.corner_vertex, old + crossings.vertex, old + new + crossings.vertex])
    shift = np.concatenate([loops.corner_shift, np.tile(crossings.shift, (2, 1))])
    shift[:, axis] = 0
    order = np.lexsort((rank, part, face))
    face, part, vertex, shift = face[order], part[order], vertex[order], shift[order]
    begin = np.flatnonzero(np.append(True, (np.diff(face) != 0) | (np.diff(part) != 0)))
    offsets = np.append(begin, len(face))
    parent, part = face[begin], part[begin]
    across = loops.neighbour_shift[parent]
    inner = loops.cells[parent, 1] >= 0

    walls = _walls(loops, crossings, axis, old, new)
    # pieces are numbered by cell and by how far they were moved, which is one box back for each repetition onwards
    code = pack(
        np.concatenate([loops.cells[parent, 0], loops.cells[parent[inner], 1], walls.cells[:, 0]]),
        np.concatenate([-part, across[inner, axis] - part[inner], -walls.neighbour_shift[:, axis]])[:, None],
    )
    distinct, number = np.unique(code, return_inverse=True)
    cells = np.empty((len(parent), 2), dtype=np.int64)
    cells[:, 0] = number[: len(parent)]
    cells[:, 1] = loops.cells[parent, 1]
    cells[inner, 1] = number[len(parent) : len(parent) + inner.sum()]
    across[:, axis] = 0
    wall_cells = np.stack([number[len(parent) + inner.sum() :], walls.cells[:, 1]], axis=1)
    joined = FaceLoops(
        loops.box,
        vertices,
        np.concatenate([offsets, offsets[-1] + walls.offsets[1:]]),
        np.concatenate([vertex, walls.corner_vertex]),
        np.concatenate([shift, walls.corner_shift]),
        np.concatenate([cells, wall_cells]),
        np.concatenate([across, np.zeros((len(wall_cells), dimension), dtype=np.int64)]),
    )
    parent_cell, moved = unpack(distinct, 1)
    total = pieces.shift[parent_cell].copy()
    total[:, axis] = moved[:, 0]
    return Pieces(joined, pieces.grain[parent_cell], total)


def _crossings(loops: FaceLoops, axis: int) -> _Crossings:
    dimension = len(loops.box)
    following = loops.following
    # a face of the plane has two ends and one edge
    corner = loops.offsets[:-1] if dimension == 2 else np.arange(len(following))
    move = loops.corner_shift[following[corner]] - loops.corner_shift[corner]
    crossing = move[:, axis] != 0
    corner, move = corner[crossing], move[crossing]
    if np.any(np.abs(move[:, axis]) > 1):
        raise TessellationError("a grain boundary is longer than the periodic box: use a wider one")
    begin, end = loops.corner_vertex[corner], loops.corner_vertex[following[corner]]
    # the same edge gets the same vertex from every face: it is followed from its lower vertex
    turned = pack(begin, -move) > pack(end, move)
    start = np.where(turned, following[corner], corner)
    first, second = np.where(turned, end, begin), np.where(turned, begin, end)
    move = np.where(turned[:, None], -move, move)
    rows = np.column_stack([first, second, move])
    distinct, number = np.unique(rows, axis=0, return_inverse=True)
    number = number.ravel()
    origin = loops.vertices[distinct[:, 0]]
    along = loops.vertices[distinct[:, 1]] + distinct[:, 2:] * loops.box - origin
    plane = np.where(distinct[:, 2 + axis] > 0, loops.box[axis], 0.0)
    position = origin + ((plane - origin[:, axis]) / along[:, axis])[:, None] * along
    # along other axes that are still periodic, the new vertex moves into the box
    open_axes = np.flatnonzero(np.any(loops.corner_shift != 0, axis=0))
    inwards = np.zeros(distinct[:, 2:].shape, dtype=np.int64)
    for other in open_axes[open_axes != axis]:
        inwards[:, other] = np.floor(position[:, other] / loops.box[other]).astype(np.int64)
    position = position - inwards * loops.box
    shift = loops.corner_shift[start] + inwards[number]
    number_of_plane = np.maximum(loops.corner_shift[corner, axis], loops.corner_shift[following[corner], axis])
    return _Crossings(corner, number_of_plane, number, shift, position)


def _walls(loops: FaceLoops, crossings: _Crossings, axis: int, old: int, new: int) -> FaceLoops:
    """Faces of the pieces in both sides, with the repetition of the box they close as shift along the axis."""
    dimension = len(loops.box)
    face = loops.corner_face[crossings.corner]
    shift = crossings.shift.copy()
    shift[:, axis] = 0
    # what crosses a plane belongs to the section through the cell on either side of the face, each in its own frame
    inner = loops.cells[face, 1] >= 0
    across = loops.neighbour_shift[face[inner]]
    flat = across.copy()
    flat[:, axis] = 0
    cell = np.concatenate([loops.cells[face, 0], loops.cells[face[inner], 1]])
    plane = np.concatenate([crossings.plane, crossings.plane[inner] - across[:, axis]])
    place = pack(
        np.concatenate([crossings.vertex, crossings.vertex[inner]]), np.concatenate([shift, shift[inner] - flat])
    )
    source = np.concatenate([face, len(loops.cells) + face[inner]])
    section = pack(cell, plane[:, None])
    # two crossings of one face make an edge of the section; in the plane the section itself is that edge
    group = section if dimension == 2 else pack(source, plane[:, None])
    order = np.argsort(group, kind="stable")
    if len(order) % 2 or np.any(group[order[::2]] != group[order[1::2]]):
        raise TessellationError("a grain is longer than the periodic box: use a wider one")
    start, end = place[order[::2]], place[order[1::2]]
    key, offsets, corners = ordered_loops(section[order[::2]], start, end)
    owner, number = unpack(key, 1)
    vertex, corner_shift = unpack(corners, dimension)
    position = crossings.position.copy()
    position[:, axis] = 0.0
    vertices = np.concatenate([np.zeros((old, dimension)), position, position])
    sides = []
    for side in range(2):
        cells = np.stack([owner, np.full(len(owner), -(1 + 2 * axis + side))], axis=1)
        closed = np.zeros((len(owner), dimension), dtype=np.int64)
        closed[:, axis] = number[:, 0] - side
        sides.append(
            FaceLoops(
                loops.box,
                vertices,
                offsets,
                old + side * new + vertex,
                corner_shift,
                cells,
                closed,
            )
        )
    outward = np.zeros((len(owner), dimension))
    outward[:, axis] = -1.0
    below, above = oriented(sides[0], outward), oriented(sides[1], -outward)
    return FaceLoops(
        loops.box,
        below.vertices,
        np.concatenate([below.offsets, below.offsets[-1] + above.offsets[1:]]),
        np.concatenate([below.corner_vertex, above.corner_vertex]),
        np.concatenate([below.corner_shift, above.corner_shift]),
        np.concatenate([below.cells, above.cells]),
        np.concatenate([below.neighbour_shift, above.neighbour_shift]),
    )
