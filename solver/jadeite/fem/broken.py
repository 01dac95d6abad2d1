# SPDX-License-Identifier: LGPL-3.0-or-later
"""The broken Lagrange space: continuous inside each piece of the mesh, free to jump from piece to piece.

A piece is a set of cells, for example one grain. The unknowns of the broken space are the pairs (dof of the
continuous space, piece) that occur in some cell, so a node on a boundary between two grains gets one unknown for
each, a node at a triple junction one for each of
the three, and nothing else changes: mesh, elements, UFL, boundary conditions and preconditioners are those of an
ordinary Lagrange space. Nodes that are tied together, such as those on opposite sides of a periodic box, count as one.

Facets between pieces may join them: along such facets, and there alone, the space is continuous again. And facets may
form a network that has a field of its own, such as the potential of grain boundaries: it is one more piece, continuous
through the lines where facets meet, whose unknowns are numbered together with those of the cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from dolfinx import cpp, fem, mesh
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

_PIECE_BITS = 24  # a pair fits one 64-bit key: up to 16.7 million pieces and 5.5e11 dofs
_NETWORK = (1 << _PIECE_BITS) - 1  # the piece of the network


@dataclass(frozen=True, eq=False)
class BrokenSpace:
    """A function space that may jump between pieces, and the continuous space it was cut from.

    Attributes:
        space: the broken space.
        continuous: the continuous space of the same element.
        parent: for each local dof (block) of the broken space the local dof of the continuous space at the same node
            (at one of its nodes where several are tied).
    """

    space: fem.FunctionSpace
    continuous: fem.FunctionSpace
    parent: NDArray[np.int32]
    network: fem.FunctionSpace | None = None

    @property
    def layers(self) -> tuple[fem.FunctionSpace, ...]:
        """The space of the cells and, if there is one, that of the network."""
        return (self.space,) if self.network is None else (self.space, self.network)


Tie = Callable[[fem.FunctionSpace], NDArray[np.int64]]


def broken_space(
    msh: mesh.Mesh,
    piece: NDArray[np.integer],
    element: tuple,
    tie: Tie | None = None,
    *,
    joined: NDArray[np.int32] | None = None,
    network: NDArray[np.int32] | None = None,
) -> BrokenSpace:
    """Build the space that is continuous inside each piece and independent from piece to piece.

    Args:
        msh: mesh with ghost cells across facets (ghost mode shared_facet) when there is more than one rank.
        piece: number of the piece of each local cell, ghosts included, shape (cells,), each below 2^24 - 1.
        element: Lagrange element as `dolfinx.fem.functionspace` takes it, for example ("Lagrange", 2).
        tie: gives for each local dof of the continuous space the global number of the dof that stands for it and for
            all that are tied to it; without it, every dof stands for itself.
        joined: local interior facets, ghosts included, across which pieces are continuous.
        network: local interior facets, ghosts included, with a field of their own; on facets that are joined as well,
            it is that of the cells.

    Raises:
        ValueError: when a piece number is out of range or an array has the wrong length.

    Note:
        Collective. A pair is owned by a rank that owns a cell with it: an owner without such a cell would never see
        its dof interpolated, located or assembled. The rank that owns the continuous dof, or the one that stands for
        it, decides (it is the home of the pair), and the others ask it for the number.
    """
    continuous = fem.functionspace(msh, element)
    dofmap, index_map = continuous.dofmap, continuous.dofmap.index_map
    cells, dofs_per_cell = dofmap.list.shape
    if piece.shape != (cells,):
        raise ValueError(f"one piece number per local cell is needed: {cells} cells, {piece.shape} numbers")
    if cells and not (piece.min() >= 0 and piece.max() < _NETWORK):
        raise ValueError(f"piece numbers must lie between 0 and {_NETWORK - 1}")

    flat = dofmap.list.ravel().astype(np.int32)
    node = index_map.local_to_global(flat) if tie is None else tie(continuous)[flat]
    starts = np.array(msh.comm.allgather(index_map.local_range[0]))

    def home(pairs: NDArray[np.int64]) -> NDArray[np.int32]:
        return (np.searchsorted(starts, pairs >> _PIECE_BITS, side="right") - 1).astype(np.int32)

    # one layer of pairs for the cells, one more for the network
    layers = ((node << _PIECE_BITS) | np.repeat(piece.astype(np.int64), dofs_per_cell)).reshape(1, -1)
    if network is not None:
        touched = np.zeros(index_map.size_local + index_map.num_ghosts, dtype=bool)
        touched[fem.locate_dofs_topological(continuous, msh.topology.dim - 1, network, remote=True)] = True
        layers = np.stack([layers[0], np.where(touched[flat], (node << _PIECE_BITS) | _NETWORK, layers[0])])
    if joined is not None:
        layers = _join(continuous, layers, joined, network, home)
    pairs, first, inverse = np.unique(layers, return_index=True, return_inverse=True)
    inverse = inverse.reshape(len(layers), cells, dofs_per_cell)
    parent = flat[first % len(flat)]

    held = np.zeros(len(pairs), dtype=bool)  # true where the pair lies on a cell that this rank owns
    held[inverse[:, : msh.topology.index_map(msh.topology.dim).size_local]] = True
    numbers, owner, owned_pairs, offset = _number_pairs(msh.comm, pairs, held, home(pairs))
    foreign = owner != msh.comm.rank
    local = np.empty(len(pairs), dtype=np.int32)
    local[~foreign] = numbers[~foreign] - offset
    local[foreign] = owned_pairs + np.arange(np.count_nonzero(foreign))

    new_map = cpp.common.IndexMap(msh.comm, owned_pairs, numbers[foreign], owner[foreign], _TAG)
    spaces = []
    for layer in inverse:
        adjacency = cpp.graph.AdjacencyList_int32(local[layer])
        new_dofmap = cpp.fem.DofMap(dofmap.dof_layout, new_map, dofmap.index_map_bs, adjacency, dofmap.bs)
        new_space = cpp.fem.FunctionSpace_float64(msh._cpp_object, continuous.element._cpp_object, new_dofmap)
        spaces.append(fem.FunctionSpace(msh, continuous.ufl_element(), new_space))
    parent_of_local = np.empty(len(pairs), dtype=np.int32)
    parent_of_local[local] = parent
    return BrokenSpace(spaces[0], continuous, parent_of_local, None if network is None else spaces[1])


def _join(
    continuous: fem.FunctionSpace,
    layers: NDArray[np.int64],
    joined: NDArray[np.int32],
    network: NDArray[np.int32] | None,
    home: Callable[[NDArray[np.int64]], NDArray[np.int32]],
) -> NDArray[np.int64]:
    """Replace the pairs that joined facets make equal by one of them; all pairs of a node have the same home.

    Args:
        continuous: the continuous space.
        layers: pairs of the cells and, if there is one, of the network, shape (layers, cells times dofs).
        joined, network: facets, see `broken_space`.
        home: rank that decides on pairs.
    """
    comm = continuous.mesh.comm
    facets, places = _both_sides(continuous, joined)
    edges = [np.stack([layers[0, places[:, 0]], layers[0, places[:, 1]]], axis=-1).reshape(-1, 2)]
    if network is not None:
        inside = places[np.isin(facets, network), 0]
        edges.append(np.stack([layers[0, inside], layers[1, inside]], axis=-1).reshape(-1, 2))
    links = np.unique(np.concatenate(edges), axis=0)
    links = links[links[:, 0] != links[:, 1]]

    def exchange(destination: NDArray[np.int32], rows: NDArray) -> list[NDArray]:
        return comm.alltoall([rows[destination == rank] for rank in range(comm.size)])

    known, ends = np.unique(np.concatenate(exchange(home(links[:, 0]), links)), return_inverse=True)
    ends = ends.reshape(-1, 2)
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(known), len(known)))
    _, group = connected_components(graph, directed=False)
    # pairs are sorted: the first of a group is the smallest
    _, first = np.unique(group, return_index=True)
    stands = known[first[group]]

    pairs, inverse = np.unique(layers, return_inverse=True)
    asked = home(pairs)
    answers = []
    for question in exchange(asked, pairs):
        row = np.minimum(np.searchsorted(known, question), max(len(known) - 1, 0))
        answers.append(np.where(known[row] == question, stands[row], question) if len(known) else question)
    for rank, answer in enumerate(comm.alltoall(answers)):
        pairs[asked == rank] = answer
    return pairs[inverse.reshape(layers.shape)]


def _both_sides(
    continuous: fem.FunctionSpace, facets: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Facets with two local cells, and where both cells list their dofs: (facets, 2, dofs) rows of the flat dofmap."""
    topology, dofmap = continuous.mesh.topology, continuous.dofmap
    topology.create_connectivity(topology.dim - 1, topology.dim)
    topology.create_connectivity(topology.dim, topology.dim - 1)
    cells_of = topology.connectivity(topology.dim - 1, topology.dim)
    facets = facets[np.diff(cells_of.offsets)[facets] == 2]
    cells = np.stack([cells_of.array[cells_of.offsets[facets] + side] for side in (0, 1)], axis=1)
    facets_of = topology.connectivity(topology.dim, topology.dim - 1).array.reshape(-1, topology.dim + 1)
    number = np.argmax(facets_of[cells] == facets[:, None, None], axis=-1)
    layout = dofmap.dof_layout
    closure = np.array([layout.entity_closure_dofs(topology.dim - 1, k) for k in range(topology.dim + 1)])
    places = cells[:, :, None].astype(np.int64) * dofmap.list.shape[1] + closure[number]
    order = np.argsort(dofmap.list.ravel()[places], axis=-1)
    return facets, np.take_along_axis(places, order, axis=-1)


_TAG = 4711  # tag of the index map's own messages; any number does, as long as all ranks use the same


def _number_pairs(
    comm: MPI.Intracomm, pairs: NDArray[np.int64], held: NDArray[np.bool_], home: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], int, int]:
    """Agree on every pair's owner and number; returns numbers, owners, how many this rank owns and its first."""

    def exchange(destination: NDArray[np.int32], rows: NDArray) -> list[NDArray]:
        return comm.alltoall([rows[destination == rank] for rank in range(comm.size)])

    came = exchange(home, np.column_stack([pairs, held]))
    source = np.concatenate([np.full(len(rows), rank) for rank, rows in enumerate(came)])
    arrived = np.concatenate(came)
    unique, where = np.unique(arrived[:, 0], return_inverse=True)
    where = where.ravel()
    # The home itself is preferred, then the lowest rank that owns a cell with the pair.
    preference = np.where(arrived[:, 1] == 1, np.where(source == comm.rank, -1, source), comm.size)
    best = np.full(len(unique), comm.size, dtype=np.int64)
    np.minimum.at(best, where, preference)
    best[best == -1] = comm.rank
    answers = np.split(best[where], np.cumsum([len(rows) for rows in came])[:-1])
    owner = np.empty(len(pairs), dtype=np.int32)
    for rank, reply in enumerate(comm.alltoall(answers)):
        owner[home == rank] = reply

    mine = pairs[owner == comm.rank]  # sorted, because pairs are
    offset = comm.exscan(len(mine)) or 0
    asked = exchange(owner, pairs)
    replies = comm.alltoall([np.searchsorted(mine, question) + offset for question in asked])
    numbers = np.empty(len(pairs), dtype=np.int64)
    for rank in range(comm.size):
        numbers[owner == rank] = replies[rank]
    return numbers, owner, len(mine), int(offset)
