# SPDX-License-Identifier: LGPL-3.0-or-later
import numpy as np
import pytest
from solid_samples import box_grid, voronoi, voronoi_complex

from jadeite.microstructure.errors import GeometryError
from jadeite.microstructure.solid.cell_complex import CellComplex, Face
from jadeite.microstructure.solid.complex_measure import area_vectors, cell_volumes, check_complex
from jadeite.microstructure.solid.complex_stack import Stratum, stack_strata
from jadeite.microstructure.solid.plane_cuts import cut_cells


def euler_characteristics(complex: CellComplex) -> set[int]:
    """V - E + F of every cell."""
    found = set()
    for cell in range(len(complex.cell_region)):
        loops = [loop.tolist() for face in complex.faces if cell in face.cells for loop in face.loops]
        edges = {frozenset(edge) for loop in loops for edge in zip(loop, loop[1:] + loop[:1], strict=True)}
        found.add(len({point for loop in loops for point in loop}) - len(edges) + len(loops))
    return found


def test_volume_of_a_box_and_of_half_a_box() -> None:
    complex = box_grid((1, 1, 1), (2.0, 3.0, 5.0))
    np.testing.assert_allclose(cell_volumes(complex), [30.0], rtol=1e-14)
    halves = cut_cells(complex, (1.0, 1.5, 2.5), (1.0, 1.0, 0.0), [0])
    # a plane through the middle of a box halves it, however it is turned
    np.testing.assert_allclose(cell_volumes(halves), [15.0, 15.0], rtol=1e-14)
    assert len(halves.points) == 12


def test_random_cuts_leave_a_sound_complex() -> None:
    generator = np.random.default_rng(3)
    complex = voronoi_complex(40, (1.0, 0.6, 0.8))
    check_complex(complex, 0.48)
    for _ in range(12):
        before = cell_volumes(complex)
        cells = generator.choice(len(complex.cell_region), 8, replace=False)
        origin, normal = generator.random(3) * (1.0, 0.6, 0.8), generator.standard_normal(3)
        complex = cut_cells(complex, origin, normal, cells.tolist())
        check_complex(complex, 0.48)
        after = np.bincount(complex.cell_region, cell_volumes(complex))
        np.testing.assert_allclose(after, np.bincount(complex.cell_region[: len(before)], before), rtol=1e-11)
    assert len(complex.cell_region) > 60
    assert euler_characteristics(complex) == {2}


def test_cut_through_old_points_edges_and_faces() -> None:
    complex = box_grid((2, 2, 2))
    # diagonal through edges of the boxes, and the plane between them, where there is nothing to cut
    diagonal = cut_cells(complex, (0.0, 0.0, 0.0), (1.0, -1.0, 0.0), range(8))
    check_complex(diagonal, 1.0)
    assert len(diagonal.cell_region) == 12
    assert len(diagonal.points) == len(complex.points)
    untouched = cut_cells(complex, (0.5, 0.0, 0.0), (1.0, 0.0, 0.0), range(8))
    assert len(untouched.cell_region) == 8
    assert len(untouched.faces) == len(complex.faces)


def test_cut_faces_lie_in_the_plane_and_neighbours_get_coplanar_faces() -> None:
    complex = box_grid((2, 1, 1))
    halves = cut_cells(complex, (0.0, 0.3, 0.0), (0.0, 1.0, 0.0), [0])
    check_complex(halves, 1.0)
    between = [face for face in halves.faces if set(face.cells) in ({0, 1}, {1, 2})]
    assert len(between) == 2
    areas = sorted(np.linalg.norm(area_vectors(CellComplex(halves.points, tuple(between))), axis=1))
    np.testing.assert_allclose(areas, [0.3, 0.7], rtol=1e-14)
    inner = next(face for face in halves.faces if set(face.cells) == {0, 2})
    assert np.all(halves.points[inner.loops[0], 1] == 0.3)


@pytest.mark.parametrize("normal", [(1.0, 0.4, 0.2), (0.1, 1.0, -0.3), (0.0, 1.0, 0.2), (0.2, 0.1, 1.0)])
def test_periodic_sides_still_match_after_cuts(normal: tuple[float, float, float]) -> None:
    complex = box_grid((3, 2, 3), (1.0, 0.5, 2.0))
    periods = {0: 1.0, 2: 2.0}
    cut = complex
    for origin, cells in (((0.1, 0.2, 0.3), [0, 1, 3]), ((0.9, 0.3, 1.9), [14, 17, 16]), ((0.1, 0.3, 1.8), [2, 5])):
        cut = cut_cells(cut, origin, normal, cells, periods)
    assert len(cut.cell_region) > len(complex.cell_region)
    check_complex(cut, 1.0)
    for names, axis, period in ((("left", "right"), 0, 1.0), (("front", "back"), 2, 2.0)):
        sides = []
        for name, shift in zip(names, (0.0, -period), strict=True):
            loops = [cut.points[face.loops[0]] for face in cut.faces if face.wall == f"side wall {name}"]
            for loop in loops:
                loop[:, axis] += shift
            sides.append(sorted(sorted(np.round(loop / 1e-10).astype(int).tolist()) for loop in loops))
        assert sides[0] == sides[1]


def test_a_cell_as_wide_as_its_periodic_box() -> None:
    # the plane meets opposite sides in places that are not images of each other, and each side gets both cuts
    layer = box_grid((1, 1, 1), (3.0, 1.0, 2.0))
    cut = cut_cells(layer, (1.4, 0.0, 0.9), (1.0, 0.3, 0.6), [0], {0: 3.0, 2: 2.0})
    check_complex(cut, 6.0)
    # along x the section lies, on average over y and z, at 1.4 - 0.3 * 0.5 - 0.6 * (1.0 - 0.9)
    np.testing.assert_allclose(cell_volumes(cut), [1.19 * 2.0, 6.0 - 1.19 * 2.0], rtol=1e-12)
    for axis, length in ((0, 3.0), (2, 2.0)):
        sides = [cut.points[np.abs(cut.points[:, axis] - at) < 1e-12] for at in (0.0, length)]
        across = [np.unique(np.round(np.delete(side, axis, axis=1), 12), axis=0) for side in sides]
        np.testing.assert_allclose(across[0], across[1], atol=1e-11)
        # two chords on the sides across z, which divide each of them twice; none on those across x
        assert len(across[0]) == (4 + 4 if axis == 2 else 4)


def test_stack_of_slabs_and_grains() -> None:
    box = (1.0, 2.0, 1.5)
    rows = np.arange(30, dtype=np.int32)
    strata = [
        Stratum(0.0, 0.1, rows[:1]),
        Stratum(0.1, 0.3, rows[1:2]),
        Stratum(0.3, 1.0, rows[2:12], voronoi(10, (1.0, 0.7, 1.5))),
        Stratum(1.0, 1.5, rows[12:13]),
        Stratum(1.5, 1.9, rows[13:29], voronoi(16, (1.0, 0.4, 1.5), seed=1)),
        Stratum(1.9, 2.0, rows[29:]),
    ]
    complex = stack_strata(strata, box)
    check_complex(complex, 3.0)
    volumes = cell_volumes(complex)
    np.testing.assert_allclose(volumes[[0, 1, 12, 29]], [0.15, 0.3, 0.75, 0.15], rtol=1e-12)
    area = np.linalg.norm(area_vectors(complex), axis=1)
    walls = np.array([face.wall for face in complex.faces])
    assert area[walls == "plating electrode"].sum() == pytest.approx(1.5, rel=1e-12)
    assert area[walls == "side wall back"].sum() == pytest.approx(2.0, rel=1e-12)
    between = [k for k, face in enumerate(complex.faces) if 12 in face.cells and face.wall == ""]
    assert area[between].sum() == pytest.approx(3.0, rel=1e-12)
    # slabs are convex: they can be cut as grains can
    cut = cut_cells(complex, (0.5, 1.2, 0.7), (1.0, 0.2, 0.1), [12, 5, 0, 1])
    check_complex(cut, 3.0)
    assert len(cut.cell_region) >= 33


def test_faults_are_found() -> None:
    complex = box_grid((2, 1, 1))
    with pytest.raises(GeometryError, match="do not close"):
        check_complex(CellComplex(complex.points, complex.faces[1:], complex.cell_region), 1.0)
    with pytest.raises(GeometryError, match="relative error"):
        check_complex(complex, 1.1)
    bent = complex.points.copy()
    bent[0] += 1e-3
    with pytest.raises(GeometryError, match="leaves its plane"):
        check_complex(CellComplex(bent, complex.faces, complex.cell_region), 1.0)
    turned = tuple(Face((face.loops[0][::-1],), face.cells, face.wall) for face in complex.faces)
    with pytest.raises(GeometryError, match="volume"):
        check_complex(CellComplex(complex.points, turned, complex.cell_region), 1.0)
