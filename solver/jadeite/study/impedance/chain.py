# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of small-signal impedance: one bias state, all frequencies, and what an experimenter would read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from jadeite.case.protocol import Impedance
from jadeite.constants import VACUUM_PERMITTIVITY
from jadeite.fem.domain import Domain
from jadeite.fem.frequency_response import sweep
from jadeite.output.summary import Conservation, Summary
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Current
from jadeite.physics.impedance.circuit import ArcName
from jadeite.physics.impedance.small_signal import SmallSignal
from jadeite.study.assembly.boundaries import boundary_transport
from jadeite.study.assembly.cell import region_conductivity
from jadeite.study.assembly.electrodes import electrode_contacts
from jadeite.study.context import RunContext
from jadeite.study.impedance import results
from jadeite.study.impedance.fields import write_impedance_fields
from jadeite.study.impedance.spectrum import Spectrum, analyse, frequencies
from jadeite.study.parallel import agree
from jadeite.study.recorded_march import RecordedMarch
from jadeite.study.solves_in_turn import SolvesInTurn

STAGES = {"mesh": 10.0, "impedance": 65.0, "fields": 5.0, "figures and report": 20.0}


def execute(run: RunContext) -> Summary | None:
    """Go through all stages; returns the summary on rank 0.

    Note:
        Collective.
    """
    protocol = run.case.protocol
    assert isinstance(protocol, Impedance)
    domain = run.domain()
    run.progress.stage("impedance")
    signal = _small_signal(run, domain, protocol.bias_current_density)
    hertz = frequencies(protocol.lowest_frequency, protocol.highest_frequency, protocol.points_per_decade)
    response, report = sweep(
        signal.system,
        2.0 * np.pi * hertz,
        signal.method,
        progress=lambda share: run.progress.step("frequencies", share),
        restart=(RecordedMarch(run.checkpoint, "frequencies", dict), signal),
    )
    # fitted once: fits of several ranks may differ in the last bits, and what is chosen by them in more
    spectrum = agree(
        lambda: analyse(
            response,
            signal.system.steady,
            hertz,
            run.area,
            run.thickness,
            signal.conduction,
            signal.boundary_capacitance,
        ),
        run.comm,
    )
    shown = run.comm.bcast(None if spectrum is None else _shown(spectrum), root=0)
    balance = results.conservation(signal, response, float(2.0 * np.pi * hertz[0]), run.area)
    run.progress.stage("fields")
    if run.case.outputs.fields:
        base = Path() if run.folder is None else run.folder.path
        write_impedance_fields(base / "fields.vtkhdf", signal, response, shown, run.area)
    if run.folder is None or spectrum is None:
        return None
    run.progress.stage("figures and report")
    return run.finish(_summary(run, domain, spectrum, balance, results.solver(report, signal.system.unknowns)))


def _small_signal(run: RunContext, domain: Domain, bias: float) -> SmallSignal:
    """The linear system about the steady state of a bias current density, A/m^2."""
    case, materials, tagged = run.case, run.materials, domain.tagged
    boundaries = boundary_transport(case, materials, tagged)
    plating, stripping = electrode_contacts(case, materials, domain)
    conduction = Conduction(
        domain,
        region_conductivity(materials, tagged),
        boundaries.resistance,
        plating,
        stripping,
        degree=case.solver.degree,
        linear=case.solver.linear,
        tolerance=case.solver.tolerance,
        maximum_newton_steps=case.solver.maximum_newton_steps,
        boundary_conductance=boundaries.surface_conductance,
        progress=run.progress.newton,
    )
    voltage = 0.0
    if bias > 0.0:
        solves = SolvesInTurn(run.checkpoint, "bias", conduction.state, conduction.restore)
        voltage = solves.find("voltage", float, lambda: conduction.solve(Current(bias * run.area)).voltage)
        solves.go_on()
    permittivity = VACUUM_PERMITTIVITY * np.array(
        [materials.electrolytes[role].transport.relative_permittivity for role in tagged.regions.material]
    )
    return SmallSignal(conduction, voltage, permittivity, boundaries.capacitance)


def _shown(spectrum: Spectrum) -> float:
    """Frequency (Hz) at which fields are written: the top of the boundaries' arc, or else the middle of the range."""
    arcs = [arc for arc in spectrum.circuit.arcs if arc.name is ArcName.BOUNDARIES]
    low, high = float(spectrum.frequencies[0]), float(spectrum.frequencies[-1])
    wanted = 0.5 / (np.pi * max(arcs, key=lambda arc: arc.resistance).time) if arcs else np.sqrt(low * high)
    return float(np.clip(wanted, low, high))


def _summary(
    run: RunContext,
    domain: Domain,
    spectrum: Spectrum,
    balance: Conservation,
    solver: dict[str, float | int | str],
) -> Summary:
    protocol = run.case.protocol
    assert isinstance(protocol, Impedance)
    return run.summary(
        domain,
        results.answer(spectrum),
        results.headlines(spectrum),
        applied_current_density=protocol.bias_current_density,
        resistance=results.resistance(spectrum),
        conservation=balance,
        result_tables=results.result_tables(spectrum),
        solver=solver,
        warnings=results.warnings(spectrum),
    )
