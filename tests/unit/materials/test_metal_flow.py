# SPDX-License-Identifier: LGPL-3.0-or-later
"""How the metal of a case flows: values of the library and the case at its temperature, and what is said otherwise."""

import math
from pathlib import Path

import pytest

from jadeite.case.loading import load_case
from jadeite.case.physics.metal import ElasticMetal, LinearViscousMetal, NortonCreep, RateDependentPlasticity
from jadeite.case.problems import CaseError
from jadeite.case.schema import MaterialChoice
from jadeite.constants import GAS
from jadeite.materials.creep import LinearViscosity, Overstress, PowerLawCreep, read_metal_flow
from jadeite.materials.library import load_material
from jadeite.materials.reader import PropertyReader

ROOM = 298.15


def flow(law: object, temperature: float = ROOM, material: str = "Na_metal") -> tuple[object, PropertyReader]:
    choice = MaterialChoice.model_validate({"material": material})
    read = PropertyReader("sodium", load_material(material), choice, temperature, "case.yaml")
    return read_metal_flow(read, law, "the test"), read  # type: ignore[arg-type]


def rate(creep: object, stress: float) -> float:
    assert isinstance(creep, PowerLawCreep)
    return float(creep.reference_rate * (stress / creep.reference_stress) ** creep.exponent)


def test_the_library_gives_power_law_creep_of_sodium() -> None:
    creep, read = flow(NortonCreep())
    # 0.53 MPa^-5 s^-1 with the exponent 5 (Wang et al. 2020)
    assert rate(creep, 0.25e6) == pytest.approx(0.53 * 0.25**5)
    assert {entry.property for entry in read.used} >= {"creep_norton_A_at_298K", "creep_norton_n"}
    assert not read.problems


def test_creep_follows_the_temperature() -> None:
    cold, _ = flow(NortonCreep())
    warm, _ = flow(NortonCreep(), 333.15)
    factor = math.exp(-44e3 / GAS * (1 / 333.15 - 1 / ROOM))
    assert rate(warm, 1e6) == pytest.approx(factor * rate(cold, 1e6))
    own, read = flow(NortonCreep.model_validate({"activation_energy": "20 kJ/mol"}), 333.15)
    assert rate(own, 1e6) == pytest.approx(rate(cold, 1e6) * factor ** (20 / 44))
    assert any(entry.property == "activation_energy" and entry.overridden for entry in read.used)


def test_a_case_may_replace_the_whole_law() -> None:
    given = {"stress_exponent": 3, "reference_stress": "0.5 MPa", "reference_rate": "1e-4 1/s"}
    creep, read = flow(NortonCreep.model_validate(given))
    assert rate(creep, 1e6) == pytest.approx(8e-4)
    replaced = [entry for entry in read.used if entry.property == "reference_rate"]
    assert len(replaced) == 1 and "creep_norton_A_at_298K" in replaced[0].replaces


def test_viscosity_falls_as_the_rate_rises() -> None:
    law = LinearViscousMetal.model_validate({"viscosity": "1e11 Pa*s", "activation_energy": "40 kJ/mol"})
    cold, _ = flow(law)
    warm, _ = flow(law, 333.15)
    assert isinstance(cold, LinearViscosity) and isinstance(warm, LinearViscosity)
    assert cold.viscosity == 1e11
    assert warm.viscosity == pytest.approx(1e11 * math.exp(40e3 / GAS * (1 / 333.15 - 1 / ROOM)))


def test_plasticity_takes_the_yield_stress_of_the_library_or_the_case() -> None:
    plastic, _ = flow(RateDependentPlasticity())
    assert plastic == Overstress(280e3, 1e-3, 5.0, 0.0)
    own, _ = flow(RateDependentPlasticity.model_validate({"yield_stress": "0.2 MPa", "hardening_modulus": "1 MPa"}))
    assert own == Overstress(0.2e6, 1e-3, 5.0, 1e6)


def test_elastic_metal_does_not_flow() -> None:
    assert flow(ElasticMetal())[0] is None


def test_a_material_without_creep_is_a_problem_with_a_way_out() -> None:
    _, read = flow(NortonCreep(), material="NZSP_x2")
    (problem,) = read.problems
    assert "no power-law creep" in str(problem) and "reference_rate" in str(problem)


FOIL = """\
title: foil
microstructure:
  width: 60 um
  separator:
    layers:
      - {material: electrolyte, thickness: 20 um}
      - {material: FOIL, thickness: 20 um}
materials:
  electrolyte: {material: NZSP_x2}
  soft: {material: NZSP_x2}
physics:
  grain_boundaries: {law: none}
  mechanics: {metal: {METAL}, metal_contact: {CONTACT}}
protocol: {current_density: 1 mA/cm^2}
"""


@pytest.mark.parametrize(
    ("foil", "metal", "contact", "words"),
    [
        ("sodium", "law: norton, reference_rate: 1e-3 1/s", "law: bonded", "says nothing without `reference_stress`"),
        ("sodium", "law: norton, stress_exponent: 3", "law: bonded", "belongs to a rate under a reference stress"),
        ("sodium", "law: norton", "law: bonded", "lets sodium flow, which takes time"),
        ("sodium", "law: elastic", "law: sliding", "is `sliding`, which is not solved"),
        ("soft", "law: norton", "law: bonded", "speaks of meshed sodium"),
    ],
)
def test_what_has_no_effect_or_is_not_solved_is_said(
    tmp_path: Path, foil: str, metal: str, contact: str, words: str
) -> None:
    path = tmp_path / "case.yaml"
    text = FOIL.replace("FOIL", foil).replace("METAL", metal).replace("CONTACT", contact)
    path.write_text(text if foil == "soft" else text.replace("  soft: {material: NZSP_x2}\n", ""), encoding="utf-8")
    with pytest.raises(CaseError) as error:
        load_case(path)
    assert words in "\n".join(str(problem) for problem in error.value.problems)
