# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of films at electrodes and of holding a cell for a time; values that come from an interphase of the library."""

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.materials.resolve import resolve

HOLD = ("  current_density: 1 mA/cm^2\n", "  law: hold\n  current_density: 1 mA/cm^2\n  duration: 10 h\n")
GROWS = "interphase: {law: parabolic, growth_constant: 1e-18 m^2/s, ionic_conductivity: 1e-4 S/m}"


def with_plating(law: str, text: str = CASE) -> str:
    law = law if law.startswith("law:") else f"law: butler_volmer, {law}"
    return text + f"physics:\n  plating_interface: {{{law}}}\n"


def problem_of(write_case: WriteCase, law: str, *changes: tuple[str, str]) -> str:
    with pytest.raises(CaseError) as error:
        load_case(write_case(*changes, text=with_plating(law)))
    assert len(error.value.problems) == 1, str(error.value)
    return str(error.value)


def test_a_film_that_grows_may_be_held(write_case: WriteCase) -> None:
    case = load_case(write_case(HOLD, text=with_plating(GROWS))).case
    assert case.physics.stripping_interface is case.physics.plating_interface


def test_hold_needs_something_that_changes(write_case: WriteCase) -> None:
    assert "nothing does in this case" in problem_of(write_case, "law: linear, resistance: 1 ohm*cm^2", HOLD)


def test_a_film_without_thickness_needs_time(write_case: WriteCase) -> None:
    assert "no time to grow, with the protocol `steady`" in problem_of(write_case, GROWS)
    thick = GROWS.replace("growth_constant", "initial_thickness: 20 nm, growth_constant")
    load_case(write_case(text=with_plating(thick)))


def test_a_linear_interface_needs_resistance_under_a_film(write_case: WriteCase) -> None:
    assert "without any resistance" in problem_of(write_case, f"law: linear, resistance: 0 ohm*cm^2, {GROWS}", HOLD)
    with_contact = f"law: linear, resistance: 0 ohm*cm^2, contact_resistance: 1 ohm*cm^2, {GROWS}"
    load_case(write_case(HOLD, text=with_plating(with_contact)))


def test_variation_needs_something_to_vary_and_a_length_to_see(write_case: WriteCase) -> None:
    variation = "film_variation: {coefficient_of_variation: 0.3, correlation_length: %s}"
    assert "nothing to vary" in problem_of(write_case, variation % "5 um")
    short = problem_of(write_case, "film_resistance: 5 ohm*cm^2, " + variation % "0.5 um")
    assert "at least 0.6 um" in short  # a hundredth of 60 um
    load_case(write_case(text=with_plating("film_resistance: 5 ohm*cm^2, " + variation % "5 um")))


def test_misfit_needs_mechanics_and_a_first_step_fits_in(write_case: WriteCase) -> None:
    strained = GROWS.replace("growth_constant", "volume_strain: 0.1, growth_constant")
    text = with_plating(strained) + "  mechanics: none\n"
    with pytest.raises(CaseError, match="mechanics is not solved"):
        load_case(write_case(HOLD, text=text))
    thick = strained.replace("growth_constant", "initial_thickness: 20 nm, growth_constant")
    load_case(write_case(text=with_plating(thick)))
    signal = ("  current_density: 1 mA/cm^2\n", "  law: impedance\n")
    assert "because mechanics is not solved; given: 0.1; leave it out" in problem_of(write_case, thick, signal)
    late = (HOLD[0], HOLD[1] + "  first_step: 11 h\n")
    assert "longer than the duration" in problem_of(write_case, GROWS, late)


def test_what_is_left_out_comes_from_the_library(write_case: WriteCase) -> None:
    law = "interphase: {law: parabolic, material: Interphase_Na3PS4_Na, ionic_conductivity: 2e-4 S/m}"
    loaded = load_case(write_case(HOLD, text=with_plating(law)))
    materials = resolve(loaded.case, loaded.recipe)
    film = materials.interphases["plating_interface"]
    assert materials.interphases["stripping_interface"] is film
    recorded = {entry.property: entry for entry in materials.used if entry.role == "plating_interface"}
    assert set(recorded) == {"growth_constant_parabolic", "growth_constant_Ea"}
    # the library's constant is that of d(x^2)/dt
    assert film.growth_constant == pytest.approx(recorded["growth_constant_parabolic"].value[0] / 2)
    assert film.activation_energy == recorded["growth_constant_Ea"].value[0]
    assert film.ionic_conductivity == pytest.approx(2e-4)


def test_what_nobody_gives_is_a_problem(write_case: WriteCase) -> None:
    for law, missing in (
        ("interphase: {law: parabolic, growth_constant: 1e-18 m^2/s}", "gives no `ionic_conductivity`"),
        ("interphase: {law: parabolic, material: Interphase_NZSP_Na}", "has no ionic_conductivity in the library"),
        ("interphase: {law: parabolic, material: Interphase_Na3PS}", "is not in the material library"),
    ):
        loaded = load_case(write_case(HOLD, text=with_plating(law)))
        with pytest.raises(CaseError) as error:
            resolve(loaded.case, loaded.recipe)
        assert len(error.value.problems) == 1 and missing in str(error.value)
