# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of pressing: sodium there is, one way to press it, platens that are rigid, and a way out for what must flow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from jadeite.case.finding import Finding, exactly_one
from jadeite.case.schema import METAL_ROLE

_PROTOCOL, _MECHANICS = ("protocol",), ("physics", "mechanics")
_FEATURES = ("flaws", "flaw_population", "cracks", "grooves", "unwetted_patches", "unwetted_area")


def pressing_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case of the protocol `pressing` combines that is not solved or has no effect."""
    protocol = case.protocol
    if getattr(protocol, "law", None) != "pressing":
        return
    yield from _protocol_findings(protocol)
    mechanics = None if case.physics is None else case.physics.mechanics
    if mechanics is None:
        if case.physics is not None and "mechanics" not in getattr(case.physics, "faulty", ()):
            yield Finding(_MECHANICS, "is `none`, and pressing is nothing else", suggestion="leave it out")
        return
    yield from _mechanics_findings(protocol, mechanics)
    if recipe is not None:
        yield from _recipe_findings(protocol, mechanics, recipe)


def _protocol_findings(protocol: Any) -> Iterator[Finding]:
    ways = _Ways(protocol)
    yield from exactly_one(ways, _PROTOCOL, "current_densities", "compression", "pressure")
    timed = protocol.compression is not None or protocol.pressure is not None
    if timed and protocol.duration is None and "duration" not in ways.faulty:
        yield Finding(_PROTOCOL, "gives no `duration`", suggestion="say how long the foil is pressed")
    for name in ("duration", "time_tolerance"):
        if not timed and ways.current_densities is not None and name in getattr(protocol, "model_fields_set", ()):
            yield Finding(
                (*_PROTOCOL, name),
                "has no effect: what is found at a current density is a steady state",
                suggestion="leave it out",
            )
    for row, (before, after) in enumerate(pairwise(protocol.current_densities or ()), start=1):
        if before is not None and after is not None and after <= before:
            yield Finding(
                (*_PROTOCOL, "current_densities", row),
                "is not larger than the one before it",
                allowed=f"above {before / 10.0:g} mA/cm^2",
            )
            return
    if protocol.pressure == 0.0:
        yield Finding((*_PROTOCOL, "pressure"), "is zero, which presses nothing", allowed="above 0 MPa")


class _Ways:
    """The ways to press that a protocol gives, None for each that it does not."""

    def __init__(self, protocol: Any) -> None:
        self.current_densities = protocol.current_densities or None
        self.compression, self.pressure = protocol.compression, protocol.pressure
        self.faulty = getattr(protocol, "faulty", ())


def _mechanics_findings(protocol: Any, mechanics: Any) -> Iterator[Finding]:
    given = getattr(mechanics, "model_fields_set", ())
    platens, contact, metal = mechanics.platens, mechanics.metal_contact, mechanics.metal
    if "platens" in given and getattr(platens, "law", "rigid") != "rigid":
        yield Finding(
            (*_MECHANICS, "platens"),
            f"are `{platens.law}`, and foils are pressed between rigid ones",
            allowed="rigid",
        )
    if mechanics.stack_pressure:
        yield Finding(
            (*_MECHANICS, "stack_pressure"),
            "has no effect: platens press with what the protocol says",
            suggestion="give it as `protocol.pressure`, or leave it out",
        )
    if getattr(mechanics, "kinematics", None) == "generalised_plane_strain":
        yield Finding((*_MECHANICS, "kinematics"), "is not solved with `pressing`", allowed="plane_strain")
    if mechanics.stress_free_temperature is not None:
        yield Finding(
            (*_MECHANICS, "stress_free_temperature"),
            "has no effect: a foil is pressed from rest",
            suggestion="leave it out",
        )
    if getattr(mechanics, "fracture", None) is not None:
        yield Finding((*_MECHANICS, "fracture"), "is not solved with `pressing`", suggestion="leave it out")
    if mechanics.sides in ("flat", "periodic"):
        yield Finding(
            (*_MECHANICS, "sides"),
            f"are `{mechanics.sides}`, and a foil that is pressed has edges: sodium comes out, or is held in",
            allowed="free or held",
        )
    law = getattr(metal, "law", None)
    if protocol.current_densities and law == "elastic":
        yield Finding(
            (*_MECHANICS, "metal"),
            "is `elastic`, and sodium that does not flow cannot follow a current",
            allowed="norton, linear_viscous or rate_dependent_plasticity",
        )
    if protocol.current_densities and getattr(metal, "hardening_modulus", None):
        yield Finding(
            (*_MECHANICS, "metal", "hardening_modulus"),
            "lets the pressure rise for ever: no steady state exists at a current density",
            allowed="0 MPa",
        )
    if getattr(contact, "law", None) != "sliding":
        return
    if contact.friction_coefficient == 0.0 and contact.largest_shear_stress is not None:
        yield Finding(
            (*_MECHANICS, "metal_contact", "largest_shear_stress"),
            "limits a friction that is zero",
            suggestion="give a `friction_coefficient`, or leave it out",
        )
    if contact.friction_coefficient and (protocol.compression is not None or protocol.pressure is not None):
        yield Finding(
            (*_MECHANICS, "metal_contact", "friction_coefficient"),
            "is not solved where the foil changes its shape",
            allowed="0, or sodium that is bonded",
            suggestion="friction is solved with `current_densities`",
        )


def _recipe_findings(protocol: Any, mechanics: Any, recipe: Any) -> Iterator[Finding]:
    for name in _FEATURES:
        if getattr(recipe, name, None):
            yield Finding(("microstructure", name), "are not solved with `pressing`", suggestion="leave them out")
    if getattr(recipe, "periodic", None):
        yield Finding(("microstructure", "periodic"), "leaves a foil without edges", suggestion="leave it out")
    layers = [] if recipe.separator is None else [layer for layer in recipe.separator.layers or () if layer is not None]
    if not layers:
        yield Finding(
            ("microstructure", "separator"),
            "is not made of layers, and a foil is one",
            suggestion=f"give `layers`, at least one of them of the role `{METAL_ROLE}`",
        )
        return
    metal = [_role(layer) == METAL_ROLE for layer in layers]
    if not any(metal):
        yield Finding(
            ("microstructure", "separator", "layers"),
            "has no sodium to press",
            suggestion=f"give a layer the role `{METAL_ROLE}`: `material: {METAL_ROLE}`",
        )
        return
    first, last = metal.index(True), len(metal) - 1 - metal[::-1].index(True)
    if not all(metal[first : last + 1]):
        yield Finding(
            ("microstructure", "separator", "layers"),
            "has ceramic between layers of sodium: how fast each of them thins is not known",
            suggestion="press one foil at a time",
        )
    if any(layer.inclusions for layer in layers) or recipe.inclusions:
        yield Finding(("microstructure", "inclusions"), "are not solved with `pressing`", suggestion="leave them out")
    if not all(metal) and getattr(mechanics.metal_contact, "law", None) == "sliding":
        yield Finding(
            (*_MECHANICS, "metal_contact"),
            "is `sliding`, which is solved on platens and not on meshed ceramic",
            suggestion="leave the ceramic out: a rigid platen stands for it",
        )
    porous = bool(recipe.pores) or any(layer.pores for layer in layers)
    if mechanics.sides == "held" and protocol.pressure is None and not porous:
        yield Finding(
            (*_MECHANICS, "sides"),
            "are `held`, so that sodium, which keeps its volume, has nowhere to go",
            allowed="free",
        )


def _role(layer: Any) -> str:
    return str(layer.material if layer.polycrystal is None else layer.polycrystal.material)
