# SPDX-License-Identifier: LGPL-3.0-or-later
"""Comparison of a run's headlines with the values its case expects."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Protocol

from jadeite.output.folder import OutputError
from jadeite.output.summary import ExpectOutcome, Headline


class ExpectEntry(Protocol):
    """What a case says about a quantity: its value (SI), one of two tolerances, and where the value comes from."""

    @property
    def quantity(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def relative_tolerance(self) -> float | None: ...
    @property
    def absolute_tolerance(self) -> float | None: ...
    @property
    def source(self) -> str: ...


def evaluate_expect(entries: Iterable[ExpectEntry], headlines: Sequence[Headline]) -> list[ExpectOutcome]:
    """Compare each expected value with the headline of that key; passed means within the tolerance, ends included.

    A relative tolerance refers to the expected value. Raises ``OutputError`` for unknown quantities (listing the known
    ones) and for entries without exactly one tolerance.
    """
    known = {headline.key: headline for headline in headlines}
    outcomes = []
    for entry in entries:
        headline = known.get(entry.quantity)
        if headline is None:
            near = difflib.get_close_matches(entry.quantity, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            names = ", ".join(sorted(known))
            raise OutputError(f"expect: '{entry.quantity}' is not a quantity of this run.{hint} Known are: {names}.")
        outcomes.append(_compare(entry, headline))
    return outcomes


def _compare(entry: ExpectEntry, headline: Headline) -> ExpectOutcome:
    if (entry.relative_tolerance is None) == (entry.absolute_tolerance is None):
        raise OutputError(f"expect: '{entry.quantity}' needs either a relative or an absolute tolerance.")
    if entry.absolute_tolerance is not None:
        tolerance = entry.absolute_tolerance
    else:
        assert entry.relative_tolerance is not None
        tolerance = entry.relative_tolerance * abs(entry.value)
    return ExpectOutcome(
        quantity=entry.quantity,
        expected=entry.value,
        actual=headline.value,
        tolerance=tolerance,
        unit=headline.unit,
        passed=abs(headline.value - entry.value) <= tolerance,
        source=entry.source.strip(),
    )
