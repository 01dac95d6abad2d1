# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bodies cut out of a complex, or filled: boundaries get a hole or a notch that fits the wall of the body exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.solid.body_placement import Body
from jadeite.microstructure.solid.complex_editor import ComplexEditor, EditedFace, edge_key

Array = NDArray[np.float64]
Index = NDArray[np.int64]


def insert_bodies(editor: ComplexEditor, bodies: Sequence[Body], filling: Sequence[tuple[int, str]]) -> None:
    """Insert bodies into an editor; `filling` gives the cell inside each of them, or -1, and the name of its wall.

    Bodies on one line follow each other, so all bodies of a complex are inserted at once.
    """

    def along(row: int) -> float:
        feature = bodies[row].feature
        return 0.0 if feature.frame is None else float(bodies[row].centre @ feature.frame[2])

    # the free end of each line that bodies have been put on
    ends: dict[tuple[int, int], int] = {}
    for row in sorted(range(len(bodies)), key=along):
        body, (cell, wall) = bodies[row], filling[row]
        points = np.array(editor.add_points(body.mesh.points))
        seams = [points[seam].tolist() for seam in body.mesh.seams]
        feature = body.feature
        if body.place == "grain boundary":
            # the rim runs anticlockwise around the normal, a hole runs the other way
            editor.cut_hole(feature.faces[0], seams[0][::-1])
        elif body.place == "triple line":
            start = ends.get(feature.edge, feature.edge[0])
            open_edge(editor, start, feature.edge[1], dict(zip(feature.faces, seams, strict=True)))
            ends[feature.edge] = seams[0][-1]
        for triangles, owner in zip(body.mesh.patches, feature.cells, strict=True):
            rim = [] if not seams else [_rim(points[triangles])]
            editor.add_face(EditedFace(rim, (owner, cell), wall, points[triangles]))


def open_edge(editor: ComplexEditor, start: int, end: int, paths: Mapping[int, list[int]]) -> None:
    """Lead each face around an edge along its own path from `start` to `end` instead."""
    around = editor.edge_faces.pop(edge_key(start, end))
    if around != set(paths):
        raise KeyError("every face around an edge needs a path")
    for number, path in paths.items():
        loop = editor.faces[number].loops[0]
        at = loop.index(start)
        if loop[(at + 1) % len(loop)] == end:
            loop[at + 1 : at + 1] = path
        else:
            at = loop.index(end)
            loop[at + 1 : at + 1] = path[::-1]
        line = [start, *path, end]
        for a, b in pairwise(line):
            editor.edge_faces.setdefault(edge_key(a, b), set()).add(number)


def _rim(triangles: Index) -> list[int]:
    """The loop around an open patch of triangles, in their direction."""
    edges = triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).tolist()
    inner = {(b, a) for a, b in edges}
    following = {a: b for a, b in edges if (a, b) not in inner}
    loop = [min(following)]
    while following[loop[-1]] != loop[0]:
        loop.append(following[loop[-1]])
    return loop
