# SPDX-License-Identifier: LGPL-3.0-or-later
"""Contact of reduced bodies: complementarity, friction, energies, and independence of the numbers inside the method."""

import numpy as np
import pytest
from scipy.optimize import nnls

from jadeite.fem.solvers import ConvergenceError
from jadeite.physics.solid import contact_equilibrium
from jadeite.physics.solid.contact_compliance import AppliedCompliance, DenseCompliance
from jadeite.physics.solid.contact_equilibrium import ContactEquilibrium
from jadeite.physics.solid.contact_law import ContactState, Friction

RANDOM = np.random.default_rng(3)


def body(points, components, coupled=0.0):
    """A symmetric positive compliance whose neighbours feel each other; `coupled` mixes the directions."""
    place = np.linspace(0.0, 1.0, points)
    near = np.exp(-4.0 * np.abs(place[:, None] - place)) + 0.05 * np.eye(points)
    mixing = np.eye(components) + coupled * (np.ones((components, components)) - np.eye(components))
    return np.einsum("pq,ij->piqj", near, mixing)


def equilibrium(points=30, components=2, friction=None, coupled=0.0, gap=None):
    initial = np.zeros(points) if gap is None else gap
    compliance = DenseCompliance(body(points, components, coupled))
    return ContactEquilibrium(compliance, np.full(points, 1.0 / points), initial, friction or Friction())


def test_pressures_without_friction_are_those_of_the_quadratic_program():
    points = 40
    solver = equilibrium(points, 1)
    free = RANDOM.normal(size=(points, 1))
    found = solver.advance(free)
    # gap = free + C p with p >= 0, gap >= 0, p gap = 0 minimises p C p / 2 + p free over p >= 0
    factor = np.linalg.cholesky(body(points, 1)[:, 0, :, 0])
    pressure, _ = nnls(factor.T, -np.linalg.solve(factor, free[:, 0]))
    assert -found.traction[:, 0] == pytest.approx(pressure, abs=1e-7 * pressure.max())
    assert found.gap.min() > -1e-8
    assert np.abs(found.gap * found.traction[:, 0]).max() < 1e-7


def test_a_force_is_the_sum_of_the_pressures():
    points = 50
    place = np.linspace(-1.0, 1.0, points)
    solver = equilibrium(points, 1, gap=40.0 * place**2)
    for force in (0.1, 0.4, 0.2):
        found = solver.advance(np.zeros((points, 1)), force=force)
        assert -solver.area @ found.traction[:, 0] == pytest.approx(force, rel=1e-12)
        touching = found.state != ContactState.OPEN
        assert 0 < touching.sum() < points
        # the obstacle is where the gaps say
        compressed = body(points, 1)[:, 0, :, 0] @ -found.traction[:, 0]
        assert found.gap == pytest.approx(40.0 * place**2 + compressed - found.approach, abs=1e-9)


@pytest.mark.parametrize("cap", [None, 0.05])
def test_one_point_sticks_slides_and_turns_back(cap):
    compliance, friction = 2.0, Friction(0.5, cap)
    matrix = compliance * np.eye(2).reshape(1, 2, 1, 2)
    solver = ContactEquilibrium(DenseCompliance(matrix), np.ones(1), np.zeros(1), friction)
    pressure = 0.4
    limit = min(0.5 * pressure, cap or np.inf)
    free = np.array([[-pressure * compliance, 0.0]])
    shear = []
    path = np.array([0.0, 0.5 * limit, 0.9 * limit, 3.0 * limit, 2.0 * limit, -2.0 * limit]) * compliance
    for drag in path:
        found = solver.advance(free, drag=[drag])
        shear.append(found.traction[0, 1])
        assert found.traction[0, 0] == pytest.approx(-pressure)
    # the point carries drag over compliance until it slides; turned back by one limit it sticks, by two it slides
    assert -np.array(shear) == pytest.approx(np.array([0.0, 0.5, 0.9, 1.0, 0.0, -1.0]) * -limit, abs=1e-9) or shear == (
        pytest.approx(np.array([0.0, -0.5, -0.9, -1.0, 0.0, 1.0]) * limit, abs=1e-9)
    )
    assert found.state[0] == ContactState.SLIP


@pytest.mark.parametrize("components", [2, 3])
def test_friction_obeys_coulomb_and_opposes_slip(components):
    points, friction = 25, 0.4
    solver = equilibrium(points, components, Friction(friction), coupled=0.2)
    free = 0.3 * RANDOM.normal(size=(points, components))
    free[:, 0] -= 0.5
    found = solver.advance(free)
    pressure, shear = -found.traction[:, 0], found.traction[:, 1:]
    size = np.linalg.norm(shear, axis=1)
    assert pressure.min() >= 0.0
    assert np.all(size <= friction * pressure + 1e-7)
    slips, sticks = found.state == ContactState.SLIP, found.state == ContactState.STICK
    assert slips.any()
    assert size[slips] == pytest.approx(friction * pressure[slips], abs=1e-7)
    assert np.abs(found.slip[sticks]).max(initial=0.0) < 1e-8
    # traction of side 0 points along the slip of side 1
    along = np.einsum("pt,pt->p", shear[slips], found.slip[slips])
    length = size[slips] * np.linalg.norm(found.slip[slips], axis=1)
    assert along == pytest.approx(length, rel=1e-5, abs=1e-9)


def test_work_is_stored_or_dissipated_and_friction_gives_nothing_back():
    points = 30
    solver = equilibrium(points, 2, Friction(0.3), coupled=0.1, gap=np.linspace(0.0, 0.05, points) ** 2)
    compliance = body(points, 2, 0.1).reshape(2 * points, -1)
    nothing, spent = np.zeros((points, 2)), 0.0
    for approach, drag in [(0.2, 0.0), (0.3, 0.05), (0.3, 0.2), (0.25, 0.1), (0.3, -0.2), (0.1, -0.3), (0.3, 0.3)]:
        found = solver.advance(nothing, approach=approach, drag=[drag])
        tractions = found.traction.ravel()
        stored = 0.5 * tractions @ compliance @ tractions / points
        left = solver.external_work - stored - solver.friction_energy - solver.gap_energy
        assert abs(left) < 1e-8 * abs(solver.external_work)
        assert solver.friction_energy >= spent - 1e-9
        spent = solver.friction_energy
    assert spent > 0.0


def test_neither_penetration_nor_slip_depends_on_the_stiffness_of_the_method(monkeypatch):
    free = np.random.default_rng(8).normal(size=(30, 2)) - [0.7, 0.0]
    found = []
    for stiffness in (30.0, 1e5):
        monkeypatch.setattr(contact_equilibrium, "_STIFFNESS", stiffness)
        found.append(equilibrium(friction=Friction(0.3)).advance(free))
    scale = np.abs(found[0].traction).max()
    assert found[0].traction == pytest.approx(found[1].traction, abs=1e-6 * scale)
    assert max(-state.gap.min() for state in found) < 1e-8


def test_states_that_go_on_changing_are_named():
    solver = ContactEquilibrium(DenseCompliance(body(10, 2)), np.ones(10), np.zeros(10), Friction(0.3), largest_turns=1)
    with pytest.raises(ConvergenceError, match=r"after 1 turns .* sticking, slipping and open"):
        solver.advance(RANDOM.normal(size=(10, 2)))


def test_iteration_finds_what_elimination_finds():
    points, friction = 40, Friction(0.3)
    matrix = body(points, 2, 0.1)
    given = (np.full(points, 1.0 / points), np.linspace(-0.1, 0.1, points) ** 2, friction)
    dense = ContactEquilibrium(DenseCompliance(matrix), *given)
    applied = AppliedCompliance(lambda traction: np.einsum("piqj,qj->pi", matrix, traction), np.ones(points), 2)
    iterated = ContactEquilibrium(applied, *given)
    for step in ({"approach": 0.2}, {"approach": 0.3, "drag": [0.1]}, {"force": 0.2, "drag": [0.2]}):
        first, second = (solver.advance(np.zeros((points, 2)), **step) for solver in (dense, iterated))
        assert second.traction == pytest.approx(first.traction, abs=1e-5 * np.abs(first.traction).max())
        assert second.approach == pytest.approx(first.approach, rel=1e-6)
        assert np.array_equal(first.state, second.state)
    assert applied.applications < 40 * points


def test_friction_needs_tangents():
    with pytest.raises(ValueError, match="tangents"):
        equilibrium(5, 1, Friction(0.1))
