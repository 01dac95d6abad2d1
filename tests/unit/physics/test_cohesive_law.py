# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cohesive laws at points: tangents, energies, irreversibility, and the loads at which points reach a separation."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from mpi4py import MPI

from jadeite.physics.solid.cohesive.control import SeparationControl
from jadeite.physics.solid.cohesive.law import DISSIPATED, SEPARATION, DamageGrowth, cohesive_law
from jadeite.physics.solid.cohesive.mixed_mode import BenzeggaghKenane, QuadraticMixedMode, mixed_mode
from jadeite.physics.solid.cohesive.separation import Bilinear, Exponential
from jadeite.physics.solid.laws import State

ROWS = 3
LAWS = [
    (separation, mixed) for separation in ("bilinear", "exponential") for mixed in ("benzeggagh_kenane", "quadratic")
]


def law_of(separation="bilinear", mixed="benzeggagh_kenane", **more):
    energies = np.array([10.0, 20.0, 30.0])
    return cohesive_law(
        separation,
        mixed_mode(mixed, 3.0, 1.7),
        strength=np.full(ROWS, 100e6),
        fracture_energy=energies,
        shear_strength_ratio=1.3,
        mode_two_ratio=3.0,
        stiffness=np.full(ROWS, 1e16),
        **more,
    )


def random_points(number=300):
    generator = np.random.default_rng(1)
    jump = generator.normal(size=(number, 3)) * 2e-7
    history = np.zeros((number, 5))
    history[:, SEPARATION] = generator.uniform(0.0, 2.0, number)
    return jump, history, generator.integers(0, ROWS, number).astype(np.int32)


@pytest.mark.parametrize(("separation", "mixed"), LAWS)
def test_tangent_is_the_derivative_of_the_traction(separation, mixed):
    law = law_of(separation, mixed)
    jump, history, row = random_points()
    tangent = law.update(jump, history, 0.0, row).tangent
    step = 1e-13
    for direction in range(3):
        change = step * np.eye(3)[direction]
        high, low = (law.update(jump + sign * change, history, 0.0, row).stress for sign in (1, -1))
        assert tangent[:, :, direction] == pytest.approx((high - low) / (2 * step), abs=1e-7 * np.abs(tangent).max())


@pytest.mark.parametrize(("separation", "mixed"), LAWS)
def test_damage_never_heals_and_never_gives_energy(separation, mixed):
    """Along any path damage does not fall, and the work along a closed path is what was dissipated."""
    law = law_of(separation, mixed)
    generator = np.random.default_rng(2)
    corners = np.vstack([np.zeros(3), generator.normal(size=(6, 3)) * 3e-7, np.zeros(3)])
    corners[:, 0] = np.abs(corners[:, 0])
    row, history, work, damage = np.zeros(1, dtype=np.int32), np.zeros((1, 5)), 0.0, 0.0
    state = State(np.zeros((1, 3)), np.zeros((1, 3)), history)
    for start, end in pairwise(corners):
        for share in np.linspace(0.0, 1.0, 401)[1:]:
            jump = (start + share * (end - start))[None]
            response = law.update(jump, state.history, 0.0, row)
            after = State(jump, response.stress, response.history)
            work += float((0.5 * (state.stress + after.stress) * (after.strain - state.strain)).sum())
            now = float(law.damage(after.history, row)[0])
            assert now >= damage and after.history[0, DISSIPATED] >= state.history[0, DISSIPATED]
            damage, state = now, after
    assert damage > 0.5
    assert work == pytest.approx(state.history[0, DISSIPATED], rel=1e-2)


def test_energies_add_up_to_the_work_of_every_step():
    """Stored and dissipated energy of a step, however long, are the work of its mean traction; apart from contact
    the dissipation is k d_0.d_1 dD / 2."""
    law = law_of()
    jump, history, row = random_points()
    jump[:, 0] = np.abs(jump[:, 0])
    first = law.update(0.5 * jump, history, 0.0, row)
    before = State(0.5 * jump, first.stress, first.history)
    last = law.update(jump, before.history, 0.0, row)
    after = State(jump, last.stress, last.history)
    work = (0.5 * (before.stress + after.stress) * (after.strain - before.strain)).sum(axis=1)
    stored = law.stored_energy(after, row) - law.stored_energy(before, row)
    spring = law.stiffness[row] * (0.5 * jump * jump * [1.0, law.shear_factor, law.shear_factor]).sum(axis=1)
    change = law.damage(after.history, row) - law.damage(before.history, row)
    assert law.dissipated_energy(before, after, row) == pytest.approx(work - stored, rel=1e-9)
    assert law.dissipated_energy(before, after, row) == pytest.approx(0.5 * spring * change, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("lags", [False, True])
@pytest.mark.parametrize(("separation", "mixed"), LAWS)
def test_balance_closes_over_faces_that_meet_and_damage_that_lags(separation, mixed, lags):
    """Along steps of any size, with faces that close and part and while damage lags, each side is counted by itself."""
    growth = DamageGrowth(largest=0.1)
    law = law_of(separation, mixed, growth=growth)
    generator = np.random.default_rng(4)
    row = generator.integers(0, ROWS, 200).astype(np.int32)
    nothing = np.zeros((200, 3))
    before = State(nothing, nothing, np.zeros((200, law.history_size)))
    for step in range(6):
        growth.lags = lags and step in (2, 3)
        jump = 2e-7 * generator.normal(size=(200, 3)) * [0.2, 1.0, 1.0]
        response = law.update(jump, before.history, 0.0, row)
        after = State(jump, response.stress, response.history)
        work = (0.5 * (before.stress + after.stress) * (after.strain - before.strain)).sum(axis=1)
        stored = law.stored_energy(after, row) - law.stored_energy(before, row)
        dissipated = law.dissipated_energy(before, after, row)
        assert dissipated == pytest.approx(work - stored, abs=1e-11 * np.abs(work).max())
        before = after


@pytest.mark.parametrize(("separation", "mixed"), LAWS)
def test_energy_of_small_steps_is_that_of_the_damage(separation, mixed):
    """The closed form of a step tends to the share of the fracture energy that was spent; it needs no traction."""
    law, row = law_of(separation, mixed), np.zeros(1, dtype=np.int32)
    before = State(np.zeros((1, 3)), np.full((1, 3), np.nan), np.zeros((1, law.history_size)))
    total = 0.0
    for share in np.linspace(0.0, 1.0, 2001)[1:]:
        jump = share * np.array([[4e-7, 3e-7, 1e-7]])
        history = law.update(jump, before.history, 0.0, row).history
        after = State(jump, np.full((1, 3), np.nan), history)
        total += float(law.dissipated_energy(before, after, row)[0])
        before = after
    assert total == pytest.approx(before.history[0, DISSIPATED], rel=1e-4)


def test_closed_faces_press_on_each_other_and_slide():
    law = law_of()
    row, history = np.zeros(1, dtype=np.int32), np.zeros((1, 5))
    history[0, SEPARATION] = 1e3  # through
    closed = law.update(np.array([[-1e-9, 5e-7, 0.0]]), history, 0.0, row)
    assert closed.stress[0, 0] == pytest.approx(-1e16 * 1e-9, rel=1e-9)
    assert abs(closed.stress[0, 1]) < 1e-5 * 100e6


@pytest.mark.parametrize(("law", "ratio"), [(BenzeggaghKenane(3.0, 1.7), 3.0), (QuadraticMixedMode(3.0), 3.0)])
def test_fracture_energy_between_the_modes(law, ratio):
    share = np.linspace(0.0, 1.0, 11)
    value, slope = law.toughening(share)
    assert value[[0, -1]] == pytest.approx([1.0, ratio])
    inner = share[1:-1]
    numerical = (law.toughening(inner + 1e-6).value - law.toughening(inner - 1e-6).value) / 2e-6
    assert slope[1:-1] == pytest.approx(numerical, rel=1e-6)


@pytest.mark.parametrize("shape", [Bilinear(np.full(1, 0.2)), Exponential()])
def test_shapes_spend_the_whole_fracture_energy(shape):
    """w is the integral of x^2/2 dD, and one in the end (by quadrature of D')."""
    x = np.linspace(0.0, 40.0, 40001)
    bound = shape.at(np.zeros(len(x), dtype=np.int32))
    damage = bound.damage(x)
    integral = np.cumsum(0.5 * x**2 * damage.slope) * (x[1] - x[0])
    assert damage.spent[-1] == pytest.approx(1.0, abs=1e-9)
    assert np.abs(damage.spent - integral).max() < 2e-3


def test_a_boundary_needs_room_to_soften():
    with pytest.raises(ValueError, match="stiffness above"):
        Bilinear(np.array([1.5]))


def test_damage_that_lags_keeps_the_stiffness_of_the_start():
    growth = DamageGrowth(lags=True, largest=0.1)
    law, jump = law_of(growth=growth), np.array([[2e-7, 0.0, 0.0]])
    row, history = np.zeros(1, dtype=np.int32), np.zeros((1, 5))
    response = law.update(jump, history, 0.0, row)
    assert response.stress[0, 0] == pytest.approx(1e16 * 2e-7)
    shape = law.shape.at(row)
    assert response.history[0, SEPARATION] == pytest.approx(
        min(shape.start[0] + 0.1 * shape.length[0], 2.0 * law.separation(jump, row)[0] - shape.start[0])
    )


def test_control_finds_the_loads_at_which_a_point_grows():
    """At the two loads that the control finds, the point that grows fastest exceeds its history by the set amount."""
    law = law_of("exponential")
    jump, history, row = random_points(50)
    rate = np.random.default_rng(3).normal(size=jump.shape) * 1e-7
    states = SimpleNamespace(row=row, settled=State(0.1 * jump, 0.0 * jump, history))
    domain = SimpleNamespace(mesh=SimpleNamespace(comm=MPI.COMM_SELF))
    facets = SimpleNamespace(domain=domain, states=states, weights=np.ones((50, 1)))
    control = SeparationControl(facets, law)
    control.size = 0.3
    low, high = control.limits(0.1 * jump, rate)
    for load in (low, high):
        grown = (law.separation(0.1 * jump + load * rate, row) - history[:, SEPARATION]) / law.shape.length
        assert grown.max() == pytest.approx(control.size, rel=1e-4)
    assert low < 0.0 < high
