# SPDX-License-Identifier: LGPL-3.0-or-later
"""Laguerre tessellation of a box into grains of prescribed sizes.

Every grain is the set of points x whose power distance |x - seed|^2 - weight to its own seed is the least. For any
seeds there are weights that give the cells any areas that fill the box (Aurenhammer, Hoffmann and Aronov 1998), found
here by the damped Newton method of Kitagawa, Merigot and Thibert (2019, algorithm 1). Seeds are moved to the centroids
of their cells a few times, which makes the grains equiaxed.

The power diagram is the lower convex hull of the seeds lifted to (x, |x|^2 - weight). Seeds mirrored in the walls of
the box, with their weights, cut the cells off exactly there. Seeds, weights, hull and mirrors hold in any dimension.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve
from scipy.spatial import ConvexHull

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# cell areas agree with their targets to this relative accuracy
AREA_TOLERANCE = 1e-9
# moves of the seeds to the centroids of their cells; more of them drive the grains towards a honeycomb
CENTROID_STEPS = 10


class TessellationError(RuntimeError):
    """The grains asked for do not fit the box, or the iterations for their sizes did not converge."""


@dataclass(frozen=True, eq=False)
class Tessellation:
    """Grains of a rectangle [0, box[0]] x [0, box[1]].

    `seeds` (n, 2) in m and `weights` (n,) in m^2; `target_diameters` (n,) in m; `vertices` (v, 2); `edges` (e, 2)
    vertex rows; `edge_cells` (e, 2) the two cells on either side, -1 for the outside.
    """

    box: Array
    seeds: Array
    weights: Array
    target_diameters: Array
    vertices: Array
    edges: Index
    edge_cells: Index

    def polygons(self) -> list[Array]:
        """Corners (k, 2) of each cell, anticlockwise."""
        cell = np.concatenate([self.edge_cells.ravel(), self.edge_cells.ravel()])
        vertex = np.concatenate([np.repeat(self.edges[:, 0], 2), np.repeat(self.edges[:, 1], 2)])
        pairs = np.unique(np.stack([cell, vertex], axis=1)[cell >= 0], axis=0)
        cell, vertex = pairs.T
        count = np.bincount(cell)
        middle = np.stack([np.bincount(cell, weights=self.vertices[vertex, k]) / count for k in range(2)], axis=1)
        # cells are convex, so the order around their middle is the order along their outline
        x, y = (self.vertices[vertex] - middle[cell]).T
        order = np.lexsort((np.arctan2(y, x), cell))
        return np.split(self.vertices[vertex[order]], np.cumsum(count)[:-1])

    def diameters(self) -> Array:
        """Equivalent-circle diameter of each cell in m."""
        areas = np.array([_polygon_area(polygon) for polygon in self.polygons()])
        return np.sqrt(4 * areas / np.pi)


def _polygon_area(corners: Array) -> float:
    x, y = (corners - corners[0]).T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def draw_diameters(area: float, mean: float, coefficient_of_variation: float, generator: np.random.Generator) -> Array:
    """Equivalent-circle diameters, in m, of lognormally distributed grains that fill `area` exactly.

    The number of grains is the integer nearest to area / (pi/4 mean^2 (1 + cv^2)). The sample is then scaled and its
    logarithmic width adjusted so that both its mean and its total area are exact; the coefficient of variation takes up
    the rounding of the number, and differs from the target by at most about (1 + cv^2) / (4 n cv^2) of itself. When the
    grains are nearly equal, or few, so that no width fills the area, all get the same size and the mean takes it up.
    Raises TessellationError when not a single grain fits.
    """
    squares = np.pi / 4 * mean**2 * (1 + coefficient_of_variation**2)
    count = round(area / squares)
    if count < 1:
        raise TessellationError(f"an area of {area:.3g} m^2 holds no grain of mean diameter {mean:.3g} m")
    normal = generator.standard_normal(count)
    needed = 4 * area / (np.pi * count * mean**2)

    def excess(width: float) -> float:
        sizes = np.exp(width * normal)
        return float(np.mean(sizes**2) / np.mean(sizes) ** 2 - needed)

    if coefficient_of_variation == 0.0 or needed <= 1.0 or count < 3 or excess(3.0) < 0.0:
        return np.full(count, np.sqrt(4 * area / np.pi / count))
    sizes = np.exp(brentq(excess, 0.0, 3.0, xtol=1e-14) * normal)
    return sizes * mean / sizes.mean()


def tessellate(
    box: ArrayLike,
    mean: float,
    coefficient_of_variation: float,
    generator: np.random.Generator,
    *,
    keep_clear: ArrayLike = (),
    clearance: float = 0.0,
) -> Tessellation:
    """Fill the rectangle [0, box[0]] x [0, box[1]] with lognormal grains of a mean equivalent-circle diameter in m.

    No grain boundary comes nearer than `clearance` to any of the points `keep_clear` (k, 2). Raises TessellationError
    when that, or the sizes, cannot be reached.
    """
    sides = np.asarray(box, dtype=float)
    # in units of the mean diameter, all tolerances below are relative
    scaled = sides / mean
    points = np.asarray(keep_clear, dtype=float).reshape(-1, 2) / mean
    diameters = draw_diameters(float(np.prod(scaled)), 1.0, coefficient_of_variation, generator)
    areas = np.pi / 4 * diameters**2
    seeds = generator.uniform(0.0, 1.0, (len(areas), 2)) * scaled
    weights = np.zeros(len(areas))
    for _ in range(CENTROID_STEPS):
        weights = fit_weights(seeds, weights, areas, scaled, 0.05)
        seeds = _cells(seeds, weights, scaled).centroids(len(seeds))
    weights = fit_weights(seeds, weights, areas, scaled, AREA_TOLERANCE)
    seeds, weights, areas = _clear(seeds, weights, areas, scaled, points, clearance / mean)
    diameters = np.sqrt(4 * areas / np.pi)
    cells = _cells(seeds, weights, scaled)
    vertices, edges, edge_cells = cells.merged(len(seeds), scaled)
    return Tessellation(
        sides, seeds * mean, weights * mean**2, diameters * mean, vertices * mean, edges, edge_cells.astype(np.int64)
    )


@dataclass(frozen=True, eq=False)
class _PowerEdges:
    """Edges of a power diagram: vertex rows, the two cells (the first real), and what their areas follow from."""

    seeds: Array
    vertices: Array
    edges: Index
    cells: Index
    length: Array
    distance: Array
    height: Array

    def areas(self, count: int) -> Array:
        """Area of each cell: triangles from the seed to every edge, negative ones where the seed lies outside."""
        area = np.zeros(count)
        for k in range(2):
            own = self.cells[:, k] >= 0
            area += np.bincount(self.cells[own, k], 0.5 * self.length[own] * self.height[own, k], minlength=count)
        return area

    def centroids(self, count: int) -> Array:
        """Centroid of each cell, from the same triangles."""
        moment = np.zeros((count, 2))
        for k in range(2):
            own = self.cells[:, k] >= 0
            triangle = 0.5 * self.length[own] * self.height[own, k]
            corners = self.vertices[self.edges[own]].sum(axis=1) + self.seeds[self.cells[own, k]]
            for axis in range(2):
                moment[:, axis] += np.bincount(self.cells[own, k], triangle * corners[:, axis] / 3, minlength=count)
        return moment / self.areas(count)[:, None]

    def stiffness(self, count: int) -> csr_array:
        """Derivative of the areas with respect to the weights: minus edge length over twice the distance of seeds."""
        inner = self.cells[:, 1] >= 0
        i, j = self.cells[inner].T
        value = self.length[inner] / (2 * self.distance[inner])
        rows, columns = np.concatenate([i, j, i, j]), np.concatenate([j, i, i, j])
        return coo_array((np.concatenate([-value, -value, value, value]), (rows, columns)), (count, count)).tocsr()

    def merged(self, count: int, box: Array) -> tuple[Array, Index, Index]:
        """Vertices, edges and their cells once vertices that coincide are one; vertices near a wall lie on it."""
        short = self.length < 1e-9
        graph = coo_array((np.ones(short.sum()), tuple(self.edges[short].T)), (len(self.vertices),) * 2)
        label = connected_components(graph, directed=False)[1]
        first = np.unique(label, return_index=True)[1]
        vertices = self.vertices[first]
        for wall in (np.zeros(2), box):
            vertices = np.where(np.abs(vertices - wall) < 1e-9, wall, vertices)
        edges, cells = label[self.edges[~short]], self.cells[~short]
        used, edges = np.unique(edges, return_inverse=True)
        return vertices[used], edges.reshape(-1, 2), cells


def _cells(seeds: Array, weights: Array, box: Array, reach: float = 2.5) -> _PowerEdges:
    """The power diagram of seeds in a box, lengths in mean diameters.

    Seeds up to `reach` from a wall are mirrored in it; all of them are when a cell turns out to leave the box.
    """
    count, dimension = seeds.shape
    mirrored, origin = [seeds], [np.arange(count)]
    for axis in range(dimension):
        for wall in (0.0, box[axis]):
            near = np.flatnonzero(np.abs(seeds[:, axis] - wall) <= reach)
            image = seeds[near]
            image[:, axis] = 2 * wall - image[:, axis]
            mirrored.append(image)
            origin.append(near)
    points = np.concatenate(mirrored)
    all_weights = weights[np.concatenate(origin)]
    heights = np.sum(points**2, axis=1) - all_weights
    hull = ConvexHull(np.column_stack([points, heights]))
    lower = hull.equations[:, dimension] < -1e-12
    # the dual vertex of a facet is half the slope of its plane
    dual = np.zeros((len(lower), dimension))
    dual[lower] = -0.5 * hull.equations[lower, :dimension] / hull.equations[lower, dimension, None]

    facet = np.repeat(np.arange(len(lower)), dimension + 1)
    corner = np.tile(np.arange(dimension + 1), len(lower))
    others = (corner[:, None] + np.arange(1, dimension + 1)) % (dimension + 1)
    pair = np.sort(np.take_along_axis(hull.simplices[facet], others, axis=1), axis=1)
    neighbour = hull.neighbors.ravel()
    real = lower[facet] & (pair[:, 0] < count)
    open_to_infinity = bool(np.any(real & ~lower[neighbour]))
    once = real & lower[neighbour] & (facet < neighbour)
    facet, neighbour, pair = facet[once], neighbour[once], pair[once]
    ends = np.stack([facet, neighbour], axis=1)
    outside = np.any((dual[ends] < -1e-6) | (dual[ends] > box + 1e-6))
    if (open_to_infinity or outside) and reach < box.max():
        # the weights are too uneven for so few mirrors; with all of them the cells end at the walls
        return _cells(seeds, weights, box, float(box.max()))
    length = np.linalg.norm(dual[facet] - dual[neighbour], axis=1)
    distance = np.linalg.norm(points[pair[:, 0]] - points[pair[:, 1]], axis=1)
    weight = all_weights[pair]
    shift = (weight[:, 0] - weight[:, 1]) / (2 * distance)
    height = np.stack([distance / 2 + shift, distance / 2 - shift], axis=1)
    cells = np.where(pair < count, pair, -1)
    return _PowerEdges(seeds, dual, ends.astype(np.int64), cells.astype(np.int64), length, distance, height)


def fit_weights(seeds: Array, weights: Array, areas: Array, box: Array, tolerance: float) -> Array:
    """Weights with which the cells of the seeds have the given areas, to a relative tolerance.

    Damped Newton from `weights`, which are first shrunk towards the Voronoi diagram until no cell is empty. Raises
    TessellationError when 100 steps do not suffice.
    """
    count = len(seeds)
    if count == 1:
        return np.zeros(1)
    current = _cells(seeds, weights, box)
    while current.areas(count).min() <= 1e-3 * areas.min():
        weights = 0.5 * weights if np.abs(weights).max() > 1e-6 else np.zeros(count)
        current = _cells(seeds, weights, box)
        if not weights.any():
            break
    least = 0.5 * min(current.areas(count).min(), areas.min())
    for _ in range(100):
        missing = areas - current.areas(count)
        if np.max(np.abs(missing) / areas) <= tolerance:
            return weights
        # the weights are determined up to a constant: the first one stays
        step = np.zeros(count)
        step[1:] = spsolve(current.stiffness(count)[1:, 1:].tocsc(), missing[1:])
        scale = 1.0
        while scale > 1e-6:
            trial = _cells(seeds, weights + scale * step, box)
            reached = trial.areas(count)
            if reached.min() >= least and np.linalg.norm(areas - reached) <= (1 - scale / 2) * np.linalg.norm(missing):
                break
            scale *= 0.5
        else:
            break
        weights, current = weights + scale * step, trial
    raise TessellationError("the grain sizes asked for were not reached; another seed may do")


def _clear(
    seeds: Array, weights: Array, areas: Array, box: Array, points: Array, clearance: float
) -> tuple[Array, Array, Array]:
    """Move pairs of seeds until no boundary between them is nearer than `clearance` to any of the points.

    Shifting both seeds of a boundary along its normal shifts the boundary by as much; the weights then follow. A point
    in a grain too small to give it room makes this grain swap its size with the nearest one that is large enough, which
    leaves the distribution of sizes as it is.
    """
    if len(points) == 0 or len(seeds) == 1:
        return seeds, weights, areas
    seeds, areas, row = seeds.copy(), areas.copy(), np.arange(len(points))
    roomy = np.pi / 4 * (5 * clearance) ** 2
    for _ in range(200):
        power = np.sum((points[:, None] - seeds) ** 2, axis=2) - weights
        own = np.argmin(power, axis=1)
        between = seeds - seeds[own][:, None]
        apart = np.linalg.norm(between, axis=2)
        apart[row, own] = np.inf
        room = (power - power[row, own][:, None]) / (2 * apart)
        room[row, own] = np.inf
        nearest = np.argmin(room, axis=1)
        short = np.flatnonzero(room.min(axis=1) < clearance)
        if len(short) == 0:
            return seeds, weights, areas
        for point in short:
            i, j = own[point], nearest[point]
            large = np.setdiff1d(np.flatnonzero(areas >= roomy), own)
            if areas[i] < roomy and len(large):
                other = large[np.argmin(np.sum((seeds[large] - seeds[i]) ** 2, axis=1))]
                areas[[i, other]] = areas[[other, i]]
            push = (1.05 * clearance - room[point, j]) * between[point, j] / apart[point, j]
            seeds[[i, j]] = np.clip(seeds[[i, j]] + push, 1e-3 * box, (1 - 1e-3) * box)
        weights = fit_weights(seeds, weights, areas, box, AREA_TOLERANCE)
    raise TessellationError("grain boundaries could not be kept clear of the flaw tips; another seed may do")
