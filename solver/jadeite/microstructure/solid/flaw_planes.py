# SPDX-License-Identifier: LGPL-3.0-or-later
"""Flaws and cracks in three dimensions as ellipses in a plane: where they lie, and whether they keep apart.

A flaw is half an ellipse whose straight side, the mouth, lies on the plating electrode y = 0. At turn zero the mouth
runs along z; a positive tilt leans the flaw towards larger x; the turn is a right-handed rotation about y. A crack is a
disc inside the ceramic whose plane has the same two angles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.solid.plane_outlines import PlaneFrame

if TYPE_CHECKING:
    from jadeite.case.microstructure import Crack as CrackRecipe
    from jadeite.case.microstructure import Flaw as FlawRecipe

Array = NDArray[np.float64]

# points of the ellipse that outlines are followed along; the outline itself has far fewer
OUTLINE_POINTS = 720
# deepest tip, as a part of the thickness
DEEPEST = 0.9
# distance that two flaws keep, as a part of the smaller one's smaller half axis
FLAW_CLEARANCE = 0.15


@dataclass(frozen=True, eq=False)
class FlawPlane:
    """An ellipse in a plane: `frame` with the middle of the ellipse as its origin, and the half axes in m.

    `half_length` is measured along the frame's first direction, `depth` along its second. Of a flaw (`opens`) only the
    half with a positive second coordinate is there. `label` is "flaw NAME" or "crack NAME".
    """

    label: str
    frame: PlaneFrame
    half_length: float
    depth: float
    opens: bool

    @property
    def radius(self) -> float:
        """Radius in m of a ball around the middle that holds the ellipse."""
        return max(self.half_length, self.depth)

    @property
    def tip(self) -> Array:
        """End of the second half axis."""
        return self.frame.origin + self.depth * self.frame.across

    def moved(self, distance: float) -> FlawPlane:
        """The flaw with its plane moved by a distance (m) along its normal; a flaw keeps its mouth on the electrode."""
        normal = self.frame.normal
        way = np.array([normal[0], 0.0, normal[2]]) if self.opens else normal
        return replace(self, frame=replace(self.frame, origin=self.frame.origin + distance / (way @ normal) * way))

    def outline(self) -> shapely.Polygon:
        """The whole ellipse in coordinates of the frame; no corner lies on an axis."""
        angle = 2 * np.pi * (np.arange(OUTLINE_POINTS) + 0.5) / OUTLINE_POINTS
        return shapely.Polygon(np.stack([self.half_length * np.cos(angle), self.depth * np.sin(angle)], axis=1))

    def sample(self, spacing: float) -> Array:
        """Points (n, 3) all over the flaw, rim included, about `spacing` (m) apart."""
        rings = max(int(np.ceil(self.radius / spacing)), 3)
        around = max(int(np.ceil(2 * np.pi * self.radius / spacing)), 12)
        radius = np.repeat(np.arange(rings + 1) / rings, around)
        angle = np.tile(np.linspace(0.0, np.pi if self.opens else 2 * np.pi, around), rings + 1)
        flat = np.stack([self.half_length * radius * np.cos(angle), self.depth * radius * np.sin(angle)], axis=1)
        return self.frame.solid(flat)

    def reaches(self, corners: Array) -> float:
        """Least distance of a convex polygon in the plane from the middle, in units of the half axes; 0 around it.

        `corners` (n, 2) are points whose convex hull is the polygon. Below one, the polygon meets the ellipse. Without
        corners it is infinite.
        """
        if len(corners) == 0:
            return float("inf")
        hull = shapely.MultiPoint(corners / np.array([self.half_length, self.depth])).convex_hull
        return float(shapely.distance(hull, shapely.Point(0.0, 0.0)))


def place_flaw(flaw: FlawRecipe, box: tuple[float, float, float]) -> FlawPlane:
    """The plane of a listed or drawn flaw."""
    z = box[2] / 2 if flaw.position_z is None else flaw.position_z
    half_length = flaw.depth if flaw.half_length is None else flaw.half_length
    frame = _frame((flaw.position, 0.0, z), flaw.tilt, flaw.turn)
    return FlawPlane(f"flaw {flaw.name}", frame, half_length, flaw.depth, True)


def place_crack(crack: CrackRecipe) -> FlawPlane:
    """The plane of a crack."""
    frame = _frame(crack.centre, crack.tilt, crack.turn)
    return FlawPlane(f"crack {crack.name}", frame, crack.half_length, crack.half_length, False)


def _frame(middle: Sequence[float], tilt: float, turn: float) -> PlaneFrame:
    cosine, sine = np.cos(turn), np.sin(turn)
    rotation = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    # along -z, so that the normal leans to positive x as that of a flaw in the plane does
    along = rotation @ np.array([0.0, 0.0, -1.0])
    across = rotation @ np.array([np.sin(tilt), np.cos(tilt), 0.0])
    return PlaneFrame(np.asarray(middle, dtype=float), along, across)


def check_flaws(planes: Sequence[FlawPlane], box: tuple[float, float, float], clearance: float) -> None:
    """Raise MicrostructureError, naming every problem, unless flaws and cracks lie apart and inside the box.

    They keep `clearance` (m) from the sides; flaws reach at most 0.9 of the thickness.
    """
    problems = []
    samples = [plane.sample(plane.radius / 12) for plane in planes]
    for plane, points in zip(planes, samples, strict=True):
        low, high = points.min(axis=0), points.max(axis=0)
        for axis, sides in ((0, ("left", "right")), (2, ("front", "back"))):
            if low[axis] < clearance:
                problems.append(f"{plane.label} reaches the {sides[0]} side wall")
            if high[axis] > box[axis] - clearance:
                problems.append(f"{plane.label} reaches the {sides[1]} side wall")
        if plane.opens and high[1] > DEEPEST * box[1]:
            problems.append(
                f"{plane.label} reaches {high[1] / box[1]:.2f} of the thickness; at most {DEEPEST} is allowed"
            )
        elif high[1] > box[1] - clearance:
            problems.append(f"{plane.label} reaches the stripping electrode")
        if not plane.opens and low[1] < clearance:
            problems.append(f"{plane.label} reaches the plating electrode; a flaw does, a crack must not")
    for one, other in combinations(range(len(planes)), 2):
        if not keep_apart(planes[one], planes[other]):
            problems.append(f"{planes[one].label} and {planes[other].label} overlap or nearly touch")
    if problems:
        raise MicrostructureError("; ".join(problems))


def keep_apart(one: FlawPlane, other: FlawPlane) -> bool:
    """Whether two flaws keep their distance from each other."""
    if np.linalg.norm(one.frame.origin - other.frame.origin) > 1.2 * (one.radius + other.radius):
        return True
    room = FLAW_CLEARANCE * min(one.half_length, one.depth, other.half_length, other.depth)
    first, second = one.sample(room), other.sample(room)
    return bool(KDTree(first).query(second)[0].min() > room)
