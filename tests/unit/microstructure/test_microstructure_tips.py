# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tips at or near a boundary: rounding changes nothing, near misses leave good cells, the rest stays in place."""

from functools import cache

import numpy as np
import pytest
import yaml

from jadeite.case.loading import parse_recipe
from jadeite.microstructure.build import build
from jadeite.microstructure.plane.arrangement import arrange
from jadeite.microstructure.plane.grains import grow_ceramic
from jadeite.microstructure.plane.tips import SHARE_OF_CELL, BoundaryEdges
from jadeite.microstructure.quality import radius_ratios
from jadeite.microstructure.random_streams import RandomStreams

HEIGHT, CELL = 20e-6, 0.2e-6
MISSES = [1e-13, -1e-13, 1e-11, -1e-11, 1e-9, -1e-9]


def recipe(tilt, miss, form="cut"):
    """A flaw that misses the boundary between two layers by a distance in m, positive beyond it."""
    depth = (HEIGHT + miss) / float(np.cos(np.radians(tilt)))
    flaw = {"name": "a", "position": "80 um", "depth": f"{depth!r} m", "tilt": f"{tilt} deg", "form": form}
    if form != "cut":
        flaw["mouth_width"] = "2 um"
    layers = [{"thickness": f"{HEIGHT!r} m"}, {"thickness": "100 um"}]
    sizes = {"interior_size": "15 um", "boundary_size": "10 um", "tip_size": f"{CELL!r} m", "growth": 0.25}
    parts = {"dimension": 2, "width": "200 um", "separator": {"layers": layers}, "flaws": [flaw], "mesh": sizes}
    return parse_recipe(yaml.safe_dump(parts))


@cache
def meshed(tilt, miss, form="cut"):
    return build(recipe(tilt, miss, form))


@pytest.mark.parametrize("miss", MISSES)
@pytest.mark.parametrize("tilt", [0, 20, -30, 45, 60])
def test_a_miss_by_rounding_gives_the_mesh_of_a_hit(tilt, miss):
    hit, mesh = meshed(tilt, 0.0), meshed(tilt, miss)
    assert mesh.cells.shape == hit.cells.shape
    assert np.array_equal(mesh.cells, hit.cells)
    assert np.allclose(mesh.points, hit.points, rtol=0.0, atol=1e-15)
    (flaw,) = mesh.flaws
    expected = np.array([80e-6 + HEIGHT * np.tan(np.radians(tilt)), HEIGHT])
    assert np.allclose(flaw.tip, expected, rtol=0.0, atol=1e-16)
    assert flaw.depth == pytest.approx(HEIGHT / np.cos(np.radians(tilt)), rel=1e-11)
    assert flaw.direction == pytest.approx((np.sin(np.radians(tilt)), np.cos(np.radians(tilt))), abs=1e-11)
    assert flaw.tip_region == "layer 2"
    # the tip is one point, and both grains meet there
    at = np.flatnonzero(np.all(mesh.points == flaw.tip, axis=1))
    assert len(at) == 1
    assert set(mesh.cell_region[np.any(mesh.cells == at, axis=1)]) == {0, 1}


@pytest.mark.parametrize("share", [1e-3, 0.9 * SHARE_OF_CELL, 1.1 * SHARE_OF_CELL, 0.05, 0.3, 1.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("tilt", [0, 45])
def test_cells_at_a_near_miss_are_good(tilt, side, share):
    mesh = meshed(tilt, side * share * CELL)
    assert radius_ratios(mesh.points, mesh.cells).min() > 0.4
    assert len(mesh.cells) < 3 * len(meshed(tilt, 0.0).cells)
    moved = mesh.flaws[0].tip[1] == pytest.approx(HEIGHT, abs=1e-15)
    assert moved == (share < SHARE_OF_CELL)


@pytest.mark.parametrize("miss", [-1e-13, 1e-11])
def test_notches_and_filaments_reach_the_boundary_too(miss):
    for form in ("notch", "filament"):
        mesh = meshed(0, miss, form)
        assert mesh.flaws[0].tip == (80e-6, HEIGHT)
        assert len(mesh.cells) == len(meshed(0, 0.0, form).cells)


@pytest.mark.parametrize("miss", [0.0, 1e-13, -1e-13, 1e-9, -1e-9])
def test_both_ends_of_a_crack_are_moved_and_its_record_with_them(miss):
    # from one boundary to the next
    half = f"{0.5 * (HEIGHT + miss)!r} m"
    layers = [{"thickness": f"{HEIGHT!r} m"}] * 3
    crack = {"name": "a", "centre": ["50 um", f"{1.5 * HEIGHT!r} m"], "half_length": half}
    parts = {
        "dimension": 2, "width": "100 um", "separator": {"layers": layers}, "cracks": [crack],
        "mesh": {"interior_size": "10 um", "boundary_size": "6 um", "tip_size": "0.2 um"},
    }  # fmt: skip
    mesh = build(parse_recipe(yaml.safe_dump(parts)))
    (found,) = mesh.cracks
    assert np.allclose(found.front, [(50e-6, HEIGHT), (50e-6, 2 * HEIGHT)], rtol=0.0, atol=1e-16)
    assert found.half_length == pytest.approx(0.5 * HEIGHT, rel=1e-11)
    assert found.centre == pytest.approx((50e-6, 1.5 * HEIGHT), rel=1e-11)
    assert found.normal == pytest.approx((1.0, 0.0), abs=1e-11)
    assert radius_ratios(mesh.points, mesh.cells).min() > 0.4
    row = mesh.surfaces.name.index("crack a")
    assert mesh.surfaces.measure[row] == pytest.approx(2 * HEIGHT, rel=1e-11)


@pytest.fixture(scope="module")
def boundaries(recipe_of):
    """Boundaries of a polycrystal."""
    given = recipe_of("nzsp_polycrystal", pores=[], flaws=[], unwetted_patches=[])
    streams = RandomStreams.of(given.seed)
    return BoundaryEdges.of(arrange(grow_ceramic(given, streams.grains, streams.orientations)[0]))


def test_a_tip_near_a_triple_point_goes_there_and_one_near_an_edge_goes_along_its_crack(boundaries):
    ends, generator = boundaries.ends, np.random.default_rng(1)
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    size = 0.1 * float(np.median(length))
    reach = SHARE_OF_CELL * size
    for start, end in ends[length > 2 * size]:
        angle = generator.uniform(0.0, 2 * np.pi)
        away = 0.9 * reach * np.array([np.cos(angle), np.sin(angle)])
        direction = tuple(generator.permutation([0.6, 0.8]).tolist())
        assert boundaries.settle(tuple((start + away).tolist()), direction, size) == tuple(start.tolist())
        tip = 0.5 * (start + end) + 0.9 * away
        x, y = boundaries.settle(tuple(tip.tolist()), direction, size)
        along = (end - start) / np.hypot(*(end - start))
        assert abs(along[0] * (y - start[1]) - along[1] * (x - start[0])) < 1e-6 * reach
        met = abs(along[0] * direction[1] - along[1] * direction[0])
        if met > 0.3:
            assert abs(direction[0] * (y - tip[1]) - direction[1] * (x - tip[0])) < 1e-6 * reach
        else:
            assert np.hypot(x - tip[0], y - tip[1]) < 4.0 * reach
        far = tuple((0.5 * (start + end) + 3 * size * np.array([-along[1], along[0]])).tolist())
        if min(np.min(np.hypot(*(ends.reshape(-1, 2) - far).T)), _distance(ends, far)) > reach:
            assert boundaries.settle(far, direction, size) == far


def _distance(ends, point):
    start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    share = np.clip(np.sum((point - start) * along, axis=1) / np.sum(along**2, axis=1), 0.0, 1.0)
    return np.hypot(*(start + share[:, None] * along - point).T).min()
