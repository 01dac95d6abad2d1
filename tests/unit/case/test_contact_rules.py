# SPDX-License-Identifier: LGPL-3.0-or-later
"""Crack faces in contact: what they are solved with, and that there are any."""

import pytest
from case_text import WriteCase
from test_loading_rules import case_with, problem_of

from jadeite.case.loading import load_case

_CONTACT = "mechanics: {stack_pressure: 10 MPa, crack_faces: contact%s}"


def test_faces_of_flaws_may_press_and_rub(write_case: WriteCase) -> None:
    load_case(write_case(text=case_with("", _CONTACT % "", flaw=True)))
    load_case(write_case(text=case_with("", _CONTACT % ", crack_friction_coefficient: 0.5", flaw=True)))


@pytest.mark.parametrize(
    ("protocol", "more", "flaw", "said"),
    [
        ("", "", False, "the microstructure has neither flaws nor cracks"),
        (
            "",
            ", fracture: {law: cohesive_boundaries, strength: 100 MPa}",
            True,
            "mechanics.crack_faces",
        ),
        (", opened_boundaries: 3", "", True, "opens boundaries of a linear body"),
        (", steps: 4", "", True, "everything rises in proportion to the load"),
    ],
)
def test_what_is_not_solved_with_contact_is_refused(
    write_case: WriteCase, protocol: str, more: str, flaw: bool, said: str
) -> None:
    assert said in problem_of(write_case(text=case_with(protocol, _CONTACT % more, flaw=flaw)))
