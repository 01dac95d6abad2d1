# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cuts in meshes of two and three dimensions: fronts stay single, branches and mouths part as topology says."""

import itertools

import numpy as np
import pytest

from jadeite.microstructure.cuts import open_cuts


def grid(*counts):
    """A box of unit cubes (squares), each divided in simplices along its diagonal (Kuhn)."""
    dim = len(counts)
    points = np.stack(np.meshgrid(*(np.arange(n + 1.0) for n in counts), indexing="ij"), axis=-1).reshape(-1, dim)
    strides = np.cumprod([1, *(n + 1 for n in counts[:0:-1])])[::-1]
    corner = np.stack(np.meshgrid(*(np.arange(n) for n in counts), indexing="ij"), axis=-1).reshape(-1, dim) @ strides
    paths = [np.cumsum([0, *strides[list(order)]]) for order in itertools.permutations(range(dim))]
    return points, np.concatenate([corner[:, None] + path for path in paths])


def facets_of(cells):
    """Every facet once, and whether it lies on the surface."""
    all_facets = np.concatenate([np.delete(cells, k, axis=1) for k in range(cells.shape[1])])
    facets, count = np.unique(np.sort(all_facets, axis=1), axis=0, return_counts=True)
    return facets, count == 1


def select(points, facets, inside):
    """Facets all of whose points fulfil a condition."""
    return facets[np.all(inside(points)[facets], axis=1)]


def euler_of_surface(cells):
    """Points minus edges plus triangles of the surface of a solid mesh; of a plane mesh, its number of free edges."""
    facets, outer = facets_of(cells)
    surface = facets[outer]
    edges = np.unique(np.sort(np.concatenate([surface[:, [0, 1]], surface[:, [1, 2]], surface[:, [0, 2]]]), 1), axis=0)
    return len(np.unique(surface)) - len(edges) + len(surface)


@pytest.mark.parametrize("dim", [2, 3])
def test_an_embedded_cut_opens_inside_and_keeps_its_front(dim):
    points, cells = grid(*[6] * dim)

    def on_cut(x):
        return (x[:, 0] == 3) & np.all((x[:, 1:] >= 1) & (x[:, 1:] <= 4), axis=1)

    facets, outer = facets_of(cells)
    inside = on_cut(points) & np.all((points[:, 1:] > 1) & (points[:, 1:] < 4), axis=1)
    cut = select(points, facets, on_cut)
    cut = cut[inside[cut].any(axis=1)]
    opened = open_cuts(points, cells, facets[outer], cut)
    np.testing.assert_array_equal(np.sort(opened.parent[len(points) :]), np.flatnonzero(inside))
    np.testing.assert_array_equal(opened.points, points[opened.parent])
    np.testing.assert_array_equal(opened.parent[opened.cells], cells)
    np.testing.assert_array_equal(opened.facets, facets[outer])
    # both walls lie in the same place, belong to different cells, and are free now
    np.testing.assert_array_equal(opened.parent[opened.walls], np.repeat(cut, 2, axis=0))
    free, now_outer = facets_of(opened.cells)
    assert now_outer.sum() == outer.sum() + 2 * len(cut)
    walls = {tuple(row) for row in np.sort(opened.walls, axis=1).tolist()}
    assert walls <= {tuple(row) for row in free[now_outer].tolist()}
    assert len(walls) == 2 * len(cut)
    side = points[cells[opened.wall_cell]].mean(axis=1)[:, 0] > 3
    assert np.all(side[::2] != side[1::2])
    if dim == 3:
        # the surface and a sphere inside it, pressed flat
        assert euler_of_surface(opened.cells) == 4


@pytest.mark.parametrize("dim", [2, 3])
def test_a_cut_from_the_surface_opens_its_mouth(dim):
    points, cells = grid(*[4] * dim)
    facets, outer = facets_of(cells)
    cut = select(points, facets, lambda x: (x[:, 0] == 2) & (x[:, 1] <= 2))
    opened = open_cuts(points, cells, facets[outer], cut)
    # in 3-D the cut runs through from z = 0 to z = 4, so that its front ends on the surface
    assert len(opened.points) - len(points) == (2 if dim == 2 else 2 * 5)
    if dim == 3:
        assert euler_of_surface(opened.cells) == 2
    # electrode facets next to the mouth are those of the cells
    free, now_outer = facets_of(opened.cells)
    known = {tuple(row) for row in free[now_outer].tolist()}
    assert {tuple(row) for row in np.sort(opened.facets, axis=1).tolist()} <= known


@pytest.mark.parametrize("dim", [2, 3])
def test_crossing_cuts_part_into_four(dim):
    points, cells = grid(*[4] * dim)
    facets, _ = facets_of(cells)
    one = select(points, facets, lambda x: x[:, 0] == 2)
    other = select(points, facets, lambda x: x[:, 1] == 2)
    opened = open_cuts(points, cells, [], np.concatenate([one, other]))
    line = np.flatnonzero((points[:, 0] == 2) & (points[:, 1] == 2))
    copies = np.bincount(opened.parent, minlength=len(points))
    assert np.all(copies[line] == 4)
    on_one_plane = ((points[:, 0] == 2) ^ (points[:, 1] == 2)).sum()
    assert len(opened.points) - len(points) == on_one_plane + 3 * len(line)


@pytest.mark.parametrize("dim", [2, 3])
def test_branching_cuts_part_into_three(dim):
    points, cells = grid(*[4] * dim)
    facets, _ = facets_of(cells)
    one = select(points, facets, lambda x: x[:, 0] == 2)
    branch = select(points, facets, lambda x: (x[:, 1] == 2) & (x[:, 0] >= 2) & (x[:, 0] <= 3))
    opened = open_cuts(points, cells, [], np.concatenate([one, branch]))
    copies = np.bincount(opened.parent, minlength=len(points))
    line = (points[:, 0] == 2) & (points[:, 1] == 2)
    assert np.all(copies[line] == 3)
    assert np.all(copies[(points[:, 0] == 3) & (points[:, 1] == 2)] == 1)


def test_no_cut_changes_nothing():
    points, cells = grid(2, 2)
    opened = open_cuts(points, cells, cells[:, :2], [])
    np.testing.assert_array_equal(opened.points, points)
    np.testing.assert_array_equal(opened.cells, cells)
    assert len(opened.walls) == 0


def test_what_is_no_cut_is_refused():
    points, cells = grid(3, 3)
    facets, outer = facets_of(cells)
    with pytest.raises(ValueError, match="between two cells"):
        open_cuts(points, cells, [], facets[outer][:1])
    inner = facets[~outer]
    with pytest.raises(ValueError, match="given twice"):
        open_cuts(points, cells, [], inner[[0, 0]])
    cut = select(points, facets, lambda x: (x[:, 0] == 1) & (x[:, 1] <= 2))
    with pytest.raises(ValueError, match="on the front"):
        open_cuts(points, cells, [], select(points, facets, lambda x: (x[:, 0] == 1) & (np.abs(x[:, 1] - 1.5) < 1)))
    with pytest.raises(ValueError, match="followed and to be cut"):
        open_cuts(points, cells, cut[:1], cut)
