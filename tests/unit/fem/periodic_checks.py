# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of periodic spaces that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from dataclasses import replace

import numpy as np
import pytest
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.broken import broken_space
from jadeite.fem.domain import Domain
from jadeite.fem.periodic import grain_pieces, grains_meet_on_side, periodic_tie
from jadeite.fem.solvers import LinearMethod, LinearSolver
from jadeite.verification.bricks import repeating
from sample_meshes import box_mesh, give_grains, layered_mesh

COMM = MPI.COMM_WORLD


def columns(across=8, along=6):
    """Three columns of grains, the outer two pieces of one grain: boundaries at x = 1 and x = 3 of 4."""
    plain = layered_mesh([2.0], 4.0, across, along)
    middle = plain.points[plain.cells].mean(axis=1)[:, 0]
    mesh = give_grains(plain, np.searchsorted([1.0, 3.0], middle).astype(np.int32))
    return repeating(replace(mesh, regions=replace(mesh.regions, grain=np.array([0, 1, 0], dtype=np.int32))), (0,))


def periodic_space(domain, element, axes):
    return broken_space(domain.mesh, grain_pieces(domain), element, periodic_tie(domain, axes))


def distributed(tagged):
    return Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)


def check_images_are_one_dof():
    plane = repeating(box_mesh([1.0], (2.0,), (5,), 4), (0, 1))
    solid = repeating(box_mesh([1.0], (2.0, 1.0), (3, 4), 5), (0, 1, 2))
    for tagged, counts in ((plane, (5, 4)), (solid, (3, 5, 4))):
        domain = distributed(tagged)
        for degree in (1, 2, 3):
            for axes in ((0,), (1,), (0, 1), tuple(range(len(counts)))):
                found = periodic_space(domain, ("Lagrange", degree), axes)
                nodes = [degree * count + (axis not in axes) for axis, count in enumerate(counts)]
                assert found.space.dofmap.index_map.size_global == np.prod(nodes), (degree, axes)
                owned = found.space.dofmap.index_map.size_local
                used = np.unique(found.space.dofmap.list[: domain.owned_cells])
                assert np.isin(np.arange(owned), used).all()


def check_grain_cut_by_the_side_is_one_piece():
    domain = distributed(columns())
    for degree in (1, 2):
        found = periodic_space(domain, ("Lagrange", degree), (0,))
        # 8 columns of cells in a ring, and two boundaries whose nodes count twice
        assert found.space.dofmap.index_map.size_global == (8 * degree + 2) * (6 * degree + 1)


def check_boundary_on_the_side_is_seen():
    assert not grains_meet_on_side(columns(), 0)
    mesh = columns()
    apart = replace(mesh, regions=replace(mesh.regions, grain=np.arange(3, dtype=np.int32)))
    assert grains_meet_on_side(apart, 0)
    with pytest.raises(ValueError, match="does not repeat along y"):
        grains_meet_on_side(mesh, 1)


def check_nodes_without_image_are_refused():
    mesh = repeating(box_mesh([1.0], (2.0,), (5,), 4), (0,))
    moved = mesh.points.copy()
    moved[np.isclose(moved[:, 0], 2.0) & np.isclose(moved[:, 1], 0.5), 1] = 0.45
    domain = distributed(replace(mesh, points=moved))
    with pytest.raises(ValueError, match="not images of each other"):
        periodic_space(domain, ("Lagrange", 1), (0,))


def solution_error(tagged, degree, exact_of, tensor, axes):
    """L2 error of - div(tensor grad u) + u = f with a periodic exact solution, which takes its own f."""
    domain = distributed(tagged)
    space = periodic_space(domain, ("Lagrange", degree), axes).space
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    exact = exact_of(ufl.SpatialCoordinate(domain.mesh))
    sigma = ufl.as_matrix(tensor.tolist())
    source = exact - ufl.div(sigma * ufl.grad(exact))
    measure = domain.dx(2 * degree + 4)
    form = (ufl.inner(sigma * ufl.grad(u), ufl.grad(v)) + u * v) * measure
    matrix = petsc.assemble_matrix(fem.form(form))
    matrix.assemble()
    solver = LinearSolver("periodic", LinearMethod.DIRECT, 1e-13)
    solver.set_operator(matrix)
    solution = fem.Function(space)
    solver.solve(assembled_vector(fem.form(source * v * measure)), solution.x.petsc_vec)
    solution.x.scatter_forward()
    return np.sqrt(integral(fem.form((solution - exact) ** 2 * measure), COMM))


def check_manufactured_periodic_solutions_converge():
    """A tensor that couples the axes and a phase that does not vanish on the sides: nothing helps the periodicity."""

    def plane(x):
        return ufl.sin(2 * ufl.pi * (x[0] + 2 * x[1]) + 0.7) + ufl.cos(2 * ufl.pi * x[0] + 0.3)

    def solid(x):
        return ufl.sin(2 * ufl.pi * (x[0] + x[1] + x[2]) + 0.7)

    flat, full = np.array([[1.0, 0.3], [0.3, 0.6]]), np.array([[1.0, 0.3, 0.1], [0.3, 0.6, 0.0], [0.1, 0.0, 0.8]])
    for degree, order in ((1, 2), (2, 3)):
        coarse, fine = (
            solution_error(repeating(box_mesh([1.0], (1.0,), (n,), n), (0, 1)), degree, plane, flat, (0, 1))
            for n in (16, 32)
        )
        assert np.log2(coarse / fine) == pytest.approx(order, abs=0.15)
        coarse, fine = (
            solution_error(repeating(box_mesh([1.0], (1.0, 1.0), (n, n), n), (0, 1, 2)), degree, solid, full, (0, 1, 2))
            for n in (6, 12)
        )
        assert np.log2(coarse / fine) == pytest.approx(order, abs=0.35)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
