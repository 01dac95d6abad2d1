# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a microstructure recipe may say: the separator's grains or layers, its pores, flaws and unwetted patches, and the mesh."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section
from jadeite.case.units import ANGLE, LENGTH, Angle, Length, Position, QuantityField

Role = Annotated[str, Field(min_length=1, description="Role of a material; the case says which material plays it.")]
Name = Annotated[str, Field(min_length=1, max_length=60, description="Name used in results and messages.")]
EulerAngles = tuple[Angle, Angle, Angle]
Vector = tuple[float, float, float]
CrystalSymmetry = Literal[
    "triclinic", "monoclinic", "orthorhombic", "tetragonal", "trigonal", "hexagonal", "cubic", "isotropic"
]


class GrainSize(Section):
    """Distribution of the equivalent-circle diameter of grains."""

    law: Literal["lognormal"] = Field("lognormal", description="Distribution of grain diameters.")
    mean: Length = Field(description="Mean equivalent-circle diameter.")
    coefficient_of_variation: float = Field(0.35, ge=0.0, le=1.0, description="Standard deviation over mean; 0 for equal grains.")


class RandomOrientation(Section):
    """Every crystal orientation is equally likely."""

    law: Literal["random"] = Field("random", description="Every orientation is equally likely.")


class FibreOrientation(Section):
    """A fibre texture: one crystal axis lies near one laboratory direction, the turn about it is random."""

    law: Literal["fibre"] = Field("fibre", description="One crystal axis lies near one laboratory direction.")
    axis: Vector = Field((0.0, 0.0, 1.0), description="Axis in the Cartesian frame of the crystal; any length but zero.")
    direction: Vector = Field((0.0, 1.0, 0.0), description="Direction in the laboratory; y runs from the plating to the stripping electrode.")
    spread: Annotated[float, QuantityField(ANGLE, at_least="0 deg", at_most="90 deg")] = Field(
        "0 deg", description="Standard deviation of the angle between axis and direction."
    )


class SingleOrientation(Section):
    """All grains share one orientation."""

    law: Literal["single"] = Field("single", description="All grains share one orientation.")
    euler_angles: EulerAngles = Field(("0 deg", "0 deg", "0 deg"), description="Bunge angles phi1, Phi, phi2.")


Orientation = Annotated[RandomOrientation | FibreOrientation | SingleOrientation, Field(discriminator="law")]


class Polycrystal(Section):
    """A polycrystal of one material."""

    material: Role = Field("electrolyte", description="Role of the grains' material.")
    grain_size: GrainSize = Field(description="Distribution of grain sizes.")
    orientation: Orientation = Field(default_factory=RandomOrientation, description="Distribution of crystal orientations.")
    crystal_symmetry: CrystalSymmetry = Field(
        "trigonal", description="Symmetry used for the misorientation of boundaries; `isotropic` takes direction-averaged properties."
    )


class Layer(Section):
    """A layer of the separator, or a stack of equal layers."""

    material: Role = Field("electrolyte", description="Role of the layer's material.")
    thickness: Length = Field(description="Thickness of one layer.")
    repeat: int = Field(1, ge=1, le=10000, description="Number of equal layers on top of each other, each a region of its own.")
    euler_angles: EulerAngles = Field(("0 deg", "0 deg", "0 deg"), description="Bunge angles phi1, Phi, phi2 of the crystal.")


class Separator(Section):
    """The ceramic between the electrodes: exactly one of `polycrystal` and `layers`."""

    thickness: Length | None = Field(
        None, description="Distance between the electrodes. Needed with `polycrystal`; with `layers` it is the sum of theirs."
    )
    polycrystal: Polycrystal | None = Field(None, description="Grains filling the separator.")
    layers: tuple[Layer, ...] | None = Field(None, min_length=1, description="Layers, from the plating electrode upwards.")


class Pores(Section):
    """Round pores; exactly one of `count` and `fraction`."""

    place: Literal["triple_junctions"] = Field("triple_junctions", description="Where pores sit.")
    radius: Length = Field(description="Radius of every pore.")
    count: int | None = Field(None, ge=0, le=100000, description="Number of pores.")
    fraction: float | None = Field(None, ge=0.0, le=0.3, description="Share of the separator's area taken by pores.")


class Flaw(Section):
    """A sharp flaw that starts at the plating electrode and is filled with sodium."""

    name: Name = Field(description="Name of the flaw in results.")
    position: Position = Field(description="Place of the middle of the mouth along the electrode.")
    depth: Length = Field(description="Distance from mouth to tip; reaches at most 0.9 of the separator.")
    mouth_width: Length = Field("0.1 um", description="Width at the electrode; smaller than the depth.")
    tilt: Annotated[float, QuantityField(ANGLE, at_least="-75 deg", at_most="75 deg")] = Field(
        "0 deg", description="Angle from the inward normal of the electrode, positive towards larger positions."
    )


class UnwettedPatch(Section):
    """A stretch of the plating electrode without contact to sodium (a void)."""

    name: Name = Field(description="Name of the patch in results.")
    start: Position = Field(description="First end along the electrode.")
    end: Position = Field(description="Second end, larger than `start`.")


class MeshSize(Section):
    """Sizes of mesh cells; what is left out follows from grain size, flaws and patches."""

    interior_size: Length | None = Field(None, description="Cell size inside grains.")
    boundary_size: Length | None = Field(None, description="Cell size at grain boundaries and electrodes.")
    tip_size: Length | None = Field(None, description="Cell size at flaw tips.")
    contact_edge_size: Length | None = Field(None, description="Cell size at the ends of unwetted patches.")
    growth: float = Field(0.3, gt=0.0, le=1.0, description="Growth of cell size per distance from a fine place.")
    refinements: int = Field(0, ge=0, le=6, description="How often every size is halved, for convergence studies.")


class Recipe(Section):
    """A microstructure: a cell stack of width `width` with its separator, pores, flaws and unwetted patches."""

    dimension: Literal[2] = Field(2, description="Dimension of space; a plane cell is taken per metre of depth.")
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Seed of every random choice; equal seeds give equal microstructures.")
    width: Annotated[float, QuantityField(LENGTH, above="0 um", at_most="10 cm")] = Field(
        description="Width of the cell along the electrodes."
    )
    separator: Separator = Field(description="The ceramic between the electrodes.")
    pores: Pores | None = Field(None, description="Pores in the separator.")
    flaws: tuple[Flaw, ...] = Field((), description="Sodium-filled flaws on the plating side.")
    unwetted_patches: tuple[UnwettedPatch, ...] = Field((), description="Voids at the plating electrode.")
    mesh: MeshSize = Field(default_factory=MeshSize, description="Sizes of mesh cells.")

    @property
    def thickness(self) -> float:
        """Distance between the electrodes in m: stated, or the sum over layers."""
        if self.separator.layers is not None:
            return sum(layer.thickness * layer.repeat for layer in self.separator.layers)
        if self.separator.thickness is None:
            raise ValueError("a polycrystal needs the thickness of the separator")
        return self.separator.thickness

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of the materials the separator is made of, each once, in order of appearance."""
        layers = self.separator.layers or ()
        grains = () if self.separator.polycrystal is None else (self.separator.polycrystal,)
        return tuple(dict.fromkeys(part.material for part in (*layers, *grains)))
