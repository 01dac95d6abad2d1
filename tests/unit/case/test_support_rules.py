# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sides that a microstructure does not have, loads on sides that are held, and nearly incompressible ceramics."""

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

PLAIN = CASE.replace("  flaws:\n    - {name: deep, position: 20 um, depth: 12 um, mouth_width: 0.3 um}\n", "").replace(
    "  unwetted_patches:\n    - {name: void, start: 40 um, end: 48 um}\n", ""
)


def problem_of(path: object) -> str:
    with pytest.raises(CaseError) as error:
        load_case(path)
    (problem,) = error.value.problems
    return str(problem)


def with_physics(line: str) -> str:
    return f"{PLAIN}physics:\n  grain_boundaries: {{law: none}}\n  {line}\n"


def test_periodic_sides_need_a_periodic_microstructure(write_case: WriteCase) -> None:
    text = with_physics("mechanics: {sides: periodic}")
    said = problem_of(write_case(text=text))
    assert "physics.mechanics.sides" in said and "does not continue itself along x" in said
    assert "periodic: [x]" in said
    load_case(write_case(("microstructure:\n", "microstructure:\n  periodic: [x]\n"), text=text))


@pytest.mark.parametrize("sides", ["flat", "held", "free"])
@pytest.mark.parametrize("platens", ["uniform_pressure", "rigid", "compliant, stiffness: 1e15 Pa/m"])
def test_platens_go_with_sides(write_case: WriteCase, sides: str, platens: str) -> None:
    loaded = load_case(write_case(text=with_physics(f"mechanics: {{sides: {sides}, platens: {{law: {platens}}}}}")))
    mechanics = loaded.case.physics.mechanics
    assert mechanics is not None and mechanics.sides == sides


def test_compliant_platens_need_a_stiffness(write_case: WriteCase) -> None:
    assert "stiffness: is required" in problem_of(
        write_case(text=with_physics("mechanics: {platens: {law: compliant}}"))
    )


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        ("0.5", "no finite stiffness against a change of volume"),
        ("0.499", "nearly incompressible"),
        ("0.7", "expected: below 0.5"),
        ("-1", "above -1"),
    ],
)
def test_incompressible_ceramics_are_refused_with_reasons(write_case: WriteCase, ratio: str, words: str) -> None:
    said = problem_of(
        write_case(("{material: NZSP_x2}", f"{{material: NZSP_x2, override: {{poisson_ratio: {ratio}}}}}"), text=PLAIN)
    )
    assert "poisson_ratio" in said and words in said


def test_sodium_may_be_nearly_incompressible(write_case: WriteCase) -> None:
    sodium = "\n  sodium: {material: Na_metal, override: {poisson_ratio: 0.4999}}"
    load_case(write_case(("{material: NZSP_x2}", "{material: NZSP_x2}" + sodium), text=PLAIN))
