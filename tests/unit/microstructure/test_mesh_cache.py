# SPDX-License-Identifier: LGPL-3.0-or-later
"""Kept meshes are found again, survive a broken file and an unwritable folder, and make room for new ones."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from jadeite.microstructure.build import build, recipe_hash
from jadeite.microstructure.mesh_cache import default_folder, recall


@pytest.fixture(scope="module")
def made(recipe_of):
    return build(recipe_of("two_layer_chain"))


def forbidden():
    raise AssertionError("the mesh was made although it is kept")


def test_a_kept_mesh_is_not_made_again(made, tmp_path):
    assert recall("one", lambda: made, tmp_path / "new") is made
    again = recall("one", forbidden, tmp_path / "new")
    assert np.array_equal(again.points, made.points)
    assert again.surfaces.name == made.surfaces.name


@pytest.mark.parametrize("content", [b"", b"no mesh at all", b"PK\x03\x04 cut off"])
def test_a_broken_file_is_replaced(made, tmp_path, content):
    (tmp_path / "one.npz").write_bytes(content)
    assert recall("one", lambda: made, tmp_path) is made
    assert np.array_equal(recall("one", forbidden, tmp_path).cells, made.cells)


def test_a_file_cut_short_is_replaced(made, tmp_path):
    recall("one", lambda: made, tmp_path)
    whole = (tmp_path / "one.npz").read_bytes()
    (tmp_path / "one.npz").write_bytes(whole[: len(whole) // 2])
    assert recall("one", lambda: made, tmp_path) is made
    assert np.array_equal(recall("one", forbidden, tmp_path).cells, made.cells)


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(made, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert recall("one", lambda: made, tmp_path / "file" / "meshes") is made


def test_what_was_not_used_for_longest_goes_first(made, tmp_path):
    for age, name in enumerate(("new", "middle", "old")):
        recall(name, lambda: made, tmp_path)
        os.utime(tmp_path / f"{name}.npz", (1e9 - age, 1e9 - age))
    size = (tmp_path / "old.npz").stat().st_size
    recall("newest", lambda: made, tmp_path, largest=int(2.5 * size))
    assert sorted(path.stem for path in tmp_path.glob("*.npz")) == ["new", "newest"]


def test_equal_recipes_share_a_mesh_and_others_do_not(recipe_of, tmp_path):
    first = build(recipe_of("two_layer_chain"), tmp_path)
    assert [path.stem for path in tmp_path.glob("*.npz")] == [recipe_hash(recipe_of("two_layer_chain"))]
    second = build(recipe_of("two_layer_chain"), tmp_path)
    assert np.array_equal(first.points, second.points)
    build(recipe_of("two_layer_chain", seed=99), tmp_path)
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_the_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "jadeite" / "meshes"


def test_runs_that_need_a_mesh_at_the_same_time_make_it_once(made, tmp_path):
    begun = []

    def make():
        begun.append(1)
        time.sleep(0.3)
        return made

    # the lock belongs to an open file, so that it keeps threads apart as well as processes
    with ThreadPoolExecutor(4) as runs:
        found = list(runs.map(lambda _: recall("one", make, tmp_path), range(4)))
    assert len(begun) == 1
    assert all(np.array_equal(mesh.cells, made.cells) for mesh in found)
    assert [path.name for path in tmp_path.iterdir()] == ["one.npz"]


def test_a_mesh_that_fails_leaves_the_next_run_its_turn(made, tmp_path):
    with pytest.raises(AssertionError):
        recall("one", forbidden, tmp_path)
    assert recall("one", lambda: made, tmp_path) is made
