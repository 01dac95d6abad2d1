# SPDX-License-Identifier: LGPL-3.0-or-later
"""Properties of the grain-boundary network: one rule per property, one value per boundary."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section, key
from jadeite.case.units import (
    ANGLE,
    AREA_SPECIFIC_RESISTANCE,
    CONDUCTIVITY,
    CURRENT_DENSITY,
    FRACTURE_TOUGHNESS,
    SURFACE_ENERGY,
    QuantitiesField,
    QuantityField,
)

_COUNTS = tuple(range(2, 65))
_RESISTANCE = QuantityField(AREA_SPECIFIC_RESISTANCE, at_least="0 ohm*cm^2", at_most="1e7 ohm*cm^2")
_TOUGHNESS = QuantityField(FRACTURE_TOUGHNESS, above="0 MPa*m^0.5", at_most="1000 MPa*m^0.5")
_ENERGY = QuantityField(SURFACE_ENERGY, above="0 J/m^2", at_most="1000 J/m^2")
_EXCHANGE = QuantityField(CURRENT_DENSITY, above="0 mA/cm^2", at_most="1e5 mA/cm^2")
_CONDUCTIVITY = QuantityField(CONDUCTIVITY, above="0 S/m", at_most="1e9 S/m")

Resistance = Annotated[float, _RESISTANCE]
Resistances = Annotated[tuple[float, ...], QuantitiesField(_RESISTANCE, _COUNTS)]
Toughness = Annotated[float, _TOUGHNESS]
Toughnesses = Annotated[tuple[float, ...], QuantitiesField(_TOUGHNESS, _COUNTS)]
Energy = Annotated[float, _ENERGY]
Energies = Annotated[tuple[float, ...], QuantitiesField(_ENERGY, _COUNTS)]
Exchange = Annotated[float, _EXCHANGE]
Exchanges = Annotated[tuple[float, ...], QuantitiesField(_EXCHANGE, _COUNTS)]
Conductance = Annotated[float, _CONDUCTIVITY]
Conductances = Annotated[tuple[float, ...], QuantitiesField(_CONDUCTIVITY, _COUNTS)]
TransitionAngle = Annotated[float, QuantityField(ANGLE, above="0 deg", at_most="90 deg")]
Angles = Annotated[
    tuple[float, ...], QuantitiesField(QuantityField(ANGLE, at_least="0 deg", at_most="180 deg"), _COUNTS)
]


class ConstantRule[Value](Section):
    """The same value at every boundary."""

    law: Literal["constant"] = key("constant", description="The same value everywhere.")
    value: Value = key(description="The value.")


class MisorientationRule[Value](Section):
    """A value that changes from zero misorientation to high-angle boundaries as the boundary energy does."""

    law: Literal["misorientation"] = key("misorientation", description="Function of the misorientation.")
    high_angle: Value = key(description="Value of a high-angle boundary.")
    low_angle_ratio: float = key(
        0.1, gt=0.0, le=100.0, description="Value at zero misorientation over that of a high-angle boundary."
    )
    transition_angle: TransitionAngle = key(
        "15 deg", description="Misorientation from which a boundary counts as high-angle."
    )


class LognormalRule[Value](Section):
    """Every boundary draws its own value from a lognormal distribution."""

    law: Literal["lognormal"] = key("lognormal", description="Drawn for each boundary.")
    mean: Value = key(description="Mean over boundaries.")
    coefficient_of_variation: float = key(0.5, gt=0.0, le=10.0, description="Standard deviation over mean.")


class TableRule[Values](Section):
    """Linear between values given at misorientation angles, constant beyond the first and the last."""

    law: Literal["table"] = key("table", description="Piecewise linear in the misorientation.")
    angles: Angles = key(description="Misorientation angles in ascending order.")
    values: Values = key(description="Value at each angle.")


ResistanceRule = Annotated[
    ConstantRule[Resistance] | MisorientationRule[Resistance] | LognormalRule[Resistance] | TableRule[Resistances],
    Field(discriminator="law"),
]
ToughnessRule = Annotated[
    ConstantRule[Toughness] | MisorientationRule[Toughness] | LognormalRule[Toughness] | TableRule[Toughnesses],
    Field(discriminator="law"),
]
EnergyRule = Annotated[
    ConstantRule[Energy] | MisorientationRule[Energy] | LognormalRule[Energy] | TableRule[Energies],
    Field(discriminator="law"),
]
ExchangeRule = Annotated[
    ConstantRule[Exchange] | MisorientationRule[Exchange] | LognormalRule[Exchange] | TableRule[Exchanges],
    Field(discriminator="law"),
]
ConductivityRule = Annotated[
    ConstantRule[Conductance] | MisorientationRule[Conductance] | LognormalRule[Conductance] | TableRule[Conductances],
    Field(discriminator="law"),
]


class BoundaryProperties(Section):
    """Properties of grain and phase boundaries; what is left out stays with the laws of the case."""

    area_specific_resistance: ResistanceRule | None = key(None, description="Resistance to current across a boundary.")
    fracture_toughness: ToughnessRule | None = key(None, description="Fracture toughness (mode I) of a boundary.")
    energy: EnergyRule | None = key(None, description="Excess energy per area.")
    exchange_current_density: ExchangeRule | None = key(
        None, description="Exchange current density where sodium touches a boundary."
    )
    electronic_conductivity: ConductivityRule | None = key(
        None, description="Electronic conductivity of the boundary phase."
    )
