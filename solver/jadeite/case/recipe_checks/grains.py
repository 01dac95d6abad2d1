# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of the separator: one source of the microstructure, layers that add up, grains that fit, shares, textures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from jadeite.case.finding import Finding, exactly_one, micrometres
from jadeite.case.problems import Path
from jadeite.case.recipe_checks.space import Grains, Space, by_hand, polycrystals, rows, thickness_of

MOST_GRAINS = {2: 50_000, 3: 20_000}
"""Number of grains in two and three dimensions above which a recipe is taken for a slip of a unit."""

_EXTENTS = {
    "x": "width of the cell",
    "y": "thickness of the separator or layer",
    "z": "width of the cell along z",
}


def grain_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield the broken rules of the separator, its layers and its polycrystals."""
    if recipe.separator is not None:
        yield from _separator(recipe.separator)
        yield from _shapes(recipe)
    for grains in polycrystals(recipe):
        for path, size in _sizes(grains):
            yield from _shares(size, path)
            yield from _fits(grains, size, path, space)
        yield from _number(grains, space)
        yield from _phases(grains)
        yield from _texture(grains.section.orientation, (*grains.path, "orientation"))
        for row, phase in rows(grains.section.second_phases):
            yield from _texture(phase.orientation, (*grains.path, "second_phases", row, "orientation"))


def _separator(separator: Any) -> Iterator[Finding]:
    path: Path = ("separator",)
    yield from exactly_one(separator, path, "polycrystal", "layers", "imported")
    alone = separator.layers is None and not getattr(separator, "faulty", ())
    if alone and separator.thickness is None:
        for name, words in (("polycrystal", "a polycrystal"), ("imported", "an imported microstructure")):
            if getattr(separator, name) is not None:
                yield Finding(path, f"gives no `thickness`, which {words} needs")
    total = thickness_of(separator)
    if separator.layers is not None and None not in (separator.thickness, total):
        assert total is not None
        if not math.isclose(total, separator.thickness):
            allowed = f"{micrometres(total)}, or leave it out"
            yield Finding((*path, "thickness"), "differs from the sum of the layers", allowed=allowed)
    seen: set[str] = set()
    for row, layer in rows(separator.layers):
        here: Path = (*path, "layers", row)
        yield from _layer(layer, here)
        if layer.name is not None and layer.name in seen:
            yield Finding((*here, "name"), f"`{layer.name}` names two of them", allowed="a name of its own")
        seen.add(layer.name)


def _shapes(recipe: Any) -> Iterator[Finding]:
    """Grains of layers that touch each other make one tessellation."""
    layers = list(rows(None if recipe.separator is None else recipe.separator.layers))
    for (_, lower), (row, upper) in pairwise(layers):
        if lower.polycrystal is None or upper.polycrystal is None:
            continue
        below, above = lower.polycrystal.shape, upper.polycrystal.shape
        if below is None or above is None:
            continue
        path: Path = ("separator", "layers", row, "polycrystal", "shape")
        if below.law == above.law == "columnar" and "y" in (below.direction, above.direction):
            message = "puts columns along y on a layer of grains, through which they would reach"
            yield Finding(path, message, suggestion="put a uniform layer between them")
        elif below != above:
            message = "differs from that of the layer of grains below, which it touches"
            yield Finding(path, message, allowed="one shape", suggestion="or a uniform layer between them")


def _layer(layer: Any, path: Path) -> Iterator[Finding]:
    if layer.polycrystal is None:
        return
    for name, instead in (("material", "polycrystal.material"), ("euler_angles", "polycrystal.orientation")):
        if by_hand(layer, name):
            message = f"gives both `{name}` of a uniform layer and `polycrystal`"
            yield Finding((*path, name), message, suggestion=f"grains take it from `{instead}`")
    if layer.repeat is not None and layer.repeat > 1:
        yield Finding(
            (*path, "repeat"), "stacks uniform layers, and this one has grains", allowed="1, or a layer of each"
        )


def _sizes(grains: Grains) -> Iterator[tuple[Path, Any]]:
    """The distributions of grain sizes of a polycrystal: its own and those of its second phases."""
    if grains.section.grain_size is not None:
        yield (*grains.path, "grain_size"), grains.section.grain_size
    for row, phase in rows(grains.section.second_phases):
        if phase.grain_size is not None:
            yield (*grains.path, "second_phases", row, "grain_size"), phase.grain_size


def _shares(size: Any, path: Path) -> Iterator[Finding]:
    if size.law != "mixture":
        return
    shares = [mode.share for _, mode in rows(size.modes)]
    if size.modes is None or len(shares) < len(size.modes) or None in shares:
        return
    if abs(sum(shares) - 1.0) > 1e-6:
        message = f"has shares that add up to {sum(shares):.6g}"
        yield Finding((*path, "modes"), message, allowed="shares of the number of grains that add up to 1")


def _modes(size: Any, path: Path) -> list[tuple[Path, float]]:
    """Every mean diameter of a distribution, with its place."""
    if size.law == "mixture":
        return [((*path, "modes", row, "mean"), mode.mean) for row, mode in rows(size.modes) if mode.mean is not None]
    return [] if size.mean is None else [((*path, "mean"), size.mean)]


def _extents(grains: Grains, space: Space) -> dict[str, float]:
    """Known extents (m) by axis that bound the grains: those across columns only, where grains are columns."""
    extents = {"x": space.width, "y": grains.thickness, "z": space.width_z}
    shape = grains.section.shape
    if shape is not None and shape.law == "columnar":
        extents.pop(shape.direction, None)
    return {axis: extent for axis, extent in extents.items() if extent is not None}


def _fits(grains: Grains, size: Any, path: Path, space: Space) -> Iterator[Finding]:
    extents = _extents(grains, space)
    shape = grains.section.shape
    for place, mean in _modes(size, path):
        small = [axis for axis, extent in extents.items() if mean > extent]
        for axis in small:
            allowed = f"at most {micrometres(extents[axis])}"
            yield Finding(place, f"is larger than the {_EXTENTS[axis]}", allowed=allowed)
        if small or shape is None or shape.law != "elongated" or None in (shape.aspect_ratio, shape.direction):
            continue
        # volume (area) of a grain does not change: length = d a^((n-1)/n) for an aspect ratio a in n dimensions
        power = 2 / 3 if space.dimension == 3 else 1 / 2
        length = mean * shape.aspect_ratio**power
        if shape.direction in extents and length > extents[shape.direction]:
            yield Finding(
                (*grains.path, "shape", "aspect_ratio"),
                f"makes grains of {micrometres(length)}, longer than the {_EXTENTS[shape.direction]}",
                allowed=f"at most {(extents[shape.direction] / mean) ** (1 / power):.3g}",
                suggestion="grains that reach through it are `law: columnar`",
            )


def _number(grains: Grains, space: Space) -> Iterator[Finding]:
    """A million grains by a slip of a unit would keep the machine busy for days."""
    size = grains.section.grain_size
    extents = _extents(grains, space)
    if size is None or space.dimension is None or not extents:
        return
    means = [mean for _, mean in _modes(size, ())]
    if not means:
        return
    number = math.prod(extent / max(means) for extent in extents.values())
    if number > MOST_GRAINS[space.dimension]:
        place = ("modes",) if size.law == "mixture" else ("mean",)
        most = MOST_GRAINS[space.dimension]
        smallest = max(means) * (number / most) ** (1 / len(extents))
        yield Finding(
            (*grains.path, "grain_size", *place),
            f"makes about {number:.2g} grains",
            allowed=f"at most {most} grains, so at least about {micrometres(smallest)}",
        )


def _phases(grains: Grains) -> Iterator[Finding]:
    total = 0.0
    for row, phase in rows(grains.section.second_phases):
        path = (*grains.path, "second_phases", row)
        total += phase.fraction or 0.0
        if phase.fraction is not None and total >= 1.0:
            message = f"leaves nothing to the polycrystal: the shares add up to {total:.4g}"
            yield Finding((*path, "fraction"), message, allowed="shares that add up to less than 1")
        if phase.material is not None and phase.material == grains.section.material:
            yield Finding(
                (*path, "material"), "is the role of the polycrystal itself", allowed="a role of its own",
                suggestion="two sizes of one material are a `mixture`",
            )  # fmt: skip


def _texture(orientation: Any, path: Path) -> Iterator[Finding]:
    for name in ("axis", "direction"):
        vector = getattr(orientation, name, None)
        if vector is not None and None not in vector and all(part == 0.0 for part in vector):
            yield Finding((*path, name), "has no direction: all parts are zero")
