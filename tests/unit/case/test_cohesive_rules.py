# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boundaries that open: what holds the body, what has no effect, and that there are boundaries."""

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
