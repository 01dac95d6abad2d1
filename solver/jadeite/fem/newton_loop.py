# SPDX-License-Identifier: LGPL-3.0-or-later
"""PETSc's loop of Newton's method (SNES) around residuals, matrices and linear solvers of one's own.

What Python raises inside the loop, such as a linear solver that fails, passes through PETSc, which is left in the midst
of its work: its vectors stay locked against writing. Such a loop is thrown away with all its vectors and made anew, so
that the caller can return to an earlier state and try something smaller.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Protocol

from mpi4py import MPI
from petsc4py import PETSc

from jadeite.fem.solvers import ConvergenceError


class NewtonParts(Protocol):
    """What the loop asks for, in vectors that hold all unknowns."""

    def evaluate(self, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        """Write the residual at a state."""

    def linearise(self, flat: PETSc.Vec) -> None:
        """Prepare the matrix at a state and its solver."""

    def multiply(self, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        """Multiply with the matrix."""

    def step(self, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        """Solve with the matrix."""


class NewtonLoop:
    """Newton's method with backtracking line search.

    Attributes:
        snes: PETSc's loop; another one after a solve in which something was raised.
        flat: its state; likewise.
    """

    def __init__(
        self,
        parts: NewtonParts,
        comm: MPI.Comm,
        size: int,
        progress: Callable[[int, float], None] | None = None,
        own_test: bool = False,
    ) -> None:
        """Prepare the loop.

        Args:
            parts: residual, matrix and linear solver; they own the loop, which does not keep them alive.
            comm: communicator.
            size: unknowns of this rank.
            progress: called with step and residual norm of each step.
            own_test: whether the parts say when to stop, with a method `has_converged` that returns PETSc's reason, or
                0, for step and residual norm; else PETSc does by its tolerances.

        Note:
            Collective.
        """
        self._callbacks = _Callbacks(parts)
        self._comm, self._size, self._progress = comm, size, progress
        self._tested = own_test
        self._prepare()

    def run(self) -> None:
        """Solve from the state in `flat`; what a part raises comes out as it is.

        Raises:
            ConvergenceError: of a part, on all ranks; the loop is then a new one, for another solve.

        Note:
            Collective.
        """
        try:
            self.snes.solve(None, self.flat)
        except PETSc.Error as error:
            # Only this one is raised by all ranks together: an interrupt from the keyboard reaches one rank alone,
            # which would wait here for the others.
            if isinstance(error.__cause__, ConvergenceError):
                self._prepare()
            # PETSc wraps what a callback raises: the words of the linear solver, or an interrupt from the keyboard.
            if error.__cause__ is not None:
                raise error.__cause__ from None
            raise

    def _prepare(self) -> None:
        total = ((self._size, None),) * 2
        self.flat = PETSc.Vec().createMPI(total[0], comm=self._comm)
        snes = self.snes = PETSc.SNES().create(self._comm)
        snes.setFunction(self._callbacks.function, self.flat.duplicate())
        shell = PETSc.Mat().createPython(total, context=self._callbacks, comm=self._comm)
        shell.setUp()
        snes.setJacobian(self._callbacks.jacobian, shell)
        snes.setType("newtonls")
        snes.getLineSearch().setType("bt")
        if self._tested:
            snes.setConvergenceTest(self._callbacks.converged)
        ksp = snes.getKSP()
        ksp.setType("preonly")
        ksp.getPC().setType("python")
        ksp.getPC().setPythonContext(self._callbacks)
        if self._progress is not None:
            progress = self._progress
            snes.setMonitor(lambda _snes, step, norm: progress(step, norm))


class _Callbacks:
    """What SNES, its matrix and its preconditioner call back.

    PETSc keeps Python objects where the garbage collector does not see them. A strong reference from here would close a
    circle that is never freed, with the mesh and its communicators in it; a process that solves many problems would
    run out of those.
    """

    def __init__(self, parts: NewtonParts) -> None:
        self._parts = weakref.proxy(parts)

    def function(self, _snes: PETSc.SNES, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        self._parts.evaluate(flat, out)

    def jacobian(self, _snes: PETSc.SNES, flat: PETSc.Vec, _matrix: PETSc.Mat, shell: PETSc.Mat) -> None:
        self._parts.linearise(flat)
        shell.assemble()

    def converged(self, _snes: PETSc.SNES, steps: int, norms: tuple[float, float, float]) -> int:
        return int(self._parts.has_converged(steps, norms[2]))

    def mult(self, _matrix: PETSc.Mat, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        self._parts.multiply(flat, out)

    def apply(self, _preconditioner: PETSc.PC, flat: PETSc.Vec, out: PETSc.Vec) -> None:
        self._parts.step(flat, out)
