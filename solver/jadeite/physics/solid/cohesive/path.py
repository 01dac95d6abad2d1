# SPDX-License-Identifier: LGPL-3.0-or-later
"""A body whose boundaries open, from no load to the full load or to the load that it bears.

While nothing softens, the load rises by equal steps. Where a step fails or damages a boundary too far at once, the path
is controlled by the boundaries instead (`control.py`): load may then fall, as it has to where a body releases
more energy than its boundaries take (snap-back). What is reported depends on what a test machine would do:

* following the path, every equilibrium is reported, as if the load were taken back in time;
* under a dead load, the body jumps at constant load from where the path turns back to the next equilibrium on it that
  bears the load. The work that the load does in the jump beyond that along the path is released as motion and heat.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dolfinx import fem

from jadeite.fem.arc_length import step_along_path
from jadeite.fem.solvers import ConvergenceError
from jadeite.physics.solid.body import SolidBody
from jadeite.physics.solid.cohesive.control import SeparationControl
from jadeite.physics.solid.steps import BodySteps

_LOGGER = logging.getLogger(__name__)

#: Share of the softening length that damage may grow by at a point in one step: first, at most, and before giving up.
_FIRST, _LARGEST, _SMALLEST = 0.03, 0.25, 1e-4
#: Full Newton step over the size of its field at which an equilibrium on the path is found.
_TOLERANCE = 1e-8
#: A body that bears less than this share of its largest load has come apart.
_APART = 1e-3
_LONGEST = 5000


@dataclass(frozen=True)
class PathPoint:
    """An equilibrium on the path; energies since its start, J (per metre of depth in the plane).

    Attributes:
        load: load factor.
        external_work: work of the loads; under a dead load with jumps at constant load.
        stored: stored energy.
        dissipated: by the laws.
        released: given off as motion and heat in jumps under a dead load.
        falling: whether the load fell on the way to this point.
        steps: iterations of Newton's method so far.
    """

    load: float
    external_work: float
    stored: float
    dissipated: float
    released: float
    falling: bool
    steps: int


def march_along(
    body: SolidBody,
    load: fem.Constant,
    control: SeparationControl,
    *,
    load_steps: int,
    dead_load: bool,
    settled: Callable[[float], None] | None = None,
) -> Iterator[PathPoint]:
    """Go from no load to the full load, and stop earlier where the body comes apart.

    Args:
        body: without load, with the cohesive law on facets of `control`.
        load: load factor in the loads of the body, zero.
        control: of the path.
        load_steps: steps of the load while nothing softens.
        dead_load: whether the body jumps at constant load; otherwise the path is followed.
        settled: called with the load after each equilibrium, also those inside jumps.

    Raises:
        ConvergenceError: when no further equilibrium is found; the body is at the last one.

    Note:
        Collective.
    """
    steps = BodySteps(body)
    largest_rise, size, along_path = 1.0 / load_steps, _FIRST, False
    iterations, peak, released, of_sodium = 0, 0.0, 0.0, 0.0
    for _ in range(_LONGEST):
        start = float(load.value)
        if start >= 1.0:
            return
        target = min(start + largest_rise, 1.0)
        taken = None if along_path else _with_load(steps, load, control, target, size)
        along_path = taken is None
        while taken is None:
            taken, size = _with_control(steps, load, control, start, size)
            if float(load.value) > target:
                # nothing softens much any more: the load rises again, to its target and no further
                steps.give_up()
                load.value = start
                taken = _with_load(steps, load, control, target, size)
                along_path = taken is None
                size *= 1.0 if taken is not None else 0.4
        iterations += taken
        now, of_eigenstrain = float(load.value), body.cells.eigenstrain_work()
        of_step = control.work_of_sodium()
        of_sodium += of_step
        steps.settle()
        control.begin()
        if dead_load:
            work = steps.ledger.steps[-1].external_work + of_step
            released += _beyond(start, now, peak, work, of_eigenstrain)
        peak = max(peak, now)
        if settled is not None:
            settled(now)
        falling = now < start
        apart = now < _APART * peak
        if not dead_load or now >= peak:
            ledger = steps.ledger
            yield PathPoint(
                load=now,
                external_work=ledger.external_work + of_sodium + released,
                stored=ledger.stored,
                dissipated=ledger.dissipated,
                released=released,
                falling=falling,
                steps=iterations,
            )
        if apart:
            return
    raise ConvergenceError(
        f"{body.newton.problem.name}: {_LONGEST} steps along the path did not reach the full load, but a load factor "
        f"of {float(load.value):.4g}. Try a coarser mesh or a higher fracture energy."
    )


def _with_load(
    steps: BodySteps, load: fem.Constant, control: SeparationControl, target: float, size: float
) -> int | None:
    """Raise the load; returns the iterations, or None when that failed or damaged a boundary too far."""
    start = float(load.value)
    load.value = target
    try:
        report = steps.advance_by(steps.body.solve)
    except ConvergenceError as failure:
        _LOGGER.info("load factor %.6g: the path is followed from %.6g: %s", target, start, failure)
    else:
        if control.growth() <= size:
            return report.steps
    steps.give_up()
    load.value = start
    return None


def _with_control(
    steps: BodySteps, load: fem.Constant, control: SeparationControl, start: float, size: float
) -> tuple[int, float]:
    """Let boundaries control the step, by less and less where it fails; returns iterations and the next size."""
    newton = steps.body.newton
    while True:
        control.size = size
        try:
            report = steps.advance_by(
                lambda: step_along_path(
                    newton,
                    load,
                    control,
                    tolerance=_TOLERANCE,
                    maximum_steps=15,
                    # the pressure of sodium between opened faces is part of the law
                    load_changed=lambda: control.facets.states.begin(0.0),
                )
            )
        except ConvergenceError as failure:
            steps.give_up()
            load.value = start
            size *= 0.4
            _LOGGER.info("load factor %.6g: damage per step is cut to %.2g: %s", start, size, failure)
            if size < _SMALLEST:
                raise
            continue
        grown = size * (1.5 if report.steps <= 6 else 1.0 if report.steps <= 10 else 0.7)
        return report.steps, min(grown, _LARGEST)


def _beyond(start: float, now: float, peak: float, work: float, of_eigenstrain: float) -> float:
    """Work of a step with the load held at its peak, less that along the path.

    Tractions do the mean load times a displacement, an eigenstrain the mean stress times its own change.
    """
    first, second = max(start, peak), max(now, peak)
    mean = 0.5 * (start + now)
    of_tractions = (work - of_eigenstrain) * (0.5 * (first + second) / mean - 1.0) if mean > 0.0 else 0.0
    change = now - start
    return of_tractions + (of_eigenstrain * ((second - first) / change - 1.0) if change else 0.0)
