# SPDX-License-Identifier: LGPL-3.0-or-later
"""Principal stresses, their directions, hydrostatic and von Mises stress of tensors whose answer is known."""

import numpy as np
import pytest

from jadeite.physics.stress_measures import stress_measures


def turned(principal, axis_angle):
    axis = np.array([1.0, 2.0, -0.5]) / np.linalg.norm([1.0, 2.0, -0.5])
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    rotation = np.eye(3) + np.sin(axis_angle) * cross + (1 - np.cos(axis_angle)) * cross @ cross
    return rotation, rotation @ np.diag(principal) @ rotation.T


def test_principal_stresses_come_largest_first_with_their_directions():
    rotation, stress = turned([-30.0, 80.0, 10.0], 0.7)
    found = stress_measures(stress[None])
    assert found.principal[0] == pytest.approx([80.0, 10.0, -30.0])
    for direction, column in zip(found.directions[0], (1, 2, 0), strict=True):
        assert abs(direction @ rotation[:, column]) == pytest.approx(1.0)
        assert direction[np.argmax(np.abs(direction))] > 0.0


def test_von_mises_of_tension_and_shear():
    tension, shear, pressure = np.zeros((3, 3, 3))
    tension[0, 0] = 5.0
    shear[0, 1] = shear[1, 0] = 2.0
    pressure -= 7.0 * np.eye(3)
    found = stress_measures(np.stack([tension, shear, pressure]))
    assert found.von_mises == pytest.approx([5.0, 2.0 * np.sqrt(3.0), 0.0], abs=1e-12)
    assert found.hydrostatic == pytest.approx([5.0 / 3.0, 0.0, -7.0])


def test_measures_do_not_depend_on_the_frame():
    _, stress = turned([4.0, -1.0, 9.0], 1.3)
    plain, turned_frame = stress_measures(np.stack([np.diag([4.0, -1.0, 9.0]), stress])).von_mises
    assert turned_frame == pytest.approx(plain)


def test_no_tensors_have_no_measures():
    assert stress_measures(np.zeros((0, 3, 3))).principal.shape == (0, 3)
