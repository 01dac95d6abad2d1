# SPDX-License-Identifier: LGPL-3.0-or-later
"""Outlines of plane pores and particles: ellipses, and lenses of equilibrium on grain boundaries.

An outline is a polygon whose corners lie on the curve, with one corner wherever a grain boundary ends on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# sides of a whole outline; each arc between two boundaries gets its share, and two at least
SIDES = 24


def ellipse(directions: Array, radius: float, aspect_ratio: float = 1.0, axis: float = 0.0) -> Array:
    """Corners (n, 2) of an ellipse around the origin, in m; a disc for an aspect ratio of one.

    The semi-axes are radius sqrt(aspect_ratio) along `axis` (rad) and radius / sqrt(aspect_ratio) across, so that the
    area is that of a disc of this radius. `directions` (k,) are the ascending angles of the boundaries that end on it.
    """
    relative = directions - axis
    # the parameter of an ellipse where a ray meets it; for a disc exactly the angle of the ray
    parameter = relative + (
        np.arctan2(aspect_ratio * np.sin(relative), np.cos(relative)) - np.arctan2(np.sin(relative), np.cos(relative))
    )
    angles = _divided(parameter)
    long, short = radius * np.sqrt(aspect_ratio), radius / np.sqrt(aspect_ratio)
    along, across = long * np.cos(angles), short * np.sin(angles)
    return np.stack(
        [along * np.cos(axis) - across * np.sin(axis), along * np.sin(axis) + across * np.cos(axis)], axis=1
    )


def _divided(stops: Array) -> Array:
    """Angles around the circle through all `stops`, evenly spaced between them."""
    arcs = np.diff(np.append(stops, stops[0] + 2 * np.pi))
    parts = np.maximum(np.round(SIDES * arcs / (2 * np.pi)), 2).astype(np.int64)
    return np.concatenate(
        [start + arc * np.arange(n) / n for start, arc, n in zip(stops, arcs, parts.tolist(), strict=True)]
    )


def lens(directions: Array, radius: float, dihedral_angle: float) -> Array:
    """Corners (n, 2) of a lens around the origin, in m, with the area of a disc of this radius.

    Between neighbouring boundaries, which leave the origin at the angles `directions` (k >= 2, ascending, rad), lies a
    circular arc; all arcs meet the boundaries at one distance from the origin, half the dihedral angle psi on either
    side. The chord of a sector of angle a makes the angle 90 deg - a/2 with its boundaries, so the arc makes
    psi/2 - (90 deg - a/2) with the chord: the angle psi of equilibrium (Smith 1948, Trans. AIME 175, 15) is reached at
    every boundary whatever the sectors; caps become concave where sectors are narrow.
    """
    sectors = np.diff(np.append(directions, directions[0] + 2 * np.pi))
    bulge = 0.5 * dihedral_angle - 0.5 * (np.pi - sectors)
    parts = np.maximum(np.round(SIDES * sectors / (2 * np.pi)), 2).astype(np.int64)
    corners = []
    for start, sector, angle, count in zip(directions, sectors, bulge, parts.tolist(), strict=True):
        middle = start + 0.5 * sector
        outward = np.array([np.cos(middle), np.sin(middle)])
        onward = np.array([-outward[1], outward[0]])
        share = np.arange(count) / count
        half, height = np.sin(0.5 * sector), np.cos(0.5 * sector)
        if abs(angle) < 1e-9:
            across, out = half * (2 * share - 1), np.full(count, height)
        else:
            # seen from its centre, the arc spans plus and minus its angle with the chord
            reach = half / np.sin(angle)
            turn = angle * (2 * share - 1)
            across, out = reach * np.sin(turn), height + reach * (np.cos(turn) - np.cos(angle))
        corners.append(across[:, None] * onward + out[:, None] * outward)
    outline = np.concatenate(corners)
    x, y = outline.T
    area = 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    return np.asarray(outline * radius * np.sqrt(np.pi / area))
