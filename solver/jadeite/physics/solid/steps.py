# SPDX-License-Identifier: LGPL-3.0-or-later
"""Steps of a nonlinear solid in load or time: adaptive, and cut where they fail.

`March` takes the steps of anything that can be advanced. `BodySteps` advances a `SolidBody`. Where a law has a rate, a
step consists of two stages of the diagonally implicit Runge-Kutta method of Alexander (1977, SIAM J. Numer. Anal. 14,
1006, eq. for q = p = 2), which is of order two and damps what is too fast to be resolved. In terms of the history y,

    y_1     = y_n + g h f(eps_1, y_1),                                 g = 1 - 1 / sqrt(2), at t_n + g h
    y_(n+1) = y_n + (1 - g)/g (y_1 - y_n) + g h f(eps_(n+1), y_(n+1)),                     at t_n + h

both stages are backward Euler updates over g h from a known start, which is all that a law has to offer. The difference
of the rates of both stages, g h (f_(n+1) - f_1), estimates the error of a method of order one; steps are chosen
to keep the elastic energy of that strain a small part of the energy that the law's points store. Laws without rate take
one stage from the settled history.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Kept, State
from jadeite.physics.solid.body import SolidBody
from jadeite.physics.solid.energy import EnergyLedger, EnergyStep
from jadeite.physics.solid.laws import BulkLaw, InterfaceLaw
from jadeite.physics.solid.point_states import PointStates

_LOGGER = logging.getLogger(__name__)
_SAFETY, _LARGEST_GROWTH, _SMALLEST_SHRINKAGE, _AFTER_FAILURE = 0.85, 2.0, 0.2, 0.25
#: Steps longer than this, over the step before, start from the settled state: its rates say nothing about them.
_FAR = 3.0
#: Share of the forces that may be out of balance at the start.
_BALANCED = 1e-6
_GAMMA = 1.0 - 1.0 / np.sqrt(2.0)


class Advancing(Protocol):
    """What `March` can advance: a body with a settled state and, after `advance`, a trial state."""

    def advance(self, time: float, length: float) -> float:
        """Solve a step of a length (s) from a time and return the estimate of its relative error, 0 where none is made.

        Raises:
            ConvergenceError: when it has no solution.
        """

    def settle(self) -> None:
        """Make the trial state the settled one."""

    def give_up(self) -> None:
        """Return to the settled state."""


@dataclass(frozen=True)
class SolidStep:
    """A settled step: the time (s, or load factor) at its end, its length and the estimate of its relative error."""

    time: float
    length: float
    error: float


class March:
    """Steps through a duration, which the last step ends exactly.

    To iterate over it takes them; the caller may leave the loop at any step, and change what later steps depend on.

    Attributes:
        time: that has been reached, s.
        length: that the next step is tried with, s.
    """

    def __init__(
        self,
        problem: Advancing,
        duration: float,
        first_step: float,
        *,
        tolerance: float = 1e-3,
        largest_step: float | None = None,
        smallest: float = 1e-9,
        start: float = 0.0,
    ) -> None:
        """Begin at the start.

        Args:
            problem: what is advanced; its errors go with the second power of the step.
            duration: s, or load factor.
            first_step: length of the first step.
            tolerance: largest relative error of a step.
            largest_step: that steps grow to; no limit if None.
            smallest: shortest step, as a share of the duration, before the march is given up.
            start: time at the start.
        """
        self.time, self.length = start, first_step
        self._problem, self._end, self._tolerance = problem, start + duration, tolerance
        self._largest = np.inf if largest_step is None else largest_step
        self._smallest = smallest * duration

    def __iter__(self) -> Iterator[SolidStep]:
        """Take the steps; yields after each settled one.

        Raises:
            ConvergenceError: when steps keep failing down to the shortest; the problem is at its last settled state.

        Note:
            Collective.
        """
        while self.time < self._end:
            time, rest, length = self.time, self._end - self.time, min(self.length, self._largest)
            # a last step that would leave a crumb is shared evenly
            is_last = length >= rest * (1.0 - 1e-12)
            length = rest if is_last else min(length, 0.5 * rest if length > 0.6 * rest else length)
            try:
                error = self._problem.advance(time, length)
            except ConvergenceError as failure:
                self._problem.give_up()
                self.length = _AFTER_FAILURE * length
                _LOGGER.info("%.6g: the step is cut to %.3g: %s", time, self.length, failure)
                if self.length < self._smallest:
                    raise
                continue
            factor = _SAFETY * float(np.sqrt(self._tolerance / max(error, 1e-12)))
            if error > self._tolerance:
                self._problem.give_up()
                self.length = max(_SMALLEST_SHRINKAGE, factor) * length
                _LOGGER.info("%.6g: the step is cut to %.3g: relative error %.1e", time, self.length, error)
                if self.length < self._smallest:
                    raise ConvergenceError(
                        f"the time step fell to {self.length:.3g} at {time:.6g} with a relative error of {error:.1e} "
                        "in a step. Try a larger time tolerance."
                    )
                continue
            self.time = self._end if is_last else time + length
            self.length = min(_LARGEST_GROWTH, factor) * length
            self._problem.settle()
            yield SolidStep(self.time, length, error)

    def state(self) -> State:
        """Return how far it has come; see `Restorable`. The problem has a state of its own."""
        return {"time": self.time, "length": self.length}

    def restore(self, kept: Kept) -> None:
        """Go on from where it had come to. Collective."""
        self.time, self.length = kept["time"], kept["length"]


class BodySteps:
    """Advances a `SolidBody` and keeps its energy ledger."""

    def __init__(self, body: SolidBody, set_loads: Callable[[float], None] | None = None) -> None:
        """Start from the present state of the body, which has to be in equilibrium with the loads at the start.

        Args:
            body: the solid.
            set_loads: gives constants and functions in the loads their values at a time; None where they are constant.

        Raises:
            ValueError: for a law of interfaces with a rate, of whose error in time steps nothing is known.

        Note:
            Collective. A start out of balance is said in the log: the ledger will not close over the first step.
        """
        for facets in body.facets:
            if facets.states.law.has_rate:
                raise ValueError("steps in time control the error of laws of bulk alone, and an interface has a rate")
        self.body, self.ledger = body, EnergyLedger()
        self._set_loads = set_loads or (lambda _: None)
        self._settled = self._trial = body.equilibrium()
        self._before, self._last_length, self._length = self._settled, 0.0, 0.0
        self._settled_foundation = body.foundation_energy()
        self._time = 0.0
        unbalanced = body.imbalance()
        if unbalanced > _BALANCED:
            _LOGGER.warning(
                "the start is out of equilibrium by %.1e of the forces there: the first step begins with a jump",
                unbalanced,
            )
        self._with_rate = any(states.law.has_rate for states in self._states())

    def advance(self, time: float, length: float) -> float:
        """Solve a step; see `Advancing`. Collective."""
        self._time, self._length = time + length, length
        if not self._with_rate:
            self._stage(time + length, length)
            self._trial = self.body.equilibrium()
            return 0.0
        part = _GAMMA * length
        if length <= _FAR * self._last_length:
            self.body.extrapolate(self._before, part / self._last_length)
        self._stage(time + part, part)
        first = [states.trial.history for states in self._states()]
        starts = [
            states.settled.history + (1.0 - _GAMMA) / _GAMMA * (history - states.settled.history)
            for states, history in zip(self._states(), first, strict=True)
        ]
        self.body.extrapolate(self._settled, (1.0 - _GAMMA) / _GAMMA)
        self._stage(time + length, part, starts)
        self._trial = self.body.equilibrium()
        error = 0.0
        for (cells, states), history, begun in zip(self.body.cells.groups, first, starts, strict=False):
            difference = states.trial.history - begun - (history - states.settled.history)
            error = max(error, self._relative_error(cells, states, difference))
        return error

    def advance_by[Answer](self, solve: Callable[[], Answer]) -> Answer:
        """Take a step of laws without rate that something else solves, which may set the loads as well. Collective."""
        for states in self._states():
            states.begin(0.0)
        answer = solve()
        self._trial = self.body.equilibrium()
        return answer

    def settle(self) -> None:
        """Enter the step in the ledger and make its state the settled one. Collective."""
        body, before, after = self.body, self._settled, self._trial
        change = after.values[0][: body.owned_dofs] - before.values[0][: body.owned_dofs]
        force = before.applied + after.applied + before.reaction + after.reaction
        comm = body.domain.mesh.comm
        work = 0.5 * float(comm.allreduce(float(force @ change))) + body.cells.eigenstrain_work()
        stored = body.cells.integral(_stored_change)
        dissipated = body.cells.integral(_dissipated)
        for facets in body.facets:
            work += facets.obstacle_work()
            stored += facets.integral(_stored_change(facets.states))
            dissipated += facets.integral(_dissipated(facets.states))
        foundation = body.foundation_energy()
        stored += foundation - self._settled_foundation
        self.ledger.add(EnergyStep(self._time, work, stored, dissipated))
        self._before, self._last_length = before, self._length
        self._settled, self._settled_foundation = after, foundation
        body.cells.settle()
        for facets in body.facets:
            facets.settle()

    def give_up(self) -> None:
        """Return to the settled state."""
        self.body.restore(self._settled)
        for states in self._states():
            states.give_up()

    def state(self) -> State:
        """Return the settled state, the one before it and the ledger; see `Restorable`. Collective."""
        body = self.body
        return {
            "time": self._time,
            "last length": self._last_length,
            "energy of layers": self._settled_foundation,
            "ledger": self.ledger.state(),
            "settled": body.rows(self._settled),
            "before": body.rows(self._before),
            "cells": body.cells.state(),
            "facets": {str(number): facets.state() for number, facets in enumerate(body.facets)},
        }

    def restore(self, kept: Kept) -> None:
        """Bring body and ledger to a kept state. Collective."""
        body, facets = self.body, kept.part("facets")
        self._time, self._last_length = kept["time"], kept["last length"]
        self._settled_foundation = kept["energy of layers"]
        self.ledger.restore(kept.part("ledger"))
        self._settled = self._trial = body.of_rows(kept.part("settled"))
        self._before = body.of_rows(kept.part("before"))
        self._set_loads(self._time)
        body.restore(self._settled)
        body.cells.restore(kept.part("cells"))
        for number, one in enumerate(body.facets):
            one.restore(facets.part(str(number)))

    def _states(self) -> list[PointStates[BulkLaw] | PointStates[InterfaceLaw]]:
        return [*self.body.cells.states(), *(facets.states for facets in self.body.facets)]

    def _stage(self, time: float, length: float, starts: list[np.ndarray] | None = None) -> None:
        """Solve one stage; laws without rate always start from their settled history."""
        for number, states in enumerate(self._states()):
            states.begin(length, starts[number] if starts is not None and states.law.has_rate else None)
        self._set_loads(time)
        self.body.solve()

    def _relative_error(self, cells: np.ndarray, states: PointStates[BulkLaw], difference: np.ndarray) -> float:
        """Size of an error of the history against what the points of a law store, in the norm of elastic energy."""
        comm = self.body.domain.mesh.comm
        if not states.law.has_rate:
            return 0.0
        strain = states.law.inelastic_strain(difference)
        stiffness = np.asarray(states.law.stiffness)
        stress = strain @ stiffness if stiffness.ndim == 2 else np.einsum("pij,pj->pi", stiffness[states.row], strain)
        weights = self.body.cells.weights[cells].ravel()
        energies = np.array(
            [
                0.5 * np.einsum("p,pi,pi->", weights, strain, stress),
                weights @ states.law.stored_energy(states.settled, states.row),
                weights @ states.law.stored_energy(states.trial, states.row),
            ]
        )
        of_error, *stored = comm.allreduce(energies)
        return float(np.sqrt(of_error / max(stored))) if of_error > 0.0 else 0.0


def _stored_change(states: PointStates[BulkLaw] | PointStates[InterfaceLaw]) -> np.ndarray:
    law, row = states.law, states.row
    return law.stored_energy(states.trial, row) - law.stored_energy(states.settled, row)


def _dissipated(states: PointStates[BulkLaw] | PointStates[InterfaceLaw]) -> np.ndarray:
    return states.law.dissipated_energy(states.settled, states.trial, states.row)
