# SPDX-License-Identifier: LGPL-3.0-or-later
"""The stack around a separator: platens and sides of `physics.mechanics` as conditions on the displacement, and loads.

The stripping side rests on a flat smooth plane, y = thickness. The stack presses on the plating side: as a uniform
pressure, through a rigid plate, or through a compliant layer. The sides of a window cut from a wide separator are
planes of symmetry that stay flat; or they do not move, or are free, or the window repeats. A slice has no sides along
z: its top keeps it from shearing away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.case.physics import Mechanics as MechanicsSettings
from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.supports import Condition, Foundation, Periodic, Pin, Platen, Support, Where

Array = NDArray[np.float64]

PLATING, STRIPPING, SIDE = SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.SIDE_WALL
#: Surfaces that the stack pressure reaches: the electrode, and the walls of flaws through the sodium in them.
PRESSED = (PLATING, SurfaceKind.FLAW_WALL)


@dataclass(frozen=True)
class SideLoad:
    """A remote stress on the sides, in the words of `Mechanics.load`.

    Attributes:
        tractions: boundary measures and traction vectors (Pa) on sides that have surfaces of their own.
        mean_stress: along axes that repeat, Pa.
    """

    tractions: tuple[tuple[ufl.Measure, Expr], ...] = ()
    mean_stress: float = 0.0


def stack_conditions(settings: MechanicsSettings, tagged: TaggedMesh) -> list[Condition]:
    """Return what holds the separator of a case.

    A rigid or compliant platen is without force by itself: it spreads the pressure that `stack_pressures` gives.

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


def stack_pressures(settings: MechanicsSettings, domain: Domain) -> list[tuple[ufl.Measure, Expr]]:
    """Return boundary measures and pressures (Pa) of the stack; none where it does not press."""
    if not settings.stack_pressure:
        return []
    return [(domain.ds(PRESSED, 2), fem.Constant(domain.mesh, settings.stack_pressure))]


def side_load(settings: MechanicsSettings, domain: Domain, stress: float, components: int) -> SideLoad:
    """Return the load of a remote stress on the sides.

    Args:
        settings: `physics.mechanics` of the case; its sides are not `held`.
        domain: the meshed separator.
        stress: Pa, tension positive.
        components: of the displacement.
    """
    if not stress:
        return SideLoad()
    if settings.sides == "periodic":
        return SideLoad(mean_stress=stress)
    normal = ufl.FacetNormal(domain.mesh)
    pull = [stress * normal[k] if k < domain.dimension else ufl.as_ufl(0.0) for k in range(components)]
    return SideLoad(((domain.ds((SIDE,), 2), ufl.as_vector(pull)),))


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
