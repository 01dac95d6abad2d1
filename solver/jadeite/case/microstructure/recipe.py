# SPDX-License-Identifier: LGPL-3.0-or-later
"""The whole recipe: a cell stack with its separator, defects, boundary properties and mesh sizes."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from jadeite.case.microstructure.bodies import Inclusions, Pores
from jadeite.case.microstructure.boundaries import BoundaryProperties
from jadeite.case.microstructure.flaws import Crack, Flaw, FlawPopulation, Grooves, UnwettedArea, UnwettedPatch
from jadeite.case.microstructure.layers import Layer, Separator
from jadeite.case.section import Section, key
from jadeite.case.units import LENGTH, Length, QuantityField

Extent = Annotated[float, QuantityField(LENGTH, at_least="1 nm", at_most="10 cm")]


class MeshSize(Section):
    """Sizes of mesh cells; what is left out follows from grain size, flaws and patches."""

    interior_size: Length | None = key(None, description="Cell size inside grains.")
    boundary_size: Length | None = key(None, description="Cell size at grain boundaries and electrodes.")
    tip_size: Length | None = key(None, description="Cell size at flaw tips and crack fronts.")
    contact_edge_size: Length | None = key(None, description="Cell size at the ends of unwetted patches.")
    growth: float = key(0.3, gt=0.0, le=1.0, description="Growth of cell size per distance from a fine place.")
    refinements: int = key(0, ge=0, le=6, description="How often every size is halved, for convergence studies.")


class Recipe(Section):
    """A microstructure: a cell stack with its separator, pores, particles, flaws and unwetted patches.

    x runs along the electrodes, y from the plating (0) to the stripping electrode, z along the electrodes in 3-D. In
    axisymmetric coordinates x is the distance from the axis, and everything beside the axis is a ring around it.
    """

    dimension: Literal[2, 3] = key(2, description="Dimension of space; a plane cell (2) is taken per metre of depth.")
    coordinates: Literal["plane", "axisymmetric"] = key(
        "plane",
        description="What a plane cell stands for: a slice of one metre of depth, or (`axisymmetric`) the cylinder "
        "that it sweeps around the axis x = 0: `width` is its radius and totals are those of the whole body.",
    )
    seed: int = key(
        0, ge=0, le=2**32 - 1, description="Seed of every random choice; equal seeds give equal microstructures."
    )
    width: Extent = key(description="Width of the cell along x.")
    width_z: Extent | None = key(None, description="Width of the cell along z, in 3-D only; as along x if left out.")
    periodic: tuple[Literal["x", "z"], ...] = key(
        (), max_length=2, description="Directions in which the microstructure continues itself; opposite sides match."
    )
    separator: Separator = key(description="The ceramic between the electrodes.")
    pores: tuple[Pores, ...] = key((), max_length=50, description="Pores in the separator, one block per kind.")
    inclusions: tuple[Inclusions, ...] = key(
        (), max_length=50, description="Particles of other materials, one block per kind."
    )
    flaws: tuple[Flaw, ...] = key((), max_length=500, description="Sodium-filled flaws on the plating side.")
    flaw_population: FlawPopulation | None = key(None, description="Flaws drawn at random beside those listed.")
    cracks: tuple[Crack, ...] = key((), max_length=500, description="Empty cracks inside the ceramic.")
    grooves: Grooves | None = key(None, description="Grooves where grain boundaries meet the plating electrode.")
    unwetted_patches: tuple[UnwettedPatch, ...] = key((), max_length=500, description="Voids at the plating electrode.")
    unwetted_area: UnwettedArea | None = key(None, description="Random voids at the plating electrode.")
    boundary_properties: BoundaryProperties = key(
        default_factory=BoundaryProperties, description="Properties of grain boundaries, one value each."
    )
    mesh: MeshSize = key(default_factory=MeshSize, description="Sizes of mesh cells.")

    @property
    def thickness(self) -> float:
        """Distance between the electrodes in m: stated, or the sum over layers."""
        if self.separator.layers is not None:
            return sum(layer.thickness * layer.repeat for layer in self.separator.layers)
        if self.separator.thickness is None:
            raise ValueError("a polycrystal and an imported microstructure need the thickness of the separator")
        return self.separator.thickness

    @property
    def box(self) -> tuple[float, ...]:
        """Extents along x, y and, in 3-D, z in m."""
        plane = (self.width, self.thickness)
        return plane if self.dimension == 2 else (*plane, self.width if self.width_z is None else self.width_z)

    @property
    def axisymmetric(self) -> bool:
        """Whether the plane cell stands for the cylinder that it sweeps."""
        return self.coordinates == "axisymmetric"

    @property
    def electrode_area(self) -> float:
        """Area of an electrode in m^2; in the plane its width in m (m^2 per metre of depth)."""
        if self.axisymmetric:
            return math.pi * self.width**2
        return self.width if self.dimension == 2 else self.width * self.box[2]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The separator as layers: those given, or the polycrystal as one; none when it is imported."""
        separator = self.separator
        if separator.layers is not None:
            return separator.layers
        if separator.polycrystal is None:
            return ()
        return (
            Layer.model_construct(
                name=None,
                material=separator.polycrystal.material,
                thickness=self.thickness,
                repeat=1,
                euler_angles=(0.0, 0.0, 0.0),
                polycrystal=separator.polycrystal,
                pores=(),
                inclusions=(),
            ),
        )

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of the materials the separator is made of, each once, in order of appearance."""
        named: list[str] = []
        for layer in self.layers:
            grains = layer.polycrystal
            named += [layer.material] if grains is None else [grains.material]
            named += [] if grains is None else [phase.material for phase in grains.second_phases]
            named += [part.material for part in layer.inclusions]
        if self.separator.imported is not None:
            named += [self.separator.imported.material, *getattr(self.separator.imported, "materials", {}).values()]
        named += [part.material for part in self.inclusions]
        return tuple(dict.fromkeys(named))
