# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a foil that is pressed: steady flow at current densities, or its change of shape in time."""

from __future__ import annotations

from jadeite.case.mechanical_protocols import Pressing
from jadeite.output.summary import Summary
from jadeite.study.context import RunContext
from jadeite.study.pressing import steady_results, transient_results
from jadeite.study.pressing.fields import write_flow
from jadeite.study.pressing.foil import foil_of
from jadeite.study.pressing.steady import solve_steady
from jadeite.study.pressing.transient import solve_transient

STAGES = {"mesh": 10.0, "pressing": 70.0, "fields": 5.0, "figures and report": 15.0}


def execute(run: RunContext) -> Summary | None:
    """Go through all stages; returns the summary on rank 0.

    Note:
        Collective.
    """
    protocol = run.case.protocol
    assert isinstance(protocol, Pressing)
    domain = run.domain()
    foil = foil_of(run, domain)
    run.progress.stage("pressing")
    if protocol.current_densities:
        found = solve_steady(run, domain, foil, protocol.current_densities)
        run.progress.stage("fields")
        write_flow(run, found.flow)
        if run.folder is None:
            return None
        run.progress.stage("figures and report")
        return run.finish(
            run.summary(
                domain,
                steady_results.answer(found, foil),
                steady_results.headlines(found, foil),
                applied_current_density=found.states[-1].current_density,
                result_tables=steady_results.tables(found, foil),
                solver=steady_results.solver(found),
                warnings=steady_results.warnings(found, foil),
            )
        )
    transient = solve_transient(run, domain, foil, protocol)
    beyond = transient.body.passed_plates()
    if run.folder is None:
        return None
    run.progress.stage("figures and report")
    return run.finish(
        run.summary(
            domain,
            transient_results.answer(transient, foil),
            transient_results.headlines(transient, foil),
            result_tables=transient_results.tables(transient),
            solver=transient_results.solver(transient),
            warnings=transient_results.warnings(transient, foil, beyond),
        )
    )
