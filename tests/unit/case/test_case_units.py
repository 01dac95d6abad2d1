# SPDX-License-Identifier: LGPL-3.0-or-later
"""Values with units: exact conversion, offset temperatures, compound units, and what a wrong unit is told."""

import math

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from jadeite.case import units
from jadeite.case.units import Length, Position, QuantitiesField, QuantityField, UnitError


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("10 um", units.LENGTH, 1e-5),
        ("0.3um", units.LENGTH, 3e-7),
        ("10 µm", units.LENGTH, 1e-5),
        ("12 angstrom", units.LENGTH, 1.2e-9),
        ("25 degC", units.TEMPERATURE, 298.15),
        ("-10 °C", units.TEMPERATURE, 263.15),
        ("300 K", units.TEMPERATURE, 300.0),
        ("0.5 mA/cm^2", units.CURRENT_DENSITY, 5.0),
        ("0.5 mA/cm2", units.CURRENT_DENSITY, 5.0),
        ("0.5 mA cm^-2", units.CURRENT_DENSITY, 5.0),
        ("20 ohm*cm^2", units.AREA_SPECIFIC_RESISTANCE, 2e-3),
        ("20 Ω·cm²", units.AREA_SPECIFIC_RESISTANCE, 2e-3),
        ("1.3 MPa*m^0.5", units.FRACTURE_TOUGHNESS, 1.3e6),
        ("1.3 MPa*m^(1/2)", units.FRACTURE_TOUGHNESS, 1.3e6),
        ("0.2 S/cm", units.CONDUCTIVITY, 20.0),
        ("23.7 cm^3/mol", units.MOLAR_VOLUME, 2.37e-5),
        ("0.22 N/m", units.SURFACE_ENERGY, 0.22),
        ("9 ppm/K", units.THERMAL_EXPANSION, 9e-6),
        ("180 deg", units.ANGLE, math.pi),
        ("1e3 bar", units.PRESSURE, 1e8),
        ("30 kJ/mol", units.MOLAR_ENERGY, 3e4),
    ],
)
def test_conversion_to_si_is_exact(text: str, dimension: units.Dimension, value: float) -> None:
    assert units.parse(text, dimension) == value


def test_energy_per_particle_counts_as_molar_energy() -> None:
    # 1 eV per particle is the Faraday constant in J/mol
    assert units.parse("1 eV", units.MOLAR_ENERGY) == pytest.approx(96485.33212, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("5", "has no unit"),
        ("five um", "is not a number with a unit"),
        ("", "is not a number with a unit"),
        ("5 parsec", "`parsec`, which is not known"),
        ("5 m^", "`m^`, which is not known"),
        ("5 __import__('os')", "which is not known"),
        ("1 mA/cm", "not a length"),
        ("25 C", "not a length"),
    ],
)
def test_what_is_wrong_with_a_length(text: str, complaint: str) -> None:
    with pytest.raises(UnitError) as error:
        units.parse(text, units.LENGTH)
    assert complaint in str(error.value)


def test_every_si_unit_and_example_of_a_dimension_agree() -> None:
    dimensions = [value for value in vars(units).values() if isinstance(value, units.Dimension)]
    assert len(dimensions) > 10
    for dimension in dimensions:
        number, unit = units.split(dimension.example)
        assert number > 0
        assert units.dimensionality(unit) == units.dimensionality(dimension.unit)
        if dimension is not units.TEMPERATURE:
            assert units.parse(f"1 {dimension.unit}", dimension) == 1.0


def test_field_gives_si_and_says_what_it_expects() -> None:
    lengths = TypeAdapter(Length)
    assert lengths.validate_python("2 mm") == 2e-3
    said = {"5": 5, "5.0": 5.0, "true": True, "null": None, '["1 um"]': ["1 um"]}
    for shown, given in (said | {text: text for text in ("0 um", "-1 um", "2 m")}).items():
        with pytest.raises(ValidationError) as error:
            lengths.validate_python(given)
        context = error.value.errors()[0]["ctx"]
        assert context["allowed"] == "a length such as 10 um (at least 1 pm, at most 1 m)"
        assert context["given"] == shown


def test_limits_are_exclusive_or_inclusive_as_named() -> None:
    field = QuantityField(units.PRESSURE, at_least="0 MPa", below="1 GPa")
    assert field.read("0 Pa") == 0.0
    assert field.read("999.9 MPa") == 9.999e8
    with pytest.raises(PydanticCustomError, match="too large"):
        field.read("1000 MPa")
    with pytest.raises(PydanticCustomError, match="too small"):
        field.read("-1 Pa")
    assert TypeAdapter(Position).validate_python("0 um") == 0.0


def test_several_values_or_one() -> None:
    field = QuantitiesField(QuantityField(units.CONDUCTIVITY, above="0 S/m"), (1, 3))
    assert field.read("0.1 S/m") == (0.1,)
    assert field.read(["1 S/m", "1 S/m", "1 mS/m"]) == (1.0, 1.0, 1e-3)
    with pytest.raises(PydanticCustomError, match="has 2 values"):
        field.read(["1 S/m", "1 S/m"])
    with pytest.raises(PydanticCustomError, match="has no unit"):
        field.read(["1 S/m", "1 S/m", 1.0])


@pytest.mark.parametrize(("given", "value"), [("35 ohm*cm^2", 3.5e-3), (0.5, 0.5), ("0.5", 0.5), ("2 mA/cm^2", 20.0)])
def test_any_quantity(given: object, value: float) -> None:
    assert units.read_any_quantity(given) == value


@pytest.mark.parametrize("given", ["soon", True, None, "3 florins"])
def test_not_any_quantity(given: object) -> None:
    with pytest.raises(PydanticCustomError):
        units.read_any_quantity(given)
