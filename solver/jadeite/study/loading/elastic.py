# SPDX-License-Identifier: LGPL-3.0-or-later
"""A body in which nothing fails: one linear solve, whose stress does not depend on the size of the grains."""

from __future__ import annotations

import ufl
from dolfinx import fem

from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain
from jadeite.physics.mechanics import Deformation, Kinematics, Mechanics
from jadeite.physics.strains import voigt
from jadeite.physics.tensors import symmetric_to_voigt
from jadeite.study.assembly.cell import elastic_properties
from jadeite.study.assembly.supports import stack_conditions
from jadeite.study.context import RunContext
from jadeite.study.loading.body import LinearState, LoadedBody, LoadStep
from jadeite.study.loading.loads import in_form, surface_loads


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
    mechanics = elastic_problem(run, domain)
    loads = surface_loads(run.case)
    deformation = mechanics.new_deformation("displacement")
    mechanics.solve(mechanics.load(in_form(loads, domain), eigenstrain=True), deformation)
    state = LinearState(mechanics, deformation, loads)
    step = LoadStep(1.0, external_work(state), mechanics.strain_energy(deformation))
    return LoadedBody(
        domain=domain,
        magnification=magnification,
        displacement=deformation.displacement,
        strain=mechanics.strain(deformation),
        stress=mechanics.stress(deformation),
        steps=(step,),
        linear=state,
    )


def elastic_problem(run: RunContext, domain: Domain) -> Mechanics:
    """Return the elastic problem of a case, assembled and supported."""
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
    )


def external_work(state: LinearState) -> float:
    """Return the work that loads do on a linear body while they rise together, J (per metre of depth in the plane).

    By Clapeyron's theorem tractions t do int t.u/2 ds. An eigenstrain eps* does -int sigma:eps*/2 dx: what a body would
    give off if it were strained as it likes, less what is held back. Both are read from displacement and stress; that
    they add up to the stored energy is a check of the solution, since it holds in equilibrium alone.

    Note:
        Collective.
    """
    mechanics, deformation = state.mechanics, state.deformation
    domain = mechanics.domain
    normal = ufl.FacetNormal(domain.mesh)
    inward = -sum(normal[i] * deformation.displacement[i] for i in range(domain.mesh.geometry.dim))
    work = eigenstrain_work(mechanics, deformation)
    for measure, pressure in in_form(state.loads, domain):
        work += integral(fem.form(0.5 * pressure * inward * measure), domain.mesh.comm)
    return work


def eigenstrain_work(mechanics: Mechanics, deformation: Deformation) -> float:
    """Return the work -int sigma:eps*/2 dx of an eigenstrain that rises in proportion, J.

    Note:
        Collective.
    """
    elastic = voigt(mechanics.strain(deformation)) - deformation.eigenstrain_factor * mechanics.eigenstrain
    stress = ufl.dot(mechanics.stiffness, elastic)
    dx = mechanics.domain.dx(2 * mechanics.degree)
    density = -0.5 * deformation.eigenstrain_factor * ufl.inner(stress, mechanics.eigenstrain)
    return integral(fem.form(density * dx), mechanics.domain.mesh.comm)
