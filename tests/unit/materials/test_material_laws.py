# SPDX-License-Identifier: LGPL-3.0-or-later
"""Closed forms of crystal elasticity and temperature scaling."""

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from jadeite.materials import laws

CUBIC_SODIUM = laws.cubic_stiffness(7.59e9, 6.33e9, 4.30e9)
HEXAGONAL = laws.hexagonal_stiffness(365e9, 120e9, 110e9, 391e9, 60e9)
VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


def full_tensor(stiffness: np.ndarray) -> np.ndarray:
    tensor = np.zeros((3, 3, 3, 3))
    for row, (i, j) in enumerate(VOIGT):
        for column, (k, m) in enumerate(VOIGT):
            for a, b in {(i, j), (j, i)}:
                for c, d in {(k, m), (m, k)}:
                    tensor[a, b, c, d] = stiffness[row, column]
    return tensor


def test_cubic_sodium_by_direction() -> None:
    """M12: 1/E = S11 - 2 (S11 - S12 - S44/2)(n1^2 n2^2 + n2^2 n3^2 + n3^2 n1^2)."""
    for direction, expected in (([1, 0, 0], 1.832974e9), ([1, 1, 0], 4.833823e9), ([1, 1, 1], 10.640530e9)):
        assert laws.directional_youngs_modulus(CUBIC_SODIUM, direction) == pytest.approx(expected, rel=1e-6)


def test_cubic_sodium_averages() -> None:
    """M12: Voigt, Reuss and Hill averages of single-crystal sodium."""
    bulk = (7.59e9 + 2 * 6.33e9) / 3
    assert laws.voigt_average(CUBIC_SODIUM) == pytest.approx((bulk, 2.832e9), rel=1e-9)
    assert laws.reuss_average(CUBIC_SODIUM) == pytest.approx((bulk, 1.291230e9), rel=1e-6)
    assert laws.hill_average(CUBIC_SODIUM) == pytest.approx((5.613359e9, 0.361399), rel=2e-6)


def test_isotropic_stiffness_has_one_modulus_in_every_direction() -> None:
    stiffness = laws.isotropic_stiffness(80e9, 0.26)
    for direction in ([1, 0, 0], [1, 2, 3], [-1, 0.3, 7]):
        assert laws.directional_youngs_modulus(stiffness, direction) == pytest.approx(80e9, rel=1e-12)
    assert laws.hill_average(stiffness) == pytest.approx((80e9, 0.26), rel=1e-12)
    compliance = np.linalg.inv(stiffness)
    assert -compliance[0, 1] / compliance[0, 0] == pytest.approx(0.26, rel=1e-12)


def test_rotation_agrees_with_the_fourth_rank_tensor() -> None:
    rotations = Rotation.random(5, random_state=3).as_matrix()
    turned = laws.rotate_stiffness(HEXAGONAL, rotations)
    assert turned.shape == (5, 6, 6)
    for rotation, stiffness in zip(rotations, turned, strict=True):
        expected = np.einsum("ia,jb,kc,ld,abcd->ijkl", *(4 * [rotation]), full_tensor(HEXAGONAL))
        np.testing.assert_allclose(full_tensor(stiffness), expected, rtol=0, atol=1e-12 * 391e9)


def test_rotation_conserves_invariants_and_turns_directions() -> None:
    rotations = Rotation.random(50, random_state=4).as_matrix()
    turned = laws.rotate_stiffness(CUBIC_SODIUM, rotations)
    np.testing.assert_allclose(turned, np.swapaxes(turned, 1, 2), rtol=0, atol=1e-3)
    # C_iijj and C_ijij do not depend on the frame
    normal = turned[:, :3, :3].sum(axis=(1, 2))
    shear = np.trace(turned[:, :3, :3], axis1=1, axis2=2) + 2 * np.trace(turned[:, 3:, 3:], axis1=1, axis2=2)
    np.testing.assert_allclose(normal, 3 * 7.59e9 + 6 * 6.33e9, rtol=1e-13)
    np.testing.assert_allclose(shear, 3 * 7.59e9 + 6 * 4.30e9, rtol=1e-13)
    for rotation, stiffness in zip(rotations[:5], turned[:5], strict=True):
        along = laws.directional_youngs_modulus(stiffness, rotation @ [1.0, 1.0, 1.0])
        assert along == pytest.approx(10.640530e9, rel=1e-6)
        assert laws.hill_average(stiffness) == pytest.approx(laws.hill_average(CUBIC_SODIUM), rel=1e-12)


def test_two_rotations_are_their_product() -> None:
    first, second = Rotation.random(2, random_state=5).as_matrix()
    there = laws.rotate_stiffness(laws.rotate_stiffness(HEXAGONAL, first), second)
    np.testing.assert_allclose(there, laws.rotate_stiffness(HEXAGONAL, second @ first), rtol=0, atol=1e-2)
    back = laws.rotate_stiffness(there, (second @ first).T)
    np.testing.assert_allclose(back, HEXAGONAL, rtol=0, atol=1e-2)


def test_hexagonal_crystal_is_isotropic_about_its_axis_only() -> None:
    about_axis = Rotation.from_rotvec([0, 0, 0.7]).as_matrix()
    np.testing.assert_allclose(laws.rotate_stiffness(HEXAGONAL, about_axis), HEXAGONAL, rtol=0, atol=1e-2)
    tilted = laws.rotate_stiffness(HEXAGONAL, Rotation.from_rotvec([0.7, 0, 0]).as_matrix())
    assert np.abs(tilted - HEXAGONAL).max() > 1e10


def test_turned_uniaxial_conductivity() -> None:
    """T3: slow axis 30 degrees from z, fast 1 S/m, slow 0.01 S/m."""
    tensor = laws.rotate_tensor(laws.uniaxial(1.0, 0.01), Rotation.from_euler("y", 30, degrees=True).as_matrix())
    assert tensor[2, 2] == pytest.approx(0.2575, rel=1e-12)
    assert abs(tensor[0, 2] / tensor[2, 2]) == pytest.approx(1.664787, rel=1e-6)
    assert 1.0 / np.linalg.inv(tensor)[2, 2] == pytest.approx(0.01328904, rel=1e-6)
    assert np.trace(tensor) == pytest.approx(2.01, rel=1e-12)


def test_constants_by_number() -> None:
    np.testing.assert_array_equal(laws.stiffness_from_constants((7.59e9, 6.33e9, 4.30e9)), CUBIC_SODIUM)
    np.testing.assert_array_equal(laws.stiffness_from_constants((365e9, 120e9, 110e9, 391e9, 60e9)), HEXAGONAL)
    with pytest.raises(ValueError, match="2 elastic constants"):
        laws.stiffness_from_constants((1.0, 2.0))
    with pytest.raises(ValueError, match="not positive definite"):
        laws.stiffness_from_constants((1e9, 2e9, 1e9))


def test_conductivity_is_a_straight_line_in_the_arrhenius_plot() -> None:
    reference, energy = 298.15, 30e3
    temperatures = np.array([250.0, 298.15, 330.0, 370.0])
    values = np.array([laws.arrhenius_conductivity(0.2, reference, energy, float(t)) for t in temperatures])
    slope = np.diff(np.log(values * temperatures)) / np.diff(1.0 / temperatures)
    np.testing.assert_allclose(slope, -energy / 8.31446261815324, rtol=1e-9)
    assert values[1] == pytest.approx(0.2, rel=1e-14)


def test_beta_alumina_grain_conductivity_at_300_kelvin() -> None:
    """Grain 8.537e5/T exp(-0.20 eV/kT), boundary 4.786e5/T exp(-0.35 eV/kT) S/m; k = 8.62e-5 eV/K."""
    per_volt = 8.31446261815324 / 8.62e-5  # J/mol per eV with that Boltzmann constant
    for prefactor, energy, expected in ((8.537e5, 0.20, 1.2456), (4.786e5, 0.35, 2.113e-3)):
        at_400 = prefactor / 400.0 * math.exp(-energy / 8.62e-5 / 400.0)
        assert laws.arrhenius_conductivity(at_400, 400.0, energy * per_volt, 300.0) == pytest.approx(expected, rel=2e-4)


def test_boundary_resistance_scales_as_the_inverse_of_conductivity() -> None:
    conductance = laws.arrhenius_conductivity(1.0 / 7.5e-6, 298.15, 35.7e3, 350.0)
    assert laws.arrhenius_resistance(7.5e-6, 298.15, 35.7e3, 350.0) == pytest.approx(1.0 / conductance, rel=1e-13)
    assert laws.arrhenius_resistance(7.5e-6, 298.15, 35.7e3, 350.0) < 7.5e-6


def test_exchange_current_doubles_where_the_boltzmann_factor_says() -> None:
    energy = 38.6e3
    doubled = 1.0 / (1.0 / 298.15 - 8.31446261815324 * math.log(2.0) / energy)
    assert laws.arrhenius_exchange_current(257.0, 298.15, energy, doubled) == pytest.approx(514.0, rel=1e-12)
