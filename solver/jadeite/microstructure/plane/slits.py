# SPDX-License-Identifier: LGPL-3.0-or-later
"""Straight cuts through a plane tiling, prepared as thin slits and then closed.

A grain boundary that crosses a cut ends on it from either side, and need not end in one place: a cut may carry a jump.
So a cut is first taken out as a slit much thinner than anything else; boundaries are cleaned up along its two walls,
each for itself; then the walls are brought back to the line between them. What is left are regions that touch along the
line, which becomes edges of the geometry with two sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.plane.arrangement import Arrangement, RegionShape

Array = NDArray[np.float64]

# width of a slit over its length: far below every length of the geometry, far above rounding
THINNESS = 1e-5


@dataclass(frozen=True, eq=False)
class Slit:
    """A straight cut from `start` to `end`, in m; with `mouth`, it begins on the plating electrode."""

    start: Array
    end: Array
    mouth: bool

    @property
    def line(self) -> shapely.LineString:
        """The cut itself."""
        return shapely.LineString([self.start, self.end])

    @property
    def polygon(self) -> shapely.Polygon:
        """The thin slit: a triangle open to the electrode, or a rhombus."""
        along = self.end - self.start
        half = 0.5 * THINNESS * (np.array([np.hypot(*along), 0.0]) if self.mouth else np.array([along[1], -along[0]]))
        middle = self.start if self.mouth else 0.5 * (self.start + self.end)
        corners = [middle - half, middle + half, self.end] + ([] if self.mouth else [self.start])
        if not self.mouth:
            corners = [self.start, middle + half, self.end, middle - half]
        return shapely.Polygon(corners)


def close_slits(
    arrangement: Arrangement, shapes: Sequence[RegionShape], slits: Sequence[Slit], shortest: float
) -> list[RegionShape]:
    """The regions of an arrangement that slits were cut out of, with the walls of every slit back on its line.

    Points on a line that are nearer than `shortest` (m) to each other become one; its ends stay where they are.
    """
    points = arrangement.points.copy()
    slit_of = np.full(len(points), -1, dtype=np.int64)
    place = np.zeros(len(points))
    for number, slit in enumerate(slits):
        along = slit.end - slit.start
        length = float(np.hypot(*along))
        outline = shapely.boundary(slit.polygon)
        mine = np.flatnonzero(shapely.dwithin(shapely.points(points), outline, 1e-3 * THINNESS * length))
        position = (points[mine] - slit.start) @ along / length**2
        slit_of[mine] = number
        place[mine] = _gathered(position, shortest / length)
        points[mine] = slit.start + place[mine][:, None] * along
        points[mine[place[mine] == 1.0]] = slit.end
    pieces: list[list[shapely.Polygon]] = [[] for _ in shapes]
    for face in arrangement.faces:
        loops = [_without_spikes(loop, slit_of, place) for loop in face.loops]
        rings = [points[loop] for loop in loops if len(loop) >= 3]
        pieces[face.region].append(shapely.Polygon(rings[0], rings[1:]))
    return [
        replace(shape, polygon=parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts))
        for shape, parts in zip(shapes, pieces, strict=True)
    ]


def _gathered(position: Array, least: float) -> Array:
    """Positions along a cut, those closer than `least` made equal; groups with an end of the cut get that end."""
    order = np.argsort(position)
    group = np.empty(len(position), dtype=np.int64)
    group[order] = np.concatenate([[0], np.cumsum(np.diff(position[order]) > least)])
    mean = np.bincount(group, position) / np.bincount(group)
    mean[group[order[0]]], mean[group[order[-1]]] = 0.0, 1.0
    return mean[group]


def _without_spikes(loop: NDArray[np.int64], slit_of: NDArray[np.int64], place: Array) -> NDArray[np.int64]:
    """A loop without the points where it only turns back along a closed slit, and without repetitions there."""
    while len(loop) >= 3:
        before, after = np.roll(loop, 1), np.roll(loop, -1)
        on_one = (slit_of[loop] >= 0) & (slit_of[before] == slit_of[loop])
        repeated = on_one & (place[before] == place[loop])
        if not repeated.any():
            on_one &= slit_of[after] == slit_of[loop]
            repeated = on_one & ((place[loop] - place[before]) * (place[after] - place[loop]) < 0.0)
            if not repeated.any():
                break
            repeated[np.flatnonzero(repeated)[1:]] = False
        loop = loop[~repeated]
    return loop
