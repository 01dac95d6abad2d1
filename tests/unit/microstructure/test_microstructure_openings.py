# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cuts, filaments, cracks and flaws along grain boundaries: exact lengths, two sides, one tip, nothing lost."""

import numpy as np
import pytest

from jadeite.microstructure.build import build
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.plane.build import cut_geometry
from jadeite.microstructure.plane.flaws import ROUND_SIDES
from jadeite.microstructure.quality import cell_areas
from jadeite.microstructure.tagged_mesh import SurfaceKind

GRAINS = {
    "width": "24 um",
    "separator": {
        "thickness": "20 um",
        "polycrystal": {"grain_size": {"law": "lognormal", "mean": "4 um"}, "crystal_symmetry": "trigonal"},
    },
    "pores": [],
    "flaws": [],
    "unwetted_patches": [],
    "mesh": {"interior_size": "1.2 um", "boundary_size": "0.7 um", "tip_size": "0.1 um", "growth": 0.4},
}
BOX = 24e-6 * 20e-6


def mesh_of(recipe_of, **changes):
    return build(recipe_of("nzsp_polycrystal", **(GRAINS | changes)))


def facets_of(mesh, name):
    return mesh.facets[mesh.facet_surface == mesh.surfaces.name.index(name)]


def beside(mesh, facets):
    """The one cell each outer facet belongs to."""
    sides = np.sort(np.concatenate([mesh.cells[:, [0, 1]], mesh.cells[:, [1, 2]], mesh.cells[:, [2, 0]]]), axis=1)
    rows = {tuple(side): k % len(mesh.cells) for k, side in enumerate(sides.tolist())}
    return np.array([rows[tuple(sorted(facet))] for facet in facets.tolist()])


def euler(mesh):
    edges = np.unique(
        np.sort(np.concatenate([mesh.cells[:, [0, 1]], mesh.cells[:, [1, 2]], mesh.cells[:, [2, 0]]]), axis=1), axis=0
    )
    return len(mesh.points) - len(edges) + len(mesh.cells)


@pytest.mark.parametrize("tilt", [-20, 0, 33])
def test_a_cut_has_two_walls_and_no_width(recipe_of, tilt):
    mesh = mesh_of(
        recipe_of, flaws=[{"name": "a", "position": "12 um", "depth": "8 um", "form": "cut", "tilt": f"{tilt} deg"}]
    )
    (flaw,) = mesh.flaws
    assert (flaw.form, flaw.mouth_width, flaw.depth) == ("cut", 0.0, 8e-6)
    row = mesh.surfaces.name.index("flaw a")
    assert mesh.surfaces.kind[row] == SurfaceKind.FLAW_WALL
    assert mesh.surfaces.measure[row] == pytest.approx(2 * 8e-6, rel=1e-12)
    assert cell_areas(mesh.points, mesh.cells).sum() == pytest.approx(BOX, rel=1e-13)
    assert mesh.regions.measure.sum() == pytest.approx(BOX, rel=1e-12)
    # every point of the cut but the tip is there once on each side, and the facets match
    walls = facets_of(mesh, "flaw a")
    nodes, copies = np.unique(mesh.points[np.unique(walls)], axis=0, return_counts=True)
    at_tip = np.all(nodes == flaw.tip, axis=1)
    assert at_tip.sum() == 1
    assert np.array_equal(copies, np.where(at_tip, 1, 2))
    middles = mesh.points[walls].mean(axis=1)
    assert len(np.unique(middles.round(15), axis=0)) == len(walls) / 2
    # cells lie on both sides of the line
    normal = np.array([flaw.direction[1], -flaw.direction[0]])
    side = (mesh.points[mesh.cells[beside(mesh, walls)]].mean(axis=1) - flaw.mouth) @ normal
    assert np.count_nonzero(side > 0.0) == np.count_nonzero(side < 0.0) == len(walls) / 2
    # a slit from the outside leaves the plate a disc
    assert euler(mesh) == 1
    around = np.any(mesh.cells == int(np.flatnonzero(np.all(mesh.points == flaw.tip, axis=1))[0]), axis=1)
    assert {mesh.regions.name[region] for region in mesh.cell_region[around]} == {flaw.tip_region}


def test_a_crack_is_a_cut_with_two_ends(recipe_of):
    crack = {"name": "c", "centre": ["12 um", "11 um"], "half_length": "5 um", "tilt": "50 deg"}
    mesh = mesh_of(recipe_of, cracks=[crack])
    plain = mesh_of(recipe_of)
    row = mesh.surfaces.name.index("crack c")
    assert mesh.surfaces.kind[row] == SurfaceKind.EMBEDDED_CRACK
    assert mesh.surfaces.measure[row] == pytest.approx(4 * 5e-6, rel=1e-12)
    assert cell_areas(mesh.points, mesh.cells).sum() == pytest.approx(BOX, rel=1e-13)
    # one hole more than a plate without
    assert (euler(plain), euler(mesh)) == (1, 0)
    (found,) = mesh.cracks
    reach = 5e-6 * np.array([np.sin(np.radians(50)), np.cos(np.radians(50))])
    np.testing.assert_allclose(found.front, np.add([12e-6, 11e-6], [-reach, reach]), rtol=1e-12)
    nodes, copies = np.unique(mesh.points[np.unique(facets_of(mesh, "crack c"))], axis=0, return_counts=True)
    ends = np.any([np.all(nodes == end, axis=1) for end in found.front], axis=0)
    assert np.array_equal(copies, np.where(ends, 1, 2))


def test_a_crack_inside_one_uniform_layer_needs_no_boundary(recipe_of):
    layers = [{"thickness": "10 um"}]
    cracks = [{"name": "c", "centre": ["10 um", "4 um"], "half_length": "2 um", "tilt": "0 deg"}]
    mesh = build(recipe_of("grain_chain", separator={"layers": layers}, cracks=cracks))
    assert mesh.surfaces.measure[mesh.surfaces.name.index("crack c")] == pytest.approx(8e-6, rel=1e-12)
    assert euler(mesh) == 0


def test_a_cut_across_a_boundary_leaves_the_boundary_whole(recipe_of):
    layers = [{"thickness": "5 um", "repeat": 2}]
    flaws = [{"name": "a", "position": "8 um", "depth": "7 um", "form": "cut", "tilt": "20 deg"}]
    mesh = build(recipe_of("grain_chain", separator={"layers": layers}, flaws=flaws))
    assert mesh.surfaces.measure[mesh.surfaces.name.index("layer 1 | layer 2")] == pytest.approx(20e-6, rel=1e-12)
    np.testing.assert_allclose(mesh.regions.measure, 100e-12, rtol=1e-12)


@pytest.mark.parametrize("tilt", [0, 25])
def test_a_filament_has_parallel_walls_and_a_round_end(recipe_of, tilt):
    flaw = {"name": "f", "position": "11 um", "depth": "6 um", "mouth_width": "0.4 um", "form": "filament"}
    mesh = mesh_of(recipe_of, flaws=[flaw | {"tilt": f"{tilt} deg"}])
    (found,) = mesh.flaws
    radius, turn = 0.2e-6, np.radians(tilt)
    straight = 6e-6 - radius
    # a strip cut off by the slanted electrode, and half of a polygon
    half_round = ROUND_SIDES / 2 * radius**2 * np.sin(np.pi / ROUND_SIDES)
    assert BOX - mesh.regions.measure.sum() == pytest.approx(2 * radius * straight + half_round, rel=1e-9)
    chord = 2 * radius * np.sin(np.pi / (2 * ROUND_SIDES))
    walls = 2 * straight + ROUND_SIDES * chord
    assert mesh.surfaces.measure[mesh.surfaces.name.index("flaw f")] == pytest.approx(walls, rel=1e-12)
    nodes = mesh.points[np.unique(facets_of(mesh, "flaw f"))]
    along = np.array([np.sin(turn), np.cos(turn)])
    depth = (nodes - found.mouth) @ along
    assert depth.max() == pytest.approx(6e-6, rel=1e-12)
    off = np.abs((nodes - found.mouth) @ [along[1], -along[0]])
    np.testing.assert_allclose(off[depth < straight * (1 - 1e-9)], radius, rtol=1e-9)


def test_a_flaw_along_boundaries_is_made_of_them(recipe_of):
    flaw = {"name": "g", "position": "12 um", "depth": "7 um", "path": "grain_boundaries"}
    geometry, size, _ = cut_geometry(recipe_of("nzsp_polycrystal", **(GRAINS | {"flaws": [flaw]})))
    plain, _, _ = cut_geometry(recipe_of("nzsp_polycrystal", **GRAINS))
    (found,) = geometry.flaws
    walls = geometry.surfaces.measure[geometry.surfaces.name.index("flaw g")]
    # the grains are the same, and what the flaw has taken of their boundaries is half the length of its walls
    np.testing.assert_allclose(geometry.regions.measure, plain.regions.measure, rtol=1e-12)
    cut, whole = (
        each.surfaces.measure[each.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)].sum() for each in (geometry, plain)
    )
    assert whole - cut == pytest.approx(0.5 * walls, rel=1e-9)
    assert np.all(geometry.edge_regions[geometry.edge_cut, 0] != geometry.edge_regions[geometry.edge_cut, 1])
    assert found.depth == np.hypot(*np.subtract(found.tip, found.mouth))
    assert 0.5 * walls >= found.depth
    # it gets as deep as asked for, to within the edge it ends in, and stays near the straight flaw
    assert abs(found.tip[1] - 7e-6) < size
    assert abs(found.mouth[0] - 12e-6) < size
    nodes = geometry.points[np.unique(geometry.edges[geometry.edge_cut])]
    assert np.abs(nodes[:, 0] - 12e-6).max() < 1.5 * size
    # the tip lies inside an edge of a boundary, which goes on
    (tip,) = np.flatnonzero(np.all(geometry.points == found.tip, axis=1))
    meeting = np.any(geometry.edges == tip, axis=1)
    assert sorted(geometry.edge_cut[meeting].tolist()) == [False, True]
    ahead = np.diff(geometry.points[geometry.edges[meeting & ~geometry.edge_cut]][0], axis=0)[0]
    assert abs(ahead @ found.direction) == pytest.approx(np.hypot(*ahead), rel=1e-9)


def test_two_flaws_along_boundaries_keep_apart(recipe_of):
    flaws = [
        {"name": n, "position": f"{x} um", "depth": "5 um", "path": "grain_boundaries"} for n, x in (("a", 8), ("b", 9))
    ]
    geometry, size, _ = cut_geometry(recipe_of("nzsp_polycrystal", **(GRAINS | {"flaws": flaws})))
    surfaces = [geometry.edge_surface == geometry.surfaces.name.index(f"flaw {name}") for name in "ab"]
    one, other = (geometry.points[np.unique(geometry.edges[rows])] for rows in surfaces)
    assert np.hypot(*(one[:, None] - other).transpose(2, 0, 1)).min() > 0.2 * size


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "nzsp_polycrystal",
            {"cracks": [{"name": "c", "centre": ["2 um", "8 um"], "half_length": "4 um", "tilt": "60 deg"}]},
            "crack c leaves the separator",
        ),
        (
            "nzsp_polycrystal",
            {
                "flaws": [{"name": "a", "position": "12 um", "depth": "9 um", "form": "cut"}],
                "cracks": [{"name": "c", "centre": ["12 um", "8 um"], "half_length": "3 um", "tilt": "75 deg"}],
            },
            "flaw a and crack c overlap",
        ),
        (
            "nzsp_polycrystal",
            {"cracks": [{"name": "c", "centre": ["2 um", "8 um", "1 um"], "half_length": "1 um"}]},
            "needs two coordinates",
        ),
        (
            "nzsp_polycrystal",
            {
                "flaws": [
                    {"name": "a", "position": "9 um", "depth": "1 um", "mouth_width": "1.9 um", "form": "filament"}
                    | {"tilt": "30 deg"}
                ]
            },
            "wider than deep",
        ),
        (
            "nzsp_polycrystal",
            {"flaws": [{"name": "a", "position": "12 um", "depth": "25 um", "path": "grain_boundaries"}]},
            "no path along grain boundaries reaches its depth of 2.5e-05 m; the deepest comes to",
        ),
        (
            "grain_chain",
            {"flaws": [{"name": "a", "position": "9 um", "depth": "8 um", "path": "grain_boundaries"}]},
            "no free grain boundary meets the plating electrode",
        ),
    ],
)
def test_refusals(recipe_of, name, change, message):
    base = GRAINS if name == "nzsp_polycrystal" else {}
    with pytest.raises(MicrostructureError, match=message):
        cut_geometry(recipe_of(name, **(base | change)))
