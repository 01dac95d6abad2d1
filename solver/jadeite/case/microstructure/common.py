# SPDX-License-Identifier: LGPL-3.0-or-later
"""Types that several blocks of a recipe share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from jadeite.case.files import FileName as FileName
from jadeite.case.names import checked_name
from jadeite.case.units import ANGLE, LENGTH, Angle, QuantitiesField, QuantityField

Role = Annotated[
    str, AfterValidator(checked_name), Field(description="Role of a material; the case says which material plays it.")
]
Name = Annotated[str, AfterValidator(checked_name), Field(description="Name used in results and messages.")]
EulerAngles = tuple[Angle, Angle, Angle]
Vector = tuple[float, float, float]
Axis = Literal["x", "y", "z"]
CrystalSymmetry = Literal[
    "triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic", "isotropic"
]

_POSITION = QuantityField(LENGTH, at_least="0 um", at_most="1 m")
PlaneOrSpacePoint = Annotated[tuple[float, ...], QuantitiesField(_POSITION, (2, 3))]
Tilt = Annotated[float, QuantityField(ANGLE, at_least="-75 deg", at_most="75 deg")]
Turn = Annotated[float, QuantityField(ANGLE, at_least="-180 deg", at_most="180 deg")]
