# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of meshed sodium: whether there is any, which studies let it flow, and which values belong together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.named_roles import named_roles
from jadeite.case.physics_checks.mechanics import not_solved_with
from jadeite.case.schema import METAL_ROLE

_FLOW = ("physics", "mechanics", "metal")
_CONTACT = ("physics", "mechanics", "metal_contact")


def metal_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case says about the flow of sodium that does not fit together, is not solved or has no effect."""
    mechanics = None if case.physics is None else case.physics.mechanics
    metal = getattr(mechanics, "metal", None)
    if metal is None or not_solved_with(case):
        return
    if getattr(metal, "law", None) == "norton":
        yield from _norton_findings(metal)
    roles = named_roles(recipe)
    if roles is not None:
        yield from _presence_findings(case, mechanics, METAL_ROLE in roles)


def _norton_findings(metal: Any) -> Iterator[Finding]:
    stress, rate = metal.reference_stress, metal.reference_rate
    if getattr(metal, "faulty", ()):
        return
    if (stress is None) != (rate is None):
        given, other = (
            ("reference_rate", "reference_stress") if stress is None else ("reference_stress", "reference_rate")
        )
        yield Finding(
            (*_FLOW, given),
            f"says nothing without `{other}`",
            suggestion=f"give `{other}` too, or leave both out for those of the library",
        )
    elif metal.stress_exponent is not None and stress is None:
        yield Finding(
            (*_FLOW, "stress_exponent"),
            "belongs to a rate under a reference stress: the library's holds for its own exponent",
            suggestion="give `reference_stress` and `reference_rate` too, or leave the exponent out",
        )


def _presence_findings(case: Any, mechanics: Any, meshed: bool) -> Iterator[Finding]:
    pressing = getattr(case.protocol, "law", None) == "pressing"
    asked = set(getattr(mechanics, "model_fields_set", ()))
    if not meshed:
        for path in (_FLOW, _CONTACT):
            if path[-1] in asked:
                yield Finding(
                    path,
                    f"speaks of meshed sodium, and no part of the microstructure has the role `{METAL_ROLE}`",
                    suggestion=f"leave it out, or give a layer or particles the role `{METAL_ROLE}`",
                )
    elif not pressing and getattr(case.protocol, "law", None) is not None:
        if getattr(mechanics.metal, "law", None) != "elastic":
            yield Finding(
                _FLOW,
                f"lets sodium flow, which takes time, and the protocol `{case.protocol.law}` has none for it",
                suggestion="use the protocol `pressing`, or say `metal: {law: elastic}`",
            )
        if getattr(mechanics.metal_contact, "law", None) != "sliding":
            return
        if case.protocol.law == "loading":
            yield from _sliding_findings(case.protocol, mechanics)
        else:
            yield Finding(
                _CONTACT,
                f"is `sliding`, which is not solved with the protocol `{case.protocol.law}`",
                suggestion="use the protocol `loading` or `pressing`, or let the metal be `bonded`",
            )


def _sliding_findings(protocol: Any, mechanics: Any) -> Iterator[Finding]:
    """What is not solved with sodium that slides under a load, and friction that cracks would have of their own."""
    alone = "is `sliding`, which is not solved with "
    if mechanics.fracture is not None:
        yield Finding(
            _CONTACT, f"{alone}`mechanics.fracture`", suggestion="let the metal be `bonded`, or leave `fracture` out"
        )
    if mechanics.sides == "periodic":
        yield Finding(_CONTACT, f"{alone}sides that repeat", suggestion="say `sides: flat`, or let it be `bonded`")
    if getattr(protocol, "opened_boundaries", 0):
        yield Finding(
            ("protocol", "opened_boundaries"),
            "opens boundaries of a linear body, and `mechanics.metal_contact` is `sliding`",
            suggestion="leave one of them out",
        )
    contact = mechanics.metal_contact
    if mechanics.crack_faces == "contact" and (
        contact.friction_coefficient != mechanics.crack_friction_coefficient or contact.largest_shear_stress is not None
    ):
        yield Finding(
            ("physics", "mechanics", "crack_friction_coefficient"),
            f"is {mechanics.crack_friction_coefficient:g}, and cracks share the friction of sodium that slides",
            allowed=f"{contact.friction_coefficient:g}, without `metal_contact.largest_shear_stress`",
            suggestion="give both the same coefficient and no largest shear stress, or leave `crack_faces` out",
        )
