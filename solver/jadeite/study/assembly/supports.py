# SPDX-License-Identifier: LGPL-3.0-or-later
"""The stack around a separator: platens and sides of `physics.mechanics` as conditions on the displacement.

The stripping side rests on a flat smooth plane, y = thickness. The stack presses on the plating side: as a uniform
pressure, through a rigid plate, or through a compliant layer. The sides of a window cut from a wide separator are
planes of symmetry that stay flat; or they do not move, or are free, or the window repeats. A slice has no sides along
z: its top keeps it from shearing away.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.case.physics import Mechanics as MechanicsSettings
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.supports import Condition, Foundation, Periodic, Pin, Platen, Support, Where

Array = NDArray[np.float64]

PLATING, STRIPPING, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL


def stack_conditions(settings: MechanicsSettings, tagged: TaggedMesh) -> list[Condition]:
    """Return what holds the separator of a case.

    A rigid or compliant platen is without force by itself: it spreads the pressure that is given as a load.

    Args:
        settings: `physics.mechanics` of the case.
        tagged: the meshed separator.
    """
    axes = _lateral_axes(tagged)
    conditions: list[Condition] = [Support((STRIPPING,), 1)]
    platens = settings.platens
    if platens.law == "rigid":
        conditions.append(Platen((PLATING,), 1))
    elif platens.law == "compliant":
        conditions.append(Foundation((PLATING,), 1, platens.stiffness))
    for axis in axes:
        low, high = (_on_plane(tagged, axis, end) for end in (0, 1))
        if settings.sides == "periodic":
            conditions.append(Periodic(axis))
        elif settings.sides != "free":
            far = Platen((SIDE,), axis, high) if settings.sides == "flat" else Support((SIDE,), axis, where=high)
            conditions += [Support((SIDE,), axis, where=low), far]
    if tagged.axisymmetric:
        return conditions  # the axis stays where it is
    if settings.sides in ("free", "periodic"):
        conditions += _pins(tagged, axes, turns=settings.sides == "free")
    if tagged.dimension == 2:
        conditions.append(Support((STRIPPING,), 2))
    return conditions


def _lateral_axes(tagged: TaggedMesh) -> tuple[int, ...]:
    """Axes across which the separator has sides."""
    return (0, 2)[: tagged.dimension - 1]


def _pins(tagged: TaggedMesh, axes: tuple[int, ...], turns: bool) -> list[Pin]:
    """Points of the stripping side that keep it in place on its plane, and from turning in it, without force."""
    low, high = tagged.points.min(axis=0), tagged.points.max(axis=0)
    middle = 0.5 * (low + high)
    middle[1] = high[1]
    pins = [Pin(tuple(middle.tolist()), axis) for axis in axes]
    if turns and tagged.dimension == 3:
        aside = middle.copy()
        aside[0] = low[0]
        pins.append(Pin(tuple(aside.tolist()), 2))
    return pins


def _on_plane(tagged: TaggedMesh, axis: int, end: int) -> Where:
    """Whether points (3, n) lie on the low (0) or high (1) side across an axis."""
    low, high = float(tagged.points[:, axis].min()), float(tagged.points[:, axis].max())
    place, tolerance = (low, high)[end], 1e-9 * (high - low)
    return lambda points: np.abs(points[axis] - place) < tolerance
