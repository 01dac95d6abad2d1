# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where a crack goes: thresholds of deflection, mixed modes, what is out of reach."""

import numpy as np
import pytest

from jadeite.failure.deflection import BoundaryCourse, choose_course, kink_compliance, kink_energy_release_rate
from jadeite.materials.laws import isotropic_stiffness

YOUNG, POISSON = 80e9, 0.26
EFFECTIVE = YOUNG / (1 - POISSON**2)
COMPLIANCE = kink_compliance(isotropic_stiffness(YOUNG, POISSON))
OPENING = np.array([1e6, 0.0, 0.0])
GRAIN = 20.0


def across(ratio):
    return BoundaryCourse("across", 0.5 * np.pi, ratio * GRAIN)


def test_an_opening_crack_without_boundaries_goes_straight():
    choice = choose_course(OPENING, COMPLIANCE, GRAIN, [])
    assert choice.best.angle == 0.0
    assert choice.best.energy_release_rate == pytest.approx(1e12 / EFFECTIVE)
    assert choice.best.words == "stays in the grain"
    assert choice.margin == np.inf and choice.threshold is None


@pytest.mark.parametrize(("ratio", "deflected"), [(0.25, True), (0.27, False)])
def test_a_boundary_across_deflects_below_a_quarter(ratio, deflected):
    # 0.26 by the exact analysis of a small kink
    choice = choose_course(OPENING, COMPLIANCE, GRAIN, [across(ratio)])
    assert (choice.best.boundary == "across") is deflected
    assert choice.threshold == pytest.approx(0.26, abs=0.002)
    assert choice.margin == pytest.approx(max(choice.threshold / ratio, ratio / choice.threshold))


def test_boundaries_out_of_reach_are_no_course():
    behind = BoundaryCourse("behind", np.radians(130.0), 0.01 * GRAIN)
    assert choose_course(OPENING, COMPLIANCE, GRAIN, [behind]).best.boundary == ""


def test_shear_turns_the_crack_and_mirrors():
    one, other = (choose_course(np.array([1e6, sign * 0.5e6, 0.0]), COMPLIANCE, GRAIN, []) for sign in (1.0, -1.0))
    assert one.best.angle == pytest.approx(-other.best.angle)
    assert one.best.angle < -0.5
    assert one.best.energy_release_rate > 1.25e12 / EFFECTIVE


def test_tearing_is_released_straight_ahead():
    shear = YOUNG / (2 * (1 + POISSON))
    rate = kink_energy_release_rate(np.array([0.0, 0.0, 1e6]), np.zeros(1), COMPLIANCE)
    assert rate[0] == pytest.approx(1e12 / (2 * shear))


def test_a_crack_without_load_goes_nowhere():
    choice = choose_course(np.zeros(3), COMPLIANCE, GRAIN, [across(0.1)])
    assert choice.best.utilisation == 0.0 and choice.best.boundary == "" and choice.threshold is None
