# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about sodium in flaws and about elasticity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from jadeite.case.physics.fracture import FractureLaw
from jadeite.case.physics.metal import BondedMetal, MetalContact, MetalFlowLaw, NortonCreep
from jadeite.case.physics.supports import SIDES, Platens, Sides, UniformPressure
from jadeite.case.section import Section, key, off_or
from jadeite.case.units import MOLAR_VOLUME, PRESSURE, TEMPERATURE, Pressure, QuantityField


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
    """Elasticity with thermal mismatch; where asked for, flow of meshed sodium, contact and fracture."""

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
    platens: Platens = key(default_factory=UniformPressure, description="What presses on the stack.")
    sides: Sides = key("flat", description=SIDES)
    ion_partial_molar_volume: Annotated[
        float, QuantityField(MOLAR_VOLUME, at_least="-100 cm^3/mol", at_most="100 cm^3/mol")
    ] = key("0 cm^3/mol", description="Partial molar volume of the sodium ion in the ceramic.")
    metal: MetalFlowLaw = key(default_factory=NortonCreep, description="How meshed sodium flows.")
    metal_contact: MetalContact = key(default_factory=BondedMetal, description="How meshed sodium touches the ceramic.")
    crack_faces: Literal["penetrable", "contact"] = key(
        "penetrable", description="Whether faces of cracks that close press on each other."
    )
    crack_friction_coefficient: float = key(
        0.0, ge=0.0, le=10.0, description="Coulomb's coefficient of friction between faces in `contact`."
    )
    fracture: Annotated[FractureLaw | None, BeforeValidator(off_or("fracture"))] = key(
        "none", description="What may break while a `loading` protocol rises, or `none`."
    )
