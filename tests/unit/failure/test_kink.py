# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small kinks: symmetries, first orders, and the directions that the literature gives for pure modes."""

import numpy as np
import pytest

from jadeite.failure.kink import LARGEST_ANGLE, first_order_kink_matrix, kink_matrix, kinked_modes

ANGLES = np.radians(np.linspace(-140.0, 140.0, 57))


def test_no_kink_changes_nothing():
    assert kink_matrix(0.0) == pytest.approx(np.eye(3), abs=1e-15)
    assert first_order_kink_matrix(0.0) == pytest.approx(np.eye(3), abs=1e-15)


def test_mirrored_cracks_kink_alike():
    mirror = np.diag([1.0, -1.0, 1.0])
    in_plane = kink_matrix(ANGLES)[:, :2, :2]
    assert kink_matrix(-ANGLES)[:, :2, :2] == pytest.approx((mirror @ kink_matrix(ANGLES) @ mirror)[:, :2, :2])
    assert in_plane.shape == (57, 2, 2)


def test_both_matrices_agree_to_first_order():
    small = 1e-4
    exact, first = kink_matrix(small), first_order_kink_matrix(small)
    assert np.abs(exact - first).max() < 10 * small**2


def test_first_order_of_opening_is_a_power_of_the_cosine():
    first = first_order_kink_matrix(ANGLES)
    assert first[:, 0, 0] ** 2 + first[:, 1, 0] ** 2 == pytest.approx(np.cos(ANGLES / 2) ** 4)


def test_pure_shear_kinks_where_theory_says():
    # Amestoy and Leblond 1992: 77.3 degrees by local symmetry, 75.6 by the largest energy release rate
    fine = np.radians(np.linspace(-90.0, -60.0, 30001))
    shear = kink_matrix(fine)[:, :2, 1]
    assert np.degrees(fine[np.argmin(np.abs(shear[:, 1]))]) == pytest.approx(-77.3, abs=0.1)
    assert np.degrees(fine[np.argmax((shear**2).sum(axis=1))]) == pytest.approx(-75.6, abs=0.2)


def test_a_little_shear_turns_a_crack_by_twice_its_share():
    # local symmetry to first order (Goldstein and Salganik 1974)
    fine = np.linspace(-0.1, 0.1, 20001)
    shear = kinked_modes([1.0, 0.01, 0.0], fine)[:, 1]
    assert fine[np.argmin(np.abs(shear))] == pytest.approx(-0.02, rel=1e-2)


def test_a_closed_crack_opens_nowhere_by_compression():
    assert kinked_modes([-1.0, 0.0, 0.0], ANGLES) == pytest.approx(np.zeros((57, 3)))


def test_large_kinks_are_refused():
    with pytest.raises(ValueError, match="144 degrees"):
        kink_matrix(LARGEST_ANGLE + 0.01)
