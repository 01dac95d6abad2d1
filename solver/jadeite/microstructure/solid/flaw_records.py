# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is known of a flaw or crack once its faces are in a complex: tip, front, and the region ahead of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.solid.cell_complex import OUTSIDE
from jadeite.microstructure.solid.complex_editor import ComplexEditor, area_vector, edge_key
from jadeite.microstructure.solid.flaw_planes import FlawPlane
from jadeite.microstructure.solid.flaws import front
from jadeite.microstructure.tagged_mesh import Crack, Flaw

if TYPE_CHECKING:
    from jadeite.case.microstructure import Crack as CrackRecipe
    from jadeite.case.microstructure import Flaw as FlawRecipe

Array = NDArray[np.float64]

# the region ahead of a tip is read at this distance from it, in depths
AHEAD = 1e-3


def flaw_record(
    editor: ComplexEditor, flaw: FlawRecipe, plane: FlawPlane, faces: Sequence[int], names: Sequence[str]
) -> Flaw:
    """The record of a flaw whose faces are in place."""
    along = flaw.path == "grain_boundaries"
    rim = front(editor, faces, opens=True)
    line = editor.points[rim]
    mouth = plane.frame.origin
    # the tip lies on the front, which is drawn by straight pieces
    tip = line[np.argmax(line[:, 1])] if along else _nearest_on(line, plane.tip)
    depth = float(np.linalg.norm(tip - mouth))
    direction = (tip - mouth) / depth
    width = 0.0 if along or flaw.form == "cut" else flaw.mouth_width
    return Flaw(
        flaw.name,
        tuple(mouth.tolist()),
        tuple(tip.tolist()),
        width,
        depth,
        tuple(direction.tolist()),
        names[_region_at(editor, rim, tip + AHEAD * depth * direction)],
        "cut" if along else flaw.form,
        tuple(plane.frame.normal.tolist()),
        plane.half_length,
        tuple(tuple(point) for point in line.tolist()),
    )


def crack_record(editor: ComplexEditor, crack: CrackRecipe, plane: FlawPlane, faces: Sequence[int]) -> Crack:
    """The record of a crack whose faces are in place."""
    line = editor.points[front(editor, faces, opens=False)]
    return Crack(
        crack.name,
        tuple(plane.frame.origin.tolist()),
        tuple(plane.frame.normal.tolist()),
        crack.half_length,
        tuple(tuple(point) for point in line.tolist()),
    )


def _nearest_on(line: Array, point: Array) -> Array:
    """Point of a polyline that is nearest to another point."""
    start, arm = line[:-1], np.diff(line, axis=0)
    share = np.clip(np.einsum("ij,ij->i", point - start, arm) / np.einsum("ij,ij->i", arm, arm), 0.0, 1.0)
    feet = start + share[:, None] * arm
    return np.asarray(feet[np.argmin(np.linalg.norm(feet - point, axis=1))], dtype=float)


def _region_at(editor: ComplexEditor, rim: Sequence[int], point: Array) -> int:
    """Row of the region around a point that is close to the rim of a flaw.

    Of the cells at the nearest edges of the rim it is the one that the point is deepest in, or least outside of.
    """
    near = np.argsort(np.linalg.norm(editor.points[list(rim)] - point, axis=1))[:3].tolist()
    edges = {edge_key(rim[k], rim[other]) for k in near for other in (k - 1, k + 1) if 0 <= other < len(rim)}
    around = {number for edge in edges for number in editor.edge_faces[edge]}
    cells = sorted({cell for number in around for cell in editor.faces[number].cells if cell != OUTSIDE})
    return editor.cell_region[max(cells, key=lambda cell: _depth(editor, cell, point))]


def _depth(editor: ComplexEditor, cell: int, point: Array) -> float:
    """Distance of a point from the nearest face of a convex cell, negative outside of it."""
    depth = np.inf
    for number in editor.cell_faces[cell]:
        face = editor.faces[number]
        corners = editor.points[face.loops[0]]
        normal = area_vector(corners) * (1.0 if face.cells[0] == cell else -1.0)
        depth = min(depth, float((corners[0] - point) @ normal / np.linalg.norm(normal)))
    return depth
