# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of dissolved salt: roles, what is not coupled with it, the limiting current of one polymer layer."""

from pathlib import Path

import pytest

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

CASE = """\
title: salt
microstructure:
  width: 10 um
  separator:
    layers: [{name: membrane, material: polymer, thickness: 50 um}]
materials:
  polymer: {material: PEO20_NaTFSI}
physics:
  ion_transport:
    polymer:
      law: binary_electrolyte
      salt_concentration: 1000 mol/m^3
      salt_diffusivity: 1e-11 m^2/s
      transference_number: 0.3
  mechanics: none
protocol: {law: polarisation, current_densities: [1 mA/cm^2, 5 mA/cm^2]}
"""


def problems(folder: Path, *settings: str) -> str:
    path = folder / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    try:
        load_case(path, settings)
    except CaseError as error:
        return "\n".join(str(problem) for problem in error.problems)
    return ""


def test_currents_below_the_limit_are_accepted(tmp_path):
    assert problems(tmp_path) == ""


@pytest.mark.parametrize(
    "protocol", ["{current_density: 6 mA/cm^2}", "{law: polarisation, current_densities: [1 mA/cm^2, 6 mA/cm^2]}"]
)
def test_a_steady_current_above_the_limit_is_refused_with_the_limit(tmp_path, protocol):
    # 2 F D c / ((1 - t) L) = 2 x 96485 x 1e-11 x 1000 / (0.7 x 50e-6) = 55.13 A/m^2
    found = problems(tmp_path, f"protocol={protocol}")
    assert "5.513 mA/cm^2" in found
    assert "law: hold" in found


def test_a_hold_above_the_limit_is_followed_in_time(tmp_path):
    assert problems(tmp_path, "protocol={law: hold, current_density: 6 mA/cm^2, duration: 10 s}") == ""


def test_what_is_not_one_layer_has_no_limit_before_it_is_solved(tmp_path):
    layers = "[{name: a, material: polymer, thickness: 50 um}, {name: b, material: polymer, thickness: 1 um}]"
    settings = f"microstructure.separator.layers={layers}", "protocol={current_density: 6 mA/cm^2}"
    assert problems(tmp_path, *settings) == ""


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("physics.ion_transport={polimer: {law: binary_electrolyte}}", "did you mean `polymer`?"),
        ("physics.ion_transport.polymer.transference_number=1.2", "is too large; given: 1.2"),
        ("physics.ion_transport.polymer.transference_number=0", "transference_number"),
        ("physics.ion_transport.polymer.salt_concentration=-1 mol/L", "salt_concentration"),
        ("physics.mechanics={}", "is not solved with binary_electrolyte; say `mechanics: none`, or leave it out"),
        ("physics.electronic_conduction={}", "is not solved with binary_electrolyte"),
        ("physics.grain_boundaries={law: constant, surface_conductance: 1e-9 S}", "conducts along boundaries"),
        (
            "physics.plating_interface={law: butler_volmer, interphase: {law: parabolic, growth_constant: 1e-20 m^2/s, "
            "ionic_conductivity: 1e-6 S/m}}",
            "does not grow in a cell with binary_electrolyte",
        ),
        ("protocol={law: impedance}", "`impedance` is not solved with binary_electrolyte"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path, setting, message):
    assert message in problems(tmp_path, setting)


def test_current_densities_of_a_curve_rise(tmp_path: Path) -> None:
    said = problems(tmp_path, "protocol.current_densities=[1 mA/cm^2, 0.5 mA/cm^2]")
    assert "protocol.current_densities.1" in said and "not larger than the one before it" in said
    assert not problems(tmp_path)
