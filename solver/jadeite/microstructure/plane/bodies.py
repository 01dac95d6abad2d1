# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pores and particles put into a plane tiling: sites with enough room, drawn at random until the target is reached.

A site is a triple junction, a point of a grain boundary or a point inside a grain. A body keeps away from boundaries
and walls it does not sit on, from flaws and from other bodies, as far as the target allows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from shapely.geometry.base import BaseGeometry

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.plane.arrangement import Arrangement
from jadeite.microstructure.plane.outlines import ellipse, lens
from jadeite.microstructure.plane.sites import Sites, boundary_sites, interior_sites, junction_sites

if TYPE_CHECKING:
    from jadeite.case.microstructure import Inclusions, Pores

Array = NDArray[np.float64]

# distances that bodies keep from boundaries, walls and flaws, in radii; between bodies each counts its own. The first
# that lets the target be reached is taken
CLEARANCES = (2.5, 1.7, 1.25)
# points drawn at a time on boundaries or in grains, per body still to be placed, and how often without success
DRAWS, ROUNDS = 20, 10
PLACE_NAMES = {
    "grain_interiors": "grain interior",
    "grain_boundaries": "grain boundary",
    "triple_junctions": "triple junction",
    "triple_lines": "triple junction",
}
WHERE = {
    "grain interior": "in grain interiors",
    "grain boundary": "on grain boundaries",
    "triple junction": "at triple junctions",
}


@dataclass(frozen=True, eq=False)
class Body:
    """A pore or a particle: where it sits, the radius in m of the disc of equal area, and its outline."""

    place: str
    centre: tuple[float, float]
    radius: float
    polygon: shapely.Polygon

    @property
    def reach(self) -> float:
        """Largest distance of its outline from its centre in m."""
        return float(np.hypot(*(shapely.get_coordinates(self.polygon) - self.centre).T).max())


@dataclass(frozen=True, eq=False)
class Ground:
    """What bodies are put into: the tiling, which of its regions, their area in m^2, and what is there already.

    `flaws` keep bodies `flaw_clearance` (m) away: stress intensity factors are read from the field around a tip.
    """

    tiling: Arrangement
    allowed: NDArray[np.bool_]
    area: float
    flaws: Sequence[BaseGeometry]
    flaw_clearance: float


def place_bodies(
    kind: Pores | Inclusions, ground: Ground, taken: Sequence[Body], what: str, generator: np.random.Generator
) -> list[Body]:
    """Bodies of one kind, apart from those `taken`; `what` names them in messages.

    A fraction is reached to the nearest body. Raises MicrostructureError, saying how far it came, when there is no room
    for as many as asked for.
    """
    radii = _radii(kind, ground.area, generator)
    place = PLACE_NAMES[kind.place]
    best: list[Body] = []
    for clearance in CLEARANCES:
        placed = _placed(kind, radii, ground, taken, clearance, generator)
        if len(placed) == len(radii):
            return placed
        best = max(best, placed, key=len)
    if not best and place == "triple junction" and not len(junction_sites(ground.tiling, ground.allowed).centres):
        raise MicrostructureError(f"{what} sit at triple junctions, and uniform layers have none")
    wanted, reached = np.pi * np.sum(radii**2), np.pi * sum(body.radius**2 for body in best)
    raise MicrostructureError(
        f"{len(radii)} {what} of mean radius {kind.radius:.3g} m ({wanted / ground.area:.2%} of the area) were asked "
        f"for, but only {len(best)} find room {WHERE[place]} ({reached / ground.area:.2%})"
    )


def _radii(kind: Pores | Inclusions, area: float, generator: np.random.Generator) -> Array:
    """Radii in m, the largest first, as many as the count or the fraction of `area` (m^2) asks for."""
    variation = kind.coefficient_of_variation
    width = np.sqrt(np.log1p(variation**2))

    def draw(count: int) -> Array:
        if variation == 0.0:
            return np.full(count, kind.radius)
        return np.asarray(kind.radius * np.exp(width * generator.standard_normal(count) - 0.5 * width**2))

    if kind.count is not None:
        return np.sort(draw(kind.count))[::-1]
    target = (kind.fraction or 0.0) * area
    expected = target / (np.pi * kind.radius**2 * (1 + variation**2))
    if variation == 0.0:
        return draw(round(expected))
    radii = draw(int(np.ceil(2 * expected)) + 10)
    while np.pi * np.sum(radii**2) < target:
        radii = np.append(radii, draw(10))
    missed = np.abs(np.append(0.0, np.cumsum(np.pi * radii**2)) - target)
    return np.sort(radii[: int(np.argmin(missed))])[::-1]


def _placed(
    kind: Pores | Inclusions,
    radii: Array,
    ground: Ground,
    taken: Sequence[Body],
    clearance: float,
    generator: np.random.Generator,
) -> list[Body]:
    """As many bodies as find room, the largest first."""
    if len(radii) == 0:
        return []
    place = PLACE_NAMES[kind.place]
    placed: list[Body] = []
    failures = 0
    while len(placed) < len(radii) and failures < ROUNDS:
        missing = radii[len(placed) :]
        sites = _sites(place, ground, clearance * radii[0] * _longest(kind), DRAWS * len(missing), generator)
        sites = _with_room(sites, clearance, float(radii[-1]), ground, [*taken, *placed])
        if place == "triple junction":
            sites = sites.take(generator.permutation(len(sites.centres)))
        shape = _shapes(kind, sites, generator)
        more = _fill(place, sites, shape, missing, [*taken, *placed], ground, clearance)
        placed += more
        # junctions are all there are; points on boundaries and in grains can be drawn again
        failures += ROUNDS if place == "triple junction" else not more
    return placed


def _sites(place: str, ground: Ground, farthest: float, draws: int, generator: np.random.Generator) -> Sites:
    if place == "triple junction":
        return junction_sites(ground.tiling, ground.allowed, farthest)
    if place == "grain boundary":
        return boundary_sites(ground.tiling, ground.allowed, farthest, draws, generator)
    return interior_sites(ground.tiling, ground.allowed, farthest, draws, generator)


def _with_room(sites: Sites, clearance: float, radius: float, ground: Ground, taken: Sequence[Body]) -> Sites:
    """Sites that have room for a body of this radius in m, which reaches at least as far in some direction."""
    least = clearance * radius
    free = sites.room > least
    if taken:
        apart = cdist(sites.centres, [body.centre for body in taken]) - clearance * np.array([b.reach for b in taken])
        free &= apart.min(axis=1) >= least * (1 - 1e-12)
    centres = shapely.points(sites.centres)
    for flaw in ground.flaws:
        free &= shapely.distance(flaw, centres) >= max(least, ground.flaw_clearance)
    return sites.take(np.flatnonzero(free))


def _longest(kind: Pores | Inclusions) -> float:
    """A bound of the reach of a body over its radius."""
    if kind.shape.law == "ellipsoid":
        return max(kind.shape.aspect_ratio, 1.0 / kind.shape.aspect_ratio) ** 0.5
    return 3.0


def _shapes(kind: Pores | Inclusions, sites: Sites, generator: np.random.Generator) -> Callable[[int, float], Array]:
    """The outline around the origin of a body of given radius at one of the sites."""
    shape = kind.shape
    if shape.law == "lens":
        return lambda site, radius: lens(sites.directions[site], radius, shape.dihedral_angle)
    ratio = shape.aspect_ratio
    if ratio == 1.0:
        return lambda site, radius: ellipse(sites.directions[site], radius)
    # along its boundary; at a junction along any of its boundaries
    chosen = [int(generator.integers(len(angles))) for angles in sites.directions]
    return lambda site, radius: ellipse(
        sites.directions[site], radius, ratio, float(sites.directions[site][chosen[site]])
    )


def _fill(
    place: str,
    sites: Sites,
    shape: Callable[[int, float], Array],
    radii: Array,
    taken: Sequence[Body],
    ground: Ground,
    clearance: float,
) -> list[Body]:
    """Bodies of the given radii at the first sites that have room for them, until one finds none."""
    room = sites.room
    # reach over radius: one at least, known exactly once the outline has been drawn, infinite where it crosses itself
    reach, drawn = np.ones(len(room)), np.zeros(len(room), dtype=bool)
    to_flaw = np.full(len(room), np.inf)
    for flaw in ground.flaws:
        to_flaw = np.minimum(to_flaw, shapely.distance(flaw, shapely.points(sites.centres)))
    apart = np.full(len(room), np.inf)

    def keep_away(body: Body) -> None:
        distance = np.hypot(*(sites.centres - body.centre).T)
        np.minimum(apart, distance - clearance * body.reach, out=apart)

    for body in taken:
        keep_away(body)
    placed: list[Body] = []
    for radius in radii.tolist():
        while True:
            need = clearance * radius * reach
            # two bodies of one kind on the limit count as apart
            fits = (room > need) & (to_flaw >= need) & (apart >= need * (1 - 1e-12))
            if not fits.any():
                return placed
            site = int(np.argmax(fits))
            if drawn[site]:
                break
            outline = shape(site, 1.0)
            simple = shapely.LinearRing(outline).is_simple
            reach[site], drawn[site] = np.hypot(*outline.T).max() if simple else np.inf, True
        centre = sites.centres[site]
        body = Body(place, (float(centre[0]), float(centre[1])), radius, shapely.Polygon(centre + shape(site, radius)))
        placed.append(body)
        keep_away(body)
        apart[site] = -np.inf
    return placed
