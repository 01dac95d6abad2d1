# SPDX-License-Identifier: LGPL-3.0-or-later
"""Grain diameters drawn from the size law of a recipe, such that the grains fill their layer exactly.

A diameter is that of the circle (2-D) or sphere (3-D) of equal measure; each grain counts once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from jadeite.microstructure.errors import TessellationError

if TYPE_CHECKING:
    from jadeite.case.microstructure import GrainSize

Array = NDArray[np.float64]

# logarithms of diameters are stretched at most by this factor to make the grains fill their layer
WIDEST = 8.0
# measure of a circle and of a sphere of diameter one, by dimension; a strip of a line is as long as it is
UNIT_MEASURE = {1: 1.0, 2: np.pi / 4, 3: np.pi / 6}


def measures_of(diameters: Array, dimension: int) -> Array:
    """Area (2-D) or volume (3-D) of grains of these equivalent diameters."""
    return np.asarray(UNIT_MEASURE[dimension] * diameters**dimension)


def diameters_of(measures: Array, dimension: int) -> Array:
    """Equivalent diameter of grains of these areas (2-D) or volumes (3-D)."""
    return np.asarray((measures / UNIT_MEASURE[dimension]) ** (1 / dimension))


def expected_measure(size: GrainSize, dimension: int) -> float:
    """Mean measure of a grain of this size law; E[d^k] = mean^k (1 + cv^2)^(k (k - 1) / 2) for each lognormal."""
    power = dimension * (dimension - 1) // 2
    modes = [(1.0, size)] if size.law == "lognormal" else [(mode.share, mode) for mode in size.modes]
    total = sum(share * mode.mean**dimension * (1 + mode.coefficient_of_variation**2) ** power for share, mode in modes)
    return float(UNIT_MEASURE[dimension] * total / sum(share for share, _ in modes))


def draw_diameters(measure: float, size: GrainSize, dimension: int, generator: np.random.Generator) -> Array:
    """Equivalent diameters, in m, of grains that fill `measure` (m^2 in 2-D, m^3 in 3-D) exactly.

    The number of grains is the integer nearest to the measure over the mean measure of a grain. The sample is then
    scaled and its logarithmic width adjusted so that both its mean and its total measure are exact; the coefficient of
    variation takes up the rounding of the number, in 2-D at most about (1 + cv^2) / (4 n cv^2) of itself. When the
    grains are nearly equal, or few, so that no width fills the measure, and always for strips (whose total is their
    mean), the sample is only scaled and the mean takes it up. Raises TessellationError when not a single grain fits.

    Volumes are governed by the few largest grains, and modes by few numbers: there the sample is stratified (one draw
    from each of n equal parts of the distribution), which keeps a sample of 50 close to its law.
    """
    count = round(measure / expected_measure(size, dimension))
    if count < 1:
        unit = "m^3" if dimension == 3 else "m^2" if dimension == 2 else "m"
        raise TessellationError(f"{measure:.3g} {unit} hold no grain of mean diameter {size.mean:.3g} m")
    needed = measure / (UNIT_MEASURE[dimension] * count * size.mean**dimension)
    if size.law == "lognormal":
        width = np.sqrt(np.log1p(size.coefficient_of_variation**2))
        normal = generator.standard_normal(count) if dimension == 2 else _stratified(count, generator)
        logarithms, narrowest = width * normal, 0.0
    else:
        logarithms, narrowest = _mixture(count, size, generator), 0.5
    # a sum of lengths is exact as soon as they are scaled
    sizes = None if dimension == 1 else _with_moment(logarithms, needed, dimension, narrowest)
    if sizes is None:
        sizes = np.exp(logarithms)
        sizes *= (needed / np.mean(sizes**dimension)) ** (1 / dimension)
    return np.asarray(sizes * size.mean)


def _stratified(count: int, generator: np.random.Generator) -> Array:
    """Standard normal numbers, one from each of `count` parts of equal probability, in random order."""
    return np.asarray(norm.ppf((generator.permutation(count) + generator.uniform(0.0, 1.0, count)) / count))


def _mixture(count: int, size: GrainSize, generator: np.random.Generator) -> Array:
    """Logarithms of the diameters over their mean, in random order; every mode has its share of the grains."""
    assert size.law == "mixture"
    share = np.array([mode.share for mode in size.modes])
    exact = count * share / share.sum()
    number = np.floor(exact).astype(int)
    number[np.argsort(number - exact, kind="stable")[: count - number.sum()]] += 1
    logarithms = []
    for mode, members in zip(size.modes, number.tolist(), strict=True):
        variance = np.log1p(mode.coefficient_of_variation**2)
        middle = np.log(mode.mean / size.mean) - 0.5 * variance
        logarithms.append(middle + np.sqrt(variance) * _stratified(members, generator))
    return np.asarray(generator.permutation(np.concatenate(logarithms)))


def _with_moment(logarithms: Array, needed: float, power: int, narrowest: float) -> Array | None:
    """exp(stretch * logarithms), scaled to a mean of one, with the moment `needed`; None when no stretch gives it."""

    def excess(stretch: float) -> float:
        sizes = np.exp(stretch * logarithms)
        return float(np.mean(sizes**power) / np.mean(sizes) ** power - needed)

    if len(logarithms) < 3 or not np.any(logarithms) or excess(narrowest) >= 0.0:
        return None
    widest = 1.0
    while excess(widest) < 0.0:
        widest *= 2.0
        if widest > WIDEST:
            return None
    sizes = np.exp(brentq(excess, narrowest, widest, xtol=1e-15) * logarithms)
    return np.asarray(sizes / sizes.mean())
