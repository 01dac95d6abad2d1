# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tips that all but touch a boundary of the plane tiling are put onto it.

Between a tip and a boundary, cells can be no larger than the gap. A gap that comes from rounding, or is a small share
of the cells that are wanted at the tip, means nothing and costs thousands of cells, or slivers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.plane.arrangement import GRID, Arrangement, edges_of
from jadeite.microstructure.plane.slits import THINNESS
from jadeite.microstructure.tagged_mesh import Point

Array = NDArray[np.float64]

# a tip that is nearer to a boundary than this share of the cells at the tip is moved onto it
SHARE_OF_CELL = 1e-2
# ... and one so near, over the size of the geometry, that a slit up to there would be thinner than the noding resolves
RESOLVED = GRID / THINNESS
# a tip moves along its crack, unless the boundary is met after more than this many times the distance above
LONGEST_WAY = 4.0
# digits of a tip on an edge, counted from the size of the geometry: finer than the noding, coarser than rounding
DIGITS = 14


@dataclass(frozen=True, eq=False)
class BoundaryEdges:
    """Edges (e, 2, 2) in m between the regions of a tiling that is `extent` (m) large."""

    ends: Array
    extent: float

    @classmethod
    def of(cls, tiling: Arrangement) -> BoundaryEdges:
        """The boundaries of a tiling, the outer one excepted."""
        edges, sides = edges_of(tiling)
        inner = edges[np.all(sides >= 0, axis=1) & (sides[:, 0] != sides[:, 1])]
        return cls(tiling.points[inner], float(np.ptp(tiling.points, axis=0).max()))

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.linestrings(self.ends))

    def settle(self, tip: Point, direction: Point, cell_size: float) -> Point:
        """Where a tip belongs whose crack runs along a `direction` (unit vector), and whose cells are to have a size.

        A tip that misses a boundary by less than `SHARE_OF_CELL` of the size (m) goes to the nearest point where edges
        end, if that is as near; else to where the line of its crack meets an edge, if that is not far; else to the
        nearest point of an edge, to `DIGITS`. Any other tip stays where it is.
        """
        reach = max(SHARE_OF_CELL * cell_size, RESOLVED * self.extent)
        near = self.ends[self._tree.query(shapely.Point(tip), predicate="dwithin", distance=reach)]
        if len(near) == 0:
            return tip
        start, along = near[:, 0], near[:, 1] - near[:, 0]
        share = np.clip(np.sum((tip - start) * along, axis=1) / np.sum(along**2, axis=1), 0.0, 1.0)
        feet = start + share[:, None] * along
        corners = near.reshape(-1, 2)
        distance = np.hypot(*(corners - tip).T)
        if distance.min() <= reach:
            x, y = corners[int(np.argmin(distance))].tolist()
            return (x, y)
        for places, limit in ((_met(start, along, tip, direction), LONGEST_WAY * reach), (feet, np.inf)):
            distance = np.hypot(*(places - tip).T)
            if distance.min(initial=np.inf) <= limit:
                break
        decimals = DIGITS - 1 - int(np.floor(np.log10(self.extent)))
        x, y = places[int(np.argmin(distance))].tolist()
        return (round(x, decimals), round(y, decimals))


def _met(start: Array, along: Array, tip: Point, direction: Point) -> Array:
    """Points of edges on the line through a tip."""
    slope = along[:, 0] * direction[1] - along[:, 1] * direction[0]
    offset = tip - start
    crossing = slope != 0.0
    share = (offset[:, 0] * direction[1] - offset[:, 1] * direction[0])[crossing] / slope[crossing]
    on_edge = (share >= 0.0) & (share <= 1.0)
    return np.asarray((start[crossing] + share[:, None] * along[crossing])[on_edge])
