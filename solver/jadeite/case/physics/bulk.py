# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about transport inside materials: ions by role, electrons, and heat."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section, key
from jadeite.case.units import (
    HEAT_TRANSFER,
    THERMAL_CONDUCTIVITY,
    Concentration,
    Conductance,
    Conductivity,
    Diffusivity,
    Length,
    NumberDensity,
    QuantityField,
)


class SingleIon(Section):
    """Only sodium ions move: Ohm's law with the conductivity of the material."""

    law: Literal["single_ion"] = key("single_ion", description="Ohm's law; only sodium ions move.")


class BinaryElectrolyte(Section):
    """A dissolved salt whose anions move too, so that current builds up differences of concentration."""

    law: Literal["binary_electrolyte"] = key("binary_electrolyte", description="Concentrated binary salt.")
    salt_concentration: Concentration = key("1 mol/L", description="Concentration of the salt without current.")
    salt_diffusivity: Diffusivity | None = key(
        None, description="Diffusivity of the salt; the material's own value when left out."
    )
    transference_number: float | None = key(
        None,
        gt=0.0,
        le=1.0,
        description="Share of the current that sodium ions carry without gradients; the material's own when left out.",
    )
    thermodynamic_factor: float | None = key(
        None, gt=0.0, le=100.0, description="1 + dln f/dln c, 1 if ideal; the material's own value when left out."
    )
    conductivity_exponent: float = key(
        1.0, ge=0.0, le=3.0, description="m in conductivity proportional to concentration^m; 0 for a constant one."
    )


class NernstPlanckPoisson(Section):
    """Mobile ions and the electrostatic field they make, resolved down to the Debye length."""

    law: Literal["nernst_planck_poisson"] = key("nernst_planck_poisson", description="Resolved space charge.")
    carrier_density: NumberDensity = key(description="Number density of mobile sodium ions away from boundaries.")
    site_density: NumberDensity | None = key(
        None, description="Number density of the sites that ions may take; a dilute solution when left out."
    )
    relative_permittivity: float | None = key(
        None, ge=1.0, le=1e6, description="Relative permittivity; the material's own value when left out."
    )


IonTransport = Annotated[SingleIon | BinaryElectrolyte | NernstPlanckPoisson, Field(discriminator="law")]


class ElectronicConduction(Section):
    """Electrons that leak through the electrolyte, and the chemical potential of sodium that follows."""

    conductivity: Conductivity | None = key(
        None, description="Electronic conductivity of every role; the materials' own values when left out."
    )
    sodium_exponent: float = key(
        0.0,
        ge=0.0,
        le=1.0,
        description="b in s_e proportional to exp(b mu_Na/RT): how electrons follow the chemical potential of sodium.",
    )
    boundary_surface_conductance: Conductance = key(
        "0 S", description="Electronic conductance along the plane of grain boundaries and phase boundaries."
    )
    boundary_thickness: Length | None = key(
        None,
        description="Thickness of the phase at boundaries whose electronic conductivity the recipe gives; their "
        "product is the conductance along these boundaries.",
    )
    boundary_flaw_size: Length = key(
        "10 um", description="Radius of the flaws at boundaries and in grains that metal would have to open."
    )


class Heat(Section):
    """Joule heat and its conduction to the electrodes, which are kept near the temperature of the case."""

    thermal_conductivity: (
        Annotated[float, QuantityField(THERMAL_CONDUCTIVITY, above="0 W/m/K", at_most="1e4 W/m/K")] | None
    ) = key(None, description="Thermal conductivity of every role; the materials' own values when left out.")
    heat_transfer_coefficient: (
        Annotated[float, QuantityField(HEAT_TRANSFER, above="0 W/m^2/K", at_most="1e9 W/m^2/K")] | None
    ) = key(
        None,
        description="From each electrode to surroundings at the temperature of the case; the electrodes have that "
        "temperature when left out.",
    )
