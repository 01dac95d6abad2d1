# SPDX-License-Identifier: LGPL-3.0-or-later
"""Power diagram of weighted seeds in a box, in two or three dimensions: measures, centroids and their derivatives.

The cell of a seed is the set of points x whose power distance |x - seed|^2 - weight to it is the least. The diagram is
dual to the lower convex hull of the seeds lifted to (x, |x|^2 - weight) (Aurenhammer 1987, SIAM J. Comput. 16, 78). A
seed mirrored in a wall, with its weight, cuts its cell off exactly there; images of the seeds one box further make the
diagram periodic. All lengths are in mean grain diameters, which makes tolerances relative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.spatial import ConvexHull

from jadeite.microstructure.errors import TessellationError

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# distance from a periodic side up to which seeds are repeated at first, and twice that from a wall up to which they are
# mirrored (the neighbour of a grain is two radii away, the wall of its cell one); it grows until the cells fill the box
FIRST_REACH = 2.0
# cells whose measures add up to the box within this part of it are taken to be complete
COMPLETE = 1e-12


@dataclass(frozen=True, eq=False)
class SitePoints:
    """Seeds (the first `count` rows), their periodic images and their mirror images.

    `origin` is the seed a point comes from, `shift` the number of boxes it was moved by, `wall` zero or, for a mirror
    image, -(1 + 2 * axis + side).
    """

    count: int
    position: Array
    weight: Array
    origin: Index
    shift: Index
    wall: Index


@dataclass(frozen=True, eq=False)
class PowerDiagram:
    """Cells of the seeds, with the faces between each cell and its neighbours.

    `corners` (s, d + 1) are the points whose cells meet at each of the `vertices` (s, d); where more than d + 1 meet,
    as at walls, several rows have the same place. `face_points` (f, 2) are the points on either side of a face, the
    first a seed; a face between two seeds is listed once, one between a seed and an image again from its other side.
    `rim_face` (r,), ascending, and `rim_ends` (r, 2) list the edges around each face (in the plane: the face itself) by
    rows of `vertices`. `reach` is how far from the sides seeds were mirrored or repeated.
    """

    box: Array
    periodic: tuple[int, ...]
    reach: float
    points: SitePoints
    vertices: Array
    corners: Index
    face_points: Index
    rim_face: Index
    rim_ends: Index

    @cached_property
    def distance(self) -> Array:
        """Distance between the two points of each face."""
        position = self.points.position
        return np.asarray(
            np.linalg.norm(position[self.face_points[:, 1]] - position[self.face_points[:, 0]], axis=1), dtype=float
        )

    @cached_property
    def height(self) -> Array:
        """Distances (f, 2) of the two points from their face, negative for a point beyond it."""
        weight = self.points.weight[self.face_points]
        offset = (weight[:, 0] - weight[:, 1]) / (2 * self.distance)
        return np.stack([self.distance / 2 + offset, self.distance / 2 - offset], axis=1)

    @cached_property
    def _face_measure_and_centroid(self) -> tuple[Array, Array]:
        start, end = self.vertices[self.rim_ends[:, 0]], self.vertices[self.rim_ends[:, 1]]
        if self.vertices.shape[1] == 2:
            return np.linalg.norm(end - start, axis=1), 0.5 * (start + end)
        count = len(self.face_points)
        edges = np.bincount(self.rim_face, minlength=count)
        middle = _sums(self.rim_face, 0.5 * (start + end), count) / edges[:, None]
        apex = middle[self.rim_face]
        # faces are convex: all triangles around a point inside count positive, in whatever order they come
        area = 0.5 * np.linalg.norm(np.cross(start - apex, end - apex), axis=1)
        measure = np.bincount(self.rim_face, area, minlength=count)
        moment = _sums(self.rim_face, area[:, None] * (apex + start + end) / 3, count)
        positive = measure > 0
        middle[positive] = moment[positive] / measure[positive, None]
        return measure, middle

    @property
    def face_measure(self) -> Array:
        """Length (2-D) or area (3-D) of each face."""
        return self._face_measure_and_centroid[0]

    @property
    def face_centroid(self) -> Array:
        """Centroid of each face."""
        return self._face_measure_and_centroid[1]

    @cached_property
    def measure(self) -> Array:
        """Area (2-D) or volume (3-D) of each cell: cones from the seed to its faces, negative where it lies outside."""
        total = np.zeros(self.points.count)
        for side in range(2):
            own = self.face_points[:, side] < self.points.count
            cone = self.face_measure[own] * self.height[own, side] / self.vertices.shape[1]
            total += np.bincount(self.face_points[own, side], cone, minlength=self.points.count)
        return total

    @cached_property
    def centroids(self) -> Array:
        """Centroid of each cell, from the same cones; for periodic axes it may lie outside of the box."""
        dimension = self.vertices.shape[1]
        moment = np.zeros((self.points.count, dimension))
        for side in range(2):
            own = self.face_points[:, side] < self.points.count
            seed = self.face_points[own, side]
            cone = self.face_measure[own] * self.height[own, side] / dimension
            middle = (dimension * self.face_centroid[own] + self.points.position[seed]) / (dimension + 1)
            moment += _sums(seed, cone[:, None] * middle, self.points.count)
        return moment / self.measure[:, None]

    @cached_property
    def stiffness(self) -> csr_array:
        """Derivative of the measures by the weights: minus face measure over twice the distance of the seeds."""
        count = self.points.count
        value = self.face_measure / (2 * self.distance)
        inner = self.points.wall[self.face_points[:, 1]] == 0
        seed = self.points.origin[self.face_points]
        rows, columns, values = [], [], []
        for side in range(2):
            # a face to an image is listed again from the other side
            own = inner & (self.face_points[:, side] < count)
            rows += [seed[own, side], seed[own, side]]
            columns += [seed[own, 1 - side], seed[own, side]]
            values += [-value[own], value[own]]
        entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
        return coo_array(entries, shape=(count, count)).tocsr()


def _sums(rows: Index, values: Array, count: int) -> Array:
    """Sums (count, d) of values (n, d) by row."""
    return np.stack([np.bincount(rows, column, minlength=count) for column in values.T], axis=1)


def power_diagram(
    seeds: Array, weights: Array, box: Array, periodic: Sequence[int] = (), reach: float = FIRST_REACH
) -> PowerDiagram:
    """The power diagram of seeds (n, d) with weights (n,) in [0, box], which continues itself along the periodic axes.

    Seeds up to `reach` from periodic sides, and half as far from walls, are repeated or mirrored, and more of them when
    the cells turn out not to fill the box. Raises TessellationError when all do not suffice: a periodic box is too
    small for its grains.
    """
    volume, farthest = float(np.prod(box)), 2.0 * float(box.max())
    while True:
        diagram = _diagram(_site_points(seeds, weights, box, tuple(periodic), reach), box, tuple(periodic), reach)
        if diagram is not None and abs(diagram.measure.sum() - volume) <= COMPLETE * volume:
            return diagram
        if reach >= farthest:
            raise TessellationError("a periodic box is too small for its grains: use a wider one")
        reach = min(1.25 * reach, farthest)


def _site_points(seeds: Array, weights: Array, box: Array, periodic: tuple[int, ...], reach: float) -> SitePoints:
    count, dimension = seeds.shape
    position, origin, shift = seeds, np.arange(count), np.zeros((count, dimension), dtype=np.int64)
    for axis in periodic:
        move = np.zeros(dimension, dtype=np.int64)
        move[axis] = 1
        low = np.flatnonzero(position[:, axis] <= reach)
        high = np.flatnonzero(position[:, axis] >= box[axis] - reach)
        position = np.concatenate([position, position[low] + move * box, position[high] - move * box])
        shift = np.concatenate([shift, shift[low] + move, shift[high] - move])
        origin = np.concatenate([origin, origin[low], origin[high]])
    mirrored, source, walls = [position], [origin], [np.zeros(len(origin), dtype=np.int64)]
    for axis in set(range(dimension)) - set(periodic):
        for side, wall in enumerate((0.0, box[axis])):
            near = np.flatnonzero(np.abs(seeds[:, axis] - wall) <= 0.5 * reach)
            image = seeds[near].copy()
            image[:, axis] = 2 * wall - image[:, axis]
            mirrored.append(image)
            source.append(near)
            walls.append(np.full(len(near), -(1 + 2 * axis + side)))
    origin, wall_number = np.concatenate(source), np.concatenate(walls)
    shift = np.concatenate([shift, np.zeros((len(origin) - len(shift), dimension), dtype=np.int64)])
    return SitePoints(count, np.concatenate(mirrored), weights[origin], origin, shift, wall_number)


def _diagram(points: SitePoints, box: Array, periodic: tuple[int, ...], reach: float) -> PowerDiagram | None:
    """The diagram of the points; None when a cell of a seed is not bounded."""
    dimension = points.position.shape[1]
    if len(points.position) < dimension + 2:
        return None
    # heights are small when measured from the middle of the box
    centred = points.position - 0.5 * box
    hull = ConvexHull(np.column_stack([centred, np.sum(centred**2, axis=1) - points.weight]))
    lower = hull.equations[:, dimension] < -1e-12
    # the vertex dual to a facet of the hull is half the slope of its plane
    dual = np.zeros((len(lower), dimension))
    dual[lower] = -0.5 * hull.equations[lower, :dimension] / hull.equations[lower, dimension, None] + 0.5 * box

    facet = np.repeat(np.arange(len(lower)), dimension + 1)
    neighbour = hull.neighbors.ravel()
    opposite = np.tile(np.arange(dimension + 1), len(lower))
    others = (opposite[:, None] + np.arange(1, dimension + 1)) % (dimension + 1)
    ridge = np.sort(np.take_along_axis(hull.simplices[facet], others, axis=1), axis=1).astype(np.int64)
    real = lower[facet] & (ridge[:, 0] < points.count)
    if bool(np.any(real & ~lower[neighbour])):
        return None
    once = real & (facet < neighbour)
    ends = np.stack([facet[once], neighbour[once]], axis=1).astype(np.int64)
    ridge = ridge[once]
    pairs = np.concatenate([ridge[:, list(two)] for two in combinations(range(dimension), 2)])
    ends = np.tile(ends, (len(pairs) // len(ridge), 1))
    own = pairs[:, 0] < points.count
    pairs, ends = pairs[own], ends[own]
    total = len(points.position)
    key, rim_face = np.unique(pairs[:, 0] * total + pairs[:, 1], return_inverse=True)
    by_face = np.argsort(rim_face, kind="stable")
    used = np.flatnonzero(lower & (hull.simplices.min(axis=1) < points.count))
    row = np.full(len(lower), -1)
    row[used] = np.arange(len(used))
    return PowerDiagram(
        box,
        periodic,
        reach,
        points,
        dual[used],
        hull.simplices[used].astype(np.int64),
        np.stack([key // total, key % total], axis=1),
        rim_face[by_face],
        row[ends[by_face]],
    )
