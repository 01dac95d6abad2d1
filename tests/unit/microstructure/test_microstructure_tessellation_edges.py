# SPDX-License-Identifier: LGPL-3.0-or-later
"""Short edges of tessellations: derivatives against differences, and what lengthening achieves and leaves alone."""

from dataclasses import replace

import numpy as np
import pytest

from jadeite.case.microstructure import Polycrystal
from jadeite.microstructure.tessellation import edge_cleaning
from jadeite.microstructure.tessellation.fit import Cells, relax, with_clear_sides
from jadeite.microstructure.tessellation.tessellate import GrainLayer, tessellate


def scattered(count, dimension, periodic, generator):
    box = np.full(dimension, count ** (1 / dimension))
    seeds = generator.uniform(0.0, 1.0, (count, dimension)) * box
    measures = generator.lognormal(0.0, 0.3 * dimension, count)
    measures *= np.prod(box) / measures.sum()
    level = np.zeros(count)
    return Cells(box, periodic, seeds, np.zeros(count), measures, level, level + box[1], level.astype(int))


@pytest.mark.parametrize(("dimension", "periodic"), [(2, ()), (2, (0,)), (3, ()), (3, (0, 2))])
def test_lengths_and_measures_change_as_their_derivatives_say(dimension, periodic, generator, monkeypatch):
    # so large a limit takes in edges of every kind: inside, on walls, cut by periodic sides
    monkeypatch.setattr(edge_cleaning, "SHORTEST", 0.4)
    monkeypatch.setattr(edge_cleaning, "SHORTEST_OF_SMALL", 1.0)
    cells = relax(scattered(40, dimension, periodic, generator))
    direction = generator.standard_normal((40, dimension + 1))
    size = 1e-7
    more, less = (
        replace(
            cells, seeds=cells.seeds + step * direction[:, :-1], weights=cells.weights + step * direction[:, -1]
        ).diagram()
        for step in (size, -size)
    )
    predicted = edge_cleaning._measure_derivative(cells.diagram()) @ direction.ravel()
    np.testing.assert_allclose(predicted, (more.measure - less.measure) / (2 * size), atol=1e-5)

    short = edge_cleaning._short_edges(cells, cells.diagram())
    moved = replace(cells, seeds=more.points.position[:40], weights=more.points.weight[:40])
    after = edge_cleaning._short_edges(moved, more)
    assert len(short.length) == len(after.length) > 10
    expected = short.length + size * (short.derivative @ direction.ravel())
    assert (
        np.abs(np.sort(expected) - np.sort(after.length)).max() < 1e-3 * size * np.abs(short.derivative).max() + 1e-10
    )


@pytest.mark.parametrize(("dimension", "periodic"), [(2, (0,)), (3, ()), (3, (0, 2))])
def test_short_edges_disappear_and_sizes_stay(dimension, periodic, generator):
    cells = with_clear_sides(relax(scattered(60, dimension, periodic, generator)))
    before = edge_cleaning._short_edges(cells, cells.diagram())
    cleaned = edge_cleaning.lengthen_short_edges(cells)
    after = edge_cleaning._short_edges(cleaned, cleaned.diagram())
    assert after.badness < 0.02 * before.badness
    np.testing.assert_allclose(cleaned.diagram().measure, cells.measures, rtol=1e-6)
    # grains stay where they were, to a part of their size
    moved = cleaned.seeds - cells.seeds
    for axis in periodic:
        moved[:, axis] -= cells.box[axis] * np.rint(moved[:, axis] / cells.box[axis])
    assert np.linalg.norm(moved, axis=1).mean() < 0.2


@pytest.mark.parametrize("periodic", [(), (0, 2)])
@pytest.mark.parametrize("shape", ["equiaxed", "columnar"])
def test_tessellations_in_space_have_no_very_short_edges(periodic, shape):
    size = {"law": "lognormal", "mean": "4 um", "coefficient_of_variation": 0.3}
    grains = Polycrystal.model_validate({"grain_size": size, "shape": {"law": shape}})
    box = np.array([15e-6, 13e-6, 14e-6])
    for seed in range(2):
        cells = tessellate(box, [GrainLayer(0.0, box[1], grains)], np.random.default_rng(seed), periodic=periodic)
        length = np.linalg.norm(np.diff(cells.vertices[cells.edges()], axis=1)[:, 0], axis=1)
        assert length.min() > 0.02 * 4e-6
        assert np.mean(length < 0.05 * 4e-6) < 0.01
        np.testing.assert_allclose(cells.grain_measures(), cells.target_measures, rtol=1e-6)
