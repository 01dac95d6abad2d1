# SPDX-License-Identifier: LGPL-3.0-or-later
"""Multigrid on spaces that contain each other: lower degree, or fewer jumps, on the same mesh.

Algebraic multigrid made for linear elements loses its way in the matrix of quadratic ones; given the linear space as
its starting point it does not. Stiff ties between pieces mislead it likewise, and the space that is continuous there
helps. The coarse matrix is the Galerkin product P^T A P, the smoother one symmetric sweep of
successive over-relaxation (Helenbrook, Mavriplis and Atkins 2003; Sundar, Stadler and Biros 2015; for spaces with jumps
Dobrev, Lazarov, Vassilevski and Zikatanov 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray
from petsc4py import PETSc


def nodal_interpolation(coarse: Sequence[fem.FunctionSpace], fine: Sequence[fem.FunctionSpace]) -> PETSc.Mat:
    """Return the matrix that writes a field of one Lagrange space in another that contains it.

    Both spaces live on the same mesh and have the same block size; the fine one may be of higher degree, and broken
    where the coarse one is not. A row holds the values of the coarse basis at the node of a fine dof, read in any cell
    that has the dof.

    Args:
        coarse, fine: the spaces, each one space or several layers that share their numbers (`BrokenSpace.layers`).

    Note:
        Collective.
    """
    first_coarse, first_fine = coarse[0], fine[0]
    nodes = first_fine.element.basix_element.points
    of_cell = first_coarse.element.basix_element.tabulate(0, nodes)[0, :, :, 0]
    of_cell[np.abs(of_cell) < 1e-12] = 0.0
    fine_map, coarse_map = first_fine.dofmap.index_map, first_coarse.dofmap.index_map
    fine_lists, coarse_lists = (np.concatenate([space.dofmap.list for space in layers]) for layers in (fine, coarse))
    dofs, first = np.unique(fine_lists, return_index=True)
    owned = dofs < fine_map.size_local
    dofs, first = dofs[owned], first[owned]
    if len(dofs) != fine_map.size_local:
        raise ValueError("every owned dof must belong to a cell of its rank")
    cell, node = np.divmod(first, fine_lists.shape[1])
    columns = coarse_map.local_to_global(coarse_lists[cell].ravel().astype(np.int32)).reshape(len(cell), -1)
    values = of_cell[node]
    kept = values != 0.0
    block = first_fine.dofmap.index_map_bs
    # component k of a node depends on component k of the coarse nodes alone
    count = np.repeat(kept.sum(axis=1), block)
    order = np.argsort(~kept, axis=1, kind="stable")  # what is kept comes first, so that rows can be cut to length
    columns, values = (np.take_along_axis(array, order, axis=1) for array in (columns, values))
    kept = np.take_along_axis(kept, order, axis=1)
    wide = columns[:, None, :] * block + np.arange(block)[None, :, None]
    taken = np.broadcast_to(kept[:, None, :], wide.shape)
    matrix = PETSc.Mat().createAIJ(
        (
            (fine_map.size_local * block, fine_map.size_global * block),
            (coarse_map.size_local * block, coarse_map.size_global * block),
        ),
        csr=(
            np.concatenate([[0], np.cumsum(count)]).astype(PETSc.IntType),
            wide[taken].astype(PETSc.IntType),
            np.broadcast_to(values[:, None, :], wide.shape)[taken],
        ),
        comm=first_fine.mesh.comm,
    )
    matrix.setBlockSizes(block, block)
    return matrix


@dataclass(eq=False)
class CoarseLevel:
    """The coarse level of a multigrid preconditioner, and those below it.

    Attributes:
        interpolation: from coarse to fine dofs, without what is fixed on either level.
        near_null_space: of the coarse matrix, for elasticity, or None.
        below: the next coarser level, or None where algebraic multigrid takes over.
        stiff: whether the fine level has unknowns that are tied stiffly, perhaps across ranks; its smoother, which
            knows nothing of other ranks, has to be damped then.
    """

    interpolation: PETSc.Mat
    near_null_space: PETSc.NullSpace | None = None
    below: CoarseLevel | None = None
    stiff: bool = False

    def __post_init__(self) -> None:
        self._matrix: PETSc.Mat | None = None
        self._fixed: NDArray[np.bool_] = np.zeros(0, dtype=bool)

    def fix(self, owned_fixed: NDArray[np.int32]) -> None:
        """Take fine dofs (owned, local numbers, unrolled) with prescribed values out of the interpolation.

        The coarse dofs at the same nodes go with them: their basis would no longer vanish where the value is known.

        Note:
            Collective.
        """
        fine, coarse = self.interpolation.createVecLeft(), self.interpolation.createVecRight()
        offsets = self.interpolation.getValuesCSR()[0]
        alone = np.diff(offsets) == 1  # the node of the fine dof is that of a coarse one
        marks = fine.getArray()
        marks[owned_fixed] = alone[owned_fixed]
        self.interpolation.multTranspose(fine, coarse)
        self._fixed = coarse.getArray() > 0.5
        fine.set(1.0)
        fine.getArray()[owned_fixed] = 0.0
        coarse.set(1.0)
        coarse.getArray()[self._fixed] = 0.0
        self.interpolation.diagonalScale(fine, coarse)
        if self.below is not None:
            self.below.fix(np.flatnonzero(self._fixed).astype(np.int32))

    @property
    def chain(self) -> tuple[CoarseLevel, ...]:
        """This level and those below it, finest first."""
        return (self,) if self.below is None else (self, *self.below.chain)

    def matrix(self, fine: PETSc.Mat) -> PETSc.Mat:
        """Return the Galerkin product of a fine matrix, with a unit-sized diagonal where dofs are fixed.

        Note:
            Collective; the matrix of an earlier call is overwritten.
        """
        self._matrix = fine.ptap(self.interpolation, result=self._matrix)
        if self.interpolation.comm.tompi4py().allreduce(int(self._fixed.any())):
            diagonal = self._matrix.getDiagonal()
            diagonal.getArray()[self._fixed] = 1.0
            scale = diagonal.norm(PETSc.NormType.INFINITY)
            diagonal.getArray()[self._fixed] = scale
            self._matrix.setDiagonal(diagonal)
        self._matrix.setBlockSize(self.interpolation.getBlockSizes()[1])
        self._matrix.setOption(PETSc.Mat.Option.SPD, True)
        if self.near_null_space is not None:
            self._matrix.setNearNullSpace(self.near_null_space)
        return self._matrix
