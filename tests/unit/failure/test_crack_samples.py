# SPDX-License-Identifier: LGPL-3.0-or-later
"""The quadrature on walls of cracks in space: exact enough next to a front, and the same for any order of corners."""

from itertools import permutations

import numpy as np
import pytest

from jadeite.failure.crack_samples import triangle_rule


def test_rule_does_not_depend_on_the_order_of_the_corners():
    points, weights = triangle_rule()
    shares = np.column_stack([1.0 - points.sum(axis=1), points])
    reference = sorted(zip(*shares.T.round(12), weights.round(12), strict=True))
    for order in permutations(range(3)):
        assert sorted(zip(*shares[:, order].T.round(12), weights.round(12), strict=True)) == reference


def test_rule_integrates_inverse_roots_along_any_side():
    points, weights = triangle_rule()
    assert weights.sum() == pytest.approx(0.5, rel=1e-12)
    # the integral of s^(-1/2) over the triangle, s being the distance from a side over the height: 4/3 of the area x 2
    for distance in (points[:, 0], points[:, 1], 1.0 - points.sum(axis=1)):
        assert weights @ distance**-0.5 == pytest.approx(4.0 / 3.0, rel=2e-3)
