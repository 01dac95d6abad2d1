# SPDX-License-Identifier: LGPL-3.0-or-later
"""The critical current density of every flaw and criterion of a case, with progress for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jadeite.case.schema import CriticalCurrentSearch as Settings
from jadeite.failure.criteria import get_criterion
from jadeite.failure.critical_current import CriticalCurrent, CriticalCurrentSearch
from jadeite.study.progress import RunProgress

Utilisation = Mapping[tuple[str, str], float]


def critical_currents(
    settings: Settings,
    current_density: float,
    utilisation: Utilisation,
    evaluate: Callable[[float], Utilisation],
    progress: RunProgress,
) -> dict[tuple[str, str], CriticalCurrent]:
    """Search the critical current densities of all flaws and criteria, unless the case does not want it.

    Args:
        settings: of the case.
        current_density: A/m^2 at which the utilisation is known.
        utilisation: what drives each flaw over what resists, by flaw and criterion.
        evaluate: solves at a current density and returns the utilisation.
        progress: told about each flaw.

    Note:
        Collective; leaves the cell at the last current density tried.
    """
    if not settings.search or not utilisation:
        return {}
    search = CriticalCurrentSearch(evaluate, settings.maximum, settings.tolerance)
    search.table[current_density] = utilisation
    found = {}
    for number, key in enumerate(utilisation):
        progress.step(
            f"flaw {key[0]}, {get_criterion(key[1]).title} ({len(search.table)} currents solved)",
            number / len(utilisation),
        )
        found[key] = search.find(key, current_density)
    return found
