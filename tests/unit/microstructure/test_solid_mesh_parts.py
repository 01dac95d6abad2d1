# SPDX-License-Identifier: LGPL-3.0-or-later
"""Parts of the solid mesher on their own: division of edges, faces, graded sizes, smoothing of the interior."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from jadeite.microstructure.edge_division import divide_edges
from jadeite.microstructure.solid.faces import Rims, fill_faces
from jadeite.microstructure.solid.fill import fill_solid
from jadeite.microstructure.solid.interior_smoothing import improve, signed_qualities
from jadeite.microstructure.solid.size_grid import grade_sizes, sample_sizes


def test_parts_of_an_edge_are_as_long_as_the_size_function_says():
    start, end = np.zeros((2, 3)), np.array([[1.0, 0.0, 0.0], [0.0, 0.01, 0.0]])
    division = divide_edges(start, end, lambda at: 0.01 + 0.2 * at[:, 0])
    assert division.inner[1] == 0
    position = np.concatenate([[0.0], division.fractions, [1.0]])
    length, middle = np.diff(position), (position[1:] + position[:-1]) / 2
    np.testing.assert_allclose(length / (0.01 + 0.2 * middle), length[0] / (0.01 + 0.2 * middle[0]), rtol=0.05)
    # the integral of 1 / (a + b x) over the edge is ln(1 + b / a) / b
    assert len(length) == pytest.approx(np.log(21.0) / 0.2, abs=1)


def test_graded_sizes_follow_their_law():
    generator = np.random.default_rng(5)
    at, size = np.concatenate([[[0.31, 0.47, 0.62]], generator.random((200, 3))]), np.append(0.0005, np.full(200, 0.05))
    grid = grade_sizes(at, size, 0.1, 0.3, np.zeros(3), np.ones(3), 0.03)
    points = np.concatenate([generator.random((2000, 3)), at[0] + np.linspace(0.0, 0.1, 40)[:, None]])
    exact = np.minimum(0.1, (size + 0.3 * cdist(points, at)).min(axis=1))
    ratio = grid(points) / exact
    assert 0.75 < ratio.min() < ratio.max() < 1.25
    assert sum(level.values.size for level in grid.grids) < 100_000


def square_with_hole():
    """A unit square in a tilted plane with a triangular hole; a triangle beside it."""
    u, v = np.array([0.6, 0.8, 0.0]), np.array([0.0, 0.0, 1.0])
    flat = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.4, 0.4], [0.5, 0.7], [0.7, 0.4], [2, 0.5]], dtype=float)
    points = flat[:, :1] * u + flat[:, 1:] * v
    return points, Rims(np.array([0, 1, 2, 3, 4, 5, 6, 1, 7, 2]), np.array([0, 4, 7, 10]), np.array([0, 2, 3]))


def test_faces_are_filled_in_their_planes_and_keep_their_rims():
    points, rims = square_with_hole()
    sizes = sample_sizes(lambda at: np.full(len(at), 0.1), np.zeros(3), [1.2, 1.6, 1.0], 0.1)
    nodes, triangles, face = fill_faces(points, rims, sizes)
    np.testing.assert_array_equal(nodes[:8], points)
    np.testing.assert_allclose(nodes @ [0.8, -0.6, 0.0], 0.0, atol=1e-15)
    vectors = 0.5 * np.cross(
        nodes[triangles[:, 1]] - nodes[triangles[:, 0]], nodes[triangles[:, 2]] - nodes[triangles[:, 0]]
    )
    area = vectors @ np.array([0.8, -0.6, 0.0])
    assert area.min() > 0.0
    np.testing.assert_allclose(np.bincount(face, area), [1.0 - 0.045, 0.5], rtol=1e-12)
    assert len(nodes) > len(points)
    assert np.count_nonzero(face == 1) == 1


def test_inverted_cells_are_repaired_by_points_inside():
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
    rows = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    triangles = np.array([[row[0], row[k], row[k + 1]] for row in rows for k in (1, 2)])
    filling = fill_solid(corners, triangles, np.tile([0, -1], (12, 1)), 0.2)
    movable = np.arange(len(filling.points)) >= 8
    assert movable.any()
    broken = filling.points.copy()
    broken[np.flatnonzero(movable)[0]] += 0.8
    assert signed_qualities(broken, filling.cells).min() < 0.0
    repaired = improve(broken, filling.cells, movable)
    assert signed_qualities(repaired, filling.cells).min() > 0.05
    np.testing.assert_array_equal(repaired[:8], corners)
