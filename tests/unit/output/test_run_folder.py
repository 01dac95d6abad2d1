# SPDX-License-Identifier: LGPL-3.0-or-later
import errno
import json
import logging
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jadeite.output.fields import Field, FieldFile
from jadeite.output.folder import (
    OutputError,
    RunFolder,
    RunInterrupted,
    check_free_space,
    default_run_path,
    next_free,
    replacing,
    write_csv,
    write_json,
    write_text,
)


def listing(folder: Path) -> set[str]:
    return {str(entry.relative_to(folder)) for entry in folder.rglob("*")}


def test_finished_run_appears_by_one_rename_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "runs" / "first"
    with RunFolder.create(target) as run:
        write_json(run.file("summary.json"), {"a": 1})
        logging.getLogger("jadeite.study").info("stage one")
        assert not target.exists()
    assert listing(tmp_path / "runs") == {"first", "first/summary.json", "first/log.txt"}
    assert "stage one" in (target / "log.txt").read_text()
    assert not logging.getLogger("jadeite").handlers


def test_existing_results_are_refused_with_a_free_name_that_works(tmp_path: Path) -> None:
    target = tmp_path / "run"
    target.mkdir()
    (target / "summary.json").write_text("old")
    (tmp_path / "run-2").write_text("a file is in the way too")
    with pytest.raises(OutputError, match="already holds results") as caught:
        RunFolder.create(target)
    free = Path(str(caught.value).split("--output ")[1])
    assert free.name == "run-3"
    with RunFolder.create(tmp_path / free.name) as run:
        write_text(run.file("x"), "x")
    assert (target / "summary.json").read_text() == "old"


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with RunFolder.create(tmp_path / "run") as run:
        write_text(run.file("x"), "x")
    assert (tmp_path / "run" / "x").read_text() == "x"


def test_a_name_whose_run_is_under_way_is_not_free(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path / "run"):
        assert next_free(tmp_path / "run").name == "run-2"
        assert default_run_path("run", tmp_path).name == "run-2"
        with pytest.raises(OutputError, match="being written"):
            RunFolder.create(tmp_path / "run")


def test_results_that_appear_during_the_run_are_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "run"
    with pytest.raises(OutputError, match="came into being"), RunFolder.create(target) as run:
        write_text(run.file("mine"), "mine")
        target.mkdir()
        (target / "theirs").write_text("theirs")
    assert listing(target) == {"theirs"}
    assert (tmp_path / "run.incomplete" / "mine").read_text() == "mine"


def test_interrupt_keeps_finished_files_apart_and_says_so(tmp_path: Path) -> None:
    message = r"run\.incomplete; earlier results are untouched"
    with pytest.raises(RunInterrupted, match=message), RunFolder.create(tmp_path / "run") as run:
        write_text(run.file("history.csv"), "1")
        raise KeyboardInterrupt
    assert not (tmp_path / "run").exists()
    assert (tmp_path / "run.incomplete" / "history.csv").read_text() == "1"
    assert next_free(tmp_path / "run").name == "run"


def test_interrupt_before_any_result_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(RunInterrupted, match="not written any results"), RunFolder.create(tmp_path / "run"):
        raise KeyboardInterrupt
    assert listing(tmp_path) == set()


def test_ctrl_c_in_a_real_process_leaves_earlier_results_intact(tmp_path: Path) -> None:
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / "summary.json").write_text("old")
    program = (
        "import time; from pathlib import Path; from jadeite.output.folder import *\n"
        "try:\n"
        "  with RunFolder.create(Path('later')) as run:\n"
        "    write_text(run.file('a'), 'a'); print('ready', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt as stop: print(stop, flush=True); raise SystemExit(130)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    message, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert (
        message
        == "Interrupted. What this run had finished is kept in later.incomplete; earlier results are untouched.\n"
    )
    assert listing(tmp_path) == {
        "earlier", "earlier/summary.json", "later.incomplete", "later.incomplete/a", "later.incomplete/log.txt",
    }  # fmt: skip


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
        with pytest.raises(OutputError, match=r"is full: fields") as caught, RunFolder.create(tmp_path / "run") as run:
            write_text(run.file("resolved_case.json"), "{}")
            resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, hard))
            with FieldFile(run.file("fields.vtkhdf"), points, cells, 5) as file:
                for step in range(20):
                    file.write(step, point=[Field("potential", points[:, 0] * step, "V")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, previous)
    assert "run.incomplete" in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_too_little_space_is_noticed_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Not enough free space"):
        RunFolder.create(tmp_path / "deep" / "run", required_bytes=10**18)
    assert listing(tmp_path) == set()
    check_free_space(tmp_path / "not" / "yet" / "there", 1)


def test_other_errors_carry_a_note_about_the_results(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as caught, RunFolder.create(tmp_path / "run") as run:
        write_text(run.file("a"), "a")
        raise RuntimeError("diverged")
    assert "run.incomplete" in caught.value.__notes__[0]


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
