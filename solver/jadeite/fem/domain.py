# SPDX-License-Identifier: LGPL-3.0-or-later
"""A distributed DOLFINx mesh that remembers the names of its regions and surfaces.

`Domain.from_tagged_mesh` is the one reader that brings a `TaggedMesh` to DOLFINx. Regions and surfaces are rows of
the tables of the tagged mesh; DOLFINx sees one integer per cell (region row) and one per tagged facet (surface row
and kind). Users never do.

The plane mesh of a body of revolution, x being the distance from its axis, has integrals weighted with 2 pi x: what is
written with `dx`, `ds` and `dS` holds for it as it stands, with totals of the whole body.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import basix.ufl
import numpy as np
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from jadeite.fem.communicators import remember
from jadeite.fem.weighted_measure import WeightedMeasure
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

_KIND_NUMBER = {kind: number for number, kind in enumerate(SurfaceKind, start=1)}


@dataclass(frozen=True, eq=False)
class Domain:
    """A mesh spread over the ranks, with the region of each cell and the surface of each tagged facet.

    Attributes:
        mesh: DOLFINx mesh with one layer of ghost cells across facets.
        tagged: the tables of names and the undistributed arrays, the same on every rank.
        cell_region: region row of each local cell, ghosts included, shape (cells,).
        facet_surface: surface row of each local tagged facet (DOLFINx mesh tags of dimension tdim - 1).
        facet_kind: number of the surface kind of each local tagged facet; use `ds`, `dS` and `facets` rather than the
            numbers.
    """

    mesh: mesh.Mesh
    tagged: TaggedMesh
    cell_region: NDArray[np.int32]
    facet_surface: mesh.MeshTags
    facet_kind: mesh.MeshTags

    @classmethod
    def from_tagged_mesh(cls, tagged: TaggedMesh | None, comm: MPI.Comm = MPI.COMM_WORLD) -> Domain:
        """Distribute a tagged mesh over the ranks of a communicator.

        Args:
            tagged: the mesh on rank 0; the other ranks may pass None.
            comm: communicator of the domain.

        Note:
            Collective. The arrays are broadcast, so that each rank looks up its own cells and facets without further
            messages.
        """
        tagged = comm.bcast(tagged if comm.rank == 0 else None, root=0)
        assert tagged is not None
        dimension = tagged.cells.shape[1] - 1
        shape = {2: "triangle", 3: "tetrahedron"}[dimension]
        element = basix.ufl.element("Lagrange", shape, 1, shape=(tagged.points.shape[1],))
        msh = mesh.create_mesh(
            comm,
            _share(tagged.cells, comm),
            element,
            _share(tagged.points, comm),
            partitioner=mesh.create_cell_partitioner(mesh.GhostMode.shared_facet, 2),
        )
        remember(msh.comm)
        cell_region = tagged.cell_region[msh.topology.original_cell_index].astype(np.int32)
        facets, rows = _locate_facets(msh, tagged)
        kinds = np.array([_KIND_NUMBER[kind] for kind in tagged.surfaces.kind], dtype=np.int32)
        return cls(
            mesh=msh,
            tagged=tagged,
            cell_region=cell_region,
            facet_surface=mesh.meshtags(msh, dimension - 1, facets, rows),
            facet_kind=mesh.meshtags(msh, dimension - 1, facets, kinds[rows]),
        )

    @property
    def dimension(self) -> int:
        """Topological dimension of the cells."""
        return int(self.mesh.topology.dim)

    @property
    def axisymmetric(self) -> bool:
        """Whether the plane mesh stands for the body that it sweeps around the axis x = 0."""
        return self.tagged.axisymmetric

    @property
    def box_measure(self) -> float:
        """Volume of the box (m^3) or cylinder around the domain; in the plane the area of the box, m^2."""
        extent = np.ptp(self.tagged.points, axis=0)
        depth = np.pi * self.tagged.points[:, 0].max() if self.axisymmetric else 1.0
        return float(np.prod(extent) * depth)

    @property
    def owned_cells(self) -> int:
        """Number of cells that this rank owns; they come first in every array over cells."""
        return int(self.mesh.topology.index_map(self.dimension).size_local)

    def facets(self, *kinds: SurfaceKind) -> NDArray[np.int32]:
        """Return the local facets, ghosts included, whose surface is of one of the kinds."""
        numbers = [_KIND_NUMBER[kind] for kind in kinds]
        return self.facet_kind.indices[np.isin(self.facet_kind.values, numbers)]

    def surface_rows(self, *kinds: SurfaceKind) -> NDArray[np.int64]:
        """Return the rows of the surface table that are of one of the kinds."""
        return np.array([row for row, kind in enumerate(self.tagged.surfaces.kind) if kind in kinds], dtype=np.int64)

    def ds(self, kinds: Iterable[SurfaceKind], degree: int) -> ufl.Measure:
        """Return the integral over boundary facets of the given kinds with a quadrature for integrands of a degree."""
        return self._facet_measure("ds", kinds, degree)

    def dS(self, kinds: Iterable[SurfaceKind], degree: int) -> ufl.Measure:
        """Return the integral over interior facets of the given kinds with a quadrature for integrands of a degree."""
        return self._facet_measure("dS", kinds, degree)

    def dx(self, degree: int) -> ufl.Measure:
        """Return the integral over all cells with a quadrature for integrands of a degree."""
        return self._weighted(ufl.Measure("dx", domain=self.mesh, metadata=self._metadata(degree)))

    def cell_field(self, values_of_region: NDArray[np.float64], name: str) -> fem.Function:
        """Return a field that is constant in each region.

        Args:
            values_of_region: one value per region row, shape (regions, *value shape).
            name: name of the field.

        Returns:
            A DG0 function whose value shape is that of one row.
        """
        shape = values_of_region.shape[1:]
        space = fem.functionspace(self.mesh, ("DG", 0, shape) if shape else ("DG", 0))
        field = fem.Function(space, name=name)
        size = int(np.prod(shape)) if shape else 1
        # The dof of a DG0 space sits in its cell, but nothing promises that it has the number of the cell.
        dofs = space.dofmap.list[:, 0]
        field.x.array.reshape(-1, size)[dofs] = values_of_region.reshape(len(values_of_region), size)[self.cell_region]
        return field

    def joined_regions(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return for each local cell the number of its piece, when regions are joined across surfaces (rows)."""
        regions, pairs = len(self.tagged.regions), self.tagged.surfaces.regions[rows]
        graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(regions, regions))
        _, piece_of_region = connected_components(graph, directed=False)
        return np.asarray(piece_of_region[self.cell_region], dtype=np.int32)

    def tagged_rows(self, facets: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return where local tagged facets stand among the facets of the undistributed mesh (`tagged.facets`)."""
        nodes = mesh.entities_to_geometry(self.mesh, self.dimension - 1, facets)
        own, all_of_mesh = _facet_keys(
            self.mesh.geometry.input_global_indices[nodes], self.tagged.facets, len(self.tagged.points)
        )
        order = np.argsort(all_of_mesh)
        return np.asarray(order[np.searchsorted(all_of_mesh[order], own)], dtype=np.int64)

    def describe_dof(self, space: fem.FunctionSpace, dof: int) -> str:
        """Say where a local dof (block) of a space lies: its coordinates and its region."""
        point = space.tabulate_dof_coordinates()[dof, : self.mesh.geometry.dim]
        (cell, *_), _ = np.nonzero(space.dofmap.list == dof)
        place = ", ".join(
            f"{name} = {round(value * 1e6, 6) + 0.0:.4g} um" for name, value in zip("xyz", point, strict=False)
        )
        return f"{place} in {self.tagged.regions.name[self.cell_region[cell]]}"

    def _facet_measure(self, kind_of_integral: str, kinds: Iterable[SurfaceKind], degree: int) -> ufl.Measure:
        numbers = tuple(_KIND_NUMBER[kind] for kind in kinds)
        return self._weighted(
            ufl.Measure(
                kind_of_integral,
                domain=self.mesh,
                subdomain_data=self.facet_kind,
                subdomain_id=numbers if len(numbers) > 1 else numbers[0],
                metadata=self._metadata(degree),
            )
        )

    def _metadata(self, degree: int) -> dict[str, object]:
        # the circumference is linear in the distance from the axis
        return {"quadrature_degree": degree + int(self.axisymmetric)}

    def _weighted(self, plain: ufl.Measure) -> ufl.Measure:
        """The integral over the body that a measure of the mesh stands for."""
        if not self.axisymmetric:
            return plain
        radius = ufl.SpatialCoordinate(self.mesh)[0]
        if plain.integral_type() == "interior_facet":
            radius = radius("+")
        return WeightedMeasure(plain, 2.0 * np.pi * radius)


def _share(rows: NDArray, comm: MPI.Comm) -> NDArray:
    """Return this rank's contiguous share of the rows of an array that every rank holds."""
    bounds = np.linspace(0, len(rows), comm.size + 1).astype(np.int64)
    return np.ascontiguousarray(rows[bounds[comm.rank] : bounds[comm.rank + 1]])


def _locate_facets(msh: mesh.Mesh, tagged: TaggedMesh) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Find the tagged facets of a distributed mesh: their local numbers, sorted, and their surface rows."""
    dimension = msh.topology.dim - 1
    msh.topology.create_entities(dimension)
    msh.topology.create_connectivity(dimension, msh.topology.dim)
    index_map = msh.topology.index_map(dimension)
    local = np.arange(index_map.size_local + index_map.num_ghosts, dtype=np.int32)
    nodes = mesh.entities_to_geometry(msh, dimension, local)
    keys_local, keys_tagged = _facet_keys(msh.geometry.input_global_indices[nodes], tagged.facets, len(tagged.points))
    order = np.argsort(keys_tagged)
    position = np.searchsorted(keys_tagged[order], keys_local)
    position[position == len(order)] = 0
    found = keys_tagged[order][position] == keys_local if len(order) else np.zeros(len(local), dtype=bool)
    return local[found], tagged.facet_surface[order[position[found]]].astype(np.int32)


def _facet_keys(first: NDArray, second: NDArray, number_of_points: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Turn the vertex sets of two lists of facets into integers that are equal exactly where the sets are equal."""
    vertices = np.sort(np.concatenate([first, second]).astype(np.int64), axis=1)
    key = vertices[:, 0]
    for column in range(1, vertices.shape[1]):
        # Compress before each product so that the key stays far below 2^63 for any mesh.
        key = np.unique(key, return_inverse=True)[1].ravel() if column > 1 else key
        key = key * number_of_points + vertices[:, column]
    return key[: len(first)], key[len(first) :]
