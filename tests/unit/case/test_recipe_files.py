# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files named in recipes: found from the recipe's folder, missing ones reported with their line, hashed by content."""

import os
from pathlib import Path

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case, load_recipe, parse_recipe
from jadeite.case.problems import CaseError
from jadeite.microstructure.build import recipe_hash

RECIPE = """\
width: 60 um
separator:
  thickness: 50 um
  polycrystal:
    grain_size: {law: lognormal, mean: 5 um}
    orientation: {law: table, file: data/texture.csv}
"""
TABLE = "phi1,Phi,phi2\n0,0,0\n"


def write_recipe(folder: Path, table: str = TABLE) -> Path:
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "texture.csv").write_text(table)
    path = folder / "texture.yaml"
    path.write_text(RECIPE)
    return path


def test_path_is_relative_to_the_recipe(tmp_path: Path, write_case: WriteCase, monkeypatch) -> None:
    path = write_recipe(tmp_path / "meshes")
    wanted = str(tmp_path / "meshes" / "data" / "texture.csv")
    assert load_recipe(path).separator.polycrystal.orientation.file == wanted
    monkeypatch.chdir(tmp_path)
    assert load_recipe(Path("meshes/texture.yaml")).separator.polycrystal.orientation.file == wanted
    # a recipe that a case names is still read from its own folder
    inline = CASE[CASE.index("microstructure:") : CASE.index("materials:")]
    case = write_case((inline, "microstructure: texture\n"), name="cases/one/case.yaml")
    assert load_case(case).recipe.separator.polycrystal.orientation.file == wanted


def test_inline_recipe_reads_from_the_folder_of_the_case(tmp_path: Path, write_case: WriteCase) -> None:
    table = "      material: electrolyte\n      orientation: {law: table, file: texture.csv}\n"
    case = write_case(("      material: electrolyte\n", table))
    with pytest.raises(CaseError) as error:
        load_case(case)
    (problem,) = error.value.problems
    assert problem.path == "microstructure.separator.polycrystal.orientation.file"
    assert (problem.message, problem.given) == ("names a file that is not there", "texture.csv")
    assert problem.line == 8
    (tmp_path / "texture.csv").write_text(TABLE)
    assert load_case(case).recipe.separator.polycrystal.orientation.file == str(tmp_path / "texture.csv")


def test_folder_is_no_file(tmp_path: Path) -> None:
    path = write_recipe(tmp_path)
    with pytest.raises(CaseError, match="is a folder, not a file"):
        load_recipe(path, ["separator.polycrystal.orientation.file=data"])


def test_hash_follows_content_and_not_the_place(tmp_path: Path) -> None:
    first = load_recipe(write_recipe(tmp_path / "a"))
    same = load_recipe(write_recipe(tmp_path / "b"))
    other = load_recipe(write_recipe(tmp_path / "c", TABLE + "10,0,0\n"))
    assert recipe_hash(first) == recipe_hash(same) != recipe_hash(other)
    # seen again after the file has changed
    before = recipe_hash(first)
    Path(first.separator.polycrystal.orientation.file).write_text(TABLE + "20,0,0\n")
    assert recipe_hash(first) != before


def test_text_alone_reads_from_the_current_folder(tmp_path: Path, monkeypatch) -> None:
    write_recipe(tmp_path)
    monkeypatch.chdir(tmp_path)
    file = parse_recipe(RECIPE).separator.polycrystal.orientation.file
    assert file == os.fspath(tmp_path / "data" / "texture.csv")
