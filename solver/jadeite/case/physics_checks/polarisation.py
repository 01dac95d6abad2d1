# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rule of polarisation curves: their current densities rise."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from jadeite.case.finding import Finding


def polarisation_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield the first current density of a polarisation curve that is not larger than the one before it."""
    if getattr(case.protocol, "law", None) != "polarisation":
        return
    currents = case.protocol.current_densities or ()
    for row, (before, after) in enumerate(pairwise(currents), start=1):
        if before is not None and after is not None and after <= before:
            yield Finding(
                ("protocol", "current_densities", row),
                "is not larger than the one before it",
                allowed=f"above {before / 10.0:g} mA/cm^2",
            )
            return
