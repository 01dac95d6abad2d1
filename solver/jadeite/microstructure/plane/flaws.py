# SPDX-License-Identifier: LGPL-3.0-or-later
"""Flaws and cracks of a plane recipe, put in place: what they remove or divide, and what is known of them afterwards.

A notch is a triangle and a filament a strip with a round end, both open to the plating electrode y = 0; a cut and a
crack are lines. The tip of a filament is the end of its round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.plane.arrangement import RegionShape
from jadeite.microstructure.plane.defects import Void
from jadeite.microstructure.plane.slits import Slit
from jadeite.microstructure.tagged_mesh import Crack, Flaw, Point, SurfaceKind

if TYPE_CHECKING:
    from jadeite.case.microstructure import Crack as CrackRecipe
    from jadeite.case.microstructure import Flaw as FlawRecipe

Array = NDArray[np.float64]

# sides of the round end of a filament
ROUND_SIDES = 12


def flaw_tip(flaw: FlawRecipe) -> tuple[float, float]:
    """Tip of a straight flaw in m: `depth` from its mouth along the inward normal, tilted towards larger positions."""
    return (flaw.position + flaw.depth * float(np.sin(flaw.tilt)), flaw.depth * float(np.cos(flaw.tilt)))


def locate_flaw(flaw: FlawRecipe, regions: Sequence[RegionShape]) -> Flaw:
    """A straight flaw in place, with the region its tip points into; a cut has no width.

    Raises MicrostructureError when the tip lies outside the separator.
    """
    direction = (float(np.sin(flaw.tilt)), float(np.cos(flaw.tilt)))
    tip = flaw_tip(flaw)
    width = 0.0 if flaw.form == "cut" else flaw.mouth_width
    region = _region_ahead(flaw.name, tip, direction, flaw.depth, regions)
    return Flaw(flaw.name, (flaw.position, 0.0), tip, width, flaw.depth, direction, region, flaw.form)


def _region_ahead(
    name: str,
    tip: Point,
    direction: Point,
    depth: float,
    regions: Sequence[RegionShape],
) -> str:
    # a tip on an interface belongs to the region ahead of it
    ahead = shapely.Point(np.asarray(tip) + 1e-6 * depth * np.asarray(direction))
    hits = shapely.STRtree([region.polygon for region in regions]).query(ahead, predicate="within")
    if len(hits) == 0:
        raise MicrostructureError(f"the tip of flaw '{name}' lies outside the separator")
    return regions[int(hits[0])].name


def move_tip(flaw: Flaw, tip: Point, regions: Sequence[RegionShape]) -> Flaw:
    """A straight flaw with another tip, in m; it is the same flaw when the tip is the same.

    Raises MicrostructureError when the tip lies outside the separator.
    """
    if tip == flaw.tip:
        return flaw
    way = (tip[0] - flaw.mouth[0], tip[1] - flaw.mouth[1])
    depth = float(np.hypot(*way))
    direction = (way[0] / depth, way[1] / depth)
    region = _region_ahead(flaw.name, tip, direction, depth, regions)
    return replace(flaw, tip=tip, depth=depth, direction=direction, tip_region=region, normal=(), front=())


def flaw_void(flaw: Flaw) -> Void:
    """What a notch or a filament takes out of the ceramic, and its walls."""
    return _notch(flaw) if flaw.form == "notch" else _filament(flaw)


def _notch(flaw: Flaw) -> Void:
    left = (flaw.mouth[0] - 0.5 * flaw.mouth_width, 0.0)
    right = (flaw.mouth[0] + 0.5 * flaw.mouth_width, 0.0)
    corners = [left, right, flaw.tip]
    walls = shapely.LineString([left, flaw.tip, right])
    return Void(f"flaw {flaw.name}", SurfaceKind.FLAW_WALL, shapely.Polygon(corners), walls)


def _filament(flaw: Flaw) -> Void:
    """A strip of constant width, measured across it, that ends in half a circle through the tip."""
    along, radius = np.array(flaw.direction), 0.5 * flaw.mouth_width
    across, mouth = np.array([along[1], -along[0]]), np.array(flaw.mouth)
    if flaw.depth <= radius * (1.0 + abs(along[0] / along[1])):
        raise MicrostructureError(f"flaw '{flaw.name}' is wider than deep, which a filament cannot be")
    angles = np.linspace(0.0, np.pi, ROUND_SIDES + 1)
    centre = mouth + (flaw.depth - radius) * along
    end = centre + radius * (np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * along)
    end[ROUND_SIDES // 2] = flaw.tip
    half = np.array([radius / along[1], 0.0])
    walls = shapely.LineString([mouth + half, *end, mouth - half])
    return Void(f"flaw {flaw.name}", SurfaceKind.FLAW_WALL, shapely.Polygon(walls.coords), walls)


def crack_ends(crack: CrackRecipe) -> tuple[tuple[float, float], tuple[float, float]]:
    """Both ends of a crack in m, the lower one first.

    Raises MicrostructureError when its centre is not given by two coordinates.
    """
    if len(crack.centre) != 2:
        raise MicrostructureError(f"the centre of crack '{crack.name}' needs two coordinates in a plane recipe")
    reach = crack.half_length * np.array([np.sin(crack.tilt), np.cos(crack.tilt)])
    x, y = crack.centre
    return ((x - float(reach[0]), y - float(reach[1])), (x + float(reach[0]), y + float(reach[1])))


def locate_crack(crack: CrackRecipe) -> Crack:
    """A crack in place; raises MicrostructureError as `crack_ends` does."""
    normal = (float(np.cos(crack.tilt)), -float(np.sin(crack.tilt)))
    return Crack(crack.name, crack.centre, normal, crack.half_length, crack_ends(crack))


def move_ends(crack: Crack, lower: Point, upper: Point) -> Crack:
    """A crack with other ends, in m; it is the same crack when the ends are the same."""
    if (lower, upper) == crack.front:
        return crack
    way = (upper[0] - lower[0], upper[1] - lower[1])
    length = float(np.hypot(*way))
    centre = (0.5 * (lower[0] + upper[0]), 0.5 * (lower[1] + upper[1]))
    return Crack(crack.name, centre, (way[1] / length, -way[0] / length), 0.5 * length, (lower, upper))


def flaw_slit(flaw: Flaw) -> Slit:
    """The line of a straight cut."""
    return Slit(np.array(flaw.mouth), np.array(flaw.tip), mouth=True)


def crack_slit(crack: Crack) -> Slit:
    """The line of a crack."""
    return Slit(np.array(crack.front[0]), np.array(crack.front[1]), mouth=False)
