# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of loads that rise: there is one, it has something to act on, and what the case asks for can answer it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding

_PROTOCOL, _MECHANICS = ("protocol",), ("physics", "mechanics")

#: Parts of `physics` that carry current, which `loading` does not (electrons and heat have rules of their own).
_OF_CURRENT = (
    "ion_transport",
    "plating_interface",
    "stripping_interface",
    "sodium_in_flaws",
)


def loading_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case of the protocol `loading` combines that is not solved or has no effect, and what is its own."""
    mechanics = None if case.physics is None else case.physics.mechanics
    law = getattr(case.protocol, "law", None)
    yield from _crack_face_findings(mechanics, law)
    if law is None:
        return
    if law != "loading":
        if law != "pressing" and getattr(mechanics, "fracture", None) is not None:
            yield Finding(
                (*_MECHANICS, "fracture"),
                f"is not solved with the protocol `{law}`",
                suggestion="use the protocol `loading`, or leave it out",
            )
        return
    yield from _physics_findings(case, mechanics)
    if mechanics is None:
        return
    yield from _load_findings(case, mechanics, recipe)
    yield from _step_findings(case.protocol, mechanics)
    yield from _size_findings(case.protocol, mechanics, recipe)


def _crack_face_findings(mechanics: Any, law: Any) -> Iterator[Finding]:
    if getattr(mechanics, "crack_faces", None) == "contact" and law not in (None, "loading"):
        yield Finding(
            (*_MECHANICS, "crack_faces"),
            f"are in `contact`, which is not solved with the protocol `{law}`",
            suggestion="use the protocol `loading`, or leave it out",
        )
    if getattr(mechanics, "crack_faces", "penetrable") == "penetrable" and getattr(
        mechanics, "crack_friction_coefficient", 0.0
    ):
        yield Finding(
            (*_MECHANICS, "crack_friction_coefficient"),
            "has no effect: faces that may lie within each other do not rub",
            suggestion="say `crack_faces: contact`, or leave it out",
        )


def _physics_findings(case: Any, mechanics: Any) -> Iterator[Finding]:
    """What belongs to a current, and mechanics that is missing."""
    physics = case.physics
    given = set(getattr(physics, "model_fields_set", ()))
    if mechanics is None and physics is not None and "mechanics" not in getattr(physics, "faulty", ()):
        yield Finding(_MECHANICS, "is `none`, and `loading` is nothing else", suggestion="leave it out")
    opens = getattr(getattr(mechanics, "fracture", None), "law", None) == "cohesive_boundaries"
    of_current = _OF_CURRENT if opens else (*_OF_CURRENT, "grain_boundaries")
    for name in of_current:
        if name in given and getattr(physics, name, None):
            yield Finding(
                ("physics", name),
                "has no effect: the protocol `loading` is without current",
                suggestion="leave it out",
            )
    if getattr(mechanics, "ion_partial_molar_volume", 0.0):
        yield Finding(
            (*_MECHANICS, "ion_partial_molar_volume"),
            "has no effect: the protocol `loading` is without current",
            suggestion="leave it out",
        )
    for name in ("criteria", "critical_current"):
        if name in getattr(case.failure, "model_fields_set", ()):
            yield Finding(
                ("failure", name),
                "has no effect: the protocol `loading` is without current",
                suggestion="leave it out; cracks and stresses are always read",
            )


def _load_findings(case: Any, mechanics: Any, recipe: Any) -> Iterator[Finding]:
    protocol = case.protocol
    loads = {
        "stack_pressure": mechanics.stack_pressure,
        "flaw_pressure": protocol.flaw_pressure,
        "crack_pressure": protocol.crack_pressure,
        "side_stress": protocol.side_stress,
    }
    stress_free, own = mechanics.stress_free_temperature, case.temperature
    faulty = {*getattr(protocol, "faulty", ()), *getattr(mechanics, "faulty", ()), *getattr(case, "faulty", ())}
    cools = stress_free is not None and own is not None and stress_free != own
    if not cools and not any(loads.values()) and not faulty:
        yield Finding(
            _PROTOCOL,
            "puts no load on the body",
            suggestion="give `mechanics.stress_free_temperature`, `mechanics.stack_pressure`, or `flaw_pressure`, "
            "`crack_pressure` or `side_stress`",
        )
    if recipe is None:
        return
    has_flaws = bool(getattr(recipe, "flaws", None)) or getattr(recipe, "flaw_population", None) is not None
    for name, there, what in (
        ("flaw_pressure", has_flaws, "flaws"),
        ("crack_pressure", bool(getattr(recipe, "cracks", None)), "embedded cracks"),
    ):
        if loads[name] and not there:
            yield Finding(
                (*_PROTOCOL, name),
                f"acts on {what}, and the microstructure has none",
                suggestion=f"add `{'flaws' if name == 'flaw_pressure' else 'cracks'}` to the recipe, or leave it out",
            )


def _step_findings(protocol: Any, mechanics: Any) -> Iterator[Finding]:
    """Steps and their control, where one linear solve says everything."""
    if mechanics.fracture is not None:
        return
    if (protocol.steps or 1) > 1:
        yield Finding(
            (*_PROTOCOL, "steps"),
            f"is {protocol.steps}, and nothing in the body fails: everything rises in proportion to the load",
            allowed="1",
            suggestion="leave it out, or say what may fail under `mechanics.fracture`",
        )
    if protocol.control == "arc_length":
        yield Finding(
            (*_PROTOCOL, "control"),
            "is `arc_length`, and nothing in the body fails",
            suggestion="leave it out, or say what may fail under `mechanics.fracture`",
        )


def _size_findings(protocol: Any, mechanics: Any, recipe: Any) -> Iterator[Finding]:
    sizes = protocol.magnifications or ()
    if len(set(sizes)) < len(sizes):
        yield Finding((*_PROTOCOL, "magnifications"), "lists a value twice", suggestion="list each value once")
    fails = mechanics.fracture is not None
    if not fails and tuple(sizes) not in ((), (1.0,)) and not protocol.opened_boundaries:
        yield Finding(
            (*_PROTOCOL, "magnifications"),
            "has no effect: stress does not depend on the size of the grains, what breaks does",
            suggestion="give `opened_boundaries` or `mechanics.fracture`, or leave it out",
        )
    if protocol.opened_boundaries and fails:
        yield Finding(
            (*_PROTOCOL, "opened_boundaries"),
            f"opens boundaries of a body that stays whole, and `mechanics.fracture` is {mechanics.fracture.law}",
            suggestion="leave one of them out",
        )
    elif protocol.opened_boundaries and recipe is not None and not has_boundaries(recipe):
        yield Finding(
            (*_PROTOCOL, "opened_boundaries"),
            "opens boundaries, and the microstructure has none",
            suggestion="leave it out",
        )


def has_boundaries(recipe: Any) -> bool:
    """Return whether a recipe has boundaries between grains, layers or particles, or what it says could not be read."""
    separator = getattr(recipe, "separator", None)
    layers = getattr(separator, "layers", None) or ()
    return (
        separator is None
        or separator.polycrystal is not None
        or separator.imported is not None
        or bool(getattr(recipe, "inclusions", None))
        or len(layers) > 1
        or any(
            layer is None or layer.polycrystal is not None or layer.inclusions or layer.repeat != 1 for layer in layers
        )
    )
