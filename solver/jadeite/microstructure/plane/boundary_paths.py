# SPDX-License-Identifier: LGPL-3.0-or-later
"""Flaws that follow grain boundaries in the plane: cheapest paths on the graph of boundary edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.plane.arrangement import Arrangement, RegionShape, edges_of
from jadeite.microstructure.tagged_mesh import Flaw

if TYPE_CHECKING:
    from jadeite.case.microstructure import Flaw as FlawRecipe

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# a path costs its length, more so by this factor per mean grain diameter that it lies off the straight flaw, and by
# the second factor where it goes back towards the electrode
OFF_LINE, BACKWARDS = 3.0, 4.0
# the tip stays this part of its edge away from both ends: it lies between two grains, not where three meet
FROM_JUNCTION = 0.3
# distance kept from other flaws and from patches, in mean grain diameters
CLEARANCE = 0.25


def follow_boundaries(
    flaw: FlawRecipe,
    tiling: Arrangement,
    regions: Sequence[RegionShape],
    size: float,
    obstacles: Sequence[BaseGeometry] = (),
) -> tuple[Flaw, shapely.LineString]:
    """A flaw along grain boundaries: what is known of it, and its line.

    It starts where a boundary meets the plating electrode, as near to the flaw's position as a path starts that is deep
    enough, and ends inside an edge, as far along the straight flaw's direction as that, to within this edge; `size` (m)
    is the mean grain diameter. It keeps `CLEARANCE` diameters from all `obstacles`. What is recorded is the true
    distance from mouth to tip, and the direction at the tip. Raises MicrostructureError when no path reaches the depth.
    """
    edges, sides = edges_of(tiling)
    points = tiling.points
    outer = np.any(sides < 0, axis=1)
    inner = edges[~outer & (sides[:, 0] != sides[:, 1])]
    lines = shapely.linestrings(points[inner])
    for shape in obstacles:
        clear = shapely.distance(lines, shape) > CLEARANCE * size
        inner, lines = inner[clear], lines[clear]
    on_wall = np.zeros(len(points), dtype=bool)
    on_wall[edges[outer]] = True
    traces = np.intersect1d(np.flatnonzero(on_wall & (points[:, 1] == 0.0)), inner)
    if len(traces) == 0:
        raise MicrostructureError(f"flaw '{flaw.name}': no free grain boundary meets the plating electrode")
    deepest = 0.0
    for start in traces[np.argsort(np.abs(points[traces, 0] - flaw.position))].tolist():
        nodes, share, reached = _cheapest(points, inner, on_wall, flaw, start, size)
        if nodes:
            break
        deepest = max(deepest, reached)
    else:
        raise MicrostructureError(
            f"flaw '{flaw.name}': no path along grain boundaries reaches its depth of {flaw.depth:.3g} m; "
            f"the deepest comes to {deepest:.3g} m"
        )
    mouth, (last, beyond) = points[nodes[0]], nodes[-2:]
    along = points[beyond] - points[last]
    tip = points[last] + share * along

    tip_edge = int(np.flatnonzero(np.all(edges == sorted((last, beyond)), axis=1))[0])
    direction = along / np.hypot(*along)
    return (
        Flaw(
            flaw.name,
            (float(mouth[0]), 0.0),
            (float(tip[0]), float(tip[1])),
            0.0,
            float(np.hypot(*(tip - mouth))),
            (float(direction[0]), float(direction[1])),
            regions[int(sides[tip_edge, 0])].name,
            "cut",
        ),
        shapely.LineString([*points[nodes[:-1]], tip]),
    )


def _cheapest(
    points: Array, inner: Index, on_wall: NDArray[np.bool_], flaw: FlawRecipe, start: int, size: float
) -> tuple[list[int], float, float]:
    """Points of the cheapest path from `start`, the last one beyond its end; the share of the last edge that it uses;
    and how deep it is possible to get. No points when that is not deep enough."""
    # both ways along every edge, but never back to a wall: an edge that ends there is used in part, as the last one
    steps = np.concatenate([inner, inner[:, ::-1]])
    steps = steps[~on_wall[steps[:, 0]] | (steps[:, 0] == start)]
    cost = _cost(points, steps, flaw, size)
    progress = (points - points[start]) @ _straight(flaw)
    near = progress < flaw.depth
    within = near[steps].all(axis=1) & ~on_wall[steps[:, 1]]
    graph = coo_array((cost[within], tuple(steps[within].T)), (len(points), len(points))).tocsr()
    reached, previous = dijkstra(graph, indices=start, return_predecessors=True)
    leaving = np.flatnonzero(near[steps[:, 0]] & ~near[steps[:, 1]] & np.isfinite(reached[steps[:, 0]]))
    if len(leaving) == 0:
        return [], 0.0, float(progress[np.isfinite(reached)].max())
    inside, outside = progress[steps[leaving]].T
    share = np.clip((flaw.depth - inside) / (outside - inside), FROM_JUNCTION, 1.0 - FROM_JUNCTION)
    best = int(np.argmin(reached[steps[leaving, 0]] + share * cost[leaving]))
    nodes: list[int] = steps[leaving[best]].tolist()
    while nodes[0] != start:
        nodes.insert(0, int(previous[nodes[0]]))
    return nodes, float(share[best]), flaw.depth


def _cost(points: Array, steps: Index, flaw: FlawRecipe, size: float) -> Array:
    """Cost of each step from one point to the next."""
    straight = _straight(flaw)
    move = points[steps[:, 1]] - points[steps[:, 0]]
    middle = points[steps].mean(axis=1) - [flaw.position, 0.0]
    off = np.abs(middle[:, 0] * straight[1] - middle[:, 1] * straight[0]) / size
    cost: Array = np.hypot(*move.T) * (1.0 + OFF_LINE * off) * np.where(move @ straight < 0.0, BACKWARDS, 1.0)
    return cost


def _straight(flaw: FlawRecipe) -> Array:
    """Direction of the straight flaw."""
    return np.array([np.sin(flaw.tilt), np.cos(flaw.tilt)])
