# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pores and particles in the plane: areas, dihedral angles, places, sizes, targets, and what is out of reach."""

import numpy as np
import pytest
import shapely
from scipy.stats import kstest, norm

from jadeite.case.microstructure import Inclusions, Pores
from jadeite.microstructure.build import build
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.plane.arrangement import RegionShape, arrange
from jadeite.microstructure.plane.bodies import Ground, place_bodies
from jadeite.microstructure.plane.build import cut_geometry
from jadeite.microstructure.plane.outlines import ellipse, lens
from jadeite.microstructure.tagged_mesh import SurfaceKind

SECTORS = {
    "boundary": np.array([-2.0, -2.0 + np.pi]),
    "even junction": np.array([-2.5, -2.5 + 2 * np.pi / 3, -2.5 + 4 * np.pi / 3]),
    "uneven junction": np.array([-3.0, -1.3, 1.4]),
}


def circle_centre(points):
    """Centre of the circle through three points."""
    a, b, c = points
    return np.linalg.solve(2 * np.array([b - a, c - a]), np.array([b @ b - a @ a, c @ c - a @ a]))


def inward_tangents(outline, corner):
    """Unit tangents of the two arcs that leave a corner, from the circles through their first three points."""
    count = len(outline)
    tangents = []
    for step in (1, -1):
        arc = outline[[(corner + k * step) % count for k in range(3)]]
        radial = arc[0] - circle_centre(arc)
        tangent = np.array([-radial[1], radial[0]]) / np.hypot(*radial)
        tangents.append(tangent * np.sign(tangent @ (arc[1] - arc[0])))
    return tangents


@pytest.mark.parametrize("dihedral", [75.0, 100.0, 120.0, 150.0])
@pytest.mark.parametrize("directions", SECTORS.values(), ids=SECTORS)
def test_lenses_have_their_area_and_their_dihedral_angle_at_every_boundary(directions, dihedral):
    outline = lens(directions, 0.3, np.radians(dihedral))
    assert shapely.Polygon(outline).is_valid
    assert shapely.Polygon(outline).area == pytest.approx(np.pi * 0.3**2, rel=1e-12)
    angles = np.arctan2(outline[:, 1], outline[:, 0])
    for direction in directions:
        corner = int(np.argmin(np.abs((angles - direction + np.pi) % (2 * np.pi) - np.pi)))
        np.testing.assert_allclose(np.cos(angles[corner] - direction), 1.0, atol=1e-12)
        one, other = inward_tangents(outline, corner)
        assert np.degrees(np.arccos(one @ other)) == pytest.approx(dihedral, abs=1e-6)


def test_a_lens_of_180_degrees_on_a_boundary_is_a_disc():
    outline = lens(SECTORS["boundary"], 1.0, np.pi)
    radius = np.hypot(*outline.T)
    assert np.ptp(radius) < 1e-12


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.5])
def test_ellipses_have_their_axes_and_corners_on_boundaries(ratio):
    directions, axis = SECTORS["uneven junction"], 0.7
    outline = ellipse(directions, 2.0, ratio, axis)
    turned = outline @ np.array([[np.cos(axis), -np.sin(axis)], [np.sin(axis), np.cos(axis)]])
    long, short = 2.0 * np.sqrt(ratio), 2.0 / np.sqrt(ratio)
    np.testing.assert_allclose((turned[:, 0] / long) ** 2 + (turned[:, 1] / short) ** 2, 1.0, rtol=1e-12)
    # a polygon of 24 sides covers 0.9886 of its circle, whatever the affine map
    assert shapely.Polygon(outline).area == pytest.approx(np.pi * 4.0, rel=0.02)
    for direction in directions:
        ray = np.array([np.cos(direction), np.sin(direction)])
        off = np.abs(outline[:, 0] * ray[1] - outline[:, 1] * ray[0])
        assert off[outline @ ray > 0.0].min() < 1e-12


def halves(length=10.0):
    """Two halves of a square, parted by a vertical boundary."""
    shapes = [
        RegionShape("left", "m", shapely.box(0.0, 0.0, 0.5 * length, length)),
        RegionShape("right", "m", shapely.box(0.5 * length, 0.0, length, length)),
    ]
    return Ground(arrange(shapes), np.array([True, True]), length**2, (), 0.0)


def test_bodies_sit_where_they_should(generator):
    on_boundary = place_bodies(
        Pores(place="grain_boundaries", radius="0.1 m", count=8, shape={"law": "ellipsoid", "aspect_ratio": 2.0}),
        halves(),
        [],
        "pores",
        generator,
    )
    assert len(on_boundary) == 8
    for body in on_boundary:
        assert body.centre[0] == 5.0
        x, y = shapely.get_coordinates(body.polygon).T
        # the long axis lies along the boundary
        assert np.ptp(y) == pytest.approx(0.2 * np.sqrt(2.0), rel=1e-9)
        assert np.ptp(x) == pytest.approx(0.2 / np.sqrt(2.0), rel=1e-9)
    inside = place_bodies(
        Inclusions(material="p", radius="0.2 m", count=30), halves(), on_boundary, "particles", generator
    )
    boundary = shapely.LineString([(5.0, 0.0), (5.0, 10.0)])
    assert all(body.polygon.distance(boundary) > 0.2 * 0.2 for body in inside)
    every = [body.polygon for body in [*on_boundary, *inside]]
    assert len(shapely.STRtree(every).query(every, predicate="intersects")[0]) == len(every)
    # as many to the left as to the right: 30 throws of a coin stay within 4 standard deviations
    assert abs(sum(body.centre[0] < 5.0 for body in inside) - 15) < 11


def test_radii_follow_their_law(generator):
    kind = Pores(place="grain_interiors", radius="20 mm", count=300, coefficient_of_variation=0.3)
    radii = np.array([body.radius for body in place_bodies(kind, halves(), [], "pores", generator)])
    width = np.sqrt(np.log(1 + 0.3**2))
    assert kstest(np.log(radii / 0.02) + 0.5 * width**2, norm(0.0, width).cdf).pvalue > 0.01


def test_a_fraction_with_scatter_is_reached_to_the_nearest_body(generator):
    kind = Pores(place="grain_interiors", radius="0.15 m", fraction=0.08, coefficient_of_variation=0.4)
    bodies = place_bodies(kind, halves(), [], "pores", generator)
    area = np.pi * sum(body.radius**2 for body in bodies)
    smallest = np.pi * max(body.radius for body in bodies) ** 2
    assert abs(area - 8.0) <= 0.5 * smallest


def test_what_is_out_of_reach_says_how_close_it_came(generator):
    kind = Pores(place="grain_interiors", radius="0.5 m", fraction=0.5)
    with pytest.raises(MicrostructureError, match=r"50\.\d+% of the area.*only \d+ find room in grain interiors \(\d"):
        place_bodies(kind, halves(), [], "pores", generator)


def test_pores_and_particles_of_a_recipe(recipe_of):
    recipe = recipe_of(
        "nzsp_polycrystal",
        width="30 um",
        separator={
            "thickness": "30 um",
            "polycrystal": {"grain_size": {"law": "lognormal", "mean": "5 um"}, "crystal_symmetry": "trigonal"},
        },
        pores=[
            {"radius": "0.4 um", "count": 3, "shape": {"law": "lens"}},
            {"radius": "0.3 um", "count": 4, "place": "grain_boundaries", "shape": {"law": "lens"}},
        ],
        inclusions=[{"material": "second", "radius": "0.5 um", "count": 5, "crystal_symmetry": "cubic"}],
        flaws=[],
        unwetted_patches=[],
        mesh={"interior_size": "2 um", "boundary_size": "1 um", "growth": 0.5},
    )
    mesh = build(recipe)
    assert [pore.place for pore in mesh.pores] == ["triple junction"] * 3 + ["grain boundary"] * 4
    assert mesh.statistics["porosity"] == pytest.approx(np.pi * (3 * 0.4**2 + 4 * 0.3**2) / 900, rel=1e-9)
    particles = [row for row, name in enumerate(mesh.regions.name) if name.startswith("particle")]
    assert [mesh.regions.name[row] for row in particles] == [f"particle {k}" for k in range(1, 6)]
    assert {mesh.regions.material[row] for row in particles} == {"second"}
    assert {mesh.regions.crystal_symmetry[row] for row in particles} == {"cubic"}
    assert len(np.unique(mesh.regions.grain)) == len(mesh.regions)
    assert mesh.statistics["particle_fraction"] == pytest.approx(mesh.regions.measure[particles].sum() / 900e-12)
    # particles sit inside grains: each has one neighbour, of another material
    pairs = mesh.surfaces.regions[mesh.surfaces.rows(SurfaceKind.PHASE_BOUNDARY)]
    assert sorted(pairs[np.isin(pairs, particles)].tolist()) == particles
    assert mesh.regions.measure.sum() == pytest.approx(900e-12 * (1 - mesh.statistics["porosity"]), rel=1e-12)


def test_bodies_of_a_layer_stay_in_it(recipe_of):
    grains = {"grain_size": {"law": "lognormal", "mean": "4 um"}}
    layers = [
        {"name": "dense", "thickness": "12 um", "polycrystal": grains},
        {
            "name": "porous",
            "thickness": "12 um",
            "polycrystal": grains,
            "pores": [{"radius": "0.3 um", "fraction": 0.012, "place": "triple_junctions"}],
        },
    ]
    geometry, _, statistics = cut_geometry(recipe_of("grain_chain", width="24 um", separator={"layers": layers}))
    count = round(0.012 * 24 * 12 / (np.pi * 0.3**2))
    assert len(geometry.pores) == count
    assert statistics["porosity"] == pytest.approx(0.006, rel=0.1)
    # the interface follows grains, so a pore of the layer may lie a little below its nominal bottom
    assert min(pore.centre[1] for pore in geometry.pores) > 8e-6
