# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boundaries that open: what holds the body, what has no effect, and that there are boundaries."""

import json

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

_FLAW = "  flaws:\n    - {name: deep, position: 20 um, depth: 12 um, mouth_width: 0.3 um}\n"
_VOID = "  unwetted_patches:\n    - {name: void, start: 40 um, end: 48 um}\n"


def case_with(fracture: str = "", mechanics: str = "", more: str = "") -> str:
    text = CASE.replace(_VOID, "").replace(_FLAW, "")
    start = text.index("protocol:")
    rest = text[start:].split("\n")
    end = next((k for k, line in enumerate(rest[1:], 1) if line and not line.startswith(" ")), len(rest))
    law = f"{{law: cohesive_boundaries, strength: 300 MPa{fracture}}}"
    block = f"mechanics: {{stress_free_temperature: 1000 degC, fracture: {law}{mechanics}}}"
    kept = text[:start] + "\n".join(rest[end:])
    return f"{kept}\nprotocol: {{law: loading, control: arc_length, steps: 5}}\nphysics:\n  {block}\n{more}"


def test_cohesive_boundaries_are_accepted(write_case: WriteCase) -> None:
    load_case(write_case(text=case_with()))
    load_case(write_case(text=case_with(", separation: exponential, mixed_mode: quadratic, filling: sodium")))
    load_case(write_case(text=case_with(mechanics="}\n  grain_boundaries: {law: constant, resistance: 1 ohm*cm^2")))


@pytest.mark.parametrize(
    ("fracture", "mechanics", "more", "said"),
    [
        (", mixed_mode: quadratic, mixed_mode_exponent: 2", "", "", "the quadratic law has no exponent"),
        (", mixed_mode_exponent: 3", "", "", "both modes take the same fracture energy"),
        ("", ", crack_faces: contact", "", "not solved with boundaries that open"),
        ("", "", "solver: {degree: 3}", "linear or quadratic displacements"),
    ],
)
def test_what_is_not_solved_is_refused(
    write_case: WriteCase, fracture: str, mechanics: str, more: str, said: str
) -> None:
    with pytest.raises(CaseError) as error:
        load_case(write_case(text=case_with(fracture, mechanics, more)))
    assert any(said in str(problem) for problem in error.value.problems)


def test_an_exponent_counts_where_modes_differ(write_case: WriteCase) -> None:
    load_case(write_case(text=case_with(", mode_two_ratio: 2, mixed_mode_exponent: 3")))


def test_meshed_sodium_is_refused(write_case: WriteCase) -> None:
    case = {
        "title": "sodium below ceramic",
        "microstructure": {
            "width": "40 um",
            "separator": {
                "layers": [
                    {"material": "sodium", "thickness": "10 um"},
                    {"material": "electrolyte", "thickness": "20 um"},
                ]
            },
        },
        "materials": {"electrolyte": {"material": "NZSP_x2"}},
        "physics": {
            "mechanics": {
                "kinematics": "plane_strain",
                "stack_pressure": "1 MPa",
                "metal": {"law": "elastic"},
                "fracture": {"law": "cohesive_boundaries", "strength": "100 MPa"},
            }
        },
        "protocol": {"law": "loading"},
    }
    with pytest.raises(CaseError) as error:
        load_case(write_case(text=json.dumps(case)))
    said = [str(problem) for problem in error.value.problems]
    assert any("has no fracture energy" in text for text in said)
    assert not any("toughness" in text for text in said)
