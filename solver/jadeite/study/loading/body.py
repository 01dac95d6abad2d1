# SPDX-License-Identifier: LGPL-3.0-or-later
"""What every scheme hands back of a loaded body: its fields, its load steps with their energies, what broke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import ufl
from dolfinx import fem
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.fields import Field
from jadeite.output.summary import Headline, ResultTable
from jadeite.physics.mechanics import Deformation, Mechanics
from jadeite.study.loading.loads import Loads


@dataclass(frozen=True)
class LoadStep:
    """Energies at one step of the load, J (per metre of depth in the plane), all since the stress-free state.

    Attributes:
        load_factor: share of the full load, 1.
        external_work: work of tractions, and of the eigenstrain that cooling brings.
        stored_energy: elastic energy.
        dissipated_energy: spent on fracture and friction.
        more: further scalars of a scheme by column name; the same names at every step.
    """

    load_factor: float
    external_work: float
    stored_energy: float
    dissipated_energy: float = 0.0
    more: Mapping[str, float] = field(default_factory=dict)

    @property
    def imbalance(self) -> float:
        """Work less stored and dissipated energy, over the largest of the three; zero of an unloaded body."""
        largest = max(abs(self.external_work), abs(self.stored_energy), abs(self.dissipated_energy))
        rest = self.external_work - self.stored_energy - self.dissipated_energy
        return rest / largest if largest > 0.0 else 0.0


@dataclass(frozen=True)
class FractureEvent:
    """Something that broke.

    Attributes:
        load_factor: share of the full load at which it did.
        name: what broke, in words: "grain 3 | grain 12".
        place: coordinates, m.
        measure: length (2-D) or area of what opened, m or m^2.
    """

    load_factor: float
    name: str
    place: tuple[float, ...]
    measure: float


@dataclass(frozen=True, eq=False)
class FacetValues:
    """A field on tagged facets that a scheme adds to the interface file.

    Attributes:
        name, unit, description: as of any field.
        values: one per local facet of the mesh (all facets, ghosts included), zero where it has no meaning.
    """

    name: str
    values: NDArray[np.float64]
    unit: str = ""
    description: str = ""


@dataclass(frozen=True, eq=False)
class LinearState:
    """A solved linear body, for what is computed from its factorised matrix: crack driving forces, opened boundaries.

    Attributes:
        mechanics: the elastic problem.
        deformation: its state under the full load.
        loads: tractions that are part of it; the eigenstrain is in `deformation`.
    """

    mechanics: Mechanics
    deformation: Deformation
    loads: Loads


@dataclass(frozen=True, eq=False)
class FaceTractions:
    """What acts on the faces of cracks in an elastic body where they touch each other.

    Attributes:
        loads: of the case.
        tractions: boundary measures and tractions (Pa) that act beside them.
    """

    loads: Loads
    tractions: Sequence[tuple[ufl.Measure, Expr]]


@dataclass(frozen=True, eq=False)
class LoadedBody:
    """A body under its full load, or under the last load that it bears.

    A body whose lengths are magnified is solved on the mesh as it is, with toughness and lengths of fracture divided by
    the magnification: stresses are the same, energies grow with the square of lengths in the plane, the cube in space.
    Schemes hand back steps and events of the mesh as it is; `magnified` makes them those of the body.

    Attributes:
        domain: the meshed body.
        magnification: factor on every length that it was solved for.
        displacement: m, on a Lagrange space of any breaks; lengths are those of the mesh, not magnified.
        strain: total strain, 3 x 3.
        stress: Pa, 3 x 3, tension positive.
        steps: load steps, rising in order of solution.
        events: what broke.
        linear: the elastic problem, where the body stayed linear; None elsewhere.
        faces: tractions on faces of cracks that touch, where they are in contact.
        point_fields: further fields: name, unit, description and a scalar function on a Lagrange space.
        cell_fields: further fields, one value per owned cell.
        facet_fields: further fields of the interface file.
        headlines: what the scheme adds to the figures that the run is judged by.
        tables: what it adds to the tables.
        solver: what its solvers did, by name.
        warnings: what a reader has to keep in mind.
        finding: a sentence on what broke, or nothing.
    """

    domain: Domain
    magnification: float
    displacement: fem.Function
    strain: Expr
    stress: Expr
    steps: Sequence[LoadStep]
    events: Sequence[FractureEvent] = ()
    linear: LinearState | None = None
    faces: FaceTractions | None = None
    point_fields: Sequence[tuple[str, str, str, fem.Function]] = ()
    cell_fields: Sequence[Field] = ()
    facet_fields: Sequence[FacetValues] = ()
    headlines: Sequence[Headline] = ()
    tables: Sequence[ResultTable] = ()
    solver: Mapping[str, float | int | str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    finding: str = ""


def energy_scale(tagged: TaggedMesh, magnification: float) -> float:
    """Return the energy of a magnified body over that of the mesh with its toughness divided by the magnification."""
    return magnification ** (3 if tagged.measured_in_space else 2)


def area_scale(tagged: TaggedMesh, magnification: float) -> float:
    """Return the area (length in the plane) of a crack in a magnified body over that in the mesh."""
    return magnification ** (2 if tagged.measured_in_space else 1)


def magnified(body: LoadedBody) -> LoadedBody:
    """Return a body as a scheme hands it back, with energies, places and areas of the magnified body."""
    tagged, scale = body.domain.tagged, body.magnification
    energy, area = energy_scale(tagged, scale), area_scale(tagged, scale)
    steps = [
        replace(
            step,
            external_work=energy * step.external_work,
            stored_energy=energy * step.stored_energy,
            dissipated_energy=energy * step.dissipated_energy,
        )
        for step in body.steps
    ]
    events = [
        replace(event, place=tuple(scale * x for x in event.place), measure=area * event.measure)
        for event in body.events
    ]
    return replace(body, steps=steps, events=events)
