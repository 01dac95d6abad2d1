# SPDX-License-Identifier: LGPL-3.0-or-later
"""What happens when something goes wrong around a run: it ends soon, says why, and leaves nothing half done.

Kills, full disks, interrupts and spoilt checkpoints have tests of their own: `test_run.py`, `test_resume.py`,
`unit/output/test_prepared_run.py`, `unit/study/test_checkpoint.py`. The page for users is docs/when-things-fail.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import MpiRunner, parallel_environment, run_limited
from jadeite.exit_codes import ExitCode
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.output.run_record import RunState, is_running, locked, read_record

JADEITE = [sys.executable, "-m", "jadeite.cli"]
FAILING_RANK = Path(__file__).with_name("failing_rank.py")

LAMINATE = """
title: Two layers
microstructure:
  width: 4 um
  separator: {layers: [{name: layer, thickness: 4 um}]}
  mesh: {interior_size: 2 um, boundary_size: 2 um}
materials: {electrolyte: {material: NZSP_x2}}
physics: {mechanics: none}
protocol: {current_density: 1 mA/cm^2}
failure: {critical_current: {search: false}}
outputs: {figures: false, report: false, fields: false}
"""


def jadeite(*words: str, cwd: Path, code: int) -> subprocess.CompletedProcess[str]:
    done = run_limited([*JADEITE, *words], 200.0, parallel_environment(), cwd)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "case.yaml").write_text(LAMINATE, encoding="utf-8")
    return tmp_path


@pytest.mark.mpi
@pytest.mark.parametrize(
    ("way", "code", "said"),
    [
        ("leaves", ExitCode.FAILED, "[rank 1] This rank has left the run: 3"),
        ("leaves with a message", ExitCode.FAILED, "said on leaving"),
        ("needs memory", ExitCode.FAILED, "The memory of this machine is used up: Unable to allocate"),
        ("ends at once", 4, ""),
        ("is killed", 9, ""),
    ],
)
def test_a_rank_that_is_gone_ends_all_with_its_message(way: str, code: int, said: str, run_on_ranks: MpiRunner) -> None:
    begun = time.monotonic()
    done = run_on_ranks(FAILING_RANK, 2, way, "1", timeout=60.0, code=code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - begun < 40.0, "start-up included"


def test_memory_that_petsc_lacks_is_said_with_what_helps() -> None:
    done = run_limited([sys.executable, str(FAILING_RANK), "needs memory in PETSc", "0"], 100.0, parallel_environment())
    assert done.returncode == ExitCode.FAILED
    assert "The memory of this machine is used up" in done.stderr
    assert "larger cells" in done.stderr and "Traceback" not in done.stderr


def test_a_reader_that_stops_listening_is_no_error(place: Path) -> None:
    """`jadeite check CASE | head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*JADEITE, "check", "case.yaml"],
            cwd=place,
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=100.0,
            text=True,
        )
    finally:
        os.close(writing)
    assert done.stderr == ""


def test_what_stands_in_the_way_of_results_is_named(place: Path) -> None:
    (place / "taken").write_text("a file")
    done = jadeite("run", "case.yaml", "-o", "taken/run", cwd=place, code=ExitCode.FAILED)
    assert "cannot be created" in done.stderr
    done = jadeite("mesh", "case.yaml", "-o", "taken/mesh", cwd=place, code=ExitCode.FAILED)
    assert "cannot be created" in done.stderr
    done = jadeite("check", ".", cwd=place, code=ExitCode.INPUT)
    assert "is a folder, not a file" in done.stderr
    assert (place / "taken").read_text() == "a file"


def test_a_folder_in_use_is_refused_and_a_spoilt_mesh_is_made_again(place: Path) -> None:
    jadeite("run", "case.yaml", "-o", "first", cwd=place, code=ExitCode.SUCCESS)
    first = place / "first"
    assert read_record(first).state is RunState.FINISHED

    # what another process holds is left alone, however old its record is
    record = read_record(first).begun(1)
    record.write(first)
    with locked(first):
        assert is_running(first)
        done = jadeite("resume", "first", cwd=place, code=ExitCode.FAILED)
        assert f"is being worked on by process {os.getpid()}" in done.stderr
    assert not is_running(first)

    # the run has been killed, says its record, and its mesh is cut short
    good = TaggedMesh.load(first / "mesh.npz").digest()
    (first / "mesh.npz").write_bytes((first / "mesh.npz").read_bytes()[:500])
    (first / "summary.json").unlink()
    jadeite("resume", "first", cwd=place, code=ExitCode.SUCCESS)
    assert TaggedMesh.load(first / "mesh.npz").digest() == good
    assert read_record(first).state is RunState.FINISHED and (first / "summary.json").exists()
