# SPDX-License-Identifier: LGPL-3.0-or-later
"""Solids that are stopped as a scheduler does, killed, and gone on with: the same answer as without any of it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from conftest import parallel_environment, run_limited
from jadeite.exit_codes import ExitCode
from jadeite.output.run_record import RunState, read_record
from jadeite.study.run import run_case

JADEITE = [sys.executable, "-m", "jadeite.cli"]
OUTPUTS = {"fields": False, "figures": False, "report": False, "checkpoint_interval": "1 ms"}

FOIL = {
    "title": "A foil that sticks to its platens",
    "microstructure": {
        "coordinates": "axisymmetric",
        "width": "50 um",
        "separator": {"layers": [{"material": "sodium", "thickness": "50 um"}]},
        "mesh": {"interior_size": "25 um", "boundary_size": "25 um"},
    },
    "materials": {"sodium": {"material": "Na_metal"}},
    "physics": {
        "mechanics": {
            "sides": "free",
            "metal": {
                "law": "norton",
                "stress_exponent": 5,
                "reference_stress": "0.25 MPa",
                "reference_rate": "1e-3 1/s",
            },
        }
    },
    "protocol": {"law": "pressing", "compression": 0.2, "duration": "200 s", "time_tolerance": 0.05},
    "outputs": OUTPUTS,
}

GRAINS = {
    "title": "Grains whose boundaries open as they cool",
    "microstructure": {
        "width": "20 um",
        "seed": 1,
        "separator": {
            "layers": [{"thickness": "20 um", "polycrystal": {"grain_size": {"law": "lognormal", "mean": "10 um"}}}]
        },
        "mesh": {"interior_size": "4 um", "boundary_size": "4 um"},
    },
    "materials": {"electrolyte": {"material": "NZSP_x2"}},
    "temperature": "25 degC",
    "physics": {
        "mechanics": {
            "kinematics": "generalised_plane_strain",
            "stress_free_temperature": "325 degC",
            "fracture": {"law": "cohesive_boundaries", "strength": "300 MPa"},
        }
    },
    "protocol": {"law": "loading", "steps": 4, "magnifications": [60]},
    "outputs": OUTPUTS,
}


def jadeite(*arguments, cwd, prefix=()):
    return run_limited([*prefix, *JADEITE, *map(str, arguments)], 300.0, parallel_environment(), cwd)


def stopped_by(number, *arguments, run):
    """Start a command, send it a signal when it has written a checkpoint, and return its exit code."""
    latest = run / "checkpoint" / "latest.npz"
    before = latest.stat().st_mtime_ns if latest.exists() else 0
    process = subprocess.Popen(
        [*JADEITE, *map(str, arguments)],
        cwd=run.parent,
        env=parallel_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 120.0
        while process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(FileNotFoundError):  # one file takes the place of the other
                if latest.stat().st_mtime_ns != before:
                    break
            time.sleep(0.01)
        process.send_signal(number)
        return process.wait(120.0)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def summary(run):
    return json.loads((run / "summary.json").read_text(encoding="utf-8"))


def numbers(run):
    """All that a run has found, by where it stands in the summary."""
    found = summary(run)
    rows = {(table["key"], i, k): value for table in found["tables"] for i, row in enumerate(table["rows"])
            for k, value in enumerate(row)}  # fmt: skip
    return {**{line["key"]: line["value"] for line in found["headlines"]}, **rows}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("solids")
    for name, case in (("foil", FOIL), ("grains", GRAINS)):
        (folder / f"{name}.yaml").write_text(json.dumps(case), encoding="utf-8")
    return folder


def stopped(name, place):
    """Stop a run as a scheduler does before its time ends."""
    run = place / name
    assert stopped_by(signal.SIGUSR1, "run", f"{name}.yaml", "-o", run, run=run) == ExitCode.CHECKPOINTED
    assert read_record(run).state is RunState.CHECKPOINTED
    return run


def finished(run, words=()):
    """Go on with a run to its end, on the ranks of a launcher."""
    done = jadeite("resume", run, cwd=run.parent, prefix=words)
    assert done.returncode == 0, done.stderr
    assert read_record(run).state is RunState.FINISHED
    return run


def whole(name, place):
    """The run that nobody stopped."""
    run_case(place / f"{name}.yaml", [], place / f"{name}-whole")
    return place / f"{name}-whole"


def test_the_same_answer_after_a_stop_and_a_kill(place):
    run = stopped("foil", place)
    assert stopped_by(signal.SIGKILL, "resume", run, run=run) == -signal.SIGKILL
    assert numbers(finished(run)) == pytest.approx(numbers(whole("foil", place)), rel=1e-10, nan_ok=True)
    assert read_record(run).attempts == 3


@pytest.mark.mpi
def test_the_same_answer_on_two_ranks(place, mpi_command):
    found = summary(finished(stopped("grains", place), mpi_command(2)))["headlines"]
    expected = {line["key"]: line["value"] for line in summary(whole("grains", place))["headlines"]}
    assert {line["key"]: line["value"] for line in found} == pytest.approx(expected, rel=1e-6)
