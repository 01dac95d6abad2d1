# SPDX-License-Identifier: LGPL-3.0-or-later
"""Interface laws of sodium against ceramic, against solutions of their implicit equations by bracketing."""

import jadeite.fem  # noqa: F401  isort: skip
import math

import numpy as np
import pytest
from dolfinx import fem, mesh
from mpi4py import MPI
from scipy.optimize import brentq

from jadeite.constants import FARADAY, GAS, thermal_voltage
from jadeite.physics.electrode import ButlerVolmer, ConfinedSodium, LinearResistance

TEMPERATURE = 298.15
RT_F = GAS * TEMPERATURE / FARADAY
DECADES = np.logspace(-8, 4, 25)


def at_points(driving, expression_of):
    """Values of an expression of the driving potential difference, for an array of its values."""
    driving = np.asarray(driving, dtype=float)
    line = mesh.create_interval(MPI.COMM_SELF, len(driving) - 1, (0.0, 1.0))
    space = fem.functionspace(line, ("Lagrange", 1))
    field, result = fem.Function(space), fem.Function(space)
    order = np.argsort(np.argsort(space.tabulate_dof_coordinates()[:, 0]))
    field.x.array[:] = driving[order]
    result.interpolate(fem.Expression(expression_of(line, field), space.element.interpolation_points))
    values = np.empty_like(driving)
    values[order] = result.x.array
    return values


def current(law, driving):
    return at_points(driving, lambda line, d: law.bind(line).current_density(d))


def slope(law, driving):
    return at_points(driving, lambda line, d: law.bind(line).slope(d))


def exact_overpotential(j, j0, anodic):
    def mismatch(eta):
        return j0 * (math.expm1(anodic * eta / RT_F) - math.expm1(-(1 - anodic) * eta / RT_F)) - j

    reach = RT_F * (math.log1p(abs(j) / j0) / min(anodic, 1 - anodic) + 1.0)
    return brentq(mismatch, -reach, reach, xtol=1e-30, rtol=1e-15)


@pytest.mark.parametrize("anodic", [0.1, 0.3, 0.5, 0.8, 0.95])
@pytest.mark.parametrize("film", [0.0, 1e-7, 2.2e-3, 10.0])
def test_butler_volmer_with_film_over_twelve_decades(anodic, film):
    j0 = 10.0
    wanted = np.concatenate([-DECADES[::-1], DECADES]) * j0
    driving = [exact_overpotential(j, j0, anodic) + film * j for j in wanted]
    found = current(ButlerVolmer(j0, TEMPERATURE, anodic, film), driving)
    # bracketing finds the overpotential to 15 digits; far out the current multiplies its rounding by eta F / RT
    np.testing.assert_allclose(found, wanted, rtol=1e-11)


@pytest.mark.parametrize("anodic", [0.2, 0.5, 0.7])
@pytest.mark.parametrize("film", [0.0, 2.2e-3])
def test_slope_is_the_derivative(anodic, film):
    law = ButlerVolmer(10.0, TEMPERATURE, anodic, film)
    driving = np.array([-0.5, -0.1, -0.02, -1e-4, 1e-4, 0.02, 0.1, 0.5])
    step = 1e-6
    difference = (current(law, driving + step) - current(law, driving - step)) / (2 * step)
    np.testing.assert_allclose(slope(law, driving), difference, rtol=1e-6)


@pytest.mark.parametrize("film", [0.0, 2.2e-3])
def test_equilibrium(film):
    law = ButlerVolmer(10.0, TEMPERATURE, 0.3, film)
    np.testing.assert_array_equal(current(law, [0.0, 0.0]), 0.0)
    np.testing.assert_allclose(slope(law, [0.0, 0.0]), 1.0 / (RT_F / 10.0 + film), rtol=1e-13)


def test_limits_of_the_film():
    driving = np.array([-0.3, -0.01, 0.01, 0.3])
    np.testing.assert_allclose(
        current(ButlerVolmer(10.0, TEMPERATURE, 0.4, 1e-13), driving),
        current(ButlerVolmer(10.0, TEMPERATURE, 0.4), driving),
        rtol=1e-7,
    )
    # a film far more resistive than charge transfer takes all of the driving force
    np.testing.assert_allclose(current(ButlerVolmer(1e3, TEMPERATURE, 0.4, 1e3), driving), driving / 1e3, rtol=1e-5)


def test_large_driving_force_stays_finite():
    """A line search may try voltages that no cell has."""
    found = current(ButlerVolmer(10.0, TEMPERATURE, 0.3, 1e-3), [-200.0, 200.0])
    assert np.isfinite(found).all()
    np.testing.assert_allclose(np.abs(found), 200.0 / 1e-3, rtol=0.05)


@pytest.mark.parametrize(("j", "millivolt"), [(1.0, 2.568189), (10.0, 24.727146), (100.0, 118.825010)])
def test_symmetric_overpotential(j, millivolt):
    """Newman and Thomas-Alyea 2004: eta = (2 RT/F) asinh(j / 2 j0)."""
    law = ButlerVolmer(10.0, TEMPERATURE)
    assert law.overpotential(j) * 1e3 == pytest.approx(millivolt, rel=1e-6)
    assert law.overpotential(-j) == pytest.approx(-law.overpotential(j), rel=1e-12)
    assert law.chord_resistance(j) == pytest.approx(2 * RT_F * math.asinh(j / 20.0) / j, rel=1e-12)


def test_chord_resistance_at_vanishing_current():
    law = ButlerVolmer(10.0, TEMPERATURE, 0.3, 5e-3)
    for j in (0.0, 1e-12, 1e-7):
        assert law.chord_resistance(j) == pytest.approx(RT_F / 10.0 + 5e-3, rel=1e-6)


def test_linear_resistance():
    law = LinearResistance(2e-3)
    np.testing.assert_allclose(current(law, [-0.1, 0.3]), [-50.0, 150.0], rtol=1e-14)
    np.testing.assert_allclose(slope(law, [-0.1, 0.3]), 500.0, rtol=1e-14)
    assert law.chord_resistance(7.0) == 2e-3


def test_thermal_voltage():
    assert thermal_voltage(TEMPERATURE) == pytest.approx(25.692579e-3, rel=1e-7)


# --- Confined sodium

MOLAR_VOLUME = 23.78e-6
PASCAL_PER_VOLT = FARADAY / MOLAR_VOLUME
DRIVING = np.array([-0.5, -0.1, -1e-3, 0.0, 1e-3, 0.2])


def confined(limit, quantity):
    law = ConfinedSodium(MOLAR_VOLUME, limit)
    return at_points(DRIVING, lambda line, d: getattr(law.bind(line), quantity)(d))


def test_sealed_sodium_takes_the_whole_plating_force():
    """1 mV is 4.057 MPa; pressure and remaining driving force exclude each other."""
    pressure, left = confined(math.inf, "pressure"), confined(math.inf, "effective_driving")
    np.testing.assert_allclose(pressure, np.maximum(-DRIVING, 0.0) * PASCAL_PER_VOLT, rtol=1e-12)
    np.testing.assert_allclose(left, np.maximum(DRIVING, 0.0), atol=1e-16)
    assert np.abs(pressure * left).max() <= 1e-6
    np.testing.assert_array_equal(confined(math.inf, "effective_slope"), [0, 0, 0, 1, 1, 1])


def test_sodium_that_escapes_plates_with_what_is_left():
    limit = 50e6  # reached at 12.3 mV
    pressure, left = confined(limit, "pressure"), confined(limit, "effective_driving")
    assert pressure.max() == limit and pressure.min() == 0.0
    np.testing.assert_allclose(pressure + (left - DRIVING) * -PASCAL_PER_VOLT, 0.0, atol=1e-6)
    np.testing.assert_allclose(left[:2], DRIVING[:2] + limit / PASCAL_PER_VOLT, rtol=1e-12)
    # complementarity: either it is held and nothing is left to plate, or the pressure is at its limit
    held = pressure < limit
    np.testing.assert_allclose(np.minimum(left[held], 0.0), 0.0, atol=1e-16)
    np.testing.assert_array_equal(confined(limit, "effective_slope"), [1, 1, 0, 1, 1, 1])
