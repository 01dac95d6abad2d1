# SPDX-License-Identifier: LGPL-3.0-or-later
"""The potential behind films: a second unknown on electrode facets, so that nothing depends on frequency but i w.

Where a film (or imperfect contact) of resistance R_s stands in series with charge transfer and double layer, the
interface has the admittance 1 / (R_s + 1/(1/R_ct + i w C)), which is no sum of a conductance and a capacitance. With
the potential psi between film and charge transfer it is one:

    int (1/R_s) (phi - psi)(v - q) ds  +  int (1/R_ct + i w C) (psi - U) q ds

psi has the nodes of the trace of phi; where R_s, R_ct and C are uniform, eliminating it gives the admittance above
exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc


@dataclass(frozen=True, eq=False)
class FilmLayer:
    """Unknowns of the ceramic and, behind them on each rank, those of films.

    Attributes:
        potential: matrix that picks phi out of all unknowns, shape (dofs, unknowns).
        behind: matrix that picks psi, in the numbers of phi; rows away from films are empty.
    """

    potential: PETSc.Mat
    behind: PETSc.Mat

    @classmethod
    def of(cls, owned: int, film_dofs: NDArray[np.int32], comm: MPI.Comm) -> FilmLayer:
        """Number the unknowns.

        Args:
            owned: dofs of phi that this rank owns.
            film_dofs: those of them that lie on facets with a film.
            comm: ranks that share them.

        Note:
            Collective.
        """
        films = len(film_dofs)
        of_ranks = comm.allgather(owned + films)
        total, start = sum(of_ranks), sum(of_ranks[: comm.rank])
        dofs = np.arange(owned)

        def pick(rows: NDArray[np.integer], first: int) -> PETSc.Mat:
            held = np.zeros(owned, dtype=PETSc.IntType)
            held[rows] = 1
            offsets = np.concatenate([[0], np.cumsum(held)]).astype(PETSc.IntType)
            columns = (start + first + np.arange(len(rows))).astype(PETSc.IntType)
            sizes = ((owned, PETSc.DETERMINE), (owned + films, total))
            return PETSc.Mat().createAIJ(sizes, csr=(offsets, columns, np.ones(len(rows))), comm=comm)

        return cls(pick(dofs, 0), pick(np.sort(film_dofs), owned))

    @property
    def across(self) -> PETSc.Mat:
        """Matrix that gives phi - psi on films (and phi elsewhere)."""
        difference = self.potential.copy()
        difference.axpy(-1.0, self.behind, PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
        return difference

    def interpolation(self, fine: PETSc.Mat, coarse: FilmLayer) -> PETSc.Mat:
        """Return an interpolation of phi extended to all unknowns, film nodes from film nodes."""
        extended = self.potential.transposeMatMult(fine.matMult(coarse.potential))
        films = self.behind.transposeMatMult(fine.matMult(coarse.behind))
        extended.axpy(1.0, films, PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
        return extended
