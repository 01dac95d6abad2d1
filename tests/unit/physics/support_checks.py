# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plates, compliant layers, sides that repeat, free rigid-body motions; as a script these checks run under mpirun."""

import sys
from dataclasses import replace

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI
from scipy.spatial.transform import Rotation

from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain
from jadeite.materials.laws import hexagonal_stiffness, isotropic_stiffness, rotate_stiffness
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics import rigid_motion
from jadeite.physics.mechanics import Kinematics, Mechanics
from jadeite.physics.rigid_motion import UnconstrainedBody
from jadeite.physics.strains import FieldStrain
from jadeite.physics.supports import Foundation, Periodic, Pin, Platen, Support
from jadeite.verification.bricks import repeating
from sample_meshes import box_mesh, grain_mesh, layered_mesh

COMM = MPI.COMM_WORLD
PLATING, STRIPPING, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
GENERALISED, PLANE = Kinematics.GENERALISED_PLANE_STRAIN, Kinematics.PLANE_STRAIN
WIDTH, HEIGHT, PRESSURE = 30e-6, 20e-6, 3e7
ISOTROPIC = isotropic_stiffness(80e9, 0.26)
ODD = rotate_stiffness(
    hexagonal_stiffness(280e9, 140e9, 110e9, 180e9, 25e9),
    Rotation.from_euler("zxz", (40.0, 35.0, 0.0), degrees=True).as_matrix(),
)
TOP = Support((STRIPPING,), 1)
NO_SHEAR_ALONG_Z = Support((STRIPPING,), 2)


def domain_of(tagged):
    return Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)


def total(problem, expression, measure=None):
    return integral(fem.form(expression * (measure or problem.domain.dx(4))), COMM)


def mean_stress(problem, state):
    stress = problem.stress(state)
    return np.array([[total(problem, stress[i, k]) for k in range(3)] for i in range(3)]) / problem.domain.box_measure


def deviation(problem, state, stress):
    """Root mean square distance of the stress from a constant one."""
    difference = problem.stress(state) - ufl.as_matrix(np.asarray(stress).tolist())
    return np.sqrt(total(problem, ufl.inner(difference, difference)) / problem.domain.box_measure)


def solved(problem, **load):
    state = problem.new_deformation("state")
    problem.solve(problem.load(**load), state)
    return state


def pressed_columns(platen, soft=0.25):
    """Two columns that do not hold each other (no shear stiffness, no Poisson effect), pressed from below."""
    tagged = grain_mesh(WIDTH, HEIGHT, 6, 4, lambda m: (m[:, 0] > 0.5 * WIDTH).astype(int))
    column = 100e9 * np.diag([1.0, 1.0, 1.0, 1e-9, 1e-9, 1e-9])
    # the row of nodes on their boundary would belong to both: nothing moves it against its neighbours
    problem = Mechanics(
        domain_of(tagged),
        np.array([column, soft * column]),
        None,
        [TOP, NO_SHEAR_ALONG_Z, Support((SIDE,), 0), *platen],
    )
    press = (problem.domain.ds((PLATING,), 4), fem.Constant(problem.domain.mesh, PRESSURE))
    return problem, solved(problem, pressures=[press])


def check_rigid_plate_keeps_flat_and_carries_the_force():
    problem, state = pressed_columns([Platen((PLATING,), 1)])
    under = problem.domain.ds((PLATING,), 4)
    u = state.displacement[1]
    first, second = total(problem, u, under) / WIDTH, total(problem, u * u, under) / WIDTH
    assert second == pytest.approx(first**2, rel=1e-12)
    # columns side by side share the force as their stiffnesses
    assert first == pytest.approx(PRESSURE * HEIGHT / (0.5 * (1.0 + 0.25) * 100e9), rel=1e-6)
    assert mean_stress(problem, state)[1, 1] == pytest.approx(-PRESSURE, rel=1e-9)


def check_compliant_layer_lies_between_uniform_pressure_and_a_rigid_plate():
    energies = []
    for stiffness in (1e6, 1e13, 5e15, 1e18, 1e22):
        problem, state = pressed_columns([Foundation((PLATING,), 1, stiffness)])
        assert mean_stress(problem, state)[1, 1] == pytest.approx(-PRESSURE, rel=1e-8)
        energies.append(total(problem, state.displacement[1] * PRESSURE, problem.domain.ds((PLATING,), 4)))
    uniform, rigid = (pressed_columns(platen) for platen in ([], [Platen((PLATING,), 1)]))
    ends = [total(p, s.displacement[1] * PRESSURE, p.domain.ds((PLATING,), 4)) for p, s in (uniform, rigid)]
    assert energies[0] == pytest.approx(ends[0], rel=1e-6) and energies[-1] == pytest.approx(ends[1], rel=1e-6)
    assert np.all(np.diff(energies) < 0.0)


def check_compliant_layer_in_series_with_a_bar_of_uniform_stiffness():
    """A grain that swells by e under half of the layer: sine waves of pressure, checked by their moment with the bar.

    A body whose only displacement is w(x) along y, of stiffness M/H per area (no shear), is pressed back by the layer:
    M/H (w - e H) + k (w - q) = 0 with q the mean, so that w - q = e H s / (1 + k H / M) for a swelling s(x) of mean
    zero.
    """
    tagged = layered_mesh([HEIGHT], WIDTH, 24, 4)
    column = 100e9 * np.diag([1.0, 1.0, 1.0, 1e-12, 1e-12, 1e-12])
    domain = domain_of(tagged)
    x = ufl.SpatialCoordinate(domain.mesh)
    wave = ufl.cos(np.pi * x[0] / WIDTH)
    swelling = FieldStrain(np.array([[0.0, 1e-3, 0.0, 0.0, 0.0, 0.0]]), wave)
    stiffness = 2.0 * 100e9 / HEIGHT
    supports = [TOP, NO_SHEAR_ALONG_Z, Support((SIDE,), 0), Foundation((PLATING,), 1, stiffness)]
    problem = Mechanics(domain, column[None], None, supports, field_strains=[swelling])
    state = solved(problem, field_strains=True)
    amplitude = total(problem, state.displacement[1] * wave, domain.ds((PLATING,), 8)) / (0.5 * WIDTH)
    # the top is held, so that the bottom moves down where the body swells
    assert amplitude == pytest.approx(-1e-3 * HEIGHT / (1.0 + 2.0), rel=1e-5)


def check_laminate_between_sides_that_repeat():
    """Columns of two materials side by side: one stress along x, one strain along z, as laminates have."""
    for pull in (0.0, 2e7):
        tagged = grain_mesh(WIDTH, HEIGHT, 8, 3, lambda m: (np.abs(m[:, 0] - 0.5 * WIDTH) < 0.25 * WIDTH).astype(int))
        domain = domain_of(repeating(tagged, (0,)))
        young, poisson = np.array([80e9, 30e9]), np.array([0.26, 0.35])
        expansion = np.array([1e-3, -5e-4])
        stiffness = np.array([isotropic_stiffness(e, n) for e, n in zip(young, poisson, strict=True)])
        eigenstrain = np.outer(expansion, [1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
        middle = Pin((0.5 * WIDTH, HEIGHT), 0)
        supports = [TOP, NO_SHEAR_ALONG_Z, Platen((PLATING,), 1), Periodic(0), middle]
        problem = Mechanics(domain, stiffness, eigenstrain, supports, GENERALISED)
        state = solved(problem, eigenstrain=True, mean_stress=pull)
        # unknown: stress y and z of both, common strains y and z; each phase is half of the laminate
        matrix, force = np.zeros((6, 6)), np.zeros(6)
        for k in range(2):
            e, n = young[k], poisson[k]
            matrix[2 * k, [2 * k, 2 * k + 1, 4]] = 1 / e, -n / e, -1.0
            matrix[2 * k + 1, [2 * k, 2 * k + 1, 5]] = -n / e, 1 / e, -1.0
            force[2 * k : 2 * k + 2] = n / e * pull - expansion[k]
        matrix[4, [0, 2]] = matrix[5, [1, 3]] = 1.0
        found = np.linalg.solve(matrix, force)
        sy, sz = found[0:4:2], found[1:4:2]
        strain_x = np.mean((pull - poisson * (sy + sz)) / young + expansion)
        expected = np.stack([np.diag([pull, y, z]) for y, z in zip(sy, sz, strict=True)])
        field = domain.cell_field(expected, "expected")
        difference = problem.stress(state) - field
        error = np.sqrt(total(problem, ufl.inner(difference, difference)) / domain.box_measure)
        assert error < 1e-8 * np.abs(expected).max()
        assert float(state.thickness_strain.value) == pytest.approx(found[5], rel=1e-8)
        # the displacement is that of the body: its sides are apart by the mean strain
        walls = ufl.FacetNormal(domain.mesh)[0] * state.displacement[0]
        assert total(problem, walls, domain.ds((SIDE,), 4)) / (WIDTH * HEIGHT) == pytest.approx(strain_x, rel=1e-8)


def check_solid_that_repeats_along_two_axes_has_a_uniform_stress():
    """A tilted crystal under pressure and mean stress: uniform, without shear between the sides."""
    tagged = repeating(box_mesh([HEIGHT], (WIDTH, 10e-6), (4, 3), 3), (0, 2))
    domain = domain_of(tagged)
    pin = (0.5 * WIDTH, HEIGHT, 5e-6)
    supports = [TOP, Periodic(0), Periodic(2), Pin(pin, 0), Pin(pin, 2)]
    for linear, degree in (("direct", 2), ("direct", 1), ("iterative", 2)):
        problem = Mechanics(domain, ODD[None], None, supports, degree=degree, linear=linear)
        press = (domain.ds((PLATING,), 2), fem.Constant(domain.mesh, PRESSURE))
        state = solved(problem, pressures=[press], mean_stress=5e7)
        assert deviation(problem, state, np.diag([5e7, -PRESSURE, 5e7])) < 1e-6 * PRESSURE
        strain = np.linalg.solve(ODD, np.array([5e7, -PRESSURE, 5e7, 0.0, 0.0, 0.0]))
        normal = ufl.FacetNormal(domain.mesh)
        u, walls = state.displacement, domain.ds((SIDE,), 4)
        shear = total(problem, normal[0] * u[2] + normal[2] * u[0], walls) / domain.box_measure
        assert shear == pytest.approx(strain[4], rel=1e-6)


def check_shear_between_any_two_axes_that_repeat_is_free():
    """A body that shears by itself, between sides that repeat, does so without stress; other shears are held."""
    middle = (0.5 * WIDTH, 0.5 * HEIGHT, 5e-6)
    amount = 1e-3
    for axes, component in (((0, 1), 5), ((0, 2), 4), ((1, 2), 3)):
        domain = domain_of(repeating(box_mesh([HEIGHT], (WIDTH, 10e-6), (2, 2), 2), axes))
        supports = [*(Periodic(axis) for axis in axes), *(Pin(middle, axis) for axis in range(3))]
        free = amount * np.eye(6)[component]
        problem = Mechanics(domain, ISOTROPIC[None], free[None], supports, degree=1)
        state = solved(problem, eigenstrain=True)
        clamped = 0.5 * ISOTROPIC[5, 5] * amount**2 * domain.box_measure
        assert problem.strain_energy(state) < 1e-12 * clamped
        (third,) = set(range(3)) - set(axes)
        with pytest.raises(UnconstrainedBody, match=f"rotation about {'xyz'[axes[0]]}:"):
            Mechanics(domain, ISOTROPIC[None], None, [s for s in supports if s != Periodic(axes[1])], degree=1)
        # what sits on the plane across the third axis cannot turn, whichever axis repeats
        face = {0: SIDE, 1: STRIPPING, 2: SIDE}[third]
        low = Support((face,), third, where=None if third == 1 else lambda x, k=third: np.abs(x[k]) < 1e-12)
        Mechanics(domain, ISOTROPIC[None], None, [*supports[:1], low, *supports[2:]], degree=1)


def check_a_pin_between_nodes_holds_one_of_them():
    """A body that warms evenly stays without stress, though two nodes are equally near to its pin."""
    for degree in (1, 2, 3):
        domain = domain_of(layered_mesh([HEIGHT], WIDTH, 3, 2))
        supports = [TOP, Pin((0.5 * WIDTH, HEIGHT), 0)]
        swells = np.array([[1e-3, 1e-3, 1e-3, 0.0, 0.0, 0.0]])
        problem = Mechanics(domain, ISOTROPIC[None], swells, supports, GENERALISED, degree=degree)
        state = solved(problem, eigenstrain=True)
        assert problem.strain_energy(state) < 1e-16 * 80e9 * domain.box_measure


def check_grains_that_repeat_carry_no_mean_stress():
    """Unlike grains that swell, cut by the sides: no mean stress, and the same on both sides."""
    tagged = grain_mesh(
        WIDTH,
        HEIGHT,
        9,
        6,
        lambda m: ((m[:, 0] > 0.3 * WIDTH) & (m[:, 0] < 0.7 * WIDTH)).astype(int) * (1 + (m[:, 1] > 1e-5)),
    )
    domain = domain_of(repeating(tagged, (0,)))
    stiffness = np.array([ISOTROPIC, ODD, 0.5 * ISOTROPIC])
    eigenstrain = 1e-3 * np.random.default_rng(4).normal(size=(3, 6))
    supports = [TOP, NO_SHEAR_ALONG_Z, Periodic(0), Pin((0.5 * WIDTH, HEIGHT), 0)]
    problem = Mechanics(domain, stiffness, eigenstrain, supports, GENERALISED)
    state = solved(problem, eigenstrain=True)
    scale = 80e9 * 1e-3
    stress = mean_stress(problem, state)
    assert np.abs(np.diag(stress)).max() < 1e-8 * scale and np.abs(stress[0, 1]) < 1e-8 * scale
    # along z the slice is held at its top
    energy = problem.strain_energy(state)
    assert energy > 1e-3 * scale * 1e-3 * WIDTH * HEIGHT
    # the same grains, cut elsewhere
    moved = grain_mesh(
        WIDTH,
        HEIGHT,
        9,
        6,
        lambda m: (
            ((m[:, 0] > 0.3 * WIDTH + WIDTH / 3) & (m[:, 0] < 0.7 * WIDTH + WIDTH / 3)).astype(int)
            * (1 + (m[:, 1] > 1e-5))
        ),
    )
    shifted = Mechanics(domain_of(repeating(moved, (0,))), stiffness, eigenstrain, supports, GENERALISED)
    again = solved(shifted, eigenstrain=True)
    # cells of the grid look alike after a shift by three of them
    assert shifted.strain_energy(again) == pytest.approx(energy, rel=1e-8)


def check_linear_temperature_strains_a_free_body_without_stress():
    """A strain that is linear in space is compatible: a free isotropic body bends and carries nothing (Boley 1960)."""
    domain = domain_of(box_mesh([HEIGHT], (WIDTH, 10e-6), (4, 3), 3))
    x = ufl.SpatialCoordinate(domain.mesh)
    rise = FieldStrain(np.array([[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]]) * 8e-6, 100.0 + 1e7 * x[1] - 5e6 * x[2])
    corner, along, aside = (0.0, 0.0, 0.0), (WIDTH, 0.0, 0.0), (0.0, HEIGHT, 0.0)
    pins = [Pin(corner, 0), Pin(corner, 1), Pin(corner, 2), Pin(along, 1), Pin(along, 2), Pin(aside, 2)]
    problem = Mechanics(domain, ISOTROPIC[None], None, pins, field_strains=[rise])
    state = solved(problem, field_strains=True)
    assert deviation(problem, state, np.zeros((3, 3))) < 1e-8 * 80e9 * 8e-6 * 300.0
    assert problem.strain_energy(state) < 1e-12 * 80e9 * (8e-6 * 300.0) ** 2 * domain.box_measure


def check_free_motions_are_named():
    flat, solid = layered_mesh([HEIGHT], WIDTH, 4, 3), box_mesh([HEIGHT], (WIDTH, 10e-6), (2, 2), 2)
    ring = replace(flat, axisymmetric=True)
    middle = (0.5 * WIDTH, HEIGHT)
    for tagged, supports, words in (
        (flat, [], "translation along x and translation along y and rotation about z"),
        (flat, [TOP], "translation along x:"),
        (flat, [Pin(middle, 0), Pin(middle, 1)], "rotation about z:"),
        (flat, [TOP, Platen((SIDE,), 0)], "translation along x:"),
        (flat, [Foundation((PLATING,), 1, 1e12), Pin(middle, 0)], "translation along y"),
        (repeating(flat, (0,)), [TOP, Periodic(0)], "translation along x:"),
        (solid, [TOP], "translation along x and translation along z and rotation about y"),
        (solid, [TOP, Support((SIDE,), 0, where=lambda x: np.abs(x[0]) < 1e-12)], "translation along z:"),
        (solid, [TOP, Pin((*middle, 0.0), 0), Pin((*middle, 0.0), 2)], "rotation about y:"),
        (ring, [Support((SIDE,), 0)], "translation along y:"),
    ):
        with pytest.raises(UnconstrainedBody, match=words):
            Mechanics(domain_of(tagged), ISOTROPIC[None], None, supports)
    for tagged, supports in (
        (flat, [TOP, Pin(middle, 0)]),
        (flat, [Pin((0.0, 0.0), 0), Pin((0.0, 0.0), 1), Pin((WIDTH, 0.0), 1)]),
        (solid, [TOP, Pin((*middle, 0.0), 0), Pin((*middle, 0.0), 2), Pin((0.0, HEIGHT, 0.0), 2)]),
        (ring, [TOP]),
    ):
        Mechanics(domain_of(tagged), ISOTROPIC[None], None, supports, degree=1)


def two_columns():
    """Two columns that do not touch, each a region."""
    whole = layered_mesh([HEIGHT / 2, HEIGHT / 2], WIDTH, 6, 2)
    centre = whole.points[whole.cells].mean(axis=1)[:, 0]
    kept = whole.cells[(centre < WIDTH / 3) | (centre > 2 * WIDTH / 3)]
    used, cells = np.unique(kept, return_inverse=True)
    renumber = np.full(len(whole.points), -1)
    renumber[used] = np.arange(len(used))
    facets = renumber[whole.facets]
    whole_facets = (facets >= 0).all(axis=1) & ~(
        np.abs(whole.points[whole.facets][:, :, 0].mean(axis=1) - 0.5 * WIDTH) < WIDTH / 6
    )
    return replace(
        whole,
        points=whole.points[used],
        cells=cells.reshape(kept.shape),
        cell_region=(whole.points[kept].mean(axis=1)[:, 0] > 0.5 * WIDTH).astype(np.int32),
        facets=facets[whole_facets],
        facet_surface=whole.facet_surface[whole_facets],
    )


def check_a_loose_piece_is_found():
    """Of two columns that do not touch only one is held sideways."""
    gap, both = two_columns(), np.stack([ISOTROPIC, ISOTROPIC])
    left = Support((SIDE,), 0, where=lambda x: np.abs(x[0]) < 1e-12)
    with pytest.raises(
        UnconstrainedBody, match="the piece of the body around x = 25 um, y = 10 um against translation"
    ):
        Mechanics(domain_of(gap), both, None, [TOP, left])
    Mechanics(domain_of(gap), both, None, [TOP, Support((SIDE,), 0)], degree=1)


def check_a_piece_that_nothing_touches_is_found_among_many():
    """Also where there are too many pieces to look at each motion; what an obstacle holds is left to it."""
    domain = domain_of(two_columns())
    space = fem.functionspace(domain.mesh, ("Lagrange", 1, (2,)))
    left = [Support((STRIPPING,), axis, where=lambda x: x[0] < 0.5 * WIDTH) for axis in (0, 1)]
    everywhere = [Support((STRIPPING,), axis) for axis in (0, 1)]
    most = rigid_motion._MOST_PIECES
    for number in (most, 1):
        rigid_motion._MOST_PIECES = number
        try:
            with pytest.raises(UnconstrainedBody, match="around x = 25 um"):
                rigid_motion.require_constraints(domain, space, left)
            with pytest.raises(UnconstrainedBody, match="around x = 25 um"):
                rigid_motion.require_constraints(domain, space, left, held_elsewhere=[0])
            rigid_motion.require_constraints(domain, space, left, held_elsewhere=[1])
            rigid_motion.require_constraints(domain, space, everywhere)
        finally:
            rigid_motion._MOST_PIECES = most


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
