# SPDX-License-Identifier: LGPL-3.0-or-later
"""Grains of a polycrystal: sizes, shapes, orientations, second phases among them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.microstructure.common import Axis, CrystalSymmetry, EulerAngles, FileName, Role, Vector
from jadeite.case.section import Section, key
from jadeite.case.units import ANGLE, Length, QuantityField

Spread = Annotated[float, QuantityField(ANGLE, at_least="0 deg", at_most="90 deg")]


class LognormalSize(Section):
    """Grain diameters follow one lognormal distribution."""

    law: Literal["lognormal"] = key("lognormal", description="One lognormal distribution, each grain counted once.")
    mean: Length = key(description="Mean equivalent diameter (of a circle in 2-D, of a sphere in 3-D).")
    coefficient_of_variation: float = key(
        0.35, ge=0.0, le=1.0, description="Standard deviation over mean; 0 for equal grains."
    )


class SizeMode(Section):
    """One of the lognormal distributions that a mixture is made of."""

    mean: Length = key(description="Mean equivalent diameter of the grains of this mode.")
    coefficient_of_variation: float = key(0.2, ge=0.0, le=1.0, description="Standard deviation over mean.")
    share: float = key(gt=0.0, le=1.0, description="Share of the number of grains; the shares add up to one.")


class MixtureSize(Section):
    """Grain diameters follow a mixture of lognormal distributions, such as a bimodal one."""

    law: Literal["mixture"] = key("mixture", description="A mixture of lognormal distributions.")
    modes: tuple[SizeMode, ...] = key(min_length=2, max_length=50, description="The distributions mixed.")

    @property
    def mean(self) -> float:
        """Mean equivalent diameter over all modes, m."""
        return sum(mode.share * mode.mean for mode in self.modes) / sum(mode.share for mode in self.modes)


GrainSize = Annotated[LognormalSize | MixtureSize, Field(discriminator="law")]


class EquiaxedShape(Section):
    """Grains have no preferred direction."""

    law: Literal["equiaxed"] = key("equiaxed", description="No preferred direction.")


class ElongatedShape(Section):
    """All grains are stretched along one direction."""

    law: Literal["elongated"] = key("elongated", description="Grains stretched along one direction.")
    direction: Axis = key("y", description="Direction of the long axis; y runs from electrode to electrode.")
    aspect_ratio: float = key(2.0, ge=0.1, le=20.0, description="Mean length over mean width; below one for plates.")


class ColumnarShape(Section):
    """Grains are columns that reach through the whole layer."""

    law: Literal["columnar"] = key(
        "columnar", description="Columns through the layer; the size is the diameter of their cross-section."
    )
    direction: Axis = key("y", description="Direction of the columns; y runs from electrode to electrode.")


GrainShape = Annotated[EquiaxedShape | ElongatedShape | ColumnarShape, Field(discriminator="law")]


class RandomOrientation(Section):
    """Every crystal orientation is equally likely."""

    law: Literal["random"] = key("random", description="Every orientation is equally likely.")


class FibreOrientation(Section):
    """A fibre texture: one crystal axis lies near one laboratory direction, the turn about it is random."""

    law: Literal["fibre"] = key("fibre", description="One crystal axis lies near one laboratory direction.")
    axis: Vector = key((0.0, 0.0, 1.0), description="Axis in the Cartesian frame of the crystal; any length but zero.")
    direction: Vector = key(
        (0.0, 1.0, 0.0), description="Direction in the laboratory; y runs from the plating to the stripping electrode."
    )
    spread: Spread = key("0 deg", description="Standard deviation of the angle between axis and direction.")


class SingleOrientation(Section):
    """All grains share one orientation."""

    law: Literal["single"] = key("single", description="All grains share one orientation.")
    euler_angles: EulerAngles = key(("0 deg", "0 deg", "0 deg"), description="Bunge angles phi1, Phi, phi2.")


class TableOrientation(Section):
    """Orientations are drawn from a table, such as a discretised orientation distribution function or a measurement."""

    law: Literal["table"] = key("table", description="Drawn from a table of orientations with weights.")
    file: FileName = key(
        description="Text table (.csv or .txt) with columns phi1, Phi, phi2 in degrees (Bunge) and, if wanted, weight."
    )
    spread: Spread = key("0 deg", description="Root mean square angle of a random rotation added to each draw.")


Orientation = Annotated[
    RandomOrientation | FibreOrientation | SingleOrientation | TableOrientation, Field(discriminator="law")
]


class SecondPhase(Section):
    """Whole grains of another material among the grains of a polycrystal."""

    material: Role = key(description="Role of the material of these grains.")
    fraction: float = key(gt=0.0, lt=1.0, description="Share of the polycrystal's volume (area in 2-D).")
    grain_size: GrainSize | None = key(None, description="Sizes of these grains; those of the polycrystal if left out.")
    orientation: Orientation = key(
        default_factory=RandomOrientation, description="Distribution of their crystal orientations."
    )
    crystal_symmetry: CrystalSymmetry = key("cubic", description="Symmetry for misorientations between these grains.")


class Polycrystal(Section):
    """Grains filling a layer."""

    material: Role = key("electrolyte", description="Role of the grains' material.")
    grain_size: GrainSize = key(description="Distribution of grain sizes.")
    shape: GrainShape = key(default_factory=EquiaxedShape, description="Shape of grains.")
    orientation: Orientation = key(
        default_factory=RandomOrientation, description="Distribution of crystal orientations."
    )
    crystal_symmetry: CrystalSymmetry = key(
        "trigonal",
        description="Symmetry for misorientations; with `isotropic` or `cubic`, properties are direction averages.",
    )
    second_phases: tuple[SecondPhase, ...] = key((), max_length=50, description="Grains of other materials among them.")
