# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of boundaries that open: there are some, and what holds the body and its cracks is solved with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.physics_checks.loading import has_boundaries
from jadeite.case.schema import METAL_ROLE

_MECHANICS = ("physics", "mechanics")
_FRACTURE = (*_MECHANICS, "fracture")


def cohesive_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case with cohesive boundaries combines that is not solved or has no effect."""
    mechanics = None if case.physics is None else case.physics.mechanics
    fracture = getattr(mechanics, "fracture", None)
    if mechanics is None or fracture is None or getattr(fracture, "law", None) != "cohesive_boundaries":
        return
    if fracture.mixed_mode == "quadratic" and "mixed_mode_exponent" in fracture.model_fields_set:
        yield Finding(
            (*_FRACTURE, "mixed_mode_exponent"),
            "has no effect: the quadratic law has no exponent",
            suggestion="leave it out, or say `mixed_mode: benzeggagh_kenane`",
        )
    elif fracture.mode_two_ratio == 1.0 and "mixed_mode_exponent" in fracture.model_fields_set:
        yield Finding(
            (*_FRACTURE, "mixed_mode_exponent"),
            "has no effect: both modes take the same fracture energy",
            suggestion="leave it out, or give a `mode_two_ratio` other than 1",
        )
    if mechanics.sides == "periodic":
        yield Finding(
            (*_MECHANICS, "sides"),
            "are periodic, which is not solved with boundaries that open",
            allowed="flat, held, free",
        )
    if mechanics.crack_faces == "contact":
        yield Finding(
            (*_MECHANICS, "crack_faces"),
            "are in contact, which is not solved with boundaries that open",
            suggestion="leave it out: faces of opened boundaries press on each other, those of cracks may overlap",
        )
    degree = getattr(case.solver, "degree", None)
    if degree is not None and degree > 2:
        yield Finding(
            ("solver", "degree"),
            f"is {degree}, and bodies whose boundaries open are solved with linear or quadratic displacements",
            allowed="1, 2",
        )
    if recipe is not None and METAL_ROLE in (getattr(recipe, "roles", None) or ()):
        yield Finding(
            _FRACTURE,
            f"opens boundaries between ceramic parts, and a part of the microstructure has the role `{METAL_ROLE}`, "
            "which has no fracture energy",
            suggestion="leave meshed sodium out, and say what it presses with by `stack_pressure` or `flaw_pressure`",
        )
    if recipe is not None and not has_boundaries(recipe):
        yield Finding(
            _FRACTURE,
            "opens boundaries, and the microstructure has none",
            suggestion="give the separator grains, layers or particles, or say `fracture: none`",
        )
