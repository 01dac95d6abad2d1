# SPDX-License-Identifier: LGPL-3.0-or-later
"""Laws of growth: closed forms against integrated speeds, the semigroup of times, limits, and the misfit of a film."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from jadeite.materials.laws import isotropic_stiffness
from jadeite.physics.interphase.growth import arrhenius
from jadeite.physics.interphase.linear_parabolic import LinearParabolicGrowth
from jadeite.physics.interphase.misfit import film_stress
from jadeite.physics.interphase.parabolic import ParabolicGrowth
from jadeite.physics.interphase.wagner import CrackingGrowth, wagner_constant, wagner_growth

LAWS = (
    ParabolicGrowth(3e-18),
    LinearParabolicGrowth(4e-18, 2e-11),
    CrackingGrowth(3e-18, 5e-7, 4e-17),
)
START = np.array([1e-9, 5e-8, 4e-7, 2e-6])


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_thickness_is_the_integral_of_the_speed(law):
    duration = 3e5
    for start in START:
        # the square of the thickness has a bounded rate, also of a thin film
        square = solve_ivp(
            lambda t, s: 2 * np.sqrt(abs(s)) * law.speed(np.sqrt(abs(s))),
            (0, duration),
            [start**2],
            rtol=1e-9,
            max_step=2e3,
        )
        expected = np.sqrt(square.y[0, -1])
        # the integrator steps across the jump of the speed where the film cracks
        tolerance = 2e-3 if isinstance(law, CrackingGrowth) else 1e-5
        assert law.grown(np.array([start]), np.array([duration]))[0] == pytest.approx(expected, rel=tolerance)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_two_steps_are_one(law):
    first, second = np.full(4, 7e4), np.array([1e2, 1e4, 1e5, 1e6])
    at_once = law.grown(START, first + second)
    np.testing.assert_allclose(law.grown(law.grown(START, first), second), at_once, rtol=1e-13)
    np.testing.assert_array_equal(law.grown(START, np.zeros(4)).round(20), START.round(20))


def test_mixed_growth_has_both_limits():
    law = LinearParabolicGrowth(2e-18, 1e-12)
    nothing = np.zeros(1)
    assert law.grown(nothing, np.array([1.0]))[0] == pytest.approx(1e-12, rel=1e-5)
    late = np.array([1e16])
    assert law.grown(nothing, late)[0] == pytest.approx(ParabolicGrowth(1e-18).grown(nothing, late)[0], rel=1e-4)


def test_a_film_cracks_when_it_is_thick_enough_and_not_before():
    whole, cracked = 1e-18, 9e-18
    law = wagner_growth(whole, 1e-6, cracked)
    until = 1e-12 / (2 * whole)
    nothing = np.zeros(1)
    assert law.grown(nothing, np.array([until]))[0] == pytest.approx(1e-6, rel=1e-12)
    assert law.grown(nothing, np.array([2 * until]))[0] == pytest.approx(
        np.sqrt(1e-12 + 2 * cracked * until), rel=1e-12
    )
    assert isinstance(wagner_growth(whole), ParabolicGrowth)


def test_the_slower_carrier_limits_growth():
    assert wagner_constant(1.0, 1e-9, 1.0, 2e-5) == pytest.approx(wagner_constant(1e3, 1e-9, 1.0, 2e-5), rel=1e-8)
    assert wagner_constant(1e-9, 1.0, 1.0, 2e-5) == pytest.approx(wagner_constant(1.0, 1e-9, 1.0, 2e-5), rel=1e-12)
    # equal carriers conduct half as well together
    assert wagner_constant(2e-6, 2e-6, 0.5, 2e-5) == pytest.approx(2e-5 / 96485.33212 * 1e-6 * 0.5, rel=1e-9)


def test_temperature_carries_a_rate_constant():
    energy, reference = 50e3, 298.15
    assert arrhenius(2.0, energy, reference, reference) == 2.0
    slope = np.log(arrhenius(1.0, energy, reference, 350.0) / arrhenius(1.0, energy, reference, 300.0))
    assert slope == pytest.approx(-energy / 8.314462618 * (1 / 350.0 - 1 / 300.0), rel=1e-9)


def test_a_film_that_swells_is_under_compression():
    modulus, ratio = 60e9, 0.3
    stress = film_stress(isotropic_stiffness(modulus, ratio), 0.5, 0.03)
    assert stress == pytest.approx(-0.5 * modulus / (1 - ratio) * 0.01, rel=1e-12)


def test_the_modulus_of_a_cubic_crystal_is_averaged_over_directions():
    """Voigt: K = (C11 + 2 C12)/3, G = (C11 - C12 + 3 C44)/5."""
    c11, c12, c44 = 200e9, 110e9, 80e9
    stiffness = np.zeros((6, 6))
    stiffness[:3, :3] = c12
    stiffness[range(3), range(3)] = c11
    stiffness[range(3, 6), range(3, 6)] = c44
    bulk, shear = (c11 + 2 * c12) / 3, (c11 - c12 + 3 * c44) / 5
    modulus, ratio = 9 * bulk * shear / (3 * bulk + shear), (3 * bulk - 2 * shear) / (6 * bulk + 2 * shear)
    assert film_stress(stiffness, 1.0, -0.3) == pytest.approx(0.1 * modulus / (1 - ratio), rel=1e-12)
