# SPDX-License-Identifier: LGPL-3.0-or-later
"""Time steps on a field that decays: their order, their tolerance, where they end, and what failing solves leave,
and how they go on."""

import jadeite.fem  # noqa: F401  isort: skip

import contextlib

import numpy as np
import pytest
import ufl
from coupled_checks import COMM, column, unknown
from dolfinx import fem

from jadeite.fem.assembly import integral
from jadeite.fem.coupled import CoupledProblem, Field
from jadeite.fem.coupled_newton import CoupledNewton
from jadeite.fem.solvers import ConvergenceError
from jadeite.fem.time_steps import Rate, TimeSteps
from jadeite.output.prepared_run import CheckpointedStop
from jadeite.study.checkpoint import Checkpoint


def decaying(domain):
    """du/dt = -u from u = 1, in every dof."""
    u = unknown(domain, 1, 1.0)
    v = ufl.TestFunction(u.function_space)
    rate = Rate(u, 1.0)
    newton = CoupledNewton(
        CoupledProblem("decay", domain, [Field("u", u, 1.0, (rate.expression + u) * v * domain.dx(2))]), tolerance=1e-9
    )
    return u, rate, newton


def test_steps_of_order_two():
    """The error of equal steps after the first, which starts from exact values, falls with the square of the step."""
    u, rate, newton = decaying(column())
    errors = []
    for count in (16, 32):
        step = 1.0 / count
        values = [np.full_like(u.x.array, np.exp(-time)) for time in (0.0, -step)]
        for _ in range(count):
            rate.begin(step, values, [step])
            newton.solve()
            values = [u.x.array.copy(), values[0]]
        errors.append(float(abs(u.x.array[0] - np.exp(-1.0))))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.1)


def test_a_march_ends_at_its_duration_and_keeps_its_tolerance():
    for tolerance in (1e-3, 1e-5):
        u, rate, newton = decaying(column())
        steps = list(TimeSteps([rate], newton.solve, tolerance=tolerance).march(3.0))
        assert steps[-1].time == 3.0
        assert sum(step.length for step in steps) == pytest.approx(3.0, rel=1e-12)
        assert max(step.error for step in steps) <= tolerance
        # steps get longer with the cube root of what each may err by, so that their sum goes with the power 2/3
        assert float(abs(u.x.array[0] - np.exp(-3.0))) < 0.5 * tolerance ** (2.0 / 3.0)


def test_failing_solves_shorten_steps_and_leave_the_last_good_values():
    """A solver that fails beyond t = 0.4 is approached and given up; what failed leaves nothing behind."""
    domain = column()
    u, rate, newton = decaying(domain)
    level = fem.Constant(domain.mesh, 1.0)

    def solve():
        newton.solve()
        level.value = u.x.array[0]
        if u.x.array[0] < np.exp(-0.4):
            raise ConvergenceError("too far")

    reached = 0.0
    with pytest.raises(ConvergenceError, match="too far"):
        for step in TimeSteps([rate], solve, [level], tolerance=1e-4, smallest=1e-4).march(1.0):
            reached = step.time
    assert reached == pytest.approx(0.4, abs=1e-3)
    assert u.x.array[0] == pytest.approx(np.exp(-reached), abs=1e-3)
    assert float(level.value) == u.x.array[0]


def test_a_rejected_step_leaves_the_last_good_values():
    """Each solve adds one to a constant: after a march it counts the accepted steps alone."""
    domain = column()
    _, rate, newton = decaying(domain)
    count, solves = fem.Constant(domain.mesh, 0.0), 0

    def solve():
        nonlocal solves
        newton.solve()
        solves += 1
        count.value = count.value + 1.0

    steps = list(TimeSteps([rate], solve, [count], tolerance=1e-3).march(1.0, 0.5))
    assert solves > len(steps)
    assert float(count.value) == len(steps)


def test_a_rate_at_rest_is_the_steady_state():
    domain = column()
    u, rate, newton = decaying(domain)
    list(TimeSteps([rate], newton.solve, tolerance=1e-2).march(1.0))
    newton.solve()
    assert integral(fem.form(u**2 * domain.dx(2)), COMM) < 1e-18


class Stored:
    """The `Restart` of a march, in a checkpoint of a folder, which ends an attempt after some steps."""

    def __init__(self, folder, steps):
        self.checkpoint, self.steps = Checkpoint.open(folder, 1e-9, COMM), steps

    def resume(self):
        return self.checkpoint.resume("march")

    def offer(self, state):
        self.checkpoint.offer("march", state)
        self.steps -= 1
        if self.steps == 0:
            raise CheckpointedStop


def test_a_march_that_goes_on_takes_the_same_steps(tmp_path, monkeypatch):
    """Two coupled fields, a constant, and a solver that fails where steps are too long; bit by bit."""
    monkeypatch.setattr("jadeite.study.checkpoint._LARGEST_SHARE", np.inf)

    def march(restart=None):
        domain = column()
        u, w = unknown(domain, 1, 1.0), unknown(domain, 2, 0.5)
        v, t = ufl.TestFunction(u.function_space), ufl.TestFunction(w.function_space)
        rates = [Rate(u, 1.0, positive=True), Rate(w, 0.5)]
        fields = [
            Field("u", u, 1.0, (rates[0].expression + u * u - 0.1 * w) * v * domain.dx(6)),
            Field("w", w, 0.5, (rates[1].expression + 3.0 * w - u) * t * domain.dx(6)),
        ]
        newton = CoupledNewton(CoupledProblem("decay", domain, fields), tolerance=1e-5)
        work = fem.Constant(domain.mesh, 0.0)

        def solve():
            newton.solve()
            work.value = work.value + u.x.array[0] / 3.0
            if u.x.array[0] < 0.5 and rates[0]._factor.value < 20.0:
                raise ConvergenceError("too long")

        taken = []
        with contextlib.suppress(CheckpointedStop):
            for step in TimeSteps(rates, solve, [work], tolerance=1e-4, restart=restart).march(2.0):
                taken.append(step)
        return taken, [u.x.array.copy(), w.x.array.copy(), np.array(work.value)]

    steps, values = march()
    assert len(steps) > 20
    for stops in ([1], [2, 1, 1], [7, 5], [len(steps)]):
        folder, taken = tmp_path / str(stops), []
        for stop in stops:
            taken += march(Stored(folder, stop))[0]
        last, found = march(Stored(folder, 0))
        assert taken + last == steps
        for one, other in zip(found, values, strict=True):
            np.testing.assert_array_equal(one, other)
