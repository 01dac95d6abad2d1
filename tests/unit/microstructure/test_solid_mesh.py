# SPDX-License-Identifier: LGPL-3.0-or-later
"""Solid meshes against what is known of their geometry: volumes, areas, names, images, cuts, openings, grooves."""

from dataclasses import replace

import numpy as np
import pytest
from solid_samples import box_grid, solid_recipe, voronoi_complex

from jadeite.microstructure.adjacency import cells_beside, faces_of
from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.quality import quality_statistics, tetrahedron_volumes, triangle_areas
from jadeite.microstructure.solid.cell_complex import OUTSIDE, CellComplex, Face
from jadeite.microstructure.solid.complex_build import build_complex
from jadeite.microstructure.solid.complex_measure import cell_volumes
from jadeite.microstructure.solid.geometry import BOX_WALL_KINDS, Grooves, SolidGeometry
from jadeite.microstructure.solid.mesher import mesh_solid
from jadeite.microstructure.solid.sizes import SolidSizes, choose_solid_sizes
from jadeite.microstructure.tagged_mesh import Flaw, RegionTable, SurfaceKind


def geometry_of(complex, box=(1.0, 1.0, 1.0), **other):
    """A geometry with one grain per region of a complex."""
    count = int(complex.cell_region.max()) + 1
    regions = RegionTable(
        tuple(f"grain {k}" for k in range(count)),
        ("electrolyte",) * count,
        np.tile([1.0, 0.0, 0.0, 0.0], (count, 1)),
        np.bincount(complex.cell_region, cell_volumes(complex)),
    )
    values = {"walls": BOX_WALL_KINDS, "periodic": (), "size": 0.5} | other
    return SolidGeometry(complex=complex, regions=regions, box=box, **values)


def check_arrays(mesh):
    """Positive cells; every free facet tagged once, every tagged facet a facet of the mesh."""
    assert tetrahedron_volumes(mesh.points, mesh.cells).min() > 0.0
    beside, _ = cells_beside(mesh.cells, mesh.facets, len(mesh.points))
    assert np.all(beside[:, 0] >= 0)
    free = np.count_nonzero(beside[:, 1] < 0)
    _, count = np.unique(np.sort(faces_of(mesh.cells).reshape(-1, 3), axis=1), axis=0, return_counts=True)
    assert free == np.count_nonzero(count == 1)
    assert count.max() == 2
    # facets between two cells lie between the two regions that their row names
    inner = beside[:, 1] >= 0
    pairs = np.sort(mesh.cell_region[beside[inner]], axis=1)
    np.testing.assert_array_equal(pairs, np.sort(mesh.surfaces.regions[mesh.facet_surface[inner]], axis=1))
    np.testing.assert_array_equal(np.unique(mesh.cells), np.arange(len(mesh.points)))


def test_a_grid_of_boxes_has_the_volumes_and_areas_it_should():
    mesh = mesh_solid(geometry_of(box_grid((2, 2, 1))), SolidSizes(0.3, 0.2))
    check_arrays(mesh)
    np.testing.assert_allclose(mesh.regions.measure, 0.25, rtol=1e-12)
    area = dict(zip(mesh.surfaces.name, mesh.surfaces.measure, strict=True))
    assert set(area) == set(BOX_WALL_KINDS) | {f"grain {a} | grain {b}" for a, b in ((0, 1), (0, 2), (1, 3), (2, 3))}
    for name, value in area.items():
        assert value == pytest.approx(1.0 if name in BOX_WALL_KINDS else 0.5, rel=1e-12)
    assert mesh.statistics["mesh_algorithm"] == "HXT"
    assert mesh.statistics["one_percent_dihedral_angle_degrees"] > 15.0


def test_voronoi_cells_keep_their_volumes_and_equal_input_gives_equal_meshes():
    complex = voronoi_complex(6, seed=3)
    geometry = geometry_of(complex)
    first, second = (mesh_solid(geometry, SolidSizes(0.3, 0.2)) for _ in range(2))
    check_arrays(first)
    np.testing.assert_allclose(first.regions.measure, cell_volumes(complex), rtol=1e-9)
    np.testing.assert_array_equal(first.points, second.points)
    np.testing.assert_array_equal(first.cells, second.cells)


def test_halving_every_size_gives_about_eight_times_the_cells():
    geometry = geometry_of(box_grid((2, 1, 1)))
    coarse, fine = (len(mesh_solid(geometry, SolidSizes(0.25, 0.15, halvings=k)).cells) for k in (0, 1))
    # edges are divided in whole parts, so that a small box gets less
    assert 5.0 < fine / coarse < 10.0


def test_periodic_sides_match_point_by_point():
    recipe = solid_recipe(15, periodic=["x", "z"], seed=2)
    geometry = build_complex(recipe)
    mesh = mesh_solid(geometry, choose_solid_sizes(recipe.mesh, geometry.size))
    check_arrays(mesh)
    extent = max(geometry.box)
    for sides in mesh.periodic:
        low, high = mesh.points[sides.points[:, 0]], mesh.points[sides.points[:, 1]]
        assert np.max(np.abs(high - low - np.eye(3)[sides.axis] * sides.period)) < 1e-12 * extent
        on_low = np.count_nonzero(mesh.points[:, sides.axis] == 0.0)
        assert len(np.unique(sides.points[:, 0])) == len(sides.points) == on_low
        # facets match as well: images of those on the low side are those on the high side
        image = np.full(len(mesh.points), -1)
        image[sides.points[:, 0]] = sides.points[:, 1]
        on_side = [np.all(mesh.points[mesh.facets][..., sides.axis] == value, axis=1) for value in (0.0, sides.period)]
        moved, there = (np.sort(rows, axis=1) for rows in (image[mesh.facets[on_side[0]]], mesh.facets[on_side[1]]))
        np.testing.assert_array_equal(moved[np.lexsort(moved.T)], there[np.lexsort(there.T)])
    assert {sides.axis for sides in mesh.periodic} == {0, 2}


def with_flaw(form, width, grooves=None):
    """Two boxes side by side; half of the face between them, next to the electrode, is a flaw that runs through z."""
    complex = box_grid((2, 2, 1))
    faces = []
    for face in complex.faces:
        at = complex.points[face.loops[0]]
        between = face.cells[1] != OUTSIDE and np.all(at[:, 0] == 0.5) and np.all(at[:, 1] <= 0.5)
        faces.append(replace(face, wall="flaw deep") if between else face)
    complex = CellComplex(complex.points, tuple(faces), np.array([0, 0, 1, 1], dtype=np.int32))
    # the front runs up one side wall, through the depth, and down the other
    front = ((0.5, 0.0, 1.0), (0.5, 0.5, 1.0), (0.5, 0.5, 0.0), (0.5, 0.0, 0.0))
    flaw = Flaw("deep", (0.5, 0.0, 0.5), (0.5, 0.5, 0.5), width, 0.5, (0.0, 1.0, 0.0), "grain 1", form, (1.0, 0.0, 0.0))
    flaw = replace(flaw, half_length=0.5, front=front)
    walls = BOX_WALL_KINDS | {"flaw deep": SurfaceKind.FLAW_WALL}
    return geometry_of(complex, walls=walls, flaws=(flaw,), grooves=grooves)


def test_both_walls_of_a_cut_are_facets_in_one_place():
    mesh = mesh_solid(with_flaw("cut", 0.0), SolidSizes(0.3, 0.2, front=0.1))
    check_arrays(mesh)
    row = mesh.surfaces.name.index("flaw deep")
    assert mesh.surfaces.measure[row] == pytest.approx(2 * 0.5, rel=1e-12)
    assert mesh.surfaces.regions[row].tolist() == [-1, -1]
    walls = mesh.facets[mesh.facet_surface == row]
    beside, _ = cells_beside(mesh.cells, walls, len(mesh.points))
    assert np.all(beside[:, 1] < 0)
    side = mesh.points[mesh.cells[beside[:, 0]]].mean(axis=1)[:, 0] > 0.5
    left, right = (triangle_areas(mesh.points, walls[side == value]).sum() for value in (False, True))
    assert left == pytest.approx(right, rel=1e-12)
    # the rest of the face between the grains is a boundary still
    assert mesh.surfaces.measure[mesh.surfaces.name.index("grain 0 | grain 1")] == pytest.approx(0.5, rel=1e-12)


def test_a_notch_is_a_wedge_as_wide_as_its_mouth():
    recipe = solid_recipe(
        8,
        flaws=[
            {"name": "a", "position": "10 um", "depth": "5 um", "mouth_width": "0.3 um", "form": "notch"},
        ],
    )
    geometry = build_complex(recipe)
    mesh = mesh_solid(geometry, choose_solid_sizes(recipe.mesh, geometry.size))
    check_arrays(mesh)
    flaw, width = mesh.flaws[0], 0.3e-6
    walls = np.unique(mesh.facets[mesh.facet_surface == mesh.surfaces.name.index("flaw a")])
    at = mesh.points[walls]
    near = np.argsort(np.linalg.norm(at - np.array(flaw.mouth), axis=1))[:2]
    # in the mesh, the points nearest to the middle of the mouth lie some way from it
    assert np.ptp(at[near, 0]) == pytest.approx(width, rel=0.15)
    assert np.all(at[:, 1] >= 0.0)
    # a cone over half the ellipse: a third of its area times the width
    removed = np.prod(geometry.box) - mesh.regions.measure.sum()
    assert removed == pytest.approx(np.pi / 2 * flaw.depth * flaw.half_length * width / 3, rel=0.05)


def test_a_filament_is_a_slit_of_constant_width():
    width = 0.04
    geometry = with_flaw("filament", width)
    # the flaw reaches the side walls, where points cannot leave: look at the middle
    mesh = mesh_solid(geometry, SolidSizes(0.2, 0.1, front=0.05))
    walls = np.unique(mesh.facets[mesh.facet_surface == mesh.surfaces.name.index("flaw deep")])
    at = mesh.points[walls]
    middle = at[(np.abs(at[:, 2] - 0.5) < 0.3) & (at[:, 1] < 0.35)]
    np.testing.assert_allclose(np.abs(middle[:, 0] - 0.5), width / 2, rtol=1e-9)
    assert np.all(np.abs(at[at[:, 1] > 0.5 - 1e-12][:, 0] - 0.5) < 1e-12)


def test_grooves_take_away_their_cross_section():
    grooves = Grooves(depth=0.02, width=0.1)
    geometry = geometry_of(box_grid((2, 1, 2)), grooves=grooves)
    mesh = mesh_solid(geometry, SolidSizes(0.3, 0.2))
    check_arrays(mesh)
    # two grooves of length one cross in the middle, where the deeper counts
    height = grooves.depth * np.maximum(1.0 - 2.0 * np.abs(np.linspace(-0.5, 0.5, 2001)) / grooves.width, 0.0)
    removed = np.mean(np.maximum.outer(height, height))
    assert 1.0 - mesh.regions.measure.sum() == pytest.approx(removed, rel=0.1)
    at = mesh.points[np.abs(mesh.points[:, 0] - 0.5) < 1e-12]
    assert at[:, 1].min() == pytest.approx(grooves.depth, rel=1e-12)


def octahedral_pore():
    """One cube with an octahedral pore as a curved face, every triangle divided in four and pushed onto a sphere."""
    cube = box_grid((1, 1, 1))
    corners = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=float)
    rows = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
    points, triangles = corners.tolist(), []
    for a, b, c in rows:
        middle = []
        for one, other in ((a, b), (b, c), (c, a)):
            place = (corners[one] + corners[other]) / np.sqrt(2.0)
            middle.append(next((k for k, known in enumerate(points) if np.allclose(known, place)), len(points)))
            if middle[-1] == len(points):
                points.append(place.tolist())
        ab, bc, ca = middle
        triangles += [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
    surface = np.array(triangles)[:, ::-1] + len(cube.points)
    # seen from the material, which lies outside, the wall of the pore turns the other way
    pore = Face((), (0, OUTSIDE), "pore 1", surface)
    return CellComplex(
        np.concatenate([cube.points, 0.5 + 0.25 * np.array(points)]), (*cube.faces, pore), cube.cell_region
    )


def test_a_pore_is_left_out_and_its_wall_kept():
    complex = octahedral_pore()
    geometry = geometry_of(complex, walls=BOX_WALL_KINDS | {"pore 1": SurfaceKind.PORE_WALL})
    mesh = mesh_solid(geometry, SolidSizes(0.3, 0.2))
    check_arrays(mesh)
    assert mesh.regions.measure[0] == pytest.approx(cell_volumes(complex)[0], rel=1e-12)
    wall = mesh.facets[mesh.facet_surface == mesh.surfaces.name.index("pore 1")]
    np.testing.assert_allclose(np.linalg.norm(mesh.points[wall] - 0.5, axis=2), 0.25, rtol=1e-12)
    assert len(wall) == 32
    assert mesh.surfaces.regions[mesh.surfaces.name.index("pore 1")].tolist() == [0, -1]


def test_what_cannot_be_meshed_says_why():
    complex = box_grid((2, 1, 1))
    with pytest.raises(MeshingError, match="no kind"):
        mesh_solid(geometry_of(complex, walls={}), SolidSizes(0.3, 0.2))
    moved = complex.points.copy()
    moved[np.flatnonzero(np.all(moved == [0.5, 1.0, 1.0], axis=1)), 0] = 0.4
    tilted = CellComplex(moved, complex.faces, complex.cell_region)
    with pytest.raises(MeshingError, match="periodic sides across axis 2 differ"):
        mesh_solid(geometry_of(tilted, periodic=(2,)), SolidSizes(0.3, 0.2))
    with pytest.raises(ValueError, match="positive"):
        SolidSizes(0.3, 0.0)


def test_quality_of_a_regular_and_of_a_flat_tetrahedron():
    regular = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float)
    cells = np.array([[0, 1, 2, 3]]) if tetrahedron_volumes(regular, np.array([[0, 1, 2, 3]]))[0] > 0 else None
    cells = np.array([[0, 2, 1, 3]]) if cells is None else cells
    quality = quality_statistics(regular, cells)
    assert quality["worst_radius_ratio"] == pytest.approx(1.0, rel=1e-12)
    assert quality["minimum_dihedral_angle_degrees"] == pytest.approx(np.degrees(np.arccos(1 / 3)), rel=1e-12)
    corner = np.concatenate([np.zeros((1, 3)), np.eye(3)])
    quality = quality_statistics(corner, np.array([[0, 1, 2, 3]]))
    # inscribed (3 - sqrt 3)/6, circumscribed sqrt(3)/2
    assert quality["worst_radius_ratio"] == pytest.approx(3 * (3 - np.sqrt(3)) / 6 / (np.sqrt(3) / 2), rel=1e-12)
    assert quality["minimum_dihedral_angle_degrees"] == pytest.approx(np.degrees(np.arctan(np.sqrt(2.0))), rel=1e-12)
