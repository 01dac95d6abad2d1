# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of crack faces in contact where nothing breaks: what they are solved with, and whether there are any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding

_CRACK_FACES = ("physics", "mechanics", "crack_faces")


def contact_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case combines with faces in contact that is not solved, and contact of faces that are not there."""
    mechanics = None if case.physics is None else case.physics.mechanics
    if getattr(mechanics, "crack_faces", None) != "contact" or getattr(case.protocol, "law", None) != "loading":
        return
    if getattr(case.protocol, "opened_boundaries", 0):
        yield Finding(
            ("protocol", "opened_boundaries"),
            "opens boundaries of a linear body, and `mechanics.crack_faces` are in `contact`",
            suggestion="leave one of them out",
        )
    if recipe is None:
        return
    flaws = bool(getattr(recipe, "flaws", None)) or getattr(recipe, "flaw_population", None) is not None
    if not flaws and not getattr(recipe, "cracks", None) and not getattr(recipe, "faulty", ()):
        yield Finding(
            _CRACK_FACES,
            "are in `contact`, and the microstructure has neither flaws nor cracks",
            suggestion="add `cracks` to the recipe, or leave it out",
        )
