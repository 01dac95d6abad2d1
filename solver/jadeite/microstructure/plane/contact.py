# SPDX-License-Identifier: LGPL-3.0-or-later
"""The plating electrode of a plane recipe: listed and random unwetted patches, and grooves at grain boundaries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.optimize import brentq

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.plane.arrangement import Arrangement, edges_of
from jadeite.microstructure.plane.openings import Openings
from jadeite.microstructure.tagged_mesh import Patch

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe, UnwettedArea

Array = NDArray[np.float64]

# samples of the random field per correlation length; random patches keep one part in this from flaws and sides, and
# what is shorter than that is no patch and no contact
SAMPLES = 20
# a groove takes at most this part of the way to whatever is next to it on the electrode
GROOVE_ROOM = 0.4


def unwetted_patches(recipe: Recipe, openings: Openings, generator: np.random.Generator) -> list[Patch]:
    """The listed patches of a recipe, then random ones "area 1", "area 2", ... from left to right.

    Raises MicrostructureError when a patch has no ends, or flaws leave too little electrode for the share asked for.
    """
    patches = []
    for patch in recipe.unwetted_patches:
        if patch.start is None or patch.end is None:
            raise MicrostructureError(f"unwetted patch '{patch.name}' needs `start` and `end` in a plane recipe")
        patches.append(Patch(patch.name, patch.start, patch.end))
    if recipe.unwetted_area is None:
        return patches
    taken = [tuple(shapely.bounds(shape)[[0, 2]]) for shape in _on_electrode(openings)]
    taken += [(patch.start, patch.end) for patch in patches]
    random = random_intervals(recipe.unwetted_area, recipe.width, "x" in recipe.periodic, taken, generator)
    return patches + [Patch(f"area {k}", start, end) for k, (start, end) in enumerate(random, start=1)]


def _on_electrode(openings: Openings) -> list[shapely.Geometry]:
    """What flaws take of the electrode."""
    line = shapely.LineString([(-1.0, 0.0), (1.0e3, 0.0)])
    return [shape.intersection(line) for shape in openings.flaw_shapes.values()]


def random_intervals(
    area: UnwettedArea,
    width: float,
    periodic: bool,
    taken: Sequence[tuple[float, float]],
    generator: np.random.Generator,
) -> list[tuple[float, float]]:
    """Intervals (m) of 0 <= x <= width where a smooth random field exceeds a threshold: together the share asked for.

    The field is Gaussian with covariance exp(-(x/l)^2) for the correlation length l, a sum of waves with random
    amplitudes (Shinozuka and Deodatis 1991, Appl. Mech. Rev. 44, 191). What is `taken` (m), the ends of the
    electrode and a little around both stay in contact; the threshold makes up for it. Raises MicrostructureError when
    that leaves too little.
    """
    length, margin = area.correlation_length, area.correlation_length / SAMPLES
    # a period beyond the electrode keeps its ends independent
    period = width if periodic else width + 4 * length
    count = max(int(np.ceil(SAMPLES * period / length)), 4 * SAMPLES)
    wave = 2 * np.pi / period * np.arange(1, int(np.ceil(3 * period / length)) + 2)
    amplitude = np.exp(-((wave * length) ** 2) / 8) * generator.standard_normal((2, len(wave)))
    spectrum = np.zeros(count // 2 + 1, dtype=complex)
    spectrum[1 : len(wave) + 1] = (amplitude[0] - 1j * amplitude[1])[: count // 2]
    around = np.fft.irfft(spectrum, count)
    x = np.linspace(0.0, width, int(np.ceil(count * width / period)) + 1)
    field = np.interp(x, np.linspace(0.0, period, count + 1), np.append(around, around[0]))
    field = field / field.std()

    closed = [(low - margin, high + margin) for low, high in [(0.0, 0.0), (width, width), *taken]]

    def above(level: float) -> list[tuple[float, float]]:
        start, end = _exceeding(x, field, level).T
        if len(start) == 0:
            return []
        apart = start[1:] - end[:-1] >= margin
        joined = zip(start[np.append(True, apart)].tolist(), end[np.append(apart, True)].tolist(), strict=True)
        return [interval for interval in _without(joined, closed) if interval[1] - interval[0] >= margin]

    def excess(level: float) -> float:
        return float(sum(high - low for low, high in above(level)) - area.fraction * width)

    low, high = float(field.min()) - 1.0, float(field.max()) + 1.0
    if excess(low) < 0.0:
        reached = area.fraction + excess(low) / width
        raise MicrostructureError(
            f"an unwetted share of {area.fraction:.3g} was asked for, but flaws and ends of the electrode leave "
            f"at most {reached:.3g}"
        )
    return above(brentq(excess, low, high, xtol=1e-9))


def _exceeding(x: Array, field: Array, level: float) -> Array:
    """Intervals (k, 2) where the piecewise linear field lies above a level."""
    high = field > level
    change = np.flatnonzero(high[1:] != high[:-1])
    crossing = x[change] + (level - field[change]) / (field[change + 1] - field[change]) * (x[change + 1] - x[change])
    return np.concatenate([x[:1][high[:1]], crossing, x[-1:][high[-1:]]]).reshape(-1, 2)


def _without(
    intervals: Iterable[tuple[float, float]], removed: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """What is left of ascending intervals."""
    left = list(intervals)
    for low, high in removed:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, low)), (max(start, high), end))
            if part[1] > part[0]
        ]
    return left


def dig_grooves(
    recipe: Recipe, tiling: Arrangement, openings: Openings, patches: Sequence[Patch]
) -> list[shapely.Polygon]:
    """A triangle for every grain boundary that ends on wetted electrode: as wide as asked for, its tip on the boundary.

    Where something else on the electrode comes nearer, or the boundary ends soon, a groove is smaller in proportion;
    there is none at the ends of flaws, or inside unwetted patches.
    """
    if recipe.grooves is None:
        return []
    edges, sides = edges_of(tiling)
    points = tiling.points
    outer = np.zeros(len(points), dtype=bool)
    outer[edges[np.any(sides < 0, axis=1)]] = True
    inner = edges[np.all(sides >= 0, axis=1) & (sides[:, 0] != sides[:, 1])]
    ends = np.concatenate([inner, inner[:, ::-1]])
    ends = ends[outer[ends[:, 0]] & (points[ends[:, 0], 1] == 0.0)]
    ends = ends[np.argsort(points[ends[:, 0], 0])]
    trace, unique = np.unique(points[ends[:, 0], 0], return_index=True)

    flaws = shapely.bounds(np.array(_on_electrode(openings), dtype=object)).reshape(-1, 4)[:, [0, 2]]
    closed = [*flaws.tolist(), *((patch.start, patch.end) for patch in patches)]
    stops = np.concatenate([trace, [0.0, recipe.width], *closed])
    grooves = []
    for x, (at, to) in zip(trace.tolist(), ends[unique].tolist(), strict=True):
        if any(low <= x <= high for low, high in closed):
            continue
        near = np.abs(stops - x)
        along = points[to] - points[at]
        half, depth = 0.5 * recipe.grooves.width, recipe.grooves.depth
        scale = min(1.0, GROOVE_ROOM * float(near[near > 0.0].min()) / half, 0.5 * float(along[1]) / depth)
        tip = points[at] + scale * depth / along[1] * along
        grooves.append(shapely.Polygon([(x - scale * half, 0.0), (x + scale * half, 0.0), tip]))
    return grooves
