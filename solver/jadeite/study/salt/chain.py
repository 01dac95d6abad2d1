# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a cell with dissolved salt: a steady state, a polarisation curve, or a hold in time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jadeite.case.protocol import Hold, Polarisation, Steady
from jadeite.fem.domain import Domain
from jadeite.output.summary import Summary
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.salt_cell import LimitingCurrentError, SaltCell, SaltState
from jadeite.study.assembly.salt import build_salt_cell, ohmic_conductivity
from jadeite.study.context import RunContext
from jadeite.study.recorded_march import RecordedMarch
from jadeite.study.salt import results
from jadeite.study.salt.readings import SaltProfile, drawn_salt, share_without_salt, write_salt_fields
from jadeite.study.series import StateSeries
from jadeite.study.solves_in_turn import SolvesInTurn

_LOGGER = logging.getLogger(__name__)

STAGES = {"mesh": 10.0, "salt and potential": 60.0, "fields": 5.0, "figures and report": 25.0}


@dataclass(frozen=True)
class _Limit:
    """What is known of a current that has no steady state (`LimitingCurrentError`)."""

    message: str
    limit: float
    place: str


@dataclass(frozen=True)
class _Point:
    """A steady state and its profile, or why there is none."""

    state: SaltState | None
    profile: NDArray[np.float64] | None
    beyond: _Limit | None


def execute(run: RunContext) -> Summary | None:
    """Go through all stages; returns the summary on rank 0.

    Note:
        Collective.
    """
    return _Study(run).execute()


class _Study:
    """The stages of one run."""

    def __init__(self, run: RunContext) -> None:
        self.run, self.case, self.protocol = run, run.case, run.case.protocol
        self.states: list[SaltState] = []
        self.profiles: list[NDArray[np.float64]] = []
        self.beyond: LimitingCurrentError | None = None

    def execute(self) -> Summary | None:
        """Go through all stages; returns the summary on rank 0."""
        domain = self.run.domain()
        self.run.progress.stage("salt and potential")
        cell = build_salt_cell(
            self.case,
            self.run.materials,
            domain,
            self.run.area,
            getattr(self.protocol, "voltage", None) is None,
            self.run.progress.newton,
        )
        self.profile = SaltProfile(cell.transport)
        self._solve(cell)
        found = self._findings(cell)
        self.run.progress.stage("fields")
        if self.case.outputs.fields and not isinstance(self.protocol, Hold):
            write_salt_fields(self._fields_path, cell.transport)
        return self._summarise(domain, found) if self.run.folder is not None else None

    def _solve(self, cell: SaltCell) -> None:
        protocol, area = self.protocol, self.run.area
        if isinstance(protocol, Hold):
            self._hold(cell, protocol)
            return
        solves = SolvesInTurn(self.run.checkpoint, "salt", cell.state, cell.restore)
        if isinstance(protocol, Polarisation):
            for number, density in enumerate(protocol.current_densities):
                self.run.progress.step(f"{density:.4g} A/m^2", number / len(protocol.current_densities))
                solve = partial(self._point, cell, Current(density * area))
                point = solves.find(f"point {number}", _Point, solve)
                if point.beyond is not None:
                    self.beyond = LimitingCurrentError(point.beyond.message, point.beyond.limit, point.beyond.place)
                    break
                self._record(point)
            if not self.states:
                assert self.beyond is not None
                raise self.beyond
            solves.go_on()
            if self.beyond is not None:  # the fields written are those of the last current that has a steady state
                cell.steady(Current(self.states[-1].current_out))
        else:
            self._record(solves.find("steady state", _Point, partial(self._steady, cell, self._control())))
            solves.go_on()

    def _steady(self, cell: SaltCell, control: Current | Voltage) -> _Point:
        return _Point(cell.steady(control), self.profile.read(), None)

    def _point(self, cell: SaltCell, control: Current | Voltage) -> _Point:
        try:
            return self._steady(cell, control)
        except LimitingCurrentError as error:
            return _Point(None, None, _Limit(str(error), error.limit, error.place))

    def _hold(self, cell: SaltCell, protocol: Hold) -> None:
        march = RecordedMarch(self.run.checkpoint, "hold", lambda: {"states": self.states, "profiles": self.profiles})
        if march.recorded is not None:
            self.states = march.recorded.read("states", list[SaltState])
            self.profiles = march.recorded.read("profiles", list[NDArray[np.float64]])
        last = self.states[-1] if self.states else None
        resume_at = None if last is None else last.time
        series = StateSeries(
            self._fields_path,
            cell.transport.domain,
            partial(drawn_salt, cell.transport),
            protocol.duration,
            resume_at,
        )
        for state in cell.hold(
            self._control(), protocol.duration, protocol.time_tolerance, protocol.first_step, march, last
        ):
            self._record(_Point(state, self.profile.read(), None))
            if self.case.outputs.fields:
                series.see(state.time)
            self.run.progress.step(f"{state.time:.4g} s", state.time / protocol.duration)
        if self.case.outputs.fields:
            series.finish(self.states[-1].time)

    @property
    def _fields_path(self) -> Path:
        return (Path() if self.run.folder is None else self.run.folder.path) / "fields.vtkhdf"

    def _control(self) -> Current | Voltage:
        assert isinstance(self.protocol, Steady | Hold)
        if self.protocol.voltage is not None:
            return Voltage(self.protocol.voltage)
        assert self.protocol.current_density is not None
        return Current(self.protocol.current_density * self.run.area)

    def _record(self, point: _Point) -> None:
        state = point.state
        assert state is not None and point.profile is not None
        self.states.append(state)
        self.profiles.append(point.profile)
        _LOGGER.info(
            "%.6g s: %.6g A/m^2, %.6g V, lowest concentration %.4g of the mean, salt changed by %.1e, %d Newton steps",
            state.time,
            state.current_out / self.run.area,
            state.voltage,
            state.lowest,
            state.salt_change,
            state.newton_steps,
        )

    def _findings(self, cell: SaltCell) -> results.SaltFindings:
        volume, current = share_without_salt(cell.transport)
        return results.SaltFindings(
            law=self.protocol.law,
            duration=getattr(self.protocol, "duration", None),
            states=self.states,
            profiles=self.profiles,
            heights=self.profile.heights,
            concentration=cell.transport.largest_concentration,
            area=self.run.area,
            thickness=self.run.thickness,
            conductivity=ohmic_conductivity(cell.transport, self.run.area, self.run.thickness),
            volume_without_salt=volume,
            current_without_salt=current,
            beyond=self.beyond,
        )

    def _summarise(self, domain: Domain, found: results.SaltFindings) -> Summary:
        self.run.progress.stage("figures and report")
        last = found.last
        summary = self.run.summary(
            domain,
            results.answer(found),
            results.headlines(found),
            applied_current_density=found.current_density,
            result_tables=results.result_tables(found),
            solver={
                "states solved": len(found.states),
                "Newton steps": sum(state.newton_steps for state in found.states),
                "largest relative change of the amount of salt": max(abs(state.salt_change) for state in found.states),
                "relative difference of current in and out": abs(last.current_in / last.current_out - 1.0)
                if last.current_out
                else 0.0,
            },
            warnings=results.warnings(found, bool(domain.tagged.flaws)),
        )
        return self.run.finish(summary)
