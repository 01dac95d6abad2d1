# SPDX-License-Identifier: LGPL-3.0-or-later
import numpy as np
import pytest
from solid_samples import box_grid, voronoi_complex

from jadeite.case.microstructure import Crack, Flaw
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.solid.cell_complex import CellComplex
from jadeite.microstructure.solid.complex_editor import ComplexEditor
from jadeite.microstructure.solid.complex_measure import area_vectors, check_complex
from jadeite.microstructure.solid.flaw_planes import check_flaws, keep_apart, place_crack, place_flaw
from jadeite.microstructure.solid.flaws import front, insert_along_boundaries, insert_straight

UNIT = (1.0, 1.0, 1.0)


def flaw(name="a", position=0.5, depth=0.3, **other):
    values = {"position_z": None, "half_length": None, "tilt": 0.0, "turn": 0.0, "mouth_width": 1e-3}
    return Flaw.model_construct(name=name, position=position, depth=depth, **{**values, **other})


def crack(name="c", centre=(0.5, 0.5, 0.5), half_length=0.2, tilt=0.0, turn=0.0):
    return Crack.model_construct(name=name, centre=centre, half_length=half_length, tilt=tilt, turn=turn)


def wall_area(complex: CellComplex, wall: str) -> float:
    area = np.linalg.norm(area_vectors(complex), axis=1)
    return float(area[[face.wall == wall for face in complex.faces]].sum())


def test_directions_of_a_flaw() -> None:
    plane = place_flaw(flaw(tilt=np.pi / 6), UNIT)
    # positive tilt leans to larger x; the normal is that of a flaw in two dimensions
    np.testing.assert_allclose(plane.frame.across, (0.5, np.sqrt(0.75), 0.0), atol=1e-15)
    np.testing.assert_allclose(plane.frame.normal, (np.sqrt(0.75), -0.5, 0.0), atol=1e-15)
    np.testing.assert_allclose(plane.frame.origin, (0.5, 0.0, 0.5))
    # a right-handed quarter turn about y takes z to x and x to -z
    turned = place_flaw(flaw(tilt=np.pi / 6, turn=np.pi / 2), UNIT)
    np.testing.assert_allclose(turned.frame.across, (0.0, np.sqrt(0.75), -0.5), atol=1e-15)
    np.testing.assert_allclose(np.abs(turned.frame.along), (1.0, 0.0, 0.0), atol=1e-15)


@pytest.mark.parametrize("count", [1, 8, 60, 400])
def test_area_of_a_half_penny(count: int) -> None:
    editor = ComplexEditor.open(voronoi_complex(count, seed=count))
    plane = place_flaw(flaw(depth=0.31, half_length=0.37, tilt=0.2, turn=0.4), UNIT)
    size = (6 / np.pi / count) ** (1 / 3)
    (plane,), (faces,) = insert_straight(editor, [plane], size)
    ends = editor.points[front(editor, faces, True)]
    complex = editor.close()
    check_complex(complex, 1.0)
    # the outline has 64 bends and is rough by two percent of a grain near old points
    assert wall_area(complex, "flaw a") == pytest.approx(np.pi * 0.31 * 0.37 / 2, rel=0.01 + 0.02 * size / 0.3)
    assert np.all(np.abs(plane.frame.height(editor.points[editor.vertices(faces)])) < 1e-12)
    assert ends[[0, -1], 1] == pytest.approx([0.0, 0.0], abs=1e-15)
    flat = plane.frame.flat(ends) / (0.37, 0.31)
    assert np.abs(np.linalg.norm(flat, axis=1) - 1.0).max() < 0.03 * size / 0.3 + 0.005
    assert 30 <= len(ends) <= 120
    # from one end of the mouth to the other, never back
    angle = np.unwrap(np.arctan2(flat[:, 1], flat[:, 0]))
    assert np.all(np.diff(angle) > 0) or np.all(np.diff(angle) < 0)


@pytest.mark.parametrize("count", [1, 30, 300])
def test_area_and_front_of_a_crack(count: int) -> None:
    editor = ComplexEditor.open(voronoi_complex(count, seed=count + 1))
    plane = place_crack(crack(tilt=0.6, turn=1.1, half_length=0.3))
    size = (6 / np.pi / count) ** (1 / 3)
    _, (faces,) = insert_straight(editor, [plane], size)
    rim = editor.points[front(editor, faces, False)]
    complex = editor.close()
    check_complex(complex, 1.0)
    assert wall_area(complex, "crack c") == pytest.approx(np.pi * 0.09, rel=0.012 + 0.02 * size / 0.3)
    length = np.linalg.norm(rim - np.roll(rim, 1, axis=0), axis=1).sum()
    assert length == pytest.approx(2 * np.pi * 0.3, rel=0.02)


def test_many_flaws_in_many_grains() -> None:
    editor = ComplexEditor.open(voronoi_complex(250, seed=5))
    generator = np.random.default_rng(8)
    planes = []
    while len(planes) < 15:
        tilt, turn = generator.uniform(-0.5, 0.5), generator.uniform(-np.pi, np.pi)
        place = generator.uniform(0.2, 0.8, 2)
        drawn = flaw(
            f"{len(planes)}", place[0], generator.uniform(0.05, 0.15), position_z=place[1], tilt=tilt, turn=turn
        )
        plane = place_flaw(drawn, UNIT)
        if all(keep_apart(plane, other) for other in planes):
            planes.append(plane)
    insert_straight(editor, planes, 0.2)
    complex = editor.close()
    check_complex(complex, 1.0)
    for plane in planes:
        assert wall_area(complex, plane.label) == pytest.approx(np.pi * plane.depth**2 / 2, rel=0.06)


def test_flaws_in_the_planes_of_faces_and_in_one_plane() -> None:
    editor = ComplexEditor.open(box_grid((4, 4, 8)))
    planes = [
        place_flaw(flaw("a", depth=0.2, position_z=0.25), UNIT),
        place_flaw(flaw("b", depth=0.2, position_z=0.75), UNIT),
    ]
    insert_straight(editor, planes, 0.25)
    complex = editor.close()
    check_complex(complex, 1.0)
    assert len(complex.cell_region) == 128
    assert wall_area(complex, "flaw a") == pytest.approx(np.pi * 0.02, rel=0.02)
    assert wall_area(complex, "flaw b") == pytest.approx(wall_area(complex, "flaw a"), rel=1e-9)


def test_periodic_sides_match_beside_a_flaw() -> None:
    complex = box_grid((3, 3, 3))
    editor = ComplexEditor.open(complex, {0: 1.0, 2: 1.0})
    insert_straight(
        editor, [place_flaw(flaw(position=0.15, depth=0.12, position_z=0.2, tilt=0.3, turn=0.5), UNIT)], 0.4
    )
    cut = editor.close()
    check_complex(cut, 1.0)
    assert len(cut.points) > len(complex.points)
    for axis in (0, 2):
        low, high = (cut.points[cut.points[:, axis] == side] for side in (0.0, 1.0))
        for one, other in ((low, high), (high, low)):
            others = np.delete(np.arange(3), axis)
            gap = np.abs(one[:, None, others] - other[None, :, others]).max(axis=2).min(axis=1)
            assert gap.max() < 1e-14


def test_planes_keep_clear_of_corners_of_grains() -> None:
    size = 0.2
    generator = np.random.default_rng(2)
    for seed in range(4):
        editor = ComplexEditor.open(voronoi_complex(120, seed=seed))
        corners = editor.points.copy()
        asked = place_flaw(flaw(depth=0.25, tilt=generator.uniform(-0.4, 0.4), turn=generator.uniform(0, 3)), UNIT)
        (plane,), (faces,) = insert_straight(editor, [asked], size)
        assert plane.frame.origin[1] == 0.0
        assert np.linalg.norm(plane.frame.origin - asked.frame.origin) < 0.02 * size / np.cos(0.4)
        np.testing.assert_array_equal(plane.frame.normal, asked.frame.normal)
        inside = np.linalg.norm(plane.frame.flat(corners) / 0.25, axis=1) < 1.0
        assert np.abs(plane.frame.height(corners[inside])).min() > 0.002 * size
        assert len(faces) > 1


def test_flaw_along_boundaries_of_a_grid() -> None:
    editor = ComplexEditor.open(box_grid((5, 5, 5)))
    # the nearest boundaries are at x = 0.4, five hundredths beside the flaw
    plane = place_flaw(flaw(position=0.45, depth=0.45, half_length=0.45), UNIT)
    faces = insert_along_boundaries(editor, plane)
    corners = editor.points[editor.vertices(faces)]
    assert np.all(corners[:, 0] == 0.4)
    # middles at depths 0.1 and 0.3 and at -0.4, -0.2, 0, 0.2, 0.4 along the mouth lie over the half penny
    assert len(faces) == 5 + 3
    rim = editor.points[front(editor, faces, True)]
    assert rim[[0, -1], 1].tolist() == [0.0, 0.0]
    assert rim[:, 1].max() == pytest.approx(0.4)
    check_complex(editor.close(), 1.0)


def test_flaw_without_boundaries_is_refused() -> None:
    editor = ComplexEditor.open(box_grid((1, 1, 1)))
    with pytest.raises(MicrostructureError, match="grain boundaries"):
        insert_along_boundaries(editor, place_flaw(flaw(), UNIT))


def test_flaws_that_do_not_fit_are_named() -> None:
    through = place_flaw(flaw("through", depth=0.95, half_length=0.2), UNIT)
    aside = place_flaw(flaw("aside", position=0.1, depth=0.2, turn=np.pi / 2), UNIT)
    with pytest.raises(MicrostructureError, match=r"through reaches 0\.95 of the thickness.*aside reaches the left"):
        check_flaws([through, aside], UNIT, 0.01)
    one, other = place_flaw(flaw("one"), UNIT), place_flaw(flaw("other", turn=1.0), UNIT)
    with pytest.raises(MicrostructureError, match="flaw one and flaw other overlap"):
        check_flaws([one, other], UNIT, 0.01)
    inner = place_crack(crack(centre=(0.5, 0.1, 0.5)))
    with pytest.raises(MicrostructureError, match="crack c reaches the plating electrode"):
        check_flaws([inner], UNIT, 0.01)
    check_flaws([one, place_flaw(flaw("far", position=0.7), UNIT)], UNIT, 0.01)
