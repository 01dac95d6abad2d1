# SPDX-License-Identifier: LGPL-3.0-or-later
"""The minimum of a quadratic function between bounds, by a primal-dual active set.

    minimise  x.A x / 2 - b.x   subject to   lower <= x <= upper,   A symmetric positive definite

Each step guesses which unknowns sit on a bound, from where a step of Jacobi's method would take them, and solves for
the others; it ends when the guess repeats itself (Hintermueller, Ito and Kunisch 2003). The matrix is assembled once;
conjugate gradients with an incomplete factor solve the small systems of a growing crack faster than any factorisation,
because the local term of the crack's energy bounds their condition number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from petsc4py import PETSc

from jadeite.fem.solvers import ConvergenceError

#: Active sets that are tried before the search is given up.
_LIMIT = 200

#: Relative tolerance of the conjugate gradients.
_TOLERANCE = 1e-11

_OPTIONS = {
    "ksp_type": "cg",
    "ksp_norm_type": "unpreconditioned",
    "pc_type": "bjacobi",
    "sub_pc_type": "icc",
    "sub_pc_factor_shift_type": "positive_definite",
}


@dataclass
class BoundedQuadratic:
    """Solves one bounded problem after the other; counts what that took.

    Attributes:
        name: what messages call it.
    """

    name: str

    def __post_init__(self) -> None:
        self.sets, self.iterations = 0, 0

    def solve(
        self, matrix: PETSc.Mat, right_hand_side: PETSc.Vec, lower: PETSc.Vec, upper: PETSc.Vec, x: PETSc.Vec
    ) -> None:
        """Solve for x, which holds the first guess.

        Raises:
            ConvergenceError: when the active set does not settle or a linear system is not solved.

        Note:
            Collective.
        """
        comm = matrix.comm.tompi4py()
        first, _ = matrix.getOwnershipRange()
        low, high = lower.getArray(readonly=True).copy(), upper.getArray(readonly=True).copy()
        values = np.clip(x.getArray(readonly=True), low, high)
        x.getArray()[:] = values
        diagonal = matrix.getDiagonal().getArray(readonly=True).copy()
        gradient = right_hand_side.duplicate()
        # unknowns on a bound by the first guess of the gradient
        before = None
        for _ in range(_LIMIT):
            matrix.mult(x, gradient)
            gradient.axpy(-1.0, right_hand_side)
            target = x.getArray(readonly=True) - gradient.getArray(readonly=True) / diagonal
            active = np.where((target <= low) | (low >= high), -1, np.where(target >= high, 1, 0))
            same = before is not None and bool((active == before).all())
            if comm.allreduce(int(not same)) == 0:
                return
            before = active
            self.sets += 1
            values = x.getArray()
            values[:] = np.where(active < 0, low, np.where(active > 0, high, values))
            self._solve_free(matrix, right_hand_side, x, np.flatnonzero(active == 0) + first)
        raise ConvergenceError(
            f"{self.name}: the set of places on a bound did not settle within {_LIMIT} guesses. "
            "Try a smaller load step."
        )

    def _solve_free(self, matrix: PETSc.Mat, right_hand_side: PETSc.Vec, x: PETSc.Vec, free: np.ndarray) -> None:
        """Solve for some unknowns (global numbers on this rank), the others being given."""
        chosen = PETSc.IS().createGeneral(free.astype(PETSc.IntType), comm=matrix.comm)
        if chosen.getSize() == 0:
            chosen.destroy()
            return
        residual = right_hand_side.duplicate()
        matrix.mult(x, residual)
        residual.aypx(-1.0, right_hand_side)
        block = matrix.createSubMatrix(chosen, chosen)
        block.setOption(PETSc.Mat.Option.SPD, True)
        of_free = residual.getSubVector(chosen)
        step = of_free.duplicate()
        ksp = PETSc.KSP().create(matrix.comm)
        prefix = f"jadeite_bounded_{id(ksp)}_"
        ksp.setOptionsPrefix(prefix)
        options = PETSc.Options()
        for key, value in _OPTIONS.items():
            options[prefix + key] = value
        ksp.setOperators(block)
        ksp.setFromOptions()
        ksp.setTolerances(rtol=_TOLERANCE, atol=1e-300, max_it=5000)
        ksp.setUp()
        ksp.setUpOnBlocks()
        for key in _OPTIONS:
            options.delValue(prefix + key)
        if of_free.norm() > 0.0:
            ksp.solve(of_free, step)
            self.iterations += ksp.getIterationNumber()
            if ksp.getConvergedReason() < 0:
                raise ConvergenceError(
                    f"{self.name}: conjugate gradients stopped after {ksp.getIterationNumber()} iterations. Check the "
                    "mesh report, or try a smaller load step."
                )
            values = x.getArray()
            first, _ = matrix.getOwnershipRange()
            values[free - first] += step.getArray(readonly=True)
        residual.restoreSubVector(chosen, of_free)
        for made in (ksp, block, chosen, step, residual):
            made.destroy()
