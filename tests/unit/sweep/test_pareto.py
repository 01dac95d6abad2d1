# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pareto fronts, grids and power laws, against their definitions."""

import numpy as np
import pytest

from jadeite.sweep.curves import power_law
from jadeite.sweep.pareto import pareto_front
from jadeite.sweep.pool import distinct_meshes_first


def beaten_by_none(x, y):
    """The definition, point by point."""
    finite = np.isfinite(x) & np.isfinite(y)
    return np.array(
        [
            finite[i]
            and not any(
                finite[j] and x[j] <= x[i] and y[j] <= y[i] and (x[j] < x[i] or y[j] < y[i]) for j in range(len(x))
            )
            for i in range(len(x))
        ]
    )


@pytest.mark.parametrize("seed", range(20))
def test_front_is_what_its_definition_says(seed):
    generator = np.random.default_rng(seed)
    # few different values, so that many points tie in one response or in both
    x, y = generator.integers(0, 12, (2, 60)).astype(float)
    x[generator.random(60) < 0.1] = np.nan
    assert np.array_equal(pareto_front(x, y), beaten_by_none(x, y))
    assert np.array_equal(pareto_front(-x, y), beaten_by_none(-x, y))
    continuous = generator.random((2, 200))
    assert np.array_equal(pareto_front(*continuous), beaten_by_none(*continuous))


def test_power_laws_are_recognised_and_others_are_not():
    x = np.array([1.0, 2.0, 4.0, 8.0])
    assert power_law(x, 3.0 * x**-0.5) == pytest.approx(-0.5, rel=1e-12)
    assert power_law(x, 3.0 + x) is None
    assert power_law(x - 1.0, x) is None
    assert power_law(x[:2], x[:2]) is None


def test_the_first_of_every_mesh_comes_before_the_second_of_any():
    items = [(1, "a"), (2, "a"), (3, "b"), (4, "a"), (5, "b"), (6, "c")]
    assert distinct_meshes_first(items) == [1, 3, 6, 2, 5, 4]
