# SPDX-License-Identifier: LGPL-3.0-or-later
import numpy as np
import pytest
from scipy.spatial import KDTree
from solid_samples import solid_recipe

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.solid.complex_build import build_complex
from jadeite.microstructure.solid.complex_measure import area_vectors, cell_volumes, check_complex
from jadeite.microstructure.solid.geometry import SolidGeometry
from jadeite.microstructure.tagged_mesh import SurfaceKind

UM = 1e-6


def wall_areas(geometry: SolidGeometry) -> dict[str, float]:
    area = np.linalg.norm(area_vectors(geometry.complex), axis=1)
    found: dict[str, float] = {}
    for face, size in zip(geometry.complex.faces, area, strict=True):
        found[face.wall] = found.get(face.wall, 0.0) + float(size)
    return found


def solid_volume(geometry: SolidGeometry) -> float:
    return float(np.prod(geometry.box)) - sum(4 / 3 * np.pi * pore.radius**3 for pore in geometry.pores)


@pytest.fixture(scope="module")
def everything() -> SolidGeometry:
    return build_complex(
        solid_recipe(
            120,
            periodic=["x"],
            flaws=[{"name": "deep", "position": "20 um", "depth": "12 um", "tilt": "10 deg", "mouth_width": "0.2 um"}],
            flaw_population={
                "depths": {"law": "power_law", "smallest_depth": "3 um", "exponent": 3},
                "count": 3,
                "largest_depth": "8 um",
            },
            cracks=[{"name": "inner", "centre": ["20 um", "30 um", "20 um"], "half_length": "5 um", "tilt": "70 deg"}],
            pores=[{"place": "triple_lines", "shape": {"law": "lens"}, "radius": "0.8 um", "count": 20}],
            inclusions=[{"material": "glass", "place": "grain_interiors", "radius": "1 um", "fraction": 0.004}],
            unwetted_patches=[{"name": "void", "centre": ["35 um", "35 um"], "radius": "5 um"}],
            grooves={"depth": "0.1 um", "width": "0.4 um"},
        )
    )


def test_every_wall_is_known_and_no_kind_is_idle(everything: SolidGeometry) -> None:
    walls = {face.wall for face in everything.complex.faces} - {""}
    assert walls == set(everything.walls)
    assert everything.walls["flaw deep"] is SurfaceKind.FLAW_WALL
    assert everything.walls["crack inner"] is SurfaceKind.EMBEDDED_CRACK
    assert everything.walls["pore 20"] is SurfaceKind.PORE_WALL
    assert everything.walls["unwetted patch void"] is SurfaceKind.UNWETTED_PATCH
    assert [flaw.name for flaw in everything.flaws] == ["deep", "1", "2", "3"]
    assert everything.grooves is not None


def test_volumes_and_areas_add_up(everything: SolidGeometry) -> None:
    check_complex(everything.complex, solid_volume(everything))
    assert everything.regions.measure.sum() == pytest.approx(solid_volume(everything), rel=1e-12)
    areas, (width, thickness, depth) = wall_areas(everything), everything.box
    electrode = areas["plating electrode"] + areas["unwetted patch void"]
    assert electrode == pytest.approx(width * depth, rel=1e-12)
    assert areas["side wall left"] == pytest.approx(thickness * depth, rel=1e-12)
    assert areas["unwetted patch void"] == pytest.approx(np.pi * (5 * UM) ** 2, rel=0.03)
    assert areas["crack inner"] == pytest.approx(np.pi * (5 * UM) ** 2, rel=0.04)
    assert everything.statistics["unwetted_fraction"] == pytest.approx(areas["unwetted patch void"] / width / depth)


def test_particles_are_regions_of_their_own(everything: SolidGeometry) -> None:
    rows = [k for k, name in enumerate(everything.regions.name) if name.startswith("particle")]
    assert len(rows) == everything.statistics["particles"]
    assert {everything.regions.material[row] for row in rows} == {"glass"}
    assert len(set(everything.regions.grain[rows].tolist())) == len(rows)
    share = everything.regions.measure[rows].sum() / np.prod(everything.box)
    assert share == pytest.approx(everything.statistics["particle_fraction"], rel=1e-9)
    # as near to the target as whole particles come
    assert abs(share - 0.004) <= 0.5 * 4 / 3 * np.pi * UM**3 / np.prod(everything.box)


def test_records_of_flaws(everything: SolidGeometry) -> None:
    deep = everything.flaws[0]
    assert deep.depth == pytest.approx(12 * UM, rel=0.01)
    np.testing.assert_allclose(deep.direction, (np.sin(np.pi / 18), np.cos(np.pi / 18), 0.0), atol=0.02)
    assert deep.mouth_width == 0.2 * UM
    assert deep.form == "notch"
    assert deep.tip_region in everything.regions.name
    front = np.array(deep.front)
    np.testing.assert_allclose((front - deep.mouth) @ deep.normal, 0.0, atol=1e-9 * UM)
    assert front[[0, -1], 1].tolist() == [0.0, 0.0]
    assert all(flaw.mouth_width == 0.0 and flaw.form == "cut" for flaw in everything.flaws[1:])
    crack = everything.cracks[0]
    np.testing.assert_allclose(np.linalg.norm(np.array(crack.front) - crack.centre, axis=1), 5 * UM, rtol=0.05)


def test_bodies_keep_apart_and_clear_of_fronts(everything: SolidGeometry) -> None:
    centres = np.array([pore.centre for pore in everything.pores])
    radius = everything.pores[0].radius
    assert KDTree(centres).query(centres, 2)[0][:, 1].min() > 2.6 * radius
    fronts = np.concatenate([flaw.front for flaw in everything.flaws])
    assert KDTree(fronts).query(centres)[0].min() > 0.5 * everything.size
    # each lens is divided by the boundaries it sits on
    faces = [face for face in everything.complex.faces if face.wall == "pore 7"]
    assert len(faces) == 3
    assert len({face.cells[0] for face in faces}) == 3
    assert all(face.cells[1] == -1 for face in faces)


def test_pieces_of_a_grain_share_number_and_orientation(everything: SolidGeometry) -> None:
    regions = everything.regions
    pieces = [row for row, name in enumerate(regions.name) if ", piece" in name]
    assert len(pieces) > 5
    for row in pieces:
        whole = regions.name.index(regions.name[row].split(",")[0])
        assert regions.grain[row] == regions.grain[whole]
        np.testing.assert_array_equal(regions.orientation[row], regions.orientation[whole])
    # boundaries between pieces of one grain do not exist
    for face in everything.complex.faces:
        if face.cells[1] >= 0 and not face.wall:
            one, other = (everything.complex.cell_region[cell] for cell in face.cells)
            assert one == other or regions.grain[one] != regions.grain[other]


@pytest.mark.parametrize("periodic", [["x"], ["z"], ["x", "z"]])
def test_periodic_sides_match_point_by_point(periodic: list[str]) -> None:
    flaws = [{"name": "near", "position": "6 um", "position_z": "6 um", "depth": "5 um", "turn": "30 deg"}]
    area = {"fraction": 0.3, "correlation_length": "12 um"}
    geometry = build_complex(solid_recipe(60, periodic=periodic, flaws=flaws, unwetted_area=area))
    assert len(geometry.periodic) == len(periodic)
    points = geometry.complex.points
    for axis in geometry.periodic:
        names = {0: ("left", "right"), 2: ("front", "back")}[axis]
        loops = [[f for f in geometry.complex.faces if f.wall == f"side wall {name}"] for name in names]
        assert len(loops[0]) == len(loops[1]) > 10
        others = np.delete(np.arange(3), axis)
        sides = [np.unique(np.concatenate([face.loops[0] for face in faces])) for faces in loops]
        distance, row = KDTree(points[sides[1]][:, others]).query(points[sides[0]][:, others])
        assert distance.max() < 1e-12 * max(geometry.box)
        image = dict(zip(sides[0].tolist(), sides[1][row].tolist(), strict=True))
        moved = {frozenset(image[point] for point in face.loops[0].tolist()) for face in loops[0]}
        assert moved == {frozenset(face.loops[0].tolist()) for face in loops[1]}


def test_layers_of_grains_and_slabs() -> None:
    grains = {"grain_size": {"law": "lognormal", "mean": "8 um", "coefficient_of_variation": 0.3}}
    pore = {"place": "grain_boundaries", "shape": {"law": "lens", "dihedral_angle": "100 deg"}, "radius": "0.7 um"}
    layers = [
        {"name": "interphase", "material": "film", "thickness": "1 um"},
        {"name": "dense", "thickness": "20 um", "polycrystal": grains},
        {"name": "porous", "thickness": "20 um", "polycrystal": grains, "pores": [{**pore, "count": 15}]},
        {"material": "film", "thickness": "2 um", "repeat": 2},
    ]
    geometry = build_complex(solid_recipe(separator={"layers": layers}, width="30 um"))
    check_complex(geometry.complex, solid_volume(geometry))
    names = geometry.regions.name
    assert names[0] == "interphase"
    assert names[-2:] == ("layer 4", "layer 5")
    assert names[1] == "grain 1"
    assert geometry.statistics["layers"] == 3
    assert geometry.statistics["mean_diameter of dense"] == pytest.approx(8 * UM, rel=0.05)
    film = cell_volumes(geometry.complex)[[0, -2, -1]]
    np.testing.assert_allclose(film, np.array([1.0, 2.0, 2.0]) * (30 * UM) ** 2 * UM, rtol=1e-12)
    heights = np.array([pore.centre[1] for pore in geometry.pores])
    # the interface follows the grains, so pores of the upper layer may lie a little below its nominal height
    assert len(heights) == 15
    assert heights.min() > 14 * UM


def test_flaws_that_follow_boundaries() -> None:
    flaw = {"name": "between", "position": "18 um", "depth": "12 um", "form": "cut", "path": "grain_boundaries"}
    geometry = build_complex(solid_recipe(80, flaws=[flaw]))
    faces = [face for face in geometry.complex.faces if face.wall == "flaw between"]
    regions = geometry.complex.cell_region
    assert len(faces) > 3
    assert all(regions[face.cells[0]] != regions[face.cells[1]] for face in faces)
    record = geometry.flaws[0]
    assert record.form == "cut"
    assert record.mouth_width == 0.0
    assert 4 * UM < record.tip[1] < 22 * UM
    assert abs(record.tip[0] - 18 * UM) < 12 * UM
    assert np.array(record.front)[[0, -1], 1].tolist() == [0.0, 0.0]


def test_targets_out_of_reach_say_how_close_they_came() -> None:
    pores = [{"place": "triple_lines", "radius": "2 um", "fraction": 0.3}]
    with pytest.raises(MicrostructureError, match=r"only \d+ found room at triple lines \(a volume fraction of 0\.0"):
        build_complex(solid_recipe(40, pores=pores))
    with pytest.raises(MicrostructureError, match="less than half of one of the pores"):
        build_complex(solid_recipe(40, pores=[{"place": "grain_interiors", "radius": "3 um", "fraction": 1e-4}]))


def test_overlaps_name_both() -> None:
    flaws = [{"name": "a", "position": "20 um", "depth": "8 um"}]
    patches = [{"name": "b", "centre": ["20 um", "20 um"], "radius": "5 um"}]
    with pytest.raises(MicrostructureError, match="unwetted patch 'b' and flaw a overlap"):
        build_complex(solid_recipe(40, flaws=flaws, unwetted_patches=patches))
    with pytest.raises(MicrostructureError, match="flaw a and flaw c overlap"):
        build_complex(solid_recipe(40, flaws=[*flaws, {"name": "c", "position": "21 um", "depth": "8 um"}]))


def test_equal_seeds_give_equal_complexes_and_more_pores_the_same_grains() -> None:
    first, again = (build_complex(solid_recipe(30)) for _ in range(2))
    np.testing.assert_array_equal(first.complex.points, again.complex.points)
    porous = build_complex(solid_recipe(30, pores=[{"place": "grain_interiors", "radius": "1 um", "count": 10}]))
    np.testing.assert_array_equal(porous.complex.points[: len(first.complex.points)], first.complex.points)
    np.testing.assert_array_equal(porous.regions.orientation, first.regions.orientation)
