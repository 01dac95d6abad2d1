# SPDX-License-Identifier: LGPL-3.0-or-later
"""A body in which cracks are a field: they start where they like and run through grains and along boundaries."""

from __future__ import annotations

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.case.mechanical_protocols import Loading
from jadeite.case.physics.fracture import PhaseField
from jadeite.case.problems import CaseError, Problem
from jadeite.fem.domain import Domain
from jadeite.fem.state import Kept, Restorable, State, dof_rows, dofs_of_rows
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import quantity
from jadeite.physics.mechanics import Kinematics
from jadeite.physics.phase_field.cracked_solid import CrackedSolid
from jadeite.physics.phase_field.damage import CrackField
from jadeite.physics.phase_field.evolution import CrackEvolution
from jadeite.physics.phase_field.evolution_steps import Evolution, EvolutionSettings, EvolutionStep
from jadeite.physics.phase_field.registry import MODELS, SPLITS
from jadeite.physics.phase_field.toughness import cell_sizes, toughness_field
from jadeite.physics.tensors import symmetric_to_voigt
from jadeite.study.assembly.cell import elastic_properties
from jadeite.study.assembly.supports import stack_conditions
from jadeite.study.assembly.toughness import boundary_fracture_energy, grain_fracture_energy
from jadeite.study.context import RunContext
from jadeite.study.kept_way import KeptWay
from jadeite.study.loading import phase_field_results as results
from jadeite.study.loading.body import FractureEvent, LoadedBody, LoadStep
from jadeite.study.loading.loads import in_form, loads_of

Array = NDArray[np.float64]

_STEPS = 20

#: Walls under the pressure of what fills them.
_WALLS = {SurfaceKind.FLAW_WALL, SurfaceKind.EMBEDDED_CRACK}

#: Surfaces that stay whole where sodium fills cracks.
_OUTER = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL)

#: Cells over which a crack spreads where the case does not say how far.
_CELLS = 4.0

#: A step whose cracks grow by less than this, in lengths of the model, is no event.
_LEAST_EVENT = 1.0


def solve(run: RunContext, domain: Domain, magnification: float) -> LoadedBody:
    """Raise the load and follow the cracks.

    Args:
        run: the run, with its case and materials.
        domain: the meshed body.
        magnification: factor on every length; displacements are given for the mesh as it is.

    Raises:
        CaseError: when the energy split has no answer for a material.
        ConvergenceError: when no equilibrium is found.

    Note:
        Collective.
    """
    protocol, mechanics = run.case.protocol, run.case.physics.mechanics
    assert isinstance(protocol, Loading) and mechanics is not None
    fracture = mechanics.fracture
    assert isinstance(fracture, PhaseField)
    model, split, tagged = MODELS[fracture.model], SPLITS[fracture.split], domain.tagged
    stiffness, eigenstrain = elastic_properties(run.case, run.materials, tagged)
    if not split.suits(stiffness):
        raise CaseError([_unsuited(split.name, split.symmetry)])
    sizes = cell_sizes(domain)[: domain.owned_cells]
    length = _CELLS * _mean(domain, sizes) if fracture.length is None else fracture.length / magnification
    smallest = domain.mesh.comm.allreduce(float(sizes.min(initial=np.inf)), op=MPI.MIN)
    if length < smallest:
        raise CaseError([_too_short(length * magnification, smallest * magnification)])
    damage = fem.Function(fem.functionspace(domain.mesh, ("Lagrange", 1)), name="damage")
    loads = loads_of(run.case).surfaces
    solid = CrackedSolid(
        domain,
        stiffness,
        symmetric_to_voigt(eigenstrain),
        stack_conditions(mechanics, tagged),
        split,
        damage,
        kinematics=Kinematics(mechanics.kinematics or Kinematics.GENERALISED_PLANE_STRAIN),
        degree=run.case.solver.degree,
        residual_stiffness=fracture.residual_stiffness,
        pressures=in_form([load for load in loads if not set(load.kinds) <= _WALLS], domain),
        wall_pressures=in_form([load for load in loads if set(load.kinds) <= _WALLS], domain),
        crack_pressure=protocol.flaw_pressure if fracture.filling == "sodium" else 0.0,
        linear=run.case.solver.linear,
    )
    grain = grain_fracture_energy(run.materials, tagged) / magnification
    boundary = boundary_fracture_energy(run.materials, tagged) / magnification
    toughness = toughness_field(domain, model, length, grain, boundary, fracture.toughness_correction)
    cracks = CrackField(solid, model, length, toughness)
    if fracture.filling == "sodium":
        # the pressure acts wherever damage is: on an outer surface that breaks it would press from within the body
        facets = domain.facets(*_OUTER)
        cracks.hold(fem.locate_dofs_topological(damage.function_space, domain.dimension - 1, facets), 0.0)
    evolution = CrackEvolution(solid, cracks, EvolutionSettings(steps=protocol.steps or _STEPS))
    events = _Events(domain, damage, length)
    parts: dict[str, Restorable] = {"evolution": evolution, "events": events}
    way = KeptWay(run.checkpoint, f"phase field, lengths times {magnification!r}", parts)
    for step in way.through(evolution.through(way.offer)):
        events.see(step)
        run.progress.step(
            f"load factor {step.load_factor:.4g}, damage up to {step.largest_damage:.3g}", step.load_factor
        )
    path = evolution.result()
    coarse = _mean(domain, (sizes > 0.5 * length).astype(np.float64))
    found = results.PhaseFieldRun(
        run.materials, tagged, fracture, model, magnification, length, path, coarse, evolution.turns, solid, cracks
    )
    return LoadedBody(
        domain=domain,
        magnification=magnification,
        displacement=solid.displacement,
        strain=solid.strain(),
        stress=solid.stress_everywhere(),
        steps=[_step(step) for step in path.steps],
        events=events.found(),
        point_fields=_fields(damage, path, solid.degree),
        headlines=results.headlines(found),
        tables=results.tables(found, len(protocol.magnifications) > 1),
        solver=results.solver(found),
        warnings=results.warnings(found),
        finding=results.finding(found),
    )


class _Events:
    """Where cracks grew most, step by step."""

    def __init__(self, domain: Domain, damage: fem.Function, length: float) -> None:
        self._domain, self._damage = domain, damage
        dimension = 3 if domain.axisymmetric else domain.dimension
        self._least = _LEAST_EVENT * length ** (dimension - 1)
        self._before = damage.x.array.copy()
        self._area = 0.0
        self._found: list[FractureEvent] = []

    def see(self, step: EvolutionStep) -> None:
        """Take note of a step. Collective."""
        grown = self._damage.x.array - self._before
        place = self._damage.function_space.tabulate_dof_coordinates()
        best = int(np.argmax(grown)) if len(grown) else 0
        own = (float(grown[best]), tuple(place[best, : self._domain.dimension].tolist())) if len(grown) else (-1.0, ())
        most = max(self._domain.mesh.comm.allgather(own))
        area = step.crack_area - self._area
        if area > self._least and step.largest_damage > results.BROKEN:
            self._found.append(self._event(step, area, most[1]))
        self._before, self._area = self._damage.x.array.copy(), step.crack_area

    def state(self) -> State:
        """Return what was found, and the damage of the last step; see `Restorable`."""
        before = dof_rows(self._damage.function_space, self._before)
        return {"found": self._found, "before": before, "area": self._area}

    def restore(self, kept: Kept) -> None:
        """Take over what was kept. Collective."""
        self._found, self._area = kept.read("found", list[FractureEvent]), kept["area"]
        self._before = dofs_of_rows(self._damage.function_space, kept, "before")

    def _event(self, step: EvolutionStep, area: float, place: tuple[float, ...]) -> FractureEvent:
        """What grew by an area at a place."""
        name = self._domain.tagged.regions.name[self._region(place)]
        return FractureEvent(
            step.load_factor, f"{'crack jumps' if step.jumped else 'crack grows'} in {name}", place, area
        )

    def _region(self, place: tuple[float, ...]) -> int:
        """Region row of the cell whose middle is nearest to a place. Every rank has the whole mesh in its tables."""
        tagged = self._domain.tagged
        middle = tagged.points[tagged.cells].mean(axis=1)
        return int(tagged.cell_region[int(np.argmin(np.linalg.norm(middle - np.array(place), axis=1)))])

    def found(self) -> list[FractureEvent]:
        """Return what broke."""
        return list(self._found)


def _step(step: EvolutionStep) -> LoadStep:
    return LoadStep(
        load_factor=step.load_factor,
        external_work=step.external_work,
        stored_energy=step.elastic_energy,
        dissipated_energy=step.surface_energy + step.lost_energy,
        more={"largest damage": step.largest_damage},
    )


def _fields(damage: fem.Function, path: Evolution, degree: int) -> list[tuple[str, str, str, fem.Function]]:
    """The damage of the last state and, of a body that parts, that with which it does."""
    fields = [("damage", "", "of the phase field of cracks: 0 whole, 1 broken", _drawn(damage, degree))]
    if path.parting_damage is not None:
        parting = fem.Function(damage.function_space)
        parting.x.array[:] = path.parting_damage
        fields.append(
            ("damage as it parts", "", "on the way to where loads find no equilibrium", _drawn(parting, degree))
        )
    return fields


def _drawn(damage: fem.Function, degree: int) -> fem.Function:
    """The damage on the nodes of a displacement of some degree."""
    drawn = fem.Function(fem.functionspace(damage.function_space.mesh, ("Lagrange", degree)), name="damage")
    drawn.interpolate(damage)
    drawn.x.scatter_forward()
    return drawn


def _mean(domain: Domain, values: Array) -> float:
    """Mean over all cells. Collective."""
    comm = domain.mesh.comm
    return float(comm.allreduce(float(values.sum())) / comm.allreduce(len(values)))


def _unsuited(split: str, symmetry: str) -> Problem:
    other = "`none`" if symmetry == "cubic" else "`none`, or `volumetric_deviatoric` where crystals are cubic"
    return Problem(
        "case",
        None,
        "physics.mechanics.fracture.split",
        f"the split asks for materials that are {symmetry if symmetry == 'isotropic' else 'isotropic or cubic'}, and a "
        "grain is not",
        given=split,
        allowed=other,
        suggestion="or give the material an isotropic `youngs_modulus` and `poisson_ratio` under `override`",
    )


def _too_short(length: float, smallest: float) -> Problem:
    return Problem(
        "case",
        None,
        "physics.mechanics.fracture.length",
        "is shorter than the smallest cell of the mesh: no crack could show in it",
        given=quantity(length, "m"),
        allowed=f"more than {quantity(smallest, 'm')}, better four times the cells where cracks may run",
        suggestion="make `microstructure.mesh` finer or the length larger",
    )
