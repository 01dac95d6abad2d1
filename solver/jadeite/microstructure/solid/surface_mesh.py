# SPDX-License-Identifier: LGPL-3.0-or-later
"""All faces of a complex as triangles: planar ones filled, curved ones as given, periodic images copied.

Nothing here depends on the order in which faces are met: neighbours share the points of their edges, and a face on a
high side is its image on the low side, moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.solid.cell_complex import OUTSIDE, CellComplex
from jadeite.microstructure.solid.faces import Rims, fill_faces
from jadeite.microstructure.solid.size_grid import SizeGrid
from jadeite.microstructure.solid.skeleton import (
    Images,
    Skeleton,
    align_images,
    divide_skeleton,
    find_images,
    match_faces,
    rings_of,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SurfaceMesh:
    """Points (n, 3) in m, triangles (t, 3) that turn like their faces, the face of each, and images of points."""

    points: Array
    triangles: Index
    face: Index
    images: tuple[Images, ...]


def mesh_surfaces(
    complex: CellComplex, skeleton: Skeleton, sizes: SizeGrid, box: Sequence[float], periodic: Sequence[int]
) -> SurfaceMesh:
    """Divide all edges and fill all faces by a size function; raises MeshingError."""
    images = find_images(complex.points, box, periodic)
    aligned = align_images(complex.points, images, box)
    points, division, images = divide_skeleton(aligned, skeleton, sizes, images, box)
    ring, loop_offsets = rings_of(skeleton, division, len(complex.points))
    rims = Rims(ring, loop_offsets, skeleton.face_loops)

    pairs = match_faces(complex, images)
    copied = np.zeros(len(complex.faces), dtype=bool)
    copied[[high for _, high, _ in pairs]] = True
    own = np.flatnonzero((rims.lengths > 0) & ~copied)
    points, triangles, face = fill_faces(points, rims.select(own), sizes)
    face = own[face]

    curved = [number for number, each in enumerate(complex.faces) if each.triangles is not None]
    given = [np.asarray(complex.faces[number].triangles, dtype=np.int64) for number in curved]
    mesh = SurfaceMesh(
        points,
        np.concatenate([triangles, *given]),
        np.concatenate([face, np.repeat(curved, [len(part) for part in given]).astype(np.int64)]),
        tuple(_extended(image, len(points)) for image in images),
    )
    for row in range(len(images)):
        mesh = _copy(mesh, row, [(high, low) for which, high, low in pairs if which == row], box)
    mesh = _open_corners(mesh, complex)
    order = np.argsort(mesh.face, kind="stable")
    return _compressed(replace(mesh, triangles=mesh.triangles[order], face=mesh.face[order]))


def _extended(image: Images, count: int) -> Images:
    """Images for as many points as there are now; new points have none."""
    return replace(image, low=np.concatenate([image.low, np.full(count - len(image.low), -1)]))


def _copy(mesh: SurfaceMesh, row: int, pairs: list[tuple[int, int]], box: Sequence[float]) -> SurfaceMesh:
    """Copy the triangles of faces on a low side to their images, with the points inside them."""
    image = mesh.images[row]
    target = np.full(int(mesh.face.max()) + 1, -1, dtype=np.int64)
    for high, low in pairs:
        target[low] = high
    chosen = target[mesh.face] >= 0
    triangles = mesh.triangles[chosen]
    mate = np.full(len(mesh.points), -1, dtype=np.int64)
    mate[image.low[image.low >= 0]] = np.flatnonzero(image.low >= 0)
    inner = np.unique(triangles[mate[triangles] < 0])
    mate[inner] = len(mesh.points) + np.arange(len(inner))
    moved = mesh.points[inner].copy()
    moved[:, image.axis] = box[image.axis]
    images = [_extended(other, len(mesh.points) + len(inner)) for other in mesh.images]
    images[row].low[len(mesh.points) :] = inner
    return SurfaceMesh(
        np.concatenate([mesh.points, moved]),
        # seen from outside, opposite sides turn against each other
        np.concatenate([mesh.triangles, mate[triangles][:, [0, 2, 1]]]),
        np.concatenate([mesh.face, target[mesh.face[chosen]]]),
        tuple(images),
    )


def _open_corners(mesh: SurfaceMesh, complex: CellComplex) -> SurfaceMesh:
    """Divide triangles of cuts that have all corners on the front, which could not open, at their middle."""
    cut = np.array([bool(face.wall) and face.cells[1] != OUTSIDE for face in complex.faces])
    outer = np.array([face.cells[1] == OUTSIDE for face in complex.faces])
    on_cut = np.flatnonzero(cut[mesh.face])
    if len(on_cut) == 0:
        return mesh
    count = len(mesh.points)

    def edges(triangles: Index) -> Index:
        ends = np.sort(np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)]), axis=1)
        return ends[:, 0] * count + ends[:, 1]

    # the front is where a cut ends inside the material: edges of one triangle, but not those of the mouth
    edge, times = np.unique(edges(mesh.triangles[on_cut]), return_counts=True)
    front = np.setdiff1d(edge[times == 1], edges(mesh.triangles[outer[mesh.face]]))
    on_front = np.zeros(count, dtype=bool)
    on_front[front // count] = on_front[front % count] = True
    stuck = on_cut[np.all(on_front[mesh.triangles[on_cut]], axis=1)]
    middle = count + np.arange(len(stuck))
    a, b, c = mesh.triangles[stuck].T
    thirds = np.concatenate([np.stack(corner, axis=1) for corner in ((a, b, middle), (b, c, middle), (c, a, middle))])
    kept = np.delete(np.arange(len(mesh.triangles)), stuck)
    points = np.concatenate([mesh.points, mesh.points[mesh.triangles[stuck]].mean(axis=1)])
    return SurfaceMesh(
        points,
        np.concatenate([mesh.triangles[kept], thirds]),
        np.concatenate([mesh.face[kept], np.tile(mesh.face[stuck], 3)]),
        tuple(_extended(image, len(points)) for image in mesh.images),
    )


def _compressed(mesh: SurfaceMesh) -> SurfaceMesh:
    """The mesh without points that no triangle has."""
    used = np.unique(mesh.triangles)
    row = np.full(len(mesh.points) + 1, -1, dtype=np.int64)
    row[used] = np.arange(len(used))
    images = tuple(replace(image, low=row[image.low[used]]) for image in mesh.images)
    return SurfaceMesh(mesh.points[used], row[mesh.triangles], mesh.face, images)
