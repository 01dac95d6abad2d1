# SPDX-License-Identifier: LGPL-3.0-or-later
"""Values with units: text such as `0.5 mA/cm^2` or `25 degC` becomes an SI float, once, at the door.

The unit registry is Pint's, with a short list of units of our own in place of Pint's full file: what a battery case
needs, read in ten milliseconds instead of a third of a second, without exotic units that a typing slip would hit.
It counts in decimal numbers, so that `10 um` is exactly the float `1e-05`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from jadeite.case.problems import as_given

if TYPE_CHECKING:
    from pint import UnitRegistry

AVOGADRO = 6.02214076e23
"""Particles per mole (exact, SI 2019); turns an energy per particle (eV) into a molar energy."""

_DEFINITIONS = """
giga- = 1e9 = G-
mega- = 1e6 = M-
kilo- = 1e3 = k-
centi- = 1e-2 = c-
milli- = 1e-3 = m-
micro- = 1e-6 = u-
nano- = 1e-9 = n-
pico- = 1e-12 = p-
femto- = 1e-15 = f-
metre = [length] = m = meter
second = [time] = s = sec
ampere = [current] = A
kilogram = [mass] = kg
gram = 1e-3 * kilogram = g
mole = [substance] = mol
kelvin = [temperature]; offset: 0 = K
degree_Celsius = kelvin; offset: 273.15 = degC = celsius
radian = [] = rad
degree = 0.017453292519943295 * radian = deg
ppm = 1e-6
minute = 60 * second = min
hour = 3600 * second = h
day = 86400 * second = d
angstrom = 1e-10 * metre
litre = 1e-3 * metre ** 3 = L = liter
newton = kilogram * metre / second ** 2 = N
pascal = newton / metre ** 2 = Pa
bar = 1e5 * pascal
joule = newton * metre = J
electron_volt = 1.602176634e-19 * joule = eV
watt = joule / second = W
coulomb = ampere * second = C
ampere_hour = ampere * hour = Ah
volt = joule / coulomb = V
ohm = volt / ampere
siemens = ampere / volt = S
farad = coulomb / volt = F
hertz = 1 / second = Hz
"""

_NUMBER_AND_UNIT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")
_EXPONENT_WITHOUT_CARET = re.compile(r"(?<=[A-Za-z])([+-]?\d+(?:\.\d+)?)")
_TYPOGRAPHY = str.maketrans(
    {"µ": "u", "μ": "u", "\u2126": "ohm", "\u03a9": "ohm", "·": "*", "⋅": "*", "²": "^2", "³": "^3", "−": "-"}
)
_UNIT_TEXT = re.compile(r"[A-Za-z_*/^(). \d+-]{1,80}")


RESOLVED = "resolved"
"""Key of the validation context: what is read is a checked case written down in SI numbers, not what a person wrote."""


def is_resolved(info: ValidationInfo) -> bool:
    """Tell whether a checked case is read back."""
    return bool(info.context and info.context.get(RESOLVED))


#: Characters that a number with its unit may have.
_LONGEST_QUANTITY = 200


class UnitError(ValueError):
    """A value whose number or unit cannot be read, or has another dimension than the one expected."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """What kind of quantity a value is: its name in a message, its SI unit, and an example of how to write it."""

    name: str
    unit: str
    example: str

    @property
    def in_words(self) -> str:
        """The name with its article."""
        return f"{'an' if self.name[0] in 'aeiou' else 'a'} {self.name}"


LENGTH = Dimension("length", "m", "10 um")
ANGLE = Dimension("angle", "rad", "15 deg")
TEMPERATURE = Dimension("temperature", "K", "25 degC")
PRESSURE = Dimension("pressure", "Pa", "5 MPa")
VOLTAGE = Dimension("voltage", "V", "50 mV")
CURRENT_DENSITY = Dimension("current density", "A/m^2", "1 mA/cm^2")
AREA_SPECIFIC_RESISTANCE = Dimension("area-specific resistance", "ohm*m^2", "20 ohm*cm^2")
CONDUCTIVITY = Dimension("conductivity", "S/m", "0.1 S/m")
MOLAR_VOLUME = Dimension("molar volume", "m^3/mol", "23.7 cm^3/mol")
MOLAR_ENERGY = Dimension("molar energy", "J/mol", "30 kJ/mol")
FRACTURE_TOUGHNESS = Dimension("fracture toughness", "Pa*m^0.5", "1.3 MPa*m^0.5")
SURFACE_ENERGY = Dimension("surface energy", "J/m^2", "0.25 J/m^2")
THERMAL_EXPANSION = Dimension("thermal expansion", "1/K", "9e-6 1/K")
TIME = Dimension("time", "s", "10 h")
FREQUENCY = Dimension("frequency", "Hz", "1 kHz")
CONCENTRATION = Dimension("concentration", "mol/m^3", "1 mol/L")
NUMBER_DENSITY = Dimension("number density", "1/m^3", "1e27 1/m^3")
DIFFUSIVITY = Dimension("diffusivity", "m^2/s", "1e-12 m^2/s")
RATE = Dimension("growth rate", "m/s", "1e-12 m/s")
CHARGE_DENSITY = Dimension("charge per area", "C/m^2", "0.05 C/m^2")
CAPACITANCE = Dimension("capacitance per area", "F/m^2", "10 uF/cm^2")
CONDUCTANCE = Dimension("conductance", "S", "1 nS")
THERMAL_CONDUCTIVITY = Dimension("thermal conductivity", "W/m/K", "2 W/m/K")
HEAT_TRANSFER = Dimension("heat transfer coefficient", "W/m^2/K", "50 W/m^2/K")
FOUNDATION_STIFFNESS = Dimension("pressure per displacement", "Pa/m", "10 MPa/um")
STRAIN_RATE = Dimension("strain rate", "1/s", "1e-3 1/s")
VISCOSITY = Dimension("viscosity", "Pa*s", "1e12 Pa*s")


@cache
def registry() -> UnitRegistry:
    """Return the unit registry; Pint is imported here, on first use."""
    from pint import UnitRegistry

    units: UnitRegistry = UnitRegistry(None, non_int_type=Decimal)
    units.load_definitions(_DEFINITIONS.strip().splitlines())
    return units


@cache
def split(text: str) -> tuple[Decimal, str]:
    """Split `"0.5 mA/cm^2"` into its number and its unit as Pint reads it (`mA/cm2`, `Ω` and `µm` are understood)."""
    match = _NUMBER_AND_UNIT.fullmatch(text) if len(text) <= _LONGEST_QUANTITY else None
    if match is None:
        raise UnitError("is not a number with a unit")
    unit = _EXPONENT_WITHOUT_CARET.sub(
        r"^\1", match[2].replace("°C", "degC").replace("°", "deg").translate(_TYPOGRAPHY)
    )
    return Decimal(match[1]), unit


def to_si(number: Decimal, unit: str) -> tuple[float, str]:
    """Convert to SI base units.

    Returns:
        the value and the base unit as text, `""` when dimensionless. 25 degC gives `298.15, "kelvin"`.

    Raises:
        UnitError: the unit is unknown or cannot be read.
    """
    units = registry()
    if unit in ("", "1"):
        return float(number), ""
    try:
        if _UNIT_TEXT.fullmatch(unit) is None:
            raise ValueError(unit)
        quantity: Any = units.Quantity(number, units.parse_units(unit)).to_base_units()
    except Exception as error:  # Pint raises tokenizer, attribute, value and type errors for text that is not a unit
        raise UnitError(f"has the unit `{unit}`, which is not known") from error
    magnitude: Decimal = quantity.magnitude
    return float(magnitude), "" if quantity.dimensionless else f"{quantity.units:D}"


@cache
def dimensionality(unit: str) -> dict[str, float]:
    """Return the exponents of the base dimensions of a unit, rounded so that `m^0.5*m^0.5` equals `m`."""
    units = registry()
    if unit in ("", "1"):
        return {}
    try:
        exponents: Any = units.get_dimensionality(units.parse_units(unit))
    except Exception as error:  # see `to_si`
        raise UnitError(f"has the unit `{unit}`, which is not known") from error
    return {name: round(float(power), 6) for name, power in exponents.items() if abs(power) > 1e-6}


def parse(text: str, dimension: Dimension) -> float:
    """Read a value of the given dimension as an SI float.

    An energy in eV is accepted where a molar energy is expected and counted per particle.

    Raises:
        UnitError: no unit, an unknown unit, or a unit of another dimension; the message completes "VALUE ...".
    """
    number, unit = split(text)
    if not unit:
        raise UnitError("has no unit")
    value, _ = to_si(number, unit)
    given = dimensionality(unit)
    if given == dimensionality(dimension.unit):
        return _finite(value)
    if dimension is MOLAR_ENERGY and given == dimensionality("J"):
        return _finite(value * AVOGADRO)
    raise UnitError(f"has the unit `{unit}`, which is not {dimension.in_words}")


def _finite(value: float) -> float:
    """The number as a float; raises `UnitError` where no float is as large."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise UnitError("is not a finite number")
    return number


@cache
def _limit(text: str | None, dimension: Dimension) -> float | None:
    return None if text is None else parse(text, dimension)


@dataclass(frozen=True, slots=True)
class QuantityField:
    """Pydantic metadata of a dimensional field: reads text with a unit, checks dimension and range, gives an SI float.

    Limits carry units (`"0 um"`); `above` and `below` exclude the limit, `at_least` and `at_most` include it.
    """

    dimension: Dimension
    above: str | None = None
    at_least: str | None = None
    at_most: str | None = None
    below: str | None = None

    @property
    def range(self) -> str:
        """The allowed range as a person reads it, `"above 0 um, at most 10 cm"`; empty without limits."""
        limits = {"above": self.above, "at least": self.at_least, "at most": self.at_most, "below": self.below}
        return ", ".join(f"{word} {limit}" for word, limit in limits.items() if limit is not None)

    @property
    def allowed(self) -> str:
        """The allowed values as a person reads them: dimension, example of the unit and range."""
        text = f"{self.dimension.in_words} such as {self.dimension.example}"
        return f"{text} ({self.range})" if self.range else text

    def read(self, given: object, resolved: bool = False) -> float:
        """Return the SI value of what a case file gives, or raise a `PydanticCustomError` saying what was expected.

        Args:
            given: a number with a unit.
            resolved: numbers without a unit are SI values, as a checked case is written down.
        """
        if isinstance(given, bool) or not isinstance(given, str | int | float):
            raise self._error("is not a number with a unit", given)
        try:
            value = _finite(given) if resolved and not isinstance(given, str) else parse(str(given), self.dimension)
        except UnitError as error:
            raise self._error(str(error), given) from None
        lower, least = _limit(self.above, self.dimension), _limit(self.at_least, self.dimension)
        upper, most = _limit(self.below, self.dimension), _limit(self.at_most, self.dimension)
        too_small = (lower is not None and value <= lower) or (least is not None and value < least)
        too_large = (upper is not None and value >= upper) or (most is not None and value > most)
        if too_small or too_large:
            raise self._error("is too small" if too_small else "is too large", given)
        return value

    def _error(self, what: str, given: object) -> PydanticCustomError:
        return PydanticCustomError(
            "quantity", "{what}", {"what": what, "given": as_given(given), "allowed": self.allowed}
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(given: object, info: ValidationInfo) -> float:
            return self.read(given, is_resolved(info))

        return core_schema.with_info_before_validator_function(read, core_schema.float_schema())

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "x-dimension": self.dimension.name, "x-si-unit": self.dimension.unit,
                "x-range": self.range, "examples": [self.dimension.example]}  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuantitiesField:
    """Pydantic metadata of a tuple of quantities, such as the principal values of a tensor.

    `counts` says how many values may be given; one value alone may be written without brackets.
    """

    each: QuantityField
    counts: tuple[int, ...]

    def read(self, given: object, resolved: bool = False) -> tuple[float, ...]:
        """Return the SI values, or raise a `PydanticCustomError`; see `QuantityField.read`."""
        values = given if isinstance(given, list | tuple) else [given]
        if len(values) not in self.counts:
            numbers = " or ".join(str(count) for count in self.counts)
            allowed = f"{numbers} values, each {self.each.allowed}"
            context = {"what": f"has {len(values)} values", "given": as_given(given), "allowed": allowed}
            raise PydanticCustomError("quantity", "{what}", context)
        return tuple(self.each.read(value, resolved) for value in values)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(given: object, info: ValidationInfo) -> tuple[float, ...]:
            return self.read(given, is_resolved(info))

        return core_schema.with_info_plain_validator_function(read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        one = self.each.__get_pydantic_json_schema__(schema, handler)
        lists: list[dict[str, Any]] = [
            {"type": "array", "items": one, "minItems": count, "maxItems": count} for count in self.counts if count > 1
        ]
        return {"anyOf": [one, *lists] if 1 in self.counts else lists}


def read_any_quantity(given: object) -> float:
    """Return the SI value of a number, with any unit or none; raises `PydanticCustomError` for anything else."""
    try:
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise UnitError("is not a number")
        value = _finite(to_si(*split(str(given)))[0])
    except UnitError as error:
        allowed = "a number, with its unit if it has one"
        raise PydanticCustomError(
            "quantity", "{what}", {"what": str(error), "given": as_given(given), "allowed": allowed}
        ) from None
    return value


Length = Annotated[float, QuantityField(LENGTH, at_least="1 pm", at_most="1 m")]
Position = Annotated[float, QuantityField(LENGTH, at_least="0 um", at_most="1 m")]
Angle = Annotated[float, QuantityField(ANGLE, at_least="-360 deg", at_most="360 deg")]
Pressure = Annotated[float, QuantityField(PRESSURE, at_least="0 MPa", at_most="1e4 MPa")]
Modulus = Annotated[float, QuantityField(PRESSURE, above="0 GPa", at_most="1e4 GPa")]
ElasticConstant = Annotated[float, QuantityField(PRESSURE, at_least="-1e4 GPa", at_most="1e4 GPa")]
CurrentDensity = Annotated[float, QuantityField(CURRENT_DENSITY, above="0 mA/cm^2", at_most="1e5 mA/cm^2")]
AreaSpecificResistance = Annotated[
    float, QuantityField(AREA_SPECIFIC_RESISTANCE, at_least="0 ohm*cm^2", at_most="1e7 ohm*cm^2")
]
Conductivity = Annotated[float, QuantityField(CONDUCTIVITY, above="0 S/m", at_most="1e9 S/m")]
MolarVolume = Annotated[float, QuantityField(MOLAR_VOLUME, above="0 cm^3/mol", at_most="1e4 cm^3/mol")]
MolarEnergy = Annotated[float, QuantityField(MOLAR_ENERGY, at_least="0 kJ/mol", at_most="1000 kJ/mol")]
FractureToughness = Annotated[float, QuantityField(FRACTURE_TOUGHNESS, above="0 MPa*m^0.5", at_most="1000 MPa*m^0.5")]
SurfaceEnergy = Annotated[float, QuantityField(SURFACE_ENERGY, above="0 J/m^2", at_most="1000 J/m^2")]
Duration = Annotated[float, QuantityField(TIME, above="0 s", at_most="1e6 h")]
Frequency = Annotated[float, QuantityField(FREQUENCY, above="0 Hz", at_most="1 GHz")]
Concentration = Annotated[float, QuantityField(CONCENTRATION, above="0 mol/L", at_most="100 mol/L")]
NumberDensity = Annotated[float, QuantityField(NUMBER_DENSITY, above="0 1/m^3", at_most="1e30 1/m^3")]
Diffusivity = Annotated[float, QuantityField(DIFFUSIVITY, above="0 m^2/s", at_most="1e-4 m^2/s")]
Capacitance = Annotated[float, QuantityField(CAPACITANCE, at_least="0 F/m^2", at_most="1e4 F/m^2")]
Conductance = Annotated[float, QuantityField(CONDUCTANCE, at_least="0 S", at_most="1e3 S")]
ThermalExpansion = Annotated[float, QuantityField(THERMAL_EXPANSION, at_least="-1e-3 1/K", at_most="1e-3 1/K")]
