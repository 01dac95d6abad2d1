# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of coupled fields that hold on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip

import numpy as np
import pytest
import ufl
from dolfinx import fem
from mpi4py import MPI

from jadeite.fem.coupled import CoupledProblem, Field, GivenTerm, Scalar
from jadeite.fem.coupled_newton import CoupledNewton
from jadeite.fem.domain import Domain
from jadeite.fem.solvers import ConvergenceError
from jadeite.microstructure.tagged_mesh import SurfaceKind
from sample_meshes import layered_mesh

COMM = MPI.COMM_WORLD
BELOW, ABOVE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE


def column():
    """A layer of height 1 and width 0.5."""
    mesh = layered_mesh([1.0], 0.5)
    return Domain.from_tagged_mesh(mesh if COMM.rank == 0 else None, COMM)


def unknown(domain, degree, value=0.0):
    function = fem.Function(fem.functionspace(domain.mesh, ("Lagrange", degree)))
    function.x.array[:] = value
    return function


def dofs_at(function, domain, kind):
    return fem.locate_dofs_topological(function.function_space, domain.dimension - 1, domain.facets(kind))


def largest_error(function, exact):
    space = function.function_space
    owned = space.dofmap.index_map.size_local
    error = np.abs(function.x.array - exact(space.tabulate_dof_coordinates().T))[:owned]
    return COMM.allreduce(float(error.max(initial=0.0)), op=MPI.MAX)


# --- Coupled fields


def two_fields(domain, linear="direct"):
    """u'' = 0 from 1 to 3, and (u w')' = 0 from 0 to 1: w = ln(u) / ln 3, of another degree and size than u."""
    u, w = unknown(domain, 1, 2.0), unknown(domain, 2)
    v, q = ufl.TestFunction(u.function_space), ufl.TestFunction(w.function_space)
    dx = domain.dx(4)
    for function, below, above in ((u, 1.0, 3.0), (w, 0.0, 1e-3)):
        function.x.array[dofs_at(function, domain, BELOW)] = below
        function.x.array[dofs_at(function, domain, ABOVE)] = above
    fields = [
        Field(
            name,
            function,
            size,
            form,
            np.concatenate([dofs_at(function, domain, BELOW), dofs_at(function, domain, ABOVE)]),
        )
        for name, function, size, form in (
            ("u", u, 1.0, ufl.inner(ufl.grad(u), ufl.grad(v)) * dx),
            ("w", w, 1e-3, ufl.inner(u * ufl.grad(w), ufl.grad(q)) * dx),
        )
    ]
    CoupledNewton(CoupledProblem("pair", domain, fields), linear=linear).solve()
    return u, w


def check_one_field_steers_another():
    domain = column()
    for linear in ("direct", "iterative"):
        u, w = two_fields(domain, linear)
        assert largest_error(u, lambda x: 1.0 + 2.0 * x[1]) < 1e-9
        assert largest_error(w, lambda x: 1e-3 * np.log(1.0 + 2.0 * x[1]) / np.log(3.0)) < 1e-6


def check_tied_dofs_and_a_flux_make_the_scalar_that_they_need():
    """Height 1, conductivity 2, width 0.5: a current of 3 needs a potential of 3."""
    domain = column()
    u = unknown(domain, 2)
    v = ufl.TestFunction(u.function_space)
    level = ufl.variable(fem.Constant(domain.mesh, 0.0))
    field = Field("u", u, 1.0, 2.0 * ufl.inner(ufl.grad(u), ufl.grad(v)) * domain.dx(2), dofs_at(u, domain, BELOW))
    scalar = Scalar("level", level, 1.0, None, 3.0, ("u", dofs_at(u, domain, ABOVE)))
    CoupledNewton(CoupledProblem("tied", domain, [field], [scalar])).solve()
    assert float(scalar.constant.value) == pytest.approx(3.0, rel=1e-10)


def check_a_term_with_given_derivatives_counts_as_one_that_ufl_derives():
    domain = column()
    found = []
    for by_hand in (False, True):
        u = unknown(domain, 1, 0.5)
        space = u.function_space
        trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
        level = ufl.variable(fem.Constant(domain.mesh, 0.0))
        metal = level.ufl_operands[0] if by_hand else level
        ds = domain.ds([ABOVE], 6)
        equation = ufl.inner(ufl.grad(u), ufl.grad(test)) * domain.dx(2)
        current, slope = ufl.sinh(metal - u), ufl.cosh(metal - u)
        given = [
            GivenTerm("u", -current * test * ds, {"u": slope * trial * test * ds, "level": -slope * test * ds}),
            GivenTerm("level", current * ds, {"u": -slope * test * ds, "level": slope * ds}),
        ]
        if not by_hand:
            equation -= current * test * ds
        scalar = Scalar("level", level, 1.0, None if by_hand else current * ds, 1.0)
        field = Field("u", u, 1.0, equation, dofs_at(u, domain, BELOW))
        u.x.array[field.pinned] = 0.0
        problem = CoupledProblem("electrode", domain, [field], [scalar], given if by_hand else ())
        CoupledNewton(problem).solve()
        found.append(float(scalar.constant.value))
    # a current of 1 through a width of 0.5: 2 per length, so that u = 2 above
    assert found == pytest.approx([2.0 + np.arcsinh(2.0)] * 2, rel=1e-10)


def check_a_pure_neumann_field_takes_its_amount_from_a_scalar():
    domain = column()
    u = unknown(domain, 2, 1.0)
    v = ufl.TestFunction(u.function_space)
    flow = v * domain.ds([ABOVE], 2) - v * domain.ds([BELOW], 2)
    field = Field("u", u, 1.0, ufl.inner(ufl.grad(u), ufl.grad(v)) * domain.dx(2) - flow)
    level = ufl.variable(fem.Constant(domain.mesh, 0.0))
    anchor = np.zeros(1 if COMM.rank == 0 else 0, dtype=np.int32)
    amount = Scalar("level", level, 1.0, u * domain.dx(2), 3.5, ("u", anchor), counts_flux=False)
    CoupledNewton(CoupledProblem("amount", domain, [field], [amount])).solve()
    assert largest_error(u, lambda x: 6.5 + x[1]) < 1e-9


def check_a_positive_field_stays_positive_and_what_has_no_solution_says_where():
    """ln u = ln 0.01 from a far start; and u^2 + 1 = 0, which no u solves."""
    domain = column()
    u = unknown(domain, 1, 50.0)
    v = ufl.TestFunction(u.function_space)
    field = Field("u", u, 1.0, (ufl.ln(u) - np.log(0.01)) * v * domain.dx(4), positive=True)
    CoupledNewton(CoupledProblem("logarithm", domain, [field])).solve()
    assert largest_error(u, lambda x: 0.01 + 0.0 * x[1]) < 1e-9
    field = Field("u", u, 1.0, (u**2 + 1.0) * v * domain.dx(4))
    u.x.array[:] = 2.0
    with pytest.raises(ConvergenceError, match=r"impossible: Newton's method stopped .* the u still wanted .* x = "):
        CoupledNewton(CoupledProblem("impossible", domain, [field]), maximum_steps=8).solve()


class BrokenMatrix:
    """In place of a problem's own matrix, which it is but for one call, when it is not a number."""

    def __init__(self, problem, call):
        self.original, self.left = problem.jacobian, call
        problem.jacobian = self

    def __call__(self):
        matrix, columns, rows, corner = self.original()
        self.left -= 1
        if self.left == 0:
            matrix.scale(np.nan)
        return matrix, columns, rows, corner


def check_a_solve_may_follow_one_in_which_a_linear_solver_failed():
    """The same object then finds the solution of ln u + level = 0 with a mean of 2, as if nothing had been."""
    domain = column()
    for scalars in (False, True):
        u = unknown(domain, 1, 1.0)
        v = ufl.TestFunction(u.function_space)
        level = ufl.variable(fem.Constant(domain.mesh, 0.0))
        known = level if scalars else -np.log(2.0)
        field = Field("u", u, 1.0, (ufl.ln(u) + known) * v * domain.dx(4), positive=True)
        of_mean = [Scalar("level", level, 1.0, u * domain.dx(2), 1.0, counts_flux=False)] if scalars else []
        problem = CoupledProblem("interrupted", domain, [field], of_mean)
        newton = CoupledNewton(problem)
        for step in (2, 3):
            BrokenMatrix(problem, step)
            with pytest.raises(ConvergenceError, match="interrupted: the linear solver"):
                newton.solve()
            u.x.array[:] = 1.0
            level.ufl_operands[0].value = 0.0
            newton.solve()
            assert largest_error(u, lambda x: 2.0 + 0.0 * x[1]) < 1e-9
            u.x.array[:] = 1.0
            level.ufl_operands[0].value = 0.0


def check_unknown_names_are_refused():
    domain = column()
    u = unknown(domain, 1)
    v = ufl.TestFunction(u.function_space)
    field = Field("u", u, 1.0, u * v * domain.dx(2))
    with pytest.raises(ValueError, match="no unknown is called w"):
        CoupledProblem("names", domain, [field], given=[GivenTerm("w", v * domain.dx(2), {})])
    with pytest.raises(ValueError, match="same name"):
        CoupledProblem("names", domain, [field, field])


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
