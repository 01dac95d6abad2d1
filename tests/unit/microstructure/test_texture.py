# SPDX-License-Identifier: LGPL-3.0-or-later
"""Misorientations of random crystals: Mackenzie's distribution by its own figures and against samples."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest

from jadeite.microstructure.orientation import disorientation, random_orientations
from jadeite.microstructure.texture import mackenzie, random_misorientation

BREAKS = np.radians([45.0, 60.0, 60.72])
LARGEST = np.radians(62.7994)


def moment(power):
    return quad(lambda a: a**power * mackenzie(a), 0.0, LARGEST, points=BREAKS, limit=200)[0]


def test_mackenzie_is_a_density_with_his_mean_and_median():
    assert moment(0) == pytest.approx(1.0, abs=1e-6)
    # Mackenzie (1958): mean 40.736 degrees, median 42.340, most likely 45
    assert np.degrees(moment(1)) == pytest.approx(40.736, abs=1e-3)
    below = quad(mackenzie, 0.0, np.radians(42.34), limit=200)[0]
    assert below == pytest.approx(0.5, abs=1e-4)
    grid = np.radians(np.arange(0.05, 62.8, 0.1))
    assert np.degrees(grid[np.argmax(mackenzie(grid))]) == pytest.approx(45.0, abs=0.1)


def test_mackenzie_is_continuous_and_ends_at_the_largest_angle():
    for place in (*BREAKS, LARGEST):
        assert mackenzie(place - 1e-7) == pytest.approx(mackenzie(place + 1e-7), abs=1e-4)
    assert mackenzie([-0.1, LARGEST + 1e-6, 2.0]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("symmetry", ["cubic", "trigonal", "hexagonal", "tetragonal", "orthorhombic", "triclinic"])
def test_random_crystals_follow_the_distribution(symmetry):
    generator = np.random.default_rng(11)
    angle = disorientation(random_orientations(3000, generator), random_orientations(3000, generator), symmetry)
    assert kstest(angle, random_misorientation(symmetry)).pvalue > 0.01
    assert kstest(0.97 * angle, random_misorientation(symmetry)).pvalue < 1e-3


def test_isotropic_crystals_have_no_distribution():
    with pytest.raises(ValueError, match="isotropic"):
        random_misorientation("isotropic")
