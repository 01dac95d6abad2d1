# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a cell that ages: films grow on its electrodes while a current or a voltage is held, or while it rests.

At each time the films have their thickness of that time, and the cell is in the steady state that goes with it. Flaws
are judged all along; their critical current densities are searched at the start and at the end, because the resistance
of the interface is what drives sodium into them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from jadeite.case.problems import CaseError, Problem
from jadeite.case.protocol import Hold
from jadeite.failure.critical_current import CriticalCurrent
from jadeite.failure.panel import utilisation
from jadeite.failure.resistance import ReferenceCeramic
from jadeite.fem.domain import Domain
from jadeite.fem.state import Kept, State
from jadeite.output.display import percent, quantity
from jadeite.output.summary import Summary
from jadeite.physics.cell import Cell, CellResult
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.interface_losses import InterfaceLossProbe
from jadeite.study.ageing import results
from jadeite.study.ageing.results import AgedState
from jadeite.study.ageing.time_samples import sample_in_time
from jadeite.study.assembly.cell import build_cell
from jadeite.study.cell import summarise
from jadeite.study.cell.critical import critical_currents
from jadeite.study.cell.measured import Measured
from jadeite.study.cell.measuring import flaw_panel, measure, records, write_cell
from jadeite.study.context import RunContext
from jadeite.study.solves_in_turn import SolvesInTurn

#: Share of the separator's thickness above which a film is no film any more.
THICKEST = 0.5

_LOGGER = logging.getLogger(__name__)

STAGES = {
    "mesh": 5.0,
    "fresh cell": 20.0,
    "ageing": 40.0,
    "aged cell": 20.0,
    "fields": 5.0,
    "figures and report": 15.0,
}

#: Voltage (V) with which the resistance of a resting cell is measured: far below RT/F, so that charge transfer is
#: linear.
PROBING_VOLTAGE = 1e-3

_Found = dict[tuple[str, str], CriticalCurrent]


def execute(run: RunContext) -> Summary | None:
    """Go through all stages; returns the summary on rank 0.

    Note:
        Collective.
    """
    return _Ageing(run).execute()


class _Ageing:
    """The stages of one run, which share the cell and what is measured on it."""

    def __init__(self, run: RunContext) -> None:
        assert isinstance(run.case.protocol, Hold)
        self.run, self.case, self.protocol = run, run.case, run.case.protocol
        self.progress, self.area = run.progress, run.area
        self.states: dict[float, AgedState] = {}
        self.currents_solved = 0

    def execute(self) -> Summary | None:
        domain = self.run.domain()
        self.progress.stage("fresh cell")
        self._build(domain)
        self._state_at(0.0)
        fresh = self._search(0.0)
        self.progress.stage("ageing")
        duration = self.protocol.duration
        times = sample_in_time(self._resistance_at, duration, self.protocol.time_tolerance, self.protocol.first_step)
        self.progress.stage("aged cell")
        aged = self._search(duration)
        measured = self._measure(duration, aged)
        self.progress.stage("fields")
        write_cell(self.run, self.cell, self.panel, measured.result.voltage)
        if self.run.folder is None:
            return None
        self.progress.stage("figures and report")
        return self._summarise(domain, measured, fresh, [self.states[time] for time in times])

    # Stages

    def _build(self, domain: Domain) -> None:
        case, materials = self.case, self.run.materials
        self.cell: Cell = build_cell(case, materials, domain, self.progress.newton)
        self.reference = ReferenceCeramic(self.cell.conduction, self.area, self.run.thickness)
        self.panel = flaw_panel(self.run, self.cell, self.reference)
        self.losses = InterfaceLossProbe(self.cell.conduction)
        self.films = results.films(self.cell.conduction)
        self.age = 0.0
        self.solves = SolvesInTurn(self.run.checkpoint, "cell", self._kept_state, self._restore)

    def _control(self) -> Current | Voltage:
        if self.protocol.voltage is not None:
            return Voltage(self.protocol.voltage)
        if self.protocol.current_density:
            return Current(self.protocol.current_density * self.area)
        return Voltage(PROBING_VOLTAGE)

    def _require_thin(self, film: float, time: float) -> None:
        """Refuse a film that takes a large part of the separator, which it would consume."""
        if film > THICKEST * self.run.thickness:
            message = (
                f"lets the film grow to {quantity(film, 'm')} within {quantity(time, 's')}, more than "
                f"{percent(THICKEST)} of the separator, of which it would be made"
            )
            suggestion = "a shorter duration, a thicker separator, or another law of growth"
            raise CaseError([Problem("the case", None, "protocol.duration", message, suggestion=suggestion)])

    def _kept_state(self) -> State:
        return {"time": self.age, "cell": self.cell.state()}

    def _restore(self, kept: Kept) -> None:
        self._grow_to(kept["time"])
        self.cell.restore(kept.part("cell"))

    def _solve_at(self, time: float) -> CellResult:
        """Bring films, residual stress and cell to a time."""
        self._grow_to(time)
        return self.cell.solve(self._control())

    def _grow_to(self, time: float) -> None:
        """Bring films and residual stress to a time."""
        self.age = time
        for film in self.films.values():
            film.grow_to(time)
            self._require_thin(film.measure().largest, time)
        if self.cell.residual_changes:
            self.cell.renew_residual()
            self.panel.renew_residual()

    def _state_at(self, time: float) -> AgedState:
        state = self.solves.find(f"{time!r} s", AgedState, lambda: self._aged(time))
        self.states[time] = state
        _LOGGER.info(
            "%.6g s: %.6g V at %.6g A/m^2, %d Newton steps",
            time,
            state.result.voltage,
            state.current_density,
            state.result.newton.steps,
        )
        return state

    def _aged(self, time: float) -> AgedState:
        result = self._solve_at(time)
        return AgedState(
            time=time,
            result=result.conduction,
            current_density=result.conduction.current_out / self.area,
            losses=self.losses.read(result.conduction),
            films=results.film_measures(self.cell.conduction),
            flaws=self.panel.read(result),
        )

    def _resistance_at(self, time: float) -> float:
        state = self.states.get(time) or self._state_at(time)
        self.progress.step(f"{len(self.states)} states solved", time / self.protocol.duration)
        return state.area_specific_resistance

    def _search(self, time: float) -> _Found:
        """Search the critical current densities of the cell as it is at a time."""
        state = self.states[time]
        if not state.flaws:
            return {}

        def solve(current_density: float) -> dict[tuple[str, str], float]:
            return utilisation(self.panel.read(self.cell.solve(Current(current_density * self.area))))

        def evaluate(current_density: float) -> dict[tuple[str, str], float]:
            self.currents_solved += 1
            what = f"{float(current_density)!r} A/m^2 after {time!r} s"
            return self.solves.find(what, dict[tuple[str, str], float], lambda: solve(current_density))

        self.solves.find(f"return to {time!r} s", float, lambda: self._solve_at(time).conduction.voltage)
        first = utilisation(state.flaws)
        settings = self.case.failure.critical_current
        return critical_currents(settings, state.current_density, first, evaluate, self.progress)

    def _measure(self, time: float, critical: _Found) -> Measured:
        """Measure the cell as it is at a time, in the state that is held."""
        self.solves.go_on()
        result = self._solve_at(time)
        readings = self.panel.read(result)
        return measure(self.run, self.cell, self.reference, self.panel, result.conduction, readings, critical)

    # Content

    def _summarise(self, domain: Domain, measured: Measured, fresh: _Found, states: Sequence[AgedState]) -> Summary:
        assert self.run.folder is not None
        resting = self.protocol.voltage is None and not self.protocol.current_density
        summary = self.run.summary(
            domain,
            results.answer(states, measured, fresh, resting),
            results.headlines(self.case, states, measured, fresh, resting),
            applied_current_density=0.0 if resting else measured.current_density,
            result_tables=[results.ageing_table(states, self.area, resting)],
            solver={
                "states solved": len(self.states),
                "times in the table": len(states),
                "currents solved for critical current densities": self.currents_solved,
                "relative residual": measured.result.newton.residual,
            },
            warnings=[
                *summarise.warnings(self.case, measured, self.run.materials),
                *results.warnings(states, self.run.thickness, resting),
            ],
            **records(self.run, measured, domain.tagged),
        )
        return self.run.finish(summary)
