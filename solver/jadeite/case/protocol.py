# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may ask of its cell: steady state, polarisation curve, hold in time, impedance, effective properties.

Protocols that load a body without current are in `mechanical_protocols`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from jadeite.case.mechanical_protocols import Loading, Pressing
from jadeite.case.section import Section, key
from jadeite.case.units import (
    CURRENT_DENSITY,
    TEMPERATURE,
    VOLTAGE,
    CurrentDensity,
    Duration,
    Frequency,
    QuantityField,
)

AppliedVoltage = Annotated[float, QuantityField(VOLTAGE, above="0 mV", at_most="10 V")]
CellTemperature = Annotated[float, QuantityField(TEMPERATURE, at_least="-100 degC", at_most="97 degC")]


class Steady(Section):
    """One steady state: exactly one of `current_density` and `voltage`."""

    when_unnamed: ClassVar[bool] = True

    law: Literal["steady"] = key("steady", description="A steady state; the protocol when no law is named.")
    current_density: CurrentDensity | None = key(None, description="Mean plating current density.")
    voltage: AppliedVoltage | None = key(
        None, description="Voltage between the electrodes, positive when it plates the negative one."
    )


class Polarisation(Section):
    """Steady states at rising current densities: the voltage of the cell against its current."""

    law: Literal["polarisation"] = key("polarisation", description="A polarisation curve.")
    current_densities: tuple[CurrentDensity, ...] = key(
        min_length=1, max_length=200, description="Mean plating current densities, rising."
    )


class Hold(Section):
    """A current density or a voltage held for a time: exactly one of the two; a current density of zero is a rest."""

    law: Literal["hold"] = key("hold", description="A current or voltage held for a time.")
    current_density: (
        Annotated[float, QuantityField(CURRENT_DENSITY, at_least="0 mA/cm^2", at_most="1e5 mA/cm^2")] | None
    ) = key(None, description="Mean plating current density.")
    voltage: AppliedVoltage | None = key(None, description="Voltage between the electrodes.")
    duration: Duration = key(description="How long it is held.")
    first_step: Duration | None = key(None, description="First time step; chosen when left out.")
    time_tolerance: float = key(
        1e-3, gt=0.0, le=0.1, description="Relative error allowed in each time step; steps are chosen to keep it."
    )


class Impedance(Section):
    """Small-signal impedance about the state at a bias current."""

    law: Literal["impedance"] = key("impedance", description="Impedance against frequency.")
    lowest_frequency: Frequency = key("0.1 Hz", description="Lowest frequency.")
    highest_frequency: Frequency = key("10 MHz", description="Highest frequency.")
    points_per_decade: int = key(8, ge=1, le=100, description="Frequencies per decade.")
    bias_current_density: Annotated[
        float, QuantityField(CURRENT_DENSITY, at_least="0 mA/cm^2", at_most="1e5 mA/cm^2")
    ] = key("0 mA/cm^2", description="Steady plating current density that the small signal is added to.")


class EffectiveProperties(Section):
    """The conductivity tensor of the microstructure as a material, without electrodes."""

    law: Literal["effective_properties"] = key("effective_properties", description="Effective conductivity tensor.")
    boundary_conditions: Literal["automatic", "periodic", "mixed", "uniform_field", "uniform_current"] = key(
        "automatic",
        description="On the sides of the volume: periodic where the recipe is and mixed elsewhere (`automatic`), mixed "
        "(potential across, no current along), uniform field (upper bound) or uniform current density (lower bound).",
    )
    temperatures: tuple[CellTemperature, ...] = key(
        (), max_length=50, description="Temperatures to go through; that of the case when left out."
    )
    magnifications: tuple[Annotated[float, Field(gt=0.0, le=1e6)], ...] = key(
        (1.0,), max_length=50, description="Factors on every length of the microstructure: grain sizes to go through."
    )


def _steady_if_unnamed(given: Any) -> Any:
    return {"law": "steady", **given} if isinstance(given, dict) else given


Protocol = Annotated[
    Annotated[
        Steady | Polarisation | Hold | Impedance | EffectiveProperties | Loading | Pressing, Field(discriminator="law")
    ],
    BeforeValidator(_steady_if_unnamed),
]
