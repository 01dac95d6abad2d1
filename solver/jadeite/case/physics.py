# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about physics: the laws of boundaries, electrodes and sodium in flaws, and mechanics."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from jadeite.case.section import Section, key
from jadeite.case.units import (
    ANGLE,
    CURRENT_DENSITY,
    MOLAR_VOLUME,
    PRESSURE,
    TEMPERATURE,
    AreaSpecificResistance,
    Pressure,
    QuantityField,
)

ExchangeCurrentDensity = Annotated[float, QuantityField(CURRENT_DENSITY, above="0 mA/cm^2", at_most="1e6 mA/cm^2")]


class MisorientationResistance(Section):
    """Boundary resistance that rises with misorientation up to the transition angle and is constant beyond it."""

    law: Literal["misorientation"] = key("misorientation", description="Resistance follows the misorientation angle.")
    high_angle_resistance: AreaSpecificResistance | None = key(
        None, description="Resistance of a high-angle boundary; the material's own value when left out."
    )
    low_angle_ratio: float = key(
        0.1, gt=0.0, le=1.0, description="Resistance at zero misorientation over the high-angle resistance."
    )
    transition_angle: Annotated[float, QuantityField(ANGLE, above="0 deg", at_most="90 deg")] = key(
        "15 deg", description="Misorientation from which a boundary counts as high-angle."
    )


class ConstantResistance(Section):
    """The same area-specific resistance at every grain boundary and phase boundary."""

    law: Literal["constant"] = key("constant", description="The same resistance everywhere.")
    resistance: AreaSpecificResistance | None = key(
        None, description="Area-specific resistance of one boundary; the material's own value when left out."
    )


class NetworkResistance(Section):
    """The area-specific resistance that the recipe gives each boundary (`boundary_properties`)."""

    law: Literal["network"] = key("network", description="The resistance that the recipe gives each boundary.")


class NoResistance(Section):
    """Grain boundaries and phase boundaries conduct perfectly."""

    law: Literal["none"] = key("none", description="Boundaries conduct perfectly.")


GrainBoundaryLaw = Annotated[
    MisorientationResistance | ConstantResistance | NetworkResistance | NoResistance, Field(discriminator="law")
]


class ButlerVolmer(Section):
    """Butler-Volmer charge transfer in series with a resistive film."""

    law: Literal["butler_volmer"] = key("butler_volmer", description="Charge transfer after Butler and Volmer.")
    exchange_current_density: ExchangeCurrentDensity | None = key(
        None, description="Exchange current density; the material's own value at the case's temperature when left out."
    )
    transfer_coefficient: float = key(
        0.5, gt=0.0, lt=1.0, description="Anodic transfer coefficient; the cathodic one is 1 minus it."
    )
    film_resistance: AreaSpecificResistance = key(
        "0 ohm*cm^2", description="Resistance of a film in series with charge transfer."
    )


class LinearInterface(Section):
    """An electrode interface with a constant area-specific resistance."""

    law: Literal["linear"] = key("linear", description="Constant resistance.")
    resistance: AreaSpecificResistance = key(description="Area-specific resistance of the interface.")


class IdealInterface(Section):
    """An electrode interface without overpotential."""

    law: Literal["ideal"] = key("ideal", description="No overpotential.")


InterfaceLaw = Annotated[ButlerVolmer | LinearInterface | IdealInterface, Field(discriminator="law")]


class ConfinedSodium(Section):
    """Sodium that cannot flow out of a flaw: pressure rises until plating into the flaw stops."""

    law: Literal["confined"] = key("confined", description="Pressure rises until plating in the flaw stops.")
    maximum_pressure: Annotated[float, QuantityField(PRESSURE, above="0 MPa", at_most="1e3 GPa")] | None = key(
        None, description="Pressure at which sodium escapes; unlimited when left out."
    )


class RelaxedSodium(Section):
    """Sodium that flows freely: no pressure builds up."""

    law: Literal["relaxed"] = key("relaxed", description="No pressure builds up.")


FlawSodiumLaw = Annotated[ConfinedSodium | RelaxedSodium, Field(discriminator="law")]


class Mechanics(Section):
    """Linear elasticity of the separator with thermal mismatch."""

    kinematics: Literal["generalised_plane_strain", "plane_strain"] | None = key(
        None,
        description="Out-of-plane strain of a plane cell: one free constant (generalised, if left out) or zero; not "
        "in 3-D.",
    )
    stress_free_temperature: (
        Annotated[float, QuantityField(TEMPERATURE, at_least="0 K", at_most="2000 degC")] | None
    ) = key(
        None,
        description="Temperature without residual stress; the case's temperature when left out.",
    )
    stack_pressure: Pressure = key("0 MPa", description="Pressure on the stack.")
    ion_partial_molar_volume: Annotated[
        float, QuantityField(MOLAR_VOLUME, at_least="-100 cm^3/mol", at_most="100 cm^3/mol")
    ] = key("0 cm^3/mol", description="Partial molar volume of the sodium ion in the ceramic.")


def _none_means_off(given: Any) -> Any:
    if given is None:
        raise PydanticCustomError(
            "quantity",
            "{what}",
            {"what": "is empty", "given": "nothing", "allowed": "`none` or a block of mechanics settings"},
        )
    return None if given == "none" else given


MechanicsOrNone = Annotated[
    Mechanics | None,
    BeforeValidator(_none_means_off),
]


def _same_as_plating(read: dict[str, Any]) -> Any:
    return read["plating_interface"]


class Physics(Section):
    """Laws of the coupled problem."""

    grain_boundaries: GrainBoundaryLaw = key(
        default_factory=ConstantResistance, description="Resistance of grain boundaries and phase boundaries."
    )
    plating_interface: InterfaceLaw = key(
        default_factory=ButlerVolmer, description="Interface law of the plating (negative) electrode."
    )
    stripping_interface: InterfaceLaw = key(
        default_factory=_same_as_plating,
        description="Interface law of the stripping electrode; the plating one when left out.",
    )
    sodium_in_flaws: FlawSodiumLaw = key(
        default_factory=ConfinedSodium, description="What sodium in flaws does under pressure."
    )
    mechanics: MechanicsOrNone = key(default_factory=Mechanics, description="Elasticity, or `none`.")
