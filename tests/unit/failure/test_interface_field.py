# SPDX-License-Identifier: LGPL-3.0-or-later
"""Crack fields between two solids: continuity, free walls, equilibrium, limits, energy."""

import numpy as np
import pytest

from jadeite.failure.domain_integrals import contracted
from jadeite.failure.dundurs import IsotropicSolid, dundurs
from jadeite.failure.interface_field import interface_tip
from jadeite.failure.tip_field import uniform_tip
from jadeite.materials.laws import cubic_stiffness, isotropic_stiffness, rotate_stiffness

CERAMIC, METAL = isotropic_stiffness(80e9, 0.26), isotropic_stiffness(4.6e9, 0.315)
ANGLE = 0.4
TURN = np.array([[np.cos(ANGLE), -np.sin(ANGLE), 0.0], [np.sin(ANGLE), np.cos(ANGLE), 0.0], [0.0, 0.0, 1.0]])
TILT = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(0.6), -np.sin(0.6)], [0.0, np.sin(0.6), np.cos(0.6)]])
CRYSTAL = rotate_stiffness(cubic_stiffness(160e9, 60e9, 80e9), TURN @ TILT)

PAIRS = [(CERAMIC, METAL, 2), (CERAMIC, METAL, 3), (CRYSTAL, METAL, 3), (METAL, CERAMIC, 2)]


def traction_and_slope(field, ahead, aside):
    gradient, _ = field.gradients(np.array([ahead]), np.array([aside]))
    strain = 0.5 * (gradient + np.swapaxes(gradient, 2, 3))
    return contracted(field.stiffness(np.array([aside])), strain)[:, 0, :, 1], gradient[:, 0, :, 0]


@pytest.mark.parametrize(("above", "below", "components"), PAIRS)
def test_nothing_jumps_ahead_and_walls_are_free(above, below, components):
    field = interface_tip(above, below, components, 1.0)
    (upper, slope), (lower, other) = (traction_and_slope(field, 0.3, side) for side in (1e-13, -1e-13))
    assert upper == pytest.approx(lower, abs=1e-9)
    assert slope == pytest.approx(other, abs=1e-9 * np.abs(slope).max())
    for side in (1e-13, -1e-13):
        assert traction_and_slope(field, -0.3, side)[0] == pytest.approx(np.zeros((components, 3)), abs=1e-9)


@pytest.mark.parametrize(("above", "below", "components"), PAIRS)
def test_stress_is_in_equilibrium_and_slopes_are_derivatives(above, below, components):
    field, step = interface_tip(above, below, components, 1.0), 1e-5
    x, y = np.array([0.3, -0.4, 0.2]), np.array([0.5, 0.1, -0.6])

    def stress(ahead, aside):
        gradient, _ = field.gradients(ahead, aside)
        return contracted(field.stiffness(aside), 0.5 * (gradient + np.swapaxes(gradient, 2, 3)))

    along = (stress(x + step, y) - stress(x - step, y))[..., 0] / (2 * step)
    across = (stress(x, y + step) - stress(x, y - step))[..., 1] / (2 * step)
    assert (along + across)[..., :components] == pytest.approx(0.0, abs=1e-6)
    gradient = (field.gradients(x + step, y)[0] - field.gradients(x - step, y)[0]) / (2 * step)
    assert field.gradients(x, y)[1] == pytest.approx(gradient, rel=1e-4, abs=1e-16)


@pytest.mark.parametrize("stiffness", [CERAMIC, CRYSTAL])
def test_equal_solids_have_the_field_of_one(stiffness):
    x, y = np.array([0.3, -0.2]), np.array([0.1, -0.4])
    both, one = interface_tip(stiffness, stiffness, 3, 1.0), uniform_tip(stiffness, 3)
    assert both.oscillation == 0.0
    assert both.compliance == pytest.approx(one.compliance, rel=1e-6, abs=1e-17)
    assert both.gradients(x, y)[0] == pytest.approx(one.gradients(x, y)[0], rel=1e-6, abs=1e-17)


def test_oscillation_and_energy_are_those_of_dundurs():
    expected = dundurs(IsotropicSolid(80e9, 0.26), IsotropicSolid(4.6e9, 0.315))
    field = interface_tip(CERAMIC, METAL, 2, 1.0)
    assert field.oscillation == pytest.approx(expected.oscillation, rel=1e-6)
    factor = np.array([0.4e6, 1.1e6])  # Im K, Re K
    released = expected.energy_release_rate(complex(1.1e6, 0.4e6))
    assert 0.5 * factor @ field.compliance @ factor == pytest.approx(released, rel=1e-6)


def test_changing_places_changes_signs():
    ceramic, metal = IsotropicSolid(80e9, 0.26), IsotropicSolid(5e9, 0.3)
    one, other = dundurs(ceramic, metal), dundurs(metal, ceramic)
    assert (one.alpha, one.beta, one.oscillation) == pytest.approx((-other.alpha, -other.beta, -other.oscillation))


def test_another_length_turns_the_phase():
    near, far = (interface_tip(CERAMIC, METAL, 2, length) for length in (1.0, 10.0))
    x, y = np.array([0.3]), np.array([0.2])
    turn = np.exp(1j * near.oscillation * np.log(10.0))
    # the same body: K at l' is K at l times (l'/l)^(i epsilon)
    factor = complex(1.0, 0.5)
    turned = factor * turn
    first = np.einsum("m,mnij->nij", [factor.imag, factor.real], near.gradients(x, y)[0])
    second = np.einsum("m,mnij->nij", [turned.imag, turned.real], far.gradients(x, y)[0])
    assert first == pytest.approx(second, rel=1e-9)
