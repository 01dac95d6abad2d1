# SPDX-License-Identifier: LGPL-3.0-or-later
"""The conductivity of a polymer comes from the library's value at the nearest temperature."""

import numpy as np
import pytest

from jadeite.case.loading import load_case
from jadeite.materials.library import load_material
from jadeite.materials.resolve import resolve

CASE = """\
title: polymer
microstructure:
  width: 10 um
  separator:
    layers: [{name: membrane, material: polymer, thickness: 50 um}]
materials:
  polymer: {material: MATERIAL}
temperature: TEMPERATURE
physics:
  grain_boundaries: {law: none}
  plating_interface: {law: ideal}
  mechanics: none
protocol: {current_density: 0.1 mA/cm^2}
"""


def materials(folder, material, temperature):
    path = folder / "case.yaml"
    path.write_text(CASE.replace("MATERIAL", material).replace("TEMPERATURE", temperature), encoding="utf-8")
    loaded = load_case(path)
    return resolve(loaded.case, loaded.recipe)


def conductivity(folder, material, temperature):
    found = materials(folder, material, temperature)
    read = [entry.property for entry in found.used if entry.property.startswith("sigma")]
    return found.electrolytes["polymer"].conductivity[0], read


@pytest.mark.parametrize(
    ("temperature", "kelvin", "name"),
    [
        ("353 K", 353.0, "sigma_total_353K"),
        ("70 degC", 343.15, "sigma_total_353K"),
        ("30 degC", 303.15, "sigma_total_298K"),
    ],
)
def test_the_nearest_value_is_carried_to_the_temperature_of_the_case(tmp_path, temperature, kelvin, name):
    entry = load_material("PEO20_NaTFSI").property(name)
    (energy,) = load_material("PEO20_NaTFSI").property("Ea_total_amorphous").si("J/mol")
    exponent = energy / 8.314462618 * (1.0 / entry.temperature - 1.0 / kelvin)
    value, read = conductivity(tmp_path, "PEO20_NaTFSI", temperature)
    assert read == [name]
    assert value == pytest.approx(entry.value * entry.temperature / kelvin * np.exp(exponent), rel=1e-9)


@pytest.mark.parametrize("temperature", ["25 degC", "47 degC", "353 K"])
def test_the_activation_energy_is_that_of_the_value_wherever_the_nearest_one_changes(tmp_path, temperature):
    """10 K above 47 degC the nearest value is another one, 50 times as large."""
    (energy,) = load_material("PEO20_NaTFSI").property("Ea_total_amorphous").si("J/mol")
    found = materials(tmp_path, "PEO20_NaTFSI", temperature).electrolytes["polymer"]
    assert found.conductivity_activation_energy == pytest.approx(energy, rel=1e-12)


def test_a_composite_has_one_value(tmp_path):
    value, read = conductivity(tmp_path, "Composite_PEO_NZSP", "25 degC")
    assert read == ["sigma_total"]
    assert value == pytest.approx(0.0148, rel=1e-9)
