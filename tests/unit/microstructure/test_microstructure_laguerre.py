# SPDX-License-Identifier: LGPL-3.0-or-later
"""Power diagrams: definition, measures, derivatives, the fit of weights, periodic images."""

from dataclasses import replace

import numpy as np
import pytest

from jadeite.microstructure.errors import TessellationError
from jadeite.microstructure.tessellation.fit import Cells, fit_weights, keep_clear_of, relax, with_clear_sides
from jadeite.microstructure.tessellation.laguerre import power_diagram

CASES = [(2, ()), (2, (0,)), (3, ()), (3, (2,)), (3, (0, 2))]


def scattered(count, dimension, periodic, generator):
    box = count ** (1 / dimension) * np.array([1.2, 1 / 1.2, 1.0])[:dimension]
    seeds = generator.uniform(0.0, 1.0, (count, dimension)) * box
    level = np.zeros(count)
    return Cells(
        box, periodic, seeds, np.zeros(count), np.full(count, np.prod(box) / count), level, level + box[1], level
    )


@pytest.mark.parametrize(("dimension", "periodic"), CASES)
def test_measures_agree_with_counting_points(dimension, periodic, generator):
    cells = replace(scattered(60, dimension, periodic, generator), weights=generator.uniform(0.0, 0.15, 60))
    diagram = cells.diagram()
    assert diagram.measure.sum() == pytest.approx(np.prod(cells.box), rel=1e-12)
    points = generator.uniform(0.0, 1.0, (20000, dimension)) * cells.box
    apart = points[:, None] - cells.seeds
    for axis in periodic:
        apart[:, :, axis] -= cells.box[axis] * np.rint(apart[:, :, axis] / cells.box[axis])
    owner = np.argmin(np.sum(apart**2, axis=2) - cells.weights, axis=1)
    share = np.bincount(owner, minlength=60) / len(points)
    exact = diagram.measure / np.prod(cells.box)
    assert np.all(np.abs(share - exact) < 5 * np.sqrt(np.maximum(exact, 1e-4) / len(points)))
    # a cell's centroid is the mean of its points, seen from its seed
    large = np.flatnonzero(exact > 0.02)
    for cell in large:
        inside = owner == cell
        mean = cells.seeds[cell] + apart[inside, cell].mean(axis=0)
        scatter = apart[inside, cell].std(axis=0) / np.sqrt(inside.sum())
        assert np.all(np.abs(mean - diagram.centroids[cell]) < 5 * scatter)


@pytest.mark.parametrize(("dimension", "periodic"), CASES)
def test_stiffness_is_the_derivative_of_the_measures(dimension, periodic, generator):
    cells = replace(scattered(40, dimension, periodic, generator), weights=generator.uniform(0.0, 0.15, 40))
    direction = generator.standard_normal(40)
    more, less = (
        power_diagram(cells.seeds, cells.weights + step * direction, cells.box, periodic).measure
        for step in (1e-5, -1e-5)
    )
    np.testing.assert_allclose(cells.diagram().stiffness @ direction, (more - less) / 2e-5, atol=1e-7)


@pytest.mark.parametrize(("dimension", "periodic"), CASES)
def test_fitted_measures(dimension, periodic, generator):
    cells = scattered(80, dimension, periodic, generator)
    measures = generator.lognormal(0.0, 1.0, 80)
    measures *= np.prod(cells.box) / measures.sum()
    fitted, diagram = fit_weights(replace(cells, measures=measures), 1e-8)
    np.testing.assert_allclose(diagram.measure, measures, rtol=1e-8)
    np.testing.assert_allclose(fitted.diagram().measure, measures, rtol=1e-8)


def test_centroid_steps_bring_seeds_to_the_centroids(generator):
    cells = scattered(60, 3, (), generator)
    relaxed = relax(cells)
    before, after = (np.linalg.norm(part.diagram().centroids - part.seeds, axis=1).mean() for part in (cells, relaxed))
    assert after < 0.35 * before


def test_a_single_grain_fills_the_box():
    for dimension in (2, 3):
        box = np.array([1.0, 2.0, 1.5])[:dimension]
        diagram = power_diagram(0.3 * box[None], np.zeros(1), box)
        assert diagram.measure[0] == pytest.approx(np.prod(box), rel=1e-14)
        np.testing.assert_allclose(diagram.centroids[0], 0.5 * box, rtol=1e-13)


@pytest.mark.parametrize(("dimension", "periodic"), [(2, (0,)), (3, ()), (3, (0, 2))])
def test_no_boundary_near_the_points_to_keep_clear_of(dimension, periodic, generator):
    cells = relax(scattered(60, dimension, periodic, generator))
    points = generator.uniform(0.05, 0.95, (4, dimension)) * cells.box
    moved = keep_clear_of(cells, points, 0.15)
    directions = generator.standard_normal((200, dimension))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    site = moved.diagram().points
    inside = site.wall == 0

    def owner(places):
        power = np.sum((places[:, None] - site.position[inside]) ** 2, axis=2) - site.weight[inside]
        return np.argmin(power, axis=1)

    for point in points:
        # the whole sphere around the point lies in the cell of the point
        around = point + 0.1499 * directions
        for axis in set(range(dimension)) - set(periodic):
            around = around[(around[:, axis] >= 0) & (around[:, axis] <= cells.box[axis])]
        assert np.all(owner(around) == owner(point[None]))
    np.testing.assert_allclose(np.sort(moved.diagram().measure), np.sort(cells.measures), rtol=1e-6)


def test_failure_to_keep_clear_says_how_close_it_came(generator):
    cells = relax(scattered(60, 2, (), generator))
    points = np.stack(np.meshgrid(*[np.linspace(0.5, side - 0.5, 20) for side in cells.box]), axis=-1).reshape(-1, 2)
    with pytest.raises(TessellationError, match=r"only by \d+% of the distance"):
        keep_clear_of(cells, points, 0.4)


def test_moved_sides_leave_fewer_short_pieces(generator):
    def short_pieces(cells):
        diagram = cells.diagram()
        ends = diagram.vertices[diagram.rim_ends]
        low, high = np.sort(ends[:, :, 0], axis=1).T
        length = np.linalg.norm(np.diff(ends, axis=1)[:, 0], axis=1)
        pieces = 0
        for side in (0.0, cells.box[0]):
            cut = (low < side) & (high > side)
            part = (side - low[cut]) / (high - low)[cut]
            pieces += np.sum(np.minimum(part, 1 - part) * length[cut] < 0.05)
        return pieces

    before, after = 0, 0
    for _ in range(5):
        cells = relax(scattered(60, 2, (0,), generator))
        before, after = before + short_pieces(cells), after + short_pieces(with_clear_sides(cells))
    assert after < 0.3 * before
