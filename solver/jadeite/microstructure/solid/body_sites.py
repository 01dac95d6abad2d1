# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where bodies can sit in a complex of convex cells: in cells, on faces between grains, on edges where grains meet.

A body may touch the feature it sits on and nothing else. What else there is around a feature are planes: those of the
other faces of its cells. They are exact as long as cells are convex, so bodies come after everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.solid.cell_complex import OUTSIDE
from jadeite.microstructure.solid.complex_editor import ComplexEditor, Edge, area_vector

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# angles between the boundaries at a triple line that a body can be meshed in, rad
SECTORS = (np.radians(40.0), np.radians(165.0))
# faces whose normals and planes agree to this relative accuracy are coplanar
COPLANAR = 1e-7


@dataclass(frozen=True, eq=False)
class Feature:
    """A cell, a face between two grains, or an edge where grains meet, and what surrounds it.

    `frame` has unit vectors as rows, the last along the edge or along the normal of the face; the normal points to the
    first of the two `cells` of a face. Around an edge, boundary i (`faces`) leaves under azimuth i, and cell i lies
    between boundaries i and i + 1. `normal` (m, 3) and `offset` (m,): no body reaches beyond normal . x = offset.
    `simplices` (s, k, 3) make up the feature.
    """

    cells: tuple[int, ...]
    simplices: Array
    normal: Array
    offset: Array
    faces: tuple[int, ...] = ()
    edge: Edge = (-1, -1)
    frame: Array | None = None
    azimuths: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Sites:
    """Points on features of one kind, in random order, and how far each is from the nearest plane around, in m."""

    features: Sequence[Feature]
    feature: Index
    points: Array
    room: Array


class Surroundings:
    """Planes of all faces of an editor, cell by cell."""

    def __init__(self, editor: ComplexEditor) -> None:
        self.editor = editor
        self.numbers = [number for number, face in editor.faces.items() if face.triangles is None]
        self.row = {number: row for row, number in enumerate(self.numbers)}
        vectors = np.array([area_vector(editor.points[editor.faces[n].loops[0]]) for n in self.numbers])
        self.normal = vectors / np.linalg.norm(vectors, axis=1)[:, None]
        corner = editor.points[[editor.faces[n].loops[0][0] for n in self.numbers]]
        self.offset = np.einsum("ij,ij->i", self.normal, corner)

    def planes(self, cells: Sequence[int], without: Sequence[int]) -> tuple[Array, Array]:
        """Outward normals and offsets of the faces of some cells, but for some faces."""
        rows, signs = [], []
        for cell in cells:
            for number in self.editor.cell_faces[cell]:
                if number not in without and number in self.row:
                    rows.append(self.row[number])
                    signs.append(1.0 if self.editor.faces[number].cells[0] == cell else -1.0)
        sign = np.array(signs)
        return sign[:, None] * self.normal[rows], sign * self.offset[rows]

    def coplanar(self, number: int) -> list[int]:
        """Faces of the two cells of a face that lie in its plane, itself among them."""
        row, face = self.row[number], self.editor.faces[number]
        extent = float(np.ptp(self.editor.points[face.loops[0]], axis=0).max())
        near = [n for cell in face.cells for n in self.editor.cell_faces[cell] if n in self.row]
        rows = [self.row[n] for n in near]
        turn = self.normal[rows] @ self.normal[row]
        apart = np.abs(self.offset[rows] - np.sign(turn) * self.offset[row])
        found = (np.abs(turn) > 1.0 - COPLANAR) & (apart < COPLANAR * extent)
        return [n for n, is_in_plane in zip(near, found.tolist(), strict=True) if is_in_plane]


def grain_interiors(editor: ComplexEditor, surroundings: Surroundings, allowed: Callable[[int], bool]) -> list[Feature]:
    """Cells of allowed regions."""
    found = []
    for cell, faces in enumerate(editor.cell_faces):
        if not allowed(editor.cell_region[cell]) or not all(number in surroundings.row for number in faces):
            continue
        middle = editor.points[editor.vertices(faces)].mean(axis=0)
        fans = np.concatenate([_fan(editor.points[editor.faces[n].loops[0]]) for n in sorted(faces)])
        cones = np.concatenate([np.tile(middle, (len(fans), 1, 1)), fans], axis=1)
        found.append(Feature((cell,), cones, *surroundings.planes([cell], [])))
    return found


def boundaries(editor: ComplexEditor, surroundings: Surroundings, allowed: Callable[[int], bool]) -> list[Feature]:
    """Faces between two allowed regions, or two pieces of one flat boundary."""
    found = []
    for number, face in editor.faces.items():
        if not _is_boundary(editor, number) or not all(allowed(editor.cell_region[cell]) for cell in face.cells):
            continue
        corners = editor.points[face.loops[0]]
        axis = surroundings.normal[surroundings.row[number]]
        normal, offset = surroundings.planes(face.cells, surroundings.coplanar(number))
        # the rim of the face itself: its coplanar neighbours have no plane of their own
        side = np.cross(np.roll(corners, -1, axis=0) - corners, axis)
        side /= np.linalg.norm(side, axis=1)[:, None]
        normal = np.concatenate([normal, side])
        offset = np.concatenate([offset, np.einsum("ij,ij->i", side, corners)])
        found.append(Feature(face.cells[::-1], _fan(corners), normal, offset, faces=(number,), frame=_frame(axis)))
    return found


def triple_lines(editor: ComplexEditor, surroundings: Surroundings, allowed: Callable[[int], bool]) -> list[Feature]:
    """Edges where three or more boundaries between allowed regions meet, none of them too close to the next."""
    found = []
    for edge, faces in editor.edge_faces.items():
        if len(faces) < 3 or not all(_is_boundary(editor, number) for number in faces):
            continue
        cells = {cell for number in faces for cell in editor.faces[number].cells}
        rows = {editor.cell_region[cell] for cell in cells}
        if len(cells) != len(faces) or len(rows) != len(cells) or not all(allowed(row) for row in rows):
            continue
        feature = _line(editor, surroundings, edge, sorted(faces))
        if feature is not None:
            found.append(feature)
    return found


def find_sites(features: Sequence[Feature], count: int, generator: np.random.Generator) -> Sites:
    """`count` points drawn evenly from all features, then the middle of each feature; none without features."""
    if not features:
        return Sites((), np.empty(0, dtype=np.int64), np.empty((0, 3)), np.empty(0))
    simplices = np.concatenate([feature.simplices for feature in features])
    owner = np.repeat(np.arange(len(features)), [len(feature.simplices) for feature in features])
    measure = _measures(simplices)
    chosen = generator.choice(len(simplices), count, p=measure / measure.sum())
    share = generator.dirichlet(np.ones(simplices.shape[1]), count)
    drawn = np.einsum("ij,ijk->ik", share, simplices[chosen])
    middles = np.array([feature.simplices.mean(axis=(0, 1)) for feature in features])
    order = generator.permutation(len(features))
    points = np.concatenate([drawn, middles[order]])
    feature_row = np.concatenate([owner[chosen], order])
    normal = np.concatenate([feature.normal for feature in features])
    offset = np.concatenate([feature.offset for feature in features])
    size = np.array([len(feature.offset) for feature in features])
    start = np.cumsum(size) - size
    repeat = size[feature_row]
    site = np.repeat(np.arange(len(points)), repeat)
    within = np.arange(len(site)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    plane = start[feature_row[site]] + within
    gap = offset[plane] - np.einsum("ij,ij->i", normal[plane], points[site])
    room = np.minimum.reduceat(gap, np.cumsum(repeat) - repeat)
    return Sites(features, feature_row, points, room)


def _is_boundary(editor: ComplexEditor, number: int) -> bool:
    """Whether a face is flat, unopened, and lies between two regions."""
    face = editor.faces[number]
    one, other = face.cells
    flat = face.triangles is None and len(face.loops) == 1
    return flat and other != OUTSIDE and not face.wall and editor.cell_region[one] != editor.cell_region[other]


def _line(editor: ComplexEditor, surroundings: Surroundings, edge: Edge, faces: Sequence[int]) -> Feature | None:
    """The feature of an edge; none where a sector is too narrow or too wide."""
    start, end = editor.points[list(edge)]
    axis = (end - start) / np.linalg.norm(end - start)
    frame = _frame(axis)
    middles = np.array([editor.points[editor.faces[number].loops[0]].mean(axis=0) for number in faces])
    flat = (middles - start) @ frame[:2].T
    azimuth = np.arctan2(flat[:, 1], flat[:, 0])
    order = np.argsort(azimuth)
    azimuth, ring = azimuth[order], [faces[k] for k in order]
    sector = np.diff(np.append(azimuth, azimuth[0] + 2 * np.pi))
    if sector.min() < SECTORS[0] or sector.max() > SECTORS[1]:
        return None
    cells = []
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        shared = set(editor.faces[one].cells) & set(editor.faces[other].cells)
        if len(shared) != 1:
            return None
        cells.append(shared.pop())
    normal, offset = surroundings.planes(cells, ring)
    normal = np.concatenate([normal, [axis, -axis]])
    offset = np.concatenate([offset, [axis @ end, -axis @ start]])
    simplex = np.array([[start, end]])
    return Feature(tuple(cells), simplex, normal, offset, tuple(ring), edge, frame, tuple(azimuth.tolist()))


def _frame(axis: Array) -> Array:
    """A right-handed frame with the given last vector; rows are unit vectors."""
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    first = np.cross(axis, helper)
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(axis, first), axis])


def _fan(corners: Array) -> Array:
    """Triangles (m, 3, 3) of a convex polygon."""
    rest = np.stack([corners[1:-1], corners[2:]], axis=1)
    return np.concatenate([np.tile(corners[0], (len(rest), 1, 1)), rest], axis=1)


def _measures(simplices: Array) -> Array:
    """Lengths, areas or volumes of simplices (n, k, 3), up to a common factor."""
    arms = simplices[:, 1:] - simplices[:, :1]
    gram = np.einsum("nik,njk->nij", arms, arms)
    return np.sqrt(np.maximum(np.linalg.det(gram), 0.0))
