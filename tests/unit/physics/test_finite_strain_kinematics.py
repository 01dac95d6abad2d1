# SPDX-License-Identifier: LGPL-3.0-or-later
"""Large strains at points: rotations, objectivity, simple shear, the tangent, flow that keeps the volume."""

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest
from scipy.linalg import logm
from scipy.spatial.transform import Rotation

from jadeite.materials.laws import isotropic_stiffness
from jadeite.physics.solid.elastic import Elastic
from jadeite.physics.solid.finite_strain_kinematics import (
    Stretch,
    strain_tensor_of,
    strain_voigt,
    stress_tensor,
)
from jadeite.physics.solid.finite_strain_points import FinitePoints
from jadeite.physics.solid.norton import NortonFlow
from jadeite.physics.solid.viscous_metal import ViscousMetal

STIFFNESS = isotropic_stiffness(4.6e9, 0.41)
UNIT = np.eye(3)[None]
METAL = ViscousMetal(8.5e9, 1.63e9, NortonFlow(1e-3, 0.25e6, 5.0))


def some_gradients(number, seed=0, size=0.25):
    found = np.eye(3) + size * np.random.default_rng(seed).standard_normal((4 * number, 3, 3))
    return found[np.linalg.det(found) > 0.2][:number]


def points(law, number, mixed=False):
    return FinitePoints(law, np.arange(number, dtype=np.int32), np.zeros(number, dtype=np.int32), mixed)


@pytest.mark.parametrize("law", [Elastic(STIFFNESS), METAL])
def test_a_rotation_without_strain_has_no_stress(law):
    turn = Rotation.random(10, random_state=np.random.RandomState(1)).as_matrix()
    part, _ = points(law, 10).update(turn, np.zeros(10), 1.0)
    assert np.abs(part).max() < 1e-4  # Pa, against moduli of gigapascals


@pytest.mark.parametrize("law", [Elastic(STIFFNESS), METAL])
def test_a_superposed_rotation_turns_the_stress_and_nothing_else(law):
    """Two steps with flow: the second one seen by an observer who turns meanwhile."""
    first, second = some_gradients(8, 1, 0.02), some_gradients(8, 2, 0.02)
    turn = Rotation.random(8, random_state=np.random.RandomState(3)).as_matrix()
    answers = []
    for last in (second, turn @ second):
        group = points(law, 8)
        group.update(first, np.zeros(8), 1.0)
        group.settled = group.trial
        group.update(last, np.zeros(8), 1.0)
        answers.append(group.trial)
    # P = tau F^-T turns with its first index; what the point remembers belongs to the reference and does not turn
    np.testing.assert_allclose(answers[1].nominal, turn @ answers[0].nominal, rtol=0, atol=1e-8 * 1e9)
    np.testing.assert_allclose(answers[1].metric, answers[0].metric, rtol=0, atol=1e-9)


def test_the_logarithm_is_that_of_matrices():
    gradients = some_gradients(6)
    stretch = Stretch.of(gradients, np.repeat(UNIT, 6, axis=0))
    for found, gradient in zip(strain_tensor_of(stretch.strain), gradients, strict=True):
        np.testing.assert_allclose(found, 0.5 * logm(gradient @ gradient.T).real, atol=1e-12)


def test_simple_shear_of_a_hencky_solid():
    """Shear stress of simple shear g: 2 G asinh(g/2) / sqrt(1 + g^2/4) (Bruhns, Xiao and Meyers 1999, eq. 5.7)."""
    shear_modulus = STIFFNESS[3, 3]
    for amount in (0.01, 0.5, 2.0):
        gradient = np.array([[[1.0, amount, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]])
        stretch = Stretch.of(gradient, UNIT)
        cauchy = stress_tensor(stretch.strain @ STIFFNESS)[0]  # the volume is kept
        assert cauchy[0, 1] == pytest.approx(2 * shear_modulus * np.arcsinh(amount / 2) / np.sqrt(1 + amount**2 / 4))
        # the difference of normal stresses is g times the shear stress in any isotropic elastic solid
        assert cauchy[0, 0] - cauchy[1, 1] == pytest.approx(amount * cauchy[0, 1])


@pytest.mark.parametrize("mixed", [False, True])
def test_the_tangent_is_the_derivative(mixed):
    """Against central differences, in the second step of a metal that flows, and where principal stretches coincide."""
    first, now = some_gradients(6, 4, 0.02), some_gradients(6, 5, 0.03)
    first[0] = now[0] = np.eye(3)
    now[1] = 1.05 * np.eye(3)

    def answer(gradient):
        group = points(METAL, 6, mixed)
        group.update(first, np.zeros(6), 0.5)
        group.settled = group.trial
        return group.update(gradient, np.zeros(6), 0.5)

    _, tangent = answer(now)
    step, numeric = 1e-7, np.zeros_like(tangent)
    for row in range(3):
        for column in range(3):
            change = np.zeros((3, 3))
            change[row, column] = step
            numeric[..., row, column] = (answer(now + change)[0] - answer(now - change)[0]) / (2 * step)
    scale = np.abs(tangent).max(axis=(1, 2, 3, 4))
    # where nothing has been strained the stress of creep has no derivative to speak of: the first point is left out
    difference = np.abs(tangent - numeric).max(axis=(1, 2, 3, 4))[1:]
    assert (difference < 2e-5 * scale[1:]).all()


def test_flow_keeps_the_volume():
    """Whatever flows, det of the inverse inelastic metric stays one."""
    group = points(METAL, 20)
    for number in range(5):
        group.update(some_gradients(20, 10 + number, 0.1), np.zeros(20), 10.0)
        group.settled = group.trial
    np.testing.assert_allclose(np.linalg.det(group.settled.metric), 1.0, rtol=1e-12)


def test_what_is_turned_inside_out_is_no_number():
    gradients = np.stack([np.diag([1.0, -1.0, 1.0]), np.eye(3), np.full((3, 3), np.nan)])
    part, tangent = points(METAL, 3).update(gradients, np.zeros(3), 1.0)
    assert np.isnan(part[[0, 2]]).any(axis=(1, 2)).all() and np.isfinite(part[1]).all()
    assert np.isfinite(tangent[1]).all()


def test_voigt_and_tensors_go_back_and_forth():
    voigt = np.random.default_rng(0).standard_normal((4, 6))
    np.testing.assert_allclose(strain_voigt(strain_tensor_of(voigt)), voigt)
    stress = stress_tensor(voigt)
    work = np.einsum("nij,nij->n", stress, strain_tensor_of(voigt))
    np.testing.assert_allclose(work, np.einsum("ni,ni->n", voigt, voigt))
