# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orientations against explicit matrices, known maxima of the disorientation, and invariance under symmetry."""

import numpy as np
import pytest

from jadeite.microstructure.orientation import (
    conjugate,
    disorientation,
    fibre_orientations,
    from_bunge_euler,
    from_rotation_vectors,
    multiply,
    random_orientations,
    rotation_matrices,
    symmetry_rotations,
)

ORDER = {
    "triclinic": 1,
    "monoclinic": 2,
    "orthorhombic": 4,
    "trigonal": 6,
    "tetragonal": 8,
    "hexagonal": 12,
    "cubic": 24,
}


def about(axis, angle):
    """Matrix of an active rotation about a coordinate axis, written out."""
    c, s = np.cos(angle), np.sin(angle)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


def test_a_quaternion_turns_the_crystal_frame_actively_into_the_laboratory_frame():
    # a quarter turn about z carries the crystal x axis onto the laboratory y axis
    quarter = [np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)]
    np.testing.assert_allclose(rotation_matrices(quarter) @ [1, 0, 0], [0, 1, 0], atol=1e-15)


def test_products_of_quaternions_are_products_of_matrices(generator):
    a, b = random_orientations(50, generator), random_orientations(50, generator)
    np.testing.assert_allclose(
        rotation_matrices(multiply(a, b)), rotation_matrices(a) @ rotation_matrices(b), atol=1e-14
    )
    np.testing.assert_allclose(rotation_matrices(conjugate(a)), rotation_matrices(a).swapaxes(1, 2), atol=1e-15)


def test_bunge_angles_match_the_explicit_matrix(generator):
    angles = generator.uniform(0.0, np.pi, (20, 3))
    expected = [about(2, p1) @ about(0, capital) @ about(2, p2) for p1, capital, p2 in angles]
    np.testing.assert_allclose(rotation_matrices(from_bunge_euler(angles)), expected, atol=1e-14)


def test_bunge_matrix_of_the_textbook_is_the_inverse():
    # Bunge (1982), eq. 2.50, element g13 = sin(phi2) sin(Phi), g31 = sin(phi1) sin(Phi)
    p1, capital, p2 = 0.3, 0.7, 1.1
    passive = rotation_matrices(from_bunge_euler([p1, capital, p2])).T
    assert passive[0, 2] == pytest.approx(np.sin(p2) * np.sin(capital), abs=1e-15)
    assert passive[2, 0] == pytest.approx(np.sin(p1) * np.sin(capital), abs=1e-15)


def test_random_orientations_are_uniform(generator):
    matrices = rotation_matrices(random_orientations(40000, generator))
    # over the rotation group E[R] = 0, E[R_ij^2] = 1/3, E[R_11 R_22] = 0, E[trace^2] = 1
    bound = 5 / np.sqrt(40000)
    assert np.abs(matrices.mean(axis=0)).max() < bound
    np.testing.assert_allclose((matrices**2).mean(axis=0), 1 / 3, atol=bound)
    assert np.trace(matrices, axis1=1, axis2=2).var() == pytest.approx(1.0, abs=4 * bound)


def test_a_fibre_lies_along_its_direction_and_spreads_as_stated(generator):
    axis, direction = np.array([0.0, 0.0, 1.0]), np.array([1.0, 2.0, 0.0]) / np.sqrt(5.0)
    perfect = rotation_matrices(fibre_orientations(200, axis, 7 * direction, 0.0, generator))
    np.testing.assert_allclose(perfect @ axis, np.tile(direction, (200, 1)), atol=1e-14)
    # and turns freely about it: the mean of another axis is along the fibre only
    assert np.linalg.norm((perfect @ [1.0, 0.0, 0.0]).mean(axis=0)) < 0.3
    spread = rotation_matrices(fibre_orientations(20000, axis, direction, 0.1, generator))
    angle = np.arccos(np.clip(spread @ axis @ direction, -1, 1))
    assert np.sqrt(np.mean(angle**2)) == pytest.approx(0.1, rel=0.02)
    # turning the axis over is possible too
    opposite = rotation_matrices(fibre_orientations(5, axis, -axis, 0.0, generator))
    np.testing.assert_allclose(opposite @ axis, np.tile(-axis, (5, 1)), atol=1e-14)


@pytest.mark.parametrize("symmetry", ORDER)
def test_symmetry_rotations_form_a_group(symmetry):
    group = symmetry_rotations(symmetry)
    assert len(group) == ORDER[symmetry]
    products = multiply(group[:, None], group[None, :]).reshape(-1, 4)
    assert np.abs(np.abs(products @ group.T).max(axis=1) - 1).max() < 1e-14
    assert np.sum(np.abs(group @ group.T) > 1 - 1e-9) == len(group)


@pytest.mark.parametrize("symmetry", ORDER)
def test_disorientation_does_not_see_symmetry_nor_the_order_of_grains(symmetry, generator):
    a, b = random_orientations(300, generator), random_orientations(300, generator)
    group = symmetry_rotations(symmetry)
    angle = disorientation(a, b, symmetry)
    s, t = group[generator.integers(len(group), size=(2, 300))]
    np.testing.assert_allclose(disorientation(multiply(a, s), multiply(b, t), symmetry), angle, atol=1e-12)
    np.testing.assert_allclose(disorientation(b, a, symmetry), angle, atol=1e-12)
    turn = random_orientations(1, generator)
    np.testing.assert_allclose(disorientation(multiply(turn, a), multiply(turn, b), symmetry), angle, atol=1e-12)
    # the least over the whole group, by brute force on matrices
    r, c = rotation_matrices(a[:20]), rotation_matrices(b[:20])
    trace = np.max([np.einsum("nji,njk,ki->n", r, c, rotation_matrices(g)) for g in group], axis=0)
    np.testing.assert_allclose(angle[:20], np.arccos((trace - 1) / 2), atol=1e-7)


@pytest.mark.parametrize(
    ("symmetry", "degrees"),
    # Morawiec (1995), J. Appl. Cryst. 28, 289: largest disorientation angles; cubic after Mackenzie (1958)
    [("cubic", 62.80), ("hexagonal", 93.84), ("tetragonal", 98.42), ("trigonal", 104.48), ("orthorhombic", 120.0)],
)
def test_largest_disorientation(symmetry, degrees, generator):
    angle = np.degrees(disorientation(random_orientations(60000, generator), [1.0, 0.0, 0.0, 0.0], symmetry))
    assert degrees - 4.0 < angle.max() <= degrees + 0.005


def test_mean_cubic_disorientation_is_mackenzie(generator):
    # Mackenzie (1958), Biometrika 45, 229: mean 40.74 degrees
    angle = np.degrees(disorientation(random_orientations(60000, generator), [1.0, 0.0, 0.0, 0.0], "cubic"))
    assert angle.mean() == pytest.approx(40.74, abs=0.2)


def test_small_angles_are_exact_and_isotropic_grains_coincide(generator):
    base = random_orientations(10, generator)
    turned = multiply(base, from_rotation_vectors([0.0, 0.0, 1e-9]))
    np.testing.assert_allclose(disorientation(base, turned, "cubic"), 1e-9, rtol=1e-6)
    assert not disorientation(base, random_orientations(10, generator), "isotropic").any()
    with pytest.raises(ValueError, match="pentagonal"):
        disorientation(base, turned, "pentagonal")
