# SPDX-License-Identifier: LGPL-3.0-or-later
"""A boundary that opens: its points part between its ends, and nothing else changes."""

from dataclasses import replace

import numpy as np
import pytest

from jadeite.microstructure.network.tables import TripleLineTable
from jadeite.microstructure.opened_boundary import open_boundary, openable
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.verification.bricks import brick_mesh, repeating


def three_grains():
    """A T: one grain above, two below, in a square of 4 x 4 bricks; the triple point is in the middle."""
    labels = np.zeros((4, 4), dtype=int)
    labels[:2, :2], labels[2:, :2] = 1, 2
    mesh = brick_mesh(labels, 1.0)
    middle = np.flatnonzero(np.all(np.isclose(mesh.points, 2.0), axis=1))
    return replace(mesh, triple_lines=TripleLineTable(ridges=middle.reshape(-1, 1)))


def test_points_part_but_at_the_triple_point():
    mesh = three_grains()
    row = mesh.surfaces.name.index("grain 2 | grain 3")
    opened = open_boundary(mesh, row)
    # two of its three points are not on the triple point; the one at the surface parts too
    assert len(opened.points) == len(mesh.points) + 2
    walls = opened.facets[opened.facet_surface == row]
    assert len(walls) == 4 and opened.surfaces.kind[row] is SurfaceKind.PORE_WALL
    area = 0.5 * np.linalg.det(opened.points[opened.cells[:, 1:]] - opened.points[opened.cells[:, :1]])
    assert area.sum() == pytest.approx(16.0) and (area > 0.0).all()
    np.testing.assert_array_equal(opened.cell_region, mesh.cell_region)


def test_other_boundaries_keep_their_facets():
    mesh = three_grains()
    row = mesh.surfaces.name.index("grain 1 | grain 2")
    opened = open_boundary(mesh, row)
    for other in range(len(mesh.surfaces)):
        if other != row:
            before, after = (
                np.sort(m.points[m.facets[m.facet_surface == other]].mean(axis=1), axis=0) for m in (mesh, opened)
            )
            np.testing.assert_allclose(after, before)


def test_which_boundaries_open():
    mesh = three_grains()
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    assert openable(mesh, rows).all()
    # one that reaches a periodic side would have to open on the other as well
    across = openable(repeating(mesh, (0,)), rows)
    names = [mesh.surfaces.name[row] for row in rows]
    assert dict(zip(names, across.tolist(), strict=True)) == {
        "grain 1 | grain 2": False,
        "grain 1 | grain 3": False,
        "grain 2 | grain 3": True,
    }


def test_a_particle_does_not_come_loose():
    labels = np.zeros((5, 5), dtype=int)
    labels[1:4, 1:4] = 1
    mesh = brick_mesh(labels, 1.0)
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    assert not openable(mesh, rows).any()


def test_a_boundary_between_its_ends_alone_cannot_open():
    labels = np.array([[0, 0], [1, 2]])
    mesh = brick_mesh(labels, 1.0)
    mesh = replace(mesh, triple_lines=TripleLineTable(ridges=np.arange(len(mesh.points)).reshape(-1, 1)))
    (row, *_) = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    assert not openable(mesh, np.array([row])).any()
    with pytest.raises(ValueError, match="no point between its ends"):
        open_boundary(mesh, int(row))
