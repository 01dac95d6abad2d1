# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sodium that slides: under which loads it is solved, and with what it is not."""

from pathlib import Path

import pytest

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

_FOIL = """\
title: foil
microstructure:
  width: 60 um
  separator:
    layers:
      - {material: sodium, thickness: 20 um}
      - {material: electrolyte, thickness: 20 um}
  cracks:
    - {name: a, centre: [30 um, 30 um], half_length: 4 um, tilt: 30 deg}
materials:
  electrolyte: {material: NZSP_x2}
physics:
  mechanics:
    stack_pressure: 5 MPa
    metal: {law: elastic}
    metal_contact: {law: sliding, friction_coefficient: 0.2}
protocol: {law: loading}
"""


def problems_of(path: Path, *settings: str) -> str:
    file = path / "case.yaml"
    file.write_text(_FOIL, encoding="utf-8")
    try:
        load_case(file, settings)
    except CaseError as error:
        return "\n".join(str(problem) for problem in error.problems)
    return ""


@pytest.mark.parametrize(
    "settings",
    [
        (),
        ("physics.mechanics.sides=free",),
        ("physics.mechanics.crack_faces=contact", "physics.mechanics.crack_friction_coefficient=0.2"),
    ],
)
def test_sodium_slides_under_loads(tmp_path: Path, settings: tuple[str, ...]) -> None:
    assert problems_of(tmp_path, *settings) == ""


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (("physics.mechanics.metal={law: norton}",), "lets sodium flow, which takes time"),
        (("physics.mechanics.sides=periodic",), "not solved with sides that repeat"),
        (
            ("physics.mechanics.fracture={law: cohesive_boundaries, strength: 100 MPa}",),
            "not solved with `mechanics.fracture`",
        ),
        (("protocol.opened_boundaries=2",), "`mechanics.metal_contact` is `sliding`"),
        (("physics.mechanics.crack_faces=contact",), "cracks share the friction of sodium that slides"),
    ],
)
def test_what_is_not_solved_with_it_is_refused(tmp_path: Path, settings: tuple[str, ...], said: str) -> None:
    assert said in problems_of(tmp_path, *settings)
