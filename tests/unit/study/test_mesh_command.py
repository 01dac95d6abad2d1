# SPDX-License-Identifier: LGPL-3.0-or-later
"""`jadeite mesh` says what came out and writes what it says it writes."""

import io

import pytest
from rich.console import Console

from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.folder import OutputError
from jadeite.study.mesh import mesh_recipe

RECIPE = """\
width: 24 um
seed: 2
separator:
  thickness: 18 um
  polycrystal:
    material: electrolyte
    grain_size: {law: lognormal, mean: 5 um, coefficient_of_variation: 0.3}
    crystal_symmetry: cubic
boundary_properties:
  area_specific_resistance: {law: lognormal, mean: 7 ohm*cm^2}
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE)
    return path


def said(recipe, output, report):
    text = io.StringIO()
    mesh_recipe(recipe, [], output, Console(file=text, width=100), report)
    return text.getvalue()


def test_files_and_table(recipe, tmp_path):
    text = said(recipe, tmp_path / "out", report=True)
    mesh = TaggedMesh.load(tmp_path / "out" / "mesh.npz")
    rows = {line[:34].strip(): line[34:].split() for line in text.splitlines() if not line.startswith("grain ")}
    assert rows["grains"] == [str(len(mesh.regions))]
    assert rows["mean grain diameter"][2:4] == ["5.00", "µm"]
    assert rows["triple points"] == [str(len(mesh.triple_lines))]
    assert any(label.startswith("area specific resistance") for label in rows)
    # the largest boundary leads the list
    largest = max(mesh.surfaces.rows("grain boundary"), key=lambda row: mesh.surfaces.measure[row])
    listed = [line for line in text.splitlines() if line.startswith("grain ") and "|" in line]
    assert listed[0].startswith(mesh.surfaces.name[largest])
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "mesh.npz", "mesh.msh", "mesh.vtu", "boundaries.vtu", "triple_lines.vtu", "microstructure.png",
        "statistics.png", "regions.csv", "boundaries.csv", "triple_lines.csv",
    }  # fmt: skip


def test_tables_are_written_on_request_only(recipe, tmp_path):
    text = said(recipe, tmp_path / "out", report=False)
    assert "largest" not in text
    assert not list((tmp_path / "out").glob("*.csv"))


def test_a_folder_that_cannot_be_made_is_an_error(recipe, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be created"):
        said(recipe, tmp_path / "file" / "out", report=False)
