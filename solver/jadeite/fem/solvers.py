# SPDX-License-Identifier: LGPL-3.0-or-later
"""Linear solvers by name, and the errors of solvers that do not converge.

The table of options is the only place where PETSc options are chosen. The measurements behind it: in two dimensions
and up to a few hundred thousand unknowns a sparse Cholesky factor costs one or two seconds and solves again in
hundredths of a second, and it does not mind contrast or anisotropy; above that, and for all but small problems in
three dimensions, conjugate gradients with multigrid need less time and a third of the memory. Fields of degree two and
more, and fields with stiff ties between their pieces, bring coarse levels; algebraic multigrid takes over from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from petsc4py import PETSc

from jadeite.fem.multigrid import CoarseLevel


class LinearMethod(StrEnum):
    """How linear systems are solved."""

    DIRECT = "direct"
    ITERATIVE = "iterative"
    DIAGONAL = "diagonal"
    """For mass matrices, whose diagonal says almost everything; never chosen by itself."""


#: Unknowns up to which a factorisation is chosen when the case says `automatic`. In two dimensions the factor of a
#: million unknowns of elasticity served 22 loads in a quarter of the time that multigrid took.
DIRECT_LIMIT = {2: 2_000_000, 3: 60_000}

#: Couplings weaker than this, relative to the diagonal, do not make aggregates in algebraic multigrid of scalar fields:
#: grains behind blocking boundaries stay apart. With it conduction in a polycrystal takes 9 to 13 iterations whatever
#: its boundaries resist, from 1e-4 to 1e4 times their grains (check G2).
_THRESHOLD = "0.02"

_OPTIONS: dict[LinearMethod, dict[str, str]] = {
    # The factor stays a preconditioner of conjugate gradients, so that it can serve several similar matrices.
    LinearMethod.DIRECT: {
        "ksp_type": "cg",
        "ksp_norm_type": "unpreconditioned",
        "pc_type": "cholesky",
        "pc_factor_mat_solver_type": "mumps",
        "mat_mumps_icntl_7": "5",
    },
    LinearMethod.ITERATIVE: {
        "ksp_type": "cg",
        "ksp_norm_type": "unpreconditioned",
        "pc_type": "gamg",
        "pc_gamg_threshold": _THRESHOLD,
        "mg_levels_ksp_type": "richardson",
        "mg_levels_ksp_max_it": "1",
        "mg_levels_pc_type": "sor",
    },
    LinearMethod.DIAGONAL: {"ksp_type": "cg", "ksp_norm_type": "unpreconditioned", "pc_type": "jacobi"},
}

#: The iterative method for a field that brings a coarse level.
_WITH_COARSE_LEVEL = {
    "ksp_type": "cg",
    "ksp_norm_type": "unpreconditioned",
    "pc_type": "mg",
    "mg_levels_ksp_type": "richardson",
    "mg_levels_ksp_max_it": "1",
    "mg_levels_pc_type": "sor",
    "mg_coarse_ksp_type": "preonly",
    "mg_coarse_pc_type": "gamg",
    "mg_coarse_pc_gamg_threshold": "-1",
    "mg_coarse_mg_levels_ksp_type": "richardson",
    "mg_coarse_mg_levels_ksp_max_it": "1",
    "mg_coarse_mg_levels_pc_type": "sor",
}


class ConvergenceError(RuntimeError):
    """A solver did not converge; the message names the block, the reason, the place and one thing to try."""


def choose_method(requested: str, unknowns: int, dimension: int) -> LinearMethod:
    """Return the linear method for a requested name (`automatic`, `direct` or `iterative`) and a problem size."""
    if requested == "automatic":
        return LinearMethod.DIRECT if unknowns <= DIRECT_LIMIT[dimension] else LinearMethod.ITERATIVE
    return LinearMethod(requested)


@dataclass(eq=False)
class LinearSolver:
    """A symmetric positive definite system solved again and again with slowly changing matrices.

    Attributes:
        name: block that the messages name, for example "conduction".
        method: entry of the option table.
        relative_tolerance: of the unpreconditioned residual.
        coarse: coarse levels that a field brings; the iterative method starts from them.
        remembered: how many earlier solutions give the first guess of an iteration, for one matrix and many loads.
    """

    name: str
    method: LinearMethod
    relative_tolerance: float = 1e-12
    coarse: CoarseLevel | None = None
    remembered: int = 0

    def __post_init__(self) -> None:
        self._ksp: PETSc.KSP | None = None
        self.iterations = 0
        self._usual = 0

    #: Iterations above which a preconditioner built for an earlier matrix is built anew, if half as many again as with
    #: a fresh one.
    rebuild_above = 12

    def set_operator(self, matrix: PETSc.Mat, renew: bool = False) -> None:
        """Use a matrix from now on; an earlier preconditioner is kept as long as it converges quickly.

        With `renew` it is made anew at once, for matrices that have little in common.
        """
        if self._ksp is None:
            matrix.setOption(PETSc.Mat.Option.SPD, True)
            self._ksp = PETSc.KSP().create(matrix.comm)
            prefix = f"jadeite_{self.name}_{id(self)}_"
            self._ksp.setOptionsPrefix(prefix)
            options = PETSc.Options()
            chosen = self._options(matrix)
            for key, value in chosen.items():
                options[prefix + key] = value
            self._ksp.setOperators(matrix)
            if self._coarse_level is not None:
                preconditioner = self._ksp.getPC()
                preconditioner.setType("mg")
                chain = self._coarse_level.chain
                preconditioner.setMGLevels(len(chain) + 1)
                for depth, level in enumerate(chain):
                    preconditioner.setMGInterpolation(len(chain) - depth, level.interpolation)
            self._prepare_coarse_levels(matrix)
            self._ksp.setFromOptions()
            if self._coarse_level is not None:
                self._ksp.setUp()  # the options of the coarse level are read now, while they are there
            for key in chosen:
                options.delValue(prefix + key)
            self._ksp.setTolerances(rtol=self.relative_tolerance, atol=1e-300, max_it=2000)
            self._ksp.setErrorIfNotConverged(False)
            self._fresh = True
        else:
            self._ksp.setOperators(matrix)
            self._ksp.getPC().setReusePreconditioner(not renew)
            self._fresh = renew
            if renew:
                self._prepare_coarse_levels(matrix)

    def solve(self, right_hand_side: PETSc.Vec, solution: PETSc.Vec) -> None:
        """Solve for one right-hand side.

        Raises:
            ConvergenceError: when the iteration fails with a preconditioner made for this very matrix.
        """
        assert self._ksp is not None, "set_operator first"
        if right_hand_side.norm() == 0.0:
            solution.zeroEntries()
            return
        self._ksp.solve(right_hand_side, solution)
        self._count()
        reason = self._ksp.getConvergedReason()
        limit = max(self.rebuild_above, 3 * self._usual // 2)
        if self._fresh:
            self._usual = max(self._usual, self._ksp.getIterationNumber())
        elif reason < 0 or self._ksp.getIterationNumber() > limit:
            self._ksp.getPC().setReusePreconditioner(False)
            self._fresh = True
            self._usual = 0
            matrix, _ = self._ksp.getOperators()
            self._prepare_coarse_levels(matrix)
            self._ksp.setUp()
            if reason < 0:
                self._ksp.solve(right_hand_side, solution)
                self._count()
                reason = self._ksp.getConvergedReason()
        if reason > 0:
            return
        # Conjugate gradients may stagnate at rounding level just above the tolerance; the true residual decides.
        residual = self._relative_residual(right_hand_side, solution)
        if not residual < 1e3 * self.relative_tolerance:
            raise ConvergenceError(
                f"{self.name}: the linear solver ({self.method}) stopped with "
                f"{_name_of(PETSc.KSP.ConvergedReason, reason)} after "
                f"{self._ksp.getIterationNumber()} iterations at relative residual {residual:.1e}. "
                + (
                    "Try `solver: {linear: direct}`."
                    if self.method is LinearMethod.ITERATIVE
                    else "Check the mesh report and the materials."
                )
            )

    @property
    def _coarse_level(self) -> CoarseLevel | None:
        return self.coarse if self.method is LinearMethod.ITERATIVE else None

    def _options(self, matrix: PETSc.Mat) -> dict[str, str]:
        options = dict(_OPTIONS[self.method] if self._coarse_level is None else _WITH_COARSE_LEVEL)
        if self._coarse_level is not None and self._coarse_level.chain[-1].near_null_space is None:
            options["mg_coarse_pc_gamg_threshold"] = _THRESHOLD
        if self.method is LinearMethod.ITERATIVE and self._coarse_level is None and matrix.getNearNullSpace().handle:
            # weak couplings of displacements are no boundaries: a third fewer iterations in anisotropic grains
            options["pc_gamg_threshold"] = "-1"
        if self._coarse_level is not None and self._coarse_level.stiff and matrix.comm.size > 1:
            finest = f"mg_levels_{len(self._coarse_level.chain)}_"
            options |= {finest + "ksp_type": "chebyshev", finest + "ksp_max_it": "2"}
        if self.remembered and self.method is LinearMethod.ITERATIVE:
            options |= {"ksp_guess_type": "fischer", "ksp_guess_fischer_model": f"1,{self.remembered}"}
        return options

    def _prepare_coarse_levels(self, matrix: PETSc.Mat) -> None:
        """Bring the matrices of the coarse levels up to date with that of the finest."""
        if self._coarse_level is None:
            return
        assert self._ksp is not None
        preconditioner, chain = self._ksp.getPC(), self._coarse_level.chain
        for depth, level in enumerate(chain, start=1):
            matrix = level.matrix(matrix)
            number = len(chain) - depth
            solver = preconditioner.getMGSmoother(number) if number else preconditioner.getMGCoarseSolve()
            solver.setOperators(matrix, matrix)

    def _relative_residual(self, right_hand_side: PETSc.Vec, solution: PETSc.Vec) -> float:
        assert self._ksp is not None
        matrix, _ = self._ksp.getOperators()
        residual = matrix.createVecLeft()
        matrix.mult(solution, residual)
        residual.axpy(-1.0, right_hand_side)
        return residual.norm() / right_hand_side.norm()

    def _count(self) -> None:
        assert self._ksp is not None
        self.iterations += self._ksp.getIterationNumber()


def _name_of(reasons: type, number: int) -> str:
    """Return PETSc's name of a converged reason."""
    for name in dir(reasons):
        if not name.startswith("_") and getattr(reasons, name) == number:
            return name
    return str(number)


def reason_of_newton(number: int) -> str:
    """Return PETSc's name of the reason why a Newton iteration ended."""
    return _name_of(PETSc.SNES.ConvergedReason, number)
