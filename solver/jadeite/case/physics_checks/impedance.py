# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of impedance: the range of frequencies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding

#: Least ratio of the highest to the lowest frequency: a spectrum of less says nothing about arcs.
_LEAST_RATIO = 10.0


def impedance_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case says about impedance that does not fit together."""
    protocol = case.protocol
    if getattr(protocol, "law", None) != "impedance":
        return
    low, high = protocol.lowest_frequency, protocol.highest_frequency
    if low is None or high is None:
        return
    if low >= high:
        yield Finding(
            ("protocol", "lowest_frequency"),
            "is not below the highest frequency",
            allowed=f"below {high:g} Hz",
        )
    elif high < _LEAST_RATIO * low:
        yield Finding(
            ("protocol", "highest_frequency"),
            "leaves less than one decade, in which no arc can be told from another",
            allowed=f"at least {_LEAST_RATIO * low:g} Hz",
        )
