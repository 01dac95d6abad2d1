# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of electronic conduction: what needs it, what it needs, and with which studies it is solved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding

_BLOCK = ("physics", "electronic_conduction")


def leakage_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case says about electrons that does not fit together."""
    physics = case.physics
    if physics is None or "electronic_conduction" in getattr(physics, "faulty", ()):
        return
    settings = physics.electronic_conduction
    if settings is None:
        for electrode in ("plating_interface", "stripping_interface"):
            if getattr(getattr(physics, electrode), "electronic_resistance", None):
                yield Finding(
                    ("physics", electrode, "electronic_resistance"),
                    "has no effect, because electrons are not solved for",
                    suggestion="add `physics.electronic_conduction`, or leave it out",
                )
                return
        return
    protocol = getattr(case.protocol, "law", None)
    if protocol is not None and protocol != "steady":
        yield Finding(
            _BLOCK,
            f"is not solved with the protocol `{protocol}`",
            allowed="the protocol `steady`",
            suggestion="leave the block out",
        )
    transport = getattr(physics, "ion_transport", None) or {}
    if any(law is not None and law.law != "single_ion" for law in transport.values()):
        yield Finding(
            _BLOCK,
            "is solved only where sodium ions alone move",
            allowed="the law `single_ion` in every role",
            suggestion="leave the block out",
        )
    given = getattr(getattr(recipe, "boundary_properties", None), "electronic_conductivity", None)
    thickness = getattr(settings, "boundary_thickness", None)
    if given is not None and thickness is None and "boundary_thickness" not in getattr(settings, "faulty", ()):
        yield Finding(
            _BLOCK,
            "does not say how thick the boundaries are whose electronic conductivity the recipe gives",
            suggestion="add `boundary_thickness`, for example 5 nm",
        )
    if given is None and thickness is not None and recipe is not None:
        yield Finding(
            (*_BLOCK, "boundary_thickness"),
            "has no effect: the recipe gives no `boundary_properties.electronic_conductivity`",
            suggestion="give boundaries a `boundary_surface_conductance`, or leave it out",
        )
