# SPDX-License-Identifier: LGPL-3.0-or-later
"""The plating electrode: random unwetted areas with their share and correlation, and grooves at grain boundaries."""

import numpy as np
import pytest

from jadeite.case.microstructure import UnwettedArea
from jadeite.microstructure.build import build
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.plane.build import cut_geometry
from jadeite.microstructure.plane.contact import random_intervals
from jadeite.microstructure.tagged_mesh import SurfaceKind

GRAINS = {
    "width": "40 um",
    "separator": {"thickness": "12 um", "polycrystal": {"grain_size": {"law": "lognormal", "mean": "4 um"}}},
    "pores": [],
    "flaws": [],
    "unwetted_patches": [],
    "mesh": {"interior_size": "2 um", "boundary_size": "1 um", "tip_size": "0.2 um", "growth": 0.5},
}


def area(fraction, length="1 um"):
    return UnwettedArea(fraction=fraction, correlation_length=length)


@pytest.mark.parametrize("fraction", [0.05, 0.3, 0.5, 0.8])
def test_the_share_is_exact_and_what_is_taken_stays_in_contact(generator, fraction):
    width, taken = 100e-6, [(20e-6, 21e-6), (70e-6, 70e-6)]
    patches = np.array(random_intervals(area(fraction), width, False, taken, generator))
    assert np.diff(patches, axis=1).sum() == pytest.approx(fraction * width, rel=1e-6)
    assert patches.min() > 0.0
    assert patches.max() < width
    assert np.all(patches[1:, 0] > patches[:-1, 1])
    for low, high in taken:
        assert not np.any((patches[:, 0] < high + 1e-9) & (patches[:, 1] > low - 1e-9))


def test_patches_are_as_long_as_the_correlation_says(generator):
    # Rice: a field with covariance exp(-(x/l)^2) crosses its mean sqrt(2)/(pi l) times per length
    width = 2000e-6
    patches = random_intervals(area(0.5), width, False, [], generator)
    expected = width / 1e-6 * np.sqrt(2.0) / np.pi / 2
    # the variance of the number is below that of a Poisson process; short intervals are left out
    assert len(patches) == pytest.approx(expected, rel=0.08)


def test_a_periodic_field_goes_on_at_the_other_side(generator):
    # both ends lie in the same patch or in the same contact, unless one begins just there; otherwise half of them would
    near, agree = 1.2e-6, 0
    for _ in range(40):
        patches = random_intervals(area(0.5, "20 um"), 60e-6, True, [], generator)
        agree += (patches[0][0] < near) == (patches[-1][1] > 60e-6 - near)
    assert agree >= 34


def test_a_share_that_flaws_leave_no_room_for_is_refused(generator):
    with pytest.raises(MicrostructureError, match=r"leave at most 0\.[34]"):
        random_intervals(area(0.7), 10e-6, False, [(1e-6, 7e-6)], generator)


def test_random_patches_of_a_recipe(recipe_of):
    recipe = recipe_of(
        "nzsp_polycrystal",
        **(
            GRAINS
            | {
                "flaws": [{"name": "a", "position": "20 um", "depth": "3 um", "mouth_width": "0.2 um"}],
                "unwetted_area": {"fraction": 0.3, "correlation_length": "5 um"},
            }
        ),
    )
    mesh = build(recipe)
    rows = mesh.surfaces.rows(SurfaceKind.UNWETTED_PATCH)
    assert mesh.surfaces.measure[rows].sum() == pytest.approx(0.3 * 40e-6, rel=1e-6)
    assert [patch.name for patch in mesh.patches] == [f"area {k}" for k in range(1, len(mesh.patches) + 1)]
    assert mesh.statistics["unwetted_fraction"] == pytest.approx(0.3, rel=1e-6)
    wetted = mesh.surfaces.measure[mesh.surfaces.name.index("plating electrode")]
    assert wetted == pytest.approx(0.7 * 40e-6 - 0.2e-6, rel=1e-6)


def test_grooves_dip_at_every_grain_boundary(recipe_of):
    depth, width = 0.05e-6, 0.2e-6
    grooves = {"depth": "0.05 um", "width": "0.2 um"}
    flat, _, _ = cut_geometry(recipe_of("nzsp_polycrystal", **GRAINS))
    geometry, _, _ = cut_geometry(recipe_of("nzsp_polycrystal", **(GRAINS | {"grooves": grooves})))
    # where boundaries end on the flat electrode
    edge = (flat.edge_regions >= 0).all(axis=1)
    low = flat.points[np.unique(flat.edges[edge])]
    traces = low[low[:, 1] == 0.0, 0]
    assert len(traces) > 5
    assert np.diff(np.sort(traces)).min() > width / 0.4
    electrode = geometry.edge_surface == geometry.surfaces.name.index("plating electrode")
    bottoms = geometry.points[np.unique(geometry.edges[electrode])]
    bottoms = bottoms[bottoms[:, 1] > 1e-12]
    np.testing.assert_allclose(bottoms[:, 1], depth, rtol=1e-9)
    assert len(bottoms) == len(traces)
    removed = flat.regions.measure.sum() - geometry.regions.measure.sum()
    assert removed == pytest.approx(len(traces) * 0.5 * width * depth, rel=1e-6)
    # each bottom is where a boundary ends
    inner = np.unique(geometry.edges[(geometry.edge_regions >= 0).all(axis=1)])
    assert {tuple(point) for point in bottoms} <= {tuple(point) for point in geometry.points[inner]}
    # sodium fills them: the walls are electrode
    left, right = traces - 0.5 * width, traces + 0.5 * width
    order = np.argsort(traces)
    tips = bottoms[np.argsort(bottoms[:, 0]), 0]
    walls = np.hypot(tips - left[order], depth) + np.hypot(right[order] - tips, depth)
    expected = 40e-6 - len(traces) * width + walls.sum()
    assert geometry.surfaces.measure[geometry.surfaces.name.index("plating electrode")] == pytest.approx(expected)
