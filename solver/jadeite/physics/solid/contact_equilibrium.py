# SPDX-License-Identifier: LGPL-3.0-or-later
"""Contact of a linear body, reduced to its points of contact: jump = free jump - compliance times traction.

The free jump is that of the body without any traction across the surface; it changes with the load. Each load step ends
in a state that satisfies all conditions of `contact_law`, found by turns of a linear solve and an update of
states. A body pressed on a rigid obstacle has one unknown more where the force is given: how far the obstacle has
moved towards it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Kept, State
from jadeite.physics.solid.contact_compliance import Compliance
from jadeite.physics.solid.contact_law import ContactState, Friction, Multipliers, traction, turned, updated

Array = NDArray[np.float64]

#: Stiffness r over that of the body at a point: a turn leaves about one over it of penetration and false slip.
_STIFFNESS = 1e3

#: Penetration and false slip over the largest free jump at which a step ends.
_TOLERANCE = 1e-9

_MOST_TURNS = 100


@dataclass(frozen=True, eq=False)
class ContactPoints:
    """State of all points of contact at the end of a load step.

    Attributes:
        gap: distance of the surfaces, m, (points,).
        slip: tangential jump since the first step, m, (points, tangents).
        jump: jump of the displacement, normal first, m, (points, c).
        traction: normal (positive in tension) and shear, Pa, (points, 1 + tangents).
        state: `ContactState` of each point.
        approach: how far side 0 has moved as a whole along the normal, towards side 1, m.
        drag: how far it has moved along the tangents, m, (tangents,).
        turns: linear solves that the step took.
    """

    gap: Array
    slip: Array
    jump: Array
    traction: Array
    state: NDArray[np.int8]
    approach: float
    drag: Array
    turns: int


class ContactEquilibrium:
    """Load steps of a linear body whose surfaces touch, with the path that friction remembers.

    Attributes:
        area: of each point, m^2 (in the plane m), (points,).
        now: the state at the end of the last step.
        friction_energy: dissipated since the first step, J.
        gap_energy: work of contact pressures on gaps that opened or closed while the pressure acted, as the trapezoidal
            rule sees it, J. It is zero in truth, where one of both vanishes, and gets small with the load step.
        external_work: of what moves side 0 as a whole, J.
    """

    def __init__(
        self,
        compliance: Compliance,
        area: Array,
        initial_gap: Array,
        friction: Friction,
        released: float = 0.0,
        largest_turns: int = _MOST_TURNS,
    ) -> None:
        """Start from surfaces without traction.

        Args:
            compliance: what tractions close; of the normal direction alone for surfaces without friction, whose slip is
                of no interest.
            area: of each point, (points,).
            initial_gap: of each point, m, (points,).
            friction: friction law.
            released: stiffness of springs across the points that are in the compliance and not in the body, Pa/m;
                for surfaces of the body alone, not with a force on an obstacle.
            largest_turns: turns of a step before it is given up.

        Raises:
            ValueError: for friction without tangential compliance.
        """
        points, components = compliance.shape
        if components == 1 and friction.coefficient > 0.0:
            raise ValueError("friction needs the compliance along the tangents")
        self.area, self._initial_gap, self._friction = area, initial_gap, friction
        self._compliance, self._largest_turns = compliance, largest_turns
        self._released = released
        self._guess = np.zeros((points, components))
        self._multipliers = Multipliers.touching(points, components - 1, friction)
        nothing = np.zeros((points, components))
        state = self._multipliers.state
        self.now = ContactPoints(
            initial_gap.copy(), nothing[:, 1:], nothing, nothing, state, 0.0, np.zeros(components - 1), 0
        )
        self.friction_energy = self.gap_energy = self.external_work = 0.0

    def advance(
        self, free_jump: Array, *, approach: float = 0.0, drag: ArrayLike | None = None, force: float | None = None
    ) -> ContactPoints:
        """Find the state of contact under the next load.

        Args:
            free_jump: jump of the body without contact tractions under that load, m, (points, c).
            approach: how far side 0, for example an obstacle, has moved along the normal towards side 1, m.
            drag: how far it has moved along the tangents, m, (tangents,); None for not at all.
            force: with which side 0 presses, N (in the plane N/m), instead of its approach.

        Raises:
            ConvergenceError: when states go on changing.
        """
        before = self.now
        points = len(free_jump)
        start = np.concatenate([np.zeros((points, 1)), before.slip], axis=1)
        offset = free_jump - start
        moved_along = np.zeros(free_jump.shape[1] - 1) if drag is None else np.asarray(drag, dtype=float)
        offset[:, 0] += self._initial_gap - (approach if force is None else 0.0)
        offset[:, 1:] -= moved_along
        scale = max(np.abs(offset).max(initial=0.0), np.abs(free_jump).max(initial=0.0), abs(approach))
        multipliers, turns, settled = self._multipliers, 0, False
        while not settled:
            if turns == self._largest_turns:
                raise ConvergenceError(
                    f"contact: after {turns} turns the surfaces still change between sticking, slipping and open. Try "
                    "more load steps, or a smaller coefficient of friction."
                )
            turns += 1
            place, moved = self._solve(multipliers, offset, free_jump - offset, force)
            gap, slip = place[:, 0], place[:, 1:]
            answer, _ = traction(self._friction, multipliers, self._stiffness, gap, slip)
            after = updated(self._friction, multipliers, self._stiffness, gap, slip)
            changed = bool(turned(multipliers, after).any())
            closed, sticks = multipliers.state != ContactState.OPEN, multipliers.state == ContactState.STICK
            left = max(np.abs(gap[closed]).max(initial=0.0), np.abs(slip[sticks]).max(initial=0.0))
            multipliers = after
            settled = not changed and left <= _TOLERANCE * max(scale, abs(moved))
        self._multipliers = multipliers
        reached = approach if force is None else moved
        jump = place + (free_jump - offset)
        jump[:, 0] += moved
        self.now = ContactPoints(gap, before.slip + slip, jump, answer, multipliers.state, reached, moved_along, turns)
        mean = 0.5 * (before.traction + self.now.traction)
        self.friction_energy += float(self.area @ np.einsum("pt,pt->p", mean[:, 1:], slip))
        self.gap_energy += float(self.area @ (mean[:, 0] * (gap - before.gap)))
        moves = np.append(reached - before.approach, moved_along - before.drag)
        self.external_work -= float(self.area @ (mean @ moves))
        return self.now

    def state(self) -> State:
        """Return the state of all points, in their order, and the energies so far."""
        return {
            "now": self.now,
            "multipliers": self._multipliers,
            "guess": self._guess,
            "energies": [self.friction_energy, self.gap_energy, self.external_work],
        }

    def restore(self, kept: Kept, order: NDArray[np.int64], turn: Array) -> None:
        """Go to a state that was kept, of points in another order with other frames.

        Args:
            kept: by `state`.
            order: number that each point had.
            turn: from the frame that it had to its present one, (points, c, c).

        Note:
            Collective.
        """
        directions = self._guess.shape[1]
        turn = turn[:, :directions, :directions]

        def turned_now(vectors: Array) -> Array:
            columns = directions - vectors.shape[1]
            return np.einsum("pij,pj->pi", turn[:, columns:, columns:], vectors[order])

        now = kept.read("now", ContactPoints)
        self.now = replace(
            now,
            gap=now.gap[order],
            slip=turned_now(now.slip),
            jump=turned_now(now.jump),
            traction=turned_now(now.traction),
            state=now.state[order],
        )
        last = kept.read("multipliers", Multipliers)
        self._multipliers = replace(
            last,
            state=last.state[order],
            pressure=last.pressure[order],
            shear=turned_now(last.shear),
            direction=turned_now(last.direction),
            turning=last.turning[order],
        )
        self._guess = turned_now(np.asarray(kept["guess"]))
        self.friction_energy, self.gap_energy, self.external_work = kept["energies"]

    @cached_property
    def _stiffness(self) -> Array:
        """The r of each point, Pa/m."""
        return _STIFFNESS / self._compliance.own

    def _solve(self, now: Multipliers, offset: Array, shift: Array, force: float | None) -> tuple[Array, float]:
        """Gap and slip of the step, (points, c), and the approach under a force, with states kept.

        The jump is the shift plus gap and slip, and the approach.
        """
        nothing = np.zeros_like(offset)
        constant, tangent = traction(self._friction, now, self._stiffness, nothing[:, 0], nothing[:, 1:])
        # springs that are in the compliance alone are taken back
        inner = tangent - self._released * np.eye(offset.shape[1])
        right = offset - self._compliance.closed_by(constant - self._released * shift)
        # beside the last turn of this step, or of the last one
        first = self._guess = self._compliance.solve(inner, right, self._guess)
        if force is None:
            return first, 0.0
        # gap = ... - approach; the pressures, -(constant + tangent gap), add up to the force
        normal = nothing.copy()
        normal[:, 0] = 1.0
        press = nothing.copy()
        press[:, 0] = -self.area
        row = np.einsum("pi,pij->pj", press, tangent)
        pulled = self._compliance.solve(inner, normal, nothing)
        moved = (float((row * first).sum() + (press * constant).sum()) - force) / float((row * pulled).sum())
        return first - moved * pulled, moved
