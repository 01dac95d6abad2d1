# SPDX-License-Identifier: LGPL-3.0-or-later
"""Poor or inverted tetrahedra repaired by moving points inside the material; surfaces stay as they are.

Each point of a poor cell tries a few places: the middle of its neighbours, and places that raise its worst cell. It
goes to the best of them if that raises the least quality around it. Points move at the same time only when no cell
holds two of them, so that the least quality of the mesh never falls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.quality import OUTWARD_FACETS, tetrahedron_volumes

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# ways towards the middle of the neighbours, and heights above the facet opposite in the worst cell, in edge lengths
TOWARDS_MIDDLE = (1.0, 0.5, 0.2)
HEIGHTS = (0.05, 0.15, 0.4)


def signed_qualities(points: Array, cells: Index) -> Array:
    """Volume over the cube of the root mean square edge: 1 for equal edges, negative for inverted cells."""
    corner = points[cells]
    square = sum(np.sum((corner[:, i] - corner[:, j]) ** 2, axis=1) for i in range(4) for j in range(i))
    return np.asarray(6.0 * np.sqrt(2.0) * tetrahedron_volumes(points, cells) / (square / 6.0) ** 1.5)


def improve(points: Array, cells: Index, movable: NDArray[np.bool_], below: float = 0.2, rounds: int = 40) -> Array:
    """Move points so that cells with a quality (see `signed_qualities`) under `below` get better, round by round.

    `points` (n, 3), `cells` (m, 4), `movable` (n,). Returns the new points.
    """
    at = points.copy()
    quality = signed_qualities(at, cells)
    for _ in range(rounds):
        poor = np.flatnonzero(quality < below)
        wanted = np.unique(cells[poor])
        wanted = wanted[movable[wanted]]
        # all cells around the candidates, in pairs with them
        candidate = np.zeros(len(at), dtype=bool)
        candidate[wanted] = True
        near = np.flatnonzero(candidate[cells].any(axis=1))
        row, corner = np.nonzero(candidate[cells[near]])
        cell, point = near[row], cells[near[row], corner]
        worst = np.full(len(at), np.inf)
        np.minimum.at(worst, point, quality[cell])
        rank = np.full(len(at), len(at))
        rank[wanted[np.lexsort((wanted, worst[wanted]))]] = np.arange(len(wanted))
        first = np.where(candidate[cells[near]], rank[cells[near]], len(at)).min(axis=1)
        beaten = np.zeros(len(at), dtype=bool)
        beaten[point[first[row] < rank[point]]] = True
        mine = ~beaten[point]
        cell, corner, point = cell[mine], corner[mine], point[mine]
        if len(point) == 0 or not _move(at, cells, quality, cell, corner, point, worst):
            break
        quality[cell] = signed_qualities(at, cells[cell])
    return at


def _move(at: Array, cells: Index, quality: Array, cell: Index, corner: Index, point: Index, worst: Array) -> bool:
    """Move each point to the best place it tries, in `at`; whether any has moved.

    `cell`, `corner`, `point` are pairs of a point and a cell around it.
    """
    active, pair_row = np.unique(point, return_inverse=True)
    count = np.bincount(pair_row)
    others = np.stack([cells[cell, (corner + k) % 4] for k in (1, 2, 3)], axis=1)
    middle = np.stack([np.bincount(pair_row, at[others, k].mean(axis=1)) for k in range(3)], axis=1) / count[:, None]
    # the worst cell around each point, its facet opposite the point, and the direction away from that
    order = np.lexsort((quality[cell], pair_row))
    lowest = order[np.concatenate([[0], np.cumsum(count)[:-1]])]
    facet = at[cells[cell[lowest][:, None], OUTWARD_FACETS[corner[lowest]]]]
    normal = -np.cross(facet[:, 1] - facet[:, 0], facet[:, 2] - facet[:, 0])
    size = np.sqrt(np.linalg.norm(normal, axis=1))
    normal /= np.maximum(size, np.finfo(float).tiny)[:, None] ** 2
    here = at[active]
    tries = [here + way * (middle - here) for way in TOWARDS_MIDDLE]
    tries += [here + (height * size)[:, None] * normal for height in HEIGHTS]

    best, gained = here.copy(), worst[active].copy()
    trial = at.copy()
    for place in tries:
        trial[active] = place
        least = np.full(len(active), np.inf)
        np.minimum.at(least, pair_row, signed_qualities(trial, cells[cell]))
        better = least > gained + 1e-6
        best[better], gained[better] = place[better], least[better]
    at[active] = best
    return bool(np.any(best != here))
