# SPDX-License-Identifier: LGPL-3.0-or-later
"""Seeds and weights of a power diagram whose cells have prescribed measures, are equiaxed, and keep clear of points.

For any seeds there are weights that give the cells any measures that fill the box (Aurenhammer, Hoffmann and Aronov
1998), found by the damped Newton method of Kitagawa, Merigot and Thibert (2019, algorithm 1). Seeds are moved to the
centroids of their cells a few times, which makes the grains equiaxed. All lengths are in mean grain diameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import cg, spsolve

from jadeite.microstructure.errors import TessellationError
from jadeite.microstructure.tessellation.grain_sizes import measures_of
from jadeite.microstructure.tessellation.laguerre import FIRST_REACH, PowerDiagram, power_diagram

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# measures agree with their targets to this relative accuracy in the plane and in space, where the smallest of uneven
# grains may have a part in 10^7 of the box
MEASURE_TOLERANCE = {2: 1e-9, 3: 1e-7}
# moves of the seeds to the centroids of their cells; more of them drive the grains towards a honeycomb
CENTROID_STEPS = 10
# accuracy of the measures between these moves
COARSE_TOLERANCE = {2: 0.05, 3: 0.5}
# how far a boundary is moved at once, away from a point it has to keep clear of
LARGEST_PUSH = 0.3
# pieces of edges shorter than this, cut off by periodic sides, are avoided
SHORT_PIECE = 0.05


@dataclass(frozen=True, eq=False)
class Cells:
    """Seeds (n, d) and weights (n,) in [0, box] with the measures they shall have.

    `low` and `high` (n,) bound the second coordinate of each seed: the layer it belongs to. Grains of equal `kind` (n,)
    are of one layer and phase.
    """

    box: Array
    periodic: tuple[int, ...]
    seeds: Array
    weights: Array
    measures: Array
    low: Array
    high: Array
    kind: Index
    reach: float = FIRST_REACH

    def diagram(self) -> PowerDiagram:
        """Their power diagram; `reach` is how far from the sides one of such cells was last seen to matter."""
        return power_diagram(self.seeds, self.weights, self.box, self.periodic, self.reach)

    def confined(self, seeds: Array) -> Array:
        """The seeds moved back into the box (around it along periodic axes), and into their layer."""
        inside = seeds.copy()
        for axis in range(len(self.box)):
            if axis in self.periodic:
                inside[:, axis] %= self.box[axis]
            else:
                inside[:, axis] = np.clip(inside[:, axis], 0.0, self.box[axis])
        inside[:, 1] = np.clip(inside[:, 1], self.low, self.high)
        return inside


def fit_weights(cells: Cells, tolerance: float) -> tuple[Cells, PowerDiagram]:
    """The same seeds with weights that give their cells the measures, to a relative tolerance, and their diagram.

    Damped Newton from the weights they have, which are first shrunk towards the Voronoi diagram until no cell is empty.
    Raises TessellationError, with the accuracy reached, when 100 steps do not suffice.
    """
    count, targets = len(cells.seeds), cells.measures
    current = cells.diagram()
    while current.measure.min() <= 1e-3 * targets.min() and cells.weights.any():
        largest = float(np.abs(cells.weights).max())
        weights = 0.5 * cells.weights if largest > 1e-6 else np.zeros(count)
        cells = replace(cells, weights=weights, reach=current.reach)
        current = cells.diagram()
    if current.measure.min() <= 0.0:
        raise TessellationError("a grain has no room beside its neighbours; another seed may do")
    least = 0.5 * min(current.measure.min(), targets.min())
    for _ in range(100):
        missing = targets - current.measure
        if np.max(np.abs(missing) / targets) <= tolerance:
            return replace(cells, reach=current.reach), current
        step = _newton_step(current, missing)
        scale = 1.0
        while scale > 1e-6:
            trial = replace(cells, weights=cells.weights + scale * step, reach=current.reach)
            reached = trial.diagram()
            left = np.linalg.norm(targets - reached.measure)
            if reached.measure.min() >= least and left <= (1 - scale / 2) * np.linalg.norm(missing):
                break
            scale *= 0.5
        else:
            break
        cells, current = trial, reached
    away = float(np.max(np.abs(targets - current.measure) / targets))
    raise TessellationError(
        f"the grain sizes asked for were not reached: one grain of {count} is {away:.1%} away from its own; "
        "another seed may do"
    )


def _newton_step(diagram: PowerDiagram, missing: Array) -> Array:
    """Change of the weights that makes up for the missing measures to first order."""
    stiffness = diagram.stiffness
    step = np.zeros(len(missing))
    if diagram.vertices.shape[1] == 2:
        # the weights are determined up to a constant: the first one stays
        step[1:] = spsolve(stiffness[1:, 1:].tocsc(), missing[1:])
        return step
    # in space a factor would fill up; the constant is no trouble to conjugate gradients as the measures missing add up
    # to zero
    jacobi = diags_array(1.0 / stiffness.diagonal())
    step, failed = cg(stiffness, missing - missing.mean(), rtol=1e-8, maxiter=5000, M=jacobi)
    if failed:
        raise TessellationError("the equations for the grain sizes could not be solved; another seed may do")
    return np.asarray(step)


def relax(cells: Cells) -> Cells:
    """Equiaxed cells with the measures asked for: seeds moved to the centroids of their cells CENTROID_STEPS times."""
    dimension = len(cells.box)
    for _ in range(CENTROID_STEPS):
        cells, diagram = fit_weights(cells, COARSE_TOLERANCE[dimension])
        cells = replace(cells, seeds=cells.confined(diagram.centroids))
    return fit_weights(cells, MEASURE_TOLERANCE[dimension])[0]


def keep_clear_of(cells: Cells, points: Array, clearance: float) -> Cells:
    """Move pairs of seeds until no boundary between them is nearer than `clearance` to any of the points (k, d).

    Shifting both seeds of a boundary along its normal shifts the boundary by as much; the weights then follow. A point
    in a grain too small to give it room makes this grain swap its size with the nearest one of its kind that is large
    enough, which leaves the distribution of sizes as it is. Points too close for a boundary between them share a grain.
    Raises TessellationError, with the clearance reached, when 200 rounds do not suffice.
    """
    if len(points) == 0 or len(cells.seeds) == 1:
        return cells
    dimension = len(cells.box)
    row = np.arange(len(points))
    group, middle, extent = _crowds(points, 2.2 * clearance)
    roomy = measures_of(5 * clearance + extent, dimension)[group]
    best, reason = 0.0, "another seed may do"
    for _ in range(200):
        site = cells.diagram().points
        free = site.wall == 0
        position, seed_of = site.position[free], site.origin[free]
        seeds, measures = cells.seeds.copy(), cells.measures.copy()
        power = np.sum((points[:, None] - position) ** 2, axis=2) - site.weight[free]
        own = np.argmin(np.sum((middle[:, None] - position) ** 2, axis=2) - site.weight[free], axis=1)[group]
        between = position - position[own][:, None]
        apart = np.linalg.norm(between, axis=2)
        apart[row, own] = np.inf
        room = (power - power[row, own][:, None]) / (2 * apart)
        room[row, own] = np.inf
        nearest = np.argmin(room, axis=1)
        best = max(best, float(room.min()))
        short = np.flatnonzero(room.min(axis=1) < clearance)
        if len(short) == 0:
            return cells
        taken = seed_of[own]
        for point in short:
            i, j = seed_of[own[point]], seed_of[nearest[point]]
            alike = (measures >= roomy[point]) & (cells.kind == cells.kind[i])
            large = np.setdiff1d(np.flatnonzero(alike), taken)
            if measures[i] < roomy[point] and len(large):
                other = large[np.argmin(np.sum((seeds[large] - seeds[i]) ** 2, axis=1))]
                measures[[i, other]] = measures[[other, i]]
            push = min(1.05 * clearance - room[point, nearest[point]], LARGEST_PUSH) * between[point, nearest[point]]
            seeds[np.unique([i, j])] += push / apart[point, nearest[point]]
        # not onto a wall, where a seed would meet its own mirror image
        fixed = [axis for axis in range(dimension) if axis not in cells.periodic]
        seeds = cells.confined(seeds)
        seeds[:, fixed] = np.clip(seeds[:, fixed], 1e-3 * cells.box[fixed], (1 - 1e-3) * cells.box[fixed])
        try:
            cells = fit_weights(replace(cells, seeds=seeds, measures=measures), MEASURE_TOLERANCE[dimension])[0]
        except TessellationError as error:
            reason = str(error)
            break
    raise TessellationError(
        f"grain boundaries could not be kept clear of the flaw tips, only by {best / clearance:.0%} of the distance "
        f"wanted: {reason}"
    )


def _crowds(points: Array, reach: float) -> tuple[Index, Array, Array]:
    """Points (k, d) joined when nearer than `reach`: group of each (k,); middle (g, d), extent (g,)."""
    apart = np.linalg.norm(points[:, None] - points, axis=2)
    count, group = connected_components(csr_array(apart < reach), directed=False)
    members = [np.flatnonzero(group == number) for number in range(count)]
    middle = np.array([points[rows].mean(axis=0) for rows in members])
    extent = np.array([apart[np.ix_(rows, rows)].max() for rows in members])
    return group.astype(np.int64), middle, extent


def with_clear_sides(cells: Cells) -> Cells:
    """The cells moved along each periodic axis so that its sides cut few short pieces off the edges they cross."""
    for axis in cells.periodic:
        diagram = cells.diagram()
        size = cells.box[axis]
        low, high = np.sort(diagram.vertices[diagram.rim_ends][:, :, axis], axis=1).T
        length = np.linalg.norm(np.diff(diagram.vertices[diagram.rim_ends], axis=1)[:, 0], axis=1)
        # a side at either end of an edge, up to here along the axis, leaves a short piece of it
        margin = np.maximum(SHORT_PIECE * (high - low) / np.maximum(length, 1e-12), 0.1 * SHORT_PIECE)
        start = np.concatenate([low - 0.1 * margin, high - margin]) % size
        end = start + 1.1 * np.tile(margin, 2)
        places = np.concatenate([start, end, start + size, end + size])
        change = np.concatenate([np.ones(len(start)), -np.ones(len(start))] * 2)
        order = np.argsort(places, kind="stable")
        places, pieces = places[order], np.cumsum(change[order])
        # over one whole period, from where both rounds of intervals are complete
        width = np.diff(places)
        within = (places[:-1] >= size) & (places[1:] <= 2 * size) & (width > 0)
        fewest = within & (pieces[:-1] == pieces[:-1][within].min())
        chosen = np.flatnonzero(fewest)[np.argmax(width[fewest])]
        seeds = cells.seeds.copy()
        seeds[:, axis] = (seeds[:, axis] - (places[chosen] + 0.5 * width[chosen])) % size
        cells = replace(cells, seeds=seeds)
    return cells
