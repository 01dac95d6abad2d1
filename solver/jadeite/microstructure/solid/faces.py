# SPDX-License-Identifier: LGPL-3.0-or-later
"""Planar faces in space filled with triangles between given points on their rims.

Gmsh fills them, some thousands at a time in several processes; how they are dealt out depends on the faces alone, so
that equal input gives equal meshes on any machine. A face at which Gmsh fails is triangulated without inner points.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.solid.gmsh_process import run_tasks, write_task
from jadeite.microstructure.solid.size_grid import SizeGrid

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# points on rims that one process gets at a time
BATCH = 20000
# s after which Gmsh is stopped: a hundred times what it takes
TIME_LIMIT = 300.0
FRONTAL_DELAUNAY = 6
# relative error allowed between the area of a face and that of its triangles
AREA_TOLERANCE = 1e-9

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Rims:
    """Loops of points around planar faces, the outer loop of each face first.

    Loop l is `ring[loop_offsets[l]:loop_offsets[l + 1]]`, face f has the loops from `face_loops[f]`.
    """

    ring: Index
    loop_offsets: Index
    face_loops: Index

    @property
    def lengths(self) -> Index:
        """Number of points around each face."""
        return np.diff(self.loop_offsets[self.face_loops])

    def select(self, faces: Index) -> Rims:
        """The rims of some faces."""
        loops = _ranges(self.face_loops[faces], self.face_loops[faces + 1])
        steps = _ranges(self.loop_offsets[loops], self.loop_offsets[loops + 1])
        return Rims(
            self.ring[steps],
            np.concatenate([[0], np.cumsum(self.loop_offsets[loops + 1] - self.loop_offsets[loops])]),
            np.concatenate([[0], np.cumsum(self.face_loops[faces + 1] - self.face_loops[faces])]),
        )

    def steps(self) -> tuple[Index, Index, Index]:
        """Face, start and end of each step along the loops."""
        following = np.arange(len(self.ring)) + 1
        following[self.loop_offsets[1:] - 1] = self.loop_offsets[:-1]
        return np.repeat(np.arange(len(self.face_loops) - 1), self.lengths), self.ring, self.ring[following]

    def area_vectors(self, points: Array) -> Array:
        """Area times normal of each face."""
        face, start, end = self.steps()
        origin = points[self.ring[self.loop_offsets[self.face_loops[:-1]]]]
        cross = 0.5 * np.cross(points[start] - origin[face], points[end] - origin[face])
        return np.stack([np.bincount(face, cross[:, k], len(origin)) for k in range(3)], axis=1)


class Patch(NamedTuple):
    """Triangles of some faces: `inner` new points, which follow the given ones, and the face of each triangle."""

    inner: Array
    triangles: Index
    face: Index


def fill_faces(points: Array, rims: Rims, sizes: SizeGrid) -> tuple[Array, Index, Index]:
    """Fill planar faces with triangles of the given sizes.

    `points` (n, 3) in m, `rims` the loops around the faces. Returns the points with new ones after those given,
    triangles (t, 3) that turn like the outer loops, and the face of each, ascending. Raises MeshingError when a face
    cannot be filled.
    """
    length = rims.lengths
    # faces with three points are triangles already
    simple = np.flatnonzero(length == 3)
    corners = rims.ring[rims.loop_offsets[rims.face_loops[simple]][:, None] + np.arange(3)]
    parts = [(np.empty((0, 3)), corners.reshape(-1, 3), simple)]
    larger = np.flatnonzero(length > 3)
    number = np.cumsum(length[larger]) // BATCH
    waiting = [larger[number == k] for k in np.unique(number)]
    difficult: list[int] = []
    while waiting:
        again: list[Index] = []
        for faces, result in zip(waiting, _run(points, [rims.select(faces) for faces in waiting], sizes), strict=True):
            if isinstance(result, MeshingError):
                # halves find the face that stops Gmsh
                half = len(faces) // 2
                again += [faces[:half], faces[half:]] if half else []
                difficult += [] if half else faces.tolist()
                continue
            patch, failed = _good_part(points, rims.select(faces), result)
            difficult += faces[failed].tolist()
            parts.append((patch.inner, patch.triangles, faces[patch.face]))
        waiting = again
    for face in sorted(difficult):
        log.info("face %d is triangulated without inner points", face)
        alone = rims.select(np.array([face]))
        patch, failed = _good_part(points, alone, _without_inner_points(points, alone))
        if len(failed):
            raise MeshingError(f"face {face} cannot be divided into triangles")
        parts.append((patch.inner, patch.triangles, np.full(len(patch.triangles), face)))
    return _join(points, parts)


def _join(points: Array, parts: Sequence[tuple[Array, Index, Index]]) -> tuple[Array, Index, Index]:
    """All parts with their new points numbered on, triangles in the order of faces."""
    triangles, count = [], len(points)
    for inner, cells, _ in parts:
        triangles.append(np.where(cells >= len(points), cells + count - len(points), cells))
        count += len(inner)
    face = np.concatenate([owner for *_, owner in parts])
    order = np.argsort(face, kind="stable")
    return np.concatenate([points, *(inner for inner, *_ in parts)]), np.concatenate(triangles)[order], face[order]


def _run(points: Array, batches: Sequence[Rims], sizes: SizeGrid) -> list[Patch | MeshingError]:
    """What Gmsh makes of each batch of faces."""
    origin, extent = points.min(axis=0), float(np.ptp(points, axis=0).max())
    with tempfile.TemporaryDirectory() as name:
        folders = []
        for number, rims in enumerate(batches):
            folder = Path(name) / str(number)
            folder.mkdir()
            write_task(folder, 2, {"Mesh.Algorithm": FRONTAL_DELAUNAY}, sizes, origin, extent)
            used, local = np.unique(rims.ring, return_inverse=True)
            _, start, end = Rims(local, rims.loop_offsets, rims.face_loops).steps()
            segments, line = np.unique(np.sort(np.stack([start, end], axis=1), axis=1), axis=0, return_inverse=True)
            np.savez(
                folder / "faces.npz",
                points=(points[used] - origin) / extent,
                segments=segments,
                curves=np.where(start < end, line + 1, -line - 1),
                loop_offsets=rims.loop_offsets,
                face_loops=rims.face_loops,
            )
            folders.append(folder)
        results = run_tasks(folders, TIME_LIMIT)
    return [
        result if isinstance(result, MeshingError) else _read(points, rims, result, origin, extent)
        for rims, result in zip(batches, results, strict=True)
    ]


def _read(
    points: Array, rims: Rims, result: dict[str, NDArray[Any]], origin: Array, extent: float
) -> Patch | MeshingError:
    """The triangles of a result in the numbers of the points; a face that Gmsh left out has none."""
    tags, given = result["cells"], result["point_tags"]
    used = np.unique(rims.ring)
    if len(given) != len(used):
        return MeshingError("Gmsh has lost points")
    row = np.full(len(result["coordinates"]), -1, dtype=np.int64)
    row[given] = used
    new = np.unique(tags[row[tags] < 0])
    row[new] = len(points) + np.arange(len(new))
    if len(used) and np.abs(origin + extent * result["coordinates"][given] - points[used]).max() > 1e-12 * extent:
        return MeshingError("Gmsh has moved points")
    return Patch(origin + extent * result["coordinates"][new], row[tags], result["owner"])


def _good_part(points: Array, rims: Rims, patch: Patch) -> tuple[Patch, Index]:
    """The triangles of faces that are filled well, turned like their outer loops, and the faces that are not."""
    count, total = len(rims.face_loops) - 1, len(points) + len(patch.inner)
    area = rims.area_vectors(points)
    size = np.linalg.norm(area, axis=1)
    normal = area / np.maximum(size, np.finfo(float).tiny)[:, None]
    inner = _on_planes(points, rims, patch, normal)
    at, face = np.concatenate([points, inner]), patch.face
    corner = at[patch.triangles]
    measure = 0.5 * np.einsum(
        "ij,ij->i", np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), normal[face]
    )
    triangles = np.where((measure < 0.0)[:, None], patch.triangles[:, [0, 2, 1]], patch.triangles)
    error = np.abs(np.bincount(face, np.abs(measure), count) - size)
    bad = (error > AREA_TOLERANCE * size) | (np.bincount(face[measure == 0.0], minlength=count) > 0)

    # edges that no second triangle of the face has must be the steps around it
    def code(owner: Index, start: Index, end: Index) -> Index:
        return (owner * local + number[start]) * local + number[end]

    number = np.zeros(total, dtype=np.int64)
    used = np.unique(np.concatenate([rims.ring, triangles.ravel()]))
    number[used], local = np.arange(len(used)), len(used)
    owner, start = np.tile(face, 3), triangles.T.ravel()
    end = triangles[:, [1, 2, 0]].T.ravel()
    edges, times = np.unique(code(owner, start, end), return_counts=True)
    free = np.setdiff1d(edges, code(owner, end, start))
    wrong = np.concatenate([np.setxor1d(free, code(*rims.steps())), edges[times > 1]])
    bad[np.unique(wrong // local**2)] = True

    keep = ~bad[face]
    left = np.unique(triangles[keep][triangles[keep] >= len(points)])
    renumber = np.arange(total)
    renumber[left] = len(points) + np.arange(len(left))
    good = Patch(inner[left - len(points)], renumber[triangles[keep]], face[keep])
    return good, np.flatnonzero(bad)


def _on_planes(points: Array, rims: Rims, patch: Patch, normal: Array) -> Array:
    """New points moved by rounding errors onto the planes of their faces, exactly onto those with x, y or z = const."""
    face = np.zeros(len(patch.inner), dtype=np.int64)
    new = patch.triangles >= len(points)
    face[patch.triangles[new] - len(points)] = np.repeat(patch.face, 3).reshape(-1, 3)[new]
    first = rims.loop_offsets[rims.face_loops[:-1]]
    origin = points[rims.ring[first]]
    height = np.einsum("ij,ij->i", patch.inner - origin[face], normal[face])
    placed = patch.inner - height[:, None] * normal[face]
    low, high = (
        reduce.reduceat(points[rims.ring], rims.loop_offsets[rims.face_loops[:-1]], axis=0)
        for reduce in (np.minimum, np.maximum)
    )
    return np.where((low == high)[face], low[face], placed)


def _without_inner_points(points: Array, rims: Rims) -> Patch:
    """One face divided into triangles between the points of its rim (constrained Delaunay)."""
    area = rims.area_vectors(points)[0]
    _, _, axes = np.linalg.svd(area[None, :])
    at = points[rims.ring]
    plane = (at - at.mean(axis=0)) @ axes[1:].T / np.ptp(at, axis=0).max()
    loops = np.split(plane, rims.loop_offsets[1:-1])
    pieces = shapely.get_parts(shapely.constrained_delaunay_triangles(shapely.Polygon(loops[0], loops[1:])))
    row = {tuple(place): point for place, point in zip(plane.tolist(), rims.ring.tolist(), strict=True)}
    corners = shapely.get_coordinates(pieces).reshape(-1, 4, 2)[:, :3]
    triangles = np.array([[row[tuple(place)] for place in corner] for corner in corners.tolist()], dtype=np.int64)
    return Patch(np.empty((0, 3)), triangles.reshape(-1, 3), np.zeros(len(triangles), dtype=np.int64))


def _ranges(start: Index, stop: Index) -> Index:
    """All numbers of the ranges from start to stop, one range after the other."""
    length = stop - start
    first = np.repeat(start - np.concatenate([[0], np.cumsum(length)[:-1]]), length)
    return first + np.arange(len(first))
