# SPDX-License-Identifier: LGPL-3.0-or-later
"""Nodal values of a field that is known inside cells alone, such as stress: projected region by region.

    int s v dx = int sigma v dx   for all v that are continuous inside each region and free to jump between regions

The stress of finite elements jumps from cell to cell. Its projection onto fields as smooth as the displacement is a
continuous stress in each grain, with an error of order h^2 at the nodes of quadratic displacements, up to the boundary
(Oden and Brauchli 1971, International Journal for Numerical Methods in Engineering 3, 317). A node on a boundary has
one value for each grain, so that what jumps there, as the stress along the boundary does, still jumps.
"""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.assembly import assembled_vector
from jadeite.fem.broken import BrokenSpace, broken_space
from jadeite.fem.domain import Domain
from jadeite.fem.solvers import LinearMethod, LinearSolver

#: Entries of a symmetric tensor: 11, 22, 33, 23, 13, 12, and where each stands in the 3 x 3 tensor.
_ENTRIES = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
_TOLERANCE = 1e-12


class Recovery:
    """Projects symmetric tensors onto the broken space of a domain; the mass matrix is made once.

    Attributes:
        space: scalar Lagrange space that breaks between all regions.
    """

    def __init__(self, domain: Domain, degree: int) -> None:
        """Assemble the mass matrix.

        Args:
            domain: the mesh; in a body of revolution integrals are those of the body.
            degree: of the projection, best that of the displacement.

        Note:
            Collective.
        """
        self.domain, self.degree = domain, degree
        self.space: BrokenSpace = broken_space(domain.mesh, domain.cell_region, ("Lagrange", degree))
        self._trial, self._test = ufl.TrialFunction(self.space.space), ufl.TestFunction(self.space.space)
        self._dx = domain.dx(2 * degree)
        mass = petsc.assemble_matrix(fem.form(self._trial * self._test * self._dx))
        mass.assemble()
        self._solver = LinearSolver("recovery", LinearMethod.DIAGONAL, _TOLERANCE)
        self._solver.set_operator(mass)

    @property
    def owned(self) -> int:
        """Number of nodes that this rank owns; they come first."""
        return int(self.space.space.dofmap.index_map.size_local)

    def project(self, tensor: Expr) -> NDArray[np.float64]:
        """Return a symmetric 3 x 3 tensor at the local nodes, ghosts included, shape (nodes, 3, 3).

        Raises:
            ConvergenceError: when the mass matrix is not solved.

        Note:
            Collective.
        """
        # one form serves all entries: a constant chooses
        chosen = fem.Constant(self.domain.mesh, np.zeros(len(_ENTRIES)))
        entry = sum(chosen[k] * tensor[i, j] for k, (i, j) in enumerate(_ENTRIES))
        form = fem.form(entry * self._test * self._dx)
        solution = fem.Function(self.space.space)
        values = np.zeros((len(self.space.parent), 3, 3))
        for k, (i, j) in enumerate(_ENTRIES):
            chosen.value[:] = 0.0
            chosen.value[k] = 1.0
            self._solver.solve(assembled_vector(form), solution.x.petsc_vec)
            solution.x.scatter_forward()
            values[:, i, j] = values[:, j, i] = solution.x.array
        return values
