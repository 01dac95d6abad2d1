# SPDX-License-Identifier: LGPL-3.0-or-later
"""A body whose boundaries may open: elastic grains joined by a cohesive law, under a load that rises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import ufl
from dolfinx import fem

from jadeite.case.mechanical_protocols import Loading
from jadeite.case.physics.fracture import CohesiveBoundaries
from jadeite.fem.domain import Domain
from jadeite.physics.mechanics import Kinematics
from jadeite.physics.solid.body import Loads, SolidBody
from jadeite.physics.solid.cohesive.control import SeparationControl
from jadeite.physics.solid.cohesive.path import EquilibriumPath, PathPoint, RisingLoad
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.laws import BulkRegions, InterfaceRows
from jadeite.physics.strains import tensor, voigt
from jadeite.physics.tensors import symmetric_to_voigt
from jadeite.study.assembly.cell import elastic_properties
from jadeite.study.assembly.cohesive import BoundariesThatOpen, cohesive_boundaries
from jadeite.study.assembly.supports import stack_conditions
from jadeite.study.context import RunContext
from jadeite.study.kept_way import KeptWay, Records
from jadeite.study.loading import cohesive_results as results
from jadeite.study.loading.body import FacetValues, LoadedBody, LoadStep
from jadeite.study.loading.cohesive_boundaries import OpenedBoundaries
from jadeite.study.loading.loads import in_form, loads_of
from jadeite.study.loading.opened_conduction import conduct

_STEPS = 20


def solve(run: RunContext, domain: Domain, magnification: float) -> LoadedBody:
    """Raise the load and follow the boundaries that open.

    Args:
        run: the run, with its case and materials.
        domain: the meshed body.
        magnification: factor on every length; displacements are given for the mesh as it is.

    Raises:
        ConvergenceError: when no equilibrium is found.

    Note:
        Collective.
    """
    protocol, mechanics = run.case.protocol, run.case.physics.mechanics
    assert isinstance(protocol, Loading) and mechanics is not None
    fracture = mechanics.fracture
    assert isinstance(fracture, CohesiveBoundaries)
    sodium = fracture.filling == "sodium"
    load = fem.Constant(domain.mesh, 0.0)
    pressure = protocol.flaw_pressure if sodium else 0.0
    boundaries = cohesive_boundaries(
        fracture, run.materials, domain.tagged, magnification, lambda: pressure * float(load.value)
    )
    body, eigenstrain, stiffness = _body(run, domain, load, boundaries)
    (facets,) = body.facets
    opened = OpenedBoundaries(domain, facets, boundaries.law, sodium)
    points, noted = Records(PathPoint), Records(LoadStep)
    noted.found.append(LoadStep(0.0, 0.0, 0.0, 0.0, _more(opened)))
    path = (RisingLoad if protocol.control == "load" else EquilibriumPath)(
        body, load, SeparationControl(facets, boundaries.law), protocol.steps or _STEPS
    )
    parts = {"path": path, "boundaries": opened, "points": points, "steps": noted}
    for point in KeptWay(run.checkpoint, f"boundaries that open, lengths times {magnification!r}", parts).through(path):
        opened.update(point.load)
        share = f"{100.0 * opened.open_share:.1f} % of boundaries open"
        run.progress.step(f"load factor {point.load:.4g}, {share}", point.load)
        if point.at_rest:
            points.found.append(point)
            noted.found.append(_step(point, opened))
    steps = tuple(noted.found)
    current = conduct(run, domain, opened.now, magnification)
    found = results.Cohesive(domain.tagged, magnification, boundaries, opened, steps, tuple(points.found), current)
    elastic = voigt(body.strain()) - load * eigenstrain
    state = facets.states.settled
    return LoadedBody(
        domain=domain,
        magnification=magnification,
        displacement=body.displacement,
        strain=body.strain(),
        stress=tensor(ufl.dot(stiffness, elastic)),
        steps=steps,
        events=opened.events(),
        facet_fields=_facet_fields(opened, boundaries.law.damage(state.history, facets.states.row)),
        headlines=results.headlines(found),
        tables=results.tables(found, len(protocol.magnifications) > 1),
        solver=results.solver(found),
        warnings=results.warnings(found),
        finding=results.finding(found),
    )


def _body(
    run: RunContext, domain: Domain, load: fem.Constant, boundaries: BoundariesThatOpen
) -> tuple[SolidBody, fem.Function, fem.Function]:
    """The nonlinear problem, the eigenstrain under the full load, and the stiffness of each region."""
    mechanics, tagged = run.case.physics.mechanics, domain.tagged
    assert mechanics is not None
    stiffness, thermal = elastic_properties(run.case, run.materials, tagged)
    strain_free = symmetric_to_voigt(thermal)
    eigenstrain = domain.cell_field(strain_free, "eigenstrain")
    body = SolidBody(
        domain,
        [BulkRegions(Elastic(stiffness), np.arange(len(tagged.regions)))],
        stack_conditions(mechanics, tagged),
        Loads(
            pressures=[(measure, load * value) for measure, value in in_form(loads_of(run.case).surfaces, domain)],
            eigenstrain=load * eigenstrain,
            region_eigenstrain=strain_free,
        ),
        kinematics=Kinematics(mechanics.kinematics or Kinematics.GENERALISED_PLANE_STRAIN),
        degree=run.case.solver.degree,
        pieces=domain.cell_region,
        # in space, nodes of quadratic displacements at the corners of facets would be left without a spring
        interfaces=[InterfaceRows(boundaries.law, boundaries.rows, nodal=domain.dimension == 2)],
        linear=run.case.solver.linear,
        name="body whose boundaries open",
    )
    return body, eigenstrain, domain.cell_field(stiffness, "stiffness")


def _step(point: PathPoint, opened: OpenedBoundaries) -> LoadStep:
    return LoadStep(point.load, point.external_work, point.stored, point.dissipated, _more(opened))


def _more(opened: OpenedBoundaries) -> dict[str, float]:
    return {"share of boundaries open": opened.open_share}


def _facet_fields(opened: OpenedBoundaries, damage: np.ndarray) -> Sequence[FacetValues]:
    jump = opened.facets.states.settled.strain
    return (
        FacetValues("damage", opened.on_facets(damage), "", "of the boundary, 1 where it is through"),
        FacetValues("opening", opened.on_facets(jump[:, 0]), "m", "distance of the faces"),
        FacetValues(
            "sliding", opened.on_facets(np.linalg.norm(jump[:, 1:], axis=1)), "m", "of the faces on each other"
        ),
    )
