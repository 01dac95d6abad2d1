# SPDX-License-Identifier: LGPL-3.0-or-later
"""Planar geometry: shared edges, exact points and lengths, named surfaces, and refusals that say why."""

import numpy as np
import pytest
import shapely

from jadeite.microstructure.errors import GeometryError
from jadeite.microstructure.plane.arrangement import RegionShape, arrange, edges_of, loop_areas
from jadeite.microstructure.plane.geometry import SurfaceRule, planar_from_polygons
from jadeite.microstructure.plane.regularise import regularise
from jadeite.microstructure.tagged_mesh import SurfaceKind

EVERYTHING = SurfaceRule("outside", SurfaceKind.SIDE_WALL, lambda midpoints: np.ones(len(midpoints), dtype=bool))
TIP = (0.7123456789, 0.3)


def two_layers(**options):
    """Two unit-high halves of a square; the right one holds a thin notch, and a round hole sits on the interface."""
    notch = shapely.Polygon([(0.71, 0.0), (0.714, 0.0), TIP])
    hole = shapely.Point(0.5, 0.6).buffer(0.1, quad_segs=6)
    left = RegionShape("lower", "a", shapely.box(0.0, 0.0, 0.5, 1.0))
    right = RegionShape("upper", "b", shapely.box(0.5, 0.0, 1.0, 1.0))
    rules = [
        SurfaceRule("flaw", SurfaceKind.FLAW_WALL, shapely.LineString([(0.71, 0.0), TIP, (0.714, 0.0)])),
        SurfaceRule("hole", SurfaceKind.PORE_WALL, hole.exterior),
        SurfaceRule("bottom", SurfaceKind.PLATING_ELECTRODE, lambda midpoints: midpoints[:, 1] == 0.0),
        EVERYTHING,
    ]
    return planar_from_polygons([left, right], rules, voids=[notch, hole], **options), notch, hole


def test_areas_and_lengths_are_those_of_the_shapes():
    geometry, notch, hole = two_layers()
    assert loop_areas(geometry).sum() == pytest.approx(1.0 - notch.area - hole.area, rel=1e-14)
    assert geometry.regions.measure[0] == pytest.approx(0.5 - hole.area / 2, rel=1e-12)
    surfaces = dict(zip(geometry.surfaces.name, geometry.surfaces.measure, strict=True))
    walls = np.hypot(TIP[0] - 0.71, TIP[1]) + np.hypot(TIP[0] - 0.714, TIP[1])
    assert surfaces["flaw"] == pytest.approx(walls, rel=1e-13)
    assert surfaces["hole"] == pytest.approx(hole.length, rel=1e-13)
    assert surfaces["bottom"] == pytest.approx(1.0 - 0.004, rel=1e-13)
    assert surfaces["outside"] == pytest.approx(3.0, rel=1e-13)
    assert surfaces["lower | upper"] == pytest.approx(1.0 - 0.2, rel=1e-12)


def test_given_points_keep_their_last_digit():
    geometry, notch, hole = two_layers(points_to_keep=[(0.123456789, 0.0)])
    given = np.concatenate([shapely.get_coordinates([notch, hole]), [[0.123456789, 0.0]]])
    present = {tuple(point) for point in geometry.points.tolist()}
    assert {tuple(point) for point in given.tolist()} <= present


def test_interior_edges_have_two_regions_and_outer_edges_one():
    geometry, _, _ = two_layers()
    inner = geometry.edge_surface == geometry.surfaces.name.index("lower | upper")
    assert np.array_equal(np.sort(geometry.edge_regions[inner], axis=1), np.tile([0, 1], (inner.sum(), 1)))
    assert np.all(np.sum(geometry.edge_regions[~inner] >= 0, axis=1) == 1)
    # Euler: a disc with one hole in it, two faces
    assert len(geometry.points) - len(geometry.edges) + len(geometry.faces) == 0


def test_kind_follows_from_the_materials_and_misorientation_from_the_orientations():
    boxes = [shapely.box(k, 0.0, k + 1.0, 1.0) for k in range(3)]
    turned = (np.cos(0.2), 0.0, 0.0, np.sin(0.2))
    regions = [
        RegionShape("a", "one", boxes[0]),
        RegionShape("b", "one", boxes[1], turned),
        RegionShape("c", "other", boxes[2]),
    ]
    surfaces = planar_from_polygons(regions, [EVERYTHING]).surfaces
    assert surfaces.kind[1:] == (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    assert surfaces.name[1:] == ("a | b", "b | c")
    assert surfaces.misorientation[1] == pytest.approx(0.4, rel=1e-12)
    assert np.isnan(surfaces.misorientation[[0, 2]]).all()
    assert surfaces.regions.tolist() == [[-1, -1], [0, 1], [1, 2]]


def test_points_that_agree_but_for_rounding_are_one():
    slanted = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0 / 3], [0.0, 2.0 / 3]])
    middle = slanted[2] + (slanted[3] - slanted[2]) * 0.3
    above = np.array([[1.0, 1.0 / 3], [1.0, 1.0], [0.0, 1.0], [0.0, 2.0 / 3], middle * (1 + 1e-15)])
    shapes = [RegionShape("a", "m", shapely.Polygon(slanted)), RegionShape("b", "m", shapely.Polygon(above))]
    geometry = planar_from_polygons(shapes, [EVERYTHING])
    assert len(geometry.points) == 7
    assert geometry.regions.measure.sum() == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points_to_keep": [(0.25, 0.25)]}, "lies on no edge"),
        ({"overlap": 0.1}, "'a' and 'b' overlap"),
        ({"rules": []}, "belongs to no surface"),
        ({"rules": [EVERYTHING, EVERYTHING]}, "has no edge"),
        ({"voids": [shapely.box(-1.0, -1.0, 1.0, 2.0)]}, "'a' has no area left"),
    ],
)
def test_refusals(change, message):
    overlap = change.pop("overlap", 0.0)
    rules = change.pop("rules", [EVERYTHING])
    shapes = [
        RegionShape("a", "m", shapely.box(0.0, 0.0, 1.0 + overlap, 1.0)),
        RegionShape("b", "m", shapely.box(1.0, 0.0, 2.0, 1.0)),
    ]
    with pytest.raises(GeometryError, match=message):
        planar_from_polygons(shapes, rules, **change)


def test_regularising_removes_short_edges_and_grazing_boundaries_but_no_area():
    # a boundary that leaves the bottom at 5 degrees, and a short edge in the middle of the square
    low = np.array([(0.0, 0.0), (0.5, 0.0), (1.0, np.tan(np.radians(5)) / 2), (1.0, 1.0), (0.51, 0.5), (0.5, 0.5)])
    left = RegionShape("a", "m", shapely.Polygon([(0, 0), (0.5, 0.0), *low[2:3], *low[4:], (0.0, 1.0)]))
    right = RegionShape("b", "m", shapely.Polygon([(1.0, 1.0), *low[4:], (0.0, 1.0)]))
    third = RegionShape("c", "m", shapely.Polygon([*low[2:5]]))
    fourth = RegionShape("d", "m", shapely.Polygon([(0.5, 0.0), (1.0, 0.0), *low[2:3]]))
    before = arrange([left, right, third, fourth])
    corners = [(0, 0), (1, 0), (0, 1), (1, 1)]
    after = regularise(before, corners, 0.05)
    assert loop_areas(after).sum() == pytest.approx(1.0, rel=1e-14)
    edges, _ = edges_of(after)
    length = np.hypot(*np.diff(after.points[edges], axis=1)[:, 0].T)
    assert length.min() > 0.04
    assert len(after.points) == len(before.points) - 1
    assert all(np.any(np.all(after.points == corner, axis=1)) for corner in corners)
    # the boundary between c, d and a now leaves the side at 30 degrees or more
    wedge = after.points[next(face.loops[0] for face in after.faces if face.region == 3)]
    u, v = np.roll(wedge, -1, axis=0) - wedge, np.roll(wedge, 1, axis=0) - wedge
    angles = np.degrees(np.arctan2(np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]), np.sum(u * v, axis=1)))
    assert angles.min() >= 29.9
