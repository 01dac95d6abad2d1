# SPDX-License-Identifier: LGPL-3.0-or-later
"""Quality of triangles, the gate that meshes must pass, and what geometry alone decides."""

import numpy as np
import pytest
import shapely

from jadeite.microstructure.errors import GeometryError, MeshingError
from jadeite.microstructure.plane import mesher
from jadeite.microstructure.plane.arrangement import RegionShape, arrange, edges_of
from jadeite.microstructure.plane.corners import smallest_corner
from jadeite.microstructure.plane.geometry import SurfaceRule, planar_from_polygons
from jadeite.microstructure.plane.mesher import mesh_planar
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.quality import quality_statistics, radius_ratios
from jadeite.microstructure.tagged_mesh import SurfaceKind

EVERYTHING = SurfaceRule("outside", SurfaceKind.SIDE_WALL, lambda midpoints: np.ones(len(midpoints), dtype=bool))


def wedge(degrees):
    """A right-angled triangle of length one with a sharp corner at the origin."""
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, np.tan(np.radians(degrees)))]
    return planar_from_polygons([RegionShape("wedge", "m", shapely.Polygon(corners))], [EVERYTHING])


def test_radius_ratios_of_known_triangles():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)], [0.0, 1.0], [2.0, 0.0]])
    cells = np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]])
    # r = (a + b - c) / 2 and R = c / 2 in a right-angled triangle
    np.testing.assert_allclose(radius_ratios(points, cells), [1.0, 2 * (np.sqrt(2) - 1), 0.0], atol=1e-14)
    quality = quality_statistics(points, cells[:2])
    assert quality["worst_radius_ratio"] == pytest.approx(2 * (np.sqrt(2) - 1))
    assert quality["minimum_angle_degrees"] == pytest.approx(45.0)


@pytest.mark.parametrize("degrees", [3.0, 40.0])
def test_the_geometry_knows_its_sharpest_corner(degrees):
    geometry = wedge(degrees)
    assert np.degrees(smallest_corner(geometry.points, geometry.faces)) == pytest.approx(degrees, rel=1e-9)


def test_a_cut_that_ends_in_a_face_makes_corners_too():
    square = RegionShape("a", "m", shapely.box(0.0, 0.0, 1.0, 1.0))
    # the cut leaves the bottom at 20 degrees
    cut = shapely.LineString([(0.2, 0.0), (0.2 + 0.5 * np.cos(np.radians(20)), 0.5 * np.sin(np.radians(20)))])
    tiling = arrange([square], cuts=[cut])
    assert sum(len(face.embedded) for face in tiling.faces) == 1
    assert np.degrees(smallest_corner(tiling.points, tiling.faces)) == pytest.approx(20.0, rel=1e-6)
    edges, sides = edges_of(tiling)
    assert np.count_nonzero(np.all(sides == 0, axis=1)) == 1
    assert len(edges) == 6


def test_cuts_stay_inside_the_material():
    square = RegionShape("a", "m", shapely.box(0.0, 0.0, 1.0, 1.0))
    with pytest.raises(GeometryError, match="a cut leaves the material"):
        arrange([square], cuts=[shapely.LineString([(0.5, 0.5), (1.5, 0.5)])])


def test_a_sharp_corner_of_the_geometry_is_named_and_passes():
    mesh = mesh_planar(wedge(3.0), SizeField(0.1))
    assert mesh.statistics["smallest_corner_degrees"] == pytest.approx(3.0, rel=1e-9)
    assert mesh.statistics["minimum_angle_degrees"] >= mesher.CORNER_SHARE * 3.0
    assert "smallest_corner_degrees" not in mesh_planar(wedge(40.0), SizeField(0.1)).statistics


def test_meshes_below_the_gate_are_refused_by_every_algorithm(monkeypatch):
    # the square has right angles only, and no triangulation of it has all its angles above 50 degrees
    square = planar_from_polygons([RegionShape("a", "m", shapely.box(0.0, 0.0, 1.0, 1.0))], [EVERYTHING])
    monkeypatch.setattr(mesher, "ANGLE_GATE", 50.0)
    with pytest.raises(MeshingError, match=r"Frontal-Delaunay: an angle of .* MeshAdapt: an angle of"):
        mesh_planar(square, SizeField(0.1))
