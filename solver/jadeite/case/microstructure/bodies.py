# SPDX-License-Identifier: LGPL-3.0-or-later
"""Closed bodies inside the ceramic: pores, and particles of other materials."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.microstructure.common import CrystalSymmetry, Role
from jadeite.case.microstructure.grains import Orientation, RandomOrientation
from jadeite.case.section import Section, key
from jadeite.case.units import ANGLE, Length, QuantityField

Place = Literal["grain_interiors", "grain_boundaries", "triple_junctions", "triple_lines"]
_PLACE = "Where they sit; `triple_junctions` in 2-D and `triple_lines` in 3-D are where three grains meet."


class Ellipsoid(Section):
    """A sphere (a disc in 2-D) or an ellipsoid of revolution."""

    law: Literal["ellipsoid"] = key("ellipsoid", description="Sphere (disc in 2-D) or ellipsoid of revolution.")
    aspect_ratio: float = key(
        1.0,
        ge=0.2,
        le=5.0,
        description="Length along its axis over width; the axis lies along the triple line, across the grain boundary "
        "(along it in 2-D), or is random in grain interiors.",
    )


class Lens(Section):
    """Spherical caps that meet at the grain boundaries under the dihedral angle of equilibrium."""

    law: Literal["lens"] = key("lens", description="Caps that meet at grain boundaries under a dihedral angle.")
    dihedral_angle: Annotated[float, QuantityField(ANGLE, at_least="30 deg", at_most="180 deg")] = key(
        "120 deg",
        description="Angle inside the body between two caps where they meet a grain boundary; at a triple line it is "
        "reached where three equal angles meet.",
    )


BodyShape = Annotated[Ellipsoid | Lens, Field(discriminator="law")]


class Bodies(Section):
    """What pores and particles have in common; exactly one of `count` and `fraction`."""

    shape: BodyShape = key(default_factory=Ellipsoid, description="Shape of each body.")
    radius: Length = key(description="Mean radius of the circle (sphere in 3-D) of equal area (volume).")
    coefficient_of_variation: float = key(
        0.0, ge=0.0, le=1.0, description="Standard deviation of the radius over its mean (lognormal)."
    )
    count: int | None = key(None, ge=0, le=100000, description="Number of bodies.")
    fraction: float | None = key(
        None, ge=0.0, le=0.5, description="Share of the volume (area in 2-D) of the separator or layer."
    )


class Pores(Bodies):
    """Pores of one kind; exactly one of `count` and `fraction`."""

    place: Place = key("triple_junctions", description=_PLACE)


class Inclusions(Bodies):
    """Particles of another material; exactly one of `count` and `fraction`."""

    material: Role = key(description="Role of the particles' material.")
    place: Place = key("grain_interiors", description=_PLACE)
    orientation: Orientation = key(
        default_factory=RandomOrientation, description="Distribution of their crystal orientations."
    )
    crystal_symmetry: CrystalSymmetry = key("cubic", description="Symmetry for misorientations between particles.")
