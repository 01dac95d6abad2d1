# SPDX-License-Identifier: LGPL-3.0-or-later
"""Resistance of grain boundaries against misorientation: limits, continuity, growth."""

import numpy as np
import pytest

from jadeite.physics.boundary_resistance import ConstantResistance, MisorientationResistance

TRANSITION = np.radians(15.0)
LAW = MisorientationResistance(high_angle=2e-5, low_angle_ratio=0.1, transition_angle=TRANSITION)


def test_constant():
    np.testing.assert_array_equal(ConstantResistance(3e-5).resistance(np.array([0.0, 1.0, np.nan])), 3e-5)


def test_limits():
    zero, high, none = LAW.resistance(np.array([0.0, np.pi / 2, np.nan]))
    assert zero == pytest.approx(2e-6, rel=1e-12)
    assert high == none == 2e-5


def test_follows_read_and_shockley():
    share = np.array([0.05, 0.3, 0.9])
    excess = (LAW.resistance(share * TRANSITION) - 2e-6) / (2e-5 - 2e-6)
    np.testing.assert_allclose(excess, share * (1 - np.log(share)), rtol=1e-12)


def test_meets_the_plateau_smoothly():
    """The energy of a dislocation wall is largest at the transition angle: value and slope are continuous there."""
    step = 1e-5
    below, at, above = LAW.resistance(TRANSITION * np.array([1 - step, 1.0, 1 + step]))
    assert at == above == 2e-5
    assert abs(at - below) < 1e-9 * at  # second order in the step


def test_grows_with_misorientation():
    assert (np.diff(LAW.resistance(np.linspace(0.0, TRANSITION, 200))) > 0).all()


def test_ratio_one_is_constant():
    law = MisorientationResistance(2e-5, 1.0, TRANSITION)
    np.testing.assert_allclose(law.resistance(np.linspace(0.0, 1.0, 11)), 2e-5, rtol=1e-15)
