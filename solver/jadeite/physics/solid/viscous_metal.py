# SPDX-License-Identifier: LGPL-3.0-or-later
"""A metal that is elastic and flows without change of volume: one return to the flow rule per point, for any rule.

    stress = K tr(eps) I + 2 G dev(eps - eps_in),   d eps_in / dt = rate(q, p) (3/2) s / q,   dp/dt = rate(q, p)

with the deviatoric stress s, von Mises stress q and equivalent inelastic strain p. Over a step h, backward Euler keeps
the direction of the trial stress, and one equation is left for each point,

    q + 3 G h rate(q, p_0 + (q_trial - q) / (3 G)) = q_trial,

whose left side rises with q. It is solved by Newton's method kept inside a shrinking bracket; the bracket starts at the
stress at which all of the trial strain would flow in the step, which is close to the solution for fast flow. The
tangent is the exact derivative of the update (Simo and Hughes 1998, Computational Inelasticity, section 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from jadeite.physics.solid.laws import Array, Response, Rows, State

_ITERATIONS = 60
_SHEARS = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
_TRACE = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
#: From engineering strain to the deviator of the strain tensor.
_DEVIATOR = np.diag(1.0 / _SHEARS) - np.outer(_TRACE, _TRACE) / 3.0


class FlowRule(Protocol):
    """How fast a metal flows under a von Mises stress; the rate rises with the stress and never with the strain."""

    def rate(self, stress: Array, strain: Array) -> tuple[Array, Array, Array]:
        """Return the equivalent strain rate (1/s) and its derivatives by von Mises stress and equivalent strain."""

    def stress_at(self, rate: Any, strain: Any) -> Any:
        """Return the von Mises stress (Pa) under which a rate (1/s) is reached at an equivalent strain.

        Rate and stress are numbers, arrays or UFL expressions; the strain is a number or an array.
        """


@dataclass(frozen=True, eq=False)
class ViscousMetal:
    """Isotropic elasticity with a flow rule; the history is the inelastic strain (6) and its equivalent (1).

    Attributes:
        bulk_modulus: K, Pa.
        shear_modulus: G, Pa.
        flow: rule of flow.
    """

    bulk_modulus: float
    shear_modulus: float
    flow: FlowRule
    history_size: int = 7
    has_rate: bool = True

    @property
    def stiffness(self) -> Array:
        """Elastic stiffness (6, 6), Pa."""
        return self.bulk_modulus * np.outer(_TRACE, _TRACE) + 2.0 * self.shear_modulus * _DEVIATOR

    def update(self, strain: Array, history: Array, step: float, row: Rows) -> Response:
        """Return stress, consistent tangent and history at the end of a step."""
        # what overflows becomes no number, which is the answer for what cannot be handled
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return self._updated(strain, history, step)

    def inelastic_strain(self, history: Array) -> Array:
        """Return the inelastic strain."""
        return history[:, :6]

    def stored_energy(self, state: State, row: Rows) -> Array:
        """Return half stress times elastic strain."""
        return 0.5 * np.einsum("pi,pi->p", state.stress, state.strain - state.history[:, :6])

    def dissipated_energy(self, before: State, after: State, row: Rows) -> Array:
        """Return the mean stress times the change of the inelastic strain."""
        change = after.history[:, :6] - before.history[:, :6]
        return 0.5 * np.einsum("pi,pi->p", before.stress + after.stress, change)

    def _updated(self, strain: Array, history: Array, step: float) -> Response:
        shear = self.shear_modulus
        trial = 2.0 * shear * (strain - history[:, :6]) @ _DEVIATOR
        length = np.sqrt(np.einsum("pi,i,pi->p", trial, _SHEARS, trial))
        trial_stress = np.sqrt(1.5) * length
        stress, slope = self._returned(trial_stress, history[:, 6], step)
        flowing = trial_stress > 0.0
        share = np.divide(stress, trial_stress, out=np.ones_like(stress), where=flowing)
        direction = np.divide(trial, length[:, None], out=np.zeros_like(trial), where=flowing[:, None])
        deviator = share[:, None] * trial
        pressure = self.bulk_modulus * strain[:, :3].sum(axis=1)
        tangent = self.bulk_modulus * np.outer(_TRACE, _TRACE) + 2.0 * shear * share[:, None, None] * _DEVIATOR
        tangent = tangent + 2.0 * shear * np.einsum("p,pi,pj->pij", slope - share, direction, direction)
        flow = (trial - deviator) / (2.0 * shear) * _SHEARS
        after = np.column_stack([history[:, :6] + flow, history[:, 6] + (trial_stress - stress) / (3.0 * shear)])
        return Response(deviator + pressure[:, None] * _TRACE, tangent, after)

    def _returned(self, trial: Array, strain: Array, step: float) -> tuple[Array, Array]:
        """Return the von Mises stress after flow, and its derivative by that of the trial state."""
        if step == 0.0:
            return trial, np.ones_like(trial)
        stiffness = 3.0 * self.shear_modulus
        fastest = self.flow.stress_at(trial / (stiffness * step), strain + trial / stiffness)
        upper = np.minimum(trial, fastest)
        lower = np.zeros_like(trial)
        stress = upper
        for _ in range(_ITERATIONS):
            rate, by_stress, by_strain = self.flow.rate(stress, strain + (trial - stress) / stiffness)
            excess = stress + stiffness * step * rate - trial
            slope = 1.0 + stiffness * step * by_stress - step * by_strain
            upper, lower = np.where(excess > 0.0, stress, upper), np.where(excess > 0.0, lower, stress)
            better = stress - excess / slope
            inside = (better >= lower) & (better <= upper)
            better = np.where(inside, better, 0.5 * (lower + upper))
            change = np.abs(better - stress)
            stress = better
            if not (change > 4.0 * np.finfo(float).eps * trial).any():
                break
        else:
            # what has not settled is said by a stress that is no number
            stress = np.where(change > 1e-10 * trial, np.nan, stress)
        _, by_stress, by_strain = self.flow.rate(stress, strain + (trial - stress) / stiffness)
        hardened = 1.0 - step * by_strain
        return stress, hardened / (hardened + stiffness * step * by_stress)
