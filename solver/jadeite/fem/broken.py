# SPDX-License-Identifier: LGPL-3.0-or-later
"""The broken Lagrange space: continuous inside each piece of the mesh, free to jump from piece to piece.

A piece is a set of cells, for example one grain. The unknowns of the broken space are the pairs (dof of the
continuous space, piece) that occur in some cell, so a node on a boundary between two grains gets one unknown for
each, a node at a triple junction one for each of
the three, and nothing else changes: mesh, elements, UFL, boundary conditions and preconditioners are those of an
ordinary Lagrange space. Nodes that are tied together, such as those on opposite sides of a periodic box, count as one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from dolfinx import cpp, fem, mesh
from mpi4py import MPI
from numpy.typing import NDArray

_PIECE_BITS = 24  # a pair fits one 64-bit key: up to 16.7 million pieces and 5.5e11 dofs


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


Tie = Callable[[fem.FunctionSpace], NDArray[np.int64]]


def broken_space(msh: mesh.Mesh, piece: NDArray[np.integer], element: tuple, tie: Tie | None = None) -> BrokenSpace:
    """Build the space that is continuous inside each piece and independent from piece to piece.

    Args:
        msh: mesh with ghost cells across facets (ghost mode shared_facet) when there is more than one rank.
        piece: number of the piece of each local cell, ghosts included, shape (cells,), each below 2^24.
        element: element as `dolfinx.fem.functionspace` takes it, for example ("Lagrange", 2).
        tie: gives for each local dof of the continuous space the global number of the dof that stands for it and for
            all that are tied to it; without it, every dof stands for itself.

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
    if cells and not (piece.min() >= 0 and piece.max() < 1 << _PIECE_BITS):
        raise ValueError(f"piece numbers must lie between 0 and {(1 << _PIECE_BITS) - 1}")

    flat = dofmap.list.ravel().astype(np.int32)
    node = index_map.local_to_global(flat) if tie is None else tie(continuous)[flat]
    pair_of_cell = (node << _PIECE_BITS) | np.repeat(piece.astype(np.int64), dofs_per_cell)
    pairs, first, inverse = np.unique(pair_of_cell, return_index=True, return_inverse=True)
    inverse = inverse.ravel()
    parent = flat[first]

    held = np.zeros(len(pairs), dtype=bool)  # true where the pair lies on a cell that this rank owns
    held[inverse[: msh.topology.index_map(msh.topology.dim).size_local * dofs_per_cell]] = True
    starts = np.array(msh.comm.allgather(index_map.local_range[0]))
    home = (np.searchsorted(starts, pairs >> _PIECE_BITS, side="right") - 1).astype(np.int32)
    numbers, owner, owned_pairs, offset = _number_pairs(msh.comm, pairs, held, home)
    foreign = owner != msh.comm.rank
    local = np.empty(len(pairs), dtype=np.int32)
    local[~foreign] = numbers[~foreign] - offset
    local[foreign] = owned_pairs + np.arange(np.count_nonzero(foreign))

    new_map = cpp.common.IndexMap(msh.comm, owned_pairs, numbers[foreign], owner[foreign], _TAG)
    adjacency = cpp.graph.AdjacencyList_int32(local[inverse].reshape(cells, dofs_per_cell))
    new_dofmap = cpp.fem.DofMap(dofmap.dof_layout, new_map, dofmap.index_map_bs, adjacency, dofmap.bs)
    space = fem.FunctionSpace(
        msh,
        continuous.ufl_element(),
        cpp.fem.FunctionSpace_float64(msh._cpp_object, continuous.element._cpp_object, new_dofmap),
    )
    parent_of_local = np.empty(len(pairs), dtype=np.int32)
    parent_of_local[local] = parent
    return BrokenSpace(space=space, continuous=continuous, parent=parent_of_local)


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
