# SPDX-License-Identifier: LGPL-3.0-or-later
"""Traction across a boundary that opens and slides, with damage that never heals.

At a point the faces are displaced against each other by delta_n along the normal and delta_s along the boundary. With
the stiffness k of the intact boundary and <.> the positive part,

    lambda^2 = <delta_n>^2 + kappa delta_s^2,     b = kappa delta_s^2 / lambda^2,     x = lambda sqrt(k / G(b))
    t_n = (1 - D) k <delta_n> - k_c <-delta_n>,   t_s = (1 - D) kappa k delta_s,      D = D(max over time of x)

where D(x) is the shape (`separation.py`) and G(b) the fracture energy between the modes (`mixed_mode.py`). Faces that
are pressed on each other resist with k_c, damaged or not, and slide without friction. The free energy is
(1 - D) k lambda^2 / 2 + k_c <-delta_n>^2 / 2 and the dissipation k lambda^2 dD / 2 = G(b) dw, never negative whatever
the path; a boundary is through when the shares w that it spent of the fracture energy G(b) of the moment add to one.

kappa = (T_s/T_n)^2 G_I/G_II makes one length of separation serve both modes (Turon et al. 2010, Eng. Fract. Mech. 77,
2506, eq. 22): sliding then has its own strength T_s and fracture energy G_II, and in between a bilinear law starts
to soften where (t_n/T_n)^2 G_I + (t_s/T_s)^2 G_II = G(b).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from jadeite.physics.solid.cohesive.mixed_mode import MixedMode
from jadeite.physics.solid.cohesive.separation import Bilinear, Exponential, SeparationShape
from jadeite.physics.solid.laws import Array, Response, Rows, State

#: Share of its stiffness that a boundary keeps for good, so that a grain that has come loose stays where it is.
RESIDUAL = 1e-7

#: Columns of the history.
SEPARATION, DISSIPATED, FILLED, PRESSURE, ACTING = range(5)


@dataclass(eq=False)
class DamageGrowth:
    """How damage grows in a step, which may change from step to step.

    Attributes:
        lags: whether the traction of a step is that of the damage at its start, and damage grows at its end: then the
            traction is above that of the law until nothing grows any more, as if damage took time.
        largest: by how much the separation grows at most when damage lags, over the length of the softening.
    """

    lags: bool = False
    largest: float = 0.25


class _Separation(NamedTuple):
    """What a jump means for the law, by point: see the head of the module."""

    squared: Array
    share: Array
    energy: Array
    energy_slope: Array
    trial: Array


@dataclass(frozen=True, eq=False)
class CohesiveLaw:
    """Boundaries that open: an `InterfaceLaw` with one entry of each array for each row of the surface table.

    The history of a point has five columns: the largest separation x so far (1); the energy that it has dissipated,
    J/m^2, which counts every increment of damage at the mode of its step; whether sodium fills it (1 or 0, as
    the caller sets it); the pressure of that sodium on both faces, Pa, which energies of the law leave aside; and the
    separation whose damage the traction has (1), which is the first column unless damage lags.

    Attributes:
        shape: damage against separation.
        mixed_mode: fracture energy between the modes.
        stiffness: k in opening, shape (rows,), Pa/m.
        shear_factor: kappa.
        fracture_energy: in opening, G_I, shape (rows,), J/m^2.
        contact_stiffness: k_c, shape (rows,), Pa/m.
        sodium_pressure: pressure of sodium where it fills a boundary, Pa.
        growth: how damage grows in a step.
    """

    shape: SeparationShape
    mixed_mode: MixedMode
    stiffness: Array
    shear_factor: float
    fracture_energy: Array
    contact_stiffness: Array
    sodium_pressure: Callable[[], float] = lambda: 0.0
    growth: DamageGrowth = field(default_factory=lambda: DamageGrowth())

    history_size = 5
    has_rate = False

    def update(self, jump: Array, history: Array, step: float, row: Rows) -> Response:
        """Return traction, consistent tangent and history; the length of the step does not matter."""
        before, now = history[:, SEPARATION], self._separation(jump, row)
        shape = self.shape.at(row)
        separation = np.maximum(before, now.trial)
        if self.growth.lags:
            # half as fast, the last bit of a stiff boundary would take as many steps as all the rest
            first = np.maximum(before, shape.start)
            most = first + self.growth.largest * shape.length
            separation = np.where(separation > first, np.minimum(2.0 * separation - first, most), separation)
        damage, was = shape.damage(separation), shape.damage(before)
        grows = (now.trial > before) & (not self.growth.lags)
        keeps = 1.0 - (1.0 - RESIDUAL) * (was if self.growth.lags else damage).value
        intact = self._intact(jump, row)
        closing = jump[:, 0] < 0.0
        traction = keeps[:, None] * intact
        traction[:, 0] += np.where(closing, self.contact_stiffness[row] * jump[:, 0], 0.0)

        stretch = np.where(np.arange(jump.shape[1]) > 0, self.shear_factor, (~closing)[:, None])
        tangent = np.zeros((*jump.shape, jump.shape[1]))
        diagonal = np.arange(jump.shape[1])
        tangent[:, diagonal, diagonal] = (keeps * self.stiffness[row])[:, None] * stretch
        tangent[:, 0, 0] += np.where(closing, self.contact_stiffness[row], 0.0)
        # x grows with lambda, and falls where a larger share of sliding makes the boundary tougher
        inverse = np.divide(1.0, now.squared, out=np.zeros_like(now.squared), where=now.squared > 0.0)[:, None]
        relative = 2.0 * stretch * jump * inverse
        of_share = relative * (np.where(np.arange(jump.shape[1]) > 0, 1.0, 0.0) - now.share[:, None])
        growth = 0.5 * now.trial[:, None] * (relative - (now.energy_slope / now.energy)[:, None] * of_share)
        loss = np.where(grows, (1.0 - RESIDUAL) * damage.slope, 0.0)
        tangent -= loss[:, None, None] * intact[:, :, None] * growth[:, None, :]
        spent = (1.0 - RESIDUAL) * now.energy * (damage.spent - was.spent)
        pressure = self.sodium_pressure() * history[:, FILLED]
        traction[:, 0] -= pressure
        acting = before if self.growth.lags else separation
        after = np.column_stack([separation, history[:, DISSIPATED] + spent, history[:, FILLED], pressure, acting])
        return Response(traction, tangent, after)

    def stored_energy(self, state: State, row: Rows) -> Array:
        """Return the free energy (points,), J/m^2: that of springs in tension and shear, and of contact."""
        keeps = 1.0 - (1.0 - RESIDUAL) * self.damage(state.history, row)
        closing = np.minimum(state.strain[:, 0], 0.0)
        squared = self._separation(state.strain, row).squared
        energy: Array = 0.5 * keeps * self.stiffness[row] * squared + 0.5 * self.contact_stiffness[row] * closing**2
        return energy

    def dissipated_energy(self, before: State, after: State, row: Rows) -> Array:
        """Return what a step dissipates by the trapezoidal rule, (points,), J/m^2, from jumps and damage alone.

        With t = (1 - D) k d the mean traction does the work (t_0 + t_1).(d_1 - d_0) / 2 on the jump, which is

            (1 - D_1) k d_1.d_1 / 2 - (1 - D_0) k d_0.d_0 / 2  +  k d_0.d_1 (D_1 - D_0) / 2

        exactly: the last term is returned, d_0.d_1 being <delta_n0> <delta_n1> + kappa delta_s0.delta_s1. It tends to
        what `history` counts with the square of the step, and includes, where a boundary tears in one step, what that
        gives off beyond its fracture energy. Where damage lags, it also counts k d.d / 2 times the damage that grew
        when the jump was reached. Faces that close or part in a step bend the path of the traction, of which the rule
        makes <delta_n0> <-delta_n1> (k_c - (1 - D_0) k) / 2 where they close, and the opposite with 0 and 1
        exchanged where they part: an error of the step that is no dissipation, and is taken back by the way back.
        """
        keeps = [self._keeps(state.history, ACTING, row) for state in (before, after)]
        stiffness, contact = self.stiffness[row], self.contact_stiffness[row]
        apart = [np.maximum(state.strain[:, 0], 0.0) for state in (before, after)]
        closed = [np.maximum(-state.strain[:, 0], 0.0) for state in (before, after)]
        product = apart[0] * apart[1] + self.shear_factor * (before.strain[:, 1:] * after.strain[:, 1:]).sum(axis=1)
        energy = 0.5 * stiffness * product * (keeps[0] - keeps[1])
        energy += 0.5 * apart[0] * closed[1] * (contact - keeps[0] * stiffness)
        energy -= 0.5 * apart[1] * closed[0] * (contact - keeps[1] * stiffness)
        for sign, state, kept in ((-1.0, before, keeps[0]), (1.0, after, keeps[1])):
            grown = kept - self._keeps(state.history, SEPARATION, row)
            energy += sign * 0.5 * stiffness * self._separation(state.strain, row).squared * grown
        return energy

    # What else is read off points

    def work_of_sodium(self, before: State, after: State) -> Array:
        """Return the work (points,), J/m^2, that the pressure of sodium does on both faces between two states."""
        pressure = 0.5 * (before.history[:, PRESSURE] + after.history[:, PRESSURE])
        return np.asarray(pressure * (after.strain[:, 0] - before.strain[:, 0]))

    def separation(self, jump: Array, row: Rows) -> Array:
        """Return the separation x (points,) of jumps, history left aside."""
        return self._separation(jump, row).trial

    def damage(self, history: Array, row: Rows) -> Array:
        """Return the damage D (points,)."""
        return self.shape.at(row).damage(history[:, SEPARATION]).value

    def spent(self, history: Array, row: Rows) -> Array:
        """Return the share of the fracture energy that is spent, w (points,)."""
        return self.shape.at(row).damage(history[:, SEPARATION]).spent

    def _keeps(self, history: Array, column: int, row: Rows) -> Array:
        """Share of the stiffness that the damage of a separation in the history leaves."""
        kept: Array = 1.0 - (1.0 - RESIDUAL) * self.shape.at(row).damage(history[:, column]).value
        return kept

    def _intact(self, jump: Array, row: Rows) -> Array:
        """Traction of the intact boundary in tension and shear."""
        elastic = self.stiffness[row, None] * self.shear_factor * jump
        elastic[:, 0] = self.stiffness[row] * np.maximum(jump[:, 0], 0.0)
        return elastic

    def _separation(self, jump: Array, row: Rows) -> _Separation:
        sliding = self.shear_factor * (jump[:, 1:] ** 2).sum(axis=1)
        squared = np.maximum(jump[:, 0], 0.0) ** 2 + sliding
        share = np.divide(sliding, squared, out=np.zeros_like(squared), where=squared > 0.0)
        toughening = self.mixed_mode.toughening(share)
        energy = self.fracture_energy[row] * toughening.value
        trial = np.sqrt(self.stiffness[row] * squared / energy)
        return _Separation(squared, share, energy, self.fracture_energy[row] * toughening.slope, trial)


def cohesive_law(
    separation: str,
    mixed_mode: MixedMode,
    *,
    strength: Array,
    fracture_energy: Array,
    shear_strength_ratio: float,
    mode_two_ratio: float,
    stiffness: Array,
    sodium_pressure: Callable[[], float] = lambda: 0.0,
    growth: DamageGrowth | None = None,
) -> CohesiveLaw:
    """Return the law of boundaries with given strengths.

    Args:
        separation: `bilinear` or `exponential`.
        mixed_mode: fracture energy between the modes, with the ratio `mode_two_ratio`.
        strength: in opening, T_n, shape (rows,), Pa.
        fracture_energy: in opening, G_I, shape (rows,), J/m^2.
        shear_strength_ratio: T_s / T_n.
        mode_two_ratio: G_II / G_I.
        stiffness: in compression, and for `bilinear` of the intact boundary in tension too, shape (rows,), Pa/m; the
            exponential law has its own in tension, (e T_n)^2 / G_I.
        sodium_pressure: pressure of sodium where it fills a boundary, Pa.
        growth: how damage grows in a step; at once if None.

    Raises:
        ValueError: when a stiffness is too low for the strength.
    """
    factor = shear_strength_ratio**2 / mode_two_ratio
    shape: SeparationShape = Exponential()
    own = (np.e * strength) ** 2 / fracture_energy
    if separation == "bilinear":
        shape, own = Bilinear(strength / np.sqrt(stiffness * fracture_energy)), stiffness
    return CohesiveLaw(
        shape, mixed_mode, own, factor, fracture_energy, stiffness, sodium_pressure, growth or DamageGrowth()
    )
