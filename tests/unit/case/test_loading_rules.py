# SPDX-License-Identifier: LGPL-3.0-or-later
"""Loads that rise: there is one, it has something to act on, and the case has what answers it."""

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

_FLAW = "  flaws:\n    - {name: deep, position: 20 um, depth: 12 um, mouth_width: 0.3 um}\n"
_VOID = "  unwetted_patches:\n    - {name: void, start: 40 um, end: 48 um}\n"
_STRESS_FREE = "mechanics: {stress_free_temperature: 1000 degC}"


def case_with(protocol: str, mechanics: str = _STRESS_FREE, *, flaw: bool = False, more: str = "") -> str:
    text = CASE.replace(_VOID, "") if flaw else CASE.replace(_VOID, "").replace(_FLAW, "")
    start = text.index("protocol:")
    rest = text[start:].split("\n")
    end = next((k for k, line in enumerate(rest[1:], 1) if line and not line.startswith(" ")), len(rest))
    kept = text[:start] + "\n".join(rest[end:])
    return f"{kept}\nprotocol: {{law: loading{protocol}}}\nphysics:\n  {mechanics}\n{more}"


def problem_of(path: object) -> str:
    with pytest.raises(CaseError) as error:
        load_case(path)
    (problem,) = error.value.problems
    return str(problem)


def test_a_load_is_enough(write_case: WriteCase) -> None:
    load_case(write_case(text=case_with("")))
    load_case(write_case(text=case_with(", side_stress: 10 MPa", "mechanics: {}")))
    load_case(write_case(text=case_with(", flaw_pressure: 10 MPa", "mechanics: {}", flaw=True)))


@pytest.mark.parametrize(
    ("protocol", "mechanics", "said"),
    [
        ("", "mechanics: {}", "puts no load on the body"),
        ("", "mechanics: none", "`loading` is nothing else"),
        (", flaw_pressure: 10 MPa", _STRESS_FREE, "acts on flaws, and the microstructure has none"),
        (", crack_pressure: 10 MPa", _STRESS_FREE, "acts on embedded cracks, and the microstructure has none"),
        (", steps: 5", _STRESS_FREE, "nothing in the body fails"),
        (", control: arc_length", _STRESS_FREE, "nothing in the body fails"),
        (", magnifications: [1, 2]", _STRESS_FREE, "stress does not depend on the size of the grains"),
        ("", "mechanics: {stress_free_temperature: 900 degC, crack_friction_coefficient: 0.3}", "do not rub"),
        ("", f"{_STRESS_FREE}\n  plating_interface: {{law: ideal}}", "is without current"),
        ("", "mechanics: {stress_free_temperature: 900 degC, ion_partial_molar_volume: 1 cm^3/mol}", "without current"),
    ],
)
def test_what_has_no_effect_is_refused(write_case: WriteCase, protocol: str, mechanics: str, said: str) -> None:
    assert said in problem_of(write_case(text=case_with(protocol, mechanics)))


def test_boundaries_to_open_are_there(write_case: WriteCase) -> None:
    text = case_with(", opened_boundaries: 3")
    load_case(write_case(text=text))
    start, end = text.index("    thickness: 50 um"), text.index("materials:")
    single = f"{text[:start]}    layers: [{{material: electrolyte, thickness: 50 um}}]\n{text[end:]}"
    assert "opens boundaries, and the microstructure has none" in problem_of(write_case(text=single))


def test_criteria_of_a_current_are_refused(write_case: WriteCase) -> None:
    text = case_with("", more="failure: {criteria: [coupled_fracture]}\n")
    assert "failure.criteria" in problem_of(write_case(text=text))


def test_fracture_belongs_to_loading(write_case: WriteCase) -> None:
    text = CASE + "\nphysics: {mechanics: {fracture: {law: phase_field}}}\n"
    with pytest.raises(CaseError) as error:
        load_case(write_case(text=text))
    said = [str(problem) for problem in error.value.problems]
    assert any("is not solved with the protocol `steady`" in one for one in said)
