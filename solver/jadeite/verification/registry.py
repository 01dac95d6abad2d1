# SPDX-License-Identifier: LGPL-3.0-or-later
"""The table of reference checks: an id, a title, and a function that compares computed quantities with closed forms.

A check works out its expected numbers from a formula written in the check itself, never from code of the solver, and
where the literature prints the number, `printed` makes sure that the formula was written down correctly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["relative", "absolute", "order"]


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison of a check.

    `kind` says how `tolerance` is meant: relative to the expected value, absolute in `unit`, or as the allowed distance
    of an observed order of convergence from the expected order. `observed_order` may accompany any row whose error was
    measured on several meshes.
    """

    quantity: str
    expected: float
    got: float
    tolerance: float
    kind: Kind = "relative"
    unit: str = "1"
    observed_order: float | None = None

    @property
    def deviation(self) -> float:
        """Distance from the expected value, relative to it when the tolerance is relative."""
        distance = abs(self.got - self.expected)
        return float(distance / abs(self.expected) if self.kind == "relative" else distance)

    @property
    def passed(self) -> bool:
        """True when the deviation is within tolerance; a value that is not a number fails."""
        return bool(self.deviation <= self.tolerance)


@dataclass(frozen=True, slots=True)
class Check:
    """A registered reference check."""

    id: str
    title: str
    theme: str
    run: Callable[[], Sequence[Row]]
    slow: bool = False
    """Takes a large part of a minute or more; runs when it is named or when slow checks are asked for."""


_CHECKS: dict[str, Check] = {}


def check(
    id: str, title: str, *, slow: bool = False
) -> Callable[[Callable[[], Sequence[Row]]], Callable[[], Sequence[Row]]]:
    """Register the decorated function as the reference check `id`; an id taken twice raises ValueError."""

    def register(run: Callable[[], Sequence[Row]]) -> Callable[[], Sequence[Row]]:
        if id in _CHECKS:
            raise ValueError(f"verification check {id!r} is registered twice")
        _CHECKS[id] = Check(id, title, run.__module__.rpartition(".")[2], run, slow)
        return run

    return register


def registered_checks() -> dict[str, Check]:
    """Return all registered checks by id, in the order of registration."""
    return dict(_CHECKS)


def printed(value: float, reference: float, tolerance: float = 2e-6) -> float:
    """Return a value worked out from a formula after comparing it with the number printed in the reference table.

    Raises ValueError when they differ by more than `tolerance` (relative): then the formula of the check is wrong.
    """
    if not abs(value - reference) <= tolerance * abs(reference):
        raise ValueError(f"the closed form gives {value!r}, the reference table prints {reference!r}")
    return value


def observed_order(sizes: Sequence[float], errors: Sequence[float]) -> float:
    """Return the order of convergence between the two finest of several mesh sizes."""
    return math.log(errors[-2] / errors[-1]) / math.log(sizes[-2] / sizes[-1])
