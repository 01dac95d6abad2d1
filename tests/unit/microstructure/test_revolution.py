# SPDX-License-Identifier: LGPL-3.0-or-later
"""A plane mesh as the section of a body of revolution: volumes, areas, tables, files."""

from dataclasses import replace

import numpy as np
import pytest

from jadeite.case.loading import parse_recipe
from jadeite.microstructure.build import build
from jadeite.microstructure.revolution import revolved, section_lengths
from jadeite.microstructure.statistics import report_rows
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from sample_meshes import layered_mesh

RECIPE = """\
coordinates: axisymmetric
width: 20 um
separator:
  layers: [{thickness: 4 um}, {thickness: 6 um}]
unwetted_patches: [{name: void, start: 0 um, end: 5 um}]
"""


def test_volumes_and_areas_follow_from_pappus():
    section = layered_mesh([1.0, 2.0], 3.0)
    body = revolved(section)
    np.testing.assert_allclose(body.regions.measure, 9 * np.pi * np.array([1.0, 2.0]), rtol=1e-13)
    of_kind = {kind: body.surfaces.measure[body.surfaces.rows(kind)].sum() for kind in set(body.surfaces.kind)}
    assert of_kind[SurfaceKind.PLATING_ELECTRODE] == pytest.approx(9 * np.pi)
    assert of_kind[SurfaceKind.SIDE_WALL] == pytest.approx(2 * np.pi * 3.0 * 3.0)
    np.testing.assert_allclose(section_lengths(body), section.surfaces.measure, rtol=1e-13)


def test_a_section_that_reaches_beyond_the_axis_is_refused():
    section = layered_mesh([1.0], 3.0)
    with pytest.raises(ValueError, match="x >= 0"):
        revolved(replace(section, points=section.points - [0.5, 0.0]))
    with pytest.raises(ValueError, match="plane mesh"):
        revolved(revolved(section))


def test_rounding_is_moved_onto_the_axis():
    section = layered_mesh([1.0], 3.0)
    points = section.points - [1e-12, 0.0]
    assert revolved(replace(section, points=points)).points[:, 0].min() == 0.0


def test_a_file_keeps_what_the_mesh_stands_for(tmp_path):
    body = build(parse_recipe(RECIPE))
    body.save(tmp_path / "mesh.npz")
    assert TaggedMesh.load(tmp_path / "mesh.npz").axisymmetric
    plane = build(parse_recipe(RECIPE.replace("axisymmetric", "plane")))
    plane.save(tmp_path / "plane.npz")
    assert not TaggedMesh.load(tmp_path / "plane.npz").axisymmetric
    np.testing.assert_array_equal(body.points, plane.points)


def test_the_report_speaks_of_areas_and_of_the_share_of_the_disc():
    recipe = parse_recipe(RECIPE)
    rows = {row.label: row for row in report_rows(build(recipe), recipe)}
    assert rows["unwetted share of the electrode"].value == pytest.approx(100 * (5 / 20) ** 2)
    (boundary,) = (row for label, row in rows.items() if label.startswith("area of"))
    assert boundary.value == pytest.approx(np.pi * 20**2)
    assert boundary.unit == "µm²"
