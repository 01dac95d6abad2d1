# SPDX-License-Identifier: LGPL-3.0-or-later
"""Voxel images of known structures give the structures back."""

import numpy as np
import pytest

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.build import import_microstructure
from jadeite.microstructure.importing.labels import clean_labels
from jadeite.microstructure.importing.smoothing import normals, simplices, smooth
from jadeite.microstructure.importing.untangle import untangle
from jadeite.microstructure.importing.voxel_surfaces import staircase
from jadeite.microstructure.tagged_mesh import SurfaceKind

BOX = 100e-6


def voxel_recipe(recipe_with, folder, labels, **imported):
    np.save(folder / "labels.npy", labels)
    size = f"{BOX / labels.shape[0]} m"
    content = {"law": "image", "file": str(folder / "labels.npy"), "voxel_size": [size]} | imported
    return recipe_with(content, labels.ndim)


@pytest.fixture(scope="module")
def imported(grains_in_space, recipe_with, tmp_path_factory):
    labels = grains_in_space.rasterise(64)
    return labels, import_microstructure(voxel_recipe(recipe_with, tmp_path_factory.mktemp("image"), labels))


def boundary_areas(mesh):
    """Area of each boundary by its pair of labels."""
    label = np.array([int(name.split()[1]) for name in mesh.regions.name])
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    pairs = np.sort(label[mesh.surfaces.regions[rows]], axis=1) - 1
    return {tuple(pair): area for pair, area in zip(pairs.tolist(), mesh.surfaces.measure[rows], strict=True)}


def test_known_grains_come_back_from_their_voxels(grains_in_space, imported):
    """Volumes within 2 % each, neighbours at 98 %, area within 5 %, where the staircase is 40 % off.

    Grains have 3700 voxels on average and 300 at least. Boundaries of less than four voxel faces are too small for an
    image to tell: they count in neither direction.
    """
    labels, mesh = imported
    assert len(mesh.regions) == len(grains_in_space.seeds) > 50
    np.testing.assert_allclose(mesh.regions.measure, grains_in_space.measure, rtol=0.02)
    assert np.sqrt(np.mean((mesh.regions.measure / grains_in_space.measure - 1.0) ** 2)) < 0.005

    voxel_face = (BOX / 64) ** 2
    found, true = boundary_areas(mesh), grains_in_space.area
    large = {pair for pair, area in true.items() if area > 4 * voxel_face}
    assert len(large) > 250
    assert len(large & set(found)) >= 0.98 * len(large)
    seen = {pair for pair, area in found.items() if area > 4 * voxel_face}
    assert len(seen & set(true)) >= 0.98 * len(seen)

    total = sum(true.values())
    assert sum(found.values()) == pytest.approx(total, rel=0.05)
    steps = sum(np.count_nonzero(np.diff(labels, axis=axis)) for axis in range(3)) * voxel_face
    assert steps > 1.35 * total


def test_walls_of_the_box_stay_exact(imported):
    _, mesh = imported
    assert mesh.regions.measure.sum() == pytest.approx(BOX**3, rel=1e-12)
    walls = ["plating electrode", "stripping electrode", "side wall left", "side wall right", "side wall front"]
    for row, name in enumerate([*walls, "side wall back"]):
        assert mesh.surfaces.name[row] == name
        assert mesh.surfaces.measure[row] == pytest.approx(BOX**2, rel=1e-12)
    bottom = mesh.points[np.unique(mesh.facets[mesh.facet_surface == 0])]
    assert np.all(bottom[:, 1] == 0.0)


def test_cells_are_fit_for_elements(imported):
    _, mesh = imported
    assert mesh.statistics["boundary_surfaces"] == "smooth"
    assert mesh.statistics["largest_displacement_in_voxels"] < 0.5 + 1e-9
    assert mesh.statistics["one_percent_dihedral_angle_degrees"] > 10.0
    assert mesh.statistics["worst_radius_ratio"] > 0.01


def test_a_tilted_plane_becomes_flat():
    """A boundary that cuts voxels at a slant lies, once smooth, within a small part of a voxel of the plane."""
    normal = np.array([1.0, 0.37, 0.21]) / np.linalg.norm([1.0, 0.37, 0.21])
    middle = np.stack(np.meshgrid(*[np.arange(24) + 0.5] * 3, indexing="ij"), axis=-1)
    stairs = staircase(((middle - 12.0) @ normal > 0.0).astype(np.int64))
    points = smooth(stairs, 20)
    boundary = np.unique(stairs.faces[stairs.sides.min(axis=1) >= 0])
    inside = boundary[np.all(np.abs(stairs.corners[boundary] - 12.0) < 9.0, axis=1)]
    before, after = (np.abs((at[inside] - 12.0) @ normal) for at in (stairs.corners, points))
    assert before.max() > 0.5
    assert np.sqrt(np.mean(after**2)) < 0.05
    assert after.max() < 0.2


def test_a_round_pore_keeps_its_volume_and_gets_the_area_of_a_ball():
    middle = np.stack(np.meshgrid(*[np.arange(28) + 0.5] * 3, indexing="ij"), axis=-1)
    rows = (np.linalg.norm(middle - 14.0, axis=-1) < 8.0).astype(np.int64)
    stairs = staircase(rows)
    points = smooth(stairs, 20)
    triangles, face = simplices(points, stairs.faces)
    wall = stairs.sides[face].min(axis=1) >= 0
    area = np.linalg.norm(normals(points, triangles[wall]), axis=1).sum()
    volume = rows.sum()
    ball = 4.0 * np.pi * (3.0 * volume / (4.0 * np.pi)) ** (2.0 / 3.0)
    assert area == pytest.approx(ball, rel=0.02)
    assert wall.sum() / 2 > 1.4 * ball
    flow = np.einsum("ij,ij->i", points[triangles[wall, 0]], normals(points, triangles[wall])) / 3.0
    turn = np.where(stairs.sides[face[wall], 0] == 1, 1.0, -1.0)
    assert (flow * turn).sum() == pytest.approx(volume, rel=2e-3)


def test_a_fold_is_taken_back_only_where_it_is():
    """A point pushed through the neighbouring triangle returns far enough; its neighbours far away stay."""
    grid = np.stack(np.meshgrid(np.arange(7.0), np.arange(7.0), indexing="ij"), axis=-1).reshape(-1, 2)
    start = np.column_stack([grid, np.zeros(49)])
    corner = np.array([7 * i + j for i in range(6) for j in range(6)])
    triangles = np.concatenate([
        np.stack([corner, corner + 7, corner + 8], axis=1),
        np.stack([corner, corner + 8, corner + 1], axis=1),
    ])  # fmt: skip
    moved = start.copy()
    moved[24] += [1.4, 0.0, 0.02]
    found = untangle(start, moved, triangles)
    assert 0 < found.taken_back < 20
    np.testing.assert_array_equal(found.points[[0, 6, 42, 48]], start[[0, 6, 42, 48]])
    # seen from above, no triangle is turned over
    a, b, c = (found.points[triangles[:, k], :2] for k in range(3))
    assert np.all((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] > 0.0)


def test_pores_are_walls_and_bodies_of_their_own(recipe_with, tmp_path):
    """A ball inside one grain and half a ball at the plating electrode."""
    middle = np.stack(np.meshgrid(*[np.arange(24) + 0.5] * 3, indexing="ij"), axis=-1) / 24.0
    labels = np.where(middle[..., 0] < 0.5, 3, 8)
    labels[np.linalg.norm(middle - [0.25, 0.6, 0.5], axis=-1) < 0.15] = 77
    labels[np.linalg.norm(middle - [0.5, 0.0, 0.5], axis=-1) < 0.2] = 77
    mesh = import_microstructure(voxel_recipe(recipe_with, tmp_path, labels, pore_labels=[77]))
    by_place = {pore.place: pore for pore in mesh.pores}
    assert set(by_place) == {"grain interior", "grain boundary"}
    ball, half = by_place["grain interior"], by_place["grain boundary"]
    assert ball.radius == pytest.approx(0.15 * BOX, rel=0.02)
    assert half.radius == pytest.approx(0.2 * BOX * 0.5 ** (1 / 3), rel=0.02)
    np.testing.assert_allclose(ball.centre, [0.25 * BOX, 0.6 * BOX, 0.5 * BOX], atol=0.01 * BOX)
    # the middle of half a ball lies 3/8 of the radius from its plane
    np.testing.assert_allclose(half.centre, [0.5 * BOX, 0.075 * BOX, 0.5 * BOX], atol=0.01 * BOX)
    void = np.count_nonzero(labels == 77) / labels.size
    assert mesh.statistics["porosity"] == pytest.approx(void, rel=5e-3)
    open_area = mesh.surfaces.measure[mesh.surfaces.name.index("plating electrode")]
    assert open_area == pytest.approx(BOX**2 * (1.0 - np.pi * 0.2**2), rel=0.02)


def test_refinement_divides_the_same_boundaries(few_grains_in_space, recipe_with, tmp_path):
    labels = few_grains_in_space.rasterise(12)
    recipe = voxel_recipe(recipe_with, tmp_path, labels, smallest_grain=4)
    coarse = import_microstructure(recipe)
    fine = import_microstructure(recipe.model_copy(update={"mesh": recipe.mesh.model_copy(update={"refinements": 1})}))
    np.testing.assert_allclose(fine.regions.measure, coarse.regions.measure, rtol=1e-12)
    np.testing.assert_allclose(fine.surfaces.measure, coarse.surfaces.measure, rtol=1e-12)
    np.testing.assert_array_equal(np.bincount(fine.facet_surface), 4 * np.bincount(coarse.facet_surface))


def test_a_coarser_boundary_size_meshes_fewer_voxels(few_grains_in_space, recipe_with, tmp_path):
    labels = few_grains_in_space.rasterise(24)
    recipe = voxel_recipe(recipe_with, tmp_path, labels)
    recipe = recipe.model_copy(update={"mesh": recipe.mesh.model_copy(update={"boundary_size": BOX / 12})})
    mesh = import_microstructure(recipe)
    assert mesh.statistics["voxels_of_file"] == "24 x 24 x 24"
    assert mesh.statistics["voxels_meshed"] == "12 x 12 x 12"
    np.testing.assert_allclose(mesh.regions.measure, few_grains_in_space.measure, rtol=0.1)


def test_a_plane_image_keeps_areas_and_lengths(grains_in_plane, recipe_with, tmp_path):
    labels = grains_in_plane.rasterise(100)
    mesh = import_microstructure(voxel_recipe(recipe_with, tmp_path, labels))
    np.testing.assert_allclose(mesh.regions.measure, grains_in_plane.measure, rtol=0.02)
    assert mesh.regions.measure.sum() == pytest.approx(BOX**2, rel=1e-12)
    total = sum(grains_in_plane.area.values())
    assert sum(boundary_areas(mesh).values()) == pytest.approx(total, rel=0.03)
    steps = sum(np.count_nonzero(np.diff(labels, axis=axis)) for axis in range(2)) * BOX / 100
    assert steps > 1.15 * total
    assert mesh.statistics["one_percent_angle_degrees"] > 20.0


def test_without_smoothing_the_staircase_stays(few_grains_in_space, recipe_with, tmp_path):
    labels = few_grains_in_space.rasterise(10)
    mesh = import_microstructure(voxel_recipe(recipe_with, tmp_path, labels, smoothing=0, smallest_grain=0))
    voxels = mesh.regions.measure / (BOX / 10) ** 3
    np.testing.assert_allclose(voxels, np.round(voxels), rtol=1e-9)
    assert mesh.statistics["voxels_repaired"] == 0
    np.testing.assert_array_equal(np.round(voxels), np.bincount(labels.ravel())[1:])
    assert mesh.statistics["boundary_surfaces"] == "staircase"


def test_extents_must_be_those_of_the_recipe(recipe_with, tmp_path):
    labels = np.ones((10, 10, 12), dtype=int)
    np.save(tmp_path / "labels.npy", labels)
    imported = {"law": "image", "file": str(tmp_path / "labels.npy"), "voxel_size": ["10 um"]}
    with pytest.raises(MicrostructureError, match=r"width_z \(z\) of 120 um.*says 100 um"):
        import_microstructure(recipe_with(imported))


def test_same_image_same_mesh(few_grains_in_space, recipe_with, tmp_path):
    labels = few_grains_in_space.rasterise(12)
    recipe = voxel_recipe(recipe_with, tmp_path, labels)
    one, two = import_microstructure(recipe), import_microstructure(recipe)
    np.testing.assert_array_equal(one.points, two.points)
    np.testing.assert_array_equal(one.cells, two.cells)


@pytest.mark.parametrize("dimension", [2, 3])
def test_noise_is_given_to_the_grains_around_it(dimension, grains_in_plane, few_grains_in_space):
    known = grains_in_plane if dimension == 2 else few_grains_in_space
    labels = known.rasterise(40 if dimension == 2 else 20)
    generator = np.random.default_rng(1)
    noisy = np.where(generator.random(labels.shape) < 0.05, generator.integers(1, labels.max(), labels.shape), labels)
    image = clean_labels(noisy, (), 8)
    assert image.grains == labels.max()
    assert np.mean(image.rows + 1 == labels) > 0.97
