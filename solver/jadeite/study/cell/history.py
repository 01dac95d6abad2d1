# SPDX-License-Identifier: LGPL-3.0-or-later
"""The columns of history.csv: one row for each current density that was solved."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jadeite.failure.panel import FlawReading
from jadeite.output.history import APPLIED_CURRENT_DENSITY, CELL_VOLTAGE, MARGIN, MODE_ONE, MODE_TWO, Column
from jadeite.physics.cell import CellResult
from jadeite.study.cell.measured import deciding_criterion

_PRESSURE = "largest sodium pressure (Pa)"


def history_columns(states: Sequence[tuple[float, CellResult, list[FlawReading]]]) -> list[Column]:
    """Return the columns for the flaws of a run."""
    columns = [_column(APPLIED_CURRENT_DENSITY), _column(CELL_VOLTAGE)]
    for reading in states[0][2]:
        columns += [_column(heading, reading.flaw.name) for heading in (MODE_ONE, MODE_TWO, _PRESSURE, MARGIN)]
    return columns


def history_row(current_density: float, result: CellResult, flaws: Sequence[FlawReading]) -> list[float]:
    """Return one row; a quantity that was not computed, or a margin without limit, is left empty."""
    row = [current_density, result.conduction.voltage]
    deciding = deciding_criterion(flaws)
    for reading in flaws:
        intensity = reading.intensity
        state = None if deciding is None else reading.criteria.get(deciding)
        margin = state.margin if state is not None and math.isfinite(state.margin) else math.nan
        row += [
            math.nan if intensity is None else intensity.mode_one,
            math.nan if intensity is None else intensity.mode_two,
            reading.largest_pressure,
            margin,
        ]
    return row


def _column(heading: str, flaw: str | None = None) -> Column:
    quantity, _, unit = heading.rpartition(" (")
    return Column(quantity, unit.removesuffix(")"), flaw)
