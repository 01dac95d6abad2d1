# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules between the values of a case and of its recipe: roles must match materials, expectations name headlines.

Every rule yields findings and looks only at values that were read; what is missing or faulty is None and reported
elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from jadeite.case.finding import Finding, exactly_one
from jadeite.case.headlines import HEADLINES, OF_FLAW, OF_ROLE
from jadeite.case.named_roles import named_roles
from jadeite.case.physics_checks import physics_findings
from jadeite.case.problems import Path, did_you_mean, listing
from jadeite.case.schema import METAL_ROLE
from jadeite.case.study_kind import study_findings


def case_findings(case: Any, recipe: Any, library: Collection[str], aliases: Mapping[str, str]) -> Iterator[Finding]:
    """Yield every broken rule of a case, given its recipe and the names the material library knows."""
    if case is None:
        return
    if hasattr(case.protocol, "voltage"):
        yield from exactly_one(case.protocol, ("protocol",), "current_density", "voltage")
    yield from study_findings(case)
    yield from physics_findings(case, recipe)
    yield from _kinematics_findings(case, recipe)
    yield from _network_findings(case, recipe)
    for row, expectation in enumerate(case.expect or ()):
        yield from _expectation_findings(expectation, recipe, ("expect", row))
    if case.materials is None:
        return
    for role, choice in case.materials.items():
        name = None if choice is None else choice.material
        if name is not None and name not in library:
            meant = f"did you mean `{aliases[name]}`?" if name in aliases else did_you_mean(name, library)
            yield Finding(
                ("materials", role, "material"), f"`{name}` is not in the material library",
                suggestion=meant or "`jadeite materials` lists them",
            )  # fmt: skip
    roles = named_roles(recipe)
    if roles is None:
        return
    lacking = {role: path for role, path in roles.items() if role not in case.materials}
    for role in case.materials:
        if role not in roles and role != METAL_ROLE:
            meant = did_you_mean(role, [*lacking, METAL_ROLE])
            allowed = listing([*roles, METAL_ROLE])
            yield Finding(
                ("materials", role), "is a role that the recipe does not name", allowed=allowed, suggestion=meant
            )
            # one slip, one problem
            lacking = {name: path for name, path in lacking.items() if f"`{name}`" not in meant}
    for role, path in lacking.items():
        yield Finding(("materials",), f"gives no material for the role `{role}`, which the recipe names at {path}")


def _kinematics_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    mechanics = None if case.physics is None else case.physics.mechanics
    if getattr(mechanics, "kinematics", None) is not None and getattr(recipe, "dimension", None) == 3:
        yield Finding(
            ("physics", "mechanics", "kinematics"),
            "speaks of the third direction of a plane cell, but the recipe has three dimensions",
            suggestion="leave it out",
        )


def _network_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    law = None if case.physics is None else case.physics.grain_boundaries
    properties = getattr(recipe, "boundary_properties", None)
    if getattr(law, "law", None) == "network" and getattr(properties, "area_specific_resistance", 0.0) is None:
        yield Finding(
            ("physics", "grain_boundaries"),
            "takes the resistance of each boundary from the recipe, which gives none",
            suggestion="add `boundary_properties.area_specific_resistance` to the recipe, or choose another law",
        )


def headline_findings(named: str, recipe: Any, path: Path) -> Iterator[Finding]:
    """Yield the finding that a word is not the key of a headline figure that runs of a recipe can give."""
    flaws = [] if recipe is None else [flaw.name for flaw in recipe.flaws or () if flaw is not None]
    of_roles = [f"{stress}{role}" for role in named_roles(recipe) or () for stress in OF_ROLE]
    known = [*HEADLINES, *(f"{OF_FLAW}{name}" for name in flaws), *of_roles]
    drawn = recipe is not None and recipe.flaw_population is not None  # flaws that have no name before they are drawn
    if named and named not in known and not (drawn and named.startswith(OF_FLAW)):
        yield Finding(
            path, f"`{named}` is not a headline figure", allowed=listing(known), suggestion=did_you_mean(named, known)
        )


def _expectation_findings(expectation: Any, recipe: Any, path: Path) -> Iterator[Finding]:
    if expectation is None:
        return
    yield from exactly_one(expectation, path, "relative_tolerance", "absolute_tolerance")
    yield from headline_findings(expectation.quantity or "", recipe, (*path, "quantity"))
