# SPDX-License-Identifier: LGPL-3.0-or-later
"""Unilateral contact with Coulomb friction at points, made exact by multipliers instead of a stiff spring.

With the gap g between two surfaces, the slip s of a step, the contact pressure p and the shear traction t

    g >= 0,   p >= 0,   p g = 0,                               (Signorini 1933)
    |t| <= b,   s = 0 where |t| < b,   t = b s / |s| where s != 0,   b = min(m p, largest shear stress)

Both conditions are the same as equations in which a stiffness r > 0 may have any value (Alart and Curnier 1991, Comput.
Methods Appl. Mech. Eng. 92, 353, eqs. 9 to 13):

    p = max(0, p - r g),   t = P_b(t + r s)                    P_b: projection on the disc of radius b

They are solved by turns. While a body is solved, every point keeps its state (open, sticking or slipping along a
direction), in which traction is linear in gap and slip, with the multipliers of the last turn as constants; then
states and multipliers are updated by the equations above (the primal-dual active set method of Hintermueller, Ito and
Kunisch 2003, SIAM J. Optim. 13, 865, with augmented multipliers). When no state changes any more, each further turn
reduces what is left of penetration and of false slip by the stiffness of the body over r, so that neither is set by r.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class ContactState(IntEnum):
    """What a pair of points does."""

    OPEN = 0
    STICK = 1
    SLIP = 2


@dataclass(frozen=True)
class Friction:
    """Coulomb's friction, which a largest shear stress may limit (Tresca).

    Attributes:
        coefficient: Coulomb's coefficient; 0 slides freely.
        largest_shear_stress: Pa; None for no limit.
    """

    coefficient: float = 0.0
    largest_shear_stress: float | None = None

    def bound(self, pressure: Array) -> Array:
        """Return the largest shear traction under a contact pressure, Pa."""
        cap = np.inf if self.largest_shear_stress is None else self.largest_shear_stress
        return np.minimum(self.coefficient * np.maximum(pressure, 0.0), cap)

    def is_capped(self, pressure: Array) -> NDArray[np.bool_]:
        """Return where the largest shear stress limits the traction rather than the pressure."""
        cap = np.inf if self.largest_shear_stress is None else self.largest_shear_stress
        return self.coefficient * pressure > cap


@dataclass(frozen=True, eq=False)
class Multipliers:
    """State and multipliers of contact points during a turn.

    Attributes:
        state: `ContactState` of each point, shape (points,).
        pressure: contact pressure, Pa, (points,).
        shear: shear traction, Pa, (points, tangents).
        direction: unit vector along which a slipping point slips, (points, tangents).
        turning: shear traction by which a slipping point resists slip across its direction, Pa/m, (points,).
    """

    state: NDArray[np.int8]
    pressure: Array
    shear: Array
    direction: Array
    turning: Array

    @classmethod
    def touching(cls, points: int, tangents: int, friction: Friction) -> Multipliers:
        """All points closed without traction: sticking with friction, sliding freely without."""
        first = ContactState.STICK if friction.coefficient > 0.0 else ContactState.SLIP
        nothing = np.zeros((points, tangents))
        return cls(np.full(points, first, dtype=np.int8), np.zeros(points), nothing, nothing, np.zeros(points))


def traction(friction: Friction, now: Multipliers, stiffness: Array, gap: Array, slip: Array) -> tuple[Array, Array]:
    """Return traction and tangent of points that keep their state.

    Args:
        friction: friction law.
        now: states and multipliers of the turn.
        stiffness: r of each point, Pa/m, (points,).
        gap: distance of the surfaces, negative where they penetrate, m, (points,).
        slip: tangential displacement of the step, m, (points, tangents).

    Returns:
        Traction in the frame of the points (normal first, positive in tension), shape (points, 1 + tangents), Pa, and
        its derivative by gap and slip, shape (points, 1 + tangents, 1 + tangents), Pa/m.
    """
    points, tangents = slip.shape
    answer, tangent = np.zeros((points, 1 + tangents)), np.zeros((points, 1 + tangents, 1 + tangents))
    closed, sticks, slips = (
        now.state != ContactState.OPEN,
        now.state == ContactState.STICK,
        now.state == ContactState.SLIP,
    )
    pressure = now.pressure - stiffness * gap
    answer[closed, 0] = -pressure[closed]
    tangent[closed, 0, 0] = stiffness[closed]
    answer[sticks, 1:] = now.shear[sticks] + stiffness[sticks, None] * slip[sticks]
    tangent[sticks, 1:, 1:] = stiffness[sticks, None, None] * np.eye(tangents)
    # whether pressure or the cap limits the shear traction is part of the state, so that it stays linear
    capped = slips & friction.is_capped(now.pressure)
    follows = slips & ~capped
    answer[capped, 1:] = friction.bound(now.pressure[capped])[:, None] * now.direction[capped]
    answer[follows, 1:] = friction.coefficient * pressure[follows, None] * now.direction[follows]
    tangent[follows, 1:, 0] = -friction.coefficient * stiffness[follows, None] * now.direction[follows]
    # the projection turns with the slip: its derivative across the direction is b r / |t + r s|
    across = np.eye(tangents) - now.direction[:, :, None] * now.direction[:, None, :]
    turning = np.where(slips, now.turning, 0.0)[:, None, None] * across
    answer[:, 1:] += np.einsum("pij,pj->pi", turning, slip)
    tangent[:, 1:, 1:] += turning
    return answer, tangent


def updated(friction: Friction, now: Multipliers, stiffness: Array, gap: Array, slip: Array) -> Multipliers:
    """Return states and multipliers after a turn, in which the surfaces came to a gap and a slip; see `traction`."""
    answer, _ = traction(friction, now, stiffness, gap, slip)
    was_open = now.state == ContactState.OPEN
    closed = np.where(was_open, gap < 0.0, answer[:, 0] < 0.0)
    # what has just closed knows nothing of its pressure yet
    pressure = np.where(closed & ~was_open, -answer[:, 0], 0.0)
    bound = friction.bound(pressure)
    sticks = now.state == ContactState.STICK
    slipping = bound[:, None] * now.direction + stiffness[:, None] * slip
    trial = np.where(sticks[:, None], answer[:, 1:], slipping)
    # a point that slipped against its traction sticks for a turn, or both directions would take turns
    back = (now.state == ContactState.SLIP) & (np.einsum("pt,pt->p", slip, now.direction) < 0.0)
    trial[back] = bound[back, None] * now.direction[back]
    size = np.linalg.norm(trial, axis=1)
    slips = closed & ~back & (size > bound) | closed & (friction.coefficient == 0.0)
    direction = trial / np.where(size > 0.0, size, 1.0)[:, None]
    shear = np.where((closed & ~slips)[:, None], trial, bound[:, None] * direction)
    shear[~closed] = 0.0
    direction[~slips | (friction.coefficient == 0.0)] = 0.0
    state = np.where(closed, np.where(slips, ContactState.SLIP, ContactState.STICK), ContactState.OPEN)
    turning = np.where(slips, bound * stiffness / np.where(size > 0.0, size, 1.0), 0.0)
    return Multipliers(state.astype(np.int8), pressure, shear, direction, turning)


def turned(before: Multipliers, after: Multipliers) -> NDArray[np.bool_]:
    """Return where a turn changed the state of a point or turned the direction in which it slips by more than 1e-6."""
    changed = before.state != after.state
    both = (before.state == ContactState.SLIP) & (after.state == ContactState.SLIP)
    return changed | (both & (np.linalg.norm(after.direction - before.direction, axis=1) > 1e-6))
