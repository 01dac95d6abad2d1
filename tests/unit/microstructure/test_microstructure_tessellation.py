# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tessellations: exact sizes, exact tiling, matching periodic sides, shapes, phases and layers."""

import numpy as np
import pytest
from scipy.stats import kstest, lognorm

from jadeite.case.microstructure import Polycrystal
from jadeite.microstructure.errors import TessellationError
from jadeite.microstructure.tessellation.tessellate import GrainLayer, tessellate

BOX = {2: np.array([60e-6, 50e-6]), 3: np.array([14e-6, 12e-6, 13e-6])}
CASES = [(2, ()), (2, (0,)), (3, ()), (3, (0,)), (3, (0, 2))]


def polycrystal(mean=4e-6, variation=0.35, **more):
    size = {"law": "lognormal", "mean": f"{mean} m", "coefficient_of_variation": variation}
    return Polycrystal.model_validate({"grain_size": size, **more})


def grown(box, seed=3, periodic=(), **more):
    return tessellate(
        box, [GrainLayer(0.0, box[1], polycrystal(**more))], np.random.default_rng(seed), periodic=periodic
    )


def half_edges(cells):
    """Cell, first and second vertex of every edge of every cell, around each face as seen from outside of the cell."""
    sizes = np.diff(cells.face_offsets)
    face = np.repeat(np.arange(len(sizes)), sizes)
    if cells.dimension == 2:
        start, end, face = cells.face_vertices[::2], cells.face_vertices[1::2], np.arange(len(sizes))
    else:
        following = np.arange(1, len(face) + 1)
        following[cells.face_offsets[1:] - 1] = cells.face_offsets[:-1]
        start, end = cells.face_vertices, cells.face_vertices[following]
    inner = cells.face_cells[face, 1] >= 0
    return (
        np.append(cells.face_cells[face, 0], cells.face_cells[face[inner], 1]),
        np.append(start, end[inner]),
        np.append(end, start[inner]),
    )


def assert_valid(cells):
    measures = cells.measures()
    assert measures.min() > 0
    assert measures.sum() == pytest.approx(np.prod(cells.box), rel=1e-12)
    assert np.all(cells.vertices >= 0)
    assert np.all(cells.vertices <= cells.box)
    cell, start, end = half_edges(cells)
    total = len(cells.vertices)
    if cells.dimension == 2:
        # every vertex of a cell is left once and reached once
        assert np.array_equal(np.sort(cell * total + start), np.sort(cell * total + end))
        assert len(np.unique(cell * total + start)) == len(cell)
        return
    # every edge of a cell is run through once in each direction: the cell is closed, its faces turn the same way
    forward, backward = (cell * total + start) * total + end, (cell * total + end) * total + start
    assert np.array_equal(np.sort(forward), np.sort(backward))
    assert len(np.unique(forward)) == len(forward)
    # convex polyhedra: V - E + F = 2
    corners = np.bincount(np.unique(cell * total + start) // total)
    faces = np.bincount(cells.face_cells[cells.face_cells >= 0])
    assert np.all(corners - np.bincount(cell) // 2 + faces == 2)
    for k in range(len(cells.face_cells)):
        loop = cells.vertices[cells.face_vertices[cells.face_offsets[k] : cells.face_offsets[k + 1]]]
        out_of_plane = np.linalg.svd(loop - loop.mean(axis=0))[1][2] if len(loop) > 2 else 0.0
        assert out_of_plane < 1e-12 * cells.box.max()


@pytest.mark.parametrize(("dimension", "periodic"), CASES)
def test_cells_have_the_sizes_asked_for_and_tile_the_box(dimension, periodic):
    cells = grown(BOX[dimension], periodic=periodic)
    assert_valid(cells)
    tolerance = {2: 1e-9, 3: 2e-7}[dimension]
    np.testing.assert_allclose(cells.grain_measures(), cells.target_measures, rtol=tolerance)
    np.testing.assert_allclose(cells.diameters(), cells.target_diameters, rtol=tolerance)
    assert len(cells.cell_grain) > len(cells.seeds) if periodic else len(cells.cell_grain) == len(cells.seeds)


@pytest.mark.parametrize(("dimension", "periodic"), CASES)
def test_faces_separate_the_cells_of_least_power_distance(dimension, periodic, generator):
    cells = grown(BOX[dimension], periodic=periodic)
    # along a periodic axis the grain may be nearer to the seed one box further
    moved = cells.seeds[cells.cell_grain] + cells.cell_shift * cells.box
    weight = cells.weights[cells.cell_grain]
    centroids = cells.centroids()
    power = np.sum((centroids[:, None] - moved) ** 2, axis=2) - weight
    least = power.min(axis=1)
    np.testing.assert_allclose(power[np.arange(len(power)), np.arange(len(power))], least, atol=1e-9 * 4e-6**2)
    # every corner of a face is equally far from both its cells, and no nearer to any other
    inner = np.flatnonzero(cells.face_cells[:, 1] >= 0)
    face = np.repeat(np.arange(len(cells.face_cells)), np.diff(cells.face_offsets))
    corner = np.flatnonzero(np.isin(face, inner))
    place = cells.vertices[cells.face_vertices[corner]]
    for side in range(2):
        own = cells.face_cells[face[corner], side]
        own_power = np.sum((place - moved[own]) ** 2, axis=1) - weight[own]
        least = (np.sum((place[:, None] - moved) ** 2, axis=2) - weight).min(axis=1)
        np.testing.assert_allclose(own_power, least, atol=1e-9 * 4e-6**2)


@pytest.mark.parametrize(("dimension", "periodic"), [case for case in CASES if case[1]])
def test_opposite_periodic_sides_show_the_same_tiling(dimension, periodic):
    cells = grown(BOX[dimension], periodic=periodic)
    for axis in periodic:
        across = [k for k in range(dimension) if k != axis]
        sides = []
        for side in range(2):
            shown = {}
            for k in np.flatnonzero(cells.face_cells[:, 1] == -(1 + 2 * axis + side)):
                loop = cells.vertices[cells.face_vertices[cells.face_offsets[k] : cells.face_offsets[k + 1]]]
                assert np.all(loop[:, axis] == side * cells.box[axis])
                cell = cells.face_cells[k, 0]
                shift = cells.cell_shift[cell].copy()
                shift[axis] -= side
                places = loop[:, across]
                shown[(cells.cell_grain[cell], *shift)] = places[np.lexsort(places.T)]
            sides.append(shown)
        assert sides[0].keys() == sides[1].keys()
        for key, places in sides[0].items():
            np.testing.assert_allclose(places, sides[1][key], rtol=0, atol=1e-12 * cells.box.max())
        # no face of a periodic side touches the outside without a partner
        area = [sum(np.ptp(places, axis=0).prod() for places in shown.values()) for shown in sides]
        assert area[0] == pytest.approx(area[1], rel=1e-12)


@pytest.mark.parametrize("dimension", [2, 3])
def test_diameters_follow_the_law_asked_for(dimension):
    count, variation = {2: 1000, 3: 150}[dimension], 0.35
    unit = np.pi / (2 * dimension) * (1 + variation**2) ** {2: 1, 3: 3}[dimension]
    box = np.full(dimension, (count * unit) ** (1 / dimension) * 4e-6)
    cells = grown(box, variation=variation)
    assert len(cells.seeds) == count
    width = np.sqrt(np.log1p(variation**2))
    law = lognorm(width, scale=4e-6 * np.exp(-0.5 * width**2))
    assert kstest(cells.diameters(), law.cdf).pvalue > 0.05


@pytest.mark.parametrize(("dimension", "periodic"), [(2, (0,)), (3, ())])
def test_second_phases_have_their_fractions_and_sizes(dimension, periodic):
    fine = {"law": "lognormal", "mean": "2 um", "coefficient_of_variation": 0.2}
    phases = [{"material": "glass", "fraction": 0.1, "grain_size": fine}, {"material": "sodium", "fraction": 0.25}]
    cells = grown(BOX[dimension], periodic=periodic, second_phases=phases)
    assert_valid(cells)
    share = np.bincount(cells.grain_phase, cells.grain_measures()) / np.prod(cells.box)
    np.testing.assert_allclose(share, [0.65, 0.1, 0.25], rtol=1e-8)
    assert cells.diameters()[cells.grain_phase == 1].mean() == pytest.approx(2e-6, rel=0.02)
    # grains of a phase are scattered: their mean place is the middle of the box within its scatter
    places = cells.centroids()[cells.grain_phase[cells.cell_grain] == 1]
    assert np.all(np.abs(places.mean(axis=0) / cells.box - 0.5) < 5 * np.sqrt(1 / 12 / len(places)))


def test_a_fraction_too_small_for_a_grain_is_an_error():
    with pytest.raises(TessellationError, match="hold no grain of mean diameter 4e-06 m"):
        grown(BOX[3], second_phases=[{"material": "glass", "fraction": 0.001}])


@pytest.mark.parametrize(("dimension", "periodic"), [(2, ()), (2, (0,)), (3, (0, 2))])
def test_layers_have_their_own_sizes_and_volumes(dimension, periodic):
    box = BOX[dimension]
    level = 0.4 * box[1]
    layers = [GrainLayer(0.0, level, polycrystal(2.5e-6)), GrainLayer(level, box[1], polycrystal(5e-6))]
    cells = tessellate(box, layers, np.random.default_rng(0), periodic=periodic)
    assert_valid(cells)
    for number, (mean, share) in enumerate([(2.5e-6, 0.4), (5e-6, 0.6)]):
        own = cells.grain_layer == number
        assert cells.grain_measures()[own].sum() == pytest.approx(share * np.prod(box), rel=1e-6)
        assert cells.diameters()[own].mean() == pytest.approx(mean, rel=0.02)
        low, high = [(0.0, level), (level, box[1])][number]
        assert np.all((cells.seeds[own, 1] >= low * (1 - 1e-12)) & (cells.seeds[own, 1] <= high * (1 + 1e-12)))


def test_layers_must_fill_the_box_and_agree_on_the_shape():
    low, long = polycrystal(), polycrystal(shape={"law": "elongated", "aspect_ratio": 3.0})
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match="fill the box"):
        tessellate((4e-5, 4e-5), [GrainLayer(0.0, 2e-5, low)], generator)
    with pytest.raises(TessellationError, match="one shape"):
        tessellate((4e-5, 4e-5), [GrainLayer(0.0, 2e-5, low), GrainLayer(2e-5, 4e-5, long)], generator)
    columns = polycrystal(shape={"law": "columnar", "direction": "y"})
    with pytest.raises(TessellationError, match="whole separator"):
        tessellate((4e-5, 4e-5), [GrainLayer(0.0, 2e-5, columns), GrainLayer(2e-5, 4e-5, columns)], generator)


def spread(cells):
    """Mean over cells of the standard deviation of the places in them, along each axis (by cones to the corners)."""
    cell, start, end = half_edges(cells)
    middle = cells.centroids()
    corners = np.concatenate([np.stack([cell, start], axis=1), np.stack([cell, end], axis=1)])
    cell, vertex = np.unique(corners, axis=0).T
    away = (cells.vertices[vertex] - middle[cell]) ** 2
    count = np.bincount(cell)
    return np.sqrt(np.stack([np.bincount(cell, column) / count for column in away.T], axis=1)).mean(axis=0)


@pytest.mark.parametrize(("dimension", "direction", "ratio"), [(2, "y", 3.0), (3, "y", 2.5), (3, "x", 0.4)])
def test_elongated_grains_have_their_aspect_ratio(dimension, direction, ratio):
    box = np.array([100e-6, 120e-6]) if dimension == 2 else np.array([16e-6, 16e-6, 16e-6])
    cells = grown(box, shape={"law": "elongated", "direction": direction, "aspect_ratio": ratio})
    assert_valid(cells)
    np.testing.assert_allclose(cells.diameters(), cells.target_diameters, rtol=1e-7)
    axes = spread(cells)
    along = "xyz".index(direction)
    assert axes[along] / np.delete(axes, along).mean() == pytest.approx(ratio, rel=0.1)


@pytest.mark.parametrize("periodic", [(), (0,), (0, 2)])
@pytest.mark.parametrize("direction", ["x", "y", "z"])
def test_columns_are_prisms(direction, periodic):
    cells = grown(np.array([30e-6, 26e-6, 34e-6]), periodic=periodic, shape={"law": "columnar", "direction": direction})
    assert_valid(cells)
    along = "xyz".index(direction)
    assert set(np.unique(cells.vertices[:, along])) == {0.0, cells.box[along]}
    # the size is the diameter of the cross-section
    section = np.prod(cells.box) / cells.box[along]
    assert np.sum(np.pi / 4 * cells.diameters() ** 2) == pytest.approx(section, rel=1e-9)
    assert cells.diameters().mean() == pytest.approx(4e-6, rel=1e-6)
    np.testing.assert_allclose(cells.diameters(), cells.target_diameters, rtol=1e-8)


@pytest.mark.parametrize(("direction", "periodic"), [("x", ()), ("y", ()), ("x", (0,)), ("y", (0,))])
def test_columns_of_the_plane_are_strips(direction, periodic):
    cells = grown(BOX[2], periodic=periodic, shape={"law": "columnar", "direction": direction})
    assert_valid(cells)
    along = "xy".index(direction)
    assert set(np.unique(cells.vertices[:, along])) == {0.0, cells.box[along]}
    np.testing.assert_allclose(cells.grain_measures(), cells.target_measures, rtol=1e-12)
    assert cells.diameters().sum() == pytest.approx(cells.box[1 - along], rel=1e-12)
    assert len(cells.cell_grain) == len(cells.seeds) + (direction == "y" and periodic == (0,))


def distances_to_boundaries(cells, points):
    inner = np.all(cells.face_cells >= 0, axis=1)
    ends = cells.face_vertices.reshape(-1, 2)[inner]
    start, along = cells.vertices[ends[:, 0]], np.diff(cells.vertices[ends], axis=1)[:, 0]
    fraction = np.sum((points[:, None] - start) * along, axis=2) / np.sum(along**2, axis=1)
    foot = start + np.clip(fraction, 0, 1)[:, :, None] * along
    return np.linalg.norm(points[:, None] - foot, axis=2).min(axis=1)


@pytest.mark.parametrize("shape", [{"law": "equiaxed"}, {"law": "elongated"}, {"law": "columnar"}])
@pytest.mark.parametrize("periodic", [(), (0,)])
def test_boundaries_keep_clear_of_points(shape, periodic):
    points = np.array([[10.0, 4.0], [27.0, 12.0], [50.0, 8.0], [30.0, 30.0]]) * 1e-6
    layer = GrainLayer(0.0, BOX[2][1], polycrystal(shape=shape))
    for seed in range(3):
        cells = tessellate(
            BOX[2], [layer], np.random.default_rng(seed), periodic=periodic, keep_clear=points, clearance=0.8e-6
        )
        assert distances_to_boundaries(cells, points).min() >= 0.8e-6 * (1 - 1e-9)
        if shape["law"] != "columnar":
            # sizes may be swapped among grains, but the distribution stays
            np.testing.assert_allclose(cells.diameters(), cells.target_diameters, rtol=1e-8)


@pytest.mark.parametrize("dimension", [2, 3])
def test_equal_seeds_give_equal_tessellations_and_others_do_not(dimension):
    first, again, other = (grown(BOX[dimension], seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(again.vertices, first.vertices)
    assert not np.array_equal(other.seeds, first.seeds)


@pytest.mark.parametrize("dimension", [2, 3])
def test_length_does_not_matter(dimension):
    small = grown(BOX[dimension], seed=0)
    # by a power of two, so that not even rounding differs
    large = grown(BOX[dimension] * 1024, seed=0, mean=4e-6 * 1024)
    np.testing.assert_allclose(small.seeds * 1024, large.seeds, rtol=1e-6)
    np.testing.assert_allclose(small.diameters() * 1024, large.diameters(), rtol=1e-6)


def test_many_kinds_of_boxes_in_space():
    for seed in range(4):
        generator = np.random.default_rng(seed)
        box = generator.uniform(6e-6, 20e-6, 3)
        periodic = [(), (0,), (2,), (0, 2)][seed % 4]
        assert_valid(grown(box, seed=seed, periodic=periodic, variation=float(generator.uniform(0.0, 0.7))))


# tips of drawn flaws of a real recipe, in mean grain sizes: three of them crowd
CROWDED = np.array([[5.955, 0.2322], [4.945, 0.1848], [2.445, 0.1758], [5.631, 0.1334], [5.315, 0.1294]])


def test_crowded_tips_are_kept_clear_of_by_another_arrangement(monkeypatch):
    side, clearance = 6.8356 * 4e-6, 0.2 * 4e-6
    layers, points = [GrainLayer(0.0, side, polycrystal())], CROWDED * 4e-6

    def grains(seed):
        generator = np.random.default_rng(seed)
        return tessellate((side, side), layers, generator, keep_clear=points, clearance=clearance)

    for seed in range(6):
        assert distances_to_boundaries(grains(seed), points).min() >= clearance * (1 - 1e-9)
    monkeypatch.setattr("jadeite.microstructure.tessellation.tessellate.ARRANGEMENTS", 1)
    with pytest.raises(TessellationError, match="kept clear"):
        for seed in range(6):
            grains(seed)
