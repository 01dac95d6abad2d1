# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of flaws, populations of flaws, cracks and grooves: inside the ceramic and apart from each other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding, micrometres
from jadeite.case.problems import Path
from jadeite.case.recipe_checks.flaw_planes import crack_extents, flaw_reach, flaws_cross
from jadeite.case.recipe_checks.space import Space, by_hand, mean_size, rows

DEEPEST_FLAW = 0.9
"""Largest share of the separator's thickness that a flaw may cross."""

MOST_FLAWS = 10_000
"""Largest number of flaws to be expected of a population; as many may be asked for by `count`."""


def flaw_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield the broken rules of listed flaws, of the population, of cracks and of grooves."""
    flaws = list(rows(recipe.flaws))
    for row, flaw in flaws:
        path: Path = ("flaws", row)
        yield from _depth(flaw, path, space)
        yield from _form(flaw, path)
        yield from _place(flaw, path, space)
    for number, (_, one) in enumerate(flaws):
        for row, other in flaws[number + 1 :]:
            if flaws_cross(one, other, space):
                message = f"flaw `{other.name}` crosses flaw `{one.name}`"
                yield Finding(("flaws", row), message, suggestion="change a tilt")
    cracks = list(rows(recipe.cracks))
    for row, crack in cracks:
        yield from _crack(crack, ("cracks", row), space)
    yield from _names(
        [(("flaws", row), flaw) for row, flaw in flaws] + [(("cracks", row), part) for row, part in cracks]
    )
    if recipe.flaw_population is not None:
        yield from _population(recipe.flaw_population, space)
    if recipe.grooves is not None:
        yield from _grooves(recipe, space)


def _depth(flaw: Any, path: Path, space: Space) -> Iterator[Finding]:
    depth, tilt, thickness = flaw.depth, flaw.tilt, space.thickness
    if depth is not None and tilt is not None and thickness is not None:
        deepest = DEEPEST_FLAW * thickness / math.cos(tilt)
        if depth > deepest:
            message = (
                f"is deeper than the separator of {micrometres(thickness)}"
                if depth * math.cos(tilt) >= thickness
                else f"leaves less than a tenth of the separator of {micrometres(thickness)}"
            )
            yield Finding((*path, "depth"), message, allowed=f"at most {micrometres(deepest)}")


def _form(flaw: Any, path: Path) -> Iterator[Finding]:
    along = flaw.path == "grain_boundaries"
    if along and flaw.form is not None and by_hand(flaw, "form") and flaw.form != "cut":
        yield Finding((*path, "form"), "is not possible along grain boundaries", allowed="cut")
    elif (along or flaw.form == "cut") and by_hand(flaw, "mouth_width"):
        yield Finding((*path, "mouth_width"), "is given for a cut, whose walls touch", suggestion="leave it out")
    elif has_width(flaw) and None not in (flaw.mouth_width, flaw.depth) and flaw.mouth_width >= flaw.depth:
        allowed = f"below {micrometres(flaw.depth)}"
        yield Finding((*path, "mouth_width"), "is not smaller than the depth", allowed=allowed)


def has_width(flaw: Any) -> bool:
    """Whether the walls of a flaw stand apart: notches and filaments, straight ones."""
    return flaw.form in ("notch", "filament") and flaw.path != "grain_boundaries"


def _place(flaw: Any, path: Path, space: Space) -> Iterator[Finding]:
    """The mouth and the tip lie inside the cell, also where it is periodic."""
    reach = flaw_reach(flaw, space)
    if reach is None:
        return
    for axis, key in (("x", "position"), ("z", "position_z")):
        if axis not in reach:
            continue
        width, mouth, ellipse = reach[axis].width, reach[axis].mouth, reach[axis].whole
        along = "" if axis == "x" else " along z"
        words = f"the cell of width {micrometres(width)}{along}"
        place = reach[axis].place
        half = mouth[1] - place
        if mouth[0] <= 0.0 or mouth[1] >= width:
            if axis in space.periodic and 0.0 < place < width:
                message, why = f"crosses the periodic side of {words}", ""
            else:
                message, why = f"lies outside {words}", ", so that the mouth lies inside"
            if half >= 0.5 * width:
                allowed = f"a mouth shorter than {micrometres(width)}"
            else:
                allowed = f"between {micrometres(half)} and {micrometres(width - half)}{why}"
            yield Finding((*path, key), message, allowed=allowed)
        elif ellipse[0] <= 0.0 or ellipse[1] >= width:
            yield Finding((*path, "tilt"), f"takes the tip out of {words}")


def _crack(crack: Any, path: Path, space: Space) -> Iterator[Finding]:
    extents = crack_extents(crack, space)
    widths = {"x": space.width, "y": space.thickness, "z": space.width_z}
    for number, (axis, extent) in enumerate(extents.items()):
        width = widths[axis]
        place = crack.centre[number]
        if width is not None and place is not None and not extent < place < width - extent:
            if extent >= 0.5 * width:
                message = f"makes crack `{crack.name}` longer along {axis} than the ceramic of {micrometres(width)}"
                yield Finding((*path, "half_length"), message, allowed=f"so that it spans below {micrometres(width)}")
            else:
                end = "lower" if place <= extent else "upper"
                message = f"takes the {end} end of crack `{crack.name}` out of the ceramic along {axis}"
                allowed = f"{axis} between {micrometres(extent)} and {micrometres(width - extent)}"
                yield Finding((*path, "centre"), message, allowed=allowed)


def _names(named: list[tuple[Path, Any]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, part in named:
        if part.name is not None and part.name in seen:
            yield Finding((*path, "name"), f"`{part.name}` names two of them", allowed="a name of its own")
        seen.add(part.name)


def _population(population: Any, space: Space) -> Iterator[Finding]:
    path: Path = ("flaw_population",)
    largest, depths = population.largest_depth, population.depths
    if largest is not None and space.thickness is not None and largest > DEEPEST_FLAW * space.thickness:
        allowed = f"at most {micrometres(DEEPEST_FLAW * space.thickness)}"
        message = f"leaves less than a tenth of the separator of {micrometres(space.thickness)}"
        yield Finding((*path, "largest_depth"), message, allowed=allowed)
    smallest = None if depths is None else depths.smallest_depth
    if None not in (smallest, largest) and smallest >= largest:
        allowed = f"below `largest_depth`, {micrometres(largest)}"
        yield Finding((*path, "depths", "smallest_depth"), "leaves no depths to draw", allowed=allowed)
    if depths is not None and "count" not in getattr(population, "faulty", ()):
        if depths.law == "power_law" and population.count is None:
            yield Finding(path, "gives no `count`, which `law: power_law` needs")
        if depths.law == "weibull_strength" and population.count is not None:
            message = "is given beside `law: weibull_strength`, from which the number follows"
            yield Finding((*path, "count"), message, suggestion="leave it out")
        if depths.law == "weibull_strength":
            yield from _expected_number(depths, largest, space)
    if population.form == "cut" and by_hand(population, "mouth_width_to_depth"):
        message = "is given for cuts, whose walls touch"
        yield Finding((*path, "mouth_width_to_depth"), message, suggestion="leave it out")
    known = None not in (largest, population.length_to_depth)
    if known and space.width is not None and space.width_z is not None:
        # mouths are drawn in any direction
        width = min(space.width, space.width_z)
        mouth = 2 * largest * population.length_to_depth
        if mouth >= width:
            message = f"makes mouths of {micrometres(mouth)}, longer than the cell is wide"
            allowed = f"below {micrometres(0.5 * width / population.length_to_depth)}"
            yield Finding((*path, "largest_depth"), message, allowed=allowed)


def _expected_number(law: Any, largest: float | None, space: Space) -> Iterator[Finding]:
    """A Weibull law of strength means no more flaws than can be drawn (theory, section 13)."""
    values = (law.modulus, law.characteristic_strength, law.reference_size, law.fracture_toughness, law.geometry_factor)
    if None in (*values, law.smallest_depth) or largest is None or law.smallest_depth >= largest:
        return
    width, width_z = space.width, space.width_z if space.dimension == 3 else law.reference_size
    if width is None or width_z is None:
        return
    critical = (law.fracture_toughness / (law.geometry_factor * law.characteristic_strength)) ** 2 / math.pi
    share = width * width_z / law.reference_size**2
    exponent = 0.5 * law.modulus
    number = share * ((critical / law.smallest_depth) ** exponent - (critical / largest) ** exponent)
    if number > MOST_FLAWS:
        smallest = critical * (MOST_FLAWS / share + (critical / largest) ** exponent) ** (-1.0 / exponent)
        yield Finding(
            ("flaw_population", "depths", "smallest_depth"),
            f"makes about {number:.2g} flaws",
            allowed=f"at most {MOST_FLAWS} flaws, so at least about {micrometres(smallest)}",
        )


def _grooves(recipe: Any, space: Space) -> Iterator[Finding]:
    grooves, path = recipe.grooves, ("grooves",)
    if None not in (grooves.depth, grooves.width) and grooves.width < 2 * grooves.depth:
        allowed = f"at least {micrometres(2 * grooves.depth)}"
        yield Finding((*path, "width"), "is smaller than twice the depth", allowed=allowed)
    if recipe.separator is None:
        return
    layers = recipe.separator.layers
    lowest = None if not layers else layers[0]
    crystal = recipe.separator.polycrystal if lowest is None else lowest.polycrystal
    if lowest is not None and crystal is None and "polycrystal" not in getattr(lowest, "faulty", ()):
        message = "need grain boundaries at the plating electrode, and the first layer has none"
        yield Finding(path, message, suggestion="give the layer a `polycrystal`")
    size = None if crystal is None else mean_size(crystal.grain_size)
    if size is not None and grooves.width is not None and grooves.width > 0.5 * size:
        message, allowed = "is larger than half the mean grain size", f"at most {micrometres(0.5 * size)}"
        yield Finding((*path, "width"), message, allowed=allowed)
