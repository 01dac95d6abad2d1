# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of bodies of revolution that hold on any number of ranks: integrals, conduction, elasticity."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
import shapely
import ufl
from dolfinx import fem
from mpi4py import MPI

from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.fem.weighted_measure import unweighted
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.revolution import revolved
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_forms import scale_of_cells
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import LinearResistance
from jadeite.physics.mechanics import Kinematics, Mechanics, Support
from jadeite.verification.shapes import domain_of, everywhere
from sample_meshes import layered_mesh

COMM = MPI.COMM_WORLD
PLATING, STRIPPING, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
INTERNAL = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
RADIUS, HEIGHTS = 3.0, (1.0, 2.5)
BASE = np.pi * RADIUS**2
HEIGHT = sum(HEIGHTS)
YOUNG, POISSON = 80e9, 0.26


def cylinder(radius=RADIUS, heights=HEIGHTS):
    return Domain.from_tagged_mesh(revolved(layered_mesh(list(heights), radius)))


def total(domain, integrand, measure):
    return integral(fem.form(integrand * measure), domain.mesh.comm)


def check_integrals_are_those_of_the_body():
    domain = cylinder()
    one = fem.Constant(domain.mesh, 1.0)
    radius = ufl.SpatialCoordinate(domain.mesh)[0]
    assert total(domain, one, domain.dx(0)) == pytest.approx(BASE * HEIGHT, rel=1e-12)
    assert total(domain, radius**2, domain.dx(2)) == pytest.approx(0.5 * np.pi * RADIUS**4 * HEIGHT, rel=1e-12)
    assert total(domain, one, domain.ds([PLATING, STRIPPING], 0)) == pytest.approx(2 * BASE, rel=1e-12)
    # the axis is part of the side wall and has no area
    assert total(domain, one, domain.ds([SIDE], 0)) == pytest.approx(2 * np.pi * RADIUS * HEIGHT, rel=1e-12)
    assert total(domain, one, domain.dS(INTERNAL, 0)) == pytest.approx(BASE, rel=1e-12)
    assert domain.box_measure == pytest.approx(BASE * HEIGHT, rel=1e-12)
    volumes = [total(domain, field, domain.dx(0)) for field in domain.cell_field(np.eye(2), "indicator")]
    np.testing.assert_allclose(volumes, domain.tagged.regions.measure, rtol=1e-12)
    np.testing.assert_allclose(volumes, BASE * np.array(HEIGHTS), rtol=1e-12)


def check_weighted_measures_keep_their_weight():
    domain = cylinder()
    one, both = fem.Constant(domain.mesh, 1.0), domain.ds([PLATING, STRIPPING], 2)
    again = both.reconstruct(metadata={"quadrature_degree": 5})
    assert total(domain, one, again) == pytest.approx(2 * BASE, rel=1e-12)
    assert total(domain, one, both(degree=4)) == pytest.approx(2 * BASE, rel=1e-12)
    assert integral(fem.form(one * (both + domain.ds([SIDE], 2))), COMM) == pytest.approx(
        2 * BASE + 2 * np.pi * RADIUS * HEIGHT, rel=1e-12
    )
    assert integral(fem.form(2.0 * both), COMM) == pytest.approx(4 * BASE, rel=1e-12)
    assert total(domain, one, unweighted(both)) == pytest.approx(2 * RADIUS, rel=1e-12)


def check_facet_samples_stand_for_rings():
    domain = cylinder()
    sampler = FacetSampler(domain, domain.facets(PLATING, STRIPPING), 3)
    area = COMM.allreduce(float(sampler.weights.sum()))
    assert area == pytest.approx(2 * BASE, rel=1e-12)
    by_row = sampler.integrate(sampler.points[:, :, 0] ** 2)
    rows = domain.surface_rows(PLATING)
    assert by_row[rows].sum() == pytest.approx(0.5 * np.pi * RADIUS**4, rel=1e-12)


def check_layers_in_series_have_their_resistance_over_the_disc():
    domain = cylinder()
    sigma = np.array([0.2, 0.05])[:, None, None] * np.eye(2)
    resistance = np.zeros(len(domain.tagged.surfaces))
    resistance[domain.surface_rows(*INTERNAL)] = 3.0
    contacts = [(Contact((kind,), LinearResistance(2.0)),) for kind in (PLATING, STRIPPING)]
    problem = Conduction(domain, sigma, resistance, *contacts)
    expected = (HEIGHTS[0] / 0.2 + HEIGHTS[1] / 0.05 + 3.0 + 2 * 2.0) / BASE
    for control in (Voltage(0.5), Current(0.7)):
        result = problem.solve(control)
        assert result.voltage / result.current_out == pytest.approx(expected, rel=1e-9)
        assert result.current_in == pytest.approx(result.current_out, rel=1e-9)
        spent = result.bulk_power + result.boundary_power + sum(result.interface_power)
        assert spent == pytest.approx(result.voltage * result.current_out, rel=1e-9)
        share = (HEIGHTS[0] / 0.2 + HEIGHTS[1] / 0.05) / (expected * BASE)
        assert result.bulk_power / spent == pytest.approx(share, rel=1e-9)


def check_cells_beside_boundaries_are_as_large_as_in_the_section():
    section = layered_mesh(list(HEIGHTS), RADIUS, across=6)
    sigma = np.array([0.2, 0.05])[:, None, None] * np.eye(2)
    plane, body = (scale_of_cells(Domain.from_tagged_mesh(mesh), sigma) for mesh in (section, revolved(section)))
    rows = section.surfaces.rows(*INTERNAL)
    np.testing.assert_allclose(plane.size[rows], RADIUS / 6, rtol=1e-12)
    np.testing.assert_allclose(body.size, plane.size, rtol=1e-12)


def tube(inner, outer, height, size):
    walls = [shapely.LineString([(r, 0.0), (r, height)]) for r in (inner, outer)]
    rules = [(PLATING, walls[0]), (STRIPPING, walls[1]), (SIDE, everywhere)]
    return domain_of({"tube": shapely.box(inner, 0.0, outer, height)}, rules, SizeField(size), axisymmetric=True)


def check_current_between_coaxial_cylinders():
    inner, outer, height, sigma = 1.0, 3.0, 0.5, 0.1
    domain = tube(inner, outer, height, 0.2)
    ideal = [(Contact((kind,), None),) for kind in (PLATING, STRIPPING)]
    current = Conduction(domain, sigma * np.eye(2)[None], None, *ideal).solve(Voltage(1.0)).current_out
    assert 1.0 / current == pytest.approx(np.log(outer / inner) / (2 * np.pi * sigma * height), rel=1e-4)


def body_of(domain, supports, eigenstrain=None, kinematics=Kinematics.PLANE_STRAIN):
    regions = len(domain.tagged.regions)
    return Mechanics(
        domain, np.tile(isotropic_stiffness(YOUNG, POISSON), (regions, 1, 1)), eigenstrain, supports, kinematics
    )


def check_pressure_from_all_sides_squeezes_uniformly_up_to_the_axis():
    domain = cylinder()
    body = body_of(domain, [Support((PLATING,), 1)], kinematics=Kinematics.GENERALISED_PLANE_STRAIN)
    assert body.kinematics is Kinematics.AXISYMMETRIC
    pressure, state = 10e6, body.new_deformation("squeezed")
    # SIDE includes the axis, where there is no area to press on
    body.solve(body.load(pressures=[(domain.ds([SIDE, STRIPPING], 2), fem.Constant(domain.mesh, pressure))]), state)
    shrink = -pressure * (1 - 2 * POISSON) / YOUNG
    x = body.space.tabulate_dof_coordinates()
    values = state.displacement.x.array.reshape(-1, 2)
    np.testing.assert_allclose(values, shrink * x[:, :2], atol=1e-9 * abs(shrink) * HEIGHT)
    # nodes of the stress lie on the axis as well
    space = fem.functionspace(domain.mesh, ("DG", 1, (3, 3)))
    stress = fem.Function(space)
    stress.interpolate(fem.Expression(body.stress(state), space.element.interpolation_points))
    expected = np.tile((-pressure * np.eye(3)).ravel(), len(stress.x.array) // 9)
    np.testing.assert_allclose(stress.x.array, expected, atol=1e-7 * pressure)
    work = 1.5 * pressure * abs(shrink) * BASE * HEIGHT
    assert body.strain_energy(state) == pytest.approx(work, rel=1e-9)


def check_free_expansion_leaves_no_stress_and_a_held_ring_does():
    domain = cylinder()
    swelling = np.tile([1e-3, 1e-3, 1e-3, 0.0, 0.0, 0.0], (2, 1))
    body = body_of(domain, [Support((PLATING,), 1)], swelling)
    state = body.new_deformation("swollen")
    body.solve(body.load(eigenstrain=True), state)
    mises = total(domain, ufl.inner(body.stress(state), body.stress(state)), domain.dx(4))
    assert mises < (1e-6 * YOUNG * 1e-3) ** 2 * BASE * HEIGHT
    # held at its outer wall, only the height is free: -E e / (1 - nu) across it
    outer = lambda points: points[0] > 0.99 * RADIUS  # noqa: E731
    body = body_of(domain, [Support((PLATING,), 1), Support((SIDE,), 0, where=outer)], swelling)
    body.solve(body.load(eigenstrain=True), state := body.new_deformation("held"))
    for k in (0, 2):
        mean = total(domain, body.stress(state)[k, k], domain.dx(2)) / (BASE * HEIGHT)
        assert mean == pytest.approx(-YOUNG * 1e-3 / (1 - POISSON), rel=1e-9)


def check_tube_under_internal_pressure():
    inner, outer, pressure = 1.0, 2.0, 5e6
    domain = tube(inner, outer, 0.5, 0.05)
    ends = lambda points: (points[1] < 1e-9) | (points[1] > 0.5 - 1e-9)  # noqa: E731
    body = body_of(domain, [Support((SIDE,), 1, where=ends)])
    state = body.new_deformation("tube")
    body.solve(body.load(pressures=[(domain.ds([PLATING], 2), fem.Constant(domain.mesh, pressure))]), state)
    # Lame's plane-strain cylinder
    hoop = pressure * (outer**2 + inner**2) / (outer**2 - inner**2)
    area = 2 * np.pi * inner * 0.5
    assert total(domain, body.stress(state)[2, 2], domain.ds([PLATING], 4)) / area == pytest.approx(hoop, rel=2e-3)


def check_bodies_that_would_twist_are_refused():
    domain = cylinder()
    stiffness = np.tile(isotropic_stiffness(YOUNG, POISSON), (2, 1, 1))
    stiffness[1, 0, 4] = stiffness[1, 4, 0] = 0.1 * YOUNG
    with pytest.raises(ValueError, match="twists"):
        Mechanics(domain, stiffness, None, [Support((PLATING,), 1)])


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
