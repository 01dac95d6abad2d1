# SPDX-License-Identifier: LGPL-3.0-or-later
"""Straight edges divided by a size function, in any dimension, once for everything that meets there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]
# size (n,) in m at points (n, dim)
SizeFunction = Callable[[Array], Array]

# an edge gets one part more only when it is longer than its parts by this much of one
ROUNDING = 0.25


@dataclass(frozen=True, eq=False)
class Division:
    """Inner points of edges: those of edge e have the positions fractions[offsets[e]:offsets[e + 1]], ascending."""

    offsets: Index
    fractions: Array

    @property
    def inner(self) -> Index:
        """Number of inner points of each edge."""
        return np.diff(self.offsets)


def divide_edges(start: Array, end: Array, size: SizeFunction) -> Division:
    """Divide edges from `start` to `end` (e, dim) in m so that each part is about as long as the size function says.

    The points of an edge are equally spaced in the integral of 1 / size along it, so that sizes change evenly.
    """
    length = np.linalg.norm(end - start, axis=1)
    along = end - start
    # intervals are halved until each is shorter than half the local size, so that 1 / size is integrated faithfully
    edge, low, high = np.arange(len(length)), np.zeros(len(length)), np.ones(len(length))
    done: list[tuple[Index, Array, Array, Array]] = []
    while len(edge):
        middle = 0.5 * (low + high)
        local = size(start[edge] + middle[:, None] * along[edge])
        width = (high - low) * length[edge]
        fine = width <= 0.5 * local
        done.append((edge[fine], low[fine], high[fine], width[fine] / local[fine]))
        edge, low, middle, high = edge[~fine], low[~fine], middle[~fine], high[~fine]
        edge, low, high = np.tile(edge, 2), np.concatenate([low, middle]), np.concatenate([middle, high])
    edge, low, high, steps = (np.concatenate(part) for part in zip(*done, strict=True))
    order = np.lexsort((low, edge))
    edge, high, steps = edge[order], high[order], steps[order]
    total = np.bincount(edge, weights=steps, minlength=len(length))
    parts = np.maximum(np.ceil(total - ROUNDING), 1).astype(np.int64)
    # normalised to one per edge, the running integral maps edge number + metric fraction to edge number + position
    running = np.concatenate([[0.0], np.cumsum(steps / total[edge])])
    position = np.concatenate([[0.0], edge + high])
    offsets = np.concatenate([[0], np.cumsum(parts - 1)])
    owner = np.repeat(np.arange(len(parts)), parts - 1)
    rank = np.arange(len(owner)) - offsets[owner] + 1
    return Division(offsets, np.interp(owner + rank / parts[owner], running, position) - owner)
