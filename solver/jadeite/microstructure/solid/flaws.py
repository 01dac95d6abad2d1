# SPDX-License-Identifier: LGPL-3.0-or-later
"""Flaws and cracks put into a complex of convex cells as faces that bear their names.

A straight flaw divides every cell that it meets by its plane and takes the faces of that plane within its ellipse. A
flaw along grain boundaries takes the boundaries between grains on one side of its plane and grains on the other, as far
as their middle lies over the ellipse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.solid.cell_complex import OUTSIDE
from jadeite.microstructure.solid.complex_editor import ComplexEditor, Edge, edge_key
from jadeite.microstructure.solid.flaw_planes import FlawPlane
from jadeite.microstructure.solid.plane_cuts import ON_PLANE, cut
from jadeite.microstructure.solid.plane_outlines import claim_inside

Array = NDArray[np.float64]

# bends of a whole outline, its largest spacing in grain sizes, and the distance that counts as passing through a point,
# in grain sizes and in spacings
OUTLINE_BENDS = 64
LARGEST_SPACING = 0.25
SNAP = 0.02
SNAP_OF_SPACING = 0.25
# planes of flaws keep this distance from corners of grains, and are moved by at most this to do so, in grain sizes
CORNER_CLEARANCE = 0.006
LARGEST_SHIFT = 0.02


@dataclass(eq=False)
class CellBalls:
    """Balls around the cells of an editor: `centre` (c, 3) and `radius` (c,) in m; parts keep the ball of the whole."""

    centre: Array
    radius: Array

    @classmethod
    def of(cls, editor: ComplexEditor) -> CellBalls:
        """Balls of all cells."""
        corners = [editor.points[editor.vertices(faces)] for faces in editor.cell_faces]
        centre = np.array([points.mean(axis=0) for points in corners])
        radius = np.array(
            [np.linalg.norm(points - middle, axis=1).max() for points, middle in zip(corners, centre, strict=True)]
        )
        return cls(centre, radius)

    def near(self, plane: FlawPlane) -> list[int]:
        """Cells whose balls meet the plane of a flaw within the ball of the flaw."""
        height = np.abs(plane.frame.height(self.centre))
        distance = np.linalg.norm(self.centre - plane.frame.origin, axis=1)
        return np.flatnonzero((height <= self.radius) & (distance <= self.radius + plane.radius)).tolist()

    def divide(self, whole: Iterable[int]) -> None:
        """Append a new part of each of some cells."""
        parts = list(whole)
        self.centre = np.concatenate([self.centre, self.centre[parts]])
        self.radius = np.concatenate([self.radius, self.radius[parts]])


def outline_spacing(plane: FlawPlane, size: float) -> tuple[float, float]:
    """Distance between the bends of a flaw's outline, and distance below which it passes through a point, in m."""
    perimeter = np.pi * np.sqrt(2 * (plane.half_length**2 + plane.depth**2))
    spacing = min(perimeter / OUTLINE_BENDS, LARGEST_SPACING * size)
    return spacing, min(SNAP * size, SNAP_OF_SPACING * spacing)


def insert_straight(
    editor: ComplexEditor, planes: Sequence[FlawPlane], size: float
) -> tuple[list[FlawPlane], list[list[int]]]:
    """Put straight flaws and cracks into a complex of convex cells; where each of them came to lie, and its faces.

    A plane that would pass very close to a corner of a grain, which leaves edges far too short for the mesh, is moved
    along its normal by up to two percent of the grain `size` (m). All planes are cut before the first outline is drawn,
    because cells stay convex only as long as they are cut whole. Raises MicrostructureError for a flaw that is too
    small to leave a face.
    """
    balls = CellBalls.of(editor)
    placed, walls = [], []
    for asked in planes:
        corners = editor.vertices(
            number for cell in _touched(editor, asked, balls, size) for number in editor.cell_faces[cell]
        )
        plane = asked.moved(_shift(asked.frame.height(editor.points[corners]), size, _on_plane(editor)))
        touched = _touched(editor, plane, balls, size)
        balls.divide(cut(editor, plane.frame.origin, plane.frame.normal, touched))
        placed.append(plane)
    for plane in placed:
        spacing, snap = outline_spacing(plane, size)
        faces = _faces_in_plane(editor, plane, balls.near(plane))
        inside = claim_inside(editor, faces, plane.frame, plane.outline(), spacing, snap) if faces else []
        if not inside:
            raise MicrostructureError(f"{plane.label} is too small to be seen beside grains of {size:.3g} m")
        _name_wall(editor, inside, plane.label)
        walls.append(inside)
    return placed, walls


def _touched(editor: ComplexEditor, plane: FlawPlane, balls: CellBalls, size: float) -> list[int]:
    """Cells that a flaw reaches into by more than the distance that is neglected along outlines."""
    margin = outline_spacing(plane, size)[1] / min(plane.half_length, plane.depth)
    return [cell for cell in balls.near(plane) if plane.reaches(_section(editor, plane, cell)) < 1.0 - margin]


def _shift(heights: Array, size: float, tolerance: float) -> float:
    """Distance to move a plane by, so that corners at some heights above it keep clear of it; zero if they do so now.

    Corners on the plane do no harm while they stay there.
    """
    shifts = LARGEST_SHIFT * size * np.linspace(-1.0, 1.0, 81)
    shifts = shifts[np.argsort(np.abs(shifts), kind="stable")]
    gap = np.abs(heights[:, None] - shifts)
    gap[np.abs(heights) < tolerance, 0] = np.inf
    nearest = gap.min(axis=0, initial=np.inf)
    clear = np.flatnonzero(nearest >= CORNER_CLEARANCE * size)
    return float(shifts[clear[0] if len(clear) else int(np.argmax(nearest))])


def insert_along_boundaries(editor: ComplexEditor, plane: FlawPlane) -> list[int]:
    """Put a flaw into the boundaries nearest to its half-ellipse; its faces. Raises MicrostructureError without any.

    Of boundaries that hang together, those count that reach the plating electrode; of several such groups the largest.
    """
    region = np.array(editor.cell_region)
    middle = np.array([editor.points[editor.vertices(faces)].mean(axis=0) for faces in editor.cell_faces])
    share = np.bincount(region).astype(float)
    side = np.stack([np.bincount(region, middle[:, k]) for k in range(3)], axis=1) / share[:, None]
    beyond = (plane.frame.height(side) > 0)[region]
    found = []
    for number, face in editor.faces.items():
        one, other = face.cells
        if other == OUTSIDE or beyond[one] == beyond[other] or face.wall or face.triangles is not None:
            continue
        u, v = plane.frame.flat(editor.points[face.loops[0]].mean(axis=0))
        if (u / plane.half_length) ** 2 + (v / plane.depth) ** 2 < 1.0:
            found.append(number)
    groups = [group for group in connected(editor, found) if _mouth(editor, group)]
    if not groups:
        raise MicrostructureError(
            f"{plane.label} should follow grain boundaries, but none reaches the plating electrode near it"
        )
    chosen = max(groups, key=len)
    _name_wall(editor, chosen, plane.label)
    return chosen


def front(editor: ComplexEditor, faces: Sequence[int], opens: bool) -> list[int]:
    """Points along the rim of a flaw's faces: of a flaw from one end of the mouth over the tip to the other.

    Of a crack the closed rim, without repetition. Where the rim has several parts, the deepest counts.
    """
    chains = rim_chains(editor, faces, without_electrode=opens)
    return max(chains, key=lambda chain: (editor.points[chain, 1].max(), len(chain))) if opens else max(chains, key=len)


def rim_chains(editor: ComplexEditor, faces: Sequence[int], without_electrode: bool = False) -> list[list[int]]:
    """Chains of points along the rim of some faces, open or closed; if wanted without edges on the electrode."""
    own = set(faces)
    rim = {key for number in faces for key in map(_key, editor.faces[number].edges())}
    rim = {key for key in rim if len(editor.edge_faces[key] & own) == 1}
    if without_electrode:
        rim = {edge for edge in rim if not _on_electrode(editor, edge)}
    return _chains(rim)


def _key(edge: Edge) -> Edge:
    return edge_key(*edge)


def _on_plane(editor: ComplexEditor) -> float:
    """Distance in m below which points lie on a plane."""
    return ON_PLANE * float(np.ptp(editor.points, axis=0).max())


def _on_electrode(editor: ComplexEditor, edge: Edge) -> bool:
    return bool(np.all(np.abs(editor.points[list(edge), 1]) < _on_plane(editor)))


def _mouth(editor: ComplexEditor, faces: Iterable[int]) -> bool:
    return any(_on_electrode(editor, edge) for number in faces for edge in editor.faces[number].edges())


def _name_wall(editor: ComplexEditor, faces: Iterable[int], label: str) -> None:
    for number in faces:
        if editor.faces[number].wall:
            raise MicrostructureError(f"{label} and {editor.faces[number].wall} overlap")
        editor.faces[number].wall = label


def _section(editor: ComplexEditor, plane: FlawPlane, cell: int) -> Array:
    """Points whose convex hull is the section of a cell by a flaw's plane, in coordinates of the plane."""
    edges = np.array(list({_key(e) for n in editor.cell_faces[cell] for e in editor.faces[n].edges()}))
    start, end = editor.points[edges[:, 0]], editor.points[edges[:, 1]]
    low, high = plane.frame.height(start), plane.frame.height(end)
    passing = low * high < 0
    share = (low[passing] / (low[passing] - high[passing]))[:, None]
    points = start[passing] + share * (end[passing] - start[passing])
    return plane.frame.flat(np.concatenate([points, start[low == 0.0], end[high == 0.0]]))


def _faces_in_plane(editor: ComplexEditor, plane: FlawPlane, cells: Iterable[int]) -> list[int]:
    """Faces between two cells that lie in the plane of a flaw."""
    tolerance = _on_plane(editor)
    found = []
    for number in sorted({number for cell in cells for number in editor.cell_faces[cell]}):
        face = editor.faces[number]
        if face.cells[1] != OUTSIDE and np.all(np.abs(plane.frame.height(editor.points[face.loops[0]])) < tolerance):
            found.append(number)
    return found


def connected(editor: ComplexEditor, faces: Sequence[int]) -> list[list[int]]:
    """Groups of faces that hang together by edges."""
    left, groups = set(faces), []
    while left:
        group = [left.pop()]
        for number in group:
            near = {n for edge in editor.faces[number].edges() for n in editor.edge_faces[_key(edge)]} & left
            left -= near
            group += sorted(near)
        groups.append(group)
    return groups


def _chains(edges: set[Edge]) -> list[list[int]]:
    """Edges put together to chains of points: open ones from end to end, closed ones without repetition."""
    around: dict[int, set[int]] = {}
    for a, b in edges:
        around.setdefault(a, set()).add(b)
        around.setdefault(b, set()).add(a)
    chains = []
    for start in sorted(around, key=lambda point: (len(around[point]) != 1, point)):
        while around[start]:
            chain = [start]
            while around[chain[-1]]:
                following = min(around[chain[-1]])
                around[chain[-1]].discard(following)
                around[following].discard(chain[-1])
                chain.append(following)
            chains.append(chain[:-1] if chain[0] == chain[-1] else chain)
    return chains
