# SPDX-License-Identifier: LGPL-3.0-or-later
"""The response of a field to a harmonic signal at many frequencies, from a few real factorisations.

A field x and one scalar U, the potential of a terminal, obey

    (K + i w M) x + (k + i w m) U = 0,        Y(w) = (kc + i w mc) + (k + i w m)^T x / U

with real symmetric matrices K (conductances, positive semidefinite) and M (capacitances, positive semidefinite) whose
sum is definite. All frequencies share one space of real vectors V, on which the complex system is solved as a small
dense one (Galerkin). V grows until the true residual of the whole system, which is that of its real 2x2 form

    | K  -w M | | x_r |     |   k U |
    | w M   K | | x_i | = - | w m U |

is below a tolerance at every frequency. A factorisation of the positive definite K + s M serves all frequencies near s:
its solutions for the real and the imaginary part of a residual are the vectors to add, so that within the space no
step can be worse than the iteration of this very preconditioner of the 2x2 form (Axelsson, Neytcheva and Ahmad, Numer.
Algorithms 66, 2014, 811), whose rate depends neither on the mesh nor on the frequency. As K and M are symmetric, the
error of Y is of second order in the residual.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc

from jadeite.fem.multigrid import CoarseLevel
from jadeite.fem.reduced_response import ReducedResponse, scaled_solve
from jadeite.fem.solvers import ConvergenceError, LinearMethod, LinearSolver
from jadeite.fem.state import Kept, Restart, State

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: Decades of frequency that one factorisation serves; measured on polycrystals: with fewer the factorisations cost more
#: than they save, with more the vectors do.
_DECADES = 1.5
#: Vectors that one visit to a frequency range may add before the sweep is given up.
_LARGEST_VISIT = 120
#: Visits after the first pass, for ranges that later vectors have disturbed.
_EXTRA_VISITS = 8
_SOLVE_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class BorderedMatrix:
    """A symmetric matrix on the unknowns of a field and one scalar beside them.

    Attributes:
        matrix: on the field.
        column: between field and scalar.
        corner: of the scalar.
    """

    matrix: PETSc.Mat
    column: PETSc.Vec
    corner: float


@dataclass(frozen=True, eq=False)
class ResponsePart:
    """What one mechanism adds to both matrices; None where it adds nothing."""

    name: str
    conductance: BorderedMatrix | None
    capacitance: BorderedMatrix | None


@dataclass(frozen=True, eq=False)
class ResponseSystem:
    """K and M with their borders, and the parts that they are the sum of.

    Attributes:
        conductance: K, k and kc; rows and columns of fixed unknowns hold a diagonal alone.
        capacitance: M, m and mc; rows and columns of fixed unknowns are empty, and there is no entry where K has none.
        parts: by mechanism, without anything done for fixed unknowns.
        steady: whether K is regular and drives a current, so that there is a response at frequency zero.
        coarse: coarse level of the field for the iterative method, or None.
    """

    conductance: BorderedMatrix
    capacitance: BorderedMatrix
    parts: Sequence[ResponsePart]
    steady: bool
    coarse: CoarseLevel | None = None

    @property
    def unknowns(self) -> int:
        """Number of unknowns on all ranks."""
        return int(self.conductance.matrix.getSize()[0])

    def shifted(self, shift: float) -> PETSc.Mat:
        """Return K + shift M."""
        matrix = self.conductance.matrix.copy()
        matrix.axpy(shift, self.capacitance.matrix, PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN)
        return matrix


class VectorRows(Protocol):
    """Vectors of a system as rows that know no partition."""

    def rows(self, vectors: Array) -> State:
        """Return what is to be kept of vectors (owned rows, vectors). Collective."""

    def vectors(self, kept: Kept) -> Array:
        """Return the vectors that were kept. Collective."""


@dataclass(frozen=True, eq=False)
class SweepReport:
    """What a sweep did: shifts (rad/s) that were factorised, vectors in the space, largest relative residual."""

    shifts: tuple[float, ...]
    vectors: int
    residual: float


def sweep(
    system: ResponseSystem,
    angular_frequencies: Array,
    method: LinearMethod,
    tolerance: float = 1e-7,
    progress: Callable[[float], None] | None = None,
    restart: tuple[Restart, VectorRows] | None = None,
) -> tuple[ReducedResponse, SweepReport]:
    """Find the response at all frequencies of a range.

    Args:
        system: the matrices.
        angular_frequencies: rising, rad/s; positive.
        method: how K + s M is solved.
        tolerance: of the true residual at each frequency, relative to the right-hand side.
        progress: called with the share of the range that is done.
        restart: where the vectors of the space are kept after each part of the range, and taken up again.

    Raises:
        ConvergenceError: when the residual stays above the tolerance.

    Note:
        Collective.
    """
    space = _Space(system)
    logarithms = np.log(angular_frequencies)
    count = max(1, int(np.ceil((logarithms[-1] - logarithms[0]) / (_DECADES * np.log(10.0)))))
    edges = np.linspace(logarithms[0], logarithms[-1], count + 1)
    band = np.clip(np.searchsorted(edges, logarithms, side="right") - 1, 0, count - 1)
    shifts: list[float] = []
    begun = 0
    kept = None if restart is None else restart[0].resume()
    if restart is not None and kept is not None:
        begun, shifts = kept["parts"], list(kept["shifts"])
        space.extend(restart[1].vectors(kept.part("vectors")))
    for number in range(begun, count):
        frequencies = angular_frequencies[band == number]
        if number == 0 and system.steady:
            frequencies = np.concatenate([[0.0], frequencies])
        if len(frequencies):
            shifts.append(float(np.exp(0.5 * (edges[number] + edges[number + 1]))))
            space.visit(shifts[-1], frequencies, method, tolerance)
        if progress is not None:
            progress((number + 1) / count)
        if restart is not None:
            restart[0].offer(partial(_state, space, number + 1, shifts, restart[1]))
    everywhere = np.concatenate([[0.0], angular_frequencies]) if system.steady else angular_frequencies
    residuals = space.residual_norms(everywhere)
    for _ in range(_EXTRA_VISITS):
        if residuals.max() <= tolerance:
            break
        worst = everywhere[int(np.argmax(residuals))]
        shifts.append(max(float(worst), float(angular_frequencies[0])))
        space.visit(shifts[-1], np.array([worst]), method, tolerance)
        residuals = space.residual_norms(everywhere)
    if not residuals.max() <= tolerance:
        raise ConvergenceError(
            f"impedance: the residual at {everywhere[int(np.argmax(residuals))] / (2.0 * np.pi):.3g} Hz stays at "
            f"{residuals.max():.1e} of the applied signal. Try `solver: {{linear: direct}}`, or a narrower range of "
            "frequencies."
        )
    return space.reduced(), SweepReport(tuple(shifts), space.size, float(residuals.max()))


def _state(space: _Space, parts: int, shifts: list[float], layout: VectorRows) -> State:
    return {"parts": parts, "shifts": shifts, "vectors": layout.rows(space.vectors)}


class _Space:
    """The space that grows, and the images of its vectors under K and M; each rank holds the rows that it owns."""

    def __init__(self, system: ResponseSystem) -> None:
        self.system = system
        self.comm: MPI.Comm = system.conductance.matrix.comm.tompi4py()
        self._vectors, self._conducted, self._stored = (_Columns(len(self._local(0))) for _ in range(3))
        self._work = system.conductance.column.duplicate()
        self._image = system.conductance.column.duplicate()

    @property
    def size(self) -> int:
        """Number of vectors."""
        return self._vectors.count

    @property
    def vectors(self) -> Array:
        """The vectors, shape (owned rows, vectors)."""
        return self._vectors.view

    def extend(self, vectors: Array) -> None:
        """Add orthonormal vectors, shape (owned rows, vectors). Collective."""
        for vector in vectors.T:
            self._append(np.ascontiguousarray(vector))

    def visit(self, shift: float, frequencies: Array, method: LinearMethod, tolerance: float) -> None:
        """Add vectors that one factorisation gives until the residual at some frequencies is small.

        Stops when nothing new is found or the visit grows too long; the caller looks at the residuals in the end.
        """
        solver: LinearSolver | None = None
        start = self.size
        while self.size - start < _LARGEST_VISIT:
            residuals, norms = self._residuals(frequencies)
            if norms.max() <= tolerance:
                return
            if solver is None:
                solver = LinearSolver("impedance", method, _SOLVE_TOLERANCE, coarse=self.system.coarse)
                solver.set_operator(self.system.shifted(shift))
            worst = residuals[:, int(np.argmax(norms))]
            added = [self._add(solver, np.ascontiguousarray(part)) for part in (worst.real, worst.imag)]
            if not any(added):
                return

    def residual_norms(self, frequencies: Array) -> Array:
        """Return the residual at each frequency (rad/s) relative to the right-hand side."""
        return np.concatenate(
            [self._residuals(part)[1] for part in np.array_split(frequencies, -(-len(frequencies) // 8))]
        )

    def reduced(self) -> ReducedResponse:
        """Return the response on the space."""
        parts = self.system.parts
        return ReducedResponse(
            basis=self._vectors.view.copy(),
            conductance=self._projected(self._conducted.view, self.system.conductance),
            capacitance=self._projected(self._stored.view, self.system.capacitance),
            names=tuple(part.name for part in parts),
            part_conductances=np.array([self._project_part(part.conductance) for part in parts]),
            part_capacitances=np.array([self._project_part(part.capacitance) for part in parts]),
        )

    def _add(self, solver: LinearSolver, right_hand_side: Array) -> bool:
        """Add the solution of one right-hand side to the space; False when it is in there already."""
        if self._norms(right_hand_side[:, None])[0] == 0.0:
            return False
        self._work.getArray()[:] = right_hand_side
        solver.solve(self._work, self._image)
        vector = self._image.getArray().copy()
        before = self._norms(vector[:, None])[0]
        for _ in range(2):
            vector -= self._vectors.view @ self._sum(self._vectors.view.T @ vector)
            norm = self._norms(vector[:, None])[0]
            if norm <= 1e-13 * before:
                return False
            vector /= norm
            before = 1.0
        self._append(vector)
        return True

    def _append(self, vector: Array) -> None:
        self._vectors.append(vector)
        for columns, bordered in (
            (self._conducted, self.system.conductance),
            (self._stored, self.system.capacitance),
        ):
            columns.append(self._multiply(bordered.matrix, vector))

    def _residuals(self, frequencies: Array) -> tuple[Complex, Array]:
        """Residual vectors (owned rows, frequencies) and their norms over those of the right-hand sides."""
        conducted, stored = self._conducted.view, self._stored.view
        drive = self._local(0)[:, None] + 1j * frequencies * self._local(1)[:, None]
        residuals = drive.copy()
        if self.size:
            coefficients = scaled_solve(
                self._projected(conducted, self.system.conductance),
                self._projected(stored, self.system.capacitance),
                frequencies,
            )
            for part, scale in ((conducted, np.ones_like(frequencies)), (stored, 1j * frequencies)):
                # real matrices times two real ones: half of the work of a complex product
                weighted = coefficients * scale
                residuals += part @ weighted.real + 1j * (part @ weighted.imag)
        return residuals, self._norms(residuals) / self._norms(drive)

    def _projected(self, images: Array, bordered: BorderedMatrix) -> Array:
        """The matrix on space and scalar, shape (size + 1, size + 1)."""
        basis = self._vectors.view
        column = bordered.column.getArray(readonly=True)
        block = self._sum(basis.T @ np.column_stack([images, column]))
        full = np.empty((self.size + 1, self.size + 1))
        full[:-1, :-1] = 0.5 * (block[:, :-1] + block[:, :-1].T)
        full[:-1, -1] = full[-1, :-1] = block[:, -1]
        full[-1, -1] = bordered.corner
        return full

    def _project_part(self, bordered: BorderedMatrix | None) -> Array:
        if bordered is None:
            return np.zeros((self.size + 1, self.size + 1))
        images = [self._multiply(bordered.matrix, vector) for vector in self._vectors.view.T]
        return self._projected(np.array(images).T.reshape(-1, self.size), bordered)

    def _multiply(self, matrix: PETSc.Mat, vector: Array) -> Array:
        self._work.getArray()[:] = vector
        matrix.mult(self._work, self._image)
        return np.array(self._image.getArray(readonly=True))

    def _local(self, which: int) -> Array:
        bordered = (self.system.conductance, self.system.capacitance)[which]
        return np.asarray(bordered.column.getArray(readonly=True))

    def _norms(self, columns: NDArray) -> Array:
        return np.sqrt(self._sum((np.abs(columns) ** 2).sum(axis=0)))

    def _sum(self, values: Array) -> Array:
        return np.asarray(self.comm.allreduce(values, op=MPI.SUM)).reshape(np.shape(values))


class _Columns:
    """A matrix that grows by columns."""

    def __init__(self, rows: int) -> None:
        self._store = np.empty((rows, 16), order="F")
        self.count = 0

    @property
    def view(self) -> Array:
        """The columns so far, shape (rows, count)."""
        return self._store[:, : self.count]

    def append(self, column: Array) -> None:
        """Add one column."""
        if self.count == self._store.shape[1]:
            larger = np.empty((len(self._store), 2 * self.count), order="F")
            larger[:, : self.count] = self._store
            self._store = larger
        self._store[:, self.count] = column
        self.count += 1
