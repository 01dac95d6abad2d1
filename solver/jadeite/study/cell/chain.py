# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a steady cell: solve it, search its critical current density, judge every flaw."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from jadeite.case.protocol import Steady
from jadeite.failure.critical_current import CriticalCurrent
from jadeite.failure.panel import FlawPanel, FlawReading, utilisation
from jadeite.failure.resistance import ReferenceCeramic
from jadeite.fem.domain import Domain
from jadeite.output.history import HistoryFile
from jadeite.output.summary import ResultTable, Summary
from jadeite.physics.cell import Cell, CellResult
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.study import crack_tables
from jadeite.study.assembly.cell import build_cell
from jadeite.study.cell import leakage_summary, summarise, warming
from jadeite.study.cell.critical import critical_currents
from jadeite.study.cell.history import history_columns, history_row
from jadeite.study.cell.leakage import Leakage, LeakageReading
from jadeite.study.cell.measured import Measured
from jadeite.study.cell.measuring import flaw_panel, measure, records, solves_of_cell, write_cell
from jadeite.study.cell.warming import Warming, WarmState
from jadeite.study.context import RunContext
from jadeite.study.recorded_march import RecordedMarch
from jadeite.study.solves_in_turn import SolvesInTurn

_LOGGER = logging.getLogger(__name__)

STAGES = {
    "mesh": 5.0,
    "conduction and mechanics": 20.0,
    "critical current": 50.0,
    "fields": 5.0,
    "figures and report": 20.0,
}


@dataclass(frozen=True)
class _State:
    """A solved state of a current density (A/m^2)."""

    current_density: float
    result: CellResult
    flaws: list[FlawReading]


def execute(run: RunContext) -> Summary | None:
    """Go through all stages; returns the summary on rank 0.

    Note:
        Collective.
    """
    return _Study(run).execute()


class _Study:
    """The stages of one run, which share the cell and what is measured on it."""

    def __init__(self, run: RunContext) -> None:
        self.run, self.case, self.materials = run, run.case, run.materials
        self.folder, self.progress = run.folder, run.progress
        self.area, self.thickness = run.area, run.thickness
        self.states: list[_State] = []
        self.warming = None if self.case.physics.heat is None else Warming(self.case, self.materials)
        self.warm: WarmState | None = None
        self.leakage: Leakage | None = None
        self.leaking: LeakageReading | None = None

    def execute(self) -> Summary | None:
        """Go through all stages; returns the summary on rank 0."""
        domain = self.run.domain()
        cell, reference, panel = self._build(domain)
        solves = solves_of_cell(self.run, cell, panel)
        applied = self._solve_applied(cell, panel, solves)
        critical = self._search(cell, panel, applied, solves)
        solves.go_on()
        result = self._return_to_applied(cell)
        if self.warming is not None and self.warm is not None:
            # what warmer grains resist less is no constriction
            reference = ReferenceCeramic(cell.conduction, self.area, self.thickness)
            panel = flaw_panel(self.run, cell, reference, panel.electronic, self.warming.rise_at_tips(cell))
        flaws = panel.read(result)
        if self.leakage is not None:
            self.leaking = solves.find("leakage", LeakageReading, partial(self.leakage.measure, result.conduction))
        measured = measure(self.run, cell, reference, panel, result.conduction, flaws, critical)
        self.progress.stage("fields")
        warmth = [] if self.warming is None else self.warming.fields(cell)
        write_cell(self.run, cell, panel, measured.result.voltage, warmth)
        return self._write_rest(domain, measured) if self.folder is not None else None

    # Stages

    def _build(self, domain: Domain) -> tuple[Cell, ReferenceCeramic, FlawPanel]:
        self.progress.stage("conduction and mechanics")
        cell = build_cell(self.case, self.materials, domain, self.progress.newton)
        reference = ReferenceCeramic(cell.conduction, self.area, self.thickness)
        if self.case.physics.electronic_conduction is not None:
            self.leakage = Leakage(self.case, self.materials, cell, self.area)
        electronic = None if self.leakage is None else self.leakage.potential
        return cell, reference, flaw_panel(self.run, cell, reference, electronic)

    def _control(self) -> Current | Voltage:
        protocol = self.case.protocol
        assert isinstance(protocol, Steady)
        if protocol.current_density is not None:
            return Current(protocol.current_density * self.area)
        assert protocol.voltage is not None
        return Voltage(protocol.voltage)

    def _solve_applied(self, cell: Cell, panel: FlawPanel, solves: SolvesInTurn) -> float:
        """Solve at the applied current or voltage; returns the applied current density, A/m^2."""
        self._record(solves.find("applied state", _State, lambda: self._state(cell, panel, self._control())))
        return self.states[-1].current_density

    def _search(
        self, cell: Cell, panel: FlawPanel, applied: float, solves: SolvesInTurn
    ) -> dict[tuple[str, str], CriticalCurrent]:
        self.progress.stage("critical current")

        def evaluate(current_density: float) -> dict[tuple[str, str], float]:
            control = Current(current_density * self.area)
            what = f"{float(current_density)!r} A/m^2"
            self._record(solves.find(what, _State, lambda: self._state(cell, panel, control)))
            return utilisation(self.states[-1].flaws)

        first = utilisation(self.states[-1].flaws)
        return critical_currents(self.case.failure.critical_current, applied, first, evaluate, self.progress)

    def _return_to_applied(self, cell: Cell) -> CellResult:
        """Bring the fields back to the applied state, which the search has left, and to its temperature."""
        if self.warming is None:
            return cell.solve(self._control())
        self.warm = self.warming.solve(cell, self._control(), RecordedMarch(self.run.checkpoint, "heat", dict))
        return self.warm.cell

    def _state(self, cell: Cell, panel: FlawPanel, control: Current | Voltage) -> _State:
        result = cell.solve(control)
        return _State(result.conduction.current_out / self.area, result, panel.read(result))

    def _record(self, state: _State) -> None:
        self.states.append(state)
        result = state.result
        _LOGGER.info(
            "%.6g A/m^2: %.6g V, %d Newton steps, relative residual %.1e",
            state.current_density,
            result.conduction.voltage,
            result.conduction.newton.steps,
            result.conduction.newton.residual,
        )

    def _write_rest(self, domain: Domain, measured: Measured) -> Summary:
        assert self.folder is not None
        self.progress.stage("figures and report")
        states = sorted(((one.current_density, one.result, one.flaws) for one in self.states), key=lambda one: one[0])
        with HistoryFile(self.folder.file("history.csv"), history_columns(states)) as history:
            for state in states:
                history.append(history_row(*state))
        return self.run.finish(self._summary(domain, measured))

    # Content

    def _summary(self, domain: Domain, measured: Measured) -> Summary:
        headlines = summarise.headlines(self.case, measured)
        answer = summarise.answer(measured, self.case)
        warnings = summarise.warnings(self.case, measured, self.materials)
        warnings += crack_tables.notes(measured.cracks)
        result_tables: list[ResultTable] = crack_tables.tables(measured.cracks, domain.dimension)
        if self.leaking is not None:
            headlines += leakage_summary.headlines(self.leaking)
            answer = f"{answer} {leakage_summary.finding(self.leaking)}"
            warnings += leakage_summary.warnings(self.leaking)
            result_tables += leakage_summary.tables(self.leaking, domain.tagged)
        if self.warm is not None:
            headlines += warming.headlines(self.warm, self.case)
            warnings += warming.warnings(self.warm, self.materials)
            result_tables += warming.result_tables(self.warm, self.area)
        return self.run.summary(
            domain,
            answer,
            headlines,
            result_tables=result_tables,
            applied_current_density=measured.current_density,
            solver={
                "currents solved": len(self.states),
                "Newton steps at the applied current": self.states[0].result.conduction.newton.steps,
                "relative residual": measured.result.newton.residual,
            },
            warnings=warnings,
            **records(self.run, measured, domain.tagged),
        )
