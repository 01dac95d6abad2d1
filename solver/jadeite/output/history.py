# SPDX-License-Identifier: LGPL-3.0-or-later
"""The history of a run: one row per step in a comma-separated file whose header carries the units.

Columns about one flaw are called ``FLAW: quantity (unit)``, so that a reader finds them by the flaw's name.
"""

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from jadeite.output.folder import OutputError

APPLIED_CURRENT_DENSITY = "applied current density (A m^-2)"
CELL_VOLTAGE = "cell voltage (V)"
MODE_ONE = "stress intensity factor, mode I (Pa m^0.5)"
MODE_TWO = "stress intensity factor, mode II (Pa m^0.5)"
MARGIN = "margin (1)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the history: a quantity in words, its unit with exponents, and the flaw it is about, if any."""

    quantity: str
    unit: str
    flaw: str | None = None

    @property
    def label(self) -> str:
        """The column's heading in the file."""
        heading = f"{self.quantity} ({self.unit})"
        return f"{self.flaw}: {heading}" if self.flaw is not None else heading


def flaw_column(flaw: str, heading: str) -> str:
    """Return the heading of a column about one flaw, for example ``flaw_column("deep", MARGIN)``."""
    return f"{flaw}: {heading}"


class HistoryFile:
    """A history being written; each row reaches the disk before ``append`` returns. Use it as a context manager."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        labels = [column.label for column in columns]
        if len(set(labels)) != len(labels):
            raise ValueError(f"the history has two columns of the same name: {labels}")
        self._columns = len(labels)
        self._stream = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._stream, lineterminator="\n")
        self._write(labels)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def append(self, row: Sequence[float]) -> None:
        """Append one step, one number per column in the order of the columns (not-a-number: no value)."""
        if len(row) != self._columns:
            raise ValueError(f"a history row needs {self._columns} numbers, got {len(row)}")
        self._write(["" if np.isnan(value) else repr(float(value)) for value in row])

    def _write(self, cells: Sequence[str]) -> None:
        self._writer.writerow(cells)
        self._stream.flush()
        os.fsync(self._stream.fileno())


def read_history(path: Path) -> dict[str, NDArray[np.float64]]:
    """Read a history: the columns in their order, by heading; empty entries become not-a-number.

    Raises ``OutputError`` when a row does not have one number per column.
    """
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        labels = next(reader, [])
        rows = list(reader)
    try:
        table = np.array([[float(entry) if entry else np.nan for entry in row] for row in rows], float)
        table = table.reshape(len(rows), len(labels))
    except ValueError as error:
        raise OutputError(f"{path.name} is not a table of numbers with {len(labels)} columns: {error}") from error
    return {label: table[:, number] for number, label in enumerate(labels)}
