# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tables of the lines and points where grain boundaries meet, and how they are kept as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class RowLists:
    """A list of rows for each row of a table: list k is values[offsets[k] : offsets[k + 1]]."""

    offsets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    values: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> NDArray[np.int32]:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def owners(self) -> NDArray[np.int64]:
        """The row of the table that each entry of `values` belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))


@dataclass(frozen=True, eq=False)
class TripleLineTable:
    """One row per triple line: a connected line, in 2-D a point, on which the same three or more regions meet.

    `regions` and `boundaries` list rows of the region and the surface table; `angle`, aligned with `regions.values`, is
    the dihedral angle in rad that each region fills at the line (mean over its length). `measure` is the length in m;
    it is 1 in 2-D, the length per metre of depth. `ridges` (k, dim - 1) are points of the mesh, two ends of an edge in
    3-D, and `ridge_line` (k,) the line each belongs to.
    """

    name: tuple[str, ...] = ()
    regions: RowLists = field(default_factory=RowLists)
    boundaries: RowLists = field(default_factory=RowLists)
    angle: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    measure: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    ridges: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    ridge_line: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, eq=False)
class JunctionTable:
    """One row per junction: a point in 3-D where four or more regions meet and triple lines end.

    `point` is a point of the mesh at `position` (n, dim) in m; `regions` and `lines` list rows of the region table and
    of the triple lines.
    """

    name: tuple[str, ...] = ()
    point: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    position: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    regions: RowLists = field(default_factory=RowLists)
    lines: RowLists = field(default_factory=RowLists)

    def __len__(self) -> int:
        return len(self.name)


def columns(prefix: str, table: TripleLineTable | JunctionTable) -> dict[str, NDArray[Any]]:
    """Every column of a table but the names as an array; lists of rows become two, told by their suffix."""
    arrays: dict[str, NDArray[Any]] = {}
    for column in fields(table):
        value = getattr(table, column.name)
        if isinstance(value, RowLists):
            arrays[f"{prefix}.{column.name}.offsets"] = value.offsets
            arrays[f"{prefix}.{column.name}.values"] = value.values
        elif column.name != "name":
            arrays[f"{prefix}.{column.name}"] = value
    return arrays


def read_columns(prefix: str, arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """The columns that `columns` made arrays of."""
    mine = {name.removeprefix(f"{prefix}."): array for name, array in arrays.items() if name.startswith(f"{prefix}.")}
    lists = {name.removesuffix(".offsets") for name in mine if name.endswith(".offsets")}
    plain = {name: array for name, array in mine.items() if "." not in name}
    return plain | {name: RowLists(mine[f"{name}.offsets"], mine[f"{name}.values"]) for name in lists}
