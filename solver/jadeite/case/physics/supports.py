# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about how the stack is pressed: its platens and its sides."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section, key
from jadeite.case.units import FOUNDATION_STIFFNESS, QuantityField


class UniformPressure(Section):
    """The stack pressure acts as it is on every point of the plating side, as a soft electrode passes it on."""

    law: Literal["uniform_pressure"] = key("uniform_pressure", description="The same pressure everywhere.")


class RigidPlatens(Section):
    """A rigid plate presses on the plating side: one displacement, the stack pressure on average."""

    law: Literal["rigid"] = key("rigid", description="A rigid plate with the stack pressure on average.")


class CompliantPlatens(Section):
    """A rigid plate presses through a compliant layer: pressure proportional to its local compression."""

    law: Literal["compliant"] = key("compliant", description="A rigid plate behind a compliant layer.")
    stiffness: Annotated[float, QuantityField(FOUNDATION_STIFFNESS, above="0 Pa/m", at_most="1e18 Pa/m")] = key(
        description="Pressure of the layer per displacement: its Young's modulus over its thickness."
    )


Platens = Annotated[UniformPressure | RigidPlatens | CompliantPlatens, Field(discriminator="law")]

Sides = Literal["flat", "held", "free", "periodic"]
SIDES = (
    "`flat`: planes of symmetry that move as a whole and carry no net force; `held`: planes that do not move; `free`: "
    "without support and traction; `periodic`: where the recipe is periodic, opposite sides deform alike."
)
