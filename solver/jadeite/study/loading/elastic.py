# SPDX-License-Identifier: LGPL-3.0-or-later
"""A body in which nothing fails: one linear solve, whose stress does not depend on the size of the grains."""

from __future__ import annotations

from jadeite.fem.domain import Domain
from jadeite.physics.deformation import Load
from jadeite.physics.mechanics import Kinematics, Mechanics
from jadeite.physics.supports import Ties
from jadeite.physics.tensors import symmetric_to_voigt
from jadeite.study.assembly.cell import elastic_properties
from jadeite.study.assembly.supports import stack_conditions
from jadeite.study.context import RunContext
from jadeite.study.kept_way import KeptWay
from jadeite.study.loading.body import LinearState, LoadedBody, LoadStep
from jadeite.study.loading.linear_energy import LinearEnergy, linear_energy
from jadeite.study.loading.loads import in_form, loads_of


def solve(run: RunContext, domain: Domain, magnification: float) -> LoadedBody:
    """Solve for the full load.

    Args:
        run: the run, with its case and materials.
        domain: the meshed body.
        magnification: factor on every length; it changes displacements alone, which are given for the mesh as it is.

    Raises:
        ConvergenceError: when the linear solver fails.

    Note:
        Collective.
    """
    state, load = _posed(run, domain)
    solve = KeptWay(run.checkpoint, "elastic body", {"deformation": state.deformation})
    solve.at_once(lambda: state.mechanics.solve(load, state.deformation))
    energy = energy_of(run, state)
    return LoadedBody(
        domain=domain,
        magnification=magnification,
        displacement=state.deformation.displacement,
        strain=state.mechanics.strain(state.deformation),
        stress=state.mechanics.stress(state.deformation),
        steps=(LoadStep(1.0, energy.external_work, energy.stored),),
        linear=state,
    )


def solve_linear(run: RunContext, domain: Domain) -> tuple[LinearState, LinearEnergy]:
    """Return the body of a case under its full load, and its energies.

    Note:
        Collective.
    """
    state, load = _posed(run, domain)
    state.mechanics.solve(load, state.deformation)
    return state, energy_of(run, state)


def _posed(run: RunContext, domain: Domain) -> tuple[LinearState, Load]:
    """The body of a case before it is loaded, and its load."""
    mechanics, loads = elastic_problem(run, domain), loads_of(run.case)
    load = mechanics.load(in_form(loads.surfaces, domain), eigenstrain=True, mean_stress=loads.mean_stress)
    return LinearState(mechanics, mechanics.new_deformation("displacement"), loads), load


def energy_of(run: RunContext, state: LinearState) -> LinearEnergy:
    """Return the energies of a solved linear body of a case.

    Note:
        Collective.
    """
    settings = run.case.physics.mechanics
    assert settings is not None
    return linear_energy(state, settings.platens.stiffness if settings.platens.law == "compliant" else 0.0)


def elastic_problem(run: RunContext, domain: Domain, ties: Ties | None = None) -> Mechanics:
    """Return the elastic problem of a case, assembled and supported, with springs between its parts if there are."""
    settings = run.case.physics.mechanics
    assert settings is not None
    stiffness, eigenstrain = elastic_properties(run.case, run.materials, domain.tagged)
    return Mechanics(
        domain,
        stiffness,
        symmetric_to_voigt(eigenstrain),
        stack_conditions(settings, domain.tagged),
        Kinematics(settings.kinematics or Kinematics.GENERALISED_PLANE_STRAIN),
        degree=run.case.solver.degree,
        linear=run.case.solver.linear,
        ties=ties,
    )
