# SPDX-License-Identifier: LGPL-3.0-or-later
"""The library as data: complete provenance, readable units, consistent derived values, helpful names."""

import math

import pytest

from jadeite.case.units import UnitError, dimensionality
from jadeite.constants import GAS
from jadeite.materials import laws
from jadeite.materials.library import (
    Material,
    UnknownMaterialError,
    UnknownPropertyError,
    canonical_name,
    index,
    load_material,
    names,
)

KNOWN_UNITS = {
    "youngs_modulus": "Pa",
    "fracture_toughness": "Pa*m^0.5",
    "surface_energy": "J/m^2",
    "gb_area_specific_resistance": "ohm*m^2",
    "exchange_current_density_Na": "A/m^2",
    "molar_volume": "m^3/mol",
    "electronic_conductivity": "S/m",
    "thermal_expansion_linear_poly": "1/K",
    "poisson_ratio": "1",
    "density": "kg/m^3",
}


@pytest.fixture(scope="module")
def materials() -> dict[str, Material]:
    return {name: load_material(name) for name in names()}


def test_every_value_has_unit_source_and_confidence(materials: dict[str, Material]) -> None:
    assert len(materials) >= 20
    assert sum(len(material.properties) for material in materials.values()) >= 360
    for material in materials.values():
        for name, entry in material.properties.items():
            where = f"{material.name}.{name}"
            assert entry.confidence in ("high", "medium", "low", "none"), where
            assert entry.basis in ("seen", "memory", "derived", "estimate", "no data"), where
            assert entry.source.reference, where
            assert (entry.value is None) == (entry.confidence == "none") == (entry.basis == "no data"), where
            assert entry.seen or entry.basis != "seen", where
            for unit in entry.unit if isinstance(entry.unit, tuple) else (entry.unit,):
                dimensionality(unit)
            if isinstance(entry.unit, tuple):
                assert isinstance(entry.value, tuple) and len(entry.unit) == len(entry.value), where


def test_values_lie_in_their_range(materials: dict[str, Material]) -> None:
    for material in materials.values():
        for name, entry in material.properties.items():
            if entry.range is None or entry.value is None:
                continue
            low, high = entry.range
            for value in entry.value if isinstance(entry.value, tuple) else (entry.value,):
                assert low <= value <= high, f"{material.name}.{name}"


def test_a_property_has_one_dimension_in_all_materials(materials: dict[str, Material]) -> None:
    for name, unit in KNOWN_UNITS.items():
        held = [material for material in materials.values() if material.has(name)]
        assert held, name
        for material in held:
            assert all(math.isfinite(value) for value in material.property(name).si(unit))
    with pytest.raises(UnitError, match="was expected"):
        materials["Na_metal"].property("density").si("Pa")


def test_derived_values_follow_from_what_they_are_derived_from(materials: dict[str, Material]) -> None:
    def value(material: str, name: str) -> float:
        entry = materials[material].property(name)
        assert isinstance(entry.unit, str)
        (number,) = entry.si(entry.unit)
        return number

    sodium = value("Na_metal", "molar_mass") / value("Na_metal", "density")
    assert value("Na_metal", "molar_volume") == pytest.approx(sodium, rel=1e-4)
    for name in ("NZSP_x2", "NZSP_x24", "Na_beta2_alumina_poly"):
        modulus, ratio, toughness = (
            value(name, key) for key in ("youngs_modulus", "poisson_ratio", "fracture_toughness")
        )
        energy = toughness**2 * (1 - ratio**2) / modulus
        assert value(name, "fracture_energy_Gc") == pytest.approx(energy, rel=2e-3), name
    prefactor, energy = value("NZSP_x24", "sigma0_T_bulk"), value("NZSP_x24", "Ea_bulk")
    bulk = prefactor / 298.15 * math.exp(-energy / GAS / 298.15)
    assert bulk == pytest.approx(value("NZSP_x24", "sigma_bulk"), rel=1e-3)


def test_beta_alumina_constants_give_its_compressibilities(materials: dict[str, Material]) -> None:
    import numpy as np

    crystal = materials["Na_beta2_alumina_crystal"]
    stiffness = laws.stiffness_from_constants(crystal.property("elastic_Cij").si("Pa"))
    shrink = np.linalg.solve(stiffness, [1, 1, 1, 0, 0, 0])
    for row, name in ((0, "compressibility_a_axis"), (2, "compressibility_c_axis")):
        assert shrink[row] == pytest.approx(crystal.property(name).si("1/Pa")[0], rel=1e-2)


def test_missing_data_and_wrong_names_are_explained(materials: dict[str, Material]) -> None:
    sodium = materials["Na_metal"]
    assert not sodium.has("fracture_toughness")
    with pytest.raises(UnknownPropertyError, match="no data"):
        sodium.property("fracture_toughness").si("Pa*m^0.5")
    with pytest.raises(UnknownPropertyError, match="did you mean youngs_modulus"):
        sodium.property("young_modulus")
    with pytest.raises(UnknownMaterialError, match="NZSP_x2"):
        load_material("NZSP_2")


def test_aliases_lead_to_one_material_each() -> None:
    every = [word.lower() for entry in index() for word in (entry.name, *entry.aliases)]
    assert len(every) == len(set(every))
    assert canonical_name("NZSP") == canonical_name("nzsp_X2") == "NZSP_x2"
    assert canonical_name("sodium") == "Na_metal"
    with pytest.raises(UnknownMaterialError, match="did you mean NZSP_x2"):
        canonical_name("NZSP_2")
