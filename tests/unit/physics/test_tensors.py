# SPDX-License-Identifier: LGPL-3.0-or-later
"""Crystal tensors in the laboratory frame: invariants, known rotations, Voigt order."""

import numpy as np
from scipy.spatial.transform import Rotation

from jadeite.physics.tensors import rotate_principal_values, symmetric_to_voigt

PRINCIPAL = np.array([3.0, 2.0, 0.1])


def test_invariants_survive_any_rotation():
    rotation = Rotation.random(20, random_state=np.random.RandomState(3)).as_matrix()
    tensor = rotate_principal_values(PRINCIPAL, rotation)
    np.testing.assert_allclose(tensor, np.swapaxes(tensor, 1, 2), atol=1e-14)
    np.testing.assert_allclose(np.linalg.eigvalsh(tensor), np.broadcast_to(np.sort(PRINCIPAL), (20, 3)), rtol=1e-12)
    # principal directions are the turned crystal axes
    for axis in range(3):
        direction = rotation[:, :, axis]
        np.testing.assert_allclose(np.einsum("gij,gj->gi", tensor, direction), PRINCIPAL[axis] * direction, atol=1e-13)


def test_quarter_turn_about_z_exchanges_x_and_y():
    turn = Rotation.from_euler("z", 90, degrees=True).as_matrix()[None]
    np.testing.assert_allclose(rotate_principal_values(PRINCIPAL, turn)[0], np.diag([2.0, 3.0, 0.1]), atol=1e-15)


def test_each_grain_may_have_values_of_its_own():
    values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    tensor = rotate_principal_values(values, np.tile(np.eye(3), (2, 1, 1)))
    np.testing.assert_array_equal(tensor, [np.diag(row) for row in values])


def test_voigt_shears_are_engineering_shears():
    """Stress times strain is the same number in either notation."""
    random = np.random.default_rng(1)
    stress, strain = (a + np.swapaxes(a, 1, 2) for a in random.normal(size=(2, 5, 3, 3)))
    order = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
    stress_vector = np.stack([stress[:, i, j] for i, j in order], axis=1)
    work = np.einsum("gij,gij->g", stress, strain)
    np.testing.assert_allclose((stress_vector * symmetric_to_voigt(strain)).sum(axis=1), work, rtol=1e-12)
