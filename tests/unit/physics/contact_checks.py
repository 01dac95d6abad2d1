# SPDX-License-Identifier: LGPL-3.0-or-later
"""Contact of elastic bodies on meshes: patch tests, cracks that stay open, rigid plates; as a script under mpirun."""

import sys
from dataclasses import replace
from unittest.mock import patch

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from jadeite.fem.assembly import integral
from jadeite.fem.broken import broken_space
from jadeite.fem.domain import Domain
from jadeite.materials.laws import isotropic_stiffness
from jadeite.microstructure.cuts import open_cuts
from jadeite.microstructure.tagged_mesh import PeriodicSides, SurfaceKind
from jadeite.physics.mechanics import Kinematics, Mechanics
from jadeite.physics.solid import contact_reduction
from jadeite.physics.solid.contact_law import ContactState, Friction
from jadeite.physics.solid.contact_reduction import ElasticContact
from jadeite.physics.solid.contact_surface import facing_surfaces, obstacle_surface
from jadeite.physics.supports import Periodic, Pin, Platen, Support
from sample_meshes import box_mesh, layered_mesh, retag

COMM = MPI.COMM_WORLD
PLATING, STRIPPING, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
CRACK = SurfaceKind.EMBEDDED_CRACK
YOUNG, POISSON, PRESSURE = 80e9, 0.26, 5e7
ISOTROPIC = isotropic_stiffness(YOUNG, POISSON)
SIZE = 20e-6
LEFT = Support((SIDE,), 0, where=lambda x: np.abs(x[0]) < 1e-12)
BACK = Support((SIDE,), 2, where=lambda x: np.abs(x[2]) < 1e-12)


def domain_of(tagged):
    return Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)


def cracked(dimension, share):
    """A square or cube of two layers, cut open between them over the middle `share` of its width and all along z."""
    if dimension == 2:
        mesh = layered_mesh([SIZE / 2, SIZE / 2], SIZE, across=12, along=4)
    else:
        mesh = box_mesh([SIZE / 2, SIZE / 2], (SIZE, SIZE), (8, 3), 2)
    inside = lambda middle: (  # noqa: E731
        (np.abs(middle[:, 1] - SIZE / 2) < 1e-9 * SIZE) & (np.abs(middle[:, 0] - SIZE / 2) < 0.5 * share * SIZE)
    )
    tagged = retag(mesh, CRACK, "crack", inside)
    row = tagged.surfaces.name.index("crack")
    cut = tagged.facet_surface == row
    opened = open_cuts(tagged.points, tagged.cells, tagged.facets[~cut], tagged.facets[cut])
    return replace(
        tagged,
        points=opened.points,
        cells=opened.cells,
        facets=np.concatenate([opened.facets, opened.walls]),
        facet_surface=np.concatenate([tagged.facet_surface[~cut], np.full(len(opened.walls), row)]).astype(np.int32),
    )


def body_of(domain, degree, kinematics=Kinematics.PLANE_STRAIN):
    """Pressed along y, free along x (and z)."""
    supports = [Support((STRIPPING,), 1), LEFT]
    supports += [BACK] if domain.dimension == 3 else []
    stiffness = np.repeat(ISOTROPIC[None], len(domain.tagged.regions), axis=0)
    return Mechanics(domain, stiffness, None, supports, kinematics, degree=degree)


def pressed(body, pressure):
    """Pressure on the plating side."""
    domain = body.domain
    return body.load(pressures=[(domain.ds((PLATING,), 2), fem.Constant(domain.mesh, pressure))])


def deviation(body, state, expected):
    """Root mean square distance of the stress from a constant one, over the pressure."""
    difference = body.stress(state) - ufl.as_matrix(np.asarray(expected).tolist())
    squared = integral(fem.form(ufl.inner(difference, difference) * body.domain.dx(4)), COMM)
    return np.sqrt(squared / body.domain.box_measure) / PRESSURE


def patch_test(dimension, degree, kinematics=Kinematics.PLANE_STRAIN):
    domain = domain_of(cracked(dimension, 0.52))
    body = body_of(domain, degree, kinematics)
    contact = ElasticContact(body, facing_surfaces(body.space, domain, domain.facets(CRACK)), Friction(0.2))
    state = body.new_deformation("state")
    found = contact.advance(pressed(body, PRESSURE), state)
    along = -POISSON * PRESSURE if dimension == 2 and kinematics is Kinematics.PLANE_STRAIN else 0.0
    assert deviation(body, state, np.diag([0.0, -PRESSURE, along])) < 1e-7
    assert found.traction[:, 0] == pytest.approx(-PRESSURE, rel=1e-6)
    assert np.abs(found.traction[:, 1:]).max() < 1e-6 * PRESSURE
    assert np.all(found.state == ContactState.STICK)
    return contact


def check_closed_crack_is_no_crack_in_the_plane():
    for degree in (1, 2):
        contact = patch_test(2, degree, Kinematics.GENERALISED_PLANE_STRAIN)
        assert contact.surface.nodal
        # side 0 looks along y; tips have no share of the length
        assert contact.surface.frame[:, 0] == pytest.approx(np.broadcast_to([0.0, 1.0], (len(contact.surface.area), 2)))


def check_closed_crack_is_no_crack_in_space():
    nodal = [patch_test(3, degree).surface.nodal for degree in (1, 2)]
    assert nodal == [True, False]


def check_traction_field_and_facet_means_are_what_presses():
    contact = patch_test(2, 2)
    domain = contact.mechanics.domain
    field = contact.traction_field()
    force = [integral(fem.form(field[1] * normal * domain.ds((CRACK,), 4)), COMM) for normal in (1.0, 0.0)]
    assert abs(force[0]) < 1e-6 * PRESSURE * SIZE  # opposite on both walls
    outward = ufl.FacetNormal(domain.mesh)
    length = 2 * float(contact.equilibrium.area.sum())
    pushed = integral(fem.form(-ufl.dot(field, outward) * domain.ds((CRACK,), 4)), COMM)
    assert pushed == pytest.approx(PRESSURE * length, rel=0.2)  # the ends, without points, go along
    means = contact.facet_means(-contact.equilibrium.now.traction[:, 0])
    owned = domain.mesh.topology.index_map(1).size_local
    walls = domain.facets(CRACK)
    assert means[walls[walls < owned]] == pytest.approx(PRESSURE, rel=1e-6)
    assert np.count_nonzero(means[:owned]) == len(walls[walls < owned])


def check_open_crack_is_that_without_contact():
    domain = domain_of(cracked(2, 0.52))
    body = body_of(domain, 2)
    load = pressed(body, -PRESSURE)
    free, touched = body.new_deformation("free"), body.new_deformation("touched")
    body.solve(load, free)
    contact = ElasticContact(body, facing_surfaces(body.space, domain, domain.facets(CRACK)), Friction(0.5))
    found = contact.advance(load, touched)
    assert np.all(found.state == ContactState.OPEN)
    assert np.all(found.traction == 0.0)
    assert found.gap.min() > 0.0
    assert touched.displacement.x.array == pytest.approx(free.displacement.x.array, abs=1e-12 * SIZE)


def check_closed_crack_slides_without_pressing_less():
    domain = domain_of(cracked(2, 0.52))
    stiffness = np.repeat(ISOTROPIC[None], 2, axis=0)
    # no force on the pins: the tractions of a uniform stress all around are in balance
    body = Mechanics(domain, stiffness, None, [Pin((0.0, 0.0), 0), Pin((0.0, 0.0), 1), Pin((SIZE, 0.0), 1)])
    normal, around = ufl.FacetNormal(domain.mesh), domain.ds((PLATING, STRIPPING, SIDE), 4)
    friction, rubbed = 0.3, []
    for shear in (0.2 * PRESSURE, 0.6 * PRESSURE):
        contact = ElasticContact(body, facing_surfaces(body.space, domain, domain.facets(CRACK)), Friction(friction))
        state = body.new_deformation("state")
        pull = ufl.as_vector([shear * normal[1], shear * normal[0] - PRESSURE * normal[1]])
        found = contact.advance(body.load(tractions=[(around, pull)]), state)
        pressure, traction = -found.traction[:, 0], found.traction[:, 1]
        if shear < friction * PRESSURE:
            assert np.all(found.state == ContactState.STICK)
            # side 0 is below: its shear traction, along the tangent -x, is that of the uniform stress
            assert traction == pytest.approx(-shear, rel=1e-6)
            assert pressure == pytest.approx(PRESSURE, rel=1e-6)
        else:
            assert np.all(found.state == ContactState.SLIP)
            assert np.abs(traction) == pytest.approx(friction * pressure, rel=1e-6)
            assert np.average(pressure, weights=contact.equilibrium.area) == pytest.approx(PRESSURE, rel=0.02)
        # the loads rise together: half of force times displacement is stored or rubbed away
        work = 0.5 * integral(fem.form(ufl.dot(state.displacement, pull) * around), COMM)
        rubbed.append(contact.equilibrium.friction_energy)
        assert work == pytest.approx(body.strain_energy(state) + rubbed[-1], rel=1e-9)
    assert abs(rubbed[0]) < 1e-6 * rubbed[1]


def check_many_points_are_solved_by_iteration():
    domain = domain_of(cracked(2, 0.52))
    body = body_of(domain, 1)
    solves, found = [], []
    for most in (contact_reduction._DENSE, 0):
        with patch.object(contact_reduction, "_DENSE", most):
            contact = ElasticContact(
                body,
                facing_surfaces(body.space, domain, domain.facets(CRACK)),
                Friction(0.2),
                lambda done, total: solves.append(total),
            )
            found.append(contact.advance(pressed(body, PRESSURE), body.new_deformation("state")))
    assert set(solves) == {2 * len(found[0].gap), 0}
    assert found[1].traction == pytest.approx(found[0].traction, abs=1e-6 * PRESSURE)


def check_platen_and_crack_go_together():
    domain = domain_of(cracked(2, 0.52))
    stiffness = np.repeat(ISOTROPIC[None], 2, axis=0)
    body = Mechanics(
        domain, stiffness, None, [Support((STRIPPING,), 1), LEFT, Platen((PLATING,), 1)], Kinematics.PLANE_STRAIN
    )
    contact = ElasticContact(body, facing_surfaces(body.space, domain, domain.facets(CRACK)), Friction())
    state = body.new_deformation("state")
    found = contact.advance(pressed(body, PRESSURE), state)
    assert found.traction[:, 0] == pytest.approx(-PRESSURE, rel=1e-6)
    assert deviation(body, state, np.diag([0.0, -PRESSURE, -POISSON * PRESSURE])) < 1e-7


def check_closed_crack_in_a_window_that_repeats():
    tagged = cracked(2, 0.52)
    x, y = tagged.points.T
    sides = [np.flatnonzero(np.abs(x - place) < 1e-9 * SIZE) for place in (0.0, SIZE)]
    pairs = np.stack([side[np.argsort(y[side])] for side in sides], axis=1)
    domain = domain_of(replace(tagged, periodic=(PeriodicSides(0, SIZE, pairs),)))
    stiffness = np.repeat(ISOTROPIC[None], 2, axis=0)
    supports = [Support((STRIPPING,), 1), Periodic(0), Pin((0.0, SIZE), 0)]
    body = Mechanics(domain, stiffness, None, supports, Kinematics.PLANE_STRAIN)
    contact = ElasticContact(body, facing_surfaces(body.space, domain, domain.facets(CRACK)), Friction(0.2))
    state = body.new_deformation("state")
    found = contact.advance(pressed(body, PRESSURE), state)
    assert found.traction[:, 0] == pytest.approx(-PRESSURE, rel=1e-6)
    assert deviation(body, state, np.diag([0.0, -PRESSURE, -POISSON * PRESSURE])) < 1e-7


def check_rigid_plate_presses_evenly():
    for dimension in (2, 3):
        mesh = layered_mesh([SIZE], SIZE) if dimension == 2 else box_mesh([SIZE], (SIZE, SIZE), (3, 3), 3)
        domain = domain_of(mesh)
        for degree in (1, 2):
            body = body_of(domain, degree)
            surface = obstacle_surface(
                body.space, domain, domain.facets(PLATING), np.eye(3)[1][:dimension], lambda x: 0.0 * x[0] + 1e-9
            )
            contact = ElasticContact(body, surface, Friction())
            state = body.new_deformation("state")
            force = PRESSURE * SIZE ** (dimension - 1)
            found = contact.advance(body.load(), state, force=force)
            modulus = YOUNG / (1 - POISSON**2) if dimension == 2 else YOUNG
            # the gap is crossed first, then the block is shortened
            assert found.approach == pytest.approx(1e-9 + PRESSURE / modulus * SIZE, rel=1e-6)
            assert found.traction[:, 0] == pytest.approx(-PRESSURE, rel=1e-6)
            assert float(contact.equilibrium.area.sum()) == pytest.approx(SIZE ** (dimension - 1))


def check_broken_space_is_read_like_a_cut():
    tagged = layered_mesh([SIZE / 2, SIZE / 2], SIZE)
    domain = domain_of(tagged)
    broken = broken_space(domain.mesh, domain.cell_region, ("Lagrange", 2, (2,)))
    surface = facing_surfaces(broken.space, domain, domain.facets(SurfaceKind.GRAIN_BOUNDARY))
    assert surface.total(COMM) == 9
    assert COMM.allreduce(float(surface.area.sum())) == pytest.approx(SIZE)
    moved = fem.Function(broken.space)
    upper = np.flatnonzero(domain.cell_region == 1).astype(np.int32)
    moved.interpolate(lambda x: np.stack([0.3 + 0.0 * x[0], 0.5 + x[0] / SIZE]), cells0=upper)
    moved.x.scatter_forward()
    rows = surface.jump.createVecLeft()
    surface.jump.mult(moved.x.petsc_vec, rows)
    jump = rows.getArray().reshape(-1, 2)
    # normal up, tangent to the left
    assert jump[:, 0] == pytest.approx(0.5 + surface.place[:, 0] / SIZE)
    assert jump[:, 1] == pytest.approx(-0.3)


def check_walls_that_face_nothing_have_no_points():
    domain = domain_of(layered_mesh([SIZE], SIZE))
    body = Mechanics(domain, ISOTROPIC[None], None, [Support((STRIPPING,), 1), Pin((0.0, SIZE), 0)])
    assert facing_surfaces(body.space, domain, domain.facets(PLATING)).total(COMM) == 0


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
