# SPDX-License-Identifier: LGPL-3.0-or-later
"""From loaded bodies to headlines, tables, and the sentence that answers the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jadeite.output.display import percent
from jadeite.output.summary import Column, Headline, ResultTable
from jadeite.study.context import RunContext
from jadeite.study.loading.body import LoadedBody

#: Imbalance of energy above which a reader is warned.
_ERROR_LIMIT = 1e-6


@dataclass(frozen=True, eq=False)
class Found:
    """What was read off the bodies, the first of which headlines and fields are about."""

    bodies: Sequence[LoadedBody]


def read(run: RunContext, bodies: Sequence[LoadedBody]) -> Found:
    """Read stresses and cracks off the bodies.

    Note:
        Collective.
    """
    return Found(bodies)


def answer(found: Found) -> str:
    """Return the result in one sentence or two."""
    body = found.bodies[0]
    return body.finding or f"The body bears {percent(body.steps[-1].load_factor)} of the load."


def headlines(found: Found) -> list[Headline]:
    """Return the figures the run is judged by."""
    last = found.bodies[0].steps[-1]
    return [
        Headline("load_factor", "Share of the load", last.load_factor, "1", "load of the last step over the full load"),
        Headline(
            "energy_imbalance",
            "Imbalance of energy",
            last.imbalance,
            "1",
            "work less stored and dissipated energy, over the largest of them",
        ),
        *found.bodies[0].headlines,
    ]


def tables(found: Found) -> list[ResultTable]:
    """Return the load steps of each body, what broke, and what its scheme adds."""
    return [_steps(found.bodies), *(table for body in found.bodies for table in body.tables)]


def _steps(bodies: Sequence[LoadedBody]) -> ResultTable:
    more = tuple(dict.fromkeys(name for body in bodies for step in body.steps for name in step.more))
    columns = (
        Column("magnification", "magnification"),
        Column("load_factor", "share of the load"),
        Column("external_work", "work", "J"),
        Column("stored_energy", "stored energy", "J"),
        Column("dissipated_energy", "dissipated energy", "J"),
        Column("imbalance", "imbalance"),
        *(Column(name.replace(" ", "_"), name) for name in more),
    )
    rows = [
        (
            body.magnification,
            step.load_factor,
            step.external_work,
            step.stored_energy,
            step.dissipated_energy,
            step.imbalance,
            *(step.more.get(name) for name in more),
        )
        for body in bodies
        for step in body.steps
    ]
    return ResultTable("load_steps", "Load steps", columns, tuple(rows), listed=len(rows) <= 30)


def solver(found: Found) -> dict[str, float | int | str]:
    """Return how well energy balances, and what the scheme says of its solvers."""
    steps = [step for body in found.bodies for step in body.steps]
    return {
        "load steps": len(steps),
        "largest imbalance of energy": max(abs(step.imbalance) for step in steps),
        **found.bodies[0].solver,
    }


def warnings(found: Found) -> list[str]:
    """Return what a reader has to keep in mind."""
    said = [text for body in found.bodies for text in body.warnings]
    worst = max(abs(step.imbalance) for body in found.bodies for step in body.steps)
    if worst > _ERROR_LIMIT:
        said.append(f"work differs from stored and dissipated energy by {worst:.1e} of the largest of them")
    return list(dict.fromkeys(said))
