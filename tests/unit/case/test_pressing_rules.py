# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of pressing: one way to press, sodium that is there, platens that are rigid, and a way out."""

from pathlib import Path

import pytest

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

CASE = """\
title: foil
microstructure:
  width: 100 um
  separator:
    layers: [{name: foil, material: sodium, thickness: 50 um}]
materials:
  sodium: {material: Na_metal}
physics:
  mechanics: {sides: free}
protocol: {law: pressing, current_densities: [1 mA/cm^2, 2 mA/cm^2]}
"""
STACK = "[{material: ceramic, thickness: 10 um}, {material: sodium, thickness: 50 um}]"
WITH_CERAMIC = [f"microstructure.separator.layers={STACK}", "materials.ceramic={material: NZSP_x2}"]
HOLD = "protocol={law: pressing, pressure: 1 MPa, duration: 1 h}"


def problems(folder: Path, *settings: str) -> str:
    path = folder / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    try:
        load_case(path, settings)
    except CaseError as error:
        return "\n".join(str(problem) for problem in error.problems)
    return ""


@pytest.mark.parametrize(
    "settings",
    [
        [],
        [HOLD],
        ["protocol={law: pressing, compression: 0.3, duration: 1 h}"],
        [HOLD, "physics.mechanics.sides=held"],
        WITH_CERAMIC,
        ["physics.mechanics.metal_contact={law: sliding, friction_coefficient: 0.1}"],
        ["physics.mechanics.platens={law: rigid}", "microstructure.coordinates=axisymmetric"],
    ],
)
def test_what_is_solved_is_accepted(tmp_path, settings):
    assert problems(tmp_path, *settings) == ""


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["protocol={law: pressing}"], "none of `current_densities`, `compression`, `pressure`"),
        (["protocol={law: pressing, pressure: 1 MPa, compression: 0.1, duration: 1 s}"], "gives both"),
        (["protocol={law: pressing, pressure: 1 MPa}"], "gives no `duration`"),
        (["protocol={law: pressing, pressure: 0 MPa, duration: 1 s}"], "presses nothing"),
        (["protocol.duration=1 h"], "is a steady state"),
        (["protocol.current_densities=[2 mA/cm^2, 1 mA/cm^2]"], "not larger than the one before"),
        (["physics.mechanics=none"], "pressing is nothing else"),
        (["physics.mechanics.platens={law: uniform_pressure}"], "between rigid ones"),
        (["physics.mechanics.stack_pressure=1 MPa"], "has no effect"),
        (["physics.mechanics.sides=flat"], "has edges"),
        (["physics.mechanics.sides=held"], "nowhere to go"),
        (["physics.mechanics.kinematics=generalised_plane_strain"], "plane_strain"),
        (["physics.mechanics.metal={law: elastic}"], "cannot follow a current"),
        (
            ["physics.mechanics.metal={law: rate_dependent_plasticity, hardening_modulus: 1 MPa}"],
            "no steady state exists",
        ),
        (
            [HOLD, "physics.mechanics.metal_contact={law: sliding, friction_coefficient: 0.1}"],
            "where the foil changes its shape",
        ),
        ([*WITH_CERAMIC, "physics.mechanics.metal_contact={law: sliding}"], "not on meshed ceramic"),
        (
            [f"microstructure.separator.layers={STACK[:-1]}, {STACK[1:]}", WITH_CERAMIC[1]],
            "between layers of sodium",
        ),
        (["microstructure.separator.layers.0.material=electrolyte"], "no sodium to press"),
        (["microstructure.periodic=[x]"], "without edges"),
        (["microstructure.cracks=[{name: one, centre: [50 um, 25 um], half_length: 5 um}]"], "are not solved"),
    ],
)
def test_what_is_not_solved_is_refused(tmp_path, settings, words):
    assert words in problems(tmp_path, *settings)
