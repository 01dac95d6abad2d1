# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about grain boundaries and phase boundaries: laws across them and along their plane."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section, key
from jadeite.case.units import (
    ANGLE,
    CHARGE_DENSITY,
    LENGTH,
    TEMPERATURE,
    VOLTAGE,
    AreaSpecificResistance,
    Capacitance,
    Conductance,
    Conductivity,
    MolarEnergy,
    NumberDensity,
    QuantityField,
)

ReferenceTemperature = Annotated[float, QuantityField(TEMPERATURE, at_least="-200 degC", at_most="2000 degC")]


class BoundaryLaw(Section):
    """What every law of boundaries may say beside the resistance across them."""

    surface_conductance: Conductance = key(
        "0 S", description="Conductance along the plane of a boundary: thickness times conductivity of its core."
    )
    capacitance: Capacitance | None = key(
        None,
        description="Capacitance of a boundary, in parallel with its resistance; used by impedance. Left out, it is "
        "that of the layers with `space_charge`, and none with other laws.",
    )


class GivenResistance(BoundaryLaw):
    """A resistance that the case states, with the way it follows temperature."""

    activation_energy: MolarEnergy | None = key(
        None,
        description="Carries a resistance given here from the reference temperature to that of the case: "
        "T/R is proportional to exp(-E/RT). Without it the value holds at the case's temperature.",
    )
    reference_temperature: ReferenceTemperature = key(
        "25 degC", description="Temperature at which a resistance with an activation energy holds."
    )


class MisorientationResistance(GivenResistance):
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


class ConstantResistance(GivenResistance):
    """The same area-specific resistance at every grain boundary and phase boundary."""

    law: Literal["constant"] = key("constant", description="The same resistance everywhere.")
    resistance: AreaSpecificResistance | None = key(
        None, description="Area-specific resistance of one boundary; the material's own value when left out."
    )


class NetworkResistance(BoundaryLaw):
    """The area-specific resistance that the recipe gives each boundary (`boundary_properties`)."""

    law: Literal["network"] = key("network", description="The resistance that the recipe gives each boundary.")


class LayerResistance(Section):
    """A thin layer of another phase at every boundary: it resists across, conducts along and stores charge."""

    law: Literal["layer"] = key("layer", description="A thin layer of another phase.")
    thickness: Annotated[float, QuantityField(LENGTH, above="0 nm", at_most="100 um")] = key(
        description="Thickness of the layer; small against the grains."
    )
    conductivity: Conductivity = key(description="Ionic conductivity of the layer.")
    activation_energy: MolarEnergy | None = key(
        None,
        description="Carries the conductivity from the reference temperature to that of the case; without it the value "
        "holds at the case's temperature.",
    )
    reference_temperature: ReferenceTemperature = key(
        "25 degC", description="Temperature at which a conductivity with an activation energy holds."
    )
    relative_permittivity: float = key(
        1.0, ge=1.0, le=1e6, description="Relative permittivity of the layer; used by impedance."
    )


class SpaceChargeResistance(BoundaryLaw):
    """Layers beside a charged boundary core that are depleted of sodium ions; exactly one of `potential` and
    `core_charge`."""

    law: Literal["space_charge"] = key("space_charge", description="Resistance of the space-charge layers.")
    closure: Literal["poisson_boltzmann", "mott_schottky", "site_limited", "resolved"] = key(
        "poisson_boltzmann",
        description="How the layers are solved: full Poisson-Boltzmann, complete depletion (Mott-Schottky), with a "
        "limited number of sites, or the Nernst-Planck-Poisson equations resolved across one boundary.",
    )
    potential: Annotated[float, QuantityField(VOLTAGE, at_least="-2 V", at_most="2 V")] | None = key(
        None, description="Potential of the core against the grain (the barrier height); positive repels sodium ions."
    )
    core_charge: Annotated[float, QuantityField(CHARGE_DENSITY, at_least="-10 C/m^2", at_most="10 C/m^2")] | None = key(
        None, description="Charge of the core per area, which temperature does not change."
    )
    carrier_density: NumberDensity = key(description="Number density of mobile sodium ions in the grain.")
    site_density: NumberDensity | None = key(
        None, description="Number density of the sites that sodium ions may take; for the site-limited closure."
    )
    relative_permittivity: float | None = key(
        None, ge=1.0, le=1e6, description="Relative permittivity; the material's own value when left out."
    )


class NoResistance(BoundaryLaw):
    """Current crosses grain boundaries and phase boundaries without loss."""

    law: Literal["none"] = key("none", description="Boundaries conduct perfectly.")


GrainBoundaryLaw = Annotated[
    MisorientationResistance
    | ConstantResistance
    | NetworkResistance
    | LayerResistance
    | SpaceChargeResistance
    | NoResistance,
    Field(discriminator="law"),
]
