# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sections, clipped polygons and pictures of solids against areas and lengths that geometry gives."""

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from jadeite.output.figures.slicing import (
    Plane,
    Polygons,
    clip,
    clip_outside,
    sections,
    segments_above,
    segments_outside,
    slice_cells,
)
from jadeite.output.figures.solid_edges import boundary_edges, sharp_edges
from jadeite.output.figures.solid_view import (
    OUTER,
    Cut,
    View,
    corner_cut,
    half_cut,
    solid_picture,
    values_in_mesh,
)
from sample_meshes import box_mesh, layered_mesh, solid_grains

SIDE = 20e-6
TILTED = Plane(np.array([1.0, 2.0, 2.0]) / 3.0, 0.7 * SIDE)


def areas(polygons):
    """Areas of convex polygons as fans about their first corner."""
    spokes = polygons.corners[:, 1:] - polygons.corners[:, :1]
    return 0.5 * np.linalg.norm(np.cross(spokes[:, :-1], spokes[:, 1:]), axis=2).sum(axis=1)


def lengths(segments):
    return np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1)


@pytest.fixture(scope="module")
def cube():
    return solid_grains(6, 5, side=SIDE)


@pytest.mark.parametrize(
    ("normal", "area"),
    [
        # through the middle: a square, a rectangle over the diagonal, a regular hexagon
        ([1.0, 0.0, 0.0], SIDE**2),
        ([1.0, 1.0, 0.0], np.sqrt(2) * SIDE**2),
        ([1.0, 1.0, 1.0], 0.75 * np.sqrt(3) * SIDE**2),
    ],
)
def test_sections_of_a_cube_have_their_areas(cube, normal, area):
    normal = np.array(normal) / np.linalg.norm(normal)
    section = slice_cells(cube.points, cube.cells, Plane(normal, normal.sum() * SIDE / 2))
    assert areas(section).sum() == pytest.approx(area, rel=1e-12)
    assert Plane(normal, normal.sum() * SIDE / 2).height(section.corners) == pytest.approx(0.0, abs=1e-12 * SIDE)


def test_a_section_integrates_to_the_volume_of_each_grain(cube):
    positions = (np.arange(60) + 0.5) / 60 * SIDE
    volume = np.zeros(len(cube.regions))
    for position in positions:
        section = slice_cells(cube.points, cube.cells, Plane(np.array([0.0, 1.0, 0.0]), position))
        volume += np.bincount(cube.cell_region[section.source], areas(section), minlength=len(volume)) * SIDE / 60
    # tetrahedra are cubic in height, midpoints with ten a cell are good to a few thousandths
    assert volume == pytest.approx(cube.regions.measure, rel=5e-3)


def test_clipping_keeps_the_area_of_both_sides(cube):
    polygons = Polygons.of_simplices(cube.points, cube.facets)
    above, below = clip(polygons, TILTED, above=True), clip(polygons, TILTED, above=False)
    total = np.bincount(above.source, areas(above), minlength=len(polygons))
    total += np.bincount(below.source, areas(below), minlength=len(polygons))
    assert total == pytest.approx(areas(polygons), rel=1e-9)
    assert TILTED.height(above.corners).min() >= -1e-12 * SIDE
    assert TILTED.height(below.corners).max() <= 1e-12 * SIDE


def test_what_a_cut_leaves_and_takes_add_up(cube):
    planes = corner_cut(0.3 * SIDE, 0.6 * SIDE).planes
    polygons = Polygons.of_simplices(cube.points, cube.facets[cube.facet_surface == 0])
    left = areas(clip_outside(polygons, planes)).sum()
    assert left == pytest.approx(SIDE**2 * (1 - 0.7 * 0.4), rel=1e-12)
    edges = np.array([[[0.0, 0.0, 0.8], [1.0, 0.0, 0.8]], [[0.0, 0.0, 0.0], [1.0, 0.0, 1.0]]]) * SIDE
    assert lengths(segments_above(edges, planes)) == pytest.approx([0.7 * SIDE, 0.4 * np.sqrt(2) * SIDE])
    outside = lengths(segments_outside(edges, planes))
    assert outside == pytest.approx(np.array([0.3, 0.6 * np.sqrt(2)]) * SIDE)


def test_the_trace_of_a_cube_in_a_plane_is_its_outline(cube):
    outer = cube.facets[np.isin(cube.facet_surface, cube.surfaces.rows(*OUTER))]
    middle = Plane(np.ones(3) / np.sqrt(3), np.sqrt(3) * SIDE / 2)
    segments, _ = sections(Polygons.of_simplices(cube.points, outer), middle)
    assert lengths(segments).sum() == pytest.approx(6 * SIDE / np.sqrt(2), rel=1e-12)


def test_sharp_edges_of_a_cube_are_its_twelve(cube):
    outer = cube.facets[np.isin(cube.facet_surface, cube.surfaces.rows(*OUTER))]
    at = cube.points[outer]
    normal = np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    normal *= np.sign(np.einsum("ij,ij->i", normal, at.mean(axis=1) - SIDE / 2))[:, None]
    assert lengths(cube.points[sharp_edges(outer, normal)]).sum() == pytest.approx(12 * SIDE, rel=1e-12)


def test_boundaries_of_layers_end_around_the_cell():
    mesh = box_mesh([4e-6, 6e-6], (8e-6, 5e-6), (3, 2), 2)
    outer = mesh.facets[np.isin(mesh.facet_surface, mesh.surfaces.rows(*OUTER))]
    inner = mesh.facets[~np.isin(mesh.facet_surface, mesh.surfaces.rows(*OUTER))]
    edges = boundary_edges(inner, outer, len(mesh.points))
    assert lengths(mesh.points[edges]).sum() == pytest.approx(2 * (8e-6 + 5e-6), rel=1e-12)


@pytest.mark.parametrize(
    ("cut", "faces"),
    [
        # faces in view to the right, above and in front, in sides squared: an inner corner shows as much as an outer
        (Cut(), (1.0, 1.0, 1.0)),
        (half_cut(2, 0.37 * SIDE), (0.37, 0.37, 1.0)),
        (corner_cut(0.31 * SIDE, 0.57 * SIDE), (1.0, 1.0 - 0.69 * 0.43, 1.0)),
    ],
)
def test_every_place_of_the_picture_is_painted_once(cube, cut, faces):
    axes = Figure().add_subplot()
    solid_picture(axes, cube, cut=cut)
    (right, up, towards) = View().axes
    assert np.array([right, up, towards]) @ np.array([right, up, towards]).T == pytest.approx(np.eye(3), abs=1e-12)
    painted = 0.0
    for collection in axes.collections:
        if isinstance(collection, PolyCollection) and collection.get_zorder() == 3:
            for path in collection.get_paths():
                x, y = path.vertices[:-1].T
                painted += 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    # parallel projection shortens each face by the slope of its normal
    assert painted == pytest.approx(SIDE**2 * 1e12 * (towards @ faces), rel=1e-9)


def test_values_of_a_field_file_find_their_cells(cube):
    shuffle = np.random.default_rng(0).permutation(len(cube.cells))
    values = cube.points[cube.cells].mean(axis=1)[:, 0]
    assert values_in_mesh(cube, cube.points, cube.cells[shuffle], values[shuffle]) == pytest.approx(values)
    with pytest.raises(ValueError, match="another mesh"):
        values_in_mesh(cube, cube.points * 1.1, cube.cells, values)


def test_pictures_refuse_plane_meshes_and_cuts_that_look_away(cube):
    axes = Figure().add_subplot()
    with pytest.raises(ValueError, match="tetrahedra"):
        solid_picture(axes, layered_mesh([1e-6], 1e-6))
    with pytest.raises(ValueError, match="cannot see"):
        solid_picture(axes, cube, cut=Cut((Plane(np.array([-1.0, 0.0, 0.0]), -SIDE / 2),)))
