# SPDX-License-Identifier: LGPL-3.0-or-later
"""Filling closed triangulations: exact volumes, kept triangles, nested bodies, input that bounds nothing."""

import numpy as np
import pytest

from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.quality import tetrahedron_volumes
from jadeite.microstructure.solid.fill import ALGORITHMS, fill_solid
from jadeite.microstructure.solid.size_grid import sample_sizes

# a cube of eight points; its twelve triangles look outward
CUBE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], dtype=float)
SQUARES = np.array([[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [2, 3, 7, 6], [0, 4, 7, 3], [1, 2, 6, 5]])
SHELL = np.concatenate([SQUARES[:, [0, 1, 2]], SQUARES[:, [0, 2, 3]]])


def nested_cubes(inside):
    """A cube of edge 4 around one of edge 2, which is volume 1 or, for -1, a hole."""
    points = np.concatenate([4.0 * CUBE, 1.0 + 2.0 * CUBE]) * 1e-6
    sides = np.concatenate([np.tile([0, -1], (12, 1)), np.tile([inside, 0], (12, 1))])
    return points, np.concatenate([SHELL, SHELL + 8]), sides


def divided(points, triangles, sides):
    """The same surfaces with every triangle in four."""
    edges = np.sort(np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=2), axis=2)
    ends, middle = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
    a, b, c = triangles.T
    ab, bc, ca = (len(points) + middle.reshape(-1, 3)).T
    smaller = np.stack([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]).transpose(0, 2, 1).reshape(-1, 3)
    return np.concatenate([points, points[ends].mean(axis=1)]), smaller, np.tile(sides, (4, 1))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("inside", [1, -1])
def test_nested_bodies_are_filled_exactly(inside, algorithm):
    points, triangles, sides = nested_cubes(inside)
    filling = fill_solid(points, triangles, sides, 1e-6, algorithms=[algorithm])
    assert filling.algorithm == algorithm
    np.testing.assert_array_equal(filling.points[:16], points)
    volume = np.bincount(filling.cell_volume, weights=tetrahedron_volumes(filling.points, filling.cells))
    np.testing.assert_allclose(volume, [56e-18, 8e-18][: len(volume)], rtol=1e-12)
    assert len(volume) == (2 if inside == 1 else 1)


def test_size_decides_how_many_cells():
    surfaces = divided(*divided(*nested_cubes(1)))
    coarse, fine = (len(fill_solid(*surfaces, size).cells) for size in (1e-6, 0.25e-6))
    assert fine > 3 * coarse


def test_equal_input_gives_equal_meshes():
    first, second = (fill_solid(*divided(*nested_cubes(1)), 0.5e-6) for _ in range(2))
    np.testing.assert_array_equal(first.points, second.points)
    np.testing.assert_array_equal(first.cells, second.cells)


def test_triangulations_that_bound_nothing_are_refused():
    points, triangles, sides = nested_cubes(1)
    with pytest.raises(ValueError, match="leave a hole"):
        fill_solid(points, triangles[1:], sides[1:], 1e-6)
    with pytest.raises(ValueError, match="corner of no triangle"):
        fill_solid(np.concatenate([points, [[0.0, 0.0, 0.0]]]), triangles, sides, 1e-6)
    with pytest.raises(ValueError, match="two different volumes"):
        fill_solid(points, triangles, np.zeros_like(sides), 1e-6)


def test_surfaces_that_cross_are_a_meshing_error_with_every_attempt():
    points, triangles, sides = nested_cubes(1)
    points[8:] += [2.5e-6, 0.0, 0.0]
    with pytest.raises(MeshingError, match=r"HXT.*Delaunay"):
        fill_solid(points, triangles, sides, 1e-6, algorithms=["HXT", "Delaunay"])


def test_nested_grids_find_a_sharp_place():
    place = np.array([0.31, 0.47, 0.62])

    def sizes(points):
        return np.minimum(0.1, 0.001 + 0.3 * np.linalg.norm(points - place, axis=1))

    grid = sample_sizes(sizes, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0], 0.1)
    points = np.concatenate([np.random.default_rng(1).random((2000, 3)), place + np.linspace(0, 0.1, 50)[:, None]])
    points = np.minimum(points, 1.0)
    assert np.max(np.abs(grid(points) / sizes(points) - 1.0)) < 0.6
    assert sum(level.values.size for level in grid.grids) < 20000
