# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cutting convex cells of a complex by a plane, exactly: new points lie on old edges, new edges on old faces.

Neighbours that are not cut take over the new points, and a face shared with one of them becomes two coplanar faces.
Faces on a periodic side are divided together with their images.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.microstructure.errors import GeometryError
from jadeite.microstructure.solid.cell_complex import CellComplex
from jadeite.microstructure.solid.complex_editor import ComplexEditor, Edge, EditedFace, edge_key

Array = NDArray[np.float64]

# points nearer to a plane than this part of the extent of the complex lie on it
ON_PLANE = 1e-9


def cut_cells(
    complex: CellComplex,
    origin: ArrayLike,
    normal: ArrayLike,
    cells: Iterable[int],
    periods: Mapping[int, float] | None = None,
) -> CellComplex:
    """The complex with some of its cells, which are convex, divided by the plane through `origin` (m).

    The part on the side that `normal` points to becomes a new cell of the same region. `periods` gives the length of
    the box (m) along each periodic axis. Cells that the plane misses or touches stay whole.
    """
    editor = ComplexEditor.open(complex, periods)
    cut(editor, origin, normal, cells)
    return editor.close()


def cut(editor: ComplexEditor, origin: ArrayLike, normal: ArrayLike, cells: Iterable[int]) -> dict[int, int]:
    """Cut cells of an editor as `cut_cells` does; for each cell divided, its new part on the side of `normal`."""
    plane = SideOf(editor, origin, normal)
    cells = [cell for cell in cells if plane.crosses(editor.cell_faces[cell])]
    # a cell as wide as a periodic box is cut on opposite sides in places that are not images of each other, so that
    # what came from the image of one cut may have to be cut again
    while edges := plane.crossed_edges(_faces_of(editor, cells)):
        for a, b in edges:
            # the image of an edge split before is split already
            if (a, b) in editor.edge_faces:
                start, end = editor.points[a], editor.points[b]
                share = plane.height(a) / (plane.height(a) - plane.height(b))
                editor.split_edge(a, b, start + share * (end - start))
    while faces := [number for number in _faces_of(editor, cells) if plane.crosses([number])]:
        for number in faces:
            # a face may have been divided together with its image
            if number in editor.faces:
                editor.divide_face(number, plane.chord(editor.faces[number].loops[0]))
    return {cell: _part(editor, plane, cell) for cell in cells}


class SideOf:
    """Side of a plane that each point of an editor lies on: 1 where the normal points to, -1, or 0 on the plane."""

    def __init__(self, editor: ComplexEditor, origin: ArrayLike, normal: ArrayLike) -> None:
        self.editor = editor
        self.origin = np.asarray(origin, dtype=float)
        direction = np.asarray(normal, dtype=float)
        self.normal = direction / np.linalg.norm(direction)
        self.tolerance = ON_PLANE * float(np.ptp(editor.points, axis=0).max())
        self._known: dict[int, int] = {}

    def height(self, point: int) -> float:
        """Distance from the plane in m, positive where the normal points to."""
        return float((self.editor.points[point] - self.origin) @ self.normal)

    def __getitem__(self, point: int) -> int:
        if point not in self._known:
            height = self.height(point)
            self._known[point] = 0 if abs(height) < self.tolerance else (1 if height > 0 else -1)
        return self._known[point]

    def crosses(self, faces: Iterable[int]) -> bool:
        """Whether some faces have points on either side."""
        sides = {self[point] for number in faces for loop in self.editor.faces[number].loops for point in loop}
        return 1 in sides and -1 in sides

    def crossed_edges(self, faces: Iterable[int]) -> list[Edge]:
        """Edges of some faces whose ends lie on different sides, each once."""
        edges = {edge_key(*edge) for number in faces for edge in self.editor.faces[number].edges()}
        return [(a, b) for a, b in edges if self[a] * self[b] < 0]

    def chord(self, loop: list[int]) -> Edge:
        """The two points on the plane where a convex loop passes through it."""
        sides = [self[point] for point in loop]
        turn = next(k for k, side in enumerate(sides) if side != 0)
        ring, sides = loop[turn:] + loop[:turn], sides[turn:] + sides[:turn]
        last, zero, ends = sides[0], -1, []
        for point, side in zip([*ring[1:], ring[0]], [*sides[1:], sides[0]], strict=True):
            if side == 0:
                zero = point if zero < 0 else zero
                continue
            if side != last:
                ends.append(zero)
            last, zero = side, -1
        if len(ends) != 2 or min(ends) < 0:
            raise GeometryError("a face that a plane cuts is not convex")
        return ends[0], ends[1]


def _faces_of(editor: ComplexEditor, cells: Iterable[int]) -> set[int]:
    return {number for cell in cells for number in editor.cell_faces[cell]}


def _part(editor: ComplexEditor, plane: SideOf, cell: int) -> int:
    """Divide a cell whose faces lie on one side of the plane each; the number of the new cell beyond the plane."""

    def side(number: int) -> int:
        return next((plane[p] for p in editor.faces[number].loops[0] if plane[p] != 0), 0)

    near, beyond = ([n for n in editor.cell_faces[cell] if side(n) == s] for s in (-1, 1))
    rim = {edge_key(*edge) for number in beyond for edge in editor.faces[number].edges()}
    following: dict[int, int] = {}
    for number in near:
        face = editor.faces[number]
        for a, b in face.edges():
            if edge_key(a, b) in rim:
                # seen from outside the near part, the new face runs against its neighbours
                start, end = (b, a) if face.cells[0] == cell else (a, b)
                following[start] = end
    loop = [next(iter(following))]
    while following[loop[-1]] != loop[0]:
        loop.append(following[loop[-1]])
        if len(loop) > len(following):
            raise GeometryError("a cell that a plane cuts is not convex")
    if len(loop) < len(following):
        raise GeometryError("a cell that a plane cuts is not convex")
    fresh = editor.add_cell(editor.cell_region[cell])
    for number in beyond:
        face = editor.faces[number]
        one, other = face.cells
        face.cells = (fresh if one == cell else one, fresh if other == cell else other)
        editor.cell_faces[cell].discard(number)
        editor.cell_faces[fresh].add(number)
    editor.add_face(EditedFace([loop], (cell, fresh)))
    return fresh
