# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of the laws of boundaries: an activation energy needs a value that it carries to another temperature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding

#: The value that an activation energy goes with, by law.
_CARRIED = {"constant": "resistance", "misorientation": "high_angle_resistance"}


def boundary_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case says about boundaries that does not fit together."""
    law = None if case.physics is None else case.physics.grain_boundaries
    value = _CARRIED.get(getattr(law, "law", ""))
    if value is None or value in getattr(law, "faulty", ()):
        return
    if getattr(law, "activation_energy", None) is not None and getattr(law, value, None) is None:
        yield Finding(
            ("physics", "grain_boundaries", "activation_energy"),
            "has no effect: the resistance of the material comes with an activation energy of its own",
            suggestion=f"add `{value}`, or leave it out",
        )
