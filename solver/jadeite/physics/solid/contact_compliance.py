# SPDX-License-Identifier: LGPL-3.0-or-later
"""How the jump at points of contact closes under tractions there: as a matrix, or as a function that solves for it.

Both answer the one question that a turn of `ContactEquilibrium` asks: the x (gap and slip of every point) with

    x + C (a + T x) = offset

for tractions that are linear in x at every point. A matrix of a few hundred points is made once and serves every turn
and every load; of thousands it would take as many solves of the body as it has columns, where an iteration (GMRES, Saad
and Schultz 1986) needs some tens for each turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, gmres

from jadeite.fem.solvers import ConvergenceError

Array = NDArray[np.float64]

#: Residual of the iteration over its right-hand side, and most applications of the compliance.
_TOLERANCE, _MOST = 1e-8, 400
_RESTART = 100


class Compliance(Protocol):
    """Response of the points of contact to tractions."""

    @property
    def shape(self) -> tuple[int, int]:
        """Points, and directions of each: 1 (normal) or normal and tangents."""

    @property
    def own(self) -> Array:
        """Jump that a unit traction at a point alone closes there, m/Pa, (points,); its order of magnitude will do."""

    def closed_by(self, traction: Array) -> Array:
        """Return the jump (points, c) that tractions (points, c) close, m."""

    def solve(self, tangent: Array, right: Array, guess: Array) -> Array:
        """Return the x (points, c) with x + C T x = right, for T of shape (points, c, c), starting from a guess."""


class DeferredCompliance:
    """A compliance that is prepared when something is asked of it: a path restored at its end asks nothing."""

    def __init__(self, shape: tuple[int, int], prepare: Callable[[], Compliance]) -> None:
        """Take the number of points and directions, and what prepares the compliance."""
        self._shape, self._prepare = shape, prepare

    @property
    def shape(self) -> tuple[int, int]:
        """Points and directions."""
        return self._shape

    @property
    def own(self) -> Array:
        """What a point closes by itself."""
        return self._prepared.own

    def closed_by(self, traction: Array) -> Array:
        """Ask the prepared one."""
        return self._prepared.closed_by(traction)

    def solve(self, tangent: Array, right: Array, guess: Array) -> Array:
        """Ask the prepared one."""
        return self._prepared.solve(tangent, right, guess)

    @cached_property
    def _prepared(self) -> Compliance:
        return self._prepare()


class DenseCompliance:
    """The compliance as a matrix (points, c, points, c), m/Pa."""

    def __init__(self, matrix: Array) -> None:
        """Take the matrix as it is."""
        self._matrix = matrix

    @property
    def shape(self) -> tuple[int, int]:
        """Points and directions."""
        return self._matrix.shape[0], self._matrix.shape[1]

    @property
    def own(self) -> Array:
        """Mean over the directions of a point of what it closes by itself."""
        return np.asarray(np.einsum("pipi->pi", self._matrix).mean(axis=1))

    def closed_by(self, traction: Array) -> Array:
        """Multiply with the matrix."""
        return np.einsum("piqj,qj->pi", self._matrix, traction)

    def solve(self, tangent: Array, right: Array, guess: Array) -> Array:
        """Solve by elimination."""
        matrix = np.einsum("piqj,qjk->piqk", self._matrix, tangent).reshape(right.size, right.size)
        return np.linalg.solve(np.eye(right.size) + matrix, right.ravel()).reshape(right.shape)


class AppliedCompliance:
    """The compliance as a function from tractions to the jump they close."""

    def __init__(self, apply: Callable[[Array], Array], own: Array, directions: int) -> None:
        """Take a function of tractions (points, directions), and about what a unit of each closes at its point."""
        self._apply, self._own, self._directions = apply, own, directions
        self.applications = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Points and directions."""
        return len(self._own), self._directions

    @property
    def own(self) -> Array:
        """Order of magnitude of what a point closes by itself."""
        return self._own

    def closed_by(self, traction: Array) -> Array:
        """Call the function."""
        self.applications += 1
        return self._apply(traction)

    def solve(self, tangent: Array, right: Array, guess: Array) -> Array:
        """Solve by GMRES.

        Raises:
            ConvergenceError: when the iteration takes too long.
        """

        def product(x: Array) -> Array:
            values = x.reshape(right.shape)
            return (values + self.closed_by(np.einsum("pij,pj->pi", tangent, values))).ravel()

        operator = LinearOperator((right.size, right.size), matvec=product, dtype=np.float64)
        found, info = gmres(
            operator,
            right.ravel(),
            x0=guess.ravel(),
            rtol=_TOLERANCE,
            atol=0.0,
            restart=_RESTART,
            maxiter=max(_MOST // _RESTART, 1),
        )
        if info != 0:
            raise ConvergenceError(
                f"contact: {_MOST} responses of the body were not enough for the tractions between surfaces. Try "
                "coarser facets there, or a direct solver (`solver: {linear: direct}`)."
            )
        return np.asarray(found).reshape(right.shape)
