# SPDX-License-Identifier: LGPL-3.0-or-later
"""The life of a run folder: prepared, held by one process, ended in every way there is."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jadeite.case.frozen import digest, freeze, thaw
from jadeite.case.loading import LoadedCase, load_case
from jadeite.output.folder import OutputError, RunInterrupted, write_text
from jadeite.output.prepared_run import CheckpointedStop, prepare_run, read_prepared, working
from jadeite.output.run_record import NoRunError, RunState, is_running, read_record

CASES = Path(__file__).parents[3] / "cases"
EVERY_CASE = sorted(path for path in CASES.glob("*/*.yaml") if "protocol:" in path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def laminate() -> LoadedCase:
    return load_case(CASES / "laminate" / "case.yaml", ["protocol.current_density=3 mA/cm^2"])


@pytest.mark.parametrize("path", EVERY_CASE, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_case_is_read_back_as_it_was(path: Path) -> None:
    loaded = load_case(path)
    again = thaw(freeze(loaded), loaded.source)
    assert again.recipe == loaded.recipe
    assert again.case.model_copy(update={"microstructure": ""}) == loaded.case.model_copy(update={"microstructure": ""})
    assert digest(again) == digest(loaded)


def test_the_digest_tells_what_decides_a_result(laminate: LoadedCase) -> None:
    path = CASES / "laminate" / "case.yaml"
    assert digest(load_case(path, ["title=another"])) == digest(load_case(path))
    assert digest(laminate) != digest(load_case(path))
    assert digest(load_case(path, ["microstructure.seed=99"])) != digest(load_case(path))


def test_a_prepared_run_holds_all_it_needs(tmp_path: Path, laminate: LoadedCase) -> None:
    folder = prepare_run(laminate, tmp_path / "run")
    assert read_record(folder).state is RunState.PREPARED and not is_running(folder)
    read = read_prepared(folder)
    assert read.case.protocol == laminate.case.protocol and read.recipe == laminate.recipe
    assert read.overrides == laminate.overrides and read.files == {p.absolute(): d for p, d in laminate.files.items()}
    with pytest.raises(OutputError, match=r"jadeite resume .*run-2"):
        prepare_run(laminate, folder)


@pytest.mark.parametrize(
    ("error", "raised", "state"),
    [
        (KeyboardInterrupt(), RunInterrupted, RunState.INTERRUPTED),
        (CheckpointedStop("asked to stop"), CheckpointedStop, RunState.CHECKPOINTED),
        (OSError(errno.ENOSPC, "No space left on device"), OutputError, RunState.FAILED),
    ],
)
def test_what_was_finished_is_kept_and_said(
    error: BaseException, raised: type[BaseException], state: RunState, tmp_path: Path, laminate: LoadedCase
) -> None:
    folder = prepare_run(laminate, tmp_path / "run")
    with pytest.raises(raised, match="jadeite resume"), working(folder, 1, discard_when_empty=True) as run:
        assert is_running(folder) and read_record(folder).state is RunState.RUNNING
        write_text(run.file("history.csv"), "1")
        raise error
    assert read_record(folder).state is state and not is_running(folder)
    with working(folder, 2) as run:
        assert run.file("history.csv").read_text() == "1"
    record = read_record(folder)
    assert (record.state, record.attempts, record.ranks, record.message) == (RunState.FINISHED, 2, 2, "")
    with pytest.raises(OutputError, match="finished already"), working(folder, 1):
        pass


def test_other_errors_carry_a_note_about_the_results(tmp_path: Path, laminate: LoadedCase) -> None:
    folder = prepare_run(laminate, tmp_path / "run")
    with pytest.raises(RuntimeError) as caught, working(folder, 1):
        raise RuntimeError("diverged")
    assert "jadeite resume" in caught.value.__notes__[0]
    assert read_record(folder).message == "diverged"


def test_a_run_that_found_nothing_leaves_no_trace(tmp_path: Path, laminate: LoadedCase) -> None:
    folder = prepare_run(laminate, tmp_path / "run")
    with pytest.raises(RunInterrupted, match="not written any results"), working(folder, 1, discard_when_empty=True):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


AT_WORK = """
import sys, time
from pathlib import Path
from jadeite.output.prepared_run import working
with working(Path(sys.argv[1]), 3):
    print("ready", flush=True)
    time.sleep(60)
"""


def test_one_process_at_a_time_and_a_killed_one_holds_nothing(tmp_path: Path, laminate: LoadedCase) -> None:
    folder = prepare_run(laminate, tmp_path / "run")
    process = subprocess.Popen([sys.executable, "-c", AT_WORK, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        assert is_running(folder)
        with pytest.raises(OutputError, match=rf"process {process.pid} on .* \(3 ranks"), working(folder, 1):
            pass
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert read_record(folder).state is RunState.RUNNING and not is_running(folder)
    with working(folder, 1):
        pass
    assert read_record(folder).state is RunState.FINISHED


@pytest.mark.parametrize("name", ["run.json", "resolved_case.json"])
@pytest.mark.parametrize("content", ["", "[]", "{}", '{"state": "asleep"}', "\x00"])
def test_a_spoilt_folder_is_told(name: str, content: str, tmp_path: Path, laminate: LoadedCase) -> None:
    folder = prepare_run(laminate, tmp_path / "run")
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(OutputError, match=name):
        read_prepared(folder)


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds no run"):
        read_prepared(tmp_path)
    with pytest.raises(NoRunError, match="is not there"):
        read_prepared(tmp_path / "absent")
    (tmp_path / "case.yaml").write_text("title: x")
    with pytest.raises(NoRunError, match=r"`jadeite run .*case\.yaml`"):
        read_prepared(tmp_path / "case.yaml")
