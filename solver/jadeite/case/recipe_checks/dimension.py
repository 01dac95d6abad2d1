# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keys that mean something in two or in three dimensions only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.problems import Path
from jadeite.case.recipe_checks.space import Space, by_hand, polycrystals, rows

_MEETING = {2: ("triple_lines", "triple_junctions"), 3: ("triple_junctions", "triple_lines")}
"""Name of the place where three grains meet: that of the other dimension, and that of this one."""


def dimension_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield the keys of a recipe that its dimension has no use for, and those it lacks."""
    if space.dimension is None:
        return
    if space.dimension == 2:
        yield from _third_direction(recipe)
    for path, bodies in _bodies(recipe):
        wrong, right = _MEETING[space.dimension]
        if bodies.place == wrong:
            message = f"has no `{wrong}` in {space.dimension} dimensions"
            yield Finding((*path, "place"), message, suggestion=f"did you mean `{right}`?")
    for row, crack in rows(recipe.cracks):
        if crack.centre is not None and len(crack.centre) != space.dimension:
            message = f"has {len(crack.centre)} values in {space.dimension} dimensions"
            yield Finding(("cracks", row, "centre"), message, allowed="x, y" if space.dimension == 2 else "x, y, z")
    shape, other = (("start", "end"), ("centre", "radius"))[:: 1 if space.dimension == 2 else -1]
    words = "an interval: `start` and `end`" if space.dimension == 2 else "a disc: `centre` and `radius`"
    for row, patch in rows(recipe.unwetted_patches):
        place: Path = ("unwetted_patches", row)
        for name in other:
            if getattr(patch, name) is not None:
                message = f"means nothing in {space.dimension} dimensions"
                yield Finding((*place, name), message, allowed=words)
        lacking = [name for name in shape if getattr(patch, name) is None and name not in getattr(patch, "faulty", ())]
        if lacking:
            names = " and ".join(f"`{name}`" for name in lacking)
            yield Finding(place, f"gives no {names}", allowed=words)
        if space.dimension == 3 and patch.centre is not None and len(patch.centre) != 2:
            yield Finding((*place, "centre"), f"has {len(patch.centre)} values", allowed="x, z on the electrode")


def _third_direction(recipe: Any) -> Iterator[Finding]:
    """What a plane recipe says about z."""
    nothing = "means nothing in 2 dimensions"
    cure = "leave it out, or set `dimension: 3`"
    if recipe.width_z is not None:
        yield Finding(("width_z",), nothing, suggestion=cure)
    for row, axis in rows(recipe.periodic):
        if axis == "z":
            yield Finding(("periodic", row), nothing, allowed="x", suggestion=cure)
    for row, flaw in rows(recipe.flaws):
        for name in ("position_z", "half_length", "turn"):
            if by_hand(flaw, name):
                yield Finding(("flaws", row, name), nothing, suggestion=cure)
    for row, crack in rows(recipe.cracks):
        if by_hand(crack, "turn"):
            yield Finding(("cracks", row, "turn"), nothing, suggestion=cure)
    if recipe.flaw_population is not None and by_hand(recipe.flaw_population, "length_to_depth"):
        yield Finding(("flaw_population", "length_to_depth"), nothing, suggestion=cure)
    for grains in polycrystals(recipe):
        shape = grains.section.shape
        if getattr(shape, "direction", None) == "z":
            path = (*grains.path, "shape", "direction")
            yield Finding(path, "points out of the plane in 2 dimensions", allowed="x or y", suggestion=cure)


def _bodies(recipe: Any) -> Iterator[tuple[Path, Any]]:
    layers = () if recipe.separator is None else recipe.separator.layers
    for name in ("pores", "inclusions"):
        for row, bodies in rows(getattr(recipe, name)):
            yield (name, row), bodies
        for number, layer in rows(layers):
            for row, bodies in rows(getattr(layer, name)):
                yield ("separator", "layers", number, name, row), bodies
