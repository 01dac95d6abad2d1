# SPDX-License-Identifier: LGPL-3.0-or-later
"""The points of a body at which an energy split is evaluated, and the fields of energy and stress that it gives there.

A split is a function of arrays; forms read its answers as coefficients. Where the strain is constant in a cell there is
one point in each, elsewhere they are those of the quadrature of the forms.
"""

from __future__ import annotations

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.physics.phase_field.splits.split import ClosedPart, EnergySplit, bulk_modulus, shear_modulus

Array = NDArray[np.float64]


class SplitPoints:
    """Fields at the points of a body, brought up to date with its displacement by `update`.

    Attributes:
        driving: energy density that drives damage, psi less what closed cracks carry, J/m^3.
        released: energy density that g(d) multiplies in the stored energy, J/m^3.
        closed_stress: stress that closed cracks carry, Voigt, Pa.
        closed_energy: their energy density, J/m^3, and
        closed_tangent: the derivative of their stress, Pa; both only where a split lets them carry anything.
    """

    def __init__(
        self, domain: Domain, split: EnergySplit, stiffness: Array, elastic: Expr, of_cells: Expr, degree: int
    ) -> None:
        """Make the fields.

        Args:
            domain: the solid.
            split: which part of the energy opens cracks.
            stiffness: of each region, shape (regions, 6, 6), Pa.
            elastic: elastic strain, Voigt.
            of_cells: the stiffness as a field.
            degree: of the displacement.
        """
        self._domain, self._split, self._degree, self._elastic = domain, split, degree, elastic
        self._bulk = bulk_modulus(stiffness)[domain.cell_region]
        self._shear = shear_modulus(stiffness)[domain.cell_region]
        self.driving, self.released = self._field("driving energy", ()), self._field("released energy", ())
        points = self.driving.function_space.element.interpolation_points
        self._energy = fem.Expression(0.5 * ufl.inner(elastic, ufl.dot(of_cells, elastic)), points)
        self.closed_stress: Expr = ufl.as_vector([ufl.as_ufl(0.0)] * 6)
        if split.closed is None:
            return
        self._strain = self._field("elastic strain", (6,))
        self._strain_at_points = fem.Expression(elastic, points)
        self._dofs = self._strain.function_space.dofmap.list
        if split.carries:
            self.closed_energy = self._field("energy of closed cracks", ())
            self.closed_stress = self._field("stress of closed cracks", (6,))
            self.closed_tangent = self._field("tangent of closed cracks", (6, 6))

    def update(self) -> None:
        """Bring the fields up to date with the displacement."""
        self.released.interpolate(self._energy)
        self.driving.x.array[:] = self.released.x.array
        if self._split.closed is None:
            return
        self._strain.interpolate(self._strain_at_points)
        part, dofs = self._closed(self._strain, self._dofs), self._dofs.ravel()
        self.driving.x.array[dofs] -= part.energy
        if self._split.carries:
            self.released.x.array[dofs] -= part.energy
            self.closed_energy.x.array[dofs] = part.energy
            self.closed_stress.x.array.reshape(-1, 6)[dofs] = part.stress
            self.closed_tangent.x.array.reshape(-1, 36)[dofs] = part.tangent.reshape(-1, 36)

    def closed_stress_everywhere(self) -> fem.Function:
        """Return the present stress of closed cracks on the nodes of a discontinuous field of the strain's degree."""
        degree = self._degree - 1 + int(self._domain.axisymmetric)
        closed = fem.Function(fem.functionspace(self._domain.mesh, ("DG", degree, (6,))), name="closed stress")
        space = closed.function_space
        strain = fem.Function(space)
        strain.interpolate(fem.Expression(self._elastic, space.element.interpolation_points))
        nodes = space.dofmap.list
        closed.x.array.reshape(-1, 6)[nodes.ravel()] = self._closed(strain, nodes).stress
        return closed

    def _closed(self, strain: fem.Function, dofs: NDArray[np.int32]) -> ClosedPart:
        """What closed cracks carry at the dofs (cells, points) of a field of strains."""
        assert self._split.closed is not None
        each = dofs.shape[1]
        values = strain.x.array.reshape(-1, 6)[dofs].reshape(-1, 6)
        return self._split.closed(values, np.repeat(self._bulk, each), np.repeat(self._shear, each))

    def _field(self, name: str, shape: tuple[int, ...]) -> fem.Function:
        msh = self._domain.mesh
        if self._degree == 1 and not self._domain.axisymmetric:
            return fem.Function(fem.functionspace(msh, ("DG", 0, shape) if shape else ("DG", 0)), name=name)
        at = 2 * self._degree + int(self._domain.axisymmetric)
        element = basix.ufl.quadrature_element(msh.basix_cell(), value_shape=shape, degree=at)
        return fem.Function(fem.functionspace(msh, element), name=name)
