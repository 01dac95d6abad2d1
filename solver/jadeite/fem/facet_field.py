# SPDX-License-Identifier: LGPL-3.0-or-later
"""One value per facet inside a UFL form.

UFL has no field that lives on facets. The lowest-order Raviart-Thomas function does the job: its normal component is
constant on each facet and depends on that facet's dof alone, so the absolute normal component of a function with
suitable dofs is any non-negative facet-wise constant, for example the area-specific resistance of the grain boundary
that the facet belongs to.
"""

from __future__ import annotations

import basix
import numpy as np
import ufl
from dolfinx import fem, mesh
from numpy.typing import NDArray

from jadeite.fem.domain import Domain


class FacetField:
    """Non-negative values that are constant on each facet of a mesh."""

    def __init__(self, domain: Domain, name: str) -> None:
        """Create a field that is zero on every facet."""
        self.domain = domain
        msh = domain.mesh
        self.function = fem.Function(fem.functionspace(msh, ("Raviart-Thomas", 1)), name=name)
        self._dof_of_facet = _facet_dofs(self.function.function_space)
        self._flux_of_dof = _flux_of_unit_dof(self.function.function_space)

    def assign(self, facets: NDArray[np.int32], values: NDArray[np.float64]) -> None:
        """Set the values on local facets (ghost facets included, so that the ranks agree without a message).

        Raises:
            ValueError: when a value is negative or not finite.
        """
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise ValueError(f"facet field '{self.function.name}': values must be finite and not negative")
        flux = values * facet_measures(self.domain.mesh, facets)
        self.function.x.array[self._dof_of_facet[facets]] = flux / self._flux_of_dof

    def assign_by_surface(self, value_of_surface: NDArray[np.float64], rows: NDArray[np.int64]) -> None:
        """Set the value of the given surface rows on all their facets; there is one value per row of the table."""
        chosen = np.isin(self.domain.facet_surface.values, rows)
        surface = self.domain.facet_surface.values[chosen]
        self.assign(self.domain.facet_surface.indices[chosen], value_of_surface[surface])

    def interior(self) -> ufl.core.expr.Expr:
        """Return the value on interior facets, for use under dS."""
        normal = ufl.FacetNormal(self.domain.mesh)
        return abs(ufl.dot(self.function("+"), normal("+")))

    def exterior(self) -> ufl.core.expr.Expr:
        """Return the value on boundary facets, for use under ds."""
        return abs(ufl.dot(self.function, ufl.FacetNormal(self.domain.mesh)))


def facet_measures(msh: mesh.Mesh, facets: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return length (2-D) or area (3-D) of local facets of an affine mesh."""
    nodes = mesh.entities_to_geometry(msh, msh.topology.dim - 1, facets)
    corners = msh.geometry.x[nodes]
    if corners.shape[1] == 2:
        return np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    return 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)


def _facet_dofs(space: fem.FunctionSpace) -> NDArray[np.int32]:
    """Return the dof of a lowest-order Raviart-Thomas space on each local facet."""
    topology = space.mesh.topology
    topology.create_connectivity(topology.dim, topology.dim - 1)
    facets_of_cell = topology.connectivity(topology.dim, topology.dim - 1)
    index_map = topology.index_map(topology.dim - 1)
    dof = np.full(index_map.size_local + index_map.num_ghosts, -1, dtype=np.int32)
    facets = facets_of_cell.array.reshape(-1, topology.dim + 1)
    layout = space.dofmap.dof_layout
    for local_facet in range(topology.dim + 1):
        (entity_dof,) = layout.entity_dofs(topology.dim - 1, local_facet)
        dof[facets[:, local_facet]] = space.dofmap.list[:, entity_dof]
    return dof


def _flux_of_unit_dof(space: fem.FunctionSpace) -> float:
    """Return the flux through a facet of a lowest-order Raviart-Thomas function whose dof there is one.

    Mapping to the mesh keeps fluxes, so the reference cell tells; the value depends on how Basix scales its basis.
    """
    element = space.element.basix_element
    facet = 1  # lies in a coordinate plane of the reference cell, so that its size is that of the reference facet
    corners = basix.topology(element.cell_type)[-2][facet]
    middle = basix.geometry(element.cell_type)[corners].mean(axis=0)
    normal = basix.cell.facet_outward_normals(element.cell_type)[facet]
    value = element.tabulate(0, middle[None])[0, 0, facet]
    return float(abs(value @ normal) * basix.cell.facet_reference_volumes(element.cell_type)[facet])
