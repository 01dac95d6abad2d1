# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case may say about fracture while a load rises: boundaries that open, or a phase field of cracks.

Toughness of grains and boundaries comes from the materials and, boundary by boundary, from the recipe's
`boundary_properties.fracture_toughness`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section, key
from jadeite.case.units import PRESSURE, Length, QuantityField

Strength = Annotated[float, QuantityField(PRESSURE, above="0 MPa", at_most="1e5 MPa")]


class CohesiveBoundaries(Section):
    """Grain and phase boundaries open against a cohesive traction that falls to zero; grains stay whole."""

    law: Literal["cohesive_boundaries"] = key("cohesive_boundaries", description="Grain boundaries that may open.")
    separation: Literal["bilinear", "exponential"] = key(
        "bilinear", description="Traction against opening: linear up and down, or exponential."
    )
    strength: Strength = key(description="Largest normal traction of a boundary.")
    shear_strength_ratio: float = key(1.0, gt=0.0, le=10.0, description="Largest shear traction over the normal one.")
    mode_two_ratio: float = key(1.0, gt=0.0, le=100.0, description="Fracture energy in shear over that in opening.")
    mixed_mode: Literal["benzeggagh_kenane", "quadratic"] = key(
        "benzeggagh_kenane", description="Fracture energy between the two modes."
    )
    mixed_mode_exponent: float = key(2.0, gt=0.0, le=10.0, description="Exponent of the Benzeggagh-Kenane law.")
    filling: Literal["dry", "sodium"] = key(
        "dry",
        description="What opened boundaries become for the current: `dry` ones block it, those filled with `sodium` "
        "are metal, under the pressure of flaws.",
    )


class PhaseField(Section):
    """Cracks as a field that spreads over a length, through grains and along boundaries."""

    law: Literal["phase_field"] = key("phase_field", description="A phase field of cracks.")
    model: Literal["AT1", "AT2"] = key("AT1", description="Ambrosio-Tortorelli model; AT1 is elastic up to a strength.")
    split: Literal["none", "volumetric_deviatoric", "spectral", "hybrid"] = key(
        "volumetric_deviatoric", description="Which part of the elastic energy opens cracks."
    )
    length: Length | None = key(None, description="Length over which a crack spreads; four cell sizes if left out.")
    residual_stiffness: float = key(
        1e-6, gt=0.0, le=1e-2, description="Share of the stiffness that a crack keeps, for a unique solution."
    )
    toughness_correction: bool = key(
        True, description="Whether the toughness is lowered by what a mesh of finite cells adds to it."
    )
    filling: Literal["dry", "sodium"] = key(
        "dry",
        description="What presses on the faces of cracks that grow: nothing in `dry` ones, the `flaw_pressure` in "
        "those that `sodium` fills.",
    )


FractureLaw = Annotated[CohesiveBoundaries | PhaseField, Field(discriminator="law")]
