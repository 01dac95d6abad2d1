# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pores and particles put at random where there is room, until their number or their share of the volume is met.

Large bodies are placed before small ones. A body, blown up by a clearance, stays within the planes around its feature
and apart from other bodies and from the fronts of flaws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.solid.bodies import BodyMesh, around_line, in_grain, on_boundary
from jadeite.microstructure.solid.body_sites import (
    Feature,
    Sites,
    Surroundings,
    boundaries,
    find_sites,
    grain_interiors,
    triple_lines,
)
from jadeite.microstructure.solid.complex_editor import ComplexEditor

if TYPE_CHECKING:
    from jadeite.case.microstructure import BodyShape, Inclusions, Pores

Array = NDArray[np.float64]

# bodies are blown up by this factor when their room is checked
CLEARANCE = 1.3
# points tried for each body wanted, and least and largest number of points in all
SITES_PER_BODY = 40
FEWEST_SITES, MOST_SITES = 3000, 60000
# bodies in a row without room after which the rest is not tried
FAILURES = 20
# share of the bodies whose sizes may be drawn anew when they find no room, and how often
REDRAWN, REDRAWS = 0.2, 10

PLACES = {
    "grain_interiors": "grain interior",
    "grain_boundaries": "grain boundary",
    "triple_junctions": "triple line",
    "triple_lines": "triple line",
}


@dataclass(frozen=True, eq=False)
class Body:
    """A body in place: its surface with points in space, and the feature it sits on.

    `radius` is that of the sphere of equal volume, `reach` that of the ball around `centre` that holds it, in m.
    """

    mesh: BodyMesh
    feature: Feature
    place: str
    centre: Array
    radius: float
    reach: float


@dataclass(eq=False)
class Crowd:
    """What bodies have to keep apart from: bodies placed before, and points on fronts with a distance to be kept."""

    fronts: Array
    front_room: float
    centres: list[Array] = field(default_factory=list)
    reaches: list[float] = field(default_factory=list)

    def free(self, points: Array) -> Array:
        """Largest reach that a body at each point may have, in m."""
        found = np.full(len(points), np.inf)
        if len(self.fronts):
            found = KDTree(self.fronts).query(points)[0] - self.front_room
        for centre, reach in zip(self.centres, self.reaches, strict=True):
            found = np.minimum(found, np.linalg.norm(points - centre, axis=1) / CLEARANCE - reach)
        return found

    def add(self, body: Body) -> None:
        """Count in one more body."""
        self.centres.append(body.centre)
        self.reaches.append(body.reach)


def place_bodies(
    editor: ComplexEditor,
    surroundings: Surroundings,
    kind: Pores | Inclusions,
    what: str,
    volume: float,
    allowed: Callable[[int], bool],
    crowd: Crowd,
    generator: np.random.Generator,
) -> list[Body]:
    """Bodies of one kind in the regions whose rows are `allowed`, which have this `volume` in m^3.

    `what` names them in messages. They are added to `crowd` but not yet to the editor. Raises MicrostructureError when
    number or fraction cannot be met, saying how close it came. Sizes that find no room are drawn anew when they are few
    (REDRAWN); the statistics say which mean radius was reached.
    """
    radii = draw_radii(kind, volume, what, generator)
    if len(radii) == 0:
        return []
    place = PLACES[kind.place]
    find = {"grain interior": grain_interiors, "grain boundary": boundaries, "triple line": triple_lines}[place]
    tries = int(np.clip(SITES_PER_BODY * len(radii), FEWEST_SITES, MOST_SITES))
    sites = find_sites(find(editor, surroundings, allowed), tries, generator)
    search = _Search(kind.shape, place, sites, crowd, generator)
    search.put_all(radii)
    missing = len(radii) - len(search.found)
    if missing <= REDRAWN * len(radii) and kind.coefficient_of_variation > 0.0:
        # the largest of a distribution may fit nowhere: other sizes are drawn in their place
        for _ in range(REDRAWS):
            search.put_all(_draw_radii(kind, len(radii) - len(search.found), generator))
    if len(search.found) < len(radii):
        reached = sum(4 / 3 * np.pi * body.radius**3 for body in search.found) / volume
        wanted = f"{len(radii)} {what} of mean radius {kind.radius:.3g} m"
        if kind.fraction is not None:
            wanted += f" for a volume fraction of {kind.fraction:.3g}"
        raise MicrostructureError(
            f"{wanted} were asked for, but only {len(search.found)} found room at {kind.place.replace('_', ' ')} "
            f"(a volume fraction of {reached:.3g})"
        )
    return search.found


def draw_radii(kind: Pores | Inclusions, volume: float, what: str, generator: np.random.Generator) -> Array:
    """Radii (n,) in m, lognormal, so many that number or fraction of `volume` (m^3) are met as nearly as possible.

    Raises MicrostructureError when a fraction above zero would be met best by no body at all.
    """
    if kind.count is not None:
        return _draw_radii(kind, kind.count, generator)
    target = (kind.fraction or 0.0) * volume
    if target == 0.0:
        return np.empty(0)
    mean = 4 / 3 * np.pi * kind.radius**3 * (1 + kind.coefficient_of_variation**2) ** 3
    radii = _draw_radii(kind, int(2 * target / mean + 10 * np.sqrt(target / mean) + 10), generator)
    total = np.cumsum(4 / 3 * np.pi * radii**3)
    count = int(np.argmin(np.abs(np.append(0.0, total) - target)))
    if count == 0:
        raise MicrostructureError(
            f"a volume fraction of {kind.fraction:.3g} is less than half of one of the {what} "
            f"of radius {kind.radius:.3g} m"
        )
    return radii[:count]


def _draw_radii(kind: Pores | Inclusions, count: int, generator: np.random.Generator) -> Array:
    """Lognormal radii (count,) in m."""
    spread = np.sqrt(np.log1p(kind.coefficient_of_variation**2))
    return np.asarray(kind.radius * np.exp(spread * generator.standard_normal(count) - 0.5 * spread**2))


class _Search:
    """Tries sites one after the other and keeps account of the room that is left."""

    def __init__(
        self, shape: BodyShape, place: str, sites: Sites, crowd: Crowd, generator: np.random.Generator
    ) -> None:
        self.shape, self.place, self.sites, self.crowd, self.generator = shape, place, sites, crowd, generator
        self.found: list[Body] = []
        self.room = sites.room.copy()
        self.free = crowd.free(sites.points)
        self.lines: dict[int, BodyMesh] = {}
        self.template = self._usual().scaled(1.0)
        self.least = CLEARANCE * 0.9 * float(np.linalg.norm(self.template.points, axis=1).min())

    def put_all(self, radii: Array) -> None:
        """Place bodies of these radii, large ones first, until FAILURES in a row find no room."""
        failures = 0
        for radius in np.sort(radii)[::-1].tolist():
            failures = 0 if self.put(radius) else failures + 1
            if failures == FAILURES:
                return

    def put(self, radius: float) -> bool:
        """Place a body of this radius; False when there is no room for it."""
        open_sites = np.flatnonzero((self.room >= self.least * radius) & (self.free >= 0.9 * radius))
        for site in open_sites.tolist():
            feature = self.sites.features[int(self.sites.feature[site])]
            mesh = self._shape_at(int(self.sites.feature[site])).scaled(radius)
            reach = mesh.radius
            points = mesh.points @ self._frame(feature)
            centre = self.sites.points[site]
            beyond = (centre + CLEARANCE * points) @ feature.normal.T - feature.offset
            if reach > self.free[site] or beyond.max() > 0.0:
                # not for this size or a larger one
                self.room[site] = min(self.room[site], 0.99 * self.least * radius)
                continue
            body = Body(BodyMesh(centre + points, mesh.patches, mesh.seams), feature, self.place, centre, radius, reach)
            self.found.append(body)
            self.crowd.add(body)
            near = np.linalg.norm(self.sites.points - centre, axis=1) / CLEARANCE - reach
            self.free = np.minimum(self.free, near)
            return True
        return False

    def _usual(self) -> BodyMesh:
        if self.place == "grain interior":
            return in_grain(self.shape)
        if self.place == "grain boundary":
            return on_boundary(self.shape)
        return around_line(self.shape, (0.0, 2 * np.pi / 3, 4 * np.pi / 3))

    def _shape_at(self, row: int) -> BodyMesh:
        if self.place != "triple line":
            return self.template
        if row not in self.lines:
            self.lines[row] = around_line(self.shape, self.sites.features[row].azimuths)
        return self.lines[row]

    def _frame(self, feature: Feature) -> Array:
        """Frame of a body on a feature; anywhere inside a grain."""
        if feature.frame is not None:
            return feature.frame
        turned, _ = np.linalg.qr(self.generator.standard_normal((3, 3)))
        return np.asarray(turned * np.sign(np.linalg.det(turned)), dtype=float)


def bodies_volume(bodies: Sequence[Body]) -> float:
    """Volume of some bodies in m^3."""
    return float(sum(4 / 3 * np.pi * body.radius**3 for body in bodies))
