# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of impedance: the range of frequencies, and double layers that something can charge."""

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
    yield from _double_layer_findings(case.physics)
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


def _double_layer_findings(physics: Any) -> Iterator[Finding]:
    """The capacitance of a `linear` interface is in parallel with its uniform resistance: it needs one."""
    if physics is None:
        return
    given = {"plating_interface": physics.plating_interface}
    if physics.stripping_interface is not physics.plating_interface:
        given["stripping_interface"] = physics.stripping_interface
    for name, law in given.items():
        if getattr(law, "law", None) != "linear" or not law.double_layer_capacitance:
            continue
        if law.film_variation is not None:
            message = "has no effect: with `film_variation` all of the resistance is a film, which has no double layer"
            suggestion = "use the law `butler_volmer`, or leave `film_variation` out"
        elif law.resistance == 0.0:
            message = "has no effect: the interface has no resistance, which short-circuits the double layer"
            suggestion = "give a resistance, or leave it out"
        else:
            continue
        yield Finding(("physics", name, "double_layer_capacitance"), message, suggestion=suggestion)
