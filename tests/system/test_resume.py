# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs that are asked to leave, or killed, and resumed by the public commands: they end as if nothing had happened."""

import json
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy.spatial import cKDTree

from conftest import parallel_environment, run_limited
from jadeite.exit_codes import ExitCode
from jadeite.output.fields import read_fields
from jadeite.output.run_record import RunState, is_running, read_record

JADEITE = [sys.executable, "-m", "jadeite.cli"]

#: Salt that a current uses up in time: many short steps.
HOLD = """
title: A polymer under a current
microstructure:
  dimension: 2
  width: 4 um
  separator: {layers: [{name: membrane, material: polymer, thickness: 20 um}]}
  mesh: {interior_size: 2 um, boundary_size: 2 um}
materials: {polymer: {material: PEO20_NaTFSI}}
temperature: 353 K
physics:
  ion_transport: {polymer: {law: binary_electrolyte, salt_concentration: 1.056 mol/L}}
  plating_interface: {law: butler_volmer}
  mechanics: none
protocol: {law: hold, current_density: 5 mA/cm^2, duration: 20 s, time_tolerance: 1e-4}
outputs: {figures: false, report: false, checkpoint_interval: 1 ms}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resumed")
    (folder / "case.yaml").write_text(HOLD, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def expected(place):
    """The figures of a run that nobody disturbs."""
    done = run_limited([*JADEITE, "run", "case.yaml", "-o", "whole"], 300.0, parallel_environment(), place)
    assert done.returncode == ExitCode.SUCCESS, done.stderr
    return figures(place / "whole")


def figures(folder):
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    found = {one["key"]: one["value"] for one in summary["headlines"]}
    (table,) = summary["tables"][:1]
    return found | {f"row {number}": row for number, row in enumerate(table["rows"])}


def disturb(words, place, folder, number, patience):
    """Start a command, and some seconds after it has written a checkpoint send it a signal; its exit code."""
    written = place / folder / "checkpoint" / "latest.npz"
    before = written.stat().st_mtime_ns if written.exists() else None
    process = subprocess.Popen(
        [*JADEITE, *words], cwd=place, env=parallel_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        end = time.monotonic() + 200.0
        while not written.exists() or written.stat().st_mtime_ns == before:
            assert process.poll() is None and time.monotonic() < end, f"no checkpoint of {words}"
            time.sleep(0.01)
        time.sleep(patience)
        process.send_signal(number)
        return process.wait(200.0)
    finally:
        process.kill()
        process.wait()


def resumed(place, folder, prefix=()):
    done = run_limited([*prefix, *JADEITE, "resume", folder], 300.0, parallel_environment(), place)
    assert done.returncode == ExitCode.SUCCESS, done.stderr
    assert "going on from a checkpoint" in (place / folder / "log.txt").read_text(encoding="utf-8")
    assert read_record(place / folder).state is RunState.FINISHED
    assert not (place / folder / "checkpoint").exists()
    return figures(place / folder)


@pytest.mark.mpi
def test_a_run_that_was_asked_to_leave_ends_on_more_ranks_with_the_same_figures(place, expected, mpi_command):
    assert disturb(["run", "case.yaml", "-o", "asked"], place, "asked", signal.SIGUSR1, 0.0) == ExitCode.CHECKPOINTED
    assert read_record(place / "asked").state is RunState.CHECKPOINTED
    found = resumed(place, "asked", mpi_command(2))
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-6, nan_ok=True), name
    assert_same_fields_at_the_end(place / "asked", place / "whole")
    # other ranks order the mesh in another way: the states so far have a file of their own
    (earlier,) = (place / "asked").glob("fields-until-*.vtkhdf")
    before, whole = read_fields(earlier, 0), read_fields(place / "whole" / "fields.vtkhdf", 0)
    np.testing.assert_array_equal(before.point["potential (V)"], whole.point["potential (V)"])


def assert_same_fields_at_the_end(folder, expected):
    """Compare by place, since ranks order nodes as they like; no boundary parts this mesh."""
    found, wanted = (read_fields(one / "fields.vtkhdf") for one in (folder, expected))
    assert found.time == pytest.approx(wanted.time)
    apart, row = cKDTree(found.points).query(wanted.points)
    assert apart.max() < 1e-12
    for name, values in wanted.point.items():
        assert found.point[name][row] == pytest.approx(values, rel=1e-6, abs=1e-6 * abs(values).max()), name


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_figures(place, expected):
    draw, words = random.Random(6), ["run", "case.yaml", "-o", "killed"]
    for _ in range(2):
        assert disturb(words, place, "killed", signal.SIGKILL, draw.uniform(0.0, 0.1)) == -signal.SIGKILL
        assert read_record(place / "killed").state is RunState.RUNNING and not is_running(place / "killed")
        words = ["resume", "killed"]
    found = resumed(place, "killed")
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-10, nan_ok=True), name
