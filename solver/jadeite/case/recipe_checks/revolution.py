# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a cell in axisymmetric coordinates cannot have: everything beside its axis is a ring around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.problems import Path
from jadeite.case.recipe_checks.space import Space, rows

_RINGS = {
    "pores": "a pore beside the axis would be a ring",
    "inclusions": "a particle beside the axis would be a ring",
    "flaw_population": "its flaws would be rings; flaws can be listed one by one",
    "unwetted_area": "its patches would be rings; patches can be listed one by one, and one from 0 um is a disc",
}


def revolution_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield what does not go with `coordinates: axisymmetric`."""
    if recipe.coordinates != "axisymmetric":
        return
    if space.dimension == 3:
        message = "turns a plane cell around its axis, and this one has 3 dimensions"
        yield Finding(("coordinates",), message, allowed="plane", suggestion="or set `dimension: 2`")
        return
    if "x" in space.periodic:
        yield Finding(("periodic",), "is not possible around an axis", suggestion="leave it out")
    for name, reason in _RINGS.items():
        if getattr(recipe, name):
            yield Finding((name,), "is not possible in axisymmetric coordinates", suggestion=reason)
    separator = recipe.separator
    if separator is None:
        return
    for number, layer in rows(separator.layers):
        place: Path = ("separator", "layers", number)
        for name in ("pores", "inclusions"):
            if getattr(layer, name):
                message = "is not possible in axisymmetric coordinates"
                yield Finding((*place, name), message, suggestion=_RINGS[name])
    if separator.imported is not None and separator.imported.law != "mesh":
        yield Finding(
            ("separator", "imported", "law"),
            f"`{separator.imported.law}` is a cut through a body, not the half section of a body of revolution",
            allowed="mesh",
        )
