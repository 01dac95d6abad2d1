# SPDX-License-Identifier: LGPL-3.0-or-later
"""Platens and sides of a case on a uniform body, where each has a closed form, in every geometry."""

from dataclasses import replace

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from jadeite.case.physics import Mechanics as Settings
from jadeite.case.schema import Solver
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Kinematics, Mechanics
from jadeite.physics.surface_loads import PRESSED_BY_STACK, SurfaceLoad, in_form
from jadeite.study.assembly.supports import stack_conditions
from jadeite.verification.bricks import repeating
from sample_meshes import box_mesh

PRESSURE, PULL, POISSON = 5e6, 2e7, 0.26
#: All that a case may ask for.
BOUNDS = Solver.model_json_schema()["properties"]["degree"]
DEGREES = range(BOUNDS["minimum"], BOUNDS["maximum"] + 1)
STIFFNESS = isotropic_stiffness(80e9, POISSON)[None]


def sample(geometry):
    if geometry == "solid":
        return repeating(box_mesh([20e-6], (30e-6, 10e-6), (3, 2), 2), (0, 2))
    flat = box_mesh([20e-6], (30e-6,), (3,), 2)
    if geometry == "slice":
        return repeating(flat, (0,))
    # the wall x = 0 is the axis, which is no surface
    kept = flat.facet_surface != flat.surfaces.name.index("side wall left")
    return replace(flat, axisymmetric=True, facets=flat.facets[kept], facet_surface=flat.facet_surface[kept])


def state_of(geometry, settings, pull=0.0, degree=2):
    domain = Domain.from_tagged_mesh(sample(geometry), MPI.COMM_SELF)
    conditions = stack_conditions(settings, domain.tagged)
    body = Mechanics(domain, STIFFNESS, None, conditions, Kinematics.GENERALISED_PLANE_STRAIN, degree=degree)
    repeats = settings.sides == "periodic"
    loads = [
        SurfaceLoad("stack pressure", PRESSED_BY_STACK, settings.stack_pressure),
        SurfaceLoad("side stress", (SurfaceKind.SIDE_WALL,), 0.0 if repeats else -pull),
    ]
    state = body.new_deformation("pressed")
    body.solve(body.load(in_form(loads, domain), mean_stress=pull if repeats else 0.0), state)
    return body, state


def require_stress(body, state, expected, tolerance=1e-7):
    difference = body.stress(state) - ufl.as_matrix(np.diag(expected).tolist())
    measure = body.domain.dx(2 * body.degree)
    error = fem.assemble_scalar(fem.form(ufl.inner(difference, difference) * measure))
    assert np.sqrt(error / body.domain.box_measure) < tolerance * PRESSURE


@pytest.mark.parametrize("geometry", ["slice", "solid", "ring"])
@pytest.mark.parametrize("sides", ["flat", "held", "free", "periodic"])
def test_a_uniform_body_between_platens_is_uniformly_pressed(geometry, sides):
    if geometry == "ring" and sides == "periodic":
        pytest.skip("a body of revolution has no opposite sides")
    expected = [0.0, -PRESSURE, 0.0]
    if sides == "held":
        # a slice is free along z, the others are held all around
        ratio = POISSON if geometry == "slice" else POISSON / (1.0 - POISSON)
        expected = [-ratio * PRESSURE, -PRESSURE, 0.0 if geometry == "slice" else -ratio * PRESSURE]
    for platens in ({"law": "uniform_pressure"}, {"law": "rigid"}, {"law": "compliant", "stiffness": "1e15 Pa/m"}):
        settings = Settings.model_validate({"sides": sides, "platens": platens, "stack_pressure": "5 MPa"})
        require_stress(*state_of(geometry, settings), expected)


@pytest.mark.parametrize("degree", DEGREES)
@pytest.mark.parametrize("geometry", ["slice", "solid", "ring"])
def test_pressure_is_integrated_exactly_for_every_degree(geometry, degree):
    """All loads of surfaces at once: uniform stress to rounding, whatever the degree of the displacement."""
    settings = Settings.model_validate({"sides": "free", "stack_pressure": "5 MPa"})
    body, state = state_of(geometry, settings, PULL, degree)
    expected = [PULL, -PRESSURE, 0.0 if geometry == "slice" else PULL]
    require_stress(body, state, expected, 1e-10)


@pytest.mark.parametrize("geometry", ["slice", "solid", "ring"])
@pytest.mark.parametrize("sides", ["flat", "free", "periodic"])
def test_a_remote_stress_reaches_the_inside(geometry, sides):
    if geometry == "ring" and sides == "periodic":
        pytest.skip("a body of revolution has no opposite sides")
    settings = Settings.model_validate({"sides": sides})
    body, state = state_of(geometry, settings, PULL)
    require_stress(body, state, [PULL, 0.0, 0.0 if geometry == "slice" else PULL])


def test_a_mesh_without_its_sides_is_named():
    """A mesh from elsewhere whose side walls are not marked is not held along x."""
    tagged = box_mesh([20e-6], (30e-6,), (3,), 2)
    walls = tagged.surfaces.rows(SurfaceKind.SIDE_WALL)
    kept = ~np.isin(tagged.facet_surface, walls)
    bare = replace(tagged, facets=tagged.facets[kept], facet_surface=tagged.facet_surface[kept])
    domain = Domain.from_tagged_mesh(bare, MPI.COMM_SELF)
    with pytest.raises(ValueError, match="mechanics: nothing holds the body against translation along x"):
        Mechanics(domain, STIFFNESS, None, stack_conditions(Settings(), bare))
