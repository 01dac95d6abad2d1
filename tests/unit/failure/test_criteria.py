# SPDX-License-Identifier: LGPL-3.0-or-later
"""Initiation criteria: scaling laws, limits, consistency between criteria, and when they do not apply."""

import math
from dataclasses import replace

import pytest
from scipy import integrate

from jadeite.constants import FARADAY
from jadeite.failure import criteria
from jadeite.failure.criteria import (
    FlawState,
    combined_griffith,
    evaluate_panel,
    grain_boundary_potential,
    ohmic_griffith,
    porz_griffith,
    void_edge_focusing,
)

STATE = FlawState(
    name="deep",
    depth=10e-6,
    overpotential=0.02,
    local_current_density=10.0,
    interface_resistance=2e-3,
    conductivity=0.1,
    fracture_toughness=1.3e6,
)


def test_only_applicable_criteria_answer():
    assert set(evaluate_panel(STATE)) == {"porz_griffith", "ohmic_griffith", "combined_griffith"}
    full = replace(
        STATE,
        equivalent_stress_intensity=0.4e6,
        boundary_current_density=-12.0,
        boundary_resistance=5e-5,
        boundary_strength=100e6,
        sodium_potential=0.01,
        pore_radius=1e-6,
        surface_energy=0.22,
        edge_current_density=30.0,
    )
    assert set(evaluate_panel(full)) == set(criteria.available_criteria())
    # current through the boundary drives deposition whichever way it flows
    assert evaluate_panel(full)["grain_boundary_potential"].driving > 0


def test_ohmic_limit_falls_with_depth_to_the_power_three_halves():
    ratio = ohmic_griffith.critical_current_density(0.1, 1.3e6, 10e-6) / ohmic_griffith.critical_current_density(
        0.1, 1.3e6, 20e-6
    )
    assert ratio == pytest.approx(2.0**1.5, rel=1e-14)


def test_combined_limit_joins_porz_and_ohmic():
    depth, toughness, conductivity = 10e-6, 1.3e6, 0.1
    ohmic = combined_griffith.critical_current_density(0.0, conductivity, toughness, depth)
    assert ohmic == pytest.approx(ohmic_griffith.critical_current_density(conductivity, toughness, depth), rel=1e-6)
    resistance = 10.0  # ohm m^2: the ohmic drop along the flaw (1e-4) is nothing against it
    interface = combined_griffith.critical_current_density(resistance, conductivity, toughness, depth)
    assert interface * resistance == pytest.approx(porz_griffith.critical_overpotential(toughness, depth), rel=1e-5)


def test_margin_is_one_at_the_critical_state():
    critical = combined_griffith.critical_current_density(2e-3, 0.1, 1.3e6, 10e-6)
    at_limit = replace(STATE, local_current_density=critical, edge_current_density=2 * critical)
    panel = evaluate_panel(at_limit)
    assert panel["combined_griffith"].margin == pytest.approx(1.0, rel=1e-12)
    assert panel["void_edge_focusing"].margin == pytest.approx(0.5, rel=1e-12)
    eta = porz_griffith.critical_overpotential(1.3e6, 10e-6)
    assert evaluate_panel(replace(STATE, overpotential=eta))["porz_griffith"].margin == pytest.approx(1.0, rel=1e-12)


def test_nothing_drives_a_flaw_at_rest():
    panel = evaluate_panel(replace(STATE, overpotential=0.0, local_current_density=-1.0))
    assert all(answer.margin == math.inf for answer in panel.values())


def test_step_at_a_grain_boundary_that_balances_its_strength():
    # D4: 0.5 ohm cm^2 and 100 MPa; printed 492.9247 A/m^2
    current = grain_boundary_potential.critical_current_density(0.5e-4, 100e6)
    assert current == pytest.approx(492.9247, rel=1e-6)
    state = replace(STATE, boundary_current_density=current, boundary_resistance=0.5e-4, boundary_strength=100e6)
    assert evaluate_panel(state)["grain_boundary_potential"].margin == pytest.approx(1.0, rel=1e-12)


def test_leakage_limit_of_a_nucleus_without_mechanical_resistance():
    # E4: 50 mV and gamma 0.22 J/m^2 give a critical radius of 2.168869 nm
    def limit(radius: float, pressure: float) -> float:
        # Sneddon 1946: a pressure p opens a penny with K = 2 p (r / pi)^(1/2)
        toughness = 2.0 * pressure * math.sqrt(radius / math.pi)
        state = replace(
            STATE, sodium_potential=0.1, pore_radius=radius, surface_energy=0.22, boundary_toughness=toughness
        )
        return evaluate_panel(state)["electronic_leakage"].resistance

    assert limit(2.168869e-9, 0.0) == pytest.approx(0.05, rel=1e-6)
    assert limit(4.277212e-9, 100e6) == pytest.approx(0.05, rel=1e-6)


def test_current_missing_under_a_void_crowds_around_it():
    # The excess outside the rim carries exactly the current that the void blocks: pi a^2 j0.
    radius = 5e-6

    def excess(s: float) -> float:  # distance = s^2 removes the square-root singularity
        distance = s * s
        return (void_edge_focusing.edge_amplification(distance, radius) - 1) * 2 * math.pi * (radius + distance) * 2 * s

    near = integrate.quad(excess, 0.0, math.sqrt(radius), epsabs=0, epsrel=1e-10)[0]
    far = integrate.quad(excess, math.sqrt(radius), math.sqrt(1e4 * radius), epsabs=0, epsrel=1e-8, limit=400)[0]
    # beyond 1e4 radii the excess is (2 / 3 pi) x^-3: its integral is (4/3) a^3 / R
    tail = 4.0 / 3.0 * radius**3 / (1e4 * radius)
    assert near + far + tail == pytest.approx(math.pi * radius**2, rel=1e-5)
    with pytest.raises(ValueError, match="positive distance"):
        void_edge_focusing.edge_amplification(0.0, radius)


def test_driving_and_resistance_carry_the_molar_volume_alike():
    doubled = replace(STATE, molar_volume=2 * STATE.molar_volume)
    assert evaluate_panel(doubled)["porz_griffith"].resistance == pytest.approx(
        2 * evaluate_panel(STATE)["porz_griffith"].resistance
    )
    assert combined_griffith.stress_intensity_per_current_density(1e-3, 0.1, 1e-5) == pytest.approx(
        FARADAY / STATE.molar_volume * math.sqrt(math.pi * 1e-5) * (1.1215222e-3 + 0.6828629e-4), rel=1e-12
    )


def test_unknown_names_and_impossible_states_are_refused():
    with pytest.raises(KeyError, match="porz_griffith"):
        evaluate_panel(STATE, ["porz"])
    with pytest.raises(ValueError, match="depth"):
        replace(STATE, depth=0.0)
    with pytest.raises(ValueError, match="twice"):
        criteria.criterion("porz_griffith", title="", source="")(lambda state: None)
