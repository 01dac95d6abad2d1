# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study of loads that rise on a body: solve by the scheme of its law of fracture, read stresses and cracks."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from jadeite.case.mechanical_protocols import Loading
from jadeite.fem.domain import Domain
from jadeite.output.summary import Summary
from jadeite.study.context import RunContext
from jadeite.study.loading import results
from jadeite.study.loading.body import LoadedBody, magnified
from jadeite.study.loading.cracks import cracks_of
from jadeite.study.loading.elastic import energy_of, solve_linear
from jadeite.study.loading.fields import write_loaded_body
from jadeite.study.loading.microcracking import microcracking
from jadeite.study.loading.opened import OpenedBoundary, opened_boundaries
from jadeite.study.loading.schemes import scheme_of
from jadeite.study.loading.stresses import StressReading, read_stress

_LOGGER = logging.getLogger(__name__)

STAGES = {"mesh": 15.0, "loading": 30.0, "boundaries": 30.0, "fields": 5.0, "figures and report": 20.0}


def execute(run: RunContext) -> Summary | None:
    """Go through all stages; returns the summary on rank 0.

    Note:
        Collective.
    """
    protocol = run.case.protocol
    assert isinstance(protocol, Loading)
    domain = run.domain()
    run.progress.stage("loading")
    bodies = _solve(run, domain, protocol.magnifications)
    run.progress.stage("boundaries")
    stress = read_stress(bodies[0], run.case.failure.focusing_distance)
    read = cracks_of(run, bodies[0])
    opened = _open(run, bodies[0], stress, protocol.opened_boundaries)
    run.progress.stage("fields")
    if run.case.outputs.fields:
        write_loaded_body(run, bodies[0], stress.recovery, stress.recovered, stress.facets, stress.outer)
    change = run.case.temperature_change
    opening = microcracking(domain.tagged, run.materials, opened, protocol.magnifications, change)
    found = results.Found(bodies, stress, opening, read)
    if run.folder is None:
        return None
    run.progress.stage("figures and report")
    return run.finish(
        run.summary(
            domain,
            results.answer(found),
            results.headlines(found),
            result_tables=results.tables(found),
            solver=results.solver(found),
            warnings=results.warnings(found),
        )
    )


def _solve(run: RunContext, domain: Domain, magnifications: Sequence[float]) -> list[LoadedBody]:
    """The body at each magnification; a linear one is the same at all of them and solved once."""
    scheme = scheme_of(run.case)
    bodies: list[LoadedBody] = []
    for magnification in magnifications:
        if bodies and bodies[0].linear is not None:
            break
        run.progress.step(f"lengths times {magnification:g}", len(bodies) / len(magnifications))
        body = magnified(scheme(run, domain, magnification))
        last = body.steps[-1]
        _LOGGER.info(
            "lengths times %g: load factor %.6g after %d steps, work %.6e J, stored %.6e J, dissipated %.6e J, "
            "relative imbalance %.1e",
            magnification,
            last.load_factor,
            len(body.steps),
            last.external_work,
            last.stored_energy,
            last.dissipated_energy,
            last.imbalance,
        )
        bodies.append(body)
    return bodies


def _open(run: RunContext, body: LoadedBody, stress: StressReading, number: int) -> list[OpenedBoundary]:
    """Boundaries of a linear body opened one at a time."""
    if not number or body.linear is None:
        return []
    return opened_boundaries(
        body.linear,
        energy_of(run, body.linear),
        stress.tractions,
        number,
        lambda domain: solve_linear(run, domain),
        run.progress.step,
        lambda key, find: run.checkpoint.recall(key, OpenedBoundary, find),
    )
