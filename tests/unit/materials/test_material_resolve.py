# SPDX-License-Identifier: LGPL-3.0-or-later
"""Materials of a case: what is read, scaled, overridden and recorded, and what is said when something is missing."""

import math
from pathlib import Path

import numpy as np
import pytest

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.materials import laws
from jadeite.materials.resolve import Electrolyte, ResolvedMaterials, resolve

CASE = """\
title: materials
microstructure:
  width: 60 um
  separator:
    thickness: 50 um
    polycrystal: {grain_size: {law: lognormal, mean: 5 um}}
  flaws: [{name: deep, position: 20 um, depth: 12 um, mouth_width: 0.3 um}]
materials:
  electrolyte: {material: MATERIAL}
physics:
  mechanics: {stress_free_temperature: 600 degC}
protocol: {current_density: 1 mA/cm^2}
"""
CRYSTAL_GAPS = (
    "fracture_toughness: 2.7 MPa*m^0.5, grain_boundary_toughness_ratio: 0.7, grain_boundary_resistance: 0.06 ohm*cm^2, "
    "exchange_current_density: 2.57 mA/cm^2"
)


def resolved(folder: Path, material: str, *settings: str) -> ResolvedMaterials:
    path = folder / "case.yaml"
    path.write_text(CASE.replace("MATERIAL", material), encoding="utf-8")
    loaded = load_case(path, settings)
    return resolve(loaded.case, loaded.recipe, "case.yaml")


def electrolyte(folder: Path, material: str, *settings: str) -> Electrolyte:
    return resolved(folder, material, *settings).electrolytes["electrolyte"]


def messages(folder: Path, material: str, *settings: str) -> list[str]:
    with pytest.raises(CaseError) as error:
        resolved(folder, material, *settings)
    return [str(problem) for problem in error.value.problems]


def test_nzsp_at_room_temperature_is_read_as_it_stands(tmp_path: Path) -> None:
    solid = electrolyte(tmp_path, "NZSP_x2")
    np.testing.assert_array_equal(solid.conductivity, 3 * [0.2])
    np.testing.assert_allclose(solid.stiffness, laws.isotropic_stiffness(80e9, 0.26))
    np.testing.assert_array_equal(solid.thermal_expansion, [5e-6, 5e-6, 22e-6])
    assert solid.fracture_toughness == 1.3e6
    assert solid.grain_boundary_resistance == 7.5e-6
    assert solid.exchange_current_density == 257.0


def test_sodium_is_there_without_being_named(tmp_path: Path) -> None:
    sodium = resolved(tmp_path, "NZSP_x2").sodium
    assert (sodium.material, sodium.molar_volume, sodium.surface_energy) == ("Na_metal", 2.3676e-5, 0.25)


def test_temperature_scaling_uses_the_activation_energies(tmp_path: Path) -> None:
    exchange = "materials.electrolyte.override.exchange_current_density=25 mA/cm^2"
    solid = electrolyte(tmp_path, "NZSP_x24", "temperature=60 degC", exchange)
    boltzmann = math.exp(-27016 / 8.31446261815324 * (1 / 333.15 - 1 / 298.15))
    np.testing.assert_allclose(solid.conductivity, 1.5 * 298.15 / 333.15 * boltzmann, rtol=1e-12)
    assert solid.grain_boundary_resistance == pytest.approx(
        2e-6 * 333.15 / 298.15 * math.exp(34735 / 8.31446261815324 * (1 / 333.15 - 1 / 298.15)), rel=1e-12
    )


def test_missing_activation_energy_is_asked_for_not_invented(tmp_path: Path) -> None:
    (message,) = messages(tmp_path, "NZSP_x2", "temperature=60 degC")
    assert "no activation energy for sigma_bulk" in message
    assert "`conductivity_activation_energy: 30 kJ/mol` under `materials.electrolyte.override`" in message
    given = "materials.electrolyte.override.conductivity_activation_energy=0.28 eV"
    solid = electrolyte(tmp_path, "NZSP_x2", "temperature=60 degC", given)
    expected = laws.arrhenius_conductivity(0.2, 298.15, 0.28 * 96485.33212331, 333.15)
    np.testing.assert_allclose(solid.conductivity, expected, rtol=1e-9)


def test_every_conductivity_has_its_own_activation_energy(tmp_path: Path) -> None:
    """0.28 eV of grains of NZSP; a crystal's c axis has none; a conductivity of the case has that of the case."""
    assert electrolyte(tmp_path, "NZSP_x24").conductivity_activation_energy == pytest.approx([27016.0] * 3)
    gaps = f"materials.electrolyte.override={{{CRYSTAL_GAPS}}}"
    layered = electrolyte(tmp_path, "Na_beta2_alumina_crystal", gaps).conductivity_activation_energy
    assert layered[0] == layered[1] > 0.0 and math.isnan(layered[2])
    own = "materials.electrolyte.override.conductivity=0.1 S/m"
    assert np.isnan(electrolyte(tmp_path, "NZSP_x24", own).conductivity_activation_energy).all()
    energy = "materials.electrolyte.override.conductivity_activation_energy=20 kJ/mol"
    assert electrolyte(tmp_path, "NZSP_x24", own, energy).conductivity_activation_energy == pytest.approx([2e4] * 3)


def test_heat_asks_for_the_activation_energy_of_a_library_value(tmp_path: Path) -> None:
    (message,) = messages(tmp_path, "NZSP_x2", "physics.heat.thermal_conductivity=1 W/m/K")
    assert "no activation energy for sigma_bulk in the library, which heat needs" in message


def test_crystal_is_uniaxial_and_nothing_is_borrowed_from_the_polycrystal(tmp_path: Path) -> None:
    said = messages(tmp_path, "Na_beta2_alumina_crystal")
    for value in ("fracture_toughness", "grain_boundary_toughness_ratio", "grain_boundary_resistance"):
        assert sum(f"give `{value}:" in message for message in said) == 1
    assert len(said) == 4
    solid = electrolyte(tmp_path, "Na_beta2_alumina_crystal", f"materials.electrolyte.override={{{CRYSTAL_GAPS}}}")
    np.testing.assert_array_equal(solid.conductivity, [4.2, 4.2, 1e-6])
    np.testing.assert_array_equal(solid.thermal_expansion, [7.7e-6, 7.7e-6, 5.7e-6])
    assert solid.stiffness[2, 2] == 391e9
    assert solid.stiffness[5, 5] == pytest.approx(0.5 * (365e9 - 120e9))


def test_suggested_overrides_are_valid_input(tmp_path: Path) -> None:
    """Every remedy a message offers can be pasted into the case and clears it."""
    said = messages(tmp_path, "Na_beta2_alumina_crystal", "temperature=60 degC")
    remedies = [message.split("give `")[1].split("`")[0] for message in said]
    solid = electrolyte(
        tmp_path, "Na_beta2_alumina_crystal", "temperature=60 degC",
        *(f"materials.electrolyte.override.{remedy.replace(': ', '=', 1)}" for remedy in remedies),
    )  # fmt: skip
    assert np.all(np.isfinite(solid.conductivity))


def test_only_what_the_physics_needs_must_be_known(tmp_path: Path) -> None:
    settings = (
        "physics.mechanics=none",
        "physics.grain_boundaries={law: none}",
        "physics.plating_interface={law: ideal}",
        "failure.criteria=[]",
    )
    solid = electrolyte(tmp_path, "Na_beta2_alumina_crystal", *settings)
    assert solid.grain_boundary_resistance == 0.0
    assert math.isnan(solid.fracture_toughness)
    one = messages(tmp_path, "Na_beta2_alumina_crystal", *settings[:3], "failure.criteria=[ohmic_griffith]")
    assert len(one) == 1
    assert "which the criterion ohmic_griffith needs" in one[0]


def test_isotropic_symmetry_takes_direction_averages(tmp_path: Path) -> None:
    symmetry = "microstructure.separator.polycrystal.crystal_symmetry=isotropic"
    solid = electrolyte(tmp_path, "NZSP_x2", symmetry)
    np.testing.assert_array_equal(solid.thermal_expansion, 3 * [9e-6])
    override = f"materials.electrolyte.override={{{CRYSTAL_GAPS}}}"
    said = messages(tmp_path, "Na_beta2_alumina_crystal", symmetry, override)
    assert any("ionic conductivity averaged over directions" in message for message in said)
    assert any("youngs_modulus" in message for message in said)


def test_overrides_replace_values_and_keep_what_they_replace(tmp_path: Path) -> None:
    result = resolved(
        tmp_path, "NZSP_x2",
        "materials.electrolyte.override={conductivity: [0.3 S/m, 0.3 S/m, 0.1 S/m], fracture_toughness: 1 MPa*m^0.5}",
        "materials.electrolyte.override_source=our own indentation",
    )  # fmt: skip
    solid = result.electrolytes["electrolyte"]
    np.testing.assert_array_equal(solid.conductivity, [0.3, 0.3, 0.1])
    assert solid.fracture_toughness == 1e6
    (toughness,) = [entry for entry in result.used if entry.property == "fracture_toughness"]
    assert toughness.overridden
    assert toughness.value == (1e6,)
    assert "materials.electrolyte.override.fracture_toughness (our own indentation)" in toughness.source
    assert "1.3e+06 Pa*m^0.5" in toughness.replaces and "Nonemacher" in toughness.replaces
    (conductivity,) = [entry for entry in result.used if entry.property == "conductivity"]
    assert "sigma_bulk 0.2 S/m" in conductivity.replaces
    assert not any(entry.property == "sigma_bulk" for entry in result.used)


def test_values_of_the_physics_block_are_recorded_with_their_place(tmp_path: Path) -> None:
    law = "physics.grain_boundaries={law: misorientation, high_angle_resistance: 0.1 ohm*cm^2}"
    result = resolved(tmp_path, "NZSP_x2", law)
    assert result.electrolytes["electrolyte"].grain_boundary_resistance == 1e-5
    (entry,) = [entry for entry in result.used if entry.property == "grain_boundary_resistance"]
    assert entry.source == "case file, physics.grain_boundaries.high_angle_resistance"
    assert "7.5e-06 ohm*m^2" in entry.replaces


def test_used_values_cite_their_source_and_low_confidence_is_marked(tmp_path: Path) -> None:
    result = resolved(tmp_path, "NZSP_x2")
    toughness = next(entry for entry in result.used if entry.property == "fracture_toughness")
    assert (toughness.role, toughness.material, toughness.unit) == ("electrolyte", "NZSP_x2", "Pa*m^0.5")
    assert "Nonemacher" in toughness.source
    assert toughness.needed_by == "the criterion coupled_fracture"
    low = {entry.property for entry in result.low_confidence}
    assert {"sigma_bulk", "gb_area_specific_resistance"} <= low
    assert "fracture_toughness" not in low
    overridden = resolved(tmp_path, "NZSP_x2", "materials.electrolyte.override.conductivity=0.1 S/m")
    assert "sigma_bulk" not in {entry.property for entry in overridden.low_confidence}


def test_elastic_overrides(tmp_path: Path) -> None:
    cubic = electrolyte(tmp_path, "NZSP_x2", "materials.electrolyte.override.stiffness=[100 GPa, 40 GPa, 50 GPa]")
    np.testing.assert_array_equal(cubic.stiffness, laws.cubic_stiffness(100e9, 40e9, 50e9))
    softer = electrolyte(tmp_path, "NZSP_x2", "materials.electrolyte.override.youngs_modulus=60 GPa")
    np.testing.assert_allclose(softer.stiffness, laws.isotropic_stiffness(60e9, 0.26))
    (message,) = messages(tmp_path, "NZSP_x2", "materials.electrolyte.override.stiffness=[1 GPa, 2 GPa, 1 GPa]")
    assert "not positive definite" in message


LAYERS = "microstructure.separator={layers: [{thickness: 40 um, polycrystal: POLYCRYSTAL}, {thickness: 10 um}]}"


@pytest.mark.parametrize(
    ("symmetry", "uniform", "expansion"),
    [("cubic", "second", [9e-6, 9e-6, 9e-6]), ("cubic", "electrolyte", [5e-6, 5e-6, 22e-6]),
     ("trigonal", "second", [5e-6, 5e-6, 22e-6])],
)  # fmt: skip
def test_averages_are_taken_role_by_role(tmp_path: Path, symmetry: str, uniform: str, expansion: list[float]) -> None:
    """A role that is a crystal with an axis anywhere keeps its axis."""
    grains = f"{{grain_size: {{law: lognormal, mean: 5 um}}, crystal_symmetry: {symmetry}}}"
    settings = [LAYERS.replace("POLYCRYSTAL", grains), f"microstructure.separator.layers.1.material={uniform}"]
    settings += ["materials.second={material: NZSP_x2}"] if uniform == "second" else []
    materials = resolved(tmp_path, "NZSP_x2", *settings)
    np.testing.assert_array_equal(materials.electrolytes["electrolyte"].thermal_expansion, expansion)
    if uniform == "second":
        np.testing.assert_array_equal(materials.electrolytes["second"].thermal_expansion, [5e-6, 5e-6, 22e-6])


def test_particles_need_no_electrode_kinetics(tmp_path: Path) -> None:
    particles = "microstructure.inclusions=[{material: filler, radius: 0.4 um, count: 3, crystal_symmetry: hexagonal}]"
    plain = ["materials.electrolyte.override={" + CRYSTAL_GAPS + "}"]
    filler = "materials.filler={material: Na_beta2_alumina_crystal, override: {GAPS}}"
    gaps = ", ".join(gap for gap in CRYSTAL_GAPS.split(", ") if "exchange" not in gap)
    settings = [particles, *plain, filler.replace("{GAPS}", "{" + gaps + "}")]
    filled = resolved(tmp_path, "Na_beta2_alumina_crystal", *settings)
    assert math.isnan(filled.electrolytes["filler"].exchange_current_density)
    assert filled.electrolytes["electrolyte"].exchange_current_density == pytest.approx(25.7)


def test_resistance_of_the_recipe_makes_that_of_the_material_unneeded(tmp_path: Path) -> None:
    gaps = ", ".join(gap for gap in CRYSTAL_GAPS.split(", ") if "resistance" not in gap)
    override = f"materials.electrolyte.override={{{gaps}}}"
    assert any("grain_boundary_resistance" in said for said in messages(tmp_path, "Na_beta2_alumina_crystal", override))
    rule = "microstructure.boundary_properties.area_specific_resistance={law: constant, value: 1 ohm*cm^2}"
    solid = electrolyte(tmp_path, "Na_beta2_alumina_crystal", override, rule)
    assert math.isnan(solid.grain_boundary_resistance)


def test_drawn_flaws_and_areas_need_what_listed_ones_need(tmp_path: Path) -> None:
    none = "microstructure.flaws=[]"
    drawn = (
        "microstructure.flaw_population={depths: {law: power_law, smallest_depth: 1 um, exponent: 4}, count: 3, "
        "largest_depth: 20 um}"
    )
    gaps = f"materials.electrolyte.override={{{CRYSTAL_GAPS.replace('fracture_toughness: 2.7 MPa*m^0.5, ', '')}}}"
    electrolyte(tmp_path, "Na_beta2_alumina_crystal", none, gaps)
    said = messages(tmp_path, "Na_beta2_alumina_crystal", none, gaps, drawn)
    assert any("fracture_toughness" in message for message in said)
