# SPDX-License-Identifier: LGPL-3.0-or-later
"""How a loaded body is solved, by what may fail in it; a new law of fracture is one module and one row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jadeite.case.schema import Case
from jadeite.fem.domain import Domain
from jadeite.study.context import RunContext
from jadeite.study.loading import cohesive, contact, elastic, phase_field
from jadeite.study.loading.body import LoadedBody

#: Solves the case of a run on its mesh, as if every length of it were multiplied by a magnification. Collective.
Scheme = Callable[[RunContext, Domain, float], LoadedBody]

NOTHING_FAILS = "none"

SCHEMES: Mapping[str, Scheme] = {
    NOTHING_FAILS: elastic.solve,
    "cohesive_boundaries": cohesive.solve,
    "phase_field": phase_field.solve,
}


def scheme_of(case: Case) -> Scheme:
    """Return how a checked case is solved."""
    law, mechanics = law_of(case), case.physics.mechanics
    if law == NOTHING_FAILS and mechanics is not None and contact.touches(mechanics):
        return contact.solve
    return SCHEMES[law]


def law_of(case: Case) -> str:
    """Return the law by which a case may fail, or `none`."""
    mechanics = case.physics.mechanics
    if mechanics is None or mechanics.fracture is None:
        return NOTHING_FAILS
    return mechanics.fracture.law
