# SPDX-License-Identifier: LGPL-3.0-or-later
"""Random unwetted parts of an electrode: where a smooth Gaussian random field exceeds a threshold.

The field has the correlation exp(-(r/l)^2) with the correlation length l. The threshold is chosen so that a fraction of
the electrode lies above it, once bits much smaller than l have been given to what surrounds them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray

Array = NDArray[np.float64]
type Area = shapely.Polygon | shapely.MultiPolygon

# grid points per correlation length, and at most along one axis
POINTS_PER_LENGTH = 8
MOST_POINTS = 800
# the field is known this far beyond the electrode, in correlation lengths
MARGIN = 1.0
# bits smaller than the square of this are dropped, in correlation lengths
SMALLEST = 0.3
# what is erased or filled goes this far beyond a bit, in correlation lengths
BEYOND = 0.05
# halvings of the interval that the threshold lies in
HALVINGS = 24


def gaussian_field(
    lengths: Sequence[float], periodic: Sequence[bool], correlation_length: float, generator: np.random.Generator
) -> tuple[list[Array], Array]:
    """Coordinates along each axis, and values of a field with mean zero and variance one on their grid.

    The grid reaches a correlation length beyond 0 and `lengths` (m); along periodic axes the field repeats itself.
    White noise is filtered in Fourier space by the root exp(-(k l)^2 / 8) of the spectrum of exp(-(r/l)^2).
    """
    counts, spacings, padded = [], [], []
    for length, repeats in zip(lengths, periodic, strict=True):
        # without repetition the ends must not feel each other
        whole = length if repeats else length + 4 * correlation_length
        count = int(np.clip(np.ceil(whole / correlation_length * POINTS_PER_LENGTH), 8, MOST_POINTS))
        counts.append(count)
        spacings.append(whole / count)
        padded.append(whole)
    waves = [2 * np.pi * np.fft.fftfreq(n, spacing) for n, spacing in zip(counts, spacings, strict=True)]
    square = sum(k**2 for k in np.meshgrid(*waves, indexing="ij"))
    response = np.exp(-np.asarray(square) * correlation_length**2 / 8)
    values = np.fft.ifftn(np.fft.fftn(generator.standard_normal(counts)) * response).real
    values /= np.sqrt(np.mean(response**2))
    axes = []
    for axis, (length, spacing, count) in enumerate(zip(lengths, spacings, counts, strict=True)):
        beyond = int(np.ceil(MARGIN * correlation_length / spacing))
        rows = np.arange(-beyond, int(np.ceil(length / spacing)) + beyond + 1)
        values = np.take(values, rows % count, axis=axis)
        axes.append(np.asarray(rows * spacing, dtype=np.float64))
    return axes, values


def unwetted_polygons(
    widths: tuple[float, float],
    fraction: float,
    correlation_length: float,
    periodic: tuple[bool, bool],
    keep_clear: Area,
    generator: np.random.Generator,
) -> Area:
    """Polygons without contact, which together cover `fraction` of the rectangle [0, widths[0]] x [0, widths[1]] (m).

    They reach beyond the rectangle, so that their outlines pass through its sides, and leave out the area `keep_clear`.
    No bit of them in the rectangle is smaller than the square of 0.3 correlation lengths, nor is one left between them.
    """
    (x, z), values = gaussian_field(widths, periodic, correlation_length, generator)
    box = shapely.box(0.0, 0.0, *widths)
    smallest = (SMALLEST * correlation_length) ** 2
    contours = contourpy.contour_generator(x, z, values.T, fill_type=contourpy.FillType.OuterOffset)

    def polygons(threshold: float) -> Area:
        outlines: Any = contours.filled(threshold, np.inf)
        rings = [
            [corners[a:b] for a, b in pairwise(ends)] for corners, ends in zip(outlines[0], outlines[1], strict=True)
        ]
        area = shapely.union_all([shapely.Polygon(loops[0], loops[1:]) for loops in rings])
        area = area.difference(keep_clear)
        for is_contact in (False, True):
            rest = box.difference(area) if is_contact else box.intersection(area)
            bits = [bit for bit in shapely.get_parts(rest) if bit.area < smallest]
            if bits:
                around = shapely.union_all(bits).buffer(BEYOND * correlation_length)
                area = area.union(around).difference(keep_clear) if is_contact else area.difference(around)
        return area

    def covered(threshold: float) -> float:
        return float(box.intersection(polygons(threshold)).area / box.area)

    return polygons(_threshold(covered, fraction, values))


def _threshold(covered: Callable[[float], float], fraction: float, values: Array) -> float:
    """Threshold that covers a fraction as nearly as possible: what is covered jumps where bits appear."""
    low, high = float(values.min()), float(values.max())
    best, deviation = low, np.inf
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        share = covered(middle)
        if abs(share - fraction) < deviation:
            best, deviation = middle, abs(share - fraction)
        if deviation < 1e-4 * fraction:
            break
        low, high = (middle, high) if share > fraction else (low, middle)
    return best
