# SPDX-License-Identifier: LGPL-3.0-or-later
"""Equilibria along a path on which the load is an unknown too, so that it may fall as well as rise.

A body that softens can have no equilibrium beyond some load, and several below it. In place of the load, a step along
the path fixes something else that has to grow, such as the opening of a crack. In each iteration of Newton's method the
correction is -a - c b, where J a = R is the usual step and J b = dR/d(load) what one unit of load changes; the control
then says what change of the load c makes the quantity grow as it should (Crisfield 1981, Comput. Struct. 13, 55;
de Borst 1987, Comput. Struct. 25, 211).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray

from jadeite.fem.coupled_newton import CoupledNewton
from jadeite.fem.solvers import ConvergenceError

Array = NDArray[np.float64]

#: A control whose corrections still exceed this many sizes of the fields after the first steps is lost.
_LOST = 1e4


class PathControl(Protocol):
    """What grows by a given amount in a step."""

    def sample(self) -> Array:
        """Return what the present fields mean to the control; it is linear in fields and scalars."""
        ...

    def change_of_load(self, sample: Array, per_unit: Array) -> float:
        """Return by how much to change the load: at `sample` + change times `per_unit` the control is satisfied.

        Note:
            Collective.
        """
        ...


@dataclass(frozen=True)
class PathReport:
    """What a step did: iterations of Newton's method, and the load that it found."""

    steps: int
    load: float


def step_along_path(
    newton: CoupledNewton,
    load: fem.Constant,
    control: PathControl | None,
    *,
    tolerance: float,
    maximum_steps: int = 25,
    load_changed: Callable[[], None] | None = None,
) -> PathReport:
    """Find the equilibrium in which a control is satisfied, and the load that goes with it.

    Args:
        newton: of a problem whose residual is affine in the load at given fields.
        load: load factor in the forms; holds the load of the last equilibrium and, after it, that of the new one.
        control: what has to grow; None for a step at the load as it is: Newton's method with full steps. Where
            tractions fall, the residual has to grow before it vanishes, which a line search would not let it do.
        tolerance: full step over the size of its field at which the iteration ends.
        maximum_steps: before it is given up.
        load_changed: called whenever the load has another value, for what depends on it beside the forms.

    Raises:
        ConvergenceError: fields and load are then of no use; the caller returns to the last equilibrium.

    Note:
        Collective.
    """

    def set_load(value: float) -> None:
        load.value = value
        if load_changed is not None:
            load_changed()

    state = newton.start()
    residual, loaded, correction, per_unit = (state.duplicate() for _ in range(4))
    for number in range(1, maximum_steps + 1):
        now, change = float(load.value), 0.0
        if control is not None:
            set_load(now + 1.0)
            newton.evaluate(state, loaded)
            set_load(now)
        newton.evaluate(state, residual)
        newton.linearise(state)
        newton.step(residual, correction)
        state.axpy(-1.0, correction)
        newton.assign(state)
        if control is not None:
            loaded.axpy(-1.0, residual)
            newton.step(loaded, per_unit)
            sample = control.sample()
            state.axpy(-1.0, per_unit)
            newton.assign(state)
            change = control.change_of_load(sample, control.sample() - sample)
            state.axpy(1.0 - change, per_unit)
            newton.assign(state)
            set_load(now + change)
            correction.axpy(change, per_unit)
        size = newton.size_of(correction)
        if not np.isfinite(size) or size > _LOST:
            break
        if size <= tolerance:
            return PathReport(number, now + change)
    raise ConvergenceError(
        f"{newton.problem.name}: no equilibrium was found along the path at load factor {float(load.value):.4g}; "
        f"{newton.worst}. {newton.advice}."
    )
