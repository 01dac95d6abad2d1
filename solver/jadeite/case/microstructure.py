# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a microstructure recipe may say: grains or layers, pores, flaws, unwetted patches and mesh sizes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jadeite.case.section import Section, key
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

    law: Literal["lognormal"] = key("lognormal", description="Distribution of grain diameters.")
    mean: Length = key(description="Mean equivalent-circle diameter.")
    coefficient_of_variation: float = key(
        0.35, ge=0.0, le=1.0, description="Standard deviation over mean; 0 for equal grains."
    )


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
    spread: Annotated[float, QuantityField(ANGLE, at_least="0 deg", at_most="90 deg")] = key(
        "0 deg", description="Standard deviation of the angle between axis and direction."
    )


class SingleOrientation(Section):
    """All grains share one orientation."""

    law: Literal["single"] = key("single", description="All grains share one orientation.")
    euler_angles: EulerAngles = key(("0 deg", "0 deg", "0 deg"), description="Bunge angles phi1, Phi, phi2.")


Orientation = Annotated[RandomOrientation | FibreOrientation | SingleOrientation, Field(discriminator="law")]


class Polycrystal(Section):
    """A polycrystal of one material."""

    material: Role = key("electrolyte", description="Role of the grains' material.")
    grain_size: GrainSize = key(description="Distribution of grain sizes.")
    orientation: Orientation = key(
        default_factory=RandomOrientation, description="Distribution of crystal orientations."
    )
    crystal_symmetry: CrystalSymmetry = key(
        "trigonal",
        description="Symmetry for misorientations; with `isotropic` or `cubic`, properties are direction averages.",
    )


class Layer(Section):
    """A layer of the separator, or a stack of equal layers."""

    material: Role = key("electrolyte", description="Role of the layer's material.")
    thickness: Length = key(description="Thickness of one layer.")
    repeat: int = key(
        1, ge=1, le=10000, description="Number of equal layers on top of each other, each a region of its own."
    )
    euler_angles: EulerAngles = key(
        ("0 deg", "0 deg", "0 deg"), description="Bunge angles phi1, Phi, phi2 of the crystal."
    )


class Separator(Section):
    """The ceramic between the electrodes: exactly one of `polycrystal` and `layers`."""

    thickness: Length | None = key(
        None,
        description="Distance between the electrodes; needed with `polycrystal`, the sum of the layers otherwise.",
    )
    polycrystal: Polycrystal | None = key(None, description="Grains filling the separator.")
    layers: tuple[Layer, ...] | None = key(
        None, min_length=1, description="Layers, from the plating electrode upwards."
    )


class Pores(Section):
    """Round pores; exactly one of `count` and `fraction`."""

    place: Literal["triple_junctions"] = key("triple_junctions", description="Where pores sit.")
    radius: Length = key(description="Radius of every pore.")
    count: int | None = key(None, ge=0, le=100000, description="Number of pores.")
    fraction: float | None = key(None, ge=0.0, le=0.3, description="Share of the separator's area taken by pores.")


class Flaw(Section):
    """A sharp flaw that starts at the plating electrode and is filled with sodium."""

    name: Name = key(description="Name of the flaw in results.")
    position: Position = key(description="Place of the middle of the mouth along the electrode.")
    depth: Length = key(description="Distance from mouth to tip; reaches at most 0.9 of the separator.")
    mouth_width: Length = key("0.1 um", description="Width at the electrode; smaller than the depth.")
    tilt: Annotated[float, QuantityField(ANGLE, at_least="-75 deg", at_most="75 deg")] = key(
        "0 deg", description="Angle from the inward normal of the electrode, positive towards larger positions."
    )


class UnwettedPatch(Section):
    """A stretch of the plating electrode without contact to sodium (a void)."""

    name: Name = key(description="Name of the patch in results.")
    start: Position = key(description="First end along the electrode.")
    end: Position = key(description="Second end, larger than `start`.")


class MeshSize(Section):
    """Sizes of mesh cells; what is left out follows from grain size, flaws and patches."""

    interior_size: Length | None = key(None, description="Cell size inside grains.")
    boundary_size: Length | None = key(None, description="Cell size at grain boundaries and electrodes.")
    tip_size: Length | None = key(None, description="Cell size at flaw tips.")
    contact_edge_size: Length | None = key(None, description="Cell size at the ends of unwetted patches.")
    growth: float = key(0.3, gt=0.0, le=1.0, description="Growth of cell size per distance from a fine place.")
    refinements: int = key(0, ge=0, le=6, description="How often every size is halved, for convergence studies.")


class Recipe(Section):
    """A microstructure: a cell stack of width `width` with its separator, pores, flaws and unwetted patches."""

    dimension: Literal[2] = key(2, description="Dimension of space; a plane cell is taken per metre of depth.")
    seed: int = key(
        0, ge=0, le=2**32 - 1, description="Seed of every random choice; equal seeds give equal microstructures."
    )
    width: Annotated[float, QuantityField(LENGTH, above="0 um", at_most="10 cm")] = key(
        description="Width of the cell along the electrodes."
    )
    separator: Separator = key(description="The ceramic between the electrodes.")
    pores: Pores | None = key(None, description="Pores in the separator.")
    flaws: tuple[Flaw, ...] = key((), description="Sodium-filled flaws on the plating side.")
    unwetted_patches: tuple[UnwettedPatch, ...] = key((), description="Voids at the plating electrode.")
    mesh: MeshSize = key(default_factory=MeshSize, description="Sizes of mesh cells.")

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
