# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of a microstructure as a material: its conductivity tensor at each temperature and grain size."""

from __future__ import annotations

from pathlib import Path

from jadeite.case.problems import CaseError, Problem
from jadeite.case.protocol import EffectiveProperties
from jadeite.case.reduced_case import ceramic_alone
from jadeite.case.schema import Case
from jadeite.materials.resolve import ResolvedMaterials, resolve
from jadeite.output.summary import Summary
from jadeite.physics.homogenisation import SideError
from jadeite.study.context import RunContext
from jadeite.study.effective import results
from jadeite.study.effective.fields import write_effective_fields
from jadeite.study.effective.states import side_conditions, solve_states

STAGES = {"mesh": 20.0, "effective properties": 60.0, "fields": 5.0, "figures and report": 15.0}


def execute(run: RunContext) -> Summary | None:
    """Go through all stages; returns the summary on rank 0.

    Note:
        Collective.
    """
    protocol = run.case.protocol
    assert isinstance(protocol, EffectiveProperties)
    # what the library does not say of a temperature is told before the mesh is made
    cases = _at_temperatures(run, protocol)
    domain = run.domain()
    run.progress.stage("effective properties")
    magnifications = results.first_is(protocol.magnifications, 1.0)
    conditions = side_conditions(run.case, run.recipe.periodic, domain.dimension)
    try:
        states, problem = solve_states(domain, cases, magnifications, conditions, run.progress.step, run.checkpoint)
    except SideError as error:
        problem_of_case = Problem("case", None, "protocol.boundary_conditions", str(error), suggestion=error.suggestion)
        raise CaseError([problem_of_case]) from error
    run.progress.stage("fields")
    if run.case.outputs.fields:
        base = Path() if run.folder is None else run.folder.path
        write_effective_fields(base / "fields.vtkhdf", problem, states[0].found)
    if run.folder is None:
        return None
    run.progress.stage("figures and report")
    return run.finish(
        run.summary(
            domain,
            results.answer(states),
            results.headlines(states),
            result_tables=results.result_tables(states),
            solver=results.solver(states, conditions),
            warnings=results.warnings(states, domain.tagged, cases[0][1]),
        )
    )


def _at_temperatures(run: RunContext, protocol: EffectiveProperties) -> list[tuple[Case, ResolvedMaterials]]:
    """The case at each temperature, its own first, with its materials."""
    own = run.case.temperature
    temperatures = results.first_is(protocol.temperatures or (own,), own)
    cases = [ceramic_alone(run.case, temperature) for temperature in temperatures]
    return [(case, resolve(case, run.recipe)) for case in cases]
