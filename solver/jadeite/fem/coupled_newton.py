# SPDX-License-Identifier: LGPL-3.0-or-later
"""Newton's method with line search (PETSc SNES) for coupled fields and scalars.

Fields of different units share one vector, so nothing may be measured by its plain norm. A solve ends when the full
Newton step of every field and scalar is small against the size that the field varies by: with quadratic convergence the
error left is about the square of that step. The line search weighs each equation by the size of its diagonal times that
of its field; linear systems are in these units too. The few scalars are eliminated from the linear systems; rows and
columns of their border may differ.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc

from jadeite.fem.coupled import CoupledProblem
from jadeite.fem.newton_loop import NewtonLoop
from jadeite.fem.solvers import ConvergenceError, LinearMethod, choose_method, reason_of_newton

#: Share of its value that a positive field may lose in one step.
_LARGEST_LOSS = 0.9
_PREFIX = itertools.count()

_OPTIONS: dict[LinearMethod, dict[str, str]] = {
    LinearMethod.DIRECT: {
        "ksp_type": "preonly",
        "pc_type": "lu",
        "pc_factor_mat_solver_type": "mumps",
        # saddle points make the factor larger than foreseen
        "mat_mumps_icntl_14": "100",
    },
    # All fields of a neighbourhood together, because they depend on each other as strongly as on themselves.
    LinearMethod.ITERATIVE: {
        "ksp_type": "gmres",
        "ksp_pc_side": "right",
        "ksp_gmres_restart": "200",
        "ksp_rtol": "1e-9",
        "ksp_max_it": "2000",
        "pc_type": "asm",
        "pc_asm_overlap": "1",
        "sub_pc_type": "ilu",
        "sub_pc_factor_levels": "2",
        "sub_pc_factor_mat_ordering_type": "rcm",
    },
}


#: One elliptic field, such as a displacement: multigrid, told what moves it without force.
_ELLIPTIC = {
    "ksp_type": "gmres",
    "ksp_pc_side": "right",
    "ksp_gmres_restart": "100",
    "ksp_rtol": "1e-9",
    "ksp_max_it": "1000",
    "pc_type": "gamg",
    "pc_gamg_threshold": "-1",
    "mg_levels_ksp_type": "richardson",
    "mg_levels_ksp_max_it": "1",
    "mg_levels_pc_type": "sor",
}


@dataclass(frozen=True)
class CoupledReport:
    """What a solve did: Newton steps, and the last full step over the size of the field it was largest in."""

    steps: int
    last_step: float


class CoupledNewton:
    """Newton's method for a `CoupledProblem`; keeps all set-up between solves."""

    def __init__(
        self,
        problem: CoupledProblem,
        *,
        linear: str = "automatic",
        tolerance: float = 1e-7,
        maximum_steps: int = 40,
        progress: Callable[[int, float], None] | None = None,
        near_null_space: PETSc.NullSpace | None = None,
        advice: str = "Try a smaller current or voltage",
    ) -> None:
        """Prepare SNES and the linear solver.

        Args:
            problem: fields, scalars and their equations.
            linear: `automatic`, `direct` (MUMPS) or `iterative`.
            tolerance: full Newton step over the size of its field at which a solve ends.
            maximum_steps: before a solve is given up.
            progress: called with step and weighed residual norm of each Newton step.
            near_null_space: of a problem with one elliptic field, for which the iterative method is multigrid.
            advice: one thing to try, for the message of a solve that fails.

        Note:
            Collective.
        """
        self.problem = problem
        self.tolerance, self.maximum_steps, self.advice = tolerance, maximum_steps, advice
        self._size = int(problem.offsets[-1])
        count = len(problem.scalars)
        # The scalars live on rank 0, behind its part of the fields.
        self._extra = count if problem.comm.rank == 0 else 0
        total = self._size + self._extra
        self._part, self._step = problem.new_vector(), problem.new_vector()
        self._field_sizes = np.array([one.size for one in problem.fields])
        self._units = problem.new_vector()
        self._units.getArray()[:] = np.repeat(self._field_sizes, problem.sizes)
        self._scalar_sizes = np.array([one.size for one in problem.scalars])
        self._weights = np.ones(total)
        self._last_step, self._worst = np.inf, ""
        self._assembled = False
        self._matrix: PETSc.Mat = problem.matrix
        self._columns: list[PETSc.Vec] = []
        self._rows: list[PETSc.Vec] = []
        self._corner = np.zeros((count, count))
        self._near_null_space = near_null_space
        unknowns = problem.comm.allreduce(self._size, op=MPI.SUM)
        self.method = choose_method(linear, unknowns, problem.domain.dimension)
        elliptic = near_null_space is not None and self.method is LinearMethod.ITERATIVE
        self._options = _ELLIPTIC if elliptic else _OPTIONS[self.method]
        self._linear = self._linear_solver()

        self._loop = NewtonLoop(self, problem.comm, total, progress, own_test=True)

    def solve(self) -> CoupledReport:
        """Solve from the present state.

        Raises:
            ConvergenceError: naming the field and place of the largest step that was still wanted; fields and scalars
                keep their last values. Another solve may follow.

        Note:
            Collective.
        """
        loop, problem = self._loop, self.problem
        self.start(loop.flat)
        snes = loop.snes
        snes.setTolerances(rtol=0.0, atol=0.0, stol=0.0, max_it=self.maximum_steps)
        loop.run()
        self._unpack(loop.flat)
        reason = snes.getConvergedReason()
        # A line search cannot reduce a residual at rounding level: with a small step left, it has arrived.
        stuck = reason == PETSc.SNES.ConvergedReason.DIVERGED_LINE_SEARCH
        if reason > 0 or (stuck and self._last_step <= 1e3 * self.tolerance):
            return CoupledReport(snes.getIterationNumber(), self._last_step)
        place = f"; {self._worst}" if self._worst else ""
        raise ConvergenceError(
            f"{problem.name}: Newton's method stopped with {reason_of_newton(reason)} after "
            f"{snes.getIterationNumber()} steps{place}. {self.advice}."
        )

    # For loops of one's own, such as one along a path: what SNES does by itself

    def start(self, flat: PETSc.Vec | None = None) -> PETSc.Vec:
        """Return fields and scalars as they are in one vector, a new one if None, and weigh the equations there.

        Note:
            Collective.
        """
        flat = self._loop.flat.duplicate() if flat is None else flat
        self._last_step, self._worst = np.inf, ""
        scalars = self.problem.collect(self._part)
        self._pack(self._part, scalars, flat)
        self._unpack(flat)
        self._weigh()
        return flat

    def assign(self, flat: PETSc.Vec) -> None:
        """Give fields and scalars the values of a vector. Collective."""
        self._unpack(flat)

    def size_of(self, change: PETSc.Vec) -> float:
        """Return the largest entry of a change of fields and scalars over the size that it varies by. Collective."""
        scalars = self._split(change, self._step) / self._scalar_sizes
        self._step.pointwiseDivide(self._step, self._units)
        self._measure(scalars)
        return self._last_step

    @property
    def worst(self) -> str:
        """Where the last change that was measured is largest, in words."""
        return self._worst

    # What SNES calls

    def evaluate(self, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        """Evaluate the weighed residual of fields and scalars."""
        self._unpack(flat)
        scalar_residual = self.problem.residual(self._part)
        self._pack(self._part, scalar_residual, out)
        out.getArray()[:] *= self._weights

    def linearise(self, flat: PETSc.Vec) -> None:
        """Assemble the bordered matrix in units of the sizes, factorise it and eliminate the scalars."""
        self._unpack(flat)
        if not self._assembled:  # the matrix at the start of a solve has been assembled to weigh the equations
            self._assemble()
        self._assembled = False
        self._part.getArray()[:] = self._weights[: self._size]
        self._matrix.diagonalScale(self._part, self._units)
        for column, size in zip(self._columns, self._scalar_sizes, strict=True):
            column.pointwiseMult(column, self._part)
            column.scale(size)
        weights = self.problem.comm.bcast(self._weights[self._size :].copy(), root=0)
        for row, weight in zip(self._rows, weights, strict=True):
            row.pointwiseMult(row, self._units)
            row.scale(weight)
        self._corner = weights[:, None] * self._corner * self._scalar_sizes
        if self._near_null_space is not None:
            self._matrix.setNearNullSpace(self._near_null_space)
        self._linear.setOperators(self._matrix)
        self._responses = []
        for column in self._columns:
            response = column.duplicate()
            self._solve_linear(column, response)
            self._responses.append(response)
        coupling = np.array([[row.dot(response) for response in self._responses] for row in self._rows])
        self._schur = self._corner - coupling.reshape(self._corner.shape)

    def multiply(self, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        """Multiply with the weighed bordered matrix."""
        scalars = self._split(flat, self._step) / self._scalar_sizes
        self._step.pointwiseDivide(self._step, self._units)
        self._matrix.mult(self._step, self._part)
        for value, column in zip(scalars, self._columns, strict=True):
            self._part.axpy(value, column)
        below = np.array([row.dot(self._step) for row in self._rows]) + self._corner @ scalars
        self._pack(self._part, below, out)

    def step(self, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        """Solve with the weighed bordered matrix, and shorten the step where a positive field would be used up."""
        scalar_force = self._split(flat, self._part)
        self._solve_linear(self._part, self._step)
        scalars = np.zeros(len(self.problem.scalars))
        if len(scalars):
            rest = scalar_force - np.array([row.dot(self._step) for row in self._rows])
            scalars = np.linalg.solve(self._schur, rest)
            for value, response in zip(scalars, self._responses, strict=True):
                self._step.axpy(-value, response)
        self._measure(scalars)
        self._step.pointwiseMult(self._step, self._units)
        share = self._largest_share()
        self._step.scale(share)
        self._pack(self._step, share * scalars * self._scalar_sizes, out)

    def has_converged(self, steps: int, norm: float) -> int:
        """Return SNES's reason to stop: the last full step was small, or the residual is exactly zero."""
        reasons = PETSc.SNES.ConvergedReason
        if not np.isfinite(norm):
            return int(reasons.DIVERGED_FNORM_NAN)
        if norm == 0.0:
            return int(reasons.CONVERGED_FNORM_ABS)
        return int(reasons.CONVERGED_SNORM_RELATIVE) if steps and self._last_step <= self.tolerance else 0

    # Sizes

    def _weigh(self) -> None:
        """Weights of the equations: one over diagonal times size of the field, from the matrix at the start."""
        self._assemble()
        self._assembled = True
        problem, comm = self.problem, self.problem.comm
        diagonal = np.abs(self._matrix.getDiagonal().getArray(readonly=True)).copy()
        diagonal[problem.replaced] = 0.0
        for row, size in enumerate(self._field_sizes):
            low, high = problem.offsets[row : row + 2]
            squares = comm.allreduce(float((diagonal[low:high] ** 2).sum()), op=MPI.SUM)
            self._weights[low:high] = 1.0 / (np.sqrt(squares) * size)
        # rows that say what a dof is have its size as theirs
        self._weights[problem.replaced] = 1.0 / self._units.getArray(readonly=True)[problem.replaced]
        for number, row_vector in enumerate(self._rows):
            values = np.abs(row_vector.getArray(readonly=True))
            scale = comm.allreduce(float(values @ self._units.getArray(readonly=True)), op=MPI.SUM)
            scale += float(np.abs(self._corner[number]) @ self._scalar_sizes)
            if self._extra:
                self._weights[self._size + number] = 1.0 / scale

    def _measure(self, scalars: NDArray[np.float64]) -> None:
        """Remember the largest entry of a full step, which is in units of the sizes, and where it is."""
        problem, comm = self.problem, self.problem.comm
        relative = np.abs(self._step.getArray(readonly=True))
        here = float(relative.max(initial=0.0))
        largest, rank = comm.allreduce((here, comm.rank), op=MPI.MAXLOC)
        text = ""
        if comm.rank == rank and len(relative):
            one, dof = problem.field_of(int(np.argmax(relative)))
            space = one.function.function_space
            place = problem.domain.describe_dof(space, dof // space.dofmap.index_map_bs)
            text = f"the {one.name} still wanted to change most at {place}"
        self._worst = comm.bcast(text, root=rank)
        of_scalars = np.abs(scalars)
        if len(of_scalars) and of_scalars.max() > largest:
            largest = float(of_scalars.max())
            self._worst = f"the {problem.scalars[int(np.argmax(of_scalars))].name} still wanted to change most"
        self._last_step = float(largest)

    def _largest_share(self) -> float:
        """The share of the step that leaves every positive field a tenth of its value. SNES subtracts the step."""
        share = 1.0
        values = self._step.getArray(readonly=True)
        for row, one in enumerate(self.problem.fields):
            if one.positive:
                low, high = self.problem.offsets[row : row + 2]
                present, loss = one.function.x.array[: high - low], values[low:high]
                falling = loss > _LARGEST_LOSS * present
                if falling.any():
                    share = min(share, float((_LARGEST_LOSS * present[falling] / loss[falling]).min()))
        return float(self.problem.comm.allreduce(share, op=MPI.MIN))

    # Linear algebra

    def _assemble(self) -> None:
        self._matrix, self._columns, self._rows, self._corner = self.problem.jacobian()

    def _linear_solver(self) -> PETSc.KSP:
        """A linear solver that has seen no matrix yet."""
        ksp = PETSc.KSP().create(self.problem.comm)
        self._option_prefix = f"jadeite_coupled_{next(_PREFIX)}_"
        ksp.setOptionsPrefix(self._option_prefix)
        self._configured = False
        return ksp

    def _solve_linear(self, force: PETSc.Vec, solution: PETSc.Vec) -> None:
        ksp = self._linear
        if not self._configured:
            # options of the parts of a preconditioner are read when it is set up, so that they stay until then
            database = PETSc.Options()
            for key, value in self._options.items():
                database[self._option_prefix + key] = value
            ksp.setFromOptions()
            ksp.setUp()
            for key in self._options:
                database.delValue(self._option_prefix + key)
            self._configured = True
        ksp.solve(force, solution)
        if ksp.getConvergedReason() < 0:
            # MUMPS does not recover from a matrix that it could not factorise
            self._linear = self._linear_solver()
            raise ConvergenceError(
                f"{self.problem.name}: the linear solver ({self.method}) failed after {ksp.getIterationNumber()} "
                f"iterations. "
                + ("Try `solver: {linear: direct}`." if self.method is LinearMethod.ITERATIVE else f"{self.advice}.")
            )

    # One vector for fields and scalars

    def _pack(self, fields: PETSc.Vec, scalars: NDArray[np.float64], flat: PETSc.Vec) -> None:
        values = flat.getArray()
        values[: self._size] = fields.getArray(readonly=True)
        values[self._size :] = scalars[: self._extra]
        flat.assemble()

    def _split(self, flat: PETSc.Vec, fields: PETSc.Vec) -> NDArray[np.float64]:
        values = flat.getArray(readonly=True)
        fields.getArray()[:] = values[: self._size]
        scalars: NDArray[np.float64] = self.problem.comm.bcast(values[self._size :].copy(), root=0)
        return scalars

    def _unpack(self, flat: PETSc.Vec) -> None:
        self.problem.assign(self._part, self._split(flat, self._part))
