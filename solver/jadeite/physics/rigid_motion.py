# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which rigid-body motions the supports of a body leave free, found before anything is solved.

Each connected piece of the mesh may translate and rotate, and plates may move. A condition is a set of linear
equations between these motions; the null space of all of them together is what nothing holds.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from jadeite.fem.domain import Domain
from jadeite.physics.supports import Condition, Foundation, Periodic, Platen, held_dofs, radial_dofs_on_axis

Array = NDArray[np.float64]

_LOGGER = logging.getLogger(__name__)

#: Eigenvalues below this are zero; each condition counts as one, however many nodes it holds.
_NEGLIGIBLE = 1e-9
#: Parts of a direction below this are rounding.
_DISTINCT = 1e-4
#: Of more pieces than this the motions are not looked at one by one.
_MOST_PIECES = 200


class UnconstrainedBody(ValueError):
    """Nothing holds a body against some rigid-body motion; the message names the motion."""


def require_constraints(
    domain: Domain,
    space: fem.FunctionSpace,
    conditions: Sequence[Condition],
    tied: NDArray[np.int64] | None = None,
    held_elsewhere: Sequence[int] = (),
) -> None:
    """Refuse supports that leave a rigid-body motion free.

    Of very many pieces only those are found that no condition touches, which is said in the log.

    Args:
        domain: the solid.
        space: its displacement, with as many components as the problem has.
        conditions: what holds it.
        tied: points of the undistributed mesh that springs join, shape (n, 2); None for none.
        held_elsewhere: regions (rows) that something else holds, with the pieces that they belong to.

    Raises:
        UnconstrainedBody: with the free motions in words, and what would hold them.

    Note:
        Collective; all ranks raise alike.
    """
    count, piece_of_node = _pieces(domain, space, conditions, tied)
    exempt = np.isin(np.arange(count), _pieces_of(domain, piece_of_node, space, held_elsewhere))
    if count > _MOST_PIECES:
        _require_touched(domain, space, conditions, count, piece_of_node, exempt)
        return
    motions = _Motions(domain, space.dofmap.index_map_bs, {c.axis for c in conditions if isinstance(c, Periodic)})
    gram = _gram(domain, space, conditions, motions, count, piece_of_node)
    for piece, free in enumerate(motions.free(gram, count)):
        if free and not exempt[piece]:
            places = space.tabulate_dof_coordinates()
            body = "the body" if count == 1 else _describe_piece(domain, piece_of_node, places, piece)
            raise UnconstrainedBody(
                f"mechanics: nothing holds {body} against {' and '.join(free)}: a support, a flat side or a pinned "
                f"point has to fix {'it' if len(free) == 1 else 'them'}"
            )


class _Motions:
    """The rigid-body motions of a piece: their values at points and their names."""

    def __init__(self, domain: Domain, components: int, repeats: set[int]) -> None:
        points = domain.tagged.points
        self.middle = np.zeros(3)
        self.middle[: points.shape[1]] = 0.5 * (points.min(axis=0) + points.max(axis=0))
        self.extent = float(np.ptp(points, axis=0).max())
        self.components = components
        # rings are held by their own stiffness; what repeats along an axis turns about this axis alone
        self.translations = [1] if domain.axisymmetric else list(range(components))
        turns = [(0, 1)] if domain.dimension == 2 else [(0, 1), (1, 2), (2, 0)]
        self.rotations = [] if domain.axisymmetric else [pair for pair in turns if not repeats & set(pair)]

    @property
    def size(self) -> int:
        """How many motions a piece has."""
        return len(self.translations) + len(self.rotations)

    def values(self, points: Array, component: NDArray[np.int64]) -> Array:
        """One displacement component of each motion at each point (n, 3), shape (n, motions)."""
        arm = (points - self.middle) / self.extent
        found = [np.where(component == axis, 1.0, 0.0) for axis in self.translations]
        for first, second in self.rotations:
            found.append(np.where(component == first, -arm[:, second], np.where(component == second, arm[:, first], 0)))
        return np.column_stack(found) if found else np.zeros((len(points), 0))

    def free(self, gram: Array, pieces: int) -> list[list[str]]:
        """Names of the motions of each piece that cost nothing."""
        value, vector = np.linalg.eigh(gram)
        null = vector[:, value < _NEGLIGIBLE]
        return [self._names(null[self.size * piece : self.size * (piece + 1)]) for piece in range(pieces)]

    def _names(self, null: Array) -> list[str]:
        shifts = len(self.translations)
        turning, without_turning = _range_and_kernel(null[shifts:])
        moving, _ = _range_and_kernel(null[:shifts] @ without_turning)
        about = [3 - sum(pair) for pair in self.rotations]
        return [
            *(f"translation along {name}" for name in _axes_in(moving, self.translations)),
            *(f"rotation about {name}" for name in _axes_in(turning, about)),
        ]


def _range_and_kernel(matrix: Array) -> tuple[Array, Array]:
    """Orthonormal bases, as columns, of the range of a matrix and of what it sends to zero."""
    if not matrix.size:
        return np.zeros((matrix.shape[0], 0)), np.eye(matrix.shape[1])
    left, value, right = np.linalg.svd(matrix)
    rank = int(np.count_nonzero(value > _DISTINCT))
    return left[:, :rank], right[rank:].T


def _axes_in(span: Array, axes: list[int]) -> list[str]:
    """Names of the axes that lie in a space given by orthonormal columns; and that it holds others, if it does."""
    inside = np.linalg.norm(span, axis=1) > 1.0 - _DISTINCT
    names = ["xyz"[axis] for axis, found in zip(axes, inside, strict=True) if found]
    return names if len(names) == span.shape[1] else [*names, "a direction between the axes"]


def _pieces(
    domain: Domain, space: fem.FunctionSpace, conditions: Sequence[Condition], tied: NDArray[np.int64] | None
) -> tuple[int, NDArray[np.int32]]:
    """Number of connected pieces, and the piece of each point of the undistributed mesh."""
    tagged = domain.tagged
    cells = tagged.cells
    links = [np.stack([cells[:, 0], cells[:, k]], axis=1) for k in range(1, cells.shape[1])]
    axes = {condition.axis for condition in conditions if isinstance(condition, Periodic)}
    links += [sides.points for sides in tagged.periodic if sides.axis in axes]
    links += [] if tied is None else [tied]
    pairs = np.concatenate(links)
    number = len(tagged.points)
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(number, number))
    _, piece = connected_components(graph, directed=False)
    used, piece_of_cell = np.unique(piece[cells[:, 0]], return_inverse=True)
    of_local = piece_of_cell.ravel()[domain.mesh.topology.original_cell_index]
    nodes = np.zeros(space.dofmap.index_map.size_local + space.dofmap.index_map.num_ghosts, dtype=np.int32)
    nodes[space.dofmap.list.ravel()] = np.repeat(of_local, space.dofmap.list.shape[1])
    return len(used), nodes


def _pieces_of(
    domain: Domain, piece_of_node: NDArray[np.int32], space: fem.FunctionSpace, regions: Sequence[int]
) -> NDArray[np.int32]:
    """The pieces that some regions belong to."""
    cells = np.isin(domain.cell_region, regions)
    found = np.unique(piece_of_node[space.dofmap.list[cells].ravel()])
    return np.unique(np.concatenate(domain.mesh.comm.allgather(found)))


def _require_touched(
    domain: Domain,
    space: fem.FunctionSpace,
    conditions: Sequence[Condition],
    count: int,
    piece_of_node: NDArray[np.int32],
    exempt: NDArray[np.bool_],
) -> None:
    """Refuse a piece that no condition touches."""
    touched = np.zeros(count, dtype=np.int32)
    for condition in conditions:
        if not isinstance(condition, Periodic):
            touched[piece_of_node[held_dofs(domain, space, condition) // space.dofmap.index_map_bs]] = 1
    domain.mesh.comm.Allreduce(MPI.IN_PLACE, touched, op=MPI.MAX)
    loose = np.flatnonzero((touched == 0) & ~exempt)
    if len(loose):
        place = _describe_piece(domain, piece_of_node, space.tabulate_dof_coordinates(), int(loose[0]))
        raise UnconstrainedBody(
            f"mechanics: nothing holds {place}, and {len(loose) - 1} of {count} other pieces: each needs a support"
        )
    _LOGGER.warning("mechanics: the body has %d pieces: that each is held against every motion is not checked", count)


def _gram(
    domain: Domain,
    space: fem.FunctionSpace,
    conditions: Sequence[Condition],
    motions: _Motions,
    pieces: int,
    piece_of_node: NDArray[np.int32],
) -> Array:
    """Sum over conditions of the squares of what they forbid, over motions of pieces and of plates."""
    plates = [condition for condition in conditions if isinstance(condition, Platen | Foundation)]
    size = motions.size * pieces + len(plates)
    gram = np.zeros((size, size))
    places, block = space.tabulate_dof_coordinates(), space.dofmap.index_map_bs
    owned = space.dofmap.index_map.size_local * block
    groups: list[tuple[Condition | None, NDArray[np.int32]]] = [
        (condition, held_dofs(domain, space, condition))
        for condition in conditions
        if not isinstance(condition, Periodic) and condition.component < block
    ]
    if domain.axisymmetric:
        groups.append((None, radial_dofs_on_axis(domain, space)))
    for condition, dofs in groups:
        dofs = dofs[dofs < owned].astype(np.int64)
        node, component = np.divmod(dofs, block)
        row = np.arange(len(dofs))
        columns = motions.size * piece_of_node[node][:, None] + np.arange(motions.size)
        entries = [(motions.values(places[node], component).ravel(), np.repeat(row, motions.size), columns.ravel())]
        if condition in plates:
            plate = np.full(len(dofs), motions.size * pieces + plates.index(condition))
            entries.append((-np.ones(len(dofs)), row, plate))
        value, rows, column = (np.concatenate(parts) for parts in zip(*entries, strict=True))
        equations = csr_matrix((value, (rows, column)), shape=(len(dofs), size))
        count = domain.mesh.comm.allreduce(len(dofs))
        gram += domain.mesh.comm.allreduce((equations.T @ equations).toarray()) / max(count, 1)
    return gram


def _describe_piece(domain: Domain, piece_of_node: NDArray[np.int32], places: Array, piece: int) -> str:
    """Say where a piece of the mesh lies."""
    comm = domain.mesh.comm
    inside = places[piece_of_node == piece]
    total, count = comm.allreduce(inside.sum(axis=0)), comm.allreduce(len(inside))
    centre = ", ".join(
        f"{name} = {value * 1e6:.4g} um" for name, value in zip("xyz"[: domain.dimension], total / count, strict=False)
    )
    return f"the piece of the body around {centre}"
