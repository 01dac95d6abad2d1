# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is cut out of the ceramic or off its contact: flaws, pores and unwetted patches.

A flaw is a V-notch from the plating electrode y = 0. A pore is a polygon inscribed in a circle around a triple
junction, with a corner wherever a grain boundary ends on it. An unwetted patch is an interval of y = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.arrangement import Arrangement, RegionShape, edges_of
from jadeite.microstructure.tagged_mesh import Flaw, Patch, Pore, SurfaceKind

if TYPE_CHECKING:
    from jadeite.case.microstructure import Flaw as FlawRecipe
    from jadeite.case.microstructure import Pores

Array = NDArray[np.float64]

PORE_SIDES = 24
# a pore keeps this many radii from walls, flaws and boundaries it does not sit on, and twice as many from other pores
PORE_CLEARANCE = 2.5


class MicrostructureError(ValueError):
    """The parts of a recipe do not fit together; the message names them."""


@dataclass(frozen=True, eq=False)
class Void:
    """Something cut out of the ceramic, and the wall it leaves there."""

    name: str
    kind: SurfaceKind
    polygon: shapely.Polygon
    wall: shapely.LineString


def flaw_tip(flaw: FlawRecipe) -> tuple[float, float]:
    """Tip of a flaw in m: `depth` from its mouth along the inward normal, tilted towards larger positions."""
    return (flaw.position + flaw.depth * float(np.sin(flaw.tilt)), flaw.depth * float(np.cos(flaw.tilt)))


def locate_flaw(flaw: FlawRecipe, regions: Sequence[RegionShape]) -> Flaw:
    """The flaw in place, with the region its tip points into. Raises MicrostructureError when there is none."""
    direction = (float(np.sin(flaw.tilt)), float(np.cos(flaw.tilt)))
    tip = flaw_tip(flaw)
    # a tip on an interface belongs to the region ahead of it
    ahead = shapely.Point(np.asarray(tip) + 1e-6 * flaw.depth * np.asarray(direction))
    hits = shapely.STRtree([region.polygon for region in regions]).query(ahead, predicate="within")
    if len(hits) == 0:
        raise MicrostructureError(f"the tip of flaw '{flaw.name}' lies outside the separator")
    region = regions[int(hits[0])].name
    return Flaw(flaw.name, (flaw.position, 0.0), tip, flaw.mouth_width, flaw.depth, direction, region)


def notch(flaw: Flaw) -> Void:
    """The triangle that a flaw cuts out, and its two walls."""
    left = (flaw.mouth[0] - 0.5 * flaw.mouth_width, 0.0)
    right = (flaw.mouth[0] + 0.5 * flaw.mouth_width, 0.0)
    corners = [left, right, flaw.tip]
    walls = shapely.LineString([left, flaw.tip, right])
    return Void(f"flaw {flaw.name}", SurfaceKind.FLAW_WALL, shapely.Polygon(corners), walls)


def check_defects(notches: Sequence[Void], patches: Sequence[Patch], width: float, thickness: float) -> None:
    """Raise MicrostructureError, naming every problem, unless flaws and patches lie apart and inside the box."""
    problems = []
    box = shapely.box(0.0, 0.0, width, thickness)
    for void in notches:
        corners = shapely.get_coordinates(void.polygon)
        if not box.covers(void.polygon) or corners[:, 0].min() <= 0.0 or corners[:, 0].max() >= width:
            problems.append(f"{void.name} leaves the separator")
        if corners[:, 1].max() >= thickness:
            problems.append(f"{void.name} reaches the stripping electrode")
    for one, other in combinations(notches, 2):
        if one.polygon.intersects(other.polygon):
            problems.append(f"{one.name} and {other.name} overlap")
    for patch in patches:
        if not 0.0 <= patch.start < patch.end <= width:
            problems.append(f"unwetted patch '{patch.name}' must start before it ends, inside the width")
            continue
        interval = shapely.LineString([(patch.start, 0.0), (patch.end, 0.0)])
        problems += [
            f"unwetted patch '{patch.name}' and {v.name} overlap" for v in notches if v.wall.intersects(interval)
        ]
    for first, second in combinations(sorted(patches, key=lambda patch: patch.start), 2):
        if first.end >= second.start:
            problems.append(f"unwetted patches '{first.name}' and '{second.name}' overlap")
    covered = sum(patch.end - patch.start for patch in patches)
    if not problems and covered >= width * (1 - 1e-9):
        problems.append("unwetted patches leave no contact between sodium and ceramic")
    if problems:
        raise MicrostructureError("; ".join(problems))


def place_pores(
    pores: Pores, grains: Arrangement, notches: Sequence[Void], flaw_clearance: float, generator: np.random.Generator
) -> tuple[list[Pore], list[Void]]:
    """Pores at triple junctions drawn at random among those with enough room.

    `flaw_clearance` in m is the least distance from the centre of a pore to a flaw: stress intensity factors are read
    from the field around a tip, and a pore has no place in it. Raises MicrostructureError when there are fewer such
    junctions than pores asked for.
    """
    edges, sides = edges_of(grains)
    points, radius = grains.points, pores.radius
    width, height = np.ptp(points, axis=0)
    count = pores.count
    if count is None:
        count = round((pores.fraction or 0.0) * width * height / (np.pi * radius**2))
    if count == 0:
        return [], []
    room = PORE_CLEARANCE * radius
    inner = np.setdiff1d(np.arange(len(points)), edges[np.any(sides < 0, axis=1)])
    junctions = inner[np.bincount(edges.ravel(), minlength=len(points))[inner] >= 3]
    centres = shapely.points(points[junctions])
    lines = shapely.linestrings(points[edges])
    near, line = shapely.STRtree(lines).query(centres, predicate="dwithin", distance=room)
    strange = near[~np.any(edges[line] == junctions[near][:, None], axis=1)]
    crowded = np.zeros(len(junctions), dtype=bool)
    crowded[strange] = True
    for void in notches:
        crowded |= shapely.distance(void.polygon, centres) < max(room, flaw_clearance)
    free = generator.permutation(junctions[~crowded])
    chosen: list[int] = []
    for junction in free.tolist():
        if len(chosen) == count:
            break
        if all(np.hypot(*(points[junction] - points[other])) >= 2 * room for other in chosen):
            chosen.append(junction)
    if len(chosen) < count:
        raise MicrostructureError(
            f"{count} pores of radius {radius:.3g} m were asked for, but only {len(chosen)} triple junctions have room"
        )
    found = [Pore(f"pore {k}", tuple(points[j].tolist()), radius) for k, j in enumerate(chosen, start=1)]
    outlines = [_outline(points[j], _directions(points, edges, j), radius) for j in chosen]
    voids = [
        Void(pore.name, SurfaceKind.PORE_WALL, polygon, shapely.LineString(polygon.exterior.coords))
        for pore, polygon in zip(found, outlines, strict=True)
    ]
    return found, voids


def _directions(points: Array, edges: NDArray[np.int64], junction: int) -> Array:
    """Angles, ascending, under which boundaries leave a junction."""
    mine = edges[np.any(edges == junction, axis=1)]
    x, y = (points[mine.sum(axis=1) - junction] - points[junction]).T
    return np.sort(np.arctan2(y, x))


def _outline(centre: Array, directions: Array, radius: float) -> shapely.Polygon:
    """Polygon inscribed in a circle, with corners at the given angles and sides of nearly equal length between them."""
    arcs = np.diff(np.append(directions, directions[0] + 2 * np.pi))
    parts = np.maximum(np.round(PORE_SIDES * arcs / (2 * np.pi)), 2).astype(np.int64)
    angles = np.concatenate(
        [start + arc * np.arange(n) / n for start, arc, n in zip(directions, arcs, parts.tolist(), strict=True)]
    )
    return shapely.Polygon(centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1))
