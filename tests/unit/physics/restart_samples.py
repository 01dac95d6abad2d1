# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bodies that march: each is stopped half-way, its state written, and gone on with in objects made anew."""

import dataclasses
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jadeite.fem  # noqa: F401  isort: skip
import cohesive_checks
import contact_checks
import finite_strain_checks
import numpy as np
import phase_field_checks
import solid_checks
import ufl
from dolfinx import fem
from mpi4py import MPI

from jadeite.fem.domain import Domain
from jadeite.fem.state import Restorable
from jadeite.microstructure.revolution import revolved
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Mechanics
from jadeite.physics.phase_field.damage import CrackField
from jadeite.physics.phase_field.evolution import CrackEvolution
from jadeite.physics.phase_field.evolution_steps import EvolutionSettings
from jadeite.physics.phase_field.registry import MODELS
from jadeite.physics.phase_field.toughness import toughness_field
from jadeite.physics.solid.body import Loads, SolidBody
from jadeite.physics.solid.cohesive.control import SeparationControl
from jadeite.physics.solid.cohesive.path import EquilibriumPath, RisingLoad
from jadeite.physics.solid.contact_law import Friction
from jadeite.physics.solid.contact_reduction import ElasticContact
from jadeite.physics.solid.contact_surface import facing_surfaces
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.laws import BulkRegions, InterfaceRows
from jadeite.physics.solid.steps import BodySteps, March
from jadeite.physics.supports import Pin, Support
from jadeite.study.checkpoint import Checkpoint
from jadeite.study.kept_way import KeptWay
from jadeite.verification.cohesive import LEFT, RIGHT, law_of
from sample_meshes import layered_mesh

COMM = MPI.COMM_WORLD
PLATING, STRIPPING, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL


@dataclass
class Sample:
    """Something on its way: its parts, its steps, and numbers that say where it is."""

    parts: Mapping[str, Restorable]
    steps: Iterable[object]
    numbers: Callable[[], list[float]]
    between_turns: list[Callable[[], None]] = field(default_factory=list)


def norm(function):
    """Root of the integral of the square of a field, on every rank."""
    msh = function.function_space.mesh
    here = fem.assemble_scalar(fem.form(ufl.inner(function, function) * ufl.dx(metadata={"quadrature_degree": 4})))
    return float(np.sqrt(msh.comm.allreduce(here)))


def energies(ledger):
    return [value for step in ledger.steps for value in dataclasses.astuple(step)]


def relaxation():
    """Metal that flows, stretched and then held: two-stage steps with an extrapolated start, and an eigenstrain."""
    domain = solid_checks.two_layers(2, 2)
    pressure, swelling = fem.Constant(domain.mesh, 0.0), fem.Constant(domain.mesh, np.zeros(6))
    body = SolidBody(
        domain,
        [BulkRegions(solid_checks.METAL, [0]), BulkRegions(Elastic(solid_checks.ISOTROPIC), [1])],
        [solid_checks.TOP, solid_checks.LEFT],
        Loads(
            pressures=[(domain.ds([PLATING], 4), pressure * (1 + ufl.SpatialCoordinate(domain.mesh)[0] / 30e-6))],
            eigenstrain=swelling,
        ),
        with_pressure=[0],
    )

    def rise(time):
        pressure.value = 0.4e6 * min(time / 1e-3, 1.0)
        swelling.value[:3] = 1e-5 * time

    steps = BodySteps(body, rise)
    march = March(steps, 1.0, 1e-4, tolerance=3e-2)
    return Sample(
        {"march": march, "body": steps}, march, lambda: [march.time, norm(body.displacement), *energies(steps.ledger)]
    )


def foil():
    """A disc that sticks to its platens, at large strain."""
    tagged = revolved(layered_mesh([30e-6], 30e-6, across=2, along=2))
    body = finite_strain_checks.body_of(
        Domain.from_tagged_mesh(tagged, COMM),
        finite_strain_checks.METAL,
        [Support((kind,), 0) for kind in (PLATING, STRIPPING)],
    )
    body.drive(-0.2 * 30e-6 / 200.0)
    march = March(body, 200.0, 1.0, tolerance=3e-3)
    return Sample(
        {"march": march, "body": body},
        march,
        lambda: [body.plate_force(), body.work_imbalance, norm(body.displacement), *energies(body.ledger)],
    )


def snap_back():
    """A bar whose boundary opens faster than its load can follow."""
    bar = cohesive_checks.bar(1.0, 2.0 * cohesive_checks.STRENGTH)
    path = EquilibriumPath(bar.body, bar.load, bar.control, 4)
    return Sample({"path": path}, path, lambda: [float(bar.load.value), bar.spent(), norm(bar.body.displacement)])


def tearing():
    """A bar between fixed ends that cools, and tears in a jump of many steps."""
    domain, law = (
        cohesive_checks.bar(0.2, 0.0).domain,
        law_of(4, energy=0.2, stiffness=cohesive_checks.STIFF, strength=1e8),
    )
    (row,) = [row for row, name in enumerate(domain.tagged.surfaces.name) if "|" in name]
    load = fem.Constant(domain.mesh, 0.0)
    shrinkage = fem.Constant(domain.mesh, -2e8 / cohesive_checks.YOUNG)
    body = SolidBody(
        domain,
        [BulkRegions(Elastic(cohesive_checks.isotropic_stiffness(cohesive_checks.YOUNG, 0.0)), [0, 1])],
        [Support((LEFT,), 0), Support((RIGHT,), 0), Pin((0.0, 0.0), 1), Pin((cohesive_checks.LENGTH, 0.0), 1)],
        Loads(eigenstrain=load * ufl.as_vector([shrinkage, 0.0, 0.0, 0.0, 0.0, 0.0])),
        pieces=domain.cell_region,
        interfaces=[InterfaceRows(law, [row], nodal=True)],
    )
    path = RisingLoad(body, load, SeparationControl(body.facets[0], law), 6)
    return Sample({"path": path}, path, lambda: [float(load.value), norm(body.displacement)])


class Rubbing:
    """A closed crack under pressure, sheared forth and back: what slips depends on the path."""

    def __init__(self):
        domain = contact_checks.domain_of(contact_checks.cracked(2, 0.52))
        stiffness = np.repeat(contact_checks.ISOTROPIC[None], 2, axis=0)
        size, self.done = contact_checks.SIZE, 0
        pins = [Pin((0.0, 0.0), 0), Pin((0.0, 0.0), 1), Pin((size, 0.0), 1)]
        self.body = Mechanics(domain, stiffness, None, pins)
        surface = facing_surfaces(self.body.space, domain, domain.facets(contact_checks.CRACK))
        self.contact = ElasticContact(self.body, surface, Friction(0.3))
        self.deformation = self.body.new_deformation("state")
        self._normal, self._around = ufl.FacetNormal(domain.mesh), domain.ds((PLATING, STRIPPING, SIDE), 4)

    def __iter__(self):
        pressure, normal = contact_checks.PRESSURE, self._normal
        shears = [0.2, 0.5, 0.4, -0.1, -0.5, 0.2]
        while self.done < len(shears):
            shear = shears[self.done] * pressure
            pull = ufl.as_vector([shear * normal[1], shear * normal[0] - pressure * normal[1]])
            self.contact.advance(self.body.load(tractions=[(self._around, pull)]), self.deformation)
            self.done += 1
            yield self.done

    def state(self):
        return {"done": self.done}

    def restore(self, kept):
        self.done = kept["done"]


def friction():
    rubbing = Rubbing()
    contact = rubbing.contact

    def numbers():
        now, equilibrium = contact.equilibrium.now, contact.equilibrium
        slips = np.sort(now.slip[:, 0])
        return [equilibrium.friction_energy, equilibrium.external_work, norm(rubbing.deformation.displacement), *slips]

    return Sample({"steps": rubbing, "contact": contact, "deformation": rubbing.deformation}, rubbing, numbers)


def phase_field():
    """A square with a notch of damage, pulled until a crack runs through it."""
    domain = phase_field_checks.sample(number=12)
    micron = phase_field_checks.MICRON
    solid = phase_field_checks.cracked(
        domain,
        [
            Support((STRIPPING,), 1, value=lambda x: 0.05 * micron + 0.0 * x[0]),
            Support((PLATING,), 1),
            Pin((0.0, 0.0), 0),
        ],
        "spectral",
    )
    tough = toughness_field(domain, MODELS["AT1"], 0.25 * micron, np.full(len(domain.tagged.regions), 20.0))
    cracks = CrackField(solid, MODELS["AT1"], 0.25 * micron, tough)
    space = solid.damage.function_space
    notch = fem.locate_dofs_geometrical(
        space, lambda x: (np.abs(x[1] - 0.5 * micron) < 1e-3 * micron) & (x[0] < 0.26 * micron)
    )
    cracks.hold(notch.astype(np.int32), 1.0)
    evolution = CrackEvolution(solid, cracks, EvolutionSettings(steps=5, smallest_step=0.5))

    def numbers():
        found = evolution.result().steps
        return [norm(solid.displacement), norm(solid.damage), *(v for s in found for v in dataclasses.astuple(s))]

    between = []

    def call_all():
        for called in list(between):
            called()

    return Sample({"evolution": evolution}, evolution.through(call_all), numbers, between)


#: Each sample, and the steps after which it is stopped.
SAMPLES = {
    relaxation: 7,
    foil: 5,
    snap_back: 5,
    tearing: 8,
    friction: 3,
    phase_field: 2,
}


def stopped(make, folder):
    """Go some steps of a sample, and write its state; return it with the steps that are left."""
    sample = make()
    checkpoint = Checkpoint(folder, 0.0, COMM, {})
    way = KeptWay(checkpoint, make.__name__, sample.parts)
    steps = iter(sample.steps)
    for _ in range(SAMPLES[make]):
        next(steps)
    if make is not phase_field:
        way.offer()
        return sample, steps

    def in_the_midst_of_a_step():
        if sample.parts["evolution"].turns % 5 == 0:
            way.offer()
            sample.between_turns.clear()

    sample.between_turns.append(in_the_midst_of_a_step)
    return sample, steps


def resumed(make, run_folder):
    """Make a sample anew and bring it to where it was stopped."""
    sample = make()
    KeptWay(Checkpoint.open(run_folder, 0.0, COMM), make.__name__, sample.parts)
    return sample


if __name__ == "__main__":
    # on several ranks: write the states of all samples
    for make in SAMPLES:
        _, steps = stopped(make, Path(sys.argv[1]) / make.__name__ / "checkpoint")
        if make is phase_field:
            next(steps)
        if COMM.rank == 0:
            print("stopped", make.__name__, flush=True)
