# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bounds and estimates against numbers of the literature, and against each other."""

from dataclasses import replace

import numpy as np
import pytest

import jadeite.fem  # noqa: F401
from jadeite.physics.boundary_transport import BoundaryTransport
from jadeite.physics.mixture_estimates import (
    boundary_density,
    brick_layer,
    holes,
    in_medium,
    isotropic_bounds,
    mean_bounds,
    principal_mixture,
    self_consistent,
)
from jadeite.verification.bricks import brick_mesh


def test_two_phases_have_the_printed_bounds() -> None:
    """80 % of 0.1 S/m and 20 % of 0.001 S/m: T13."""
    values, weights = np.array([0.1, 0.001]), np.array([0.8, 0.2])
    assert isotropic_bounds(values, weights, 3) == pytest.approx((0.01142105, 0.07309783), rel=1e-6)
    assert isotropic_bounds(values, weights, 2) == pytest.approx((0.008266055, 0.06721854), rel=1e-6)
    assert in_medium(values, weights, 0.0, 3) == pytest.approx(0.004807692, rel=1e-6)
    assert in_medium(values, weights, 1e4, 3) == pytest.approx(0.0802, rel=1e-5)


def test_polycrystals_have_the_known_effective_media() -> None:
    """T14 in space; in the plane the geometric mean (Dykhne 1971)."""
    assert self_consistent(np.array([1.0, 1.0, 0.01]), np.ones(3) / 3, 3) == pytest.approx(0.509808, rel=1e-6)
    assert self_consistent(np.array([1.0, 0.0]), np.ones(2) / 2, 2) == pytest.approx(0.0, abs=1e-9)
    assert self_consistent(np.array([1.0, 1.0, 0.0]), np.ones(3) / 3, 3) == pytest.approx(0.5, rel=1e-6)
    assert self_consistent(np.array([2.0, 0.02]), np.ones(2) / 2, 2) == pytest.approx(0.2, rel=1e-9)


def test_few_spherical_holes_follow_maxwell() -> None:
    low, high = isotropic_bounds(np.array([1.0, 0.0]), np.array([0.93, 0.07]), 3)
    assert low == 0.0
    assert high == pytest.approx(2 * 0.93 / 2.07, rel=1e-12)


@pytest.mark.parametrize("dimension", [2, 3])
def test_bricks_have_their_edge_between_boundaries(dimension: int) -> None:
    """Away from the sides, which cut the outer bricks in half: cubes of 2 um in a box of three of them."""
    along = np.array([0, 1, 1, 2, 2, 3])
    labels = sum(axis * 4**k for k, axis in enumerate(np.meshgrid(*[along] * dimension, indexing="ij")))
    mesh = brick_mesh(np.asarray(labels), 1e-6)
    internal = (mesh.surfaces.regions >= 0).all(axis=1)
    resistance, kappa = 4e-6, 3e-7
    density = boundary_density(mesh, BoundaryTransport(resistance * internal, kappa * internal, 0.0 * internal))
    assert density.mean_intercept == pytest.approx(np.full(dimension, 2e-6), rel=1e-12)
    grains = np.full(dimension, 0.5)
    expected = 1 / (1 / 0.5 + resistance / 2e-6) + (dimension - 1) * kappa / 2e-6
    assert brick_layer(grains, density) == pytest.approx(np.full(dimension, expected), rel=1e-12)
    # normals lie along the axes: a uniform current and a uniform field are what bricks carry
    low, high = mean_bounds(mesh, np.tile(0.5 * np.eye(dimension), (len(mesh.regions), 1, 1)), density)
    assert np.diag(low) == pytest.approx(np.full(dimension, 1 / (1 / 0.5 + resistance / 2e-6)), rel=1e-12)
    assert np.diag(high) == pytest.approx(np.full(dimension, 0.5 + (dimension - 1) * kappa / 2e-6), rel=1e-12)


def test_holes_count_in_the_volume() -> None:
    mesh = brick_mesh(np.arange(4).reshape(2, 2), 1.0)
    assert holes(mesh) == 0.0
    pierced = replace(mesh, regions=replace(mesh.regions, measure=0.75 * mesh.regions.measure))
    assert holes(pierced) == pytest.approx(0.25)
    values, weights = principal_mixture(pierced, np.tile(np.eye(2), (4, 1, 1)))
    assert weights.sum() == pytest.approx(1.0)
    assert values @ weights == pytest.approx(0.75)
