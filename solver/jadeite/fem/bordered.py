# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fields that share their equations with a few scalar unknowns, and Newton's method for them on PETSc SNES.

An equipotential electrode under current control has one unknown potential and one equation more, the total current;
generalised plane strain has one unknown thickness strain and the thickness force. Such systems read

    [ A    B ] [ field   ]   [ f ]
    [ B^T  D ] [ scalars ] = [ g ]

with a large sparse symmetric A and a few dense columns B. They are solved by block elimination: one solve with A for
each column and one for the right-hand side, so that any solver for A serves, on any number of ranks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc

from jadeite.fem.newton_loop import NewtonLoop
from jadeite.fem.solvers import ConvergenceError, LinearSolver, reason_of_newton


@dataclass
class BorderedSolver:
    """Block elimination with a solver for the large block.

    Attributes:
        solver: solver for A.
        columns: the columns of B.
        corner: D, shape (scalars, scalars).
    """

    solver: LinearSolver
    columns: Sequence[PETSc.Vec]
    corner: NDArray[np.float64]

    def __post_init__(self) -> None:
        self._responses = []
        for column in self.columns:
            response = column.duplicate()
            self.solver.solve(column, response)
            self._responses.append(response)
        coupling = np.array([[column.dot(response) for response in self._responses] for column in self.columns])
        self._schur = self.corner - coupling.reshape(self.corner.shape)

    def solve(self, force: PETSc.Vec, scalar_force: NDArray[np.float64], solution: PETSc.Vec) -> NDArray[np.float64]:
        """Solve for one right-hand side; the field part goes to solution, the scalar part is returned.

        Note:
            Collective.
        """
        self.solver.solve(force, solution)
        if not self._responses:
            return np.zeros(0)
        rest = scalar_force - np.array([column.dot(solution) for column in self.columns])
        scalars = np.linalg.solve(self._schur, rest)
        for value, response in zip(scalars, self._responses, strict=True):
            solution.axpy(-value, response)
        return scalars


class BorderedProblem(Protocol):
    """A nonlinear problem in one field and a few scalars, with a symmetric Jacobian."""

    name: str
    unknown: fem.Function
    scalars: NDArray[np.float64]

    def residual(self, field: PETSc.Vec) -> NDArray[np.float64]:
        """Assemble the residual at the present state: the field part into the vector, the scalar part returned."""
        ...

    def jacobian(self) -> tuple[PETSc.Mat, Sequence[PETSc.Vec], NDArray[np.float64]]:
        """Assemble A, the columns of B and D at the present unknown and scalars."""
        ...

    def describe_place(self, residual: PETSc.Vec) -> str:
        """Say where the largest entry of a residual lies, for the message of a failed solve."""
        ...


@dataclass
class NewtonReport:
    """What a Newton solve did."""

    steps: int
    residual: float
    reason: str


class BorderedNewton:
    """Newton's method with backtracking line search (PETSc SNES) for a `BorderedProblem`."""

    def __init__(
        self,
        problem: BorderedProblem,
        solver: LinearSolver,
        relative_tolerance: float,
        maximum_steps: int,
        progress: Callable[[int, float], None] | None = None,
    ) -> None:
        """Prepare SNES; relative_tolerance refers to the scale that is given to `solve`."""
        self.problem, self.solver = problem, solver
        self.relative_tolerance, self.maximum_steps = relative_tolerance, maximum_steps
        index_map = problem.unknown.function_space.dofmap.index_map
        self._size = index_map.size_local * problem.unknown.function_space.dofmap.index_map_bs
        self.comm: MPI.Comm = problem.unknown.function_space.mesh.comm
        # The scalars live on rank 0, behind its part of the field.
        self._extra = len(problem.scalars) if self.comm.rank == 0 else 0
        self._field = problem.unknown.x.petsc_vec.duplicate()
        self._step = problem.unknown.x.petsc_vec.duplicate()
        self._bordered: BorderedSolver | None = None
        self._matrix: PETSc.Mat | None = None
        self._target = 0.0

        self._loop = NewtonLoop(self, self.comm, self._size + self._extra, progress)

    def solve(self, scale: float) -> NewtonReport:
        """Solve from the present unknown and scalars.

        Args:
            scale: size of the load in the units of the residual (for conduction the total current per depth); the
                iteration ends when the residual norm is below relative_tolerance times it.

        Raises:
            ConvergenceError: when SNES ends without convergence; unknown and scalars keep their last values, and
                another solve may follow.
        """
        loop, snes = self._loop, self._loop.snes
        self._target = self.relative_tolerance * scale
        snes.setTolerances(rtol=1e-15, atol=self._target, stol=1e-14, max_it=self.maximum_steps)
        self._pack(self.problem.unknown.x.petsc_vec, self.problem.scalars, loop.flat)
        loop.run()
        self._unpack(loop.flat)
        report = NewtonReport(
            snes.getIterationNumber(), snes.getFunctionNorm() / scale, reason_of_newton(snes.getConvergedReason())
        )
        reason = snes.getConvergedReason()
        # A line search that cannot reduce a residual at rounding level has arrived; so have steps that only stir it.
        stuck = reason == PETSc.SNES.ConvergedReason.DIVERGED_LINE_SEARCH
        noise = max(1e3 * self.relative_tolerance if stuck else 0.0, self._rounding() / scale)
        arrived = reason > 0 or report.residual < noise
        if not arrived:
            self.problem.residual(self._field)
            raise ConvergenceError(
                f"{self.problem.name}: Newton's method stopped with {report.reason} after {report.steps} steps at "
                f"relative residual {report.residual:.1e}; {self.problem.describe_place(self._field)}. "
                f"Try a smaller current or voltage, or more "
                f"`solver.maximum_newton_steps` (now {self.maximum_steps})."
            )
        return report

    def _rounding(self) -> float:
        """Size of residuals that rounding leaves: large where conductances differ by many decades."""
        if self._matrix is None:  # no step was needed
            return 0.0
        size = self._matrix.norm(PETSc.NormType.INFINITY) * self.problem.unknown.x.petsc_vec.norm()
        return 10.0 * float(np.finfo(np.float64).eps * size)

    def evaluate(self, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        """Evaluate the residual of field and scalars."""
        self._unpack(flat)
        scalar_residual = self.problem.residual(self._field)
        self._pack(self._field, scalar_residual, out)

    def linearise(self, flat: PETSc.Vec) -> None:
        """Assemble the bordered matrix and prepare its solver."""
        self._unpack(flat)
        self._matrix, columns, corner = self.problem.jacobian()
        # further steps would only stir what rounding leaves
        self._loop.snes.setTolerances(atol=max(self._target, 0.1 * self._rounding()))
        self.solver.set_operator(self._matrix)
        self._bordered = BorderedSolver(self.solver, columns, corner)

    def multiply(self, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        """Multiply with the bordered matrix."""
        assert self._bordered is not None and self._matrix is not None
        scalars = self._split(flat, self._step)
        self._matrix.mult(self._step, self._field)
        for value, column in zip(scalars, self._bordered.columns, strict=True):
            self._field.axpy(value, column)
        below = (
            np.array([column.dot(self._step) for column in self._bordered.columns]) + self._bordered.corner @ scalars
        )
        self._pack(self._field, below, out)

    def step(self, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        """Solve with the bordered matrix."""
        assert self._bordered is not None
        scalar_force = self._split(flat, self._field)
        scalars = self._bordered.solve(self._field, scalar_force, self._step)
        self._pack(self._step, scalars, out)

    # One vector for field and scalars

    def _pack(self, field: PETSc.Vec, scalars: NDArray[np.float64], flat: PETSc.Vec) -> None:
        values = flat.getArray()
        values[: self._size] = field.getArray(readonly=True)[: self._size]
        values[self._size :] = scalars[: self._extra]
        flat.assemble()

    def _split(self, flat: PETSc.Vec, field: PETSc.Vec) -> NDArray[np.float64]:
        values = flat.getArray(readonly=True)
        field.getArray()[: self._size] = values[: self._size]
        return self.comm.bcast(values[self._size :].copy() if self.comm.rank == 0 else None, root=0)

    def _unpack(self, flat: PETSc.Vec) -> None:
        self.problem.scalars[:] = self._split(flat, self.problem.unknown.x.petsc_vec)
        self.problem.unknown.x.scatter_forward()
