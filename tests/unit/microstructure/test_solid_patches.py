# SPDX-License-Identifier: LGPL-3.0-or-later
import numpy as np
import pytest
import shapely
from solid_samples import box_grid, solid_recipe, voronoi_complex

from jadeite.microstructure.solid.complex_editor import ComplexEditor
from jadeite.microstructure.solid.complex_measure import area_vectors, check_complex
from jadeite.microstructure.solid.patches import FRAME, insert_patches
from jadeite.microstructure.solid.plane_outlines import claim_inside
from jadeite.microstructure.unwetted_field import gaussian_field, unwetted_polygons

UM = 1e-6


def claimed_area(editor: ComplexEditor, area: shapely.Geometry, spacing: float = 0.02, snap: float = 0.003) -> float:
    faces = [number for number, face in editor.faces.items() if face.wall == "plating electrode"]
    inside = claim_inside(editor, faces, FRAME, area, spacing, snap)
    for number in inside:
        editor.faces[number].wall = "inside"
    complex = editor.close()
    check_complex(complex, 1.0)
    size = np.linalg.norm(area_vectors(complex), axis=1)
    return float(size[[face.wall == "inside" for face in complex.faces]].sum())


SHAPES = {
    "disc": shapely.Point(0.45, 0.55).buffer(0.3, quad_segs=90),
    "small disc": shapely.Point(0.13, 0.12).buffer(0.05, quad_segs=90),
    "ring": shapely.Point(0.5, 0.5).buffer(0.4, quad_segs=90).difference(shapely.Point(0.48, 0.5).buffer(0.2)),
    "over the edge": shapely.Point(0.0, 0.9).buffer(0.33, quad_segs=90),
    "square of points": shapely.box(0.21, 0.22, 0.73, 0.81),
    "two": shapely.union_all([shapely.Point(0.3, 0.3).buffer(0.2, 90), shapely.Point(0.7, 0.7).buffer(0.2, 90)]),
    "bay": shapely.box(0.1, 0.1, 0.9, 0.9).difference(shapely.box(0.33, 0.33, 0.61, 1.0)).buffer(0.03),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("count", [1, 20, 300])
def test_area_within_an_outline(name: str, count: int) -> None:
    shape = shapely.segmentize(SHAPES[name], 0.01)
    expected = shapely.intersection(shape, shapely.box(0, 0, 1, 1)).area
    editor = ComplexEditor.open(voronoi_complex(count, seed=3))
    # chords and points passed through change the area by the length of the outline times a fraction of the snap
    assert claimed_area(editor, shape) == pytest.approx(expected, abs=0.002 * shape.length + 1e-4)


def test_outline_along_old_edges_and_through_old_points() -> None:
    # corners of the square are points of the grid, its sides run along edges
    editor = ComplexEditor.open(box_grid((4, 2, 4)))
    before = editor.count
    assert claimed_area(editor, shapely.segmentize(shapely.box(0.25, 0.25, 0.75, 0.75), 0.05)) == pytest.approx(0.25)
    assert editor.count == before


def test_field_has_its_variance_and_correlation() -> None:
    generator = np.random.default_rng(4)
    values, products = [], []
    for _ in range(60):
        (x, _), field = gaussian_field((10.0, 10.0), (True, False), 1.0, generator)
        step = round(1.0 / (x[1] - x[0]))
        values.append(np.mean(field**2))
        products.append(np.mean(field[step:] * field[:-step]))
    assert np.mean(values) == pytest.approx(1.0, abs=0.05)
    distance = step * (x[1] - x[0])
    assert np.mean(products) == pytest.approx(np.exp(-(distance**2)), abs=0.04)


def test_periodic_field_repeats_itself() -> None:
    (x, z), field = gaussian_field((4.0, 6.0), (True, True), 1.0, np.random.default_rng(4))
    for axis, (places, length) in enumerate(((x, 4.0), (z, 6.0))):
        low = int(np.argmin(np.abs(places)))
        high = int(np.argmin(np.abs(places - length)))
        assert places[high] - places[low] == pytest.approx(length, rel=1e-12)
        np.testing.assert_array_equal(np.take(field, low, axis), np.take(field, high, axis))


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.85])
def test_random_areas_cover_their_fraction(fraction: float) -> None:
    clear = shapely.box(2.0, 2.0, 3.0, 2.5)
    area = unwetted_polygons((10.0, 8.0), fraction, 1.0, (False, True), clear, np.random.default_rng(7))
    box = shapely.box(0, 0, 10, 8)
    inside = area.intersection(box)
    assert inside.area / 80.0 == pytest.approx(fraction, rel=0.02)
    assert area.intersection(clear).area < 1e-12
    for rest in (inside, box.difference(area)):
        assert min(part.area for part in shapely.get_parts(rest)) > 0.04


@pytest.mark.parametrize("periodic", [[], ["x", "z"]])
def test_random_patches_of_a_recipe(periodic: list[str]) -> None:
    recipe = solid_recipe(50, periodic=periodic, unwetted_area={"fraction": 0.4, "correlation_length": "8 um"})
    width = recipe.box[0]
    editor = ComplexEditor.open(voronoi_complex(1, recipe.box), {})
    patches, statistics = insert_patches(editor, recipe, [], 10 * UM, np.random.default_rng(1))
    assert statistics["unwetted_fraction"] == pytest.approx(0.4, rel=0.02)
    assert [patch.name for patch in patches] == [f"area {number}" for number in range(1, len(patches) + 1)]
    check_complex(editor.close(), width**3)
    outlines = [shapely.Polygon(patch.outline) for patch in patches]
    assert all(outline.is_valid for outline in outlines)
    areas = [outline.area for outline in outlines]
    assert sum(areas) >= 0.4 * width**2 * 0.98
    for patch, outline in zip(patches, outlines, strict=True):
        assert (patch.start, patch.end) == pytest.approx((outline.bounds[0], outline.bounds[2]))
