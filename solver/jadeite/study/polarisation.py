# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a polarisation curve without dissolved salt: the steady cell at rising current densities."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

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
from jadeite.study import tables
from jadeite.study.assembly.cell import build_cell, tip_materials
from jadeite.study.cell import summarise
from jadeite.study.cell.history import history_columns, history_row
from jadeite.study.cell.measured import Measured
from jadeite.study.context import RunContext
from jadeite.study.fields import largest_principal_stress, write_fields, write_interfaces

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
        distance, volume = self.case.failure.focusing_distance, self.run.materials.sodium.molar_volume
        panel = FlawPanel(
            cell,
            tip_materials(self.case, self.run.materials, domain.tagged),
            self.case.failure.criteria,
            distance,
            reference.effective_conductivity,
            volume,
        )
        self._sweep(cell, panel)
        last = self.points[-1]
        measured = Measured(
            area=self.run.area,
            result=last.result.conduction,
            resistance=reference.breakdown(last.result.conduction),
            effective_conductivity=reference.effective_conductivity,
            focusing=measure_focusing(cell.conduction, last.current_density, distance),
            flaws=last.flaws,
            boundaries=panel.boundaries.read(),
            critical={},
            largest_principal_stress=None if cell.mechanics is None else largest_principal_stress(cell, distance),
        )
        self.run.progress.stage("fields")
        if self.case.outputs.fields:
            base = Path() if self.run.folder is None else self.run.folder.work
            write_fields(base / "fields.vtkhdf", cell, panel.electronic, measured.result.voltage)
            write_interfaces(base / "interfaces.vtkhdf", cell, panel.electrodes, panel.boundaries, volume)
        return self._summarise(domain, measured) if self.run.folder is not None else None

    def _sweep(self, cell: Cell, panel: FlawPanel) -> None:
        assert isinstance(self.case.protocol, Polarisation)
        densities = self.case.protocol.current_densities
        for done, density in enumerate(densities):
            self.run.progress.step(quantity(density, "A m^-2"), done / len(densities))
            result = cell.solve(Current(density * self.run.area))
            focusing = measure_focusing(cell.conduction, density, self.case.failure.focusing_distance)
            self.points.append(_Point(density, result, focusing.factor, panel.read(result)))
            _LOGGER.info("%.6g A/m^2: %.6g V", density, result.conduction.voltage)

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
            focusing=tables.focusing_record(measured, self.case.failure.focusing_distance),
            flaws=tuple(tables.flaw_results(measured)),
            criteria=tuple(tables.criterion_results(measured)),
            resistance=tables.resistance_breakdown(measured),
            boundaries=tuple(tables.boundary_shares(measured, domain.tagged)),
            conservation=tables.conservation(measured.result),
            solver={"currents solved": len(self.points), "relative residual": measured.result.newton.residual},
            warnings=notes,
        )
        return self.run.finish(summary)
