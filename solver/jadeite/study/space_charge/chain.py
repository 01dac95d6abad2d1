# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of resolved space charge: charged boundaries in equilibrium, then under a current, steady or in time.

Beside the resolved state, the grains are solved without charge, and with boundaries that resist as the closed form
says: what the layers cost, and how far one flat boundary between thick grains tells it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from jadeite.case.protocol import Hold, Steady
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.summary import Conservation, ResultTable, Summary
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current, Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.nernst_planck_poisson import IonState, NernstPlanckPoisson
from jadeite.study.assembly import space_charge as assemble
from jadeite.study.assembly.cell import region_conductivity
from jadeite.study.context import RunContext
from jadeite.study.recorded_march import RecordedMarch
from jadeite.study.solves_in_turn import SolvesInTurn
from jadeite.study.space_charge import results

_LOGGER = logging.getLogger(__name__)

STAGES = {"mesh": 15.0, "equilibrium": 25.0, "current": 40.0, "fields": 5.0, "figures and report": 15.0}


@dataclass(frozen=True)
class _Equilibrium:
    """The state without current: mean charge and potential of the cores, and a profile; None without charged ones."""

    state: IonState
    core: tuple[float, float] | None
    profile: ResultTable | None


def execute(run: RunContext) -> Summary | None:
    """Go through all stages; returns the summary on rank 0.

    Note:
        Collective.
    """
    return _Study(run).execute()


class _Study:
    """The stages of one run."""

    def __init__(self, run: RunContext) -> None:
        self.layers = assemble.layers_by_role(run.case, run.materials)
        self.size = assemble.cell_size(run.case, run.materials)
        self.run = replace(run, loaded=assemble.with_cell_sizes(run.loaded, self.size))
        self.states: list[IonState] = []

    def execute(self) -> Summary | None:
        run = self.run
        domain = run.domain()
        warnings = assemble.check_cell_size(domain, self.size)
        run.progress.stage("equilibrium")
        problem = assemble.build_space_charge(run.case, run.materials, domain, self.layers)
        solves = SolvesInTurn(run.checkpoint, "space charge", problem.state, problem.restore)
        equilibrium = solves.find("equilibrium", _Equilibrium, partial(self._equilibrium, domain, problem))
        core = equilibrium.core
        run.progress.stage("current")
        charging = self._drive(problem, solves)
        balance = self._conservation(problem)
        resistances = self._resistances(domain)
        run.progress.stage("fields")
        if run.case.outputs.fields:
            folder = Path() if run.folder is None else run.folder.path
            results.write_ion_fields(folder / "fields.vtkhdf", problem)
        if run.folder is None:
            return None
        run.progress.stage("figures and report")
        tables = [table for table in (equilibrium.profile, self._transient()) if table is not None]
        state = self.states[-1]
        return run.finish(
            run.summary(
                domain,
                results.answer(resistances, core),
                results.headlines(state, run.area, run.thickness, resistances, core, self.layers, charging),
                applied_current_density=state.current / run.area,
                result_tables=tables,
                conservation=balance,
                solver={
                    "Newton steps to equilibrium": equilibrium.state.newton_steps,
                    "states solved under current": len(self.states),
                },
                warnings=(*warnings, *self._overlap(core), *self._unsettled(charging)),
            )
        )

    # Stages

    def _equilibrium(self, domain: Domain, problem: NernstPlanckPoisson) -> _Equilibrium:
        state = problem.equilibrium()
        return _Equilibrium(state, self._core(domain, problem), results.profile_table(problem, self.layers))

    def _core(self, domain: Domain, problem: NernstPlanckPoisson) -> tuple[float, float] | None:
        """Mean charge and potential of the cores in equilibrium."""
        rows = domain.surface_rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
        charge = assemble.on_surfaces(domain, self.layers, lambda beside: beside.core_charge)[rows]
        if not charge.any():
            return None
        return float(np.average(charge, weights=domain.tagged.surfaces.measure[rows])), problem.core_potential()

    def _control(self) -> Current | Voltage:
        protocol = self.run.case.protocol
        assert isinstance(protocol, Steady | Hold)
        if protocol.voltage is not None:
            return Voltage(protocol.voltage)
        assert protocol.current_density is not None
        return Current(protocol.current_density * self.run.area)

    def _drive(self, problem: NernstPlanckPoisson, solves: SolvesInTurn) -> float | None:
        """Solve the steady state, or step through the time of a hold; returns the charging time of a hold."""
        protocol, control = self.run.case.protocol, self._control()
        if not isinstance(protocol, Hold):
            self.states.append(solves.find("steady state", IonState, partial(problem.solve, control)))
            solves.go_on()
            return None
        # where the hold is going, which is also the scale that errors of its steps are measured with
        end = solves.find("end of the hold", IonState, partial(_solved_and_back, problem, control))
        solves.go_on()
        march = RecordedMarch(self.run.checkpoint, "hold", lambda: {"states": self.states})
        if march.recorded is not None:
            self.states = march.recorded.read("states", list[IonState])
        steps = problem.march(
            control,
            protocol.duration,
            protocol.first_step,
            protocol.time_tolerance,
            scale=abs(end.voltage),
            restart=march,
        )
        for state in steps:
            self.states.append(state)
            self.run.progress.step(f"{len(self.states)} states solved", state.time / protocol.duration)
            _LOGGER.info("%.6g s: %.6g V at %.6g A/m^2", state.time, state.voltage, state.current / self.run.area)
        times = np.array([state.time for state in self.states])

        def follows(state: IonState) -> float:
            return state.current if isinstance(control, Voltage) else state.voltage

        return results.charging_time(times, np.array([follows(state) for state in self.states]), follows(end))

    def _conservation(self, problem: NernstPlanckPoisson) -> Conservation | None:
        """What a steady state conserves; under way ions gather."""
        current_in, current_out, power = problem.balance()
        if isinstance(self.run.case.protocol, Hold):
            return None
        external = current_out * self.states[-1].voltage
        return Conservation(
            current_in=current_in,
            current_out=current_out,
            relative_difference=abs(current_in - current_out) / abs(current_out),
            power_external=external,
            power_dissipated=power,
            relative_power_difference=abs(power - external) / abs(external),
        )

    def _resistances(self, domain: Domain) -> results.Resistances:
        state, area = self.states[-1], self.run.area
        closure: float | None = None
        if self.layers:
            of_surface = assemble.on_surfaces(domain, self.layers, lambda beside: beside.excess_resistance)
            closure = None if of_surface.min() < 0.0 else self._ohmic(domain, of_surface)
        return results.Resistances(
            cell=state.voltage / state.current * area, neutral=self._ohmic(domain, None), closure=closure
        )

    def _ohmic(self, domain: Domain, boundary_resistance: np.ndarray | None) -> float:
        """Area-specific resistance of the grains with boundaries that resist, without any space charge."""
        problem = Conduction(
            domain,
            region_conductivity(self.run.materials, domain.tagged),
            boundary_resistance,
            plating=[Contact((SurfaceKind.PLATING_ELECTRODE,), None)],
            stripping=[Contact((SurfaceKind.STRIPPING_ELECTRODE,), None)],
            degree=self.run.case.solver.degree,
            linear=self.run.case.solver.linear,
        )
        return problem.solve(Current(self.run.area)).voltage

    # Content

    def _transient(self) -> ResultTable | None:
        if not isinstance(self.run.case.protocol, Hold):
            return None
        return results.transient_table(self.states, self.run.area)

    def _overlap(self, core: tuple[float, float] | None) -> list[str]:
        """Say where boundaries do not have the potential of a flat one between thick grains."""
        expected = max((beside.core_potential for beside in self.layers.values()), key=abs, default=0.0)
        if core is None or abs(core[1] - expected) <= 0.02 * abs(expected):
            return []
        return [
            f"the cores are at {core[1]:.3g} V on the mean, not at the {expected:.3g} V of one flat boundary between "
            "thick grains: layers overlap where boundaries meet or grains are thin, which closed forms leave out"
        ]

    def _unsettled(self, charging: float | None) -> list[str]:
        """Say where a hold ended before what it charges was charged."""
        if charging is not None or not isinstance(self.run.case.protocol, Hold):
            return []
        return ["the hold gives no charging time: it ended less than half-way to the steady state, or nothing changed"]


def _solved_and_back(problem: NernstPlanckPoisson, control: Current | Voltage) -> IonState:
    """Solve a steady state and return to the potentials before. Collective."""
    potentials = [problem.potential.x.array, problem.electrochemical.x.array]
    before = [values.copy() for values in potentials]
    state = problem.solve(control)
    for values, start in zip(potentials, before, strict=True):
        values[:] = start
    return state
