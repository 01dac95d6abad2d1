# SPDX-License-Identifier: LGPL-3.0-or-later
"""Dissolved salt: its single-ion limit, its amount, polymer beside ceramic, the limiting current, holds."""

import jadeite.fem  # noqa: F401  isort: skip

import numpy as np
import pytest

from jadeite.constants import FARADAY, thermal_voltage
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.binary_electrolyte import Salt, SaltTransport
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, LinearResistance
from jadeite.physics.salt_cell import NEARLY_DEPLETED, LimitingCurrentError, SaltCell, depletion_time
from sample_meshes import layered_mesh

WIDTH, TEMPERATURE = 5e-6, 350.0
CONCENTRATION, DIFFUSIVITY, TRANSFERENCE, FACTOR = 1200.0, 5e-12, 0.4, 1.3
POLYMER, CERAMIC, INTERFACE = 0.08, 0.5, 2e-4
PLATING, STRIPPING = (SurfaceKind.PLATING_ELECTRODE,), (SurfaceKind.STRIPPING_ELECTRODE,)


def cell(heights, polymer, *, law=None, transference=TRANSFERENCE, control="current", interface=INTERFACE):
    """Layers of polymer (True) and ceramic with an interface, by default of 2 ohm cm^2, between any two materials."""
    tagged = layered_mesh(heights, WIDTH, materials=["polymer" if one else "ceramic" for one in polymer])
    domain = Domain.from_tagged_mesh(tagged)
    present = np.array(polymer)
    full = np.ones(len(polymer))
    salt = Salt(
        present, CONCENTRATION * full, DIFFUSIVITY * full, transference * full, FACTOR * full, np.ones(len(polymer))
    )
    conductivity = np.where(present, POLYMER, CERAMIC)[:, None, None] * np.eye(2)
    resistance = np.full(len(tagged.surfaces.name), interface)
    transport = SaltTransport(domain, conductivity, salt, resistance, TEMPERATURE)
    return SaltCell(
        transport,
        [Contact(PLATING, law)],
        [Contact(STRIPPING, law)],
        TEMPERATURE,
        WIDTH,
        current_controlled=control == "current",
    )


def polymer_voltage(current_density, thickness):
    """Ohm's law over the linear profile of concentration, and diffusion, V."""
    slope = current_density * (1.0 - TRANSFERENCE) / (FARADAY * DIFFUSIVITY)
    high, low = CONCENTRATION + 0.5 * slope * thickness, CONCENTRATION - 0.5 * slope * thickness
    ohmic = current_density * CONCENTRATION / (POLYMER * slope) * np.log(high / low)
    return ohmic + 2.0 * thermal_voltage(TEMPERATURE) * (1.0 - TRANSFERENCE) * FACTOR * np.log(high / low)


def test_without_anions_that_move_it_is_ohms_law():
    law = LinearResistance(1e-3)
    state = cell([20e-6], [True], law=law, transference=1.0).steady(Current(30.0 * WIDTH))
    assert state.voltage == pytest.approx(30.0 * (20e-6 / POLYMER + 2e-3), rel=1e-10)
    assert state.lowest == pytest.approx(1.0, abs=1e-10)
    assert state.highest == pytest.approx(1.0, abs=1e-10)


@pytest.mark.parametrize("law", [None, ButlerVolmer(10.0, TEMPERATURE, 0.5, 5e-4)])
def test_polymer_ceramic_polymer_in_series(law):
    """Each polymer keeps its own salt, so that both have the same profile; the ceramic and two interfaces are ohmic."""
    density, thick, thin = 20.0, 20e-6, 15e-6
    problem = cell([thick, thin, thick], [True, False, True], law=law)
    state = problem.steady(Current(density * WIDTH))
    expected = 2.0 * polymer_voltage(density, thick) + density * (thin / CERAMIC + 2.0 * INTERFACE)
    if law is not None:
        expected += 2.0 * law.chord_resistance(density) * density
    assert len(problem.transport.pieces) == 2
    assert state.voltage == pytest.approx(expected, rel=2e-4)
    assert state.current_in == pytest.approx(state.current_out, rel=1e-9)
    assert abs(state.salt_change) < 1e-12
    slope = density * (1.0 - TRANSFERENCE) / (FARADAY * DIFFUSIVITY) / CONCENTRATION
    assert state.at_plating == pytest.approx(1.0 - 0.5 * slope * thick, rel=1e-4)
    assert state.at_stripping == pytest.approx(1.0 + 0.5 * slope * thick, rel=1e-4)


def test_next_to_no_resistance_is_none():
    """A part in 1e14 of what a cell resists is perfect contact, as it is where nothing is dissolved."""
    tiny = 1e-14 * WIDTH / POLYMER
    perfect, nearly = (cell([20e-6, 15e-6], [True, False], interface=value) for value in (0.0, tiny))
    sizes = [one.transport.potential_space.space.dofmap.index_map.size_global for one in (perfect, nearly)]
    assert sizes[0] == sizes[1]
    voltages = [one.steady(Current(20.0 * WIDTH)).voltage for one in (perfect, nearly)]
    assert voltages[1] == pytest.approx(voltages[0], rel=1e-12)


def test_voltage_and_current_control_find_the_same_state():
    law = LinearResistance(1e-3)
    given = cell([20e-6], [True], law=law).steady(Current(25.0 * WIDTH))
    found = cell([20e-6], [True], law=law, control="voltage").steady(Voltage(given.voltage))
    assert found.current_out == pytest.approx(25.0 * WIDTH, rel=1e-8)
    assert found.lowest == pytest.approx(given.lowest, rel=1e-8)


def test_above_the_limiting_current_the_limit_is_said():
    limit = 2.0 * FARADAY * DIFFUSIVITY * CONCENTRATION / ((1.0 - TRANSFERENCE) * 20e-6)
    problem = cell([20e-6], [True], law=LinearResistance(1e-3))
    with pytest.raises(LimitingCurrentError, match="the limiting current density is about") as error:
        problem.steady(Current(1.3 * limit * WIDTH))
    assert error.value.limit / WIDTH == pytest.approx(limit, rel=0.01)
    assert "y = 0 um" in error.value.place


def test_a_hold_goes_to_the_steady_state_and_keeps_the_salt():
    problem = cell([20e-6], [True], law=LinearResistance(1e-3))
    states = list(problem.hold(Current(20.0 * WIDTH), 2.0 * 20e-6**2 / DIFFUSIVITY))
    steady = problem.steady(Current(20.0 * WIDTH))
    assert states[-1].time == 2.0 * 20e-6**2 / DIFFUSIVITY
    assert states[-1].voltage == pytest.approx(steady.voltage, rel=1e-4)
    assert max(abs(state.salt_change) for state in states) < 1e-11
    assert depletion_time(states, 2.0 * 20e-6**2 / DIFFUSIVITY) is None


def test_a_hold_above_the_limit_ends_when_the_salt_is_used_up():
    limit = 2.0 * FARADAY * DIFFUSIVITY * CONCENTRATION / ((1.0 - TRANSFERENCE) * 20e-6)
    problem = cell([20e-6], [True], law=LinearResistance(1e-3))
    states = list(problem.hold(Current(2.0 * limit * WIDTH), 1e4))
    # Carslaw and Jaeger's slab loses its salt at one face after 0.0491827 L^2/D at twice the limiting current
    assert depletion_time(states, 1e4) == pytest.approx(0.0491827 * 20e-6**2 / DIFFUSIVITY, rel=0.03)
    assert min(state.lowest for state in states) > 0.0


def test_a_transference_number_above_one_is_refused():
    one = np.ones(1)
    with pytest.raises(ValueError, match="transference number"):
        Salt(np.array([True]), one, one, 1.2 * one, one, one)


def test_little_salt_that_stays_is_not_used_up():
    """Just below the limiting current the plating side keeps little salt for ever."""
    limit = 2.0 * FARADAY * DIFFUSIVITY * CONCENTRATION / ((1.0 - TRANSFERENCE) * 20e-6)
    problem = cell([20e-6], [True], law=LinearResistance(1e-3))
    duration = 5.0 * 20e-6**2 / DIFFUSIVITY
    states = list(problem.hold(Current(0.99 * limit * WIDTH), duration))
    assert states[-1].time == duration
    assert 0.0 < states[-1].lowest < NEARLY_DEPLETED
    assert depletion_time(states, duration) is None
