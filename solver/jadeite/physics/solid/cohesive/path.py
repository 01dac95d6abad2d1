# SPDX-License-Identifier: LGPL-3.0-or-later
"""A body whose boundaries open, from no load to the full load or to the load that it bears.

`RisingLoad` is a dead load that rises by equal steps. Where the body releases more energy than its boundaries take,
there is no equilibrium near by, and it jumps at constant load: damage grows by a limited amount at a time, behind
tractions above those of the law (a viscous regularisation), until the law holds everywhere. The work beyond the
fracture energy is what a real body would give off as motion and heat.

`EquilibriumPath` goes along the equilibria instead, as if the load were taken back in time: while nothing softens the
load rises by equal steps; where a step fails or damages a boundary too far at once, the boundaries control it
(`control.py`) and the load may fall, also with the displacement that goes with it (snap-back).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from dolfinx import fem

from jadeite.fem.arc_length import step_along_path
from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.state import Kept, State
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
    """A settled step; energies since the start, J (per metre of depth in the plane).

    Attributes:
        load: load factor.
        external_work: work of the loads.
        stored: stored energy.
        dissipated: by the boundaries, `released` included.
        released: what boundaries dissipated in jumps beyond their fracture energy.
        step_error: the same of all other steps: what the finite size of steps makes of the energy dissipated.
        steps: iterations of Newton's method so far.
        at_rest: whether it is an equilibrium of the law; within a jump damage lags behind.
    """

    load: float
    external_work: float
    stored: float
    dissipated: float
    released: float
    step_error: float
    steps: int
    at_rest: bool = True


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

    def state(self) -> State:
        """See `Restorable`. Collective."""
        return {
            "load": float(self.load.value),
            "body": self.steps.state(),
            "control": self.control.state(),
            "iterations": self.iterations,
            "work of sodium": self.of_sodium,
            "beyond": self.beyond,
            "released": self.released,
        }

    def restore(self, kept: Kept) -> None:
        """See `Restorable`. Collective."""
        self.load.value = kept["load"]
        self.steps.restore(kept.part("body"))
        self.control.restore(kept.part("control"))
        self.iterations, self.of_sodium = kept["iterations"], kept["work of sodium"]
        self.beyond, self.released = kept["beyond"], kept["released"]


class RisingLoad:
    """A dead load that rises to its full value; it ends earlier where the body comes apart."""

    def __init__(self, body: SolidBody, load: fem.Constant, control: SeparationControl, load_steps: int) -> None:
        """Begin without load.

        Args:
            body: without load, with the cohesive law on facets of `control`.
            load: load factor in the loads of the body, zero.
            control: of the facets that may open.
            load_steps: equal steps of the load.

        Note:
            Collective.
        """
        self._march, self._load_steps = _March(body, load, control), load_steps
        self._largest = _OPENS * float(np.ptp(body.domain.tagged.points, axis=0).max())
        self._done, self._apart = 0, False
        # steps within the present jump, and the growth of damage that Newton's method was last tried with
        self._jump, self._tried = 0, 0.0

    def __iter__(self) -> Iterator[PathPoint]:
        """Take the steps; yields after each settled one, those inside jumps included.

        Raises:
            ConvergenceError: when no further equilibrium is found; the body is at the last one.

        Note:
            Collective.
        """
        while self._done < self._load_steps and not self._apart:
            factor = (self._done + 1) / self._load_steps
            point = self._jump_on(factor) if self._jump else self._rise(factor)
            if point is None:
                continue
            if point.at_rest:
                self._done, self._jump = self._done + 1, 0
            yield point

    def state(self) -> State:
        """See `Restorable`. Collective."""
        return {
            "march": self._march.state(),
            "done": self._done,
            "apart": self._apart,
            "jump": self._jump,
            "tried": self._tried,
        }

    def restore(self, kept: Kept) -> None:
        """See `Restorable`. Collective."""
        self._march.restore(kept.part("march"))
        self._done, self._apart = kept["done"], kept["apart"]
        self._jump, self._tried = kept["jump"], kept["tried"]

    def _rise(self, factor: float) -> PathPoint | None:
        """Go to a load by Newton's method; where that finds nothing near by, a jump begins."""
        largest = self._march.control.law.growth.largest
        taken = _with_load(self._march, factor, largest)
        if taken is not None:
            return self._march.settle(taken)
        self._jump, self._tried = 1, largest
        return None

    def _jump_on(self, factor: float) -> PathPoint | None:
        """Let damage grow once behind an elastic solution, until Newton's method finds what is left of a jump."""
        march = self._march
        control, growth = march.control, march.control.law.growth
        march.load.value, growth.lags = factor, True
        try:
            report = march.steps.advance_by(march.body.solve)
        finally:
            growth.lags = False
        if control.largest_opening() > self._largest:
            march.give_up(factor)
            self._apart = True
            return None
        wanted, excess = control.growth(), control.excess()
        now = march.settle(report.steps, jumps=True)
        self._jump += 1
        if excess <= _AT_REST:
            return now
        if wanted <= 0.25 * self._tried:
            self._tried = wanted
            taken = _with_load(march, factor, wanted)
            if taken is not None:
                return march.settle(taken, jumps=True)
        if self._jump > _LONGEST:
            raise _endless(march)
        return replace(now, at_rest=False)


class EquilibriumPath:
    """The equilibria to the full load; it ends earlier where the body bears nothing any more."""

    def __init__(self, body: SolidBody, load: fem.Constant, control: SeparationControl, load_steps: int) -> None:
        """Begin without load.

        Args:
            body, load, control, load_steps: as for `RisingLoad`; the growth of the law has no limit.

        Note:
            Collective.
        """
        self._march, self._load_steps = _March(body, load, control), load_steps
        self._size, self._peak, self._along_path, self._count = _FIRST, 0.0, False, 0

    def __iter__(self) -> Iterator[PathPoint]:
        """Take the steps; yields after each settled one.

        Raises:
            ConvergenceError: when no further equilibrium is found; the body is at the last one.

        Note:
            Collective.
        """
        march = self._march
        while self._count < _LONGEST:
            start = float(march.load.value)
            if start >= 1.0 or start < _BEARS * self._peak:
                return
            target = min(start + 1.0 / self._load_steps, 1.0)
            taken = None if self._along_path else _with_load(march, target, self._size)
            self._along_path = taken is None
            while taken is None:
                taken, self._size = _with_control(march, start, self._size)
                if float(march.load.value) > target:
                    # nothing softens much any more: the load rises again, to its target and no further
                    march.give_up(start)
                    taken = _with_load(march, target, self._size)
                    self._along_path = taken is None
                    self._size *= 1.0 if taken is not None else 0.4
            point = march.settle(taken)
            self._peak, self._count = max(self._peak, point.load), self._count + 1
            yield point
        raise _endless(march)

    def state(self) -> State:
        """See `Restorable`. Collective."""
        return {
            "march": self._march.state(),
            "size": self._size,
            "peak": self._peak,
            "along path": self._along_path,
            "count": self._count,
        }

    def restore(self, kept: Kept) -> None:
        """See `Restorable`. Collective."""
        self._march.restore(kept.part("march"))
        self._size, self._peak = kept["size"], kept["peak"]
        self._along_path, self._count = kept["along path"], kept["count"]


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
