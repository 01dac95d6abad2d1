# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of the elastic problem that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI
from scipy.spatial.transform import Rotation

from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain
from jadeite.materials.laws import cubic_stiffness, hexagonal_stiffness, isotropic_stiffness, rotate_stiffness
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.mechanics import Kinematics, Mechanics, Pin, Platen, Support
from sample_meshes import box_mesh, grain_mesh, layered_mesh, solid_grains

COMM = MPI.COMM_WORLD
PLATING, STRIPPING, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
EVERYWHERE = (PLATING, STRIPPING, SIDE)
WIDTH, HEIGHT = 30e-6, 20e-6
YOUNG, POISSON = 80e9, 0.26
ISOTROPIC = isotropic_stiffness(YOUNG, POISSON)
PRESSURE = 3e7
GENERALISED, PLANE = Kinematics.GENERALISED_PLANE_STRAIN, Kinematics.PLANE_STRAIN


def turned(stiffness, angles):
    return rotate_stiffness(stiffness, Rotation.from_euler("zxz", angles, degrees=True).as_matrix())


ODD = turned(hexagonal_stiffness(280e9, 140e9, 110e9, 180e9, 25e9), (40.0, 35.0, 0.0))
IN_PLANE = turned(cubic_stiffness(150e9, 60e9, 20e9), (25.0, 0.0, 0.0))


def domain_of(tagged):
    return Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)


def left(x):
    return np.abs(x[0]) < 1e-9 * WIDTH


def right(x):
    return np.abs(x[0] - WIDTH) < 1e-9 * WIDTH


ROLLERS = (Support((SIDE,), 0), Support((STRIPPING,), 1), Support((STRIPPING,), 2))
WINDOW = (
    Support((SIDE,), 0, where=left),
    Platen((SIDE,), 0, where=right),
    Support((STRIPPING,), 1),
    Support((STRIPPING,), 2),
)
CLAMPED = tuple(Support((STRIPPING,), component) for component in range(3))


def means(problem, deformation):
    """Volume mean of the stress, shape (3, 3)."""
    measure = problem.domain.dx(4)
    volume = integral(fem.form(fem.Constant(problem.domain.mesh, 1.0) * measure), COMM)
    stress = problem.stress(deformation)
    return np.array([[integral(fem.form(stress[i, k] * measure), COMM) / volume for k in range(3)] for i in range(3)])


def deviation(problem, deformation, stress):
    """Root mean square distance of the stress from a constant one."""
    difference = problem.stress(deformation) - ufl.as_matrix(np.asarray(stress).tolist())
    measure = problem.domain.dx(4)
    volume = integral(fem.form(fem.Constant(problem.domain.mesh, 1.0) * measure), COMM)
    return np.sqrt(integral(fem.form(ufl.inner(difference, difference) * measure), COMM) / volume)


def voigt_to_matrix(s):
    return np.array([[s[0], s[5], s[4]], [s[5], s[1], s[3]], [s[4], s[3], s[2]]])


def check_patch_test():
    """A linear displacement on the whole boundary is the solution inside, whatever the stiffness."""
    flat = grain_mesh(WIDTH, HEIGHT, 5, 4, lambda m: (m[:, 0] > 0.4 * WIDTH).astype(int))
    solid = box_mesh([HEIGHT], (WIDTH, 10e-6), (2, 2), 3)
    gradient = 1e-4 * np.array([[1.0, 0.4, -0.3], [0.2, -0.7, 0.5], [0.6, -0.2, 0.9]])
    for tagged, stiffness, components, kinematics, degrees in (
        (flat, IN_PLANE, 2, PLANE, (1, 2)),
        (flat, IN_PLANE, 2, GENERALISED, (2,)),
        (flat, ODD, 3, PLANE, (1, 2)),
        (flat, ODD, 3, GENERALISED, (1,)),
        (solid, ODD, 3, PLANE, (1,)),
    ):
        dimension = tagged.dimension
        matrix = np.where(np.arange(3) < dimension, gradient, 0.0)[:components]
        supports = [Support(EVERYWHERE, k, value=lambda x, row=matrix[k]: row @ x) for k in range(components)]
        for degree in degrees:
            problem = Mechanics(
                domain_of(tagged), np.tile(stiffness, (len(tagged.regions), 1, 1)), None, supports, kinematics, degree
            )
            assert problem.components == components
            state = problem.new_deformation("patch")
            problem.solve(problem.load(), state)
            place = problem.space.tabulate_dof_coordinates()
            expected = place @ matrix.T
            np.testing.assert_allclose(
                state.displacement.x.array.reshape(-1, components), expected, atol=1e-10 * np.abs(expected).max()
            )
            full = np.zeros((3, 3))
            full[:components] = matrix
            strain = 0.5 * (full + full.T)
            vector = np.array(
                [strain[0, 0], strain[1, 1], strain[2, 2], 2 * strain[1, 2], 2 * strain[0, 2], 2 * strain[0, 1]]
            )
            if kinematics is GENERALISED:
                # no net thickness force: sigma_zz = 0 of a uniform field
                vector[2] -= stiffness[2] @ vector / stiffness[2, 2]
                assert float(state.thickness_strain.value) == pytest.approx(vector[2], rel=1e-9)
            assert (
                deviation(problem, state, voigt_to_matrix(stiffness @ vector)) < 1e-8 * np.abs(stiffness @ vector).max()
            )


def pressed(supports, kinematics):
    tagged = layered_mesh([HEIGHT], WIDTH, 4, 3)
    problem = Mechanics(domain_of(tagged), ISOTROPIC[None], None, supports, kinematics)
    state = problem.new_deformation("pressed")
    load = problem.load(pressures=[(problem.domain.ds((PLATING,), 2), fem.Constant(problem.domain.mesh, PRESSURE))])
    problem.solve(load, state)
    return problem, state


def check_uniaxial_closed_forms():
    """A slab pressed on y = 0 between rollers or free to widen, of zero thickness strain or thickness force."""
    p, nu = PRESSURE, POISSON
    cases = (
        (ROLLERS, PLANE, (-p * nu / (1 - nu), -p, -p * nu / (1 - nu)), 0.0),
        (ROLLERS, GENERALISED, (-nu * p, -p, 0.0), nu * (1 + nu) * p / YOUNG),
        (WINDOW, PLANE, (0.0, -p, -nu * p), 0.0),
        (WINDOW, GENERALISED, (0.0, -p, 0.0), nu * p / YOUNG),
    )
    for supports, kinematics, stress, thickness_strain in cases:
        problem, state = pressed(supports, kinematics)
        assert deviation(problem, state, np.diag(stress)) < 1e-9 * p
        assert float(state.thickness_strain.value) == pytest.approx(thickness_strain, rel=1e-9, abs=1e-16)
        # external work is stored twice over
        into = integral(fem.form(state.displacement[1] * PRESSURE * problem.domain.ds((PLATING,), 4)), COMM)
        assert problem.strain_energy(state) == pytest.approx(0.5 * into, rel=1e-9)


def check_pins_hold_what_rollers_hold():
    """Three pinned components and balanced pressure give uniaxial stress without any wall."""
    tagged = layered_mesh([HEIGHT], WIDTH, 4, 3)
    pins = (Pin((0.0, HEIGHT), 0), Pin((0.0, HEIGHT), 1), Pin((WIDTH, HEIGHT), 1))
    problem = Mechanics(domain_of(tagged), ISOTROPIC[None], None, pins, PLANE)
    state = problem.new_deformation("pinned")
    pressure = fem.Constant(problem.domain.mesh, PRESSURE)
    problem.solve(problem.load(pressures=[(problem.domain.ds((PLATING, STRIPPING), 2), pressure)]), state)
    assert deviation(problem, state, np.diag((0.0, -PRESSURE, -POISSON * PRESSURE))) < 1e-8 * PRESSURE


def bilayer_state(kinematics, first=ISOTROPIC, second=None, mismatch=(1e-3, 0.0)):
    tagged = layered_mesh([0.4 * HEIGHT, 0.6 * HEIGHT], WIDTH, 4, 3)
    stiffness = np.array([first, isotropic_stiffness(30e9, 0.35) if second is None else second])
    eigenstrain = np.array(mismatch)[:, None] * [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    problem = Mechanics(domain_of(tagged), stiffness, eigenstrain, WINDOW, kinematics)
    state = problem.new_deformation("cooled")
    problem.solve(problem.load(eigenstrain=True), state)
    return problem, state


def check_free_expansion_is_free_of_stress():
    problem, state = bilayer_state(GENERALISED, mismatch=(2e-3, 2e-3))
    assert deviation(problem, state, np.zeros((3, 3))) < 1e-9 * YOUNG * 2e-3
    assert float(state.thickness_strain.value) == pytest.approx(2e-3, rel=1e-10)
    problem, state = bilayer_state(PLANE, second=ISOTROPIC, mismatch=(2e-3, 2e-3))
    assert deviation(problem, state, np.diag((0.0, 0.0, -YOUNG * 2e-3))) < 1e-9 * YOUNG * 2e-3


def check_bilayer_that_cannot_bend():
    """Biaxial mismatch stress E/(1 - nu) (e - alpha dT) in each layer, without net force along x and z."""
    problem, state = bilayer_state(GENERALISED)
    share, biaxial = np.array([0.4, 0.6]), np.array([YOUNG / (1 - POISSON), 30e9 / (1 - 0.35)])
    common = (share * biaxial * [1e-3, 0.0]).sum() / (share * biaxial).sum()
    stress = biaxial * (common - np.array([1e-3, 0.0]))
    field = problem.domain.cell_field(stress, "expected")
    plane = ufl.as_matrix([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    difference = problem.stress(state) - field * plane
    error = integral(fem.form(ufl.inner(difference, difference) * problem.domain.dx(4)), COMM)
    assert np.sqrt(error / (WIDTH * HEIGHT)) < 1e-8 * np.abs(stress).max()
    assert float(state.thickness_strain.value) == pytest.approx(common, rel=1e-9)


def check_platen_carries_no_net_force():
    """Neither unlike grains with eigenstrain nor a pressure leave a force on the platen, which stays flat."""
    tagged = grain_mesh(
        WIDTH, HEIGHT, 6, 4, lambda m: (m[:, 0] > 0.5 * WIDTH).astype(int) + 2 * (m[:, 1] > 0.5 * HEIGHT)
    )
    stiffness = np.array([ISOTROPIC, ODD, IN_PLANE, 2 * ODD])
    eigenstrain = 1e-3 * np.random.default_rng(2).normal(size=(4, 6))
    for kinematics in Kinematics:
        problem = Mechanics(domain_of(tagged), stiffness, eigenstrain, WINDOW, kinematics)
        state = problem.new_deformation("platen")
        pressure = fem.Constant(problem.domain.mesh, PRESSURE)
        problem.solve(problem.load(pressures=[(problem.domain.ds((PLATING,), 2), pressure)], eigenstrain=True), state)
        x = ufl.SpatialCoordinate(problem.domain.mesh)
        # virtual stretch of the width: the force on the platen is int sigma_xx dx / width
        stress = problem.stress(state)
        force = integral(fem.form(stress[0, 0] * problem.domain.dx(4)), COMM) / WIDTH
        scale = YOUNG * 1e-3 * HEIGHT
        assert abs(force) < 1e-8 * scale
        # virtual stretch of the height: pressure times the width
        assert integral(fem.form(stress[1, 1] * problem.domain.dx(4)), COMM) == pytest.approx(
            -PRESSURE * WIDTH * HEIGHT, rel=1e-7
        )
        # equilibrium along z: shearing the slab against its clamped end costs nothing
        assert abs(integral(fem.form(stress[1, 2] * problem.domain.dx(4)), COMM)) < 1e-8 * scale * WIDTH
        thickness_force = integral(fem.form(stress[2, 2] * problem.domain.dx(4)), COMM)
        assert (abs(thickness_force) < 1e-8 * scale * WIDTH) == (kinematics is GENERALISED)
        walls = problem.domain.ds((SIDE,), 4)
        on_right = ufl.conditional(ufl.gt(x[0], 0.5 * WIDTH), 1.0, 0.0)
        u = state.displacement[0]
        first, second = (integral(fem.form(on_right * u**k * walls), COMM) / HEIGHT for k in (1, 2))
        assert second == pytest.approx(first**2, rel=1e-10) and abs(first) > 0


def check_rotated_bicrystal_is_in_equilibrium_in_three_directions():
    """Crystals that couple in-plane strain to out-of-plane shear displace along z; the shear stress then balances."""
    tagged = grain_mesh(WIDTH, HEIGHT, 6, 4, lambda m: (m[:, 0] > 0.5 * WIDTH).astype(int))
    problem = Mechanics(domain_of(tagged), np.array([ODD, turned(ODD, (70.0, 50.0, 10.0))]), None, CLAMPED, GENERALISED)
    assert problem.components == 3
    state = problem.new_deformation("bicrystal")
    pressure = fem.Constant(problem.domain.mesh, PRESSURE)
    problem.solve(problem.load(pressures=[(problem.domain.ds((PLATING,), 2), pressure)]), state)
    out_of_plane = state.displacement.x.array.reshape(-1, 3)[:, 2]
    assert COMM.allreduce(np.abs(out_of_plane).max(initial=0.0), op=MPI.MAX) > 1e-3 * PRESSURE / YOUNG * HEIGHT
    # virtual displacements that vanish at the clamped end: (y - H) along each direction
    row = means(problem, state)[1]
    np.testing.assert_allclose(row, [0.0, -PRESSURE, 0.0], atol=1e-8 * PRESSURE)
    # a bump in the middle of the slab, along z: no force acts there
    x = ufl.SpatialCoordinate(problem.domain.mesh)
    bump = (x[1] - HEIGHT) * x[0] / (WIDTH * HEIGHT)
    stress = problem.stress(state)
    work = integral(fem.form((stress[2, 0] * bump.dx(0) + stress[2, 1] * bump.dx(1)) * problem.domain.dx(4)), COMM)
    assert abs(work) < 1e-8 * PRESSURE * WIDTH


def check_in_plane_crystals_need_no_third_component():
    tagged = layered_mesh([HEIGHT], WIDTH, 2, 2)
    assert Mechanics(domain_of(tagged), IN_PLANE[None], None, CLAMPED).components == 2
    shear = np.array([[0.0, 0.0, 0.0, 1e-3, 0.0, 0.0]])
    assert Mechanics(domain_of(tagged), IN_PLANE[None], shear, CLAMPED).components == 3


def check_reciprocity():
    """Betti 1872: the work of one load on the displacement of another equals the reverse."""
    tagged = grain_mesh(WIDTH, HEIGHT, 6, 4, lambda m: (m[:, 0] > 0.5 * WIDTH).astype(int))
    stiffness = np.array([ODD, 0.5 * turned(ODD, (70.0, 50.0, 10.0))])
    for supports in (CLAMPED, WINDOW):
        problem = Mechanics(domain_of(tagged), stiffness, None, supports, GENERALISED)
        msh = problem.domain.mesh
        x = ufl.SpatialCoordinate(msh)
        plate, body = problem.domain.ds((PLATING,), 4), problem.domain.dx(4)
        traction = PRESSURE * ufl.as_vector([x[0] / WIDTH, 0.3 * x[0] / WIDTH, 1.0])
        force = PRESSURE / HEIGHT * ufl.as_vector([0.2, x[1] / HEIGHT, -0.7])
        first, second = problem.new_deformation("first"), problem.new_deformation("second")
        problem.solve(problem.load(tractions=[(plate, traction)]), first)
        problem.solve(problem.load(body_force=force), second)
        one_on_two = integral(fem.form(ufl.inner(traction, second.displacement) * plate), COMM)
        two_on_one = integral(fem.form(ufl.inner(force, first.displacement) * body), COMM)
        assert one_on_two == pytest.approx(two_on_one, rel=1e-8)
        # and the problem is linear
        together, summed = problem.new_deformation("together"), problem.new_deformation("summed")
        problem.solve(problem.load(tractions=[(plate, traction)], body_force=force), together)
        summed.assign_sum(first, second)
        np.testing.assert_allclose(
            summed.displacement.x.array,
            together.displacement.x.array,
            atol=1e-9 * np.abs(together.displacement.x.array).max(),
        )


def check_iterative_solver_agrees_with_the_direct_one():
    tagged = grain_mesh(WIDTH, HEIGHT, 12, 8, lambda m: (m[:, 0] > 0.5 * WIDTH).astype(int))
    energies = []
    for linear in ("direct", "iterative"):
        problem = Mechanics(domain_of(tagged), np.array([ODD, IN_PLANE]), None, WINDOW, GENERALISED, linear=linear)
        state = problem.new_deformation("state")
        pressure = fem.Constant(problem.domain.mesh, PRESSURE)
        problem.solve(problem.load(pressures=[(problem.domain.ds((PLATING,), 2), pressure)]), state)
        energies.append(problem.strain_energy(state))
    assert energies[0] == pytest.approx(energies[1], rel=1e-9)


def check_solid_between_two_platens():
    """In space: uniform shrinkage is free of stress, flat sides carry no net force, either solver finds the same."""
    side = 20e-6
    tagged = solid_grains(5, 6, side, flaw=(3, 1))
    on = {
        (axis, place): (lambda x, a=axis, p=place: np.abs(x[a] - p) < 1e-12) for axis in (0, 2) for place in (0, side)
    }
    window = [Support((STRIPPING,), 1)]
    for axis in (0, 2):
        window += [Support((SIDE,), axis, where=on[axis, 0]), Platen((SIDE,), axis, where=on[axis, side])]
    regions = len(tagged.regions)
    alike = np.tile([-1e-3, -1e-3, -1e-3, 0.0, 0.0, 0.0], (regions, 1))
    random = np.random.default_rng(2).normal(size=(regions, 6)) * 1e-3
    energies = []
    for linear in ("direct", "iterative"):
        for eigenstrain in (alike, random):
            problem = Mechanics(
                domain_of(tagged), np.tile(ODD, (regions, 1, 1)), eigenstrain, window, degree=2, linear=linear
            )
            assert problem.components == 3
            state = problem.new_deformation("state")
            problem.solve(problem.load(eigenstrain=True), state)
            energies.append(problem.strain_energy(state))
            # sides without net force, top held in y only: no stress on average
            assert np.abs(np.diag(means(problem, state))).max() < 1e-6 * np.abs(ODD).max() * 1e-3
    assert energies[0] < 1e-9 * energies[1] and energies[2] < 1e-9 * energies[1]
    assert energies[3] == pytest.approx(energies[1], rel=1e-8)


def check_support_of_a_missing_component_is_refused():
    tagged = layered_mesh([HEIGHT], WIDTH, 2, 2)
    for support in (Support((SIDE,), 2, value=lambda x: x[0]), Pin((0.0, 0.0), 2)):
        with pytest.raises(ValueError, match="holds component 2"):
            Mechanics(domain_of(tagged), ISOTROPIC[None], None, [support])


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
