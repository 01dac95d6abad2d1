# SPDX-License-Identifier: LGPL-3.0-or-later
import errno
import json
import logging
import os
import resource
import signal
from pathlib import Path

import numpy as np
import pytest

from jadeite.output.fields import Field, FieldFile
from jadeite.output.folder import (
    OutputError,
    RunFolder,
    check_free_space,
    default_run_path,
    make_run_folder,
    replacing,
    write_csv,
    write_json,
    write_text,
)


def listing(folder: Path) -> set[str]:
    return {str(entry.relative_to(folder)) for entry in folder.rglob("*")}


def test_what_the_run_says_is_added_to_its_log(tmp_path: Path) -> None:
    target = make_run_folder(tmp_path / "runs" / "first")
    for stage in ("one", "two"):
        with RunFolder.open(target):
            logging.getLogger("jadeite.study").info("stage %s", stage)
    assert listing(target) == {"log.txt"}
    assert [line.split()[-2:] for line in (target / "log.txt").read_text().splitlines()] == [
        ["stage", "one"],
        ["stage", "two"],
    ]
    assert not logging.getLogger("jadeite").handlers


def test_existing_results_are_refused_with_a_free_name_that_works(tmp_path: Path) -> None:
    target = tmp_path / "run"
    target.mkdir()
    (target / "summary.json").write_text("old")
    (tmp_path / "run-2").write_text("a file is in the way too")
    with pytest.raises(OutputError, match="already holds results") as caught:
        make_run_folder(target)
    free = Path(str(caught.value).split("--output ")[1])
    assert free.name == "run-3"
    assert make_run_folder(tmp_path / free.name).is_dir()
    assert (target / "summary.json").read_text() == "old"
    assert default_run_path("run", tmp_path).name == "run-3"


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert make_run_folder(tmp_path / "run") == tmp_path / "run"


def test_full_disk_leaves_the_old_file_and_no_temporary_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text(tmp_path / "summary.json", "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"disk is full: summary\.json"):
        write_text(tmp_path / "summary.json", "new")
    assert listing(tmp_path) == {"summary.json"}
    assert (tmp_path / "summary.json").read_text() == "old"


def test_field_file_that_does_not_fit_ends_in_one_message(tmp_path: Path) -> None:
    """The limit on the size of a file stands in for a full disk: the write really fails."""
    points = np.random.default_rng(1).random((40_000, 2))
    cells = np.arange(39_999).reshape(-1, 3)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with pytest.raises(OutputError, match=r"is full: fields"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, hard))
            with FieldFile(tmp_path / "fields.vtkhdf", points, cells, 5) as file:
                for step in range(20):
                    file.write(step, point=[Field("potential", points[:, 0] * step, "V")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)


def test_too_little_space_is_noticed_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Not enough free space"):
        make_run_folder(tmp_path / "deep" / "run", required_bytes=10**18)
    assert listing(tmp_path) == set()
    check_free_space(tmp_path / "not" / "yet" / "there", 1)


def test_replacing_keeps_the_suffix_and_ordinary_permissions(tmp_path: Path) -> None:
    with replacing(tmp_path / "mesh.npz") as temporary:
        assert temporary.suffix == ".npz"
        np.savez(temporary, a=np.arange(3))
    (tmp_path / "plain").write_text("")
    assert (tmp_path / "mesh.npz").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert np.load(tmp_path / "mesh.npz")["a"].tolist() == [0, 1, 2]


def test_json_refuses_what_other_readers_cannot_parse(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"length (µm)": 1.5})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"length (µm)": 1.5}
    with pytest.raises(ValueError):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"length (µm)": 1.5}


def test_csv_quotes_and_checks_row_lengths(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ["x (m)", "grain, name"], [[1.0, "a,b"]])
    assert (tmp_path / "a.csv").read_text() == 'x (m),"grain, name"\n1.0,"a,b"\n'
    with pytest.raises(ValueError, match="3 entries for 2 columns"):
        write_csv(tmp_path / "b.csv", ["x", "y"], [[1, 2, 3]])
