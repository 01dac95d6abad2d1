# SPDX-License-Identifier: LGPL-3.0-or-later
"""Interface laws at points of facets, assembled outside UFL: DOLFINx has no quadrature elements on interior facets.

The displacement on either side of a facet is a combination of few shape functions. Their values at the points of every
facet are tabulated once; jumps, forces and stiffness are then products of arrays. Points of both sides coincide because
the second side takes the barycentric coordinates of the first, vertex by vertex.
"""

from __future__ import annotations

import basix
import numpy as np
from dolfinx import fem, mesh
from mpi4py import MPI
from numpy.typing import NDArray
from petsc4py import PETSc

from jadeite.fem.domain import Domain
from jadeite.fem.state import Kept, Spread, State
from jadeite.physics.solid.laws import Array, InterfaceRows
from jadeite.physics.solid.point_states import PointStates


class FacetPoints:
    """Points of the facets that follow one interface law: an assembled term of the equation of the displacement."""

    def __init__(self, of: str, domain: Domain, displacement: fem.Function, interface: InterfaceRows) -> None:
        """Tabulate shape functions and frames on the facets that this rank owns.

        Args:
            of: name of the field of the displacement.
            domain: the solid.
            displacement: on the broken or a continuous space.
            interface: law and surface rows.

        Raises:
            ValueError: when a law lies on both interior and boundary facets, or an obstacle on interior ones.

        Note:
            Collective.
        """
        self.of, self.domain, self.displacement = of, domain, displacement
        space = displacement.function_space
        self.components = space.dofmap.index_map_bs
        self.surface_rows = tuple(int(row) for row in interface.rows)
        facets, rows = _owned_facets(domain, np.asarray(interface.rows))
        sides = _sides(domain, facets, rows)
        here = np.array([np.count_nonzero(sides[:, 1] < 0), np.count_nonzero(sides[:, 1] >= 0)])
        boundary, interior = domain.mesh.comm.allreduce(here, op=MPI.SUM)
        if boundary and interior:
            raise ValueError("an interface law lies on interior and on boundary facets")
        if interior and interface.obstacle is not None:
            raise ValueError("an obstacle cannot lie between two parts of the body")
        self.interior = bool(interior)
        if self.interior:  # what is continuous cannot open
            apart = ~_shares_nodes(space, domain, facets, sides)
            facets, rows, sides = facets[apart], rows[apart], sides[apart]
        self.facets, self.rows, self.sides = facets, rows, sides
        self._tabulate(space, interface.nodal)
        points = self.weights.shape[1]
        self.states = PointStates(interface.law, np.repeat(rows.astype(np.int32), points), 3)
        self.offset = np.zeros((*self.weights.shape, 3))
        if interface.obstacle is not None:
            self.move_obstacle(interface.obstacle(self.points.reshape(-1, 3).T).T.reshape(self.points.shape))
        self._settled_offset = self.offset
        self._matrix: PETSc.Mat | None = None

    def move_obstacle(self, displacement: Array) -> None:
        """Give the obstacle another displacement (m), its distance in the reference state included.

        Args:
            displacement: at the points in laboratory axes, shape (facets, points, 3), or one vector (3,) for all.
        """
        self.offset = np.einsum("fij,fpj->fpi", self.frames, np.broadcast_to(displacement, self.points.shape))

    # Jump to traction

    def jump(self) -> Array:
        """Return the jump of the present displacement in local frames, shape (facets times points, 3), m."""
        values = self.displacement.x.array.reshape(-1, self.components)[self._nodes]
        jump = np.einsum("fpa,fac->fpc", self._shapes, values)
        local = np.einsum("fic,fpc->fpi", self.frames[:, :, : self.components], jump)
        return (local + self.offset).reshape(-1, 3)

    def update(self) -> None:
        """Bring traction and tangent up to date with the present displacement."""
        response = self.states.update(self.jump())
        shape = self.weights.shape
        self._traction = response.stress.reshape(*shape, 3)
        self._tangent = response.tangent.reshape(*shape, 3, 3)

    # Assembled term

    def add_residual(self, out: Array) -> None:
        """Add the forces on the nodes to an array over local dofs."""
        frames = self.frames[:, :, : self.components]
        force = np.einsum("fp,fpa,fpi,fic->fac", self.weights, self._shapes, self._traction, frames, optimize=True)
        np.add.at(out.reshape(-1, self.components), self._nodes.ravel(), force.reshape(-1, self.components))

    def add_jacobian(self, matrix: PETSc.Mat, rows: NDArray[np.int64]) -> None:
        """Add the stiffness of the interface to a matrix. Collective."""
        frames = self.frames[:, :, : self.components]
        local = np.einsum("fic,fpij,fjd->fpcd", frames, self._tangent, frames, optimize=True)
        shapes = self._shapes
        values = np.einsum("fp,fpa,fpb,fpcd->facbd", self.weights, shapes, shapes, local, optimize=True)
        if self._matrix is None:
            number = self._nodes.shape[1] * self.components
            of_dofs = rows.reshape(-1, self.components)[self._nodes].reshape(len(self.facets), number)
            own = PETSc.Mat().create(comm=self.domain.mesh.comm)
            own.setSizes(matrix.getSizes())
            own.setType(matrix.getType())
            first = np.repeat(of_dofs, number, axis=1).ravel().astype(PETSc.IntType)
            second = np.tile(of_dofs, (1, number)).ravel().astype(PETSc.IntType)
            own.setPreallocationCOO(first, second)
            self._matrix = own
        self._matrix.setValuesCOO(values.ravel(), PETSc.InsertMode.INSERT_VALUES)
        matrix.axpy(1.0, self._matrix, structure=PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN)

    def obstacle_work(self) -> float:
        """Return the work that a moving obstacle does from the settled to the trial state, J. Collective."""
        mean = 0.5 * (self.states.settled.stress + self.states.trial.stress)
        return self.integral(np.einsum("pi,pi->p", mean, (self.offset - self._settled_offset).reshape(-1, 3)))

    def settle(self) -> None:
        """End a step: the trial state becomes the settled one."""
        self.states.settle()
        self._settled_offset = self.offset

    def state(self) -> State:
        """Return the settled states of the points and the place of the obstacle; see `Restorable`."""
        numbers = self.domain.tagged_rows(self.facets)
        points = self.states.rows(numbers, self.weights.shape[1])
        return {**points, "offset": Spread(numbers, self._settled_offset)}

    def restore(self, kept: Kept) -> None:
        """Settle in a kept state. Collective."""
        numbers = self.domain.tagged_rows(self.facets)
        self.states.restore(kept, numbers)
        self.offset = self._settled_offset = kept.rows("offset", numbers)

    def integral(self, density: Array) -> float:
        """Integrate a density (facets times points,) over the interface, J for J/m^2. Collective."""
        here = float(density @ self.weights.ravel())
        return float(self.domain.mesh.comm.allreduce(here, op=MPI.SUM))

    # Set-up

    def _tabulate(self, space: fem.FunctionSpace, nodal: bool) -> None:
        msh = self.domain.mesh
        dimension = self.domain.dimension
        element = space.element.basix_element
        degree = element.degree
        reference, weights = _facet_rule(dimension, degree, nodal, self.domain.axisymmetric)
        barycentric = np.column_stack([1.0 - reference.sum(axis=1), reference])
        corners, local_facet = _corners(self.domain, self.facets, self.sides)
        vertices = basix.geometry(element.cell_type)
        layout = space.dofmap.dof_layout
        closure = np.array([layout.entity_closure_dofs(dimension - 1, k) for k in range(dimension + 1)])
        shapes, nodes = [], []
        for side in range(2 if self.interior else 1):
            inside = np.einsum("pk,fkd->fpd", barycentric, vertices[corners[:, side]])
            table = element.tabulate(0, inside.reshape(-1, dimension))[0, :, :, 0]
            table = table.reshape(len(self.facets), len(weights), table.shape[-1])
            on_facet = closure[local_facet[:, side]]
            sign = 1.0 if side else -1.0
            shapes.append(sign * np.take_along_axis(table, on_facet[:, None, :], axis=2))
            nodes.append(np.take_along_axis(space.dofmap.list[self.sides[:, side]], on_facet, axis=1))
        self._shapes, self._nodes = np.concatenate(shapes, axis=2), np.concatenate(nodes, axis=1)
        x = msh.geometry.x[np.take_along_axis(msh.geometry.dofmaps[0][self.sides[:, 0]], corners[:, 0], axis=1)]
        self.points = np.einsum("pk,fkd->fpd", barycentric, x)
        self.frames, measure = _frames(msh, dimension, x, self.sides[:, 0])
        # weights of the reference facet add up to its measure, 1 or 1/2
        self.weights = measure[:, None] * (weights / weights.sum())
        if self.domain.axisymmetric:
            self.weights = self.weights * 2.0 * np.pi * self.points[:, :, 0]


def _owned_facets(domain: Domain, rows: NDArray[np.integer]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Facets of some surface rows that this rank owns, and their rows."""
    chosen = np.isin(domain.facet_surface.values, rows)
    facets, row = domain.facet_surface.indices[chosen], domain.facet_surface.values[chosen]
    owned = facets < domain.mesh.topology.index_map(domain.dimension - 1).size_local
    return facets[owned], row[owned]


def _sides(domain: Domain, facets: NDArray[np.int32], rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Cells on side 0 and 1 of facets, -1 where there is none: side 0 is in the first region of the surface row."""
    topology = domain.mesh.topology
    topology.create_connectivity(domain.dimension - 1, domain.dimension)
    cells_of = topology.connectivity(domain.dimension - 1, domain.dimension)
    first = cells_of.offsets[facets]
    count = cells_of.offsets[facets + 1] - first
    cells = np.stack([cells_of.array[first], np.full(len(facets), -1, dtype=np.int32)], axis=1)
    cells[count == 2, 1] = cells_of.array[first[count == 2] + 1]
    two = cells[:, 1] >= 0
    wanted = domain.tagged.surfaces.regions[rows, 0]
    region = np.where(cells >= 0, domain.cell_region[cells], -1)
    same = region[:, 0] == region[:, 1]
    number = domain.mesh.topology.original_cell_index
    swap = two & np.where(same, number[cells[:, 0]] > number[cells[:, 1]], region[:, 0] != wanted)
    cells[swap] = cells[swap][:, ::-1]
    return cells


def _shares_nodes(
    space: fem.FunctionSpace, domain: Domain, facets: NDArray[np.int32], sides: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Whether the displacement is continuous across facets: all dofs of one side are dofs of the other."""
    dofs = space.dofmap.list
    layout = space.dofmap.dof_layout
    _, local_facet = _corners(domain, facets, sides)
    closure = np.array([layout.entity_closure_dofs(domain.dimension - 1, k) for k in range(domain.dimension + 1)])
    both = [np.sort(np.take_along_axis(dofs[sides[:, k]], closure[local_facet[:, k]], axis=1), axis=1) for k in (0, 1)]
    return np.asarray((both[0] == both[1]).all(axis=1))


def _corners(
    domain: Domain, facets: NDArray[np.int32], sides: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each facet and side the facet's vertices as local vertices of the cell, and its local number.

    The vertices, shape (facets, 2, d), are in the same order on both sides.
    """
    topology, dimension = domain.mesh.topology, domain.dimension
    topology.create_connectivity(dimension, dimension - 1)
    topology.create_connectivity(dimension, 0)
    facets_of = topology.connectivity(dimension, dimension - 1).array.reshape(-1, dimension + 1)
    vertices_of = topology.connectivity(dimension, 0).array.reshape(-1, dimension + 1)
    cell = domain.mesh.basix_cell()
    of_facet = np.array(basix.topology(cell)[dimension - 1])
    local = np.zeros((len(facets), 2), dtype=np.int64)
    corners = np.zeros((len(facets), 2, dimension), dtype=np.int64)
    local[:, 0] = np.argmax(facets_of[sides[:, 0]] == facets[:, None], axis=1)
    corners[:, 0] = of_facet[local[:, 0]]
    vertices = np.take_along_axis(vertices_of[sides[:, 0]], corners[:, 0], axis=1)
    two = sides[:, 1] >= 0
    local[two, 1] = np.argmax(facets_of[sides[two, 1]] == facets[two, None], axis=1)
    corners[two, 1] = np.argmax(vertices_of[sides[two, 1]][:, None, :] == vertices[two][:, :, None], axis=2)
    return corners, local


def _facet_rule(dimension: int, degree: int, nodal: bool, axisymmetric: bool) -> tuple[Array, Array]:
    """Points and weights on the reference facet."""
    facet = basix.CellType.interval if dimension == 2 else basix.CellType.triangle
    if not nodal:
        return basix.make_quadrature(facet, 2 * degree + int(axisymmetric))
    if dimension == 2:
        return basix.make_quadrature(facet, 2 * degree - 1, rule=basix.QuadratureType.gll)
    corners = basix.geometry(facet)
    # exact for the degree of the displacement: corners for degree one, middles of edges for degree two
    points = corners if degree == 1 else 0.5 * (corners + np.roll(corners, 1, axis=0))
    return points, np.full(3, 1.0 / 6.0)


def _frames(msh: mesh.Mesh, dimension: int, corners: Array, cells: NDArray[np.int32]) -> tuple[Array, Array]:
    """Rows normal, first and second tangent of each facet, (facets, 3, 3), normals out of cells; and its measure."""
    middle = msh.geometry.x[msh.geometry.dofmaps[0][cells]].mean(axis=1)
    along = corners[:, 1] - corners[:, 0]
    frames = np.zeros((len(corners), 3, 3))
    if dimension == 2:
        measure = np.linalg.norm(along, axis=1)
        normal = np.stack([along[:, 1], -along[:, 0], np.zeros(len(along))], axis=1) / measure[:, None]
    else:
        cross = np.cross(along, corners[:, 2] - corners[:, 0])
        double = np.linalg.norm(cross, axis=1)
        measure, normal = 0.5 * double, cross / double[:, None]
    outward = np.einsum("fi,fi->f", normal, corners[:, 0] - middle)
    normal[outward < 0.0] *= -1.0
    frames[:, 0] = normal
    if dimension == 2:
        frames[:, 1] = np.stack([-normal[:, 1], normal[:, 0], np.zeros(len(normal))], axis=1)
        frames[:, 2] = [0.0, 0.0, 1.0]
    else:
        frames[:, 1] = along / np.linalg.norm(along, axis=1)[:, None]
        frames[:, 2] = np.cross(normal, frames[:, 1])
    return frames, measure
