# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plane ceramics of layers and second phases, and periodic ones: who is where, and whether opposite sides match."""

import numpy as np
import pytest

from jadeite.microstructure.build import build
from jadeite.microstructure.plane.build import cut_geometry
from jadeite.microstructure.quality import cell_areas
from jadeite.microstructure.tagged_mesh import SurfaceKind

COARSE = {"interior_size": "2 um", "boundary_size": "1 um", "tip_size": "0.2 um", "growth": 0.5}
GRAINS = {"grain_size": {"law": "lognormal", "mean": "4 um"}, "crystal_symmetry": "trigonal"}


def periodic(recipe_of, **changes):
    content = {
        "width": "28 um",
        "separator": {"thickness": "22 um", "polycrystal": GRAINS},
        "periodic": ["x"],
        "pores": [],
        "flaws": [],
        "unwetted_patches": [],
        "mesh": COARSE,
    }
    return build(recipe_of("nzsp_polycrystal", **(content | changes)))


DEFECTS = {
    "pores": [{"radius": "0.4 um", "count": 3}],
    "flaws": [{"name": "a", "position": "9 um", "depth": "5 um", "form": "cut"}],
    "cracks": [{"name": "c", "centre": ["18 um", "12 um"], "half_length": "3 um", "tilt": "40 deg"}],
    "grooves": {"depth": "0.1 um", "width": "0.4 um"},
}


@pytest.mark.parametrize("changes", [{}, {"seed": 3}, DEFECTS], ids=["plain", "another seed", "with defects"])
def test_periodic_sides_match_point_by_point_and_grain_by_grain(recipe_of, changes):
    mesh = periodic(recipe_of, **changes)
    (sides,) = mesh.periodic
    assert (sides.axis, sides.period) == (0, pytest.approx(28e-6))
    left, right = sides.points.T
    np.testing.assert_allclose(mesh.points[right] - mesh.points[left], [[28e-6, 0.0]] * len(left), atol=28e-18)
    on_left, on_right = (np.flatnonzero(mesh.points[:, 0] == x) for x in (0.0, mesh.points[:, 0].max()))
    assert np.array_equal(np.sort(left), on_left)
    assert np.array_equal(np.sort(right), on_right)
    # a grain goes on where the other side ends: same grain, same orientation
    image = dict(sides.points.tolist())
    edges = np.sort(np.concatenate([mesh.cells[:, [0, 1]], mesh.cells[:, [1, 2]], mesh.cells[:, [2, 0]]]), axis=1)
    owner = {tuple(edge): mesh.cell_region[k % len(mesh.cells)] for k, edge in enumerate(edges.tolist())}
    walls = mesh.facets[mesh.facet_surface == mesh.surfaces.name.index("side wall left")].tolist()
    assert len(walls) > 15
    for wall in walls:
        here, there = owner[tuple(sorted(wall))], owner[tuple(sorted(image[point] for point in wall))]
        assert mesh.regions.grain[here] == mesh.regions.grain[there]
        assert np.array_equal(mesh.regions.orientation[here], mesh.regions.orientation[there])


def test_pieces_of_a_grain_are_regions_with_one_number(recipe_of):
    mesh = periodic(recipe_of)
    pieces = [name for name in mesh.regions.name if "piece" in name]
    assert len(pieces) > 3
    for name, grain in zip(mesh.regions.name, mesh.regions.grain.tolist(), strict=True):
        assert name.split(",")[0] == f"grain {grain + 1}"
    grains = np.bincount(mesh.regions.grain, mesh.regions.measure)
    assert len(grains) == mesh.statistics["grains"]
    diameters = np.sqrt(4 * grains / np.pi)
    # the grains count once, whole: sizes are those aimed at, pieces would be smaller
    assert diameters.mean() == pytest.approx(4e-6, rel=0.02)
    assert mesh.statistics["mean_diameter"] == pytest.approx(diameters.mean(), rel=1e-9)
    assert cell_areas(mesh.points, mesh.cells).sum() == pytest.approx(28e-6 * 22e-6, rel=1e-12)


def test_a_uniform_layer_between_grains_is_exact_and_parts_them(recipe_of):
    layers = [
        {"name": "lower", "thickness": "9 um", "polycrystal": GRAINS},
        {"name": "film", "thickness": "0.5 um", "material": "film"},
        {"name": "upper", "thickness": "10 um", "polycrystal": GRAINS | {"material": "cathode"}},
    ]
    mesh = build(recipe_of("grain_chain", width="24 um", separator={"layers": layers}, mesh=COARSE))
    film = mesh.regions.name.index("film")
    assert mesh.regions.measure[film] == pytest.approx(24e-6 * 0.5e-6, rel=1e-12)
    low, high = mesh.points[np.unique(mesh.cells[mesh.cell_region == film]), 1][[0, 0]], 9.5e-6
    assert low.min() >= 9e-6 - 1e-18
    for material, span in (("electrolyte", (0.0, 9e-6)), ("cathode", (high, 19.5e-6))):
        mine = np.isin(mesh.cell_region, [k for k, name in enumerate(mesh.regions.material) if name == material])
        height = mesh.points[np.unique(mesh.cells[mine]), 1]
        assert (height.min(), height.max()) == pytest.approx(span, abs=1e-15)
        area = cell_areas(mesh.points, mesh.cells)[mine].sum()
        assert area == pytest.approx(24e-6 * (span[1] - span[0]), rel=1e-12)
    phases = mesh.surfaces.rows(SurfaceKind.PHASE_BOUNDARY)
    assert mesh.surfaces.measure[phases].sum() == pytest.approx(2 * 24e-6, rel=1e-12)
    assert np.all(mesh.surfaces.regions[phases] == film, axis=1).sum() == 0
    assert np.any(mesh.surfaces.regions[phases] == film, axis=1).all()
    # numbers go on from layer to layer
    grains = [name for name in mesh.regions.name if name.startswith("grain")]
    assert grains == [f"grain {k}" for k in range(1, len(grains) + 1)]


def test_where_two_layers_of_grains_meet_the_interface_follows_them(recipe_of):
    fine, coarse = (GRAINS | {"grain_size": {"law": "lognormal", "mean": f"{size} um"}} for size in (2.5, 5.0))
    layers = [{"thickness": "12 um", "polycrystal": fine}, {"thickness": "16 um", "polycrystal": coarse}]
    geometry, size, statistics = cut_geometry(
        recipe_of("grain_chain", width="40 um", separator={"layers": layers}, mesh=COARSE)
    )
    assert size == 2.5e-6
    assert statistics["mean_diameter of layer 1"] == pytest.approx(2.5e-6, rel=0.03)
    assert statistics["mean_diameter of layer 2"] == pytest.approx(5e-6, rel=0.03)
    assert geometry.regions.measure.sum() == pytest.approx(40e-6 * 28e-6, rel=1e-12)


def test_second_phases_take_their_share(recipe_of):
    second = {"material": "glass", "fraction": 0.2, "crystal_symmetry": "cubic"}
    polycrystal = GRAINS | {"second_phases": [second]}
    geometry, _, statistics = cut_geometry(
        recipe_of(
            "nzsp_polycrystal",
            width="60 um",
            separator={"thickness": "40 um", "polycrystal": polycrystal},
            pores=[],
            flaws=[],
            unwetted_patches=[],
        )
    )
    glass = np.array([material == "glass" for material in geometry.regions.material])
    assert geometry.regions.measure[glass].sum() / (60e-6 * 40e-6) == pytest.approx(0.2, abs=0.01)
    assert set(np.array(geometry.regions.crystal_symmetry)[glass]) == {"cubic"}
    assert geometry.surfaces.rows(SurfaceKind.PHASE_BOUNDARY).size > 20
    # misorientation is a matter of one phase
    phases = geometry.surfaces.rows(SurfaceKind.PHASE_BOUNDARY)
    assert np.isnan(geometry.surfaces.misorientation[phases]).all()
    assert statistics["mean_diameter"] == pytest.approx(4e-6, rel=0.03)


def test_drawn_flaws_are_named_and_deepest_first(recipe_of):
    population = {
        "depths": {"law": "power_law", "smallest_depth": "1 um", "exponent": 2.0},
        "count": 5,
        "largest_depth": "6 um",
    }
    mesh = periodic(recipe_of, flaw_population=population, width="60 um")
    assert [flaw.name for flaw in mesh.flaws] == ["1", "2", "3", "4", "5"]
    depths = np.array([flaw.depth for flaw in mesh.flaws])
    assert np.array_equal(depths, np.sort(depths)[::-1])
    assert np.all((depths >= 1e-6) & (depths <= 6e-6))
    for flaw in mesh.flaws:
        row = mesh.surfaces.name.index(f"flaw {flaw.name}")
        assert mesh.surfaces.measure[row] == pytest.approx(2 * flaw.depth, rel=1e-9)
