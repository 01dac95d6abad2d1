# SPDX-License-Identifier: LGPL-3.0-or-later
"""Grooves in a plane mesh: depth on the boundary, the section they take away, and grooves that do not fit."""

import numpy as np
import pytest
from test_cuts import grid

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.solid.geometry import Grooves
from jadeite.microstructure.solid.surface_map import press_grooves
from jadeite.microstructure.tagged_mesh import RegionTable, SurfaceKind, SurfaceTable, TaggedMesh


@pytest.fixture
def two_grains():
    """A square of 40 x 40 x 2 triangles in m, with a grain boundary in the middle."""
    points, cells = grid(40, 40)
    points = points / 40.0
    measure = np.cross(*(np.pad(points[cells[:, k]] - points[cells[:, 0]], ((0, 0), (0, 1))) for k in (1, 2)))[:, 2]
    cells[measure < 0] = cells[measure < 0][:, [0, 2, 1]]
    wall = np.flatnonzero(points[:, 0] == 0.5)
    wall = wall[np.argsort(points[wall, 1])]
    regions = RegionTable(("a", "b"), ("m", "m"), np.tile([1.0, 0, 0, 0], (2, 1)), np.array([0.5, 0.5]))
    kinds = (SurfaceKind.GRAIN_BOUNDARY,)
    surfaces = SurfaceTable(("a | b",), kinds, np.array([[0, 1]], dtype=np.int32), np.zeros(1), np.ones(1))
    facets = np.stack([wall[:-1], wall[1:]], axis=1)
    region = (points[cells].mean(axis=1)[:, 0] > 0.5).astype(np.int32)
    return TaggedMesh(points, cells, region, facets, np.zeros(len(facets), dtype=np.int32), regions, surfaces)


def area(mesh):
    a, b, c = (mesh.points[mesh.cells[:, k]] for k in range(3))
    return 0.5 * np.sum((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def test_a_groove_is_a_notch_over_the_boundary(two_grains):
    # the mesh has points at both ends and in the middle of the groove, so that its section is exact
    grooved = press_grooves(two_grains, Grooves(0.04, 0.2))
    assert area(two_grains) - area(grooved) == pytest.approx(0.5 * 0.04 * 0.2, rel=1e-9)
    bottom = grooved.points[(two_grains.points[:, 1] == 0.0) & (two_grains.points[:, 0] == 0.5)]
    np.testing.assert_allclose(bottom, [[0.5, 0.04]], rtol=1e-12)
    np.testing.assert_array_equal(grooved.points[:, 0], two_grains.points[:, 0])
    far = two_grains.points[:, 1] > 0.21
    np.testing.assert_array_equal(grooved.points[far], two_grains.points[far])
    assert press_grooves(two_grains, None) is two_grains


def test_grooves_deeper_than_the_plate_are_refused(two_grains):
    with pytest.raises(MicrostructureError, match="turn cells inside out"):
        press_grooves(two_grains, Grooves(1.2, 2.4))
