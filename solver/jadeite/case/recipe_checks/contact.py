# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of unwetted patches and areas: on the electrode, apart from each other and from the mouths of flaws."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any

from jadeite.case.finding import Finding, micrometres
from jadeite.case.problems import Path
from jadeite.case.recipe_checks.flaw_planes import flaw_reach, mouth_ends
from jadeite.case.recipe_checks.space import Space, rows


def contact_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield the broken rules of everything that touches the plating electrode."""
    flaws, patches = list(rows(recipe.flaws)), list(rows(recipe.unwetted_patches))
    seen: set[str] = set()
    for row, patch in patches:
        path: Path = ("unwetted_patches", row)
        yield from _interval(patch, path, space) if space.dimension == 2 else _disc(patch, path, space)
        if patch.name is not None and patch.name in seen:
            yield Finding((*path, "name"), f"`{patch.name}` names two of them", allowed="a name of its own")
        seen.add(patch.name)
    if space.dimension == 2:
        yield from _overlaps_in_the_plane(flaws, patches, space)
    elif space.dimension == 3:
        yield from _overlaps_in_space(flaws, patches, space)
    area = recipe.unwetted_area
    widths = [width for width in (space.width, space.width_z) if width is not None]
    length = None if area is None else area.correlation_length
    if length is not None and widths and length > 0.5 * min(widths):
        message, allowed = "is larger than half the electrode", f"at most {micrometres(0.5 * min(widths))}"
        yield Finding(("unwetted_area", "correlation_length"), message, allowed=allowed)


def _interval(patch: Any, path: Path, space: Space) -> Iterator[Finding]:
    if patch.start is not None and patch.end is not None and patch.end <= patch.start:
        yield Finding((*path, "end"), "is not larger than `start`", allowed=f"above {micrometres(patch.start)}")
    for name in ("start", "end"):
        value = getattr(patch, name)
        if value is not None and space.width is not None and value > space.width:
            allowed = f"at most {micrometres(space.width)}"
            message = f"lies outside the cell of width {micrometres(space.width)}"
            yield Finding((*path, name), message, allowed=allowed)


def _disc(patch: Any, path: Path, space: Space) -> Iterator[Finding]:
    if None in (patch.centre, patch.radius) or len(patch.centre) != 2:
        return
    for axis, place, width in zip("xz", patch.centre, (space.width, space.width_z), strict=True):
        if width is None or patch.radius < place < width - patch.radius:
            continue
        if 2 * patch.radius >= width:
            allowed = f"below {micrometres(0.5 * width)}"
            yield Finding((*path, "radius"), f"is larger than the electrode along {axis}", allowed=allowed)
        else:
            allowed = f"{axis} between {micrometres(patch.radius)} and {micrometres(width - patch.radius)}"
            yield Finding((*path, "centre"), f"takes the disc off the electrode along {axis}", allowed=allowed)


def _overlaps_in_the_plane(
    flaws: list[tuple[int, Any]], patches: list[tuple[int, Any]], space: Space
) -> Iterator[Finding]:
    spans: list[tuple[float, float, Path, str]] = []
    for row, flaw in flaws:
        reach = flaw_reach(flaw, space)
        if reach is not None:
            spans.append((*reach["x"].mouth, ("flaws", row), f"flaw `{flaw.name}`"))
    for row, patch in patches:
        if patch.start is not None and patch.end is not None and patch.start < patch.end:
            spans.append((patch.start, patch.end, ("unwetted_patches", row), f"unwetted patch `{patch.name}`"))
    spans.sort(key=lambda span: span[:2])
    for (_, end, _, first), (start, _, path, second) in pairwise(spans):
        if start <= end:
            yield Finding(path, f"{second} overlaps or touches {first}", suggestion="move one of them")


def _overlaps_in_space(flaws: list[tuple[int, Any]], patches: list[tuple[int, Any]], space: Space) -> Iterator[Finding]:
    """Discs against discs and against the mouths of flaws, which are segments of the electrode."""
    marks: list[tuple[tuple[complex, complex], float, Path, str]] = []
    for row, flaw in flaws:
        ends = mouth_ends(flaw, space)
        if ends is not None:
            marks.append((ends, 0.5 * (flaw.mouth_width or 0.0), ("flaws", row), f"flaw `{flaw.name}`"))
    for row, patch in patches:
        if None not in (patch.centre, patch.radius) and len(patch.centre) == 2:
            centre = complex(*patch.centre)
            place: Path = ("unwetted_patches", row)
            marks.append(((centre, centre), patch.radius, place, f"unwetted patch `{patch.name}`"))
    for (one, width, _, first), (other, radius, path, second) in combinations(marks, 2):
        if _apart(one, other) <= width + radius:
            yield Finding(path, f"{second} overlaps or touches {first}", suggestion="move one of them")


def _apart(one: tuple[complex, complex], other: tuple[complex, complex]) -> float:
    """Distance between two segments of a plane."""
    (a, b), (c, d) = one, other

    def side(p: complex, q: complex, r: complex) -> float:
        return ((q - p).conjugate() * (r - p)).imag

    if side(a, b, c) * side(a, b, d) < 0.0 and side(c, d, a) * side(c, d, b) < 0.0:
        return 0.0
    return min(_from_segment(a, c, d), _from_segment(b, c, d), _from_segment(c, a, b), _from_segment(d, a, b))


def _from_segment(point: complex, start: complex, end: complex) -> float:
    along = end - start
    length = abs(along) ** 2
    share = 0.0 if length == 0.0 else min(1.0, max(0.0, ((point - start) * along.conjugate()).real / length))
    return math.hypot((point - start - share * along).real, (point - start - share * along).imag)
