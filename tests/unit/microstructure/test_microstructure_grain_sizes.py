# SPDX-License-Identifier: LGPL-3.0-or-later
"""Drawn grain diameters: exact totals, the moments and the distribution asked for."""

import numpy as np
import pytest
from scipy.stats import kstest, lognorm

from jadeite.case.microstructure import LognormalSize, MixtureSize
from jadeite.microstructure.errors import TessellationError
from jadeite.microstructure.tessellation.grain_sizes import diameters_of, draw_diameters, expected_measure, measures_of


def lognormal(mean, variation):
    return LognormalSize(mean=f"{mean} m", coefficient_of_variation=variation)


def bimodal(fine, coarse, share):
    modes = [
        {"mean": f"{fine} m", "coefficient_of_variation": 0.15, "share": 1 - share},
        {"mean": f"{coarse} m", "coefficient_of_variation": 0.15, "share": share},
    ]
    return MixtureSize.model_validate({"law": "mixture", "modes": modes})


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("variation", [0.2, 0.35, 0.6])
def test_diameters_have_the_mean_and_fill_the_measure(dimension, variation, generator):
    size = lognormal(4e-6, variation)
    measure = 200.3 * expected_measure(size, dimension)
    diameters = draw_diameters(measure, size, dimension, generator)
    assert len(diameters) == 200
    assert diameters.mean() == pytest.approx(4e-6, rel=1e-12)
    assert measures_of(diameters, dimension).sum() == pytest.approx(measure, rel=1e-12)
    # the number of grains is rounded to an integer, which the coefficient of variation takes up
    assert diameters.std() / diameters.mean() == pytest.approx(variation, rel=0.1)
    # a lognormal variable has a symmetric logarithm
    logarithm = np.log(diameters / diameters.mean())
    skewness = np.mean((logarithm - logarithm.mean()) ** 3) / logarithm.std() ** 3
    assert abs(skewness) < 5 * np.sqrt(6 / len(diameters))


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_thousand_diameters_follow_their_law(dimension, generator):
    size = lognormal(3e-6, 0.4)
    diameters = draw_diameters(1000 * expected_measure(size, dimension), size, dimension, generator)
    width = np.sqrt(np.log1p(0.4**2))
    assert kstest(diameters, lognorm(width, scale=3e-6 * np.exp(-0.5 * width**2)).cdf).pvalue > 0.01


@pytest.mark.parametrize("dimension", [2, 3])
def test_modes_of_a_mixture_have_their_shares(dimension, generator):
    size = bimodal(1e-6, 5e-6, 0.25)
    assert size.mean == pytest.approx(2e-6)
    diameters = draw_diameters(400 * expected_measure(size, dimension), size, dimension, generator)
    assert measures_of(diameters, dimension).sum() == pytest.approx(400 * expected_measure(size, dimension), rel=1e-12)
    coarse = diameters > 2.3e-6
    assert coarse.sum() == 100
    assert diameters[coarse].mean() == pytest.approx(5e-6, rel=0.02)
    assert diameters[~coarse].mean() == pytest.approx(1e-6, rel=0.02)


def test_expected_measure_agrees_with_a_large_sample(generator):
    size = lognormal(0.5, 0.5)
    width = np.sqrt(np.log1p(0.25))
    sample = 0.5 * np.exp(width * generator.standard_normal(10**6) - 0.5 * width**2)
    for dimension in (1, 2, 3):
        assert expected_measure(size, dimension) == pytest.approx(measures_of(sample, dimension).mean(), rel=0.02)
        np.testing.assert_allclose(diameters_of(measures_of(sample, dimension), dimension), sample)


def test_strips_fill_the_length(generator):
    widths = draw_diameters(1e-4, lognormal(3e-6, 0.3), 1, generator)
    assert widths.sum() == pytest.approx(1e-4, rel=1e-13)
    assert widths.std() / widths.mean() == pytest.approx(0.3, rel=0.2)


def test_equal_grains_and_single_grains(generator):
    equal = draw_diameters(100.0, lognormal(0.9, 0.0), 2, generator)
    assert np.ptp(equal) < 1e-14
    assert np.sum(np.pi / 4 * equal**2) == pytest.approx(100.0, rel=1e-13)
    # a single sphere of one cubic metre
    np.testing.assert_allclose(draw_diameters(1.0, lognormal(1.0, 0.3), 3, generator), [(6 / np.pi) ** (1 / 3)])
    with pytest.raises(TessellationError, match=r"1 m\^3 hold no grain of mean diameter 0\.95 m"):
        draw_diameters(1.0, lognormal(0.95, 1.0), 3, generator)
