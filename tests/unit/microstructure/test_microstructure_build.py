# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whole recipes: defects where they were asked for, statistics as asked for, ten seeds, and the cache."""

import numpy as np
import pytest
import shapely

from jadeite.microstructure.build import build, recipe_hash
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.orientation import disorientation, rotation_matrices
from jadeite.microstructure.plane.arrangement import loop_areas
from jadeite.microstructure.plane.build import cut_geometry
from jadeite.microstructure.plane.sizes import choose_sizes
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

MICROMETRE = 1e-6

SMALL = {
    "width": "24 um",
    "separator": {
        "thickness": "20 um",
        "polycrystal": {
            "grain_size": {"law": "lognormal", "mean": "4 um", "coefficient_of_variation": 0.35},
            "crystal_symmetry": "trigonal",
        },
    },
    "pores": [{"radius": "0.3 um", "count": 2}],
    "flaws": [
        {"name": "straight", "position": "7 um", "depth": "5 um", "mouth_width": "0.2 um"},
        {"name": "tilted", "position": "12 um", "depth": "6 um", "mouth_width": "0.3 um", "tilt": "25 deg"},
    ],
    "unwetted_patches": [{"name": "void", "start": "17 um", "end": "20 um"}],
    "mesh": {"interior_size": "1.2 um", "boundary_size": "0.7 um", "tip_size": "0.05 um", "growth": 0.4},
}


def length_of(mesh, name):
    return mesh.surfaces.measure[mesh.surfaces.name.index(name)]


def test_the_main_recipe_is_what_the_case_promises(nzsp):
    _, mesh = nzsp
    assert mesh.statistics["grains"] >= 150
    assert len(mesh.cells) <= 60_000
    assert len({flaw.depth for flaw in mesh.flaws}) == 3
    assert mesh.pores
    assert mesh.patches
    assert mesh.statistics["minimum_angle_degrees"] > 15.0
    assert mesh.statistics["one_percent_angle_degrees"] > 30.0


def test_grain_sizes_reach_their_targets(nzsp):
    recipe, mesh = nzsp
    size = recipe.separator.polycrystal.grain_size
    # exact before short boundaries are contracted, which moves area between neighbours
    assert mesh.statistics["mean_diameter"] == pytest.approx(size.mean, rel=2e-3)
    assert mesh.statistics["coefficient_of_variation"] == pytest.approx(size.coefficient_of_variation, rel=0.05)


def test_areas_add_up_to_the_box_minus_voids(nzsp):
    recipe, mesh = nzsp
    box = recipe.width * recipe.thickness
    notches = sum(flaw.depth * flaw.mouth_width / 2 for flaw in recipe.flaws)
    pores = mesh.statistics["porosity"] * box
    assert mesh.regions.measure.sum() == pytest.approx(box - notches - pores, rel=1e-12)
    discs = len(mesh.pores) * np.pi * recipe.pores[0].radius ** 2
    # a regular 24-gon has 0.9886 of the area of its circle
    assert pores / discs == pytest.approx(0.9886, abs=0.004)


def test_lengths_of_walls_and_electrodes_are_exact(nzsp):
    recipe, mesh = nzsp
    for flaw in recipe.flaws:
        walls = 2 * np.hypot(flaw.depth, flaw.mouth_width / 2)
        assert length_of(mesh, f"flaw {flaw.name}") == pytest.approx(walls, rel=1e-12)
    (patch,) = recipe.unwetted_patches
    assert length_of(mesh, "unwetted patch void") == pytest.approx(patch.end - patch.start, rel=1e-12)
    mouths = sum(flaw.mouth_width for flaw in recipe.flaws)
    wetted = recipe.width - mouths - (patch.end - patch.start)
    assert length_of(mesh, "plating electrode") == pytest.approx(wetted, rel=1e-12)
    assert length_of(mesh, "stripping electrode") == pytest.approx(recipe.width, rel=1e-12)
    for side in ("left", "right"):
        assert length_of(mesh, f"side wall {side}") == pytest.approx(recipe.thickness, rel=1e-12)


def test_flaw_tips_are_mesh_points_inside_one_grain(nzsp):
    recipe, mesh = nzsp
    for asked, flaw in zip(recipe.flaws, mesh.flaws, strict=True):
        assert flaw.tip == (asked.position, asked.depth)
        (node,) = np.flatnonzero(np.all(mesh.points == flaw.tip, axis=1))
        around = np.any(mesh.cells == node, axis=1)
        names = {mesh.regions.name[row] for row in mesh.cell_region[around]}
        assert names == {flaw.tip_region}


def test_each_boundary_is_one_row_with_the_disorientation_of_its_grains(nzsp):
    _, mesh = nzsp
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    pairs = mesh.surfaces.regions[rows]
    assert len(np.unique(pairs, axis=0)) == len(rows)
    first, second = mesh.regions.orientation[pairs[:, 0]], mesh.regions.orientation[pairs[:, 1]]
    np.testing.assert_allclose(mesh.surfaces.misorientation[rows], disorientation(first, second, "trigonal"))
    others = np.setdiff1d(np.arange(len(mesh.surfaces)), rows)
    assert np.isnan(mesh.surfaces.misorientation[others]).all()
    assert mesh.statistics["grain_boundary_length"] == pytest.approx(mesh.surfaces.measure[rows].sum())


def test_pores_sit_on_junctions_apart_from_flaws(nzsp):
    recipe, mesh = nzsp
    axes = shapely.MultiLineString([(flaw.mouth, flaw.tip) for flaw in mesh.flaws])
    for pore in mesh.pores:
        apart = axes.distance(shapely.Point(pore.centre))
        assert apart > 0.5 * recipe.separator.polycrystal.grain_size.mean
        wall = mesh.facets[mesh.facet_surface == mesh.surfaces.name.index(pore.name)]
        radius = np.hypot(*(mesh.points[np.unique(wall)] - pore.centre).T)
        assert radius.max() == pytest.approx(pore.radius, rel=1e-9)
        assert radius.min() >= pore.radius * np.cos(np.pi / 18)
        touching = np.isin(mesh.cells, np.unique(wall)).any(axis=1)
        assert len(np.unique(mesh.cell_region[touching])) >= 3


def test_a_tilted_flaw_points_where_it_should(recipe_of):
    mesh = build(recipe_of("nzsp_polycrystal", **SMALL))
    flaw = mesh.flaws[1]
    angle = np.radians(25)
    np.testing.assert_allclose(flaw.tip, [12e-6 + 6e-6 * np.sin(angle), 6e-6 * np.cos(angle)], rtol=1e-12)
    np.testing.assert_allclose(flaw.direction, [np.sin(angle), np.cos(angle)], rtol=1e-12)
    half = 0.15e-6
    walls = sum(np.hypot(flaw.tip[0] - 12e-6 - side * half, flaw.tip[1]) for side in (-1, 1))
    assert length_of(mesh, "flaw tilted") == pytest.approx(walls, rel=1e-12)


def test_ten_seeds_mesh_well(recipe_of):
    worst = []
    for seed in range(10):
        recipe = recipe_of("nzsp_polycrystal", **(SMALL | {"seed": seed}))
        mesh = build(recipe)
        worst.append(mesh.statistics["minimum_angle_degrees"])
        assert mesh.statistics["mesh_algorithm"] == "Frontal-Delaunay"
    assert min(worst) > 12.0
    assert np.median(worst) > 24.0


def test_pores_and_mesh_sizes_leave_the_grains_alone(recipe_of):
    with_pores, _, _ = cut_geometry(recipe_of("nzsp_polycrystal", **SMALL))
    without, _, _ = cut_geometry(recipe_of("nzsp_polycrystal", **(SMALL | {"pores": []})))
    finer, _, _ = cut_geometry(recipe_of("nzsp_polycrystal", **(SMALL | {"mesh": {"boundary_size": "0.2 um"}})))
    assert np.array_equal(with_pores.regions.orientation, without.regions.orientation)
    assert np.array_equal(with_pores.points, finer.points)
    # only the grains around the two pores have lost area
    assert 3 <= np.sum(np.abs(with_pores.regions.measure / without.regions.measure - 1) > 1e-9) <= 8
    lost = loop_areas(without).sum() - loop_areas(with_pores).sum()
    assert lost == pytest.approx(2 * np.pi * 0.3e-6**2, rel=0.02)


def test_a_porosity_is_reached_to_the_nearest_pore(recipe_of):
    pores = [{"radius": "0.3 um", "fraction": 0.003}]
    mesh = build(recipe_of("nzsp_polycrystal", **(SMALL | {"pores": pores})))
    assert len(mesh.pores) == round(0.003 * 24 * 20 / (np.pi * 0.3**2))


def test_a_grain_chain_has_equal_layers(recipe_of):
    mesh = build(recipe_of("grain_chain"))
    assert mesh.regions.name == tuple(f"layer {k}" for k in range(1, 11))
    np.testing.assert_allclose(mesh.regions.measure, 20 * 5 * MICROMETRE**2, rtol=1e-12)
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    assert [mesh.surfaces.name[row] for row in rows] == [f"layer {k} | layer {k + 1}" for k in range(1, 10)]
    np.testing.assert_allclose(mesh.surfaces.measure[rows], 20 * MICROMETRE, rtol=1e-12)


def test_layers_of_different_materials_meet_at_interfaces(recipe_of):
    layers = [
        {"material": "soft", "thickness": "3 um", "repeat": 2},
        {"material": "hard", "thickness": "4 um", "euler_angles": ["0 deg", "30 deg", "0 deg"]},
    ]
    mesh = build(recipe_of("grain_chain", separator={"layers": layers}))
    inner = {name: kind for name, kind in zip(mesh.surfaces.name, mesh.surfaces.kind, strict=True) if "|" in name}
    assert inner == {
        "layer 1 | layer 2": SurfaceKind.GRAIN_BOUNDARY,
        "layer 2 | layer 3": SurfaceKind.PHASE_BOUNDARY,
    }
    assert mesh.regions.material == ("soft", "soft", "hard")
    assert mesh.points[:, 1].max() == pytest.approx(10 * MICROMETRE, rel=1e-14)


def test_the_two_beta_alumina_recipes_differ_in_orientation_only(recipe_of):
    plain, _, _ = cut_geometry(recipe_of("beta_alumina_random"))
    textured, _, _ = cut_geometry(recipe_of("beta_alumina_textured"))
    assert len(plain.regions) >= 150
    assert np.array_equal(plain.points, textured.points)
    along = np.abs(rotation_matrices(textured.regions.orientation)[:, 0, 2])
    assert np.degrees(np.sqrt(np.mean(np.arccos(along) ** 2))) == pytest.approx(12.0, rel=0.2)
    # random directions have a mean |cosine| of one half
    assert np.abs(rotation_matrices(plain.regions.orientation)[:, 0, 2]).mean() == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pores": [{"radius": "0.3 um", "count": 500}]}, "500 pores .* only"),
        (
            {
                "flaws": [
                    {"name": n, "position": f"{x} um", "depth": "5 um", "mouth_width": "0.5 um"}
                    for n, x in (("a", 7), ("b", 7.4))
                ]
            },
            "flaw a and flaw b overlap",
        ),
        ({"flaws": [], "unwetted_patches": [{"name": "p", "start": "0 um", "end": "24 um"}]}, "leave no contact"),
        ({"flaws": [{"name": "a", "position": "18 um", "depth": "5 um"}]}, "patch 'void' and flaw a overlap"),
        ({"flaws": [{"name": "a", "position": "23 um", "depth": "6 um", "tilt": "30 deg"}]}, "'a' lies outside"),
        (
            {
                "unwetted_patches": [
                    {"name": n, "start": s, "end": e} for n, s, e in (("p", "1 um", "3 um"), ("q", "2 um", "4 um"))
                ]
            },
            "'p' and 'q' overlap",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused_by_name(recipe_of, change, message):
    with pytest.raises(MicrostructureError, match=message):
        cut_geometry(recipe_of("nzsp_polycrystal", **(SMALL | change)))


def test_pores_need_junctions(recipe_of):
    with pytest.raises(MicrostructureError, match="layers have none"):
        cut_geometry(recipe_of("grain_chain", pores=[{"radius": "0.3 um", "count": 1}]))


def test_the_cache_returns_the_same_mesh_and_knows_recipes_apart(recipe_of, tmp_path):
    recipe = recipe_of("grain_chain")
    first = build(recipe, tmp_path)
    (stored,) = tmp_path.iterdir()
    assert stored.name == f"{recipe_hash(recipe)}.npz"
    # what is in the cache is what is returned: plant another mesh there
    TaggedMesh.load(stored)
    other = build(recipe_of("grain_chain", width="5 um"))
    other.save(stored)
    assert np.array_equal(build(recipe, tmp_path).points, other.points)
    assert not np.array_equal(first.points, other.points)
    assert recipe_hash(recipe) == recipe_hash(recipe_of("grain_chain"))
    assert recipe_hash(recipe) != recipe_hash(recipe_of("grain_chain", seed=1))


def test_sizes_left_out_follow_from_grains_flaws_and_patches(recipe_of):
    recipe = recipe_of("nzsp_polycrystal", **(SMALL | {"mesh": {"refinements": 1}}))
    geometry, size, _ = cut_geometry(recipe)
    assert size == 4e-6
    sizes = choose_sizes(recipe, geometry, size)
    assert sizes.halvings == 1
    assert sizes.interior == pytest.approx(0.8e-6)
    assert (7e-6, 5e-6, pytest.approx(0.05e-6)) in sizes.at_points
    assert (17e-6, 0.0, pytest.approx(0.03e-6)) in sizes.at_points
