# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where forms and meshes are kept when the usual folder cannot be used."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from jadeite.cache_folder import NoCacheFolderError, OtherCache, cache_folder, other_cache


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with room for a cache and for temporary files; nothing of the real environment is left."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    for name in ("XDG_CACHE_HOME", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, "set, so that it is put back afterwards")
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def other(places: Path) -> Path:
    return places / "temporary" / f"jadeite-{os.geteuid()}"


def unusable(places: Path) -> Path:
    """A path where nothing can be made, for root neither: it lies below a file."""
    (places / "file").write_text("no folder")
    return places / "file" / "cache"


def instead() -> OtherCache:
    found = other_cache()
    assert found is not None
    return found


def test_usable_folder_is_left_as_it_is(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert other_cache() is None
    assert cache_folder() == places / "home" / ".cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(places / "new" / "folder"))
    assert other_cache() is None
    assert list((places / "new" / "folder").rglob("*")) == [places / "new" / "folder" / "fenics"]  # and nothing in it
    assert not other(places).exists()


def test_unusable_folder_gives_way_to_a_private_one(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(unusable(places)))
    monkeypatch.setenv("MPLCONFIGDIR", str(unusable(places)))
    found = instead()
    for words in (str(unusable(places)), "not a directory", str(other(places))):
        assert words in found.note
    assert found.environment == {
        "XDG_CACHE_HOME": str(other(places)),
        "MPLCONFIGDIR": str(other(places) / "matplotlib"),
    }
    assert other(places).stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("XDG_CACHE_HOME", str(other(places)))
    assert other_cache() is None  # another process of the user takes it without a word


def test_no_home_at_all(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("HOME")
    found = instead()
    assert "no home directory" in found.note
    assert found.environment["HOME"] == found.environment["XDG_CACHE_HOME"] == str(other(places))


def test_folder_where_nothing_may_run(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Container engines mount /tmp and /dev/shm like that, and loading a compiled form from there fails."""
    really = os.statvfs

    def mounted(path: Path) -> SimpleNamespace:
        home = path.is_relative_to(places / "home")
        return SimpleNamespace(f_flag=really(path).f_flag | (os.ST_NOEXEC if home else 0))

    monkeypatch.setattr(os, "statvfs", mounted)
    assert "programs may not be run there" in instead().note


@pytest.mark.parametrize("how", ["link", "open to all", "unusable"])
def test_no_folder_is_better_than_a_strangers(places: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Programs in the folder are run: one that somebody else has prepared or may write to is refused."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(unusable(places)))
    if how == "link":
        (places / "prepared").mkdir()
        other(places).symlink_to(places / "prepared")
    elif how == "open to all":
        other(places).mkdir()
        other(places).chmod(0o777)
    else:
        monkeypatch.setattr(tempfile, "tempdir", str(unusable(places)))
    with pytest.raises(NoCacheFolderError, match=r"can be kept neither in .* nor in .*XDG_CACHE_HOME"):
        other_cache()


def test_forms_are_compiled_in_the_other_folder(places: Path) -> None:
    """DOLFINx compiles there, the user is told, and a command without any folder ends with the message alone."""
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(unusable(places)),
        "TMPDIR": str(places / "temporary"),
        "OMP_NUM_THREADS": "1",
    }
    script = (
        "import jadeite.fem, ufl; from dolfinx import fem, mesh; from mpi4py import MPI\n"
        "square = mesh.create_unit_square(MPI.COMM_WORLD, 1, 1)\n"
        "print(fem.assemble_scalar(fem.form(fem.Constant(square, 1.0) * ufl.dx)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert float(done.stdout) == pytest.approx(1.0)
    assert "cannot be used" in done.stderr and done.stderr.count("\n") == 1
    assert list((other(places) / "fenics").glob("libffcx_forms_*.so"))

    other(places).chmod(0o777)
    refused = subprocess.run(
        [sys.executable, "-m", "jadeite.cli", "verify", "T1"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("Compiled forms can be kept neither in")
    assert "Traceback" not in refused.stderr
