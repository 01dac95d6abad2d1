# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a phase field of cracks is not solved with is refused with a reason."""

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

TEXT = CASE.split("physics:\n")[0].split("protocol:\n")[0]


def written(fracture: str = "", mechanics: str = "", protocol: str = "flaw_pressure: 100 MPa", more: str = "") -> str:
    return (
        f"{TEXT}physics:\n  mechanics: {{fracture: {{law: phase_field{fracture}}}{mechanics}}}\n"
        f"protocol: {{law: loading, {protocol}}}\n{more}"
    )


def test_a_phase_field_under_pressure_is_a_case(write_case: WriteCase) -> None:
    loaded = load_case(write_case(text=written(", filling: sodium, model: AT2, split: spectral", ", sides: free")))
    assert loaded.case.physics.mechanics is not None


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (written(mechanics=", crack_faces: contact"), "physics.mechanics.crack_faces", "not solved with a phase field"),
        (written(protocol="flaw_pressure: 100 MPa, control: arc_length"), "protocol.control", "halved until the load"),
        (written(more="solver: {degree: 3}\n"), "solver.degree", "expected: 1, 2"),
        (written(", filling: sodium", protocol="side_stress: 50 MPa"), "fracture.filling", "no pressure in flaws"),
        (written(", filling: dry"), "fracture.filling", "flaws look far too strong"),
        (written(protocol="side_stress: 50 MPa, crack_pressure: 9 MPa"), "protocol.crack_pressure", "as they grow"),
    ],
)
def test_what_is_not_solved_is_refused(write_case: WriteCase, text: str, place: str, words: str) -> None:
    with pytest.raises(CaseError) as error:
        load_case(write_case(text=text))
    said = [str(problem) for problem in error.value.problems]
    assert any(place in line and words in line for line in said), said
