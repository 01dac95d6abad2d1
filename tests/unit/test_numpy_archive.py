# SPDX-License-Identifier: LGPL-3.0-or-later
"""Archives of arrays come back as they were, and those that unpack to more than memory holds are refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from jadeite import numpy_archive
from jadeite.microstructure.mesh_cache import load_if_good
from jadeite.numpy_archive import read_archive
from jadeite.output.folder import OutputError
from jadeite.study.checkpoint_file import LATEST, read_checkpoint


@pytest.fixture
def bomb(tmp_path: Path) -> Path:
    """80 MB of zeros in 80 kB."""
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, zeros=np.zeros(10_000_000))
    assert path.stat().st_size < 100_000
    return path


def test_arrays_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    given = {"numbers": np.arange(5), "text": np.array("{}"), "none": np.empty((0, 3)), "complex": np.ones(2) * 1j}
    np.savez(path, **given)
    found = read_archive(path)
    assert found.keys() == given.keys()
    for name, values in given.items():
        np.testing.assert_array_equal(found[name], values)


def test_what_unpacks_to_too_much_is_refused(bomb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(read_archive(bomb)["zeros"]) == 10_000_000
    monkeypatch.setattr(numpy_archive, "memory_of_machine", lambda: 100e6)
    with pytest.raises(ValueError, match=r"bomb\.npz unpacks to 0\.08 GB, and 0\.05 GB can be taken"):
        read_archive(bomb)
    # a mesh is made again, a checkpoint is not believed
    assert load_if_good(bomb) is None
    bomb.rename(bomb.with_name(LATEST))
    with pytest.raises(OutputError, match=r"latest\.npz: latest\.npz unpacks to"):
        read_checkpoint(bomb.parent)


def test_a_header_that_announces_more_than_is_there_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**13,)})
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("points.npy", header.getvalue())
    with pytest.raises(ValueError, match="announces more than it holds"):
        read_archive(path)
    assert load_if_good(path) is None
