# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of the finite-element tools that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
from functools import partial

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from dolfinx.fem import petsc
from mpi4py import MPI
from petsc4py import PETSc

from jadeite.fem.assembly import assembled_vector, integral
from jadeite.fem.bordered import BorderedNewton, BorderedSolver
from jadeite.fem.broken import broken_space
from jadeite.fem.cell_dofs import dofs_of_cells
from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import FacetField
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.fem.multigrid import CoarseLevel, nodal_interpolation
from jadeite.fem.rigid_body import rigid_body_modes
from jadeite.fem.solvers import ConvergenceError, LinearMethod, LinearSolver
from jadeite.microstructure.tagged_mesh import SurfaceKind
from sample_meshes import box_mesh, grain_mesh, layered_mesh, solid_grains

COMM = MPI.COMM_WORLD
INTERNAL = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
OUTER = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL)


def junction_mesh():
    """Grain 1 below, grains 2 and 3 above it; the three meet in (2, 1)."""
    return grain_mesh(4.0, 2.0, 12, 8, lambda m: np.where(m[:, 1] < 1.0, 0, np.where(m[:, 0] < 2.0, 1, 2)))


def total(value):
    return COMM.allreduce(value, op=MPI.SUM)


# --- Domain


def check_domain_measures_equal_the_tables():
    for tagged in (layered_mesh([1.0, 2.0, 0.5], 3.0), junction_mesh(), box_mesh([1.0, 0.5], (1.0, 2.0), (2, 3), 2)):
        domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
        cells = np.arange(domain.owned_cells, dtype=np.int32)
        unit = fem.Constant(domain.mesh, 1.0)
        indicator = domain.cell_field(np.eye(len(tagged.regions)), "indicator")
        for row in range(len(tagged.regions)):
            size = integral(fem.form(indicator[row] * ufl.dx), COMM)
            assert size == pytest.approx(tagged.regions.measure[row], rel=1e-12)
        assert total(len(cells)) == len(tagged.cells)
        for kinds, side in ((INTERNAL, "dS"), *(((kind,), "ds") for kind in OUTER)):
            expected = tagged.surfaces.measure[tagged.surfaces.rows(*kinds)].sum()
            found = integral(fem.form(unit * getattr(domain, side)(kinds, 1)), COMM)
            assert found == pytest.approx(expected, rel=1e-12)


def check_surface_rows_lie_where_the_mesh_says():
    tagged = junction_mesh()
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    for kinds in (INTERNAL, (SurfaceKind.PLATING_ELECTRODE,), (SurfaceKind.SIDE_WALL,)):
        sampler = FacetSampler(domain, domain.facets(*kinds), 2)
        lengths = sampler.integrate(np.ones(sampler.weights.shape))
        rows = tagged.surfaces.rows(*kinds)
        np.testing.assert_allclose(lengths[rows], tagged.surfaces.measure[rows], rtol=1e-12)
        assert np.abs(np.delete(lengths, rows)).max() == 0.0


# --- Broken space


def check_broken_space_has_one_dof_per_node_and_grain():
    tagged = junction_mesh()
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    for degree in (1, 2, 3):
        broken = broken_space(domain.mesh, domain.cell_region, ("Lagrange", degree))
        copies = 0
        # nodes on the boundaries: 4 segments of 3 cells below the upper grains and 4 cells up, less what they share
        copies += 12 * degree + 1  # along y = 1 every node belongs to the lower grain and to one above
        copies += 4 * degree + 1  # along x = 2, the junction has a third
        assert broken.space.dofmap.index_map.size_global == broken.continuous.dofmap.index_map.size_global + copies, (
            degree
        )
        place = broken.space.tabulate_dof_coordinates()
        owned = broken.space.dofmap.index_map.size_local
        at_junction = np.linalg.norm(place[:owned] - [2.0, 1.0, 0.0], axis=1) < 1e-9
        assert total(int(at_junction.sum())) == 3
        np.testing.assert_allclose(broken.continuous.tabulate_dof_coordinates()[broken.parent], place, atol=1e-12)
        # an owner without a cell that has the dof would never interpolate it
        used = np.unique(broken.space.dofmap.list[: domain.owned_cells])
        assert np.isin(np.arange(owned), used).all()


def check_broken_space_of_one_piece_is_the_continuous_space():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    broken = broken_space(domain.mesh, np.zeros_like(domain.cell_region), ("Lagrange", 2))
    assert broken.space.dofmap.index_map.size_global == broken.continuous.dofmap.index_map.size_global


def check_piecewise_field_keeps_its_jump():
    """Interpolating region by region gives exact one-sided values, so integrals of the jump are exact."""
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    broken = broken_space(domain.mesh, domain.cell_region, ("Lagrange", 2))
    field = fem.Function(broken.space)
    offsets = (1.0, 4.0, 9.0)
    for region, offset in enumerate(offsets):
        field.interpolate(lambda x, c=offset: c + x[0] * x[1], np.flatnonzero(domain.cell_region == region))
    field.x.scatter_forward()
    squared = integral(fem.form(ufl.jump(field) ** 2 * domain.dS(INTERNAL, 4)), COMM)
    # 1|2 over 2 m, 1|3 over 2 m, 2|3 over 1 m
    assert squared == pytest.approx(2.0 * 3.0**2 + 2.0 * 8.0**2 + 1.0 * 5.0**2, rel=1e-12)
    everywhere = integral(fem.form(ufl.jump(field) ** 2 * ufl.dS(domain.mesh)), COMM)
    assert everywhere == pytest.approx(squared, rel=1e-12)


def laminate_error(degree, tagged, conductivity, resistance):
    """Deviation of a laminate with resistive interfaces, at 1 A/m^2, from its piecewise linear potential."""
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    broken = broken_space(domain.mesh, domain.cell_region, ("Lagrange", degree))
    u, v = ufl.TrialFunction(broken.space), ufl.TestFunction(broken.space)
    sigma = domain.cell_field(np.array(conductivity), "conductivity")
    conductance = FacetField(domain, "conductance")
    rows = domain.surface_rows(*INTERNAL)
    per_surface = np.zeros(len(tagged.surfaces))
    per_surface[rows] = 1.0 / np.array(resistance)
    conductance.assign_by_surface(per_surface, rows)
    form = sigma * ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx
    form += conductance.interior() * ufl.jump(u) * ufl.jump(v) * domain.dS(INTERNAL, 2 * degree)
    grounded = fem.locate_dofs_topological(
        broken.space, domain.dimension - 1, domain.facets(SurfaceKind.PLATING_ELECTRODE)
    )
    condition = fem.dirichletbc(fem.Constant(domain.mesh, 0.0), grounded, broken.space)
    matrix = petsc.assemble_matrix(fem.form(form), bcs=[condition])
    matrix.assemble()
    load = assembled_vector(
        fem.form(fem.Constant(domain.mesh, 1.0) * v * domain.ds((SurfaceKind.STRIPPING_ELECTRODE,), 4))
    )
    owned_fixed = grounded[grounded < broken.space.dofmap.index_map.size_local]
    load.getArray()[owned_fixed] = 0.0
    solution = fem.Function(broken.space)
    solver = LinearSolver("laminate", LinearMethod.DIRECT, 1e-14)
    solver.set_operator(matrix)
    solver.solve(load, solution.x.petsc_vec)
    solution.x.scatter_forward()

    exact = fem.Function(broken.space)
    y, potential = 0.0, 0.0
    for region, (thickness, s) in enumerate(zip(tagged.regions.measure, conductivity, strict=True)):
        thickness = thickness / tagged.surfaces.measure[0]
        exact.interpolate(
            lambda x, y=y, p=potential, s=s: p + (x[1] - y) / s, np.flatnonzero(domain.cell_region == region)
        )
        y += thickness
        potential += thickness / s + (resistance[region] if region < len(resistance) else 0.0)
    error = np.abs(solution.x.array - exact.x.array).max(initial=0.0)
    return COMM.allreduce(error, op=MPI.MAX) / potential


def check_laminate_is_exact_to_rounding():
    """The thick last layer leaves ranks without any interface facet, which must still join in."""
    flat = layered_mesh([1.0, 0.5, 8.0], 2.0, across=3, along=4)
    for degree in (1, 2, 3):
        assert laminate_error(degree, flat, (2.0, 0.1, 1.0), (0.7, 20.0)) < 1e-12
    solid = box_mesh([1.0, 2.0], (1.0, 1.0), (2, 2), 2)
    for degree in (1, 2):
        assert laminate_error(degree, solid, (2.0, 0.1), (3.0,)) < 1e-12


# --- Facet data


def check_facet_field_returns_what_was_assigned():
    for tagged in (junction_mesh(), box_mesh([1.0, 0.7, 2.0], (1.0, 2.0), (2, 3), 2)):
        domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
        values = 1.0 + np.arange(len(tagged.surfaces)) ** 2
        field = FacetField(domain, "value")
        field.assign_by_surface(values, np.arange(len(tagged.surfaces)))
        for kinds, side in ((INTERNAL, "dS"), *(((kind,), "ds") for kind in OUTER)):
            rows = tagged.surfaces.rows(*kinds)
            expression = field.interior() if side == "dS" else field.exterior()
            measure = getattr(domain, side)(kinds, 3)
            for power in (1, 2):
                found = integral(fem.form(expression**power * measure), COMM)
                expected = (values[rows] ** power * tagged.surfaces.measure[rows]).sum()
                assert found == pytest.approx(expected, rel=1e-11), (domain.dimension, kinds, power)


def check_facet_sampler_integrates_polynomials_exactly():
    tagged = junction_mesh()
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    x = ufl.SpatialCoordinate(domain.mesh)
    sampler = FacetSampler(domain, domain.facets(*INTERNAL), 4)
    integrals = sampler.integrate(sampler.evaluate(x[0] ** 3 * (1 + x[1])))
    rows = {name: row for row, name in enumerate(tagged.surfaces.name)}
    assert integrals[rows["grain 1 | grain 2"]] == pytest.approx(2.0 * 2.0**4 / 4, rel=1e-12)
    assert integrals[rows["grain 1 | grain 3"]] == pytest.approx(2.0 * (4.0**4 - 2.0**4) / 4, rel=1e-12)
    assert integrals[rows["grain 2 | grain 3"]] == pytest.approx(2.0**3 * (1.0 + 1.5), rel=1e-12)
    outer = FacetSampler(domain, domain.facets(SurfaceKind.SIDE_WALL), 4)
    integrals = outer.integrate(outer.evaluate(x[1] ** 3))
    assert integrals[rows["side wall left"]] == pytest.approx(4.0, rel=1e-12)
    # the divergence theorem needs outward normals
    whole = FacetSampler(domain, domain.facets(*OUTER), 4)
    assert not len(whole.facets) or not whole.two_sided
    flux = whole.integrate(whole.evaluate(ufl.dot(ufl.as_vector([x[0] ** 2, x[1]]), ufl.FacetNormal(domain.mesh))))
    assert flux.sum() == pytest.approx(4.0**2 * 2.0 + 4.0 * 2.0, rel=1e-12)


def check_both_sides_of_a_sampler_see_the_same_points():
    for tagged in (junction_mesh(), box_mesh([1.0, 0.7], (1.0, 2.0), (2, 2), 2)):
        domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
        x = ufl.SpatialCoordinate(domain.mesh)
        sampler = FacetSampler(domain, domain.facets(*INTERNAL), 4)
        region = domain.cell_field(np.arange(float(len(tagged.regions))), "region")
        values = [
            (sampler.evaluate(x, s), sampler.evaluate(region, s), sampler.evaluate(ufl.FacetNormal(domain.mesh), s))
            for s in (0, 1)
        ]
        np.testing.assert_allclose(values[0][0], values[1][0], atol=1e-12)
        np.testing.assert_allclose(values[0][2], -values[1][2], atol=1e-12)
        assert (values[0][1] < values[1][1]).all()
        pairs = tagged.surfaces.regions[sampler.surface]
        np.testing.assert_array_equal(values[0][1][:, 0], pairs.min(axis=1))
        np.testing.assert_array_equal(values[1][1][:, 0], pairs.max(axis=1))


def check_a_rank_without_facets_joins_in_sampling():
    """The only interface lies at the bottom of a tall stack, far from some ranks; all call the same functions."""
    tagged = grain_mesh(2.0, 12.0, 2, 24, lambda m: (m[:, 1] > 0.5).astype(int))
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    sampler = FacetSampler(domain, domain.facets(*INTERNAL), 4)
    counts = COMM.allgather(len(sampler.facets))
    assert COMM.size == 1 or min(counts) == 0, "the mesh was meant to leave a rank without facets"
    x = ufl.SpatialCoordinate(domain.mesh)
    for side in (0, 1):
        values = sampler.evaluate(x[0] + 2.0 * x[1], side)
        assert values.shape == sampler.weights.shape
    assert sampler.integrate(values)[-1] == pytest.approx(2.0 + 2.0, rel=1e-12)
    assert sampler.points.shape == (len(sampler.facets), sampler.weights.shape[1], 2)
    assert sampler.normal.shape == (len(sampler.facets), 2)


# --- Solvers


def laplace(domain, degree=1, reaction=1.0):
    space = fem.functionspace(domain.mesh, ("Lagrange", degree))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    matrix = petsc.assemble_matrix(fem.form((ufl.inner(ufl.grad(u), ufl.grad(v)) + reaction * u * v) * ufl.dx))
    matrix.assemble()
    return space, matrix


def gathered(matrix_or_vector):
    """The dense matrix or vector on every rank, in PETSc's numbering."""
    if isinstance(matrix_or_vector, PETSc.Vec):
        return np.concatenate(COMM.allgather(matrix_or_vector.getArray(readonly=True).copy()))
    start, end = matrix_or_vector.getOwnershipRange()
    _, columns = matrix_or_vector.getSize()
    rows = np.zeros((end - start, columns))
    for row in range(start, end):
        where, values = matrix_or_vector.getRow(row)
        rows[row - start, where] = values
    return np.concatenate(COMM.allgather(rows))


def check_bordered_solver_against_a_dense_solve():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    space, matrix = laplace(domain)
    v, x = ufl.TestFunction(space), ufl.SpatialCoordinate(domain.mesh)
    columns = [assembled_vector(fem.form(f * v * ufl.dx)) for f in (x[0] * x[1], ufl.exp(-x[0]))]
    force = assembled_vector(fem.form(ufl.cos(x[0]) * v * ufl.dx))
    corner, scalar_force = np.array([[50.0, 1.0], [1.0, 30.0]]), np.array([2.0, -1.0])
    for method in LinearMethod:
        solver = LinearSolver("dense", method, 1e-13)
        solver.set_operator(matrix)
        solution = fem.Function(space)
        scalars = BorderedSolver(solver, columns, corner).solve(force, scalar_force, solution.x.petsc_vec)
        side = np.column_stack([gathered(column) for column in columns])
        dense = np.block([[gathered(matrix), side], [side.T, corner]])
        expected = np.linalg.solve(dense, np.concatenate([gathered(force), scalar_force]))
        np.testing.assert_allclose(gathered(solution.x.petsc_vec), expected[:-2], atol=1e-10 * np.abs(expected).max())
        np.testing.assert_allclose(scalars, expected[-2:], rtol=1e-9)


def check_linear_solver_keeps_its_factor_while_it_serves():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    for method in LinearMethod:
        solver = LinearSolver("reuse", method, 1e-12)
        counts = []
        for reaction in (1.0, 1.001, 1.01, 500.0):
            space, matrix = laplace(domain, 2, reaction)
            solver.set_operator(matrix)
            v = ufl.TestFunction(space)
            force = assembled_vector(fem.form(v * ufl.dx))
            solution = fem.Function(space)
            before = solver.iterations
            solver.solve(force, solution.x.petsc_vec)
            counts.append(solver.iterations - before)
            # a constant load has the constant solution 1 / reaction
            np.testing.assert_allclose(solution.x.array[: space.dofmap.index_map.size_local], 1.0 / reaction, rtol=1e-9)
        if method is LinearMethod.DIRECT:
            assert counts[0] <= 2 and counts[1] <= 8


def check_zero_right_hand_side_gives_zero():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    space, matrix = laplace(domain)
    solver = LinearSolver("zero", LinearMethod.DIRECT)
    solver.set_operator(matrix)
    solution = fem.Function(space)
    solution.x.array[:] = 7.0
    nothing = fem.Function(space)  # owns the memory behind its PETSc vector
    solver.solve(nothing.x.petsc_vec, solution.x.petsc_vec)
    assert solution.x.petsc_vec.norm() == 0.0


def check_linear_failure_is_named():
    """A matrix that is not positive definite defeats conjugate gradients; the error says which block and why."""
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    space, matrix = laplace(domain, reaction=-40.0)
    solver = LinearSolver("hopeless block", LinearMethod.ITERATIVE)
    solver.set_operator(matrix)
    x = ufl.SpatialCoordinate(domain.mesh)
    force = assembled_vector(fem.form(ufl.cos(3 * x[0]) * ufl.TestFunction(space) * ufl.dx))
    with pytest.raises(ConvergenceError, match=r"hopeless block.*iterative.*DIVERGED"):
        solver.solve(force, force.duplicate())


class Source:
    """-div grad u + u + strength (exp(u) - 1) = s with the mean of u given and s unknown; the solution is constant."""

    name = "source finder"

    def __init__(self, domain, target, strength=1.0):
        self.domain, self.target = domain, target
        self.space = fem.functionspace(domain.mesh, ("Lagrange", 1))
        self.unknown = fem.Function(self.space)
        self.scalars = np.zeros(1)
        u, v, du = self.unknown, ufl.TestFunction(self.space), ufl.TrialFunction(self.space)
        field = (ufl.inner(ufl.grad(u), ufl.grad(v)) + u * v + strength * (ufl.exp(u) - 1) * v) * ufl.dx
        self._residual, self._jacobian = fem.form(field), fem.form(ufl.derivative(field, u, du))
        self._column = assembled_vector(fem.form(-v * ufl.dx))
        self._mean = fem.form(u * ufl.dx)
        self.area = integral(fem.form(fem.Constant(domain.mesh, 1.0) * ufl.dx), COMM)

    def residual(self, out):
        assembled = assembled_vector(self._residual)
        assembled.axpy(self.scalars[0], self._column)
        assembled.copy(out)
        return np.array([-(integral(self._mean, COMM) - self.target * self.area)])

    def jacobian(self):
        matrix = petsc.assemble_matrix(self._jacobian)
        matrix.assemble()
        return matrix, [self._column], np.zeros((1, 1))

    def describe_place(self, residual):
        return "largest residual nowhere in particular"


def check_bordered_newton_finds_the_scalar():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    problem = Source(domain, target=1.5)
    newton = BorderedNewton(problem, LinearSolver("source", LinearMethod.DIRECT), 1e-12, 20)
    report = newton.solve(scale=10.0)
    # the solution is constant: s = u + exp(u) - 1
    assert problem.scalars[0] == pytest.approx(1.5 + np.exp(1.5) - 1.0, rel=1e-10)
    np.testing.assert_allclose(problem.unknown.x.array, 1.5, rtol=1e-10)
    assert report.steps < 10 and report.residual < 1e-12
    assert len(set(COMM.allgather(float(problem.scalars[0])))) == 1


def check_newton_failure_names_block_reason_place_and_remedy():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    problem = Source(domain, target=12.0)
    newton = BorderedNewton(problem, LinearSolver("source", LinearMethod.DIRECT), 1e-12, 2)
    with pytest.raises(ConvergenceError) as failure:
        newton.solve(scale=1.0)
    message = str(failure.value)
    assert "source finder" in message and "DIVERGED_MAX_IT" in message and "nowhere in particular" in message
    assert "maximum_newton_steps" in message


def check_newton_does_not_pass_an_unfinished_iteration_off_as_solved():
    """Running out of steps is a failure even where the residual is already small."""
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    problem = Source(domain, target=1.5)
    trail = []
    BorderedNewton(
        problem, LinearSolver("source", LinearMethod.DIRECT), 1e-12, 20, lambda step, norm: trail.append(norm)
    ).solve(1.0)
    late = len(trail) - 2  # one step short
    tolerance = trail[late] / 50.0
    problem = Source(domain, target=1.5)
    with pytest.raises(ConvergenceError, match="DIVERGED_MAX_IT"):
        BorderedNewton(problem, LinearSolver("source", LinearMethod.DIRECT), tolerance, late).solve(1.0)


class Hopeless(Source):
    """Its matrix is not a number, as many times as it is told."""

    times = 1000

    def jacobian(self):
        matrix, columns, corner = super().jacobian()
        if self.times:
            self.times -= 1
            matrix.scale(np.nan)
        return matrix, columns, corner


def check_failure_inside_newton_comes_out_as_it_is():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    newton = BorderedNewton(Hopeless(domain, 1.5), LinearSolver("inner block", LinearMethod.DIRECT), 1e-12, 5)
    with pytest.raises(ConvergenceError, match="inner block"):
        newton.solve(1.0)


def check_a_solve_may_follow_one_that_failed_inside_newton():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    problem = Hopeless(domain, 1.5)
    problem.times = 1
    newton = BorderedNewton(problem, LinearSolver("inner block", LinearMethod.DIRECT), 1e-12, 20)
    with pytest.raises(ConvergenceError, match="inner block"):
        newton.solve(10.0)
    problem.unknown.x.array[:], problem.scalars[:] = 0.0, 0.0
    newton.solve(10.0)
    assert problem.scalars[0] == pytest.approx(1.5 + np.exp(1.5) - 1.0, rel=1e-10)


def check_rigid_body_modes_cost_no_energy():
    """The modes span the kernel of an unsupported stiffness matrix and are orthonormal, on any number of ranks."""
    cases = ((junction_mesh(), 2, 3), (junction_mesh(), 3, 4), (box_mesh([1.0, 0.5], (1.0, 2.0), (2, 2), 2), 3, 6))
    for tagged, components, count in cases:
        domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
        space = fem.functionspace(domain.mesh, ("Lagrange", 2, (components,)))
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)

        def strain(w):
            gradient = ufl.grad(w)
            rows, columns = gradient.ufl_shape
            return ufl.sym(
                ufl.as_tensor(
                    [[gradient[i, j] if i < rows and j < columns else 0.0 for j in range(3)] for i in range(3)]
                )
            )

        matrix = petsc.assemble_matrix(fem.form(ufl.inner(strain(u), strain(v)) * ufl.dx))
        matrix.assemble()
        modes = rigid_body_modes(space).getVecs()
        assert len(modes) == count
        product, scale = matrix.createVecLeft(), matrix.norm(PETSc.NormType.INFINITY)
        for i, mode in enumerate(modes):
            matrix.mult(mode, product)
            assert product.norm() < 1e-12 * scale, (components, i)
            for k, other in enumerate(modes):
                assert mode.dot(other) == pytest.approx(float(i == k), abs=1e-12)


def check_assembled_vector_is_complete():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    space = fem.functionspace(domain.mesh, ("Lagrange", 2))
    vector = assembled_vector(fem.form(ufl.TestFunction(space) * ufl.dx))
    assert vector.sum() == pytest.approx(8.0, rel=1e-12)
    assert integral(None, COMM) == 0.0


def linear_values(dimension, vector, jump, x):
    rows = [jump + (k + 1) * x[0] - 2.0 * x[dimension - 1] for k in range(dimension)]
    return np.array(rows) if vector else rows[0]


def check_interpolation_keeps_linear_fields_and_their_jumps():
    """In the plane and in space, for scalars and vectors, on broken spaces and continuous ones."""
    for tagged in (junction_mesh(), solid_grains(4, 5, 1.0)):
        domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
        dimension = domain.mesh.geometry.dim
        for shape in ((), (dimension,)):
            for degree in (2, 3):
                if shape:
                    spaces = [fem.functionspace(domain.mesh, ("Lagrange", p, shape)) for p in (1, degree)]
                else:
                    spaces = [broken_space(domain.mesh, domain.cell_region, ("Lagrange", p)).space for p in (1, degree)]
                coarse, fine = (fem.Function(space) for space in spaces)
                for field in (coarse, fine):
                    for region in range(len(tagged.regions) if tagged is not None else 0):
                        cells = np.flatnonzero(domain.cell_region == region)
                        jump = 0.0 if shape else float(region)

                        field.interpolate(partial(linear_values, dimension, bool(shape), jump), cells)
                    field.x.scatter_forward()
                matrix = nodal_interpolation(*([space] for space in spaces))
                result = matrix.createVecLeft()
                matrix.mult(coarse.x.petsc_vec, result)
                owned = len(result.getArray())
                np.testing.assert_allclose(result.getArray(), fine.x.array[:owned], atol=1e-12)


def check_multigrid_solves_what_a_factor_solves():
    """A broken space of degree two with fixed dofs, in few iterations; again with another matrix."""
    tagged = solid_grains(6, 8, 1.0)
    domain = Domain.from_tagged_mesh(tagged if COMM.rank == 0 else None, COMM)
    spaces = [broken_space(domain.mesh, domain.cell_region, ("Lagrange", p)).space for p in (1, 2)]
    u, v = ufl.TrialFunction(spaces[1]), ufl.TestFunction(spaces[1])
    energy = ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx
    energy += 5.0 * ufl.jump(u) * ufl.jump(v) * domain.dS(INTERNAL, 4)
    matrix = petsc.assemble_matrix(fem.form(energy))
    matrix.assemble()
    dofs = fem.locate_dofs_topological(spaces[1], 2, domain.facets(*OUTER))
    fixed = dofs[dofs < spaces[1].dofmap.index_map.size_local].astype(np.int32)
    matrix.zeroRowsColumns(fixed + matrix.getOwnershipRange()[0], diag=1.0)
    force = assembled_vector(fem.form(v * ufl.dx))
    force.getArray()[fixed] = 0.0
    level = CoarseLevel(nodal_interpolation(*([space] for space in spaces)))
    level.fix(fixed)
    solvers = [
        LinearSolver("direct", LinearMethod.DIRECT, 1e-12),
        LinearSolver("multigrid", LinearMethod.ITERATIVE, 1e-11, level),
    ]
    for factor in (1.0, 3.0):
        matrix.scale(factor)
        found = []
        for solver in solvers:
            solver.set_operator(matrix)
            solution = force.duplicate()
            solver.solve(force, solution)
            found.append(solution)
        size = found[0].norm(PETSc.NormType.INFINITY)
        found[0].axpy(-1.0, found[1])
        assert found[0].norm(PETSc.NormType.INFINITY) < 1e-8 * size
    assert solvers[1].iterations < 2 * 25


def check_dofs_of_cells_are_known_where_only_a_vertex_is_shared():
    """Every rank finds every node of a cell, also of one that it does not hold; its own cells do not tell it all."""
    domain = Domain.from_tagged_mesh(box_mesh([1.0], (1.0,), (5,), 5), COMM)
    space = fem.functionspace(domain.mesh, ("Lagrange", 1))
    places = space.tabulate_dof_coordinates()[:, :2]
    untold = 0
    for number, corners in enumerate(domain.tagged.points[domain.tagged.cells]):
        expected = np.flatnonzero((np.linalg.norm(places[:, None] - corners, axis=2) < 1e-9).any(axis=1))
        cells = np.flatnonzero(domain.mesh.topology.original_cell_index == number)
        assert np.array_equal(dofs_of_cells(space, cells), expected)
        untold += len(np.setdiff1d(expected, space.dofmap.list[cells]))
    assert (COMM.allreduce(untold) > 0) == (COMM.size > 1)


def check_mesh_has_ghosts_across_facets():
    domain = Domain.from_tagged_mesh(junction_mesh() if COMM.rank == 0 else None, COMM)
    ghosts = domain.mesh.topology.index_map(domain.dimension).num_ghosts
    assert (ghosts > 0) == (COMM.size > 1)
    assert len(domain.cell_region) == domain.owned_cells + ghosts
    middle = mesh.compute_midpoints(domain.mesh, domain.dimension, np.arange(len(domain.cell_region), dtype=np.int32))
    expected = np.where(middle[:, 1] < 1.0, 0, np.where(middle[:, 0] < 2.0, 1, 2))
    np.testing.assert_array_equal(domain.cell_region, expected)


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
