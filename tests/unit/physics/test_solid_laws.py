# SPDX-License-Identifier: LGPL-3.0-or-later
"""Laws of metal at points: consistent tangents, the flow rule met at the end of a step, volume, isotropy, energies."""

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from jadeite.materials.laws import bond_matrix, isotropic_stiffness
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.laws import State
from jadeite.physics.solid.linear_viscous import LinearViscousFlow
from jadeite.physics.solid.norton import NortonFlow
from jadeite.physics.solid.rate_dependent_plasticity import OverstressFlow
from jadeite.physics.solid.viscous_metal import ViscousMetal

BULK, SHEAR = 8.5e9, 1.7e9
FLOWS = {
    "norton": NortonFlow(1e-3, 0.25e6, 5.0),
    "norton 1": NortonFlow(1e-3, 0.25e6, 1.0),
    "viscous": LinearViscousFlow(1e9),
    "overstress": OverstressFlow(0.28e6, 1e-3, 5.0),
    "hardening": OverstressFlow(0.28e6, 1e-3, 1.0, 2e6),
}
STEPS = (1e-6, 1.0, 1e6)


def law_of(name):
    return ViscousMetal(BULK, SHEAR, FLOWS[name])


def points(count=40):
    """Strains from far below to far above the flow stress, and histories of earlier flow."""
    random = np.random.default_rng(3)
    strain = random.normal(size=(count, 6)) * 10.0 ** random.uniform(-6, -1, size=(count, 1))
    history = np.zeros((count, 7))
    history[:, :6] = 1e-5 * random.normal(size=(count, 6))
    history[:, :3] -= history[:, :3].mean(axis=1, keepdims=True)
    history[:, 6] = 1e-4
    return strain, history, np.zeros(count, dtype=np.int32)


def mises(stress):
    deviator = stress.copy()
    deviator[:, :3] -= stress[:, :3].mean(axis=1, keepdims=True)
    return np.sqrt(1.5 * (deviator**2 @ [1, 1, 1, 2, 2, 2]))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", FLOWS)
def test_the_tangent_is_the_derivative_of_the_stress(name, step):
    law = law_of(name)
    strain, history, row = points()
    answer = law.update(strain, history, step, row)
    shift = 1e-5 * np.abs(strain).max(axis=1)
    found = np.zeros((len(row), 6, 6))
    for column in range(6):
        ends = []
        for sign in (1.0, -1.0):
            moved = strain.copy()
            moved[:, column] += sign * shift
            ends.append(law.update(moved, history, step, row).stress)
        found[:, :, column] = (ends[0] - ends[1]) / (2.0 * shift[:, None])
    # overstress has a kink at the yield stress, which a difference may straddle
    away = np.abs(mises(answer.stress) / 0.28e6 - 1.0) > 1e-3 if "overstress" in name or "hard" in name else row == 0
    assert away.sum() > 30
    assert np.abs(found - answer.tangent)[away].max() < 1e-6 * law.stiffness.max()
    assert answer.tangent == pytest.approx(np.swapaxes(answer.tangent, 1, 2), abs=1e-3)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", FLOWS)
def test_flow_follows_the_rule_and_keeps_the_volume(name, step):
    law = law_of(name)
    strain, history, row = points()
    before = history.copy()
    answer = law.update(strain, history, step, row)
    assert np.array_equal(history, before)
    stress, grown = mises(answer.stress), answer.history[:, 6] - history[:, 6]
    rate, _, _ = law.flow.rate(stress, answer.history[:, 6])
    trial = mises((strain - history[:, :6]) @ law.stiffness)
    assert 3.0 * SHEAR * step * rate == pytest.approx(trial - stress, rel=1e-6, abs=1e-9 * trial.max())
    assert (grown >= 0.0).all()
    flow = answer.history[:, :6] - history[:, :6]
    assert np.abs(flow[:, :3].sum(axis=1)).max() < 1e-12 * max(np.abs(flow).max(), 1.0)
    # flow along the deviator of the stress
    deviator = answer.stress - answer.stress[:, :3].mean(axis=1, keepdims=True) * [1, 1, 1, 0, 0, 0]
    along = 1.5 * grown[:, None] * deviator / stress[:, None] * [1, 1, 1, 2, 2, 2]
    assert np.abs(flow - along).max() < 1e-6 * max(np.abs(flow).max(), 1e-12)


@pytest.mark.parametrize("name", FLOWS)
def test_turned_strains_give_turned_stresses(name):
    law = law_of(name)
    strain, history, row = points()
    history[:] = 0.0
    turn = bond_matrix(Rotation.from_euler("zxz", (0.3, 1.1, -0.7)).as_matrix())
    # the Bond matrix turns stresses; engineering strains turn with the transpose of its inverse
    turned = strain @ np.linalg.inv(turn)
    plain = law.update(strain, history, 1.0, row).stress
    assert law.update(turned, history, 1.0, row).stress == pytest.approx(
        plain @ turn.T, rel=1e-9, abs=1e-6 * plain.max()
    )


def test_a_step_without_time_is_elastic():
    law = law_of("norton")
    strain, history, row = points()
    answer = law.update(strain, history, 0.0, row)
    assert answer.stress == pytest.approx((strain - history[:, :6]) @ law.stiffness, rel=1e-9, abs=1e-3)
    assert answer.history == pytest.approx(history)


def test_no_strain_is_no_stress_and_elastic():
    law = law_of("norton")
    nothing = np.zeros((2, 6))
    answer = law.update(nothing, np.zeros((2, 7)), 1.0, np.zeros(2, dtype=np.int32))
    assert not answer.stress.any() and np.isfinite(answer.tangent).all()
    assert answer.tangent[0] == pytest.approx(law.stiffness)


def test_a_strain_beyond_all_numbers_is_answered_with_nan():
    law = law_of("norton")
    answer = law.update(np.full((1, 6), np.inf), np.zeros((1, 7)), 1.0, np.zeros(1, dtype=np.int32))
    assert np.isnan(answer.stress).any()


@pytest.mark.parametrize("name", FLOWS)
def test_energies_of_a_step_are_its_work(name):
    law = law_of(name)
    strain, history, row = points()
    first = law.update(strain, history, 1.0, row)
    second = law.update(-0.5 * strain, first.history, 10.0, row)
    before, after = State(strain, first.stress, first.history), State(-0.5 * strain, second.stress, second.history)
    work = 0.5 * np.einsum("pi,pi->p", first.stress + second.stress, -1.5 * strain)
    stored = law.stored_energy(after, row) - law.stored_energy(before, row)
    inside = stored + law.dissipated_energy(before, after, row)
    assert inside == pytest.approx(work, rel=1e-9, abs=1e-12 * np.abs(work).max())


def test_each_region_has_its_own_stiffness():
    stiffness = np.stack([isotropic_stiffness(80e9, 0.26), isotropic_stiffness(200e9, 0.3)])
    law = Elastic(stiffness)
    strain = np.tile([1e-3, 0.0, 0.0, 0.0, 0.0, 2e-3], (3, 1))
    answer = law.update(strain, np.zeros((3, 0)), 0.0, np.array([1, 0, 1], dtype=np.int32))
    assert answer.stress[0] == pytest.approx(stiffness[1] @ strain[0])
    assert answer.stress[1] == pytest.approx(stiffness[0] @ strain[0])
    assert answer.stress[2] == pytest.approx(answer.stress[0])
