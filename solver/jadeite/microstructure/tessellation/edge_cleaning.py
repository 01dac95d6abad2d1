# SPDX-License-Identifier: LGPL-3.0-or-later
"""Short edges of a power diagram made longer by moving seeds and weights: faces stay planar, grains keep their sizes.

A vertex is where the power distances of d + 1 cells are equal, so its place is a smooth function of their seeds and
weights, and so are the lengths of edges. Damped Gauss-Newton steps (Levenberg 1944) bring short edges to a length that
a mesh can resolve, with the least change of seeds and weights that keeps the measures to first order; the weights are
then fitted again. A step that is too long for an edge makes it vanish and come back as a face, as when grains switch
their neighbours; the best of all states is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.linalg import lsmr

from jadeite.microstructure.errors import TessellationError
from jadeite.microstructure.tessellation.faces import face_loops
from jadeite.microstructure.tessellation.fit import MEASURE_TOLERANCE, Cells, fit_weights
from jadeite.microstructure.tessellation.grain_sizes import diameters_of
from jadeite.microstructure.tessellation.laguerre import PowerDiagram
from jadeite.microstructure.tessellation.periodic_cuts import cut_periodic

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# edges shorter than this are made longer, until none is shorter than GOOD_ENOUGH of it: in mean grain diameters, or in
# diameters of the smallest grain around the edge, whichever is less
SHORTEST = 0.1
SHORTEST_OF_SMALL = 0.15
GOOD_ENOUGH = 0.9
ROUNDS = 16
# of the Gauss-Newton steps, whose columns are derivatives of lengths by lengths: less makes them overshoot, more slow
DAMPING = 0.3
# accuracy of the measures between steps
ROUGH_TOLERANCE = 3e-3
# longest move of a seed in one step
LONGEST_MOVE = 0.1


@dataclass(frozen=True, eq=False)
class _ShortEdges:
    """Edges that are too short: how long they are and should be, derivative of their lengths by seeds and weights."""

    length: Array
    wanted: Array
    derivative: csr_array

    @property
    def badness(self) -> float:
        """Sum of squares of what edges lack in length."""
        return float(np.sum((1.0 - self.length / self.wanted) ** 2))


def lengthen_short_edges(cells: Cells) -> Cells:
    """Cells of the same measures with fewer short edges; the sides of the box stay where they are."""
    if len(cells.seeds) == 1:
        return cells
    tolerance = MEASURE_TOLERANCE[len(cells.box)]
    diagram = cells.diagram()
    short = _short_edges(cells, diagram)
    best, least, damping = cells, short.badness, DAMPING
    for _ in range(ROUNDS):
        if np.all(short.length >= GOOD_ENOUGH * short.wanted):
            break
        step = _step(diagram, short, cells.measures, damping)
        trial = replace(cells, seeds=cells.confined(cells.seeds + step[:, :-1]), weights=cells.weights + step[:, -1])
        try:
            cells, diagram = fit_weights(trial, ROUGH_TOLERANCE)
            short = _short_edges(cells, diagram)
        except TessellationError:
            damping *= 4.0
            continue
        if short.badness < least:
            best, least = cells, short.badness
    return fit_weights(best, tolerance)[0]


def _step(diagram: PowerDiagram, short: _ShortEdges, measures: Array, damping: float) -> Array:
    """Changes (n, d + 1) of seeds and weights."""
    wanted = np.concatenate([short.wanted - short.length, measures - diagram.measure])
    matrix = vstack([short.derivative, _measure_derivative(diagram)]).tocsr()
    step = lsmr(matrix, wanted, damp=damping, atol=1e-4, btol=1e-4, maxiter=200)[0].reshape(len(measures), -1)
    move = np.linalg.norm(step[:, :-1], axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, LONGEST_MOVE / np.maximum(move, LONGEST_MOVE)))


def _short_edges(cells: Cells, diagram: PowerDiagram) -> _ShortEdges:
    """Short edges of the pieces in the box, those cut off or made by its periodic sides included."""
    pieces = cut_periodic(face_loops(diagram), len(cells.seeds), cells.periodic)
    loops, dimension = pieces.loops, len(cells.box)
    total = len(loops.vertices)
    if dimension == 2:
        start, end = loops.corner_vertex[::2], loops.corner_vertex[1::2]
    else:
        start, end = loops.corner_vertex, loops.corner_vertex[loops.following]
    edge = np.unique(np.minimum(start, end) * total + np.maximum(start, end))
    ends = np.stack([edge // total, edge % total], axis=1)
    along = loops.vertices[ends[:, 1]] - loops.vertices[ends[:, 0]]
    length = np.linalg.norm(along, axis=1)
    chosen = length < SHORTEST
    ends, along, length = ends[chosen], along[chosen] / length[chosen, None], length[chosen]
    used, row = np.unique(ends, return_inverse=True)
    row = row.reshape(ends.shape)

    # the pieces and walls that meet in the ends, walls last; places where more of them meet do not move smoothly
    count = len(pieces.grain)
    face = loops.corner_face
    own = np.isin(loops.corner_vertex, used)
    vertex = np.tile(loops.corner_vertex[own], 2)
    label = loops.cells[face[own]].T.ravel()
    found = np.unique(vertex * (count + 2 * dimension) + np.where(label < 0, count - 1 - label, label))
    begin, number = np.unique(found // (count + 2 * dimension), return_index=True, return_counts=True)[1:]
    regular = np.all(number[row] == dimension + 1, axis=1)
    rows = np.minimum(begin[:, None] + np.arange(dimension + 1), len(found) - 1)
    labels = found[rows] % (count + 2 * dimension)
    labels[number != dimension + 1] = np.arange(dimension + 1) + count
    diameters = np.append(diameters_of(cells.measures, dimension)[pieces.grain], np.full(2 * dimension, np.inf))
    wanted = np.minimum(SHORTEST, SHORTEST_OF_SMALL * diameters[labels[row]].min(axis=(1, 2)))
    regular &= length < wanted
    row, along, length, wanted = row[regular], along[regular], length[regular], wanted[regular]

    seeds = cells.seeds[pieces.grain] + pieces.shift * cells.box
    gradient = _vertex_gradient(seeds, loops.vertices[used], labels)
    grain = pieces.grain[np.minimum(labels, count - 1)]
    columns, values = [], []
    for side, sign in ((0, -1.0), (1, 1.0)):
        values.append(sign * np.einsum("ei,eilc->elc", along, gradient[row[:, side]]))
        columns.append(grain[row[:, side], :, None] * (dimension + 1) + np.arange(dimension + 1))
    value, column = np.stack(values, axis=1), np.stack(columns, axis=1)
    rows = np.broadcast_to(np.arange(len(row))[:, None, None, None], value.shape)
    shape = (len(row), len(cells.seeds) * (dimension + 1))
    return _ShortEdges(length, wanted, coo_array((value.ravel(), (rows.ravel(), column.ravel())), shape=shape).tocsr())


def _vertex_gradient(seeds: Array, where: Array, labels: Index) -> Array:
    """Derivatives (p, d, d + 1, d + 1) of vertices by seed and weight of each of the d + 1 labels; zero for walls.

    With the power distances of cells 0 and k equal at v, (x_k - x_0) . dv = (x_k - v) . dx_k - dw_k / 2 - (the same of
    cell 0); in a wall, the normal component of dv is zero.
    """
    dimension = where.shape[1]
    wall = labels >= len(seeds)
    away = seeds[np.minimum(labels, len(seeds) - 1)] - where[:, None]
    normal = np.eye(dimension)[np.maximum(labels - len(seeds), 0) // 2]
    rows = np.where(wall[:, 1:, None], normal[:, 1:], away[:, 1:] - away[:, :1])
    movable = ~wall[:, 0]
    inverse = np.zeros(rows.shape)
    inverse[movable] = np.linalg.inv(rows[movable])
    inverse[np.broadcast_to(wall[:, None, 1:], inverse.shape)] = 0.0
    change = np.concatenate([away, np.full((*labels.shape, 1), -0.5)], axis=2)
    weight = np.concatenate([-inverse.sum(axis=2, keepdims=True), inverse], axis=2)
    return np.asarray(weight[:, :, :, None] * change[:, None])


def _measure_derivative(diagram: PowerDiagram) -> csr_array:
    """Derivative of the measures by seeds and weights: the normal displacement of each face, over the face."""
    points, dimension = diagram.points, diagram.vertices.shape[1]
    inner = points.wall[diagram.face_points[:, 1]] == 0
    pair = diagram.face_points[inner]
    scale = diagram.face_measure[inner] / diagram.distance[inner]
    rows, columns, values = [], [], []
    for cell in range(2):
        real = pair[:, cell] < points.count
        for other, sign in ((cell, 1.0), (1 - cell, -1.0)):
            away = diagram.face_centroid[inner][real] - points.position[pair[real, other]]
            change = np.concatenate([away, np.full((real.sum(), 1), 0.5)], axis=1)
            rows.append(np.repeat(pair[real, cell], dimension + 1))
            own = points.origin[pair[real, other]]
            columns.append((own[:, None] * (dimension + 1) + np.arange(dimension + 1)).ravel())
            values.append((sign * scale[real, None] * change).ravel())
    shape = (points.count, points.count * (dimension + 1))
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return coo_array(entries, shape=shape).tocsr()
