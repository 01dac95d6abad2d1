# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files that are larger than they look, or that point elsewhere, are refused before memory is taken."""

from __future__ import annotations

import resource
from pathlib import Path

import h5py
import meshio
import numpy as np
import pytest

from jadeite.case.loading import load_recipe
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing import bounds
from jadeite.microstructure.importing.build import import_microstructure
from jadeite.microstructure.importing.orientation_maps import read_map
from jadeite.microstructure.importing.tagged import read_mesh


def triangles(path: Path, **options: object) -> Path:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    cells = [("triangle", np.array([[0, 1, 2], [1, 3, 2]]))]
    meshio.Mesh(points, cells, cell_data={"grain": [np.array([1, 2])]}).write(path, **options)
    return path


def test_a_mesh_that_unpacks_to_more_than_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.vtu"
    points = np.zeros((4_000_000, 3))
    points[:4] = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]
    cells = [("triangle", np.array([[0, 1, 2], [1, 3, 2]]))]
    meshio.Mesh(points, cells, cell_data={"grain": [np.array([1, 2])]}).write(path)
    assert path.stat().st_size < 1_000_000, "96 MB in less than one"
    monkeypatch.setattr(bounds, "_free_memory", lambda: 30_000_000)
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MicrostructureError, match=r"bomb\.vtu needs more memory than is free"):
        read_mesh(path, 2, "grain")
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    # a small one is read within the same bound
    assert len(read_mesh(triangles(tmp_path / "small.vtu"), 2, "grain").cells) == 2


def test_an_xdmf_file_takes_data_from_its_own_folder_only(tmp_path: Path) -> None:
    path = triangles(tmp_path / "a.xdmf")
    assert len(read_mesh(path, 2, "grain").cells) == 2
    with h5py.File(tmp_path / "elsewhere.h5", "w") as file:
        file["secret"] = np.arange(3)
    text = path.read_text(encoding="utf-8")
    for other in ("../a.h5", str(tmp_path / "elsewhere.h5")):
        path.write_text(text.replace(">a.h5:", f">{other}:"), encoding="utf-8")
        with pytest.raises(MicrostructureError, match="only an HDF5 file in the same folder"):
            read_mesh(path, 2, "grain")
    path.write_text(
        text.replace('Format="HDF"', 'Format="Binary"').replace(">a.h5:", ">/etc/passwd:"), encoding="utf-8"
    )
    with pytest.raises(MicrostructureError, match="takes data from Binary '/etc/passwd'"):
        read_mesh(path, 2, "grain")


def test_formats_that_name_further_files_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.inp"
    path.write_text("*INCLUDE, INPUT=/etc/passwd\n", encoding="utf-8")
    with pytest.raises(MicrostructureError, match=r"meshes end in one of \.msh, .*, not in '\.inp'"):
        read_mesh(path, 2, None)


def test_text_files_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "map.ctf"
    with path.open("wb") as stream:
        stream.truncate(bounds.MOST_TEXT + 1)  # takes no place on the disk
    with pytest.raises(MicrostructureError, match="has 500 MB of text; at most 500 can be read"):
        read_map(path)


@pytest.mark.parametrize("name", ["imported_volume", "imported_map"])
def test_refinements_of_images_are_bounded(name: str) -> None:
    recipe = load_recipe(Path(__file__).resolve().parents[4] / "meshes" / f"{name}.yaml")
    finer = recipe.mesh.model_copy(update={"boundary_size": 0.5e-6, "refinements": 6})
    with pytest.raises(MicrostructureError, match=r"asks for about .* cells; .* Fewer `refinements`"):
        import_microstructure(recipe.model_copy(update={"mesh": finer}))
