# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the physics of a case cannot ask of a body of revolution."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding


def revolution_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case asks of an axisymmetric microstructure that means nothing there."""
    if getattr(recipe, "coordinates", None) != "axisymmetric":
        return
    mechanics = None if case.physics is None else case.physics.mechanics
    if mechanics is None:
        return
    if getattr(mechanics, "kinematics", None) is not None:
        yield Finding(
            ("physics", "mechanics", "kinematics"),
            "speaks of the thickness of a slice, but the microstructure is a body of revolution",
            suggestion="leave it out",
        )
