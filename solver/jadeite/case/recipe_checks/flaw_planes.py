# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where flaws and cracks lie, worked out from the numbers of a recipe: planes, reach, crossings.

A flaw is half an ellipse in a plane: half axes `half_length` along the mouth and `depth` down to the tip. Untilted and
unturned, the mouth runs along z and the tip points along y; the tilt leans the tip towards larger x, the turn then
rotates both about y (right-handed, so that z turns towards x). In 2-D the flaw is the line from mouth to tip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from jadeite.case.recipe_checks.space import Space

type Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a flaw reaches along one axis: width of the cell, place of the mouth's middle, ends of mouth and flaw."""

    width: float
    place: float
    mouth: tuple[float, float]
    whole: tuple[float, float]


def directions(tilt: float, turn: float) -> tuple[Vector, Vector]:
    """Unit vectors along the mouth and from the middle of the mouth to the tip; angles in rad."""
    mouth = (math.sin(turn), 0.0, math.cos(turn))
    inward = (math.sin(tilt) * math.cos(turn), math.cos(tilt), -math.sin(tilt) * math.sin(turn))
    return mouth, inward


def flaw_reach(flaw: Any, space: Space) -> dict[str, Reach] | None:
    """Reach of a flaw along x and, in 3-D, z; None when not enough of it could be read."""
    placed = _placed(flaw, space)
    if placed is None or space.width is None:
        return None
    (x, z), half, depth, (mouth, inward) = placed
    apart = 0.0
    if flaw.form in ("notch", "filament") and flaw.path != "grain_boundaries":
        apart = 0.5 * (flaw.mouth_width or 0.0)
    reach = {}
    for axis, number, place, width in (("x", 0, x, space.width), ("z", 2, z, space.width_z)):
        if width is None:
            continue
        along, down = abs(half * mouth[number]), depth * inward[number]
        across = apart * math.sqrt(max(0.0, 1.0 - mouth[number] ** 2))
        side = along + across
        # the half ellipse a m + b t, (a/half)^2 + (b/depth)^2 <= 1, b >= 0 seen along one axis
        far = math.hypot(along, down)
        whole = (place - (far if down < 0.0 else along), place + (far if down > 0.0 else along))
        reach[axis] = Reach(width, place, (place - side, place + side), whole)
    return reach


def mouth_ends(flaw: Any, space: Space) -> tuple[complex, complex] | None:
    """Both ends of the mouth on the electrode, x + i z in m; None when not enough of the flaw could be read."""
    placed = _placed(flaw, space)
    if placed is None:
        return None
    (x, z), half, _, (mouth, _) = placed
    reach = half * complex(mouth[0], mouth[2])
    return complex(x, z) - reach, complex(x, z) + reach


def crack_extents(crack: Any, space: Space) -> dict[str, float]:
    """Half extents (m) of a crack along each axis; nothing when not enough of it could be read."""
    known = None not in (space.dimension, crack.centre, crack.half_length, crack.tilt, crack.turn)
    if not known or len(crack.centre) != space.dimension:
        return {}
    if space.dimension == 2:
        return {
            "x": crack.half_length * abs(math.sin(crack.tilt)),
            "y": crack.half_length * math.cos(crack.tilt),
        }
    mouth, inward = directions(crack.tilt, crack.turn)
    # a disc spans, along an axis, its radius times the part of the axis that lies in its plane
    return {axis: crack.half_length * math.hypot(mouth[row], inward[row]) for row, axis in enumerate("xyz")}


def flaws_cross(one: Any, other: Any, space: Space) -> bool:
    """Whether two flaws meet below the electrode; those whose mouths start in the same place are told otherwise."""
    first, second = _placed(one, space), _placed(other, space)
    if first is None or second is None or first[0] == second[0]:
        return False
    if space.dimension == 2:
        a, c = complex(first[0][0], 0.0), complex(second[0][0], 0.0)
        b, d = (
            start + depth * complex(inward[0], inward[1])
            for start, (_, _, depth, (_, inward)) in ((a, first), (c, second))
        )
        return _side(a, b, c) * _side(a, b, d) <= 0.0 and _side(c, d, a) * _side(c, d, b) <= 0.0
    return _half_ellipses_cross(first, second)


type _Placed = tuple[tuple[float, float], float, float, tuple[Vector, Vector]]


def _placed(flaw: Any, space: Space) -> _Placed | None:
    """Middle of the mouth (x, z), half length of the mouth (zero in 2-D), depth and directions of a flaw."""
    if space.dimension is None or None in (flaw.position, flaw.depth, flaw.tilt, flaw.turn):
        return None
    if space.dimension == 2:
        return (flaw.position, 0.0), 0.0, flaw.depth, directions(flaw.tilt, 0.0)
    half = flaw.depth if flaw.half_length is None else flaw.half_length
    if flaw.position_z is None and space.width_z is None:
        return None
    z = 0.5 * (space.width_z or 0.0) if flaw.position_z is None else flaw.position_z
    return (flaw.position, z), half, flaw.depth, directions(flaw.tilt, flaw.turn)


def _side(p: complex, q: complex, r: complex) -> float:
    return ((q - p).conjugate() * (r - p)).imag


def _half_ellipses_cross(first: _Placed, second: _Placed) -> bool:
    """Whether two half ellipses share a point: the parts of their planes' common line inside each must overlap."""
    normals = [_cross(*placed[3]) for placed in (first, second)]
    line = _cross(*normals)
    length = math.sqrt(_dot(line, line))
    if length < 1e-9:
        return False
    line = _scaled(line, 1.0 / length)
    points = [(placed[0][0], 0.0, placed[0][1]) for placed in (first, second)]
    # the point on both planes that is nearest to the origin
    levels = [_dot(normal, point) for normal, point in zip(normals, points, strict=True)]
    start = _scaled(
        _sum(_scaled(_cross(normals[1], line), levels[0]), _scaled(_cross(line, normals[0]), levels[1])), 1.0 / length
    )
    spans = [_span(placed, point, start, line) for placed, point in zip((first, second), points, strict=True)]
    if spans[0] is None or spans[1] is None:
        return False
    return max(spans[0][0], spans[1][0]) <= min(spans[0][1], spans[1][1])


def _span(placed: _Placed, point: Vector, start: Vector, line: Vector) -> tuple[float, float] | None:
    """Parameters between which a line in the plane of a half ellipse runs inside it; None when it misses."""
    _, half, depth, (mouth, inward) = placed
    offset = _sum(start, _scaled(point, -1.0))
    a, b = (
        (_dot(offset, mouth) / half, _dot(line, mouth) / half),
        (_dot(offset, inward) / depth, _dot(line, inward) / depth),
    )
    # |(a0 + a1 t, b0 + b1 t)|^2 = 1
    square, middle = a[1] ** 2 + b[1] ** 2, a[0] * a[1] + b[0] * b[1]
    root = middle**2 - square * (a[0] ** 2 + b[0] ** 2 - 1.0)
    if root < 0.0:
        return None
    low, high = (-middle - math.sqrt(root)) / square, (-middle + math.sqrt(root)) / square
    if abs(b[1]) < 1e-12:
        return (low, high) if b[0] >= 0.0 else None
    mouth_line = -b[0] / b[1]
    low, high = (max(low, mouth_line), high) if b[1] > 0.0 else (low, min(high, mouth_line))
    return (low, high) if low <= high else None


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _sum(a: Vector, b: Vector) -> Vector:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def _scaled(a: Vector, factor: float) -> Vector:
    return a[0] * factor, a[1] * factor, a[2] * factor
