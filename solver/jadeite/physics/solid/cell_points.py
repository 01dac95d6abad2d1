# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bulk laws at the quadrature points of cells: strains by a compiled expression, stresses as coefficients of forms.

Stress and tangent live in quadrature elements, whose values at quadrature points are their dofs. The forms

    int stress : eps(v) dx          and its derivative          int eps(du) : tangent : eps(v) dx

use the very points at which laws are evaluated, so the derivative is exact and Newton's method converges quadratically.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import basix
import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.fem.state import Kept, cell_numbers, cell_rows
from jadeite.fem.state import State as KeptState
from jadeite.physics.solid.laws import Array, BulkLaw, BulkRegions, State
from jadeite.physics.solid.point_states import PointStates


class CellPoints:
    """The quadrature points of the cells that this rank owns, and the laws they follow."""

    def __init__(
        self, domain: Domain, laws: Sequence[BulkRegions], strain: Expr, degree: int, eigenstrain: Expr | None = None
    ) -> None:
        """Compile the strain and give each cell its law.

        Args:
            domain: the solid.
            laws: each region is of one of them.
            strain: Voigt vector of the strain without the eigenstrain.
            degree: of the quadrature; in a body of revolution one is added for the circumference.
            eigenstrain: Voigt vector, whose work is counted, or None for none.

        Raises:
            ValueError: when a region has no law or two.
        """
        self.domain = domain
        msh = domain.mesh
        self.degree = degree + int(domain.axisymmetric)
        cell = msh.basix_cell()
        points, weights = basix.make_quadrature(cell, self.degree)
        self.stress = fem.Function(self._space((6,)), name="stress at points")
        self.tangent = fem.Function(self._space((6, 6)), name="tangent at points")
        self.cells = np.arange(domain.owned_cells, dtype=np.int32)
        self._points = len(points)
        self._strain = fem.Expression(strain, points)
        self._eigenstrain = None if eigenstrain is None else fem.Expression(eigenstrain, points)
        self._places = self.stress.function_space.dofmap.list[: domain.owned_cells]
        self.weights = self._volumes(points, weights)
        self.groups: list[tuple[NDArray[np.int32], PointStates[BulkLaw]]] = []
        claimed = np.zeros(len(domain.tagged.regions), dtype=int)
        for entry in laws:
            regions = np.asarray(entry.regions, dtype=np.int64)
            claimed[regions] += 1
            mine = np.flatnonzero(np.isin(domain.cell_region[: domain.owned_cells], regions)).astype(np.int32)
            row = np.repeat(domain.cell_region[mine], self._points)
            self.groups.append((mine, PointStates(entry.law, row, 6)))
        if (claimed != 1).any():
            names = ", ".join(domain.tagged.regions.name[number] for number in np.flatnonzero(claimed != 1)[:5])
            raise ValueError(f"each region needs one law: {names}")
        self._settled_eigenstrain = self.eigenstrain_at_points()

    def measure(self) -> ufl.Measure:
        """Return the integral over cells with these quadrature points."""
        return self.domain.dx(self.degree - int(self.domain.axisymmetric))

    # Strain to stress

    def update(self) -> None:
        """Bring stress and tangent up to date with the present displacement."""
        strain = self.strain_at_points()
        stress, tangent = self.stress.x.array.reshape(-1, 6), self.tangent.x.array.reshape(-1, 36)
        for cells, states in self.groups:
            response = states.update(strain[cells].reshape(-1, 6))
            places = self._places[cells].ravel()
            stress[places] = response.stress
            tangent[places] = response.tangent.reshape(-1, 36)

    def strain_at_points(self) -> Array:
        """Return the strain without the eigenstrain, shape (owned cells, points, 6)."""
        return self._evaluated(self._strain)

    def eigenstrain_at_points(self) -> Array:
        """Return the eigenstrain, shape (owned cells, points, 6)."""
        shape = (len(self.cells), self._points, 6)
        return np.zeros(shape) if self._eigenstrain is None else self._evaluated(self._eigenstrain)

    def states(self) -> Iterator[PointStates[BulkLaw]]:
        """Iterate over the states of each law."""
        for _, states in self.groups:
            yield states

    def settle(self) -> None:
        """End a step: the trial states and the present eigenstrain become the settled ones."""
        self._settled_eigenstrain = self.eigenstrain_at_points()
        for states in self.states():
            states.settle()

    # Kept states

    def state(self) -> KeptState:
        """Return the settled states of all laws and the eigenstrain that they have; see `Restorable`."""
        numbers = cell_numbers(self.domain.mesh)
        laws = {str(k): states.rows(numbers[cells], self._points) for k, (cells, states) in enumerate(self.groups)}
        return {"laws": laws, "eigenstrain": cell_rows(self.domain.mesh, self._settled_eigenstrain)}

    def restore(self, kept: Kept) -> None:
        """Settle in a kept state. Collective."""
        numbers, laws = cell_numbers(self.domain.mesh), kept.part("laws")
        for k, (cells, states) in enumerate(self.groups):
            states.restore(laws.part(str(k)), numbers[cells])
        self._settled_eigenstrain = kept.rows("eigenstrain", numbers[self.cells])

    # Sums over points

    def integral(self, density: Callable[[PointStates[BulkLaw]], Array]) -> float:
        """Integrate a density over the body, J for J/m^3. Collective."""
        here = sum(float(density(states) @ self.weights[cells].ravel()) for cells, states in self.groups if len(cells))
        return float(self.domain.mesh.comm.allreduce(here, op=MPI.SUM))

    def eigenstrain_work(self) -> float:
        """Return the work that the eigenstrain does from the settled to the trial state by itself, J. Collective.

        A body that expands against its own stress loses energy, so this is minus mean stress times change.
        """
        here = 0.0
        if self._eigenstrain is not None:
            change = self.eigenstrain_at_points() - self._settled_eigenstrain
            for cells, states in self.groups:
                mean = 0.5 * (states.settled.stress + states.trial.stress)
                power = np.einsum("pi,pi->p", mean, change[cells].reshape(-1, 6))
                here -= float(power @ self.weights[cells].ravel())
        return float(self.domain.mesh.comm.allreduce(here, op=MPI.SUM))

    def field(
        self, name: str, values: Callable[[State, PointStates[BulkLaw]], Array], columns: int, degree: int
    ) -> fem.Function:
        """Return a field of a quantity at quadrature points, from the settled states.

        It is the polynomial of a degree that fits the points of a cell best, cell by cell, so that nothing is smeared
        over boundaries.

        Args:
            name: of the field.
            values: the quantity (points, columns) of one law.
            columns: 1 for a scalar field.
            degree: of the polynomials; there have to be enough points for it.
        """
        msh = self.domain.mesh
        element = ("DG", degree) if columns == 1 else ("DG", degree, (columns,))
        out = fem.Function(fem.functionspace(msh, element), name=name)
        space = out.function_space
        points, _ = basix.make_quadrature(msh.basix_cell(), self.degree)
        fit = np.linalg.pinv(space.element.basix_element.tabulate(0, points)[0, :, :, 0])
        nodes = out.x.array.reshape(-1, columns)
        for cells, states in self.groups:
            quantity = values(states.settled, states).reshape(len(cells), self._points, columns)
            nodes[space.dofmap.list[cells]] = np.einsum("np,cpk->cnk", fit, quantity)
        out.x.scatter_forward()
        return out

    def _evaluated(self, expression: fem.Expression) -> Array:
        values: Array = expression.eval(self.domain.mesh, self.cells)
        return values.reshape(len(self.cells), self._points, 6)

    def _space(self, shape: tuple[int, ...]) -> fem.FunctionSpace:
        msh = self.domain.mesh
        element = basix.ufl.quadrature_element(msh.basix_cell(), value_shape=shape, degree=self.degree)
        return fem.functionspace(msh, element)

    def _volumes(self, points: Array, weights: Array) -> Array:
        """Volume that belongs to each point, with the circumference in a body of revolution: (owned cells, points)."""
        msh = self.domain.mesh
        x = ufl.SpatialCoordinate(msh)
        around = 2.0 * np.pi * x[0] if self.domain.axisymmetric else ufl.as_ufl(1.0)
        volume = fem.Expression(ufl.JacobianDeterminant(msh) * around, points).eval(msh, self.cells)
        return np.abs(volume.reshape(len(self.cells), len(points))) * weights
