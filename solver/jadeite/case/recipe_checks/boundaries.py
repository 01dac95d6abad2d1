# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of the properties of grain boundaries: tables that ascend, misorientations that exist."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.recipe_checks.space import Space, polycrystals

PROPERTIES = (
    "area_specific_resistance",
    "fracture_toughness",
    "energy",
    "exchange_current_density",
    "electronic_conductivity",
)


def boundary_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield the broken rules of `boundary_properties`."""
    if recipe.boundary_properties is None:
        return
    grains = [crystal.section for crystal in polycrystals(recipe)]
    isotropic = bool(grains) and all(
        crystal.crystal_symmetry == "isotropic" and not crystal.second_phases for crystal in grains
    )
    for name in PROPERTIES:
        rule = getattr(recipe.boundary_properties, name)
        if rule is None:
            continue
        path = ("boundary_properties", name)
        if rule.law == "table" and None not in (rule.angles, rule.values):
            if len(rule.angles) != len(rule.values):
                message = f"has {len(rule.values)} values for {len(rule.angles)} angles"
                yield Finding((*path, "values"), message, allowed="one value at each angle")
            if any(second <= first for first, second in pairwise(rule.angles)):
                yield Finding((*path, "angles"), "do not ascend", allowed="angles in ascending order, each once")
        if rule.law in ("misorientation", "table") and isotropic:
            yield Finding(
                (*path, "law"), "depends on misorientation, which isotropic crystals do not have",
                allowed="`constant` or `lognormal`", suggestion="or give the crystals a `crystal_symmetry`",
            )  # fmt: skip
