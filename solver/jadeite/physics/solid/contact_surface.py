# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where two surfaces face each other: points of contact, and the matrix that reads their jump off a displacement.

A point of contact joins what lies in one place on two sides: two walls of a crack that the mesh opened (nodes of
their own on either side, perhaps on different ranks), the two sides of a boundary across which a broken space may
jump, or a surface and a rigid obstacle. All three come down to one matrix B with

    jump of the displacement at a point, in its local frame = (B u)

and to the area that belongs to each point, so that tractions t do the virtual work sum_i area_i t_i . (B v)_i.

Points are the nodes of the displacement, whose jump is then exactly that of the node, where all nodes of a facet have a
positive share of its area. Where they have not (quadratic displacements on triangles, or around an axis of symmetry),
points are the corners of the facets and the jump at a point is the mean weighted with the linear hat function of the
corner: a pressure that is linear on each facet, stable beside quadratic displacements (Puso, Laursen and Solberg 2008,
Comput. Methods Appl. Mech. Eng. 197, 555).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import basix
import numpy as np
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import ArrayLike, NDArray
from petsc4py import PETSc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import facet_measures

Array = NDArray[np.float64]
Index = NDArray[np.int64]

#: Facets and nodes on both sides of a surface agree to this part of the size of a facet.
_TOLERANCE = 1e-6

#: Side 0 of two walls is the one that looks along this vector: along y, and where it looks along none, along x or z.
_UP = np.array([1e-3, 1.0, 1e-4])


@dataclass(frozen=True, eq=False)
class ContactFacets:
    """The facets of a surface of contact that belong to cells of this rank, both sides of it.

    Attributes:
        facet, cell: local numbers, shape (k,).
        node: which dofs of the displacement in the cell are at the points of each facet, (k, points).
        point: number of each point among those of all ranks, -1 where there is none, (k, points).
        sign: 1 of facets of side 1, -1 of those of side 0, (k,).
    """

    facet: NDArray[np.int32]
    cell: NDArray[np.int32]
    node: NDArray[np.int32]
    point: Index
    sign: Array


@dataclass(frozen=True, eq=False)
class ContactSurface:
    """Points of contact; the arrays hold those of this rank.

    Attributes:
        jump: matrix from the dofs of the displacement to the jumps, one row per point and direction of its frame.
        area: area (in the plane: length) of each point, m^2 (m); that of the ring in a body of revolution.
        frame: normal, out of side 0 into side 1, and tangents of each point, shape (points, c, c) with as many
            components c as the displacement has.
        initial_gap: distance of the surfaces before any displacement, m.
        place: coordinates, m, (points, 3).
        size: mean diameter of the facets around each point, m.
        facets: on which the points are.
        nodal: whether the points are the nodes of the displacement, or the corners of facets.
    """

    jump: PETSc.Mat
    area: Array
    frame: Array
    initial_gap: Array
    place: Array
    size: Array
    facets: ContactFacets
    nodal: bool

    def total(self, comm: MPI.Comm) -> int:
        """Return the number of points on all ranks. Collective."""
        return int(comm.allreduce(len(self.area), op=MPI.SUM))


def facing_surfaces(space: fem.FunctionSpace, domain: Domain, facets: NDArray[np.int32]) -> ContactSurface:
    """Return the points where facets face each other in the same place.

    Args:
        space: of the displacement.
        domain: the body.
        facets: local facets, ghosts included: walls of cuts, or interior facets across which the space is broken.
            Walls that face no other, as those of a notch or a pore, have no points; nor have points where the
            displacement cannot jump, as on the front of a crack.

    Raises:
        ValueError: when the two sides of a surface cannot be told apart.

    Note:
        Collective. The geometry of all facets is gathered on every rank, so that pairs may lie on two ranks.
    """
    sides = _Sides(space, domain, facets)
    partner = sides.partners()
    wall = sides.walls(partner)
    other = sides.node[partner[:, None], sides.corresponding(partner)]
    kept = np.flatnonzero((partner >= 0) & (sides.node != other).any(axis=1))
    if np.any(wall[kept] == wall[partner[kept]]):
        raise ValueError("a surface of contact is one-sided: its walls cannot be told apart")
    # side 0 is the wall with the smaller number; a point is known by its nodes on both walls
    sign = np.where(wall < wall[partner], -1.0, 1.0)
    first = np.where(sign[:, None] < 0, sides.node, other)
    second = np.where(sign[:, None] < 0, other, sides.node)
    keys = np.stack([first, second], axis=-1)[kept]
    # where nodes are points, one that both walls share cannot open
    number = _numbers(keys, keys[..., 0] != keys[..., 1] if sides.nodal else np.ones(keys.shape[:2], dtype=bool))
    point = np.full(sides.node.shape, -1, dtype=np.int64)
    point[kept] = number
    return sides.surface(point, sign, normal=-sign[:, None] * sides.outward, shared=0.5)


def obstacle_surface(
    space: fem.FunctionSpace,
    domain: Domain,
    facets: NDArray[np.int32],
    normal: ArrayLike,
    gap: Callable[[Array], Array],
) -> ContactSurface:
    """Return the points where facets face a rigid obstacle.

    Args:
        space: of the displacement.
        domain: the body.
        facets: local facets of its outside, ghosts included.
        normal: unit vector out of the obstacle into the body, along which their distance is measured.
        gap: distance of the undeformed body from the obstacle, m, at points (3, n).

    Note:
        Collective.
    """
    sides = _Sides(space, domain, facets)
    towards = np.broadcast_to(np.asarray(normal, dtype=float), sides.outward.shape)
    point = _numbers(sides.node[..., None], np.ones(sides.node.shape, dtype=bool))
    surface = sides.surface(point, np.ones(len(point)), normal=towards, shared=1.0)
    # read like a displacement along the normal, so that gap and displacement are averaged alike
    distance = fem.Function(space)
    components = space.dofmap.bs
    along = np.zeros(components)
    along[: domain.dimension] = np.asarray(normal, dtype=float)
    distance.interpolate(lambda x: along[:, None] * gap(x))
    rows = surface.jump.createVecLeft()
    surface.jump.mult(distance.x.petsc_vec, rows)
    surface.initial_gap[:] = rows.getArray(readonly=True).reshape(-1, components)[:, 0]
    return surface


class _Sides:
    """Facets with the cell that each belongs to: geometry of those of all ranks, in the order of ranks."""

    def __init__(self, space: fem.FunctionSpace, domain: Domain, facets: NDArray[np.int32]) -> None:
        self.space, self.domain, self.comm = space, domain, domain.mesh.comm
        msh, dimension = domain.mesh, domain.dimension
        cell, local, facet = _cells_beside(domain, facets)
        self._cell, self._facet = cell, facet
        element, layout = space.element.basix_element, space.dofmap.dof_layout
        corners = np.array(basix.topology(element.cell_type)[dimension - 1])
        closure = np.array([layout.entity_closure_dofs(dimension - 1, k) for k in range(dimension + 1)])
        vertex = np.array([layout.entity_dofs(0, k)[0] for k in range(dimension + 1)])
        at = msh.geometry.x[msh.geometry.dofmaps[0][cell][np.arange(len(cell))[:, None], corners[local]]]
        opposite = msh.geometry.x[msh.geometry.dofmaps[0][cell, local]]
        self._dofs = space.dofmap.list[cell][np.arange(len(cell))[:, None], closure[local]]

        measure = facet_measures(msh, facet)
        moments = np.array([_moments(element, corners[k], closure[k]) for k in range(dimension + 1)])[local]
        # where the nodes of a facet lie between its corners
        hats = np.array([_between(element, corners[k], closure[k]) for k in range(dimension + 1)])
        ring = 2.0 * np.pi * at[:, :, 0] if domain.axisymmetric else np.ones(at.shape[:2])
        # integrals over each facet of linear hat functions times the functions of the displacement
        weighed = np.einsum("f,fikm,fm->fik", measure, moments, ring)
        lumped = weighed.sum(axis=1)
        least = float(np.min(lumped / measure[:, None] / np.max(ring, initial=1.0), initial=1.0))
        self.nodal = bool(self.comm.allreduce(least, op=MPI.MIN) > _TOLERANCE)
        if self.nodal:
            nodes, self._node = self._dofs, closure[local]
            self._share = lumped[:, :, None] * np.eye(closure.shape[1])
            places = np.einsum("fkv,fvx->fkx", hats[local], at)
        else:
            position = np.argmax(closure[:, None, :] == vertex[corners][:, :, None], axis=-1)
            nodes, self._node = np.take_along_axis(self._dofs, position[local], axis=1), vertex[corners[local]]
            self._share = weighed
            places = at
        self._area = self._share.sum(axis=2)

        index_map = space.dofmap.index_map
        first = self.comm.exscan(len(cell)) or 0
        self._own = slice(first, first + len(cell))
        outward = at.mean(axis=1) - opposite
        self.node = self._gather(index_map.local_to_global(nodes.ravel()).reshape(nodes.shape))
        self.at = self._gather(places)
        self.middle = self._gather(at.mean(axis=1))
        self.outward = self._gather(_normals(at, outward)[:, :dimension])
        self.area = self._gather(self._area)
        spread = at - np.roll(at, 1, axis=1)
        self.size = self._gather(np.linalg.norm(spread, axis=2).max(axis=1, initial=0.0))

    def _gather(self, rows: NDArray) -> NDArray:
        return np.concatenate(self.comm.allgather(rows))

    def partners(self) -> Index:
        """Return for each facet the one in the same place, -1 where there is none."""
        partner = np.full(len(self.middle), -1, dtype=np.int64)
        if len(self.middle) > 1:
            distance, near = cKDTree(self.middle).query(self.middle, k=2)
            other = np.where(near[:, 0] == np.arange(len(near)), near[:, 1], near[:, 0])
            partner = np.where(distance[:, 1] <= _TOLERANCE * self.size, other, -1)
        return partner

    def corresponding(self, partner: Index) -> Index:
        """Return for each point of each facet the one of its partner in the same place, shape (facets, points)."""
        apart = np.linalg.norm(self.at[:, :, None] - self.at[partner][:, None], axis=-1)
        return np.asarray(np.argmin(apart, axis=-1))

    def walls(self, partner: Index) -> Index:
        """Return a number for each facet that is the same all over one wall; the first is that of side 0.

        Facets of one wall hang together by nodes that are not those of the other wall.
        """
        other = self.node[partner[:, None], self.corresponding(partner)]
        own = (partner[:, None] >= 0) & (self.node != other)
        facet, column = np.nonzero(own)
        nodes, position = np.unique(self.node[facet, column], return_inverse=True)
        size = len(self.node) + len(nodes)
        links = coo_array((np.ones(len(facet)), (facet, len(self.node) + position)), shape=(size, size))
        wall = connected_components(links, directed=False)[1][: len(self.node)]
        # numbers that do not depend on the ranks: walls that look up come first
        upward = np.bincount(wall, self.area.sum(axis=1) * (self.outward @ _UP[: self.outward.shape[1]]))
        rank = np.empty(len(upward), dtype=np.int64)
        rank[np.argsort(-upward, kind="stable")] = np.arange(len(upward))
        return rank[wall]

    def surface(self, point: Index, sign: Array, normal: Array, shared: float) -> ContactSurface:
        """Make the surface of numbered points.

        Args:
            point: number of each point of each facet, -1 for none.
            sign: 1 where the facet moves side 1, -1 where it moves side 0.
            normal: out of side 0 into side 1, at each facet.
            shared: share of a facet in the area of its points: one half where both sides count.
        """
        count, columns = int(point.max(initial=-1)) + 1, self.space.dofmap.bs
        facet, column = np.nonzero(point >= 0)
        row, weight = point[facet, column], shared * self.area[facet, column]

        def added(values: Array) -> Array:
            total = np.zeros((count, *values.shape[1:]))
            np.add.at(total, row, values)
            return total

        towards = added(weight[:, None] * normal[facet])
        whole, flat = added(weight), np.linalg.norm(towards, axis=1)
        place = np.zeros((count, 3))
        place[row] = self.at[facet, column]
        bounds = np.linspace(0, count, self.comm.size + 1).astype(np.int64)
        mine = slice(bounds[self.comm.rank], bounds[self.comm.rank + 1])
        frame = _frames(towards / flat[:, None], columns)
        return ContactSurface(
            jump=self._jump(point, sign, frame, whole, mine),
            area=flat[mine],
            frame=frame[mine],
            initial_gap=np.zeros(mine.stop - mine.start),
            place=place[mine],
            size=(added(weight * self.size[facet]) / whole)[mine],
            facets=ContactFacets(self._facet, self._cell, self._node, point[self._own], sign[self._own]),
            nodal=self.nodal,
        )

    def _jump(self, point: Index, sign: Array, frame: Array, area: Array, mine: slice) -> PETSc.Mat:
        """Matrix of the jumps, whose entries come from the facets of this rank."""
        own = self._own
        rows, signs, components = point[own], sign[own], frame.shape[-1]
        facet, i, k = np.nonzero((rows[:, :, None] >= 0) & (self._share != 0.0))
        number = rows[facet, i]
        value = signs[facet] * self._share[facet, i, k] / area[number]
        dofmap = self.space.dofmap
        block = dofmap.index_map.local_to_global(self._dofs[facet, k].astype(np.int32)).astype(np.int64)
        direction = np.arange(components)
        shape = (len(facet), components, components)
        row = np.broadcast_to(number[:, None, None] * components + direction[:, None], shape)
        column = np.broadcast_to(block[:, None, None] * components + direction, shape)
        matrix = PETSc.Mat().create(comm=self.comm)
        owned = dofmap.index_map.size_local * components
        matrix.setSizes((((mine.stop - mine.start) * components, None), (owned, None)))
        matrix.setType("aij")
        integer = PETSc.IntType
        matrix.setPreallocationCOO(row.ravel().astype(integer), column.ravel().astype(integer))
        matrix.setValuesCOO((value[:, None, None] * frame[number]).ravel(), addv=PETSc.InsertMode.ADD_VALUES)
        matrix.assemble()
        return matrix


def _cells_beside(
    domain: Domain, facets: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Cells of this rank at facets: cell, number of the facet in the cell, facet."""
    topology = domain.mesh.topology
    dimension = topology.dim
    topology.create_connectivity(dimension - 1, dimension)
    topology.create_connectivity(dimension, dimension - 1)
    beside = topology.connectivity(dimension - 1, dimension)
    counts = np.diff(beside.offsets)[facets]
    facet = np.repeat(facets, counts)
    within = np.arange(len(facet)) - np.repeat(np.cumsum(counts) - counts, counts)
    cell = beside.array[np.repeat(beside.offsets[facets], counts) + within]
    own = cell < domain.owned_cells
    cell, facet = cell[own], facet[own]
    facets_of = topology.connectivity(dimension, dimension - 1).array.reshape(-1, dimension + 1)
    return cell, np.argmax(facets_of[cell] == facet[:, None], axis=1), facet


def _moments(element: basix.finite_element.FiniteElement, corners: NDArray, closure: NDArray) -> Array:
    """Means over a facet of a hat function, a function of the displacement, and a hat function (hats, functions, hats).

    Facet `corners` of the reference cell; `closure` numbers the functions that do not vanish there.
    """
    kind = basix.CellType.interval if len(corners) == 2 else basix.CellType.triangle
    points, weights = basix.make_quadrature(kind, element.degree + 2)
    hats = np.column_stack([1.0 - points.sum(axis=1), points])
    inside = hats @ basix.geometry(element.cell_type)[corners]
    functions = element.tabulate(0, inside)[0, :, closure, 0].T
    return np.einsum("q,qi,qk,qm->ikm", weights / weights.sum(), hats, functions, hats)


def _between(element: basix.finite_element.FiniteElement, corners: NDArray, closure: NDArray) -> Array:
    """Weights of the corners of a facet of the reference cell that make its nodes, shape (nodes, corners)."""
    at = np.column_stack([element.points[closure], np.ones(len(closure))])
    reference = basix.geometry(element.cell_type)[corners]
    weights = np.linalg.lstsq(np.column_stack([reference, np.ones(len(corners))]).T, at.T, rcond=None)[0]
    return np.asarray(weights.T)


def _normals(corners: Array, outward: Array) -> Array:
    """Unit normals of facets with corners (facets, d, 3), on the side of a vector."""
    if corners.shape[1] == 2:
        along = corners[:, 1] - corners[:, 0]
        normal = np.column_stack([-along[:, 1], along[:, 0], np.zeros(len(along))])
    else:
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal *= np.where(np.einsum("fi,fi->f", normal, outward) < 0.0, -1.0, 1.0)[:, None]
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))


def _frames(normal: Array, components: int) -> Array:
    """Normal and tangents (points, c, c) of unit normals (points, d); displacements may have a component more."""
    points, dimension = normal.shape
    frame = np.zeros((points, components, components))
    frame[:, 0, :dimension] = normal
    if dimension == 2:
        frame[:, 1, 0], frame[:, 1, 1] = -normal[:, 1], normal[:, 0]
        if components == 3:
            frame[:, 2, 2] = 1.0
    else:
        axis = np.eye(3)[np.argmin(np.abs(normal), axis=1)] if points else np.zeros((0, 3))
        tangent = axis - np.einsum("pi,pi->p", axis, normal)[:, None] * normal
        frame[:, 1] = tangent / np.linalg.norm(tangent, axis=1, keepdims=True)
        frame[:, 2] = np.cross(normal, frame[:, 1])
    return frame


def _numbers(keys: Index, wanted: NDArray[np.bool_]) -> Index:
    """Number points by keys (facets, points, k): equal keys have equal numbers, -1 where no point is wanted."""
    number = np.full(wanted.shape, -1, dtype=np.int64)
    if wanted.any():
        number[wanted] = np.unique(keys[wanted], axis=0, return_inverse=True)[1].ravel()
    return number
