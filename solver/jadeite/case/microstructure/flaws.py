# SPDX-License-Identifier: LGPL-3.0-or-later
"""Flaws of the ceramic and of its contact: listed or drawn from a population, cracks, grooves, unwetted areas."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.microstructure.common import Name, PlaneOrSpacePoint, Tilt, Turn
from jadeite.case.section import Section, key
from jadeite.case.units import (
    ANGLE,
    LENGTH,
    PRESSURE,
    FractureToughness,
    Length,
    Position,
    QuantityField,
)

FlawForm = Literal["notch", "cut", "filament"]
_FORM = (
    "`notch`: walls that open evenly from the tip to the mouth; `cut`: walls that touch, without any width; "
    "`filament`: walls at a constant distance with a rounded end, as of sodium that has grown in."
)
MouthWidth = Annotated[float, QuantityField(LENGTH, above="0 um", at_most="1 mm")]


class Flaw(Section):
    """A sharp flaw that starts at the plating electrode and is filled with sodium."""

    name: Name = key(description="Name of the flaw in results.")
    position: Position = key(description="Place of the middle of the mouth along x.")
    position_z: Position | None = key(
        None, description="Place of the middle of the mouth along z, in 3-D only; the middle of the cell if left out."
    )
    depth: Length = key(description="Distance from mouth to tip; reaches at most 0.9 of the separator.")
    half_length: Length | None = key(
        None, description="Half the length of the mouth, in 3-D only; the depth (a half-penny) if left out."
    )
    form: FlawForm = key("notch", description=_FORM)
    mouth_width: MouthWidth = key("0.1 um", description="Width at the electrode; smaller than the depth; not of a cut.")
    tilt: Tilt = key("0 deg", description="Angle from the inward normal of the electrode, positive towards larger x.")
    turn: Turn = key("0 deg", description="Turn of the flaw about y, in 3-D only; at 0 the mouth runs along z.")
    path: Literal["straight", "grain_boundaries"] = key(
        "straight",
        description="Straight through the grains, or along the grain boundaries nearest to that; these flaws are cuts.",
    )


class PowerLawDepths(Section):
    """Depths with N(>c) = N0 (c/c0)^(-r): a straight line in a doubly logarithmic plot."""

    law: Literal["power_law"] = key("power_law", description="N(>c) = N0 (c/c0)^(-r).")
    smallest_depth: Length = key(description="c0: depth above which flaws are counted.")
    exponent: float = key(gt=0.0, le=50.0, description="r; half the Weibull modulus of strength.")


class WeibullStrength(Section):
    """Depths that give an electrolyte its Weibull strength: c = (K_Ic / (Y s))^2 / pi for a strength s."""

    law: Literal["weibull_strength"] = key("weibull_strength", description="Depths from the scatter of strength.")
    modulus: float = key(gt=1.0, le=100.0, description="Weibull modulus m of strength; the exponent r is m/2.")
    characteristic_strength: Annotated[float, QuantityField(PRESSURE, above="0 MPa", at_most="1e4 MPa")] = key(
        description="Strength that 63 % of specimens with the reference size do not reach."
    )
    reference_size: Annotated[float, QuantityField(LENGTH, above="0 um", at_most="1 m")] = key(
        description="Edge of the square (length in 2-D) of electrode that the strength was measured on."
    )
    fracture_toughness: FractureToughness = key(description="Toughness that turns strength into depth.")
    geometry_factor: float = key(1.1215, gt=0.0, le=2.0, description="Y; 1.1215 for an edge crack (Tada 1985).")
    smallest_depth: Length = key(description="Depth above which flaws are drawn.")


DepthLaw = Annotated[PowerLawDepths | WeibullStrength, Field(discriminator="law")]


class FlawPopulation(Section):
    """Flaws drawn at random: places uniform on the electrode, depths from a law."""

    depths: DepthLaw = key(description="Distribution of depths.")
    count: int | None = key(
        None, ge=1, le=10000, description="Number of flaws; needed with `power_law`, follows from `weibull_strength`."
    )
    largest_depth: Length = key(description="Depths above are not drawn; the tail that the separator cannot hold.")
    length_to_depth: float = key(
        1.0, ge=0.3, le=5.0, description="Half the length of the mouth over the depth, in 3-D only."
    )
    form: FlawForm = key("cut", description=_FORM)
    mouth_width_to_depth: float = key(0.02, gt=0.0, le=0.5, description="Width at the mouth over depth; not of cuts.")
    largest_tilt: Annotated[float, QuantityField(ANGLE, at_least="0 deg", at_most="60 deg")] = key(
        "0 deg", description="Tilts are drawn evenly between plus and minus this angle."
    )


class Crack(Section):
    """A closed crack inside the ceramic, empty: it carries neither current nor tension."""

    name: Name = key(description="Name of the crack in results.")
    centre: PlaneOrSpacePoint = key(description="Middle of the crack: x, y and, in 3-D, z.")
    half_length: Length = key(description="Half its length in 2-D, its radius in 3-D.")
    tilt: Tilt = key("0 deg", description="Angle of the crack's plane from the y axis, positive towards larger x.")
    turn: Turn = key("0 deg", description="Turn of the crack about y, in 3-D only; at 0 its plane contains z.")


class Grooves(Section):
    """Thermal grooves where grain boundaries meet the plating electrode; sodium fills them."""

    depth: Length = key(description="Depth below the flat electrode.")
    width: Length = key(description="Width at the electrode; at least twice the depth.")


class UnwettedPatch(Section):
    """A part of the plating electrode without contact to sodium (a void): an interval in 2-D, a disc in 3-D."""

    name: Name = key(description="Name of the patch in results.")
    start: Position | None = key(None, description="First end along x, in 2-D.")
    end: Position | None = key(None, description="Second end along x, larger than `start`, in 2-D.")
    centre: PlaneOrSpacePoint | None = key(None, description="Middle of the disc, x and z, in 3-D.")
    radius: Length | None = key(None, description="Radius of the disc, in 3-D.")


class UnwettedArea(Section):
    """Random parts of the plating electrode without contact: where a smooth random field exceeds a threshold."""

    fraction: float = key(gt=0.0, lt=0.95, description="Share of the electrode without contact.")
    correlation_length: Length = key(description="Length over which contact is alike; patches are about this wide.")
