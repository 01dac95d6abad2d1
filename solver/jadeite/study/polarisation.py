# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a polarisation curve without dissolved salt: the steady cell at rising current densities."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from jadeite.case.protocol import Polarisation
from jadeite.failure.focusing import measure_focusing
from jadeite.failure.panel import FlawPanel, FlawReading
from jadeite.failure.resistance import ReferenceCeramic
from jadeite.fem.domain import Domain
from jadeite.output.display import number, quantity
from jadeite.output.history import HistoryFile
from jadeite.output.summary import Column, ResultTable, Summary
from jadeite.physics.cell import Cell, CellResult
from jadeite.physics.conduction_state import Current
from jadeite.study.assembly.cell import build_cell
from jadeite.study.cell import summarise
from jadeite.study.cell.history import history_columns, history_row
from jadeite.study.cell.measured import Measured
from jadeite.study.cell.measuring import flaw_panel, measure, records, solves_of_cell, write_cell
from jadeite.study.context import RunContext

_LOGGER = logging.getLogger(__name__)

STAGES = {"mesh": 10.0, "polarisation": 60.0, "fields": 5.0, "figures and report": 25.0}


@dataclass(frozen=True)
class _Point:
    """The cell at one current density (A/m^2)."""

    current_density: float
    result: CellResult
    focusing: float
    flaws: list[FlawReading]


def execute(run: RunContext) -> Summary | None:
    """Go through all stages; returns the summary on rank 0.

    Note:
        Collective.
    """
    return _Study(run).execute()


class _Study:
    """The stages of one run; fields, figures and margins are those of the last current density."""

    def __init__(self, run: RunContext) -> None:
        self.run, self.case = run, run.case
        self.points: list[_Point] = []

    def execute(self) -> Summary | None:
        """Go through all stages; returns the summary on rank 0."""
        domain = self.run.domain()
        self.run.progress.stage("polarisation")
        cell = build_cell(self.case, self.run.materials, domain, self.run.progress.newton)
        reference = ReferenceCeramic(cell.conduction, self.run.area, self.run.thickness)
        panel = flaw_panel(self.run, cell, reference)
        self._sweep(cell, panel)
        last = self.points[-1]
        measured = measure(self.run, cell, reference, panel, last.result.conduction, last.flaws, {})
        self.run.progress.stage("fields")
        write_cell(self.run, cell, panel, measured.result.voltage)
        return self._summarise(domain, measured) if self.run.folder is not None else None

    def _sweep(self, cell: Cell, panel: FlawPanel) -> None:
        assert isinstance(self.case.protocol, Polarisation)
        densities = self.case.protocol.current_densities
        solves = solves_of_cell(self.run, cell, panel)
        for done, density in enumerate(densities):
            self.run.progress.step(quantity(density, "A m^-2"), done / len(densities))
            point = solves.find(f"point {done}", _Point, partial(self._point, cell, panel, density))
            self.points.append(point)
            _LOGGER.info("%.6g A/m^2: %.6g V", density, point.result.conduction.voltage)
        solves.go_on()

    def _point(self, cell: Cell, panel: FlawPanel, density: float) -> _Point:
        result = cell.solve(Current(density * self.run.area))
        focusing = measure_focusing(cell.conduction, density, self.case.failure.focusing_distance)
        return _Point(density, result, focusing.factor, panel.read(result))

    # Content

    def _table(self) -> ResultTable:
        columns = [
            Column("current_density", "current density", "A m^-2"),
            Column("voltage", "cell voltage", "V"),
            Column("area_specific_resistance", "area-specific resistance", "ohm m^2"),
            Column("current_focusing", "current focusing"),
        ]
        flaws = bool(self.points[0].flaws)
        if flaws:
            columns.append(Column("largest_sodium_pressure", "largest sodium pressure in a flaw", "Pa"))
        rows: list[tuple[float | None, ...]] = []
        for point in self.points:
            voltage = point.result.conduction.voltage
            row = (point.current_density, voltage, voltage / point.current_density, point.focusing)
            rows.append((*row, max(f.largest_pressure for f in point.flaws)) if flaws else row)
        return ResultTable("polarisation", "Cell against current density", tuple(columns), tuple(rows))

    def _answer(self) -> str:
        first, last = self.points[0], self.points[-1]
        low, high = (point.result.conduction.voltage / point.current_density for point in (first, last))
        voltage = quantity(last.result.conduction.voltage, "V")
        said = f"At {quantity(last.current_density, 'A m^-2')} the cell needs {voltage}"
        if len(self.points) == 1:
            return f"{said}: an area-specific resistance of {quantity(high, 'ohm m^2')}."
        change = 100.0 * (high / low - 1.0)
        if abs(change) < 0.05:
            return f"{said}; its area-specific resistance is {quantity(high, 'ohm m^2')} at every current density."
        verb = "rises" if change > 0.0 else "falls"
        start = f"{quantity(low, 'ohm m^2')} at {quantity(first.current_density, 'A m^-2')}"
        return (
            f"{said}; its area-specific resistance {verb} by {number(abs(change), 2)} %, from {start} to "
            f"{quantity(high, 'ohm m^2')}."
        )

    def _summarise(self, domain: Domain, measured: Measured) -> Summary:
        assert self.run.folder is not None
        self.run.progress.stage("figures and report")
        states = [(point.current_density, point.result, point.flaws) for point in self.points]
        with HistoryFile(self.run.folder.file("history.csv"), history_columns(states)) as history:
            for state in states:
                history.append(history_row(*state))
        notes = summarise.warnings(self.case, measured, self.run.materials)
        summary = self.run.summary(
            domain,
            self._answer(),
            summarise.headlines(self.case, measured),
            applied_current_density=measured.current_density,
            result_tables=[self._table()],
            solver={"currents solved": len(self.points), "relative residual": measured.result.newton.residual},
            warnings=notes,
            **records(self.run, measured, domain.tagged),
        )
        return self.run.finish(summary)
