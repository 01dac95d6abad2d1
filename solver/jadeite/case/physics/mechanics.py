# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about sodium in flaws and about elasticity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section, key
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
