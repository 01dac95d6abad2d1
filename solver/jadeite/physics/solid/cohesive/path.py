# SPDX-License-Identifier: LGPL-3.0-or-later
"""A body whose boundaries open, from no load to the full load or to the load that it bears.

`raise_load` is a dead load that rises by equal steps. Where the body releases more energy than its boundaries take,
there is no equilibrium near by, and it jumps at constant load: damage grows by a limited amount at a time, behind
tractions above those of the law (a viscous regularisation), until the law holds everywhere. The work beyond the
fracture energy is what a real body would give off as motion and heat.

`follow` goes along the equilibria instead, as if the load were taken back in time: while nothing softens the load rises
by equal steps; where a step fails or damages a boundary too far at once, the boundaries control it (`control.py`)
and the load may fall, also with the displacement that goes with it (snap-back).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from dolfinx import fem

from jadeite.fem.arc_length import step_along_path
from jadeite.fem.solvers import ConvergenceError
from jadeite.physics.solid.body import SolidBody
from jadeite.physics.solid.cohesive.control import SeparationControl
from jadeite.physics.solid.cohesive.law import DISSIPATED
from jadeite.physics.solid.steps import BodySteps

_LOGGER = logging.getLogger(__name__)

#: Share of the softening length that damage may grow by at a point in one step of a path: first, at most, and before
#: giving up.
_FIRST, _LARGEST, _SMALLEST = 0.03, 0.25, 1e-4
#: Full Newton step over the size of its field at which an equilibrium on the path is found.
_TOLERANCE = 1e-8
#: A jump ends where tractions exceed the law by no more than this share of the strength.
_AT_REST = 5e-3
#: Newton steps in which one is found or not at all.
_NEWTON = 15
#: A body that bears less than this share of its largest load, or opens by this share of its size, has come apart.
_BEARS, _OPENS = 1e-3, 0.05
_LONGEST = 5000


@dataclass(frozen=True)
class PathPoint:
    """An equilibrium; energies since the start, J (per metre of depth in the plane).

    Attributes:
        load: load factor.
        external_work: work of the loads.
        stored: stored energy.
        dissipated: by the boundaries, `released` included.
        released: what boundaries dissipated in jumps beyond their fracture energy.
        step_error: the same of all other steps: what the finite size of steps makes of the energy dissipated.
        steps: iterations of Newton's method so far.
    """

    load: float
    external_work: float
    stored: float
    dissipated: float
    released: float
    step_error: float
    steps: int


class _March:
    """Steps of a body, with the energies that its ledger leaves out."""

    def __init__(self, body: SolidBody, load: fem.Constant, control: SeparationControl) -> None:
        self.body, self.load, self.control = body, load, control
        self.steps = BodySteps(body)
        self.iterations, self.of_sodium = 0, 0.0
        self.beyond, self.released = 0.0, 0.0

    def settle(self, iterations: int, jumps: bool = False) -> PathPoint:
        """Settle a step that has been solved, which may be part of a jump. Collective."""
        self.iterations += iterations
        self.of_sodium += self.control.work_of_sodium()
        self.steps.settle()
        self.control.begin()
        ledger, facets = self.steps.ledger, self.control.facets
        fracture = facets.integral(facets.states.settled.history[:, DISSIPATED])
        beyond = ledger.dissipated - fracture
        self.released += (beyond - self.beyond) * jumps
        self.beyond = beyond
        return PathPoint(
            load=float(self.load.value),
            external_work=ledger.external_work + self.of_sodium,
            stored=ledger.stored,
            dissipated=ledger.dissipated,
            released=self.released,
            step_error=beyond - self.released,
            steps=self.iterations,
        )

    def give_up(self, load: float) -> None:
        """Return to the settled state, which bore a load."""
        self.steps.give_up()
        self.load.value = load


def raise_load(
    body: SolidBody,
    load: fem.Constant,
    control: SeparationControl,
    *,
    load_steps: int,
    settled: Callable[[float], None] | None = None,
) -> Iterator[PathPoint]:
    """Raise a dead load to its full value, and stop earlier where the body comes apart.

    Args:
        body: without load, with the cohesive law on facets of `control`.
        load: load factor in the loads of the body, zero.
        control: of the facets that may open.
        load_steps: equal steps of the load.
        settled: called with the load after each step, also those inside jumps.

    Raises:
        ConvergenceError: when no further equilibrium is found; the body is at the last one.

    Note:
        Collective.
    """
    march, growth = _March(body, load, control), control.law.growth
    largest = _OPENS * float(np.ptp(body.domain.tagged.points, axis=0).max())
    for number in range(1, load_steps + 1):
        factor = number / load_steps
        taken, tried = _with_load(march, factor, growth.largest), growth.largest
        point: PathPoint | None = None if taken is None else march.settle(taken)
        jump = 0
        while point is None:
            # a jump: elastic solutions between which damage grows, until Newton's method finds what is left
            load.value, growth.lags = factor, True
            try:
                report = march.steps.advance_by(body.solve)
            finally:
                growth.lags = False
            if control.largest_opening() > largest:
                march.give_up(factor)
                return
            wanted, excess = control.growth(), control.excess()
            now = march.settle(report.steps, jumps=True)
            if excess <= _AT_REST:
                point = now
            elif wanted <= 0.25 * tried:
                taken, tried = _with_load(march, factor, wanted), wanted
                point = None if taken is None else march.settle(taken, jumps=True)
            jump += 1
            if jump > _LONGEST:
                raise _endless(march)
            if settled is not None and point is None:
                settled(factor)
        if settled is not None:
            settled(factor)
        yield point


def follow(
    body: SolidBody,
    load: fem.Constant,
    control: SeparationControl,
    *,
    load_steps: int,
    settled: Callable[[float], None] | None = None,
) -> Iterator[PathPoint]:
    """Follow the equilibria to the full load, and stop earlier where the body bears nothing any more.

    Args:
        body, load, control, load_steps, settled: as in `raise_load`; the growth of the law has no limit.

    Raises:
        ConvergenceError: when no further equilibrium is found; the body is at the last one.

    Note:
        Collective.
    """
    march, size, peak, along_path = _March(body, load, control), _FIRST, 0.0, False
    for _ in range(_LONGEST):
        start = float(load.value)
        if start >= 1.0 or start < _BEARS * peak:
            return
        target = min(start + 1.0 / load_steps, 1.0)
        taken = None if along_path else _with_load(march, target, size)
        along_path = taken is None
        while taken is None:
            taken, size = _with_control(march, start, size)
            if float(load.value) > target:
                # nothing softens much any more: the load rises again, to its target and no further
                march.give_up(start)
                taken = _with_load(march, target, size)
                along_path = taken is None
                size *= 1.0 if taken is not None else 0.4
        point = march.settle(taken)
        peak = max(peak, point.load)
        if settled is not None:
            settled(point.load)
        yield point
    raise _endless(march)


def _with_load(march: _March, target: float, size: float) -> int | None:
    """Raise the load; returns the iterations, or None when that failed or damaged a boundary too far."""
    start = float(march.load.value)
    march.load.value = target
    try:
        report = march.steps.advance_by(
            lambda: step_along_path(march.body.newton, march.load, None, tolerance=_TOLERANCE, maximum_steps=_NEWTON)
        )
    except ConvergenceError:
        pass
    else:
        if march.control.growth() <= size:
            return report.steps
    march.give_up(start)
    return None


def _with_control(march: _March, start: float, size: float) -> tuple[int, float]:
    """Let boundaries control the step, by less and less where it fails; returns iterations and the next size."""
    newton, load, control = march.body.newton, march.load, march.control
    while True:
        control.size = size
        try:
            report = march.steps.advance_by(
                lambda: step_along_path(
                    newton,
                    load,
                    control,
                    tolerance=_TOLERANCE,
                    maximum_steps=_NEWTON,
                    # the pressure of sodium between opened faces is part of the law
                    load_changed=lambda: control.facets.states.begin(0.0),
                )
            )
        except ConvergenceError as failure:
            march.give_up(start)
            size *= 0.4
            _LOGGER.info("load factor %.6g: damage per step is cut to %.2g: %s", start, size, failure)
            if size < _SMALLEST:
                raise
            continue
        grown = size * (1.5 if report.steps <= 6 else 1.0 if report.steps <= 10 else 0.7)
        return report.steps, min(grown, _LARGEST)


def _endless(march: _March) -> ConvergenceError:
    return ConvergenceError(
        f"{march.body.newton.problem.name}: {_LONGEST} steps were not enough at load factor "
        f"{float(march.load.value):.4g}. Try a coarser mesh or a higher fracture energy."
    )
