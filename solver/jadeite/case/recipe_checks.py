# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules between the values of a recipe: a flaw must fit its separator, exactly one of two keys, and so on.

Every rule yields findings and looks only at values that were read; what is missing or faulty is None and reported
elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from jadeite.case.finding import Finding, exactly_one, micrometres
from jadeite.case.problems import Path

DEEPEST_FLAW = 0.9
"""Largest share of the separator's thickness that a flaw may cross."""


def recipe_findings(recipe: Any) -> Iterator[Finding]:
    """Yield every broken rule of a recipe (a `Recipe`, or what could be read of one)."""
    if recipe is None:
        return
    yield from _separator_findings(recipe.separator, recipe.width)
    thickness = _thickness(recipe.separator)
    for row, pores in enumerate(recipe.pores or ()):
        if pores is not None:
            yield from exactly_one(pores, ("pores", row), "count", "fraction")
            yield from _pore_findings(recipe, pores, ("pores", row))
    flaws = [(row, flaw) for row, flaw in enumerate(recipe.flaws or ()) if flaw is not None]
    patches = [(row, patch) for row, patch in enumerate(recipe.unwetted_patches or ()) if patch is not None]
    for row, flaw in flaws:
        yield from _flaw_findings(flaw, ("flaws", row), recipe.width, thickness)
    for row, patch in patches:
        yield from _patch_findings(patch, ("unwetted_patches", row), recipe.width)
    yield from _overlap_findings(flaws, patches)
    yield from _name_findings([(("flaws", row), flaw) for row, flaw in flaws])
    yield from _name_findings([(("unwetted_patches", row), patch) for row, patch in patches])
    yield from _mesh_findings(recipe.mesh)


def _thickness(separator: Any) -> float | None:
    if separator is None:
        return None
    if separator.layers is not None:
        parts = [(layer.thickness, layer.repeat) for layer in separator.layers if layer is not None]
        if len(parts) < len(separator.layers) or any(size is None or repeat is None for size, repeat in parts):
            return None
        return float(sum(size * repeat for size, repeat in parts))
    return None if separator.thickness is None else float(separator.thickness)


def _separator_findings(separator: Any, width: float | None) -> Iterator[Finding]:
    if separator is None:
        return
    yield from exactly_one(separator, ("separator",), "polycrystal", "layers", "imported")
    thickness = separator.thickness
    if separator.polycrystal is not None and separator.layers is None:
        if thickness is None and not getattr(separator, "faulty", ()):
            yield Finding(("separator",), "gives no `thickness`, which a polycrystal needs")
        size = None if separator.polycrystal.grain_size is None else separator.polycrystal.grain_size.mean
        for name, extent in (("thickness of the separator", thickness), ("width of the cell", width)):
            if size is not None and extent is not None and size > extent:
                path = ("separator", "polycrystal", "grain_size", "mean")
                yield Finding(path, f"is larger than the {name}", allowed=f"at most {micrometres(extent)}")
        orientation = separator.polycrystal.orientation
        for name in ("axis", "direction"):
            vector = getattr(orientation, name, None)
            if vector is not None and all(part == 0.0 for part in vector):
                yield Finding(("separator", "polycrystal", "orientation", name), "has no direction: all parts are zero")
    total = _thickness(separator)
    if (
        separator.layers is not None
        and thickness is not None
        and total is not None
        and not math.isclose(total, thickness)
    ):
        message = "differs from the sum of the layers"
        yield Finding(("separator", "thickness"), message, allowed=f"{micrometres(total)}, or leave it out")


def _pore_findings(recipe: Any, pores: Any, path: Path) -> Iterator[Finding]:
    polycrystal = None if recipe.separator is None else recipe.separator.polycrystal
    if recipe.separator is not None and recipe.separator.layers is not None and polycrystal is None:
        yield Finding(path, "needs triple junctions, which layers do not have", suggestion="use `polycrystal`")
    size = None if polycrystal is None or polycrystal.grain_size is None else polycrystal.grain_size.mean
    if size is not None and pores.radius is not None and pores.radius >= 0.5 * size:
        yield Finding(
            (*path, "radius"),
            "is not smaller than half the mean grain size",
            allowed=f"below {micrometres(0.5 * size)}",
        )


def _flaw_findings(flaw: Any, path: Path, width: float | None, thickness: float | None) -> Iterator[Finding]:
    position, depth, mouth, tilt = flaw.position, flaw.depth, flaw.mouth_width, flaw.tilt
    if depth is not None and tilt is not None and thickness is not None:
        deepest = DEEPEST_FLAW * thickness / math.cos(tilt)
        if depth > deepest:
            message = (
                f"is deeper than the separator of {micrometres(thickness)}"
                if depth * math.cos(tilt) >= thickness
                else f"leaves less than a tenth of the separator of {micrometres(thickness)}"
            )
            yield Finding((*path, "depth"), message, allowed=f"at most {micrometres(deepest)}")
    if mouth is not None and depth is not None and mouth >= depth:
        yield Finding((*path, "mouth_width"), "is not smaller than the depth", allowed=f"below {micrometres(depth)}")
    if position is None or width is None:
        return
    half = 0.5 * (mouth or 0.0)
    if position - half <= 0.0 or position + half >= width:
        allowed = f"between {micrometres(half)} and {micrometres(width - half)}, so that the mouth lies inside"
        yield Finding((*path, "position"), f"lies outside the cell of width {micrometres(width)}", allowed=allowed)
    elif depth is not None and tilt is not None and not 0.0 < position + depth * math.sin(tilt) < width:
        yield Finding((*path, "tilt"), f"takes the tip out of the cell of width {micrometres(width)}")


def _patch_findings(patch: Any, path: Path, width: float | None) -> Iterator[Finding]:
    if patch.start is not None and patch.end is not None and patch.end <= patch.start:
        yield Finding((*path, "end"), "is not larger than `start`", allowed=f"above {micrometres(patch.start)}")
    for name in ("start", "end"):
        value = getattr(patch, name)
        if value is not None and width is not None and value > width:
            allowed = f"at most {micrometres(width)}"
            yield Finding((*path, name), f"lies outside the cell of width {micrometres(width)}", allowed=allowed)


def _overlap_findings(flaws: list[tuple[int, Any]], patches: list[tuple[int, Any]]) -> Iterator[Finding]:
    spans: list[tuple[float, float, Path, str]] = []
    for row, flaw in flaws:
        if flaw.position is not None and flaw.mouth_width is not None:
            half = 0.5 * flaw.mouth_width
            spans.append((flaw.position - half, flaw.position + half, ("flaws", row), f"flaw `{flaw.name}`"))
    for row, patch in patches:
        if patch.start is not None and patch.end is not None and patch.start < patch.end:
            spans.append((patch.start, patch.end, ("unwetted_patches", row), f"unwetted patch `{patch.name}`"))
    spans.sort(key=lambda span: span[:2])
    for (_, end, _, first), (start, _, path, second) in pairwise(spans):
        if start <= end:
            yield Finding(path, f"{second} overlaps or touches {first}", suggestion="move one of them")
    lines = [(row, flaw, *_line(flaw)) for row, flaw in flaws if None not in (flaw.position, flaw.depth, flaw.tilt)]
    for number, (_, one, mouth, tip) in enumerate(lines):
        for row, other, other_mouth, other_tip in lines[number + 1 :]:
            if mouth != other_mouth and _cross(mouth, tip, other_mouth, other_tip):
                yield Finding(
                    ("flaws", row), f"flaw `{other.name}` crosses flaw `{one.name}`", suggestion="change a tilt"
                )


def _line(flaw: Any) -> tuple[complex, complex]:
    mouth = complex(flaw.position, 0.0)
    return mouth, mouth + flaw.depth * complex(math.sin(flaw.tilt), math.cos(flaw.tilt))


def _cross(a: complex, b: complex, c: complex, d: complex) -> bool:
    """Whether segments ab and cd cross; both start on one line and end on the same side of it."""

    def side(p: complex, q: complex, r: complex) -> float:
        return ((q - p).conjugate() * (r - p)).imag

    return side(a, b, c) * side(a, b, d) <= 0.0 and side(c, d, a) * side(c, d, b) <= 0.0


def _name_findings(named: list[tuple[Path, Any]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, part in named:
        if part.name is not None and part.name in seen:
            yield Finding((*path, "name"), f"`{part.name}` names two of them", allowed="a name of its own")
        seen.add(part.name)


def _mesh_findings(mesh: Any) -> Iterator[Finding]:
    if mesh is None:
        return
    for fine, coarse in (
        ("boundary_size", "interior_size"),
        ("tip_size", "boundary_size"),
        ("contact_edge_size", "boundary_size"),
    ):
        small, large = getattr(mesh, fine), getattr(mesh, coarse)
        if small is not None and large is not None and small > large:
            yield Finding(("mesh", fine), f"is larger than `{coarse}`", allowed=f"at most {micrometres(large)}")
