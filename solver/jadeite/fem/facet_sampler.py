# SPDX-License-Identifier: LGPL-3.0-or-later
"""UFL expressions evaluated at quadrature points of facets, from one side or the other, as plain arrays.

Reductions over thousands of boundaries (loss per grain boundary, current into a flaw, extremes along an electrode)
are then one vectorised sum, without one form per boundary.
"""

from __future__ import annotations

import basix
import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import facet_measures


class FacetSampler:
    """Quadrature points on a set of facets and the cells on either side.

    Attributes:
        facets: local numbers of the facets that this rank owns, shape (n,).
        surface: surface row of each facet, shape (n,).
        points: coordinates of the quadrature points, shape (n, q, geometric dimension), m.
        weights: quadrature weights times facet measure, shape (n, q); summed over q the measure of the facet, in an
            axisymmetric domain the area that it sweeps.
        normal: unit normal out of side 0, shape (n, geometric dimension).
        region: region row of the cell on side 0 of each facet, shape (n,).
        two_sided: true when the facets, on any rank, have a cell on either side; side 0 is the lower region row.
    """

    def __init__(
        self,
        domain: Domain,
        facets: NDArray[np.int32],
        degree: int,
        rule: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    ) -> None:
        """Prepare the evaluation on the owned ones among local facets, which are all interior or all exterior.

        `rule` replaces the quadrature of a degree by points (q, facet dimension) and weights (q,) on the reference
        facet.
        """
        self.domain = domain
        topology = domain.mesh.topology
        facet_dimension = topology.dim - 1
        self.facets = facets[facets < topology.index_map(facet_dimension).size_local]
        position = np.searchsorted(domain.facet_surface.indices, self.facets)
        self.surface = domain.facet_surface.values[position]

        facet_type = basix.CellType.interval if facet_dimension == 1 else basix.CellType.triangle
        reference_points, reference_weights = rule or basix.make_quadrature(facet_type, degree)
        self._reference_points = reference_points
        self._expressions: dict[ufl.core.expr.Expr, fem.Expression] = {}
        measure = facet_measures(domain.mesh, self.facets)
        self.weights = measure[:, None] * (reference_weights / reference_weights.sum())[None, :]

        topology.create_connectivity(facet_dimension, topology.dim)
        topology.create_connectivity(topology.dim, facet_dimension)
        cells_of_facet = topology.connectivity(facet_dimension, topology.dim)
        degree_of_facet = np.diff(cells_of_facet.offsets)[self.facets]
        sides = domain.mesh.comm.allreduce(int(degree_of_facet.max(initial=1)), op=MPI.MAX)
        self.two_sided = sides == 2
        cells = np.stack([cells_of_facet.array[cells_of_facet.offsets[self.facets] + k] for k in range(sides)], axis=1)
        if self.two_sided:
            swap = domain.cell_region[cells[:, 0]] > domain.cell_region[cells[:, 1]]
            cells[swap] = cells[swap][:, ::-1]
        self.region = domain.cell_region[cells[:, 0]]
        facets_of_cell = topology.connectivity(topology.dim, facet_dimension).array.reshape(-1, topology.dim + 1)
        self._entities = []
        for side in range(sides):
            local = np.argmax(facets_of_cell[cells[:, side]] == self.facets[:, None], axis=1)
            self._entities.append(np.column_stack([cells[:, side], local]).astype(np.int32))

        coordinate = ufl.SpatialCoordinate(domain.mesh)
        self._order: list[NDArray[np.int64] | None] = [None, None]
        self.points = self.evaluate(coordinate)
        if domain.axisymmetric:
            self.weights = 2.0 * np.pi * self.points[:, :, 0] * self.weights
        self.normal = self.evaluate(ufl.FacetNormal(domain.mesh))[:, 0]
        if self.two_sided:
            other = self.evaluate(coordinate, side=1)
            distance = np.linalg.norm(self.points[:, :, None] - other[:, None, :], axis=3)
            self._order[1] = np.argmin(distance, axis=2)

    def evaluate(self, expression: ufl.core.expr.Expr, side: int = 0) -> NDArray[np.float64]:
        """Evaluate an expression at the points, seen from one side.

        Args:
            expression: scalar or tensor-valued UFL expression without restrictions; FacetNormal is the outward one of
                the side.
            side: 0 or 1; exterior facets have side 0 only.

        Returns:
            Values of shape (n, q, *value shape), the points in the same order for both sides.

        Note:
            Collective.
        """
        if expression not in self._expressions:
            self._expressions[expression] = fem.Expression(expression, self._reference_points)
        values = self._expressions[expression].eval(self.domain.mesh, self._entities[side])
        order = self._order[side]
        if order is None:
            return values
        return np.take_along_axis(values, order.reshape(order.shape + (1,) * (values.ndim - 2)), axis=1)

    def integrate(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Integrate values at the points, shape (n, q), over each surface row, summed over the ranks.

        Returns:
            One integral per row of the surface table, the same on every rank.

        Note:
            Collective.
        """
        per_facet = np.einsum("fq,fq->f", values, self.weights)
        local = np.bincount(self.surface, weights=per_facet, minlength=len(self.domain.tagged.surfaces.name))
        return self.domain.mesh.comm.allreduce(local)
