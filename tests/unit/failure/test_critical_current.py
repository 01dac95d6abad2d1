# SPDX-License-Identifier: LGPL-3.0-or-later
"""The search for critical currents on utilisations with known roots."""

import math

import pytest

from jadeite.failure.critical_current import CriticalCurrentSearch

MAXIMUM, TOLERANCE = 1000.0, 1e-3


class Counted:
    """A solver that is a formula, and counts how often it is asked."""

    def __init__(self, **laws):
        self.laws, self.solves = laws, 0
        self.search = CriticalCurrentSearch(self.evaluate, MAXIMUM, TOLERANCE)

    def evaluate(self, j):
        assert 0.0 <= j <= MAXIMUM
        self.solves += 1
        return {name: law(j) for name, law in self.laws.items()}

    def find(self, name, start=10.0):
        return self.search.find(name, start)


REACHED = {
    "linear": (lambda j: j / 37.0, 37.0),
    "linear from far below": (lambda j: j / 990.0, 990.0),
    "linear from far above": (lambda j: j / 0.05, 0.05),
    "residual stress helps": (lambda j: 0.4 + 0.6 * j / 80.0, 80.0),
    "residual stress closes": (lambda j: max(0.0, j / 50.0 - 0.7), 85.0),
    "convex": (lambda j: (j / 60.0) ** 2, 60.0),
    "steep": (lambda j: (j / 300.0) ** 6, 300.0),
    "root": (lambda j: math.sqrt(j / 200.0), 200.0),
    "like charge transfer": (lambda j: math.asinh(j / 20.0) / math.asinh(120.0 / 20.0), 120.0),
    "saturates above one": (lambda j: 1.2 * (1.0 - math.exp(-j / 40.0)), 40.0 * math.log(6.0)),
    "falls at first": (lambda j: 0.5 - j / 100.0 + (j / 100.0) ** 2, 100.0 * (1 + math.sqrt(3.0)) / 2),
}


@pytest.mark.parametrize("name", REACHED)
@pytest.mark.parametrize("start", [1.0, 10.0, 400.0])
def test_finds_the_root(name, start):
    law, root = REACHED[name]
    problem = Counted(law=law)
    found = problem.find("law", start)
    assert found.current_density == pytest.approx(root, rel=TOLERANCE)
    assert abs(found.current_density - root) <= found.uncertainty <= 2 * TOLERANCE * root
    assert problem.solves <= 25


@pytest.mark.parametrize("name", ["linear", "residual stress helps"])
def test_straight_lines_need_few_solves(name):
    law, _ = REACHED[name]
    problem = Counted(law=law)
    problem.find("law")
    assert problem.solves <= 5


@pytest.mark.parametrize(
    "law",
    [
        lambda j: 0.9 * (1.0 - math.exp(-j / 40.0)),
        lambda j: 0.9996 * (1.0 - math.exp(-j / 40.0)),
        lambda j: 0.0,
        lambda j: j / 1100.0,
        lambda j: 0.99 - j / 2000.0,
    ],
)
def test_never(law):
    problem = Counted(law=law)
    found = problem.find("law")
    assert found.current_density is None and found.uncertainty == 0.0
    assert max(problem.search.table) == MAXIMUM
    assert problem.solves <= 16


@pytest.mark.parametrize("law", [lambda j: 1.3 + j / 100.0, lambda j: 1.3, lambda j: 1.001 + j / 5.0])
def test_exceeded_without_current(law):
    problem = Counted(law=law)
    assert problem.find("law").current_density == 0.0
    assert problem.solves <= 15


def test_smallest_of_several_roots_among_solved_currents():
    """A utilisation that rises, falls and rises: where the solved currents show the first root, it is returned."""

    def law(j):
        return 1.5 * math.sin(math.pi * j / 40.0) if j < 40.0 else (j - 40.0) / 100.0

    first = 40.0 / math.pi * math.asin(1 / 1.5)
    problem = Counted(law=law)
    for j in (5.0, 20.0, 140.0, 300.0):
        problem.search.solve_at(j)
    assert problem.find("law").current_density == pytest.approx(first, rel=TOLERANCE)


def test_exact_hit_beyond_an_exceeded_current_is_not_the_smallest():
    problem = Counted(law=lambda j: 1.4 if 15.0 < j < 25.0 else j / 100.0)
    for j in (10.0, 20.0, 100.0):
        problem.search.solve_at(j)
    assert problem.find("law").current_density == pytest.approx(15.0, rel=2 * TOLERANCE)


def test_many_keys_share_their_solves():
    laws = {f"flaw {k}": (lambda j, k=k: j / (20.0 + 13.0 * k)) for k in range(12)}
    problem = Counted(**laws)
    for k in range(12):
        assert problem.find(f"flaw {k}").current_density == pytest.approx(20.0 + 13.0 * k, rel=TOLERANCE)
    alone = Counted(law=laws["flaw 5"])
    alone.find("law")
    assert problem.solves < 12 * alone.solves
    assert problem.solves == len(problem.search.table)


def test_same_current_is_not_solved_twice():
    problem = Counted(law=lambda j: j / 37.0)
    assert problem.search.solve_at(5.0) is problem.search.solve_at(5.0)
    assert problem.solves == 1


def test_gives_up_with_a_message():
    search = CriticalCurrentSearch(lambda j: {"law": math.copysign(1.0, j - 30.0) + 1.0}, MAXIMUM, 1e-16)
    with pytest.raises(RuntimeError, match=r"critical_current\.tolerance"):
        search.find("law", 10.0)
