# SPDX-License-Identifier: LGPL-3.0-or-later
"""Implicit time steps with control of the local error.

Each field that changes with time has a rate of change in its equation: `Rate.expression` stands for du/dt and is
a u + h, with a and h from the step and the values before it. The first step is backward Euler, every later one the
backward differentiation formula of order two for unequal steps (Gear 1971; Hairer, Norsett and Wanner 1993,
Solving Ordinary Differential Equations I, III.5). The error of a step is estimated from its distance to the parabola
(at first the line) through the values before it, and the next step is chosen to keep it below the tolerance. A solve
that fails is tried again with a shorter step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Restart, State, dof_rows, function_rows, restore_function

_LOGGER = logging.getLogger(__name__)
_SAFETY, _LARGEST_GROWTH, _SMALLEST_SHRINKAGE, _AFTER_FAILURE = 0.85, 2.0, 0.2, 0.25


class Rate:
    """The rate of change of one field, for use in its equation."""

    def __init__(
        self, function: fem.Function, size: float, dofs: NDArray[np.int32] | None = None, *, positive: bool = False
    ) -> None:
        """Start at rest: until a step is begun the rate is zero, which is the steady state.

        Args:
            function: the field.
            size: by how much it typically varies; errors are measured with it.
            dofs: local dofs at which errors count; all of them when left out.
            positive: the field has to stay above zero, also in the guess that a step starts from.
        """
        self.function, self.size, self.positive = function, size, positive
        owned = function.function_space.dofmap.index_map.size_local * function.function_space.dofmap.index_map_bs
        self._counted = np.arange(owned) if dofs is None else dofs[dofs < owned]
        self._factor = fem.Constant(function.function_space.mesh, 0.0)
        self._history = fem.Function(function.function_space)

    @property
    def expression(self) -> Expr:
        """The rate of change as a UFL expression of the field, its unit per second."""
        return self._factor * self.function + self._history

    def error(self, distance: NDArray[np.float64]) -> float:
        """Return the root mean square of a change of the field over its size, from all ranks. Collective."""
        counted, comm = distance[self._counted], self.function.function_space.mesh.comm
        total, count = comm.allreduce(float(counted @ counted)), comm.allreduce(len(counted))
        return float(np.sqrt(total / max(count, 1))) / self.size

    def stop(self) -> None:
        """Make the rate zero again."""
        self._factor.value = 0.0
        self._history.x.array[:] = 0.0

    def begin(self, step: float, values: Sequence[NDArray[np.float64]], steps: Sequence[float]) -> None:
        """Prepare a step of a length (s) from the values before it, latest first, and the steps between them.

        The field itself becomes the line through the last two values, from which a solve needs fewer iterations.
        """
        if len(values) == 1:
            self._factor.value = 1.0 / step
            self._history.x.array[:] = -values[0] / step
            return
        ratio = step / steps[0]
        self._factor.value = (1.0 + 2.0 * ratio) / ((1.0 + ratio) * step)
        latest, earlier = -(1.0 + ratio) / step, ratio**2 / ((1.0 + ratio) * step)
        self._history.x.array[:] = latest * values[0] + earlier * values[1]
        guess = values[0] + ratio * (values[0] - values[1])
        self.function.x.array[:] = np.maximum(guess, 0.5 * values[0]) if self.positive else guess


@dataclass(frozen=True)
class Step:
    """An accepted step: the time at its end and its length (s), and the estimate of its relative error."""

    time: float
    length: float
    error: float


@dataclass
class _Reached:
    """Where a march is: time, length of the next step, values of each rate's field and steps between, latest first."""

    time: float
    next_length: float
    past: list[list[NDArray[np.float64]]]
    steps: list[float] = field(default_factory=list)


@dataclass(eq=False)
class TimeSteps:
    """Steps of a set of coupled fields through time.

    Attributes:
        rates: rates of change, as they stand in the equations.
        solve: solves the equations of one step from the present values of all fields.
        others: further functions (without a rate) and constants that a failed solve may leave spoilt.
        tolerance: error allowed in one step, root mean square over the size of its field.
        smallest: shortest step, as a share of the duration, before the march is given up.
        restart: where the march keeps its state after each step, and finds that of a march to go on with.
    """

    rates: Sequence[Rate]
    solve: Callable[[], object]
    others: Sequence[fem.Function | fem.Constant] = ()
    tolerance: float = 1e-3
    smallest: float = 1e-7
    restart: Restart | None = None

    def march(self, duration: float, first_step: float | None = None) -> Iterator[Step]:
        """Step through a duration (s), which the last step ends exactly; yields after each accepted step.

        The caller may leave the loop at any step. The rates are stopped when the march ends. A march that goes on
        yields what follows the step after which its state was kept, and takes the same steps as if it had not stopped.

        Args:
            duration: s.
            first_step: s; a hundredth of the duration times the root of the tolerance when left out.

        Raises:
            ConvergenceError: when solves keep failing down to the shortest step; all fields have the values of the
                last accepted step.

        Note:
            Collective.
        """
        reached = self._begin(first_step or duration * 1e-2 * float(np.sqrt(self.tolerance)))
        past, steps, length = reached.past, reached.steps, reached.next_length
        try:
            while reached.time < duration:
                rest = duration - reached.time
                # a last step that would leave a crumb is shared evenly
                length = rest if length >= rest else min(length, 0.5 * rest if length > 0.6 * rest else length)
                saved = [
                    one.x.array.copy() if isinstance(one, fem.Function) else np.array(one.value) for one in self.others
                ]
                for rate, values in zip(self.rates, past, strict=True):
                    rate.begin(length, values, steps)
                try:
                    self.solve()
                except ConvergenceError as failure:
                    self._restore(past, saved)
                    length *= _AFTER_FAILURE
                    _LOGGER.info("%.6g s: the step is cut to %.3g s: %s", reached.time, length, failure)
                    if length < self.smallest * duration:
                        raise
                    continue
                error = self._error(length, past, steps)
                # the estimate goes with as many powers of the step as there are values before it
                factor = _SAFETY * (self.tolerance / max(error, 1e-12)) ** (1.0 / (len(steps) + 1))
                if error > self.tolerance:
                    self._restore(past, saved)
                    length *= max(_SMALLEST_SHRINKAGE, factor)
                    _LOGGER.info("%.6g s: the step is cut to %.3g s: relative error %.1e", reached.time, length, error)
                    continue
                reached.time = duration if length == rest else reached.time + length
                yield Step(reached.time, length, error)
                for rate, values in zip(self.rates, past, strict=True):
                    values.insert(0, rate.function.x.array.copy())
                    del values[3:]
                steps.insert(0, length)
                del steps[2:]
                length *= min(_LARGEST_GROWTH, factor)
                reached.next_length = length
                if self.restart is not None:
                    self.restart.offer(lambda: self._state(reached))
        finally:
            for rate in self.rates:
                rate.stop()

    def _begin(self, first_step: float) -> _Reached:
        """Start from the present values, or from the state of a march that goes on. Collective."""
        kept = None if self.restart is None else self.restart.resume()
        if kept is None:
            return _Reached(0.0, first_step, [[rate.function.x.array.copy()] for rate in self.rates])
        for number, one in enumerate(self.others):
            if isinstance(one, fem.Function):
                restore_function(one, kept, _other(number))
            else:
                one.value = kept[_other(number)]
        past: list[list[NDArray[np.float64]]] = []
        for number, rate in enumerate(self.rates):
            values: list[NDArray[np.float64]] = []
            # latest last, so that the field ends with it
            for age in reversed(range(kept["values"])):
                restore_function(rate.function, kept, _value(number, age))
                values.insert(0, rate.function.x.array.copy())
            past.append(values)
        return _Reached(kept["time"], kept["next length"], past, list(kept["steps"]))

    def _state(self, reached: _Reached) -> State:
        """What a march goes on from."""
        state: dict[str, Any] = {
            "time": reached.time,
            "next length": reached.next_length,
            "steps": reached.steps,
            "values": len(reached.past[0]),
        }
        for number, (rate, values) in enumerate(zip(self.rates, reached.past, strict=True)):
            for age, value in enumerate(values):
                state[_value(number, age)] = dof_rows(rate.function.function_space, value)
        for number, one in enumerate(self.others):
            state[_other(number)] = function_rows(one) if isinstance(one, fem.Function) else np.array(one.value)
        return state

    def _restore(self, past: Sequence[Sequence[NDArray[np.float64]]], saved: Sequence[NDArray[np.float64]]) -> None:
        for rate, values in zip(self.rates, past, strict=True):
            rate.function.x.array[:] = values[0]
        for one, value in zip(self.others, saved, strict=True):
            if isinstance(one, fem.Function):
                one.x.array[:] = value
            else:
                one.value = value

    def _error(self, length: float, past: Sequence[Sequence[NDArray[np.float64]]], steps: Sequence[float]) -> float:
        """Estimate the error of a step from its distance to the extrapolation of the values before it.

        With one value before it the extrapolation is constant and the distance the whole change: the first step has
        to be short. With two it is a line, with three a parabola, whose own error is a known multiple of the step's.
        """
        largest = 0.0
        for rate, values in zip(self.rates, past, strict=True):
            now = rate.function.x.array
            if len(values) == 1:
                # backward Euler errs by half the second derivative; the whole change bounds it
                distance, share = now - values[0], 0.5
            elif len(values) == 2:
                distance = now - values[0] - length / steps[0] * (values[0] - values[1])
                share = 1.0 / 3.0
            else:
                near, far = length + steps[0], length + steps[0] + steps[1]
                first = (values[0] - values[1]) / steps[0]
                second = (first - (values[1] - values[2]) / steps[1]) / (steps[0] + steps[1])
                distance = now - values[0] - length * first - length * near * second
                # in third derivatives over six the formula errs by this, and the parabola on the other side
                own = length**2 * near**2 / (2.0 * length + steps[0])
                share = own / (own + length * near * far)
            largest = max(largest, share * rate.error(distance))
        return largest


def _value(rate: int, age: int) -> str:
    return f"rate {rate}, {age} steps ago"


def _other(number: int) -> str:
    return f"other {number}"
