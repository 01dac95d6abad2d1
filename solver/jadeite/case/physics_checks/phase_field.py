# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of cracks as a phase field: how the body is held and loaded, and what is solved together with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.schema import METAL_ROLE

_MECHANICS = ("physics", "mechanics")
_FRACTURE = (*_MECHANICS, "fracture")


def phase_field_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case with a phase field of cracks combines that is not solved or has no effect."""
    mechanics = None if case.physics is None else case.physics.mechanics
    fracture = getattr(mechanics, "fracture", None)
    if mechanics is None or fracture is None or getattr(fracture, "law", None) != "phase_field":
        return
    protocol = case.protocol
    if mechanics.sides == "periodic":
        yield Finding(
            (*_MECHANICS, "sides"),
            "are periodic, which is not solved with a phase field of cracks",
            allowed="flat, held, free",
        )
    if mechanics.crack_faces == "contact":
        yield Finding(
            (*_MECHANICS, "crack_faces"),
            "are in contact, which is not solved with a phase field of cracks",
            suggestion="leave it out: the energy split closes cracks that grow, faces of meshed ones may overlap",
        )
    if getattr(protocol, "control", None) == "arc_length":
        yield Finding(
            ("protocol", "control"),
            "is `arc_length`, which is not solved with a phase field of cracks",
            allowed="load",
            suggestion="leave it out: steps in which cracks jump are halved until the load of the jump is known",
        )
    degree = getattr(case.solver, "degree", None)
    if degree is not None and degree > 2:
        yield Finding(
            ("solver", "degree"),
            f"is {degree}, and bodies with a phase field of cracks are solved with linear or quadratic displacements",
            allowed="1, 2",
        )
    if fracture.filling == "sodium" and not getattr(protocol, "flaw_pressure", None):
        yield Finding(
            (*_FRACTURE, "filling"),
            "is sodium, and there is no pressure in flaws that it could carry into cracks",
            suggestion="give `protocol.flaw_pressure`, or leave it out",
        )
    if fracture.filling == "dry" and getattr(protocol, "flaw_pressure", None):
        yield Finding(
            (*_FRACTURE, "filling"),
            "is dry, and flaws are under pressure: damage at a tip spreads over the length of the model, and pressure "
            "that ends there leaves the tip alone, so that flaws look far too strong",
            allowed="sodium",
            suggestion="or load the body by `side_stress` or `stack_pressure`",
        )
    if getattr(protocol, "crack_pressure", None):
        yield Finding(
            ("protocol", "crack_pressure"),
            "acts in embedded cracks, which is not solved with a phase field of cracks: it would not follow them as "
            "they grow",
            suggestion="make a flaw of the crack and use `flaw_pressure` with `filling: sodium`",
        )
    if recipe is not None and METAL_ROLE in (getattr(recipe, "roles", None) or ()):
        yield Finding(
            _FRACTURE,
            f"is a phase field, and a part of the microstructure has the role `{METAL_ROLE}`, which does not break",
            suggestion="leave meshed sodium out, and say what it presses with by `stack_pressure` or `flaw_pressure`",
        )
