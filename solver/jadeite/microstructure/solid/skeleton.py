# SPDX-License-Identifier: LGPL-3.0-or-later
"""Edges of a polyhedral complex, divided once for all faces around them and alike on opposite periodic sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from jadeite.microstructure.adjacency import Numbering, lookup
from jadeite.microstructure.edge_division import Division, SizeFunction, divide_edges
from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.solid.cell_complex import OUTSIDE, CellComplex

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# points on opposite sides are images when they agree to this part of the extent of the box
IMAGE_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Edges and loops of a complex as arrays.

    `edges` (e, 2) points in ascending order; `fixed` (e,) edges of curved faces, which stay whole. The loops of planar
    faces are walked in steps: `step_edge` (s,) and whether the step runs from the first end of its edge to the second,
    `step_forward` (s,). Loop l is the steps from `loop_offsets[l]` on, face f the loops from `face_loops[f]` on; curved
    faces have none.
    """

    edges: Index
    fixed: NDArray[np.bool_]
    step_edge: Index
    step_forward: NDArray[np.bool_]
    loop_offsets: Index
    face_loops: Index

    @property
    def step_face(self) -> Index:
        """Face of each step."""
        steps = self.loop_offsets[self.face_loops]
        return np.repeat(np.arange(len(steps) - 1), np.diff(steps))


@dataclass(frozen=True, eq=False)
class Images:
    """Opposite points along an axis: `low` (n,) is, for a point on the high side, its image on the low one; else -1."""

    axis: int
    low: Index


def skeleton_of(complex: CellComplex) -> Skeleton:
    """Edges and loops of a complex."""
    planar = [face.loops if face.triangles is None else () for face in complex.faces]
    loops = [loop for face in planar for loop in face]
    nothing = np.empty(0, dtype=np.int64)
    start, end = np.concatenate([nothing, *loops]), np.concatenate([nothing, *(np.roll(loop, -1) for loop in loops)])
    curved = [face.triangles for face in complex.faces if face.triangles is not None]
    corners = np.concatenate([np.empty((0, 3), dtype=np.int64), *curved])
    ends = np.concatenate([np.stack([start, end], axis=1), *(corners[:, [k, (k + 1) % 3]] for k in range(3))])
    edges, number = np.unique(np.sort(ends, axis=1), axis=0, return_inverse=True)
    fixed = np.zeros(len(edges), dtype=bool)
    fixed[number[len(start) :]] = True
    return Skeleton(
        edges,
        fixed,
        number[: len(start)],
        start < end,
        np.cumsum([0, *(len(loop) for loop in loops)]),
        np.cumsum([0, *(len(face) for face in planar)]),
    )


def find_images(points: Array, box: Sequence[float], axes: Sequence[int]) -> list[Images]:
    """Images of points across periodic axes; raises MeshingError when a side holds a point that the other has not."""
    result = []
    tolerance = IMAGE_TOLERANCE * max(box)
    for axis in axes:
        low = np.flatnonzero(np.abs(points[:, axis]) < tolerance)
        high = np.flatnonzero(np.abs(points[:, axis] - box[axis]) < tolerance)
        others = [k for k in range(points.shape[1]) if k != axis]
        if len(low) != len(high) or len(low) == 0:
            raise MeshingError(f"periodic sides across axis {axis} have {len(low)} and {len(high)} points")
        distance, nearest = KDTree(points[low][:, others]).query(points[high][:, others])
        if distance.max() > tolerance or len(np.unique(nearest)) < len(nearest):
            raise MeshingError(f"periodic sides across axis {axis} differ by {distance.max():.3g} m at a point")
        image = np.full(len(points), -1, dtype=np.int64)
        image[high] = low[nearest]
        result.append(Images(axis, image))
    return result


def align_images(points: Array, images: Sequence[Images], box: Sequence[float]) -> Array:
    """The points with those on high sides moved by rounding errors, exactly onto their images."""
    aligned = points.copy()
    # points in a corner of two sides follow along one axis after the other
    for image in images:
        high = np.flatnonzero(image.low >= 0)
        aligned[image.low[high], image.axis] = 0.0
        aligned[high] = aligned[image.low[high]]
        aligned[high, image.axis] = box[image.axis]
    return aligned


def divide_skeleton(
    points: Array, skeleton: Skeleton, size: SizeFunction, images: Sequence[Images], box: Sequence[float]
) -> tuple[Array, Division, list[Images]]:
    """Divide all edges by a size function, alike where they are images of each other.

    Returns the points, those of the complex first, then the inner points edge by edge from the first end of each to the
    second; the division; and the images of all points.
    """
    edges = skeleton.edges
    partners = [_edge_images(edges, image, len(points)) for image in images]
    root, turned = np.arange(len(edges)), np.zeros(len(edges), dtype=bool)
    for partner, flipped in partners:
        copied = partner[root] >= 0
        turned[copied] ^= flipped[root[copied]]
        root[copied] = partner[root[copied]]
    original = np.flatnonzero((root == np.arange(len(edges))) & ~skeleton.fixed)
    start, end = points[edges[original, 0]], points[edges[original, 1]]
    division = divide_edges(start, end, size)

    count = np.zeros(len(edges), dtype=np.int64)
    count[original] = division.inner
    count = count[root]
    offsets = np.concatenate([[0], np.cumsum(count)])
    edge = np.repeat(np.arange(len(edges)), count)
    rank = np.arange(len(edge)) - offsets[edge]
    first = np.zeros(len(edges), dtype=np.int64)
    first[original] = division.offsets[:-1]
    fraction = division.fractions[first[root[edge]] + np.where(turned[edge], count[edge] - 1 - rank, rank)]
    begin, finish = points[edges[root[edge], 0]], points[edges[root[edge], 1]]
    inner = begin + fraction[:, None] * (finish - begin)
    for image in images:
        inner[np.all(image.low[edges[edge]] >= 0, axis=1), image.axis] = box[image.axis]

    extended = []
    for image, (partner, flipped) in zip(images, partners, strict=True):
        low = np.full(len(points) + len(edge), -1, dtype=np.int64)
        low[: len(points)] = image.low
        on_side = np.flatnonzero(partner[edge] >= 0)
        mate = partner[edge[on_side]]
        other = np.where(flipped[edge[on_side]], count[mate] - 1 - rank[on_side], rank[on_side])
        low[len(points) + on_side] = len(points) + offsets[mate] + other
        extended.append(replace(image, low=low))
    fractions = np.where(turned[edge], 1.0 - fraction, fraction)
    return np.concatenate([points, inner]), Division(offsets, fractions), extended


def rings_of(skeleton: Skeleton, division: Division, points: int) -> tuple[Index, Index]:
    """Points along all loops after division, and where each loop starts; `points` is the number before division."""
    edge, forward = skeleton.step_edge, skeleton.step_forward
    inner = division.inner[edge]
    length = 1 + inner
    offsets = np.concatenate([[0], np.cumsum(length)])
    step = np.repeat(np.arange(len(edge)), length)
    rank = np.arange(len(step)) - offsets[step]
    corner = np.where(forward, skeleton.edges[edge, 0], skeleton.edges[edge, 1])
    along = np.where(forward[step], rank - 1, inner[step] - rank)
    ring = np.where(rank == 0, corner[step], points + division.offsets[edge[step]] + along)
    return ring, offsets[skeleton.loop_offsets]


def match_faces(complex: CellComplex, images: Sequence[Images]) -> list[tuple[int, int, int]]:
    """Faces on high sides with their images: (index into `images`, face on the high side, face on the low side).

    Raises MeshingError when a face has no image.
    """
    pairs = []
    outer = [number for number, face in enumerate(complex.faces) if face.cells[1] == OUTSIDE and face.loops]
    for row, image in enumerate(images):
        side = np.isin(np.arange(len(image.low)), image.low)
        low, high = {}, []
        for number in outer:
            points = np.concatenate(complex.faces[number].loops)
            if np.all(side[points]):
                low[tuple(np.sort(points).tolist())] = number
            elif np.all(image.low[points] >= 0):
                high.append((number, tuple(np.sort(image.low[points]).tolist())))
        for number, key in high:
            if key not in low:
                raise MeshingError(f"a face on the high side of axis {image.axis} has no image on the low side")
            pairs.append((row, number, low[key]))
        if len(high) != len(low):
            raise MeshingError(f"periodic sides across axis {image.axis} have {len(low)} and {len(high)} faces")
    return pairs


def _edge_images(edges: Index, image: Images, points: int) -> tuple[Index, NDArray[np.bool_]]:
    """For each edge on the high side its image on the low side, else -1; and whether that runs the other way."""
    on_side = np.flatnonzero(np.all(image.low[edges] >= 0, axis=1))
    ends = image.low[edges[on_side]]
    numbering = Numbering(edges, points)
    keys = numbering.keys(edges)
    order = np.argsort(keys)
    found = lookup(keys[order], numbering.keys(ends))
    if np.any(found < 0):
        raise MeshingError(f"an edge on the high side of axis {image.axis} has no image on the low side")
    partner = np.full(len(edges), -1, dtype=np.int64)
    partner[on_side] = order[found]
    flipped = np.zeros(len(edges), dtype=bool)
    flipped[on_side] = ends[:, 0] > ends[:, 1]
    return partner, flipped
