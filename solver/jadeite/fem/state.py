# SPDX-License-Identifier: LGPL-3.0-or-later
"""The state of a computation as rows that know no partition: what is written on some ranks is read on any others.

A field is kept by cell: the values of its dofs in each cell, under the number of the cell in the undistributed mesh.
That holds for continuous and broken spaces alike, and for histories at the quadrature points of cells. What belongs to
tagged facets is kept under their rows in the undistributed mesh (`Domain.tagged_rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
from dolfinx import fem, mesh
from numpy.typing import NDArray


class Spread(NamedTuple):
    """Rows of a table that is spread over the ranks, each row once.

    Attributes:
        numbers: what each row of this rank is called on any partition, shape (n,).
        values: the rows, shape (n, ...).
    """

    numbers: NDArray[np.int64]
    values: NDArray[Any]


#: What can be kept by name: spread tables, arrays and numbers that are the same on every rank, text, dataclasses of
#: such values, sequences of them, and further states.
type State = Mapping[str, Any]


class Kept(Protocol):
    """A state that was kept, seen from the present ranks."""

    def __getitem__(self, name: str) -> Any:
        """Return a number, text, sequence or array that is the same on every rank."""

    def rows(self, name: str, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """Return rows of a spread table by their numbers. Collective."""

    def part(self, name: str) -> Kept:
        """Return a state within this one."""

    def read[T](self, name: str, kind: type[T]) -> T:
        """Return a dataclass, or a sequence or mapping of them, as it was."""


class Restart(Protocol):
    """Where something that goes on for long keeps its state, and takes it up again."""

    def resume(self) -> Kept | None:
        """Return the state that was kept; None to begin at the beginning. Collective."""

    def offer(self, state: Callable[[], State]) -> None:
        """Keep the state, which is asked for when it is time to. Collective."""


class Restorable(Protocol):
    """What can be kept on its way, and gone on with from there by another attempt on other ranks."""

    def state(self) -> State:
        """Return all that is needed to go on from here as if nothing had happened. Collective."""

    def restore(self, kept: Kept) -> None:
        """Go to a state that was kept. Collective."""


def cell_numbers(msh: mesh.Mesh) -> NDArray[np.int64]:
    """Return the number of each local cell, ghosts included, in the undistributed mesh."""
    return np.asarray(msh.topology.original_cell_index, dtype=np.int64)


def cell_rows(msh: mesh.Mesh, values: NDArray[Any]) -> Spread:
    """Return values of local cells, owned ones first, as rows to be kept; values of ghosts are left out."""
    owned = msh.topology.index_map(msh.topology.dim).size_local
    return Spread(cell_numbers(msh)[:owned], values[:owned])


def dof_rows(space: fem.FunctionSpace, values: NDArray[Any]) -> Spread:
    """Return values of local dofs, ghosts included, by cell: shape (cells, dofs in a cell, components)."""
    owned = space.mesh.topology.index_map(space.mesh.topology.dim).size_local
    return cell_rows(space.mesh, values.reshape(-1, space.dofmap.bs)[space.dofmap.list[:owned]])


def function_rows(function: fem.Function) -> Spread:
    """Return a field by cell: shape (cells, dofs in a cell, components)."""
    return dof_rows(function.function_space, function.x.array)


def restore_function(function: fem.Function, kept: Kept, name: str) -> None:
    """Give a field the values that were kept, ghosts included.

    Note:
        Collective.
    """
    space = function.function_space
    values = function.x.array.reshape(-1, space.dofmap.bs)
    values[space.dofmap.list] = kept.rows(name, cell_numbers(space.mesh))
    function.x.scatter_forward()


def owned_dof_rows(space: fem.FunctionSpace, values: NDArray[Any]) -> Spread:
    """Return values of the dofs (unrolled) that this rank owns by cell, as `dof_rows` does for all local ones.

    Note:
        Collective.
    """
    function = fem.Function(space)
    function.x.array[: len(values)] = values
    function.x.scatter_forward()
    return function_rows(function)


def dofs_of_rows(space: fem.FunctionSpace, kept: Kept, name: str) -> NDArray[Any]:
    """Return the values of all local dofs, ghosts included, that `dof_rows` or `owned_dof_rows` has kept.

    Note:
        Collective.
    """
    function = fem.Function(space)
    restore_function(function, kept, name)
    return np.array(function.x.array)
