# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about meshed sodium: how it flows, and how it touches the ceramic.

Sodium is meshed where the recipe gives a layer or particles the role `sodium`. Values that are left out are those of
the material library.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section, key
from jadeite.case.units import PRESSURE, STRAIN_RATE, VISCOSITY, MolarEnergy, QuantityField

_Stress = Annotated[float, QuantityField(PRESSURE, above="0 MPa", at_most="1e3 MPa")]
_StrainRate = Annotated[float, QuantityField(STRAIN_RATE, above="0 1/s", at_most="1e6 1/s")]


class NortonCreep(Section):
    """Power-law creep: strain rate = reference rate (stress / reference stress)^exponent, Arrhenius in temperature."""

    law: Literal["norton"] = key("norton", description="Power-law creep.")
    stress_exponent: float | None = key(None, ge=1.0, le=20.0, description="Stress exponent n.")
    reference_stress: _Stress | None = key(None, description="Uniaxial stress at which the reference rate holds.")
    reference_rate: _StrainRate | None = key(
        None, description="Uniaxial strain rate under the reference stress at 25 degC."
    )
    activation_energy: MolarEnergy | None = key(None, description="Activation energy of the strain rate.")


class LinearViscousMetal(Section):
    """A strain rate proportional to stress, as of diffusion creep."""

    law: Literal["linear_viscous"] = key("linear_viscous", description="Strain rate proportional to stress.")
    viscosity: Annotated[float, QuantityField(VISCOSITY, above="0 Pa*s", at_most="1e30 Pa*s")] = key(
        description="Shear viscosity at 25 degC: deviatoric stress over twice the strain rate."
    )
    activation_energy: MolarEnergy = key("0 kJ/mol", description="Activation energy of the strain rate.")


class RateDependentPlasticity(Section):
    """Elastic below a yield stress; above it, plastic strain rate = reference rate (stress/yield stress - 1)^exponent.

    The yield stress rises with the plastic strain (linear hardening). After Perzyna (1966).
    """

    law: Literal["rate_dependent_plasticity"] = key(
        "rate_dependent_plasticity", description="Plastic flow above a yield stress, faster the higher the stress."
    )
    yield_stress: _Stress | None = key(None, description="Yield stress at vanishing rate.")
    reference_rate: _StrainRate = key("1e-3 1/s", description="Plastic strain rate at twice the yield stress.")
    rate_exponent: float = key(5.0, ge=1.0, le=50.0, description="Exponent of the overstress.")
    hardening_modulus: Annotated[float, QuantityField(PRESSURE, at_least="0 MPa", at_most="1e5 MPa")] = key(
        "0 MPa", description="Rise of the yield stress per plastic strain."
    )


class ElasticMetal(Section):
    """Sodium that does not flow."""

    law: Literal["elastic"] = key("elastic", description="Sodium that does not flow.")


MetalFlowLaw = Annotated[
    NortonCreep | LinearViscousMetal | RateDependentPlasticity | ElasticMetal, Field(discriminator="law")
]


class BondedMetal(Section):
    """Metal that sticks to the ceramic."""

    law: Literal["bonded"] = key("bonded", description="Metal that sticks to the ceramic.")


class SlidingMetal(Section):
    """Metal that may lift off the ceramic and slides on it against Coulomb friction, up to a largest shear stress."""

    law: Literal["sliding"] = key("sliding", description="Metal that may lift off and slides against friction.")
    friction_coefficient: float = key(
        0.0, ge=0.0, le=10.0, description="Coulomb's coefficient of friction; 0 slides freely."
    )
    largest_shear_stress: _Stress | None = key(
        None, description="Shear stress that friction does not exceed; unlimited when left out."
    )


MetalContact = Annotated[BondedMetal | SlidingMetal, Field(discriminator="law")]
