# SPDX-License-Identifier: LGPL-3.0-or-later
"""What sides of a microstructure cannot do, and stiffness that the elements for ceramics are not made for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.physics_checks.mechanics import not_solved_with
from jadeite.case.schema import METAL_ROLE

#: Poisson's ratio from which elements with displacements alone answer too stiffly.
MOST_COMPRESSIBLE = 0.49


def support_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield sides that cannot be as the case asks, and loads on sides that do not move."""
    mechanics = None if case.physics is None else case.physics.mechanics
    if mechanics is None or not_solved_with(case):
        return
    path, sides = ("physics", "mechanics", "sides"), getattr(mechanics, "sides", None)
    if sides == "periodic" and recipe is not None:
        yield from _periodic_findings(path, recipe)
    if sides == "held" and getattr(case.protocol, "side_stress", None):
        yield Finding(
            ("protocol", "side_stress"),
            "has no effect on sides that are `held`",
            suggestion="let `mechanics.sides` be `flat`, `free` or `periodic`, or leave it out",
        )
    yield from _incompressible_findings(case)


def _periodic_findings(path: tuple[str, ...], recipe: Any) -> Iterator[Finding]:
    if getattr(recipe, "coordinates", None) == "axisymmetric":
        yield Finding(
            path,
            "are `periodic`, and a body of revolution has no opposite sides",
            allowed="flat, held or free",
        )
        return
    needed = {"x", "z"} if getattr(recipe, "dimension", 2) == 3 else {"x"}
    missing = sorted(needed - set(getattr(recipe, "periodic", None) or ()))
    if missing:
        yield Finding(
            path,
            f"are `periodic`, and the microstructure does not continue itself along {' and '.join(missing)}",
            suggestion=f"give `periodic: [{', '.join(sorted(needed))}]` in the recipe, or use `flat` sides",
        )


def _incompressible_findings(case: Any) -> Iterator[Finding]:
    for role, choice in (case.materials or {}).items():
        override = getattr(choice, "override", None)
        ratio = getattr(override, "poisson_ratio", None)
        if role != METAL_ROLE and ratio is not None and ratio > MOST_COMPRESSIBLE:
            yield Finding(
                ("materials", role, "override", "poisson_ratio"),
                f"is {ratio:g}: so nearly incompressible a solid locks where displacements alone are solved for",
                allowed=f"at most {MOST_COMPRESSIBLE:g}",
                suggestion=f"a ceramic has 0.2 to 0.35; metal that flows is the role `{METAL_ROLE}`, which is solved "
                "with a mean stress of its own",
            )
