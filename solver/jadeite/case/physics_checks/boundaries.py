# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of the laws of boundaries: activation energies need a value that they carry, capacitances a resistance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.problems import Path

_BOUNDARIES: Path = ("physics", "grain_boundaries")

#: The value that an activation energy goes with, by law.
_CARRIED = {"constant": "resistance", "misorientation": "high_angle_resistance"}


def boundary_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what a case says about boundaries that does not fit together."""
    law = None if case.physics is None else case.physics.grain_boundaries
    named, faulty = getattr(law, "law", ""), getattr(law, "faulty", ())
    yield from _reference_findings(law, faulty)
    if (
        named == "none"
        and getattr(law, "capacitance", None) is not None
        and recipe is not None
        and not _given_by_recipe(recipe)
    ):
        yield Finding(
            (*_BOUNDARIES, "capacitance"),
            "has no effect: boundaries with the law `none` have no resistance, which short-circuits it",
            suggestion="choose a law with a resistance, or leave it out",
        )
    value = _CARRIED.get(named)
    if value is None or value in faulty:
        return
    if getattr(law, "activation_energy", None) is not None and getattr(law, value, None) is None:
        yield Finding(
            (*_BOUNDARIES, "activation_energy"),
            "has no effect: the resistance of the material comes with an activation energy of its own",
            suggestion=f"add `{value}`, or leave it out",
        )


def _reference_findings(law: Any, faulty: Sequence[str]) -> Iterator[Finding]:
    """A temperature that nothing is carried from."""
    if "reference_temperature" not in getattr(law, "model_fields_set", ()) or "activation_energy" in faulty:
        return
    if getattr(law, "reference_temperature", None) is not None and law.activation_energy is None:
        yield Finding(
            (*_BOUNDARIES, "reference_temperature"),
            "has no effect without an activation energy: the value holds at the case's temperature",
            suggestion="add `activation_energy`, or leave it out",
        )


def _given_by_recipe(recipe: Any) -> bool:
    """Whether a recipe gives boundaries a resistance of their own, or what it says could not be read."""
    return getattr(getattr(recipe, "boundary_properties", None), "area_specific_resistance", 0.0) is not None
