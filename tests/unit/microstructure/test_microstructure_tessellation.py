# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tessellations: exact sizes, exact tiling, and the property that defines a power diagram."""

import numpy as np
import pytest

from jadeite.microstructure.tessellation import TessellationError, draw_diameters, tessellate

BOX = np.array([60e-6, 50e-6])


@pytest.mark.parametrize("variation", [0.2, 0.35, 0.6])
def test_diameters_have_the_mean_and_fill_the_area(variation, generator):
    area = float(np.prod(BOX))
    diameters = draw_diameters(area, 4e-6, variation, generator)
    assert diameters.mean() == pytest.approx(4e-6, rel=1e-12)
    assert np.sum(np.pi / 4 * diameters**2) == pytest.approx(area, rel=1e-12)
    # the number of grains is rounded to an integer, which the coefficient of variation takes up
    assert diameters.std() / diameters.mean() == pytest.approx(variation, rel=0.05)
    # a lognormal variable has a symmetric logarithm
    logarithm = np.log(diameters / diameters.mean())
    skewness = np.mean((logarithm - logarithm.mean()) ** 3) / logarithm.std() ** 3
    assert abs(skewness) < 5 * np.sqrt(6 / len(diameters))


def test_equal_grains_and_single_grains(generator):
    equal = draw_diameters(100.0, 2.0, 0.0, generator)
    assert np.ptp(equal) == 0.0
    assert np.sum(np.pi / 4 * equal**2) == pytest.approx(100.0, rel=1e-14)
    assert len(draw_diameters(1.0, 1.0, 0.3, generator)) == 1
    with pytest.raises(TessellationError, match="no grain"):
        draw_diameters(1.0, 5.0, 0.3, generator)


@pytest.fixture(scope="module")
def tessellation():
    return tessellate(BOX, 4e-6, 0.35, np.random.default_rng(3))


def test_cells_have_the_sizes_asked_for_and_tile_the_box(tessellation):
    diameters = tessellation.diameters()
    np.testing.assert_allclose(diameters, tessellation.target_diameters, rtol=1e-8)
    assert np.sum(np.pi / 4 * diameters**2) == pytest.approx(np.prod(BOX), rel=1e-12)


def test_euler_characteristic_of_the_tiling(tessellation):
    # V - E + F = 1 for a disc without the outer face
    faces = len(tessellation.seeds)
    assert len(tessellation.vertices) - len(tessellation.edges) + faces == 1


def test_every_point_lies_in_the_cell_of_least_power_distance(tessellation, generator):
    from matplotlib.path import Path

    points = generator.uniform(0.0, 1.0, (500, 2)) * BOX
    power = np.sum((points[:, None] - tessellation.seeds) ** 2, axis=2) - tessellation.weights
    owner = np.argmin(power, axis=1)
    polygons = tessellation.polygons()
    # only points that are clearly inside a cell
    gap = np.diff(np.partition(power, 1, axis=1)[:, :2], axis=1)[:, 0]
    clear = gap > 1e-3 * 4e-6**2
    assert clear.sum() > 400
    assert all(Path(polygons[i]).contains_point(p) for i, p in zip(owner[clear], points[clear], strict=True))


def test_boundaries_keep_clear_of_points():
    points = np.array([[10.0, 4.0], [27.0, 12.0], [50.0, 8.0], [30.0, 30.0]]) * 1e-6
    for seed in range(4):
        cells = tessellate(BOX, 4e-6, 0.35, np.random.default_rng(seed), keep_clear=points, clearance=0.8e-6)
        inner = cells.edges[np.all(cells.edge_cells >= 0, axis=1)]
        start, along = cells.vertices[inner[:, 0]], np.diff(cells.vertices[inner], axis=1)[:, 0]
        for point in points:
            fraction = np.clip(np.sum((point - start) * along, axis=1) / np.sum(along**2, axis=1), 0, 1)
            distance = np.hypot(*(start + fraction[:, None] * along - point).T)
            assert distance.min() >= 0.8e-6 * (1 - 1e-9)
        # sizes may be swapped among grains, but the distribution stays
        np.testing.assert_allclose(np.sort(cells.diameters()), np.sort(cells.target_diameters), rtol=1e-8)


def test_equal_seeds_give_equal_tessellations_and_others_do_not(tessellation):
    again = tessellate(BOX, 4e-6, 0.35, np.random.default_rng(3))
    assert np.array_equal(again.vertices, tessellation.vertices)
    other = tessellate(BOX, 4e-6, 0.35, np.random.default_rng(4))
    assert not np.array_equal(other.seeds, tessellation.seeds)


def test_length_does_not_matter():
    small = tessellate(BOX, 4e-6, 0.35, np.random.default_rng(0))
    large = tessellate(BOX * 1e6, 4.0, 0.35, np.random.default_rng(0))
    np.testing.assert_allclose(small.seeds * 1e6, large.seeds, rtol=1e-6)
    np.testing.assert_allclose(small.diameters() * 1e6, large.diameters(), rtol=1e-6)
