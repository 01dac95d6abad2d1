# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sweeps as a user calls them: killed in the middle and called again, with members that fail, on several ranks."""

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from conftest import find_mpirun, parallel_environment, run_limited

#: Seconds for one call; each takes a few on a quiet machine.
LIMIT = 240.0

CASE = """\
title: Chain of grains
microstructure:
  dimension: 2
  seed: 0
  width: 20 um
  separator:
    layers: [{material: electrolyte, thickness: 5 um, repeat: 4, euler_angles: [0 deg, 0 deg, 0 deg]}]
  mesh: {interior_size: 0.45 um, boundary_size: 0.4 um}
materials:
  electrolyte: {material: NZSP_x2, override: {conductivity: 0.1 S/m}, override_source: chosen}
physics:
  grain_boundaries: {law: constant, resistance: 0.2 ohm*cm^2}
  plating_interface: {law: linear, resistance: 5 ohm*cm^2}
  stripping_interface: {law: linear, resistance: 5 ohm*cm^2}
  mechanics: none
protocol: {current_density: 1 mA/cm^2}
outputs: {fields: false, figures: false, report: false}
"""

STUDY = """\
title: Resistances in series
case: case.yaml
parameters:
  physics.grain_boundaries.resistance: [1 ohm*cm^2, 2 ohm*cm^2]
  physics.plating_interface.resistance: {uniform: [5 ohm*cm^2, 15 ohm*cm^2], count: 4}
responses: [area_specific_resistance]
"""


@pytest.fixture
def place(tmp_path):
    (tmp_path / "case.yaml").write_text(CASE)
    (tmp_path / "study.yaml").write_text(STUDY)
    return tmp_path


def command(*words):
    return [sys.executable, "-m", "jadeite.cli", "sweep", *map(str, words)]


def sweep(place, *words, code=0):
    done = run_limited(command("study.yaml", "-o", "out", *words), LIMIT, parallel_environment(), place)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def records(place):
    """What the runs say of themselves, by the name of their folder."""
    found = {}
    for path in (place / "out" / "members").glob("*/run.json"):
        with contextlib.suppress(FileNotFoundError):
            found[path.parent.name] = json.loads(path.read_text())
    return found


def finished(place):
    return {name for name, record in records(place).items() if record["state"] == "finished"}


def times(place, names):
    """When each file of some members was last written."""
    return {
        path: path.stat().st_mtime_ns
        for name in names
        for path in (place / "out" / "members" / name).rglob("*")
        if path.is_file()
    }


def table(place):
    with (place / "out" / "results.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@contextlib.contextmanager
def begun(place, *words):
    """A sweep at work in its own process group, which is ended with everything in it."""
    process = subprocess.Popen(
        command("study.yaml", "-o", "out", *words), cwd=place, env=parallel_environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(condition, process):
    until = time.monotonic() + LIMIT
    while not (met := condition()):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.02)
    return met


def working(place):
    return next((record["process"] for record in records(place).values() if record["state"] == "running"), None)


def test_a_sweep_that_is_killed_goes_on_and_nothing_is_computed_twice(place):
    with begun(place, "--processes", "2") as process:
        # first one of its workers, which costs the member it works on and no other, then the sweep itself
        worker = wait_for(lambda: finished(place) and working(place), process)
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: len(finished(place)) >= 4 and working(place), process)
        process.kill()
        text = process.communicate(timeout=LIMIT)[0]
    assert "failed: its process was ended by signal 9 (SIGKILL)" in text
    # other workers notice within moments; the next call waits for runs that are still at work
    first = finished(place)
    assert 4 <= len(first) < 8
    before = times(place, first)

    done = sweep(place)
    assert "8 of 8 members have their result" in done.stdout
    assert times(place, first) == before
    every = times(place, finished(place))
    sweep(place)
    assert times(place, finished(place)) == every and len(finished(place)) == 8

    rows = table(place)
    assert [row["state"] for row in rows] == ["finished"] * 8
    for row in rows:
        boundary = float(row["physics.grain_boundaries.resistance (ohm m^2)"])
        interface = float(row["physics.plating_interface.resistance (ohm m^2)"])
        # resistances in series: 20 um of ceramic, three boundaries, both interfaces
        expected = 20e-6 / 0.1 + 3 * boundary + interface + 5e-4
        assert float(row["area_specific_resistance (ohm m^2)"]) == pytest.approx(expected, rel=1e-8)
    assert len(list((place / "out" / "figures").glob("*.png"))) == 2

    # a study with other values, one of them in another unit, finds the members it still has
    longer = STUDY.replace("[1 ohm*cm^2, 2 ohm*cm^2]", "[1e-4 ohm*m^2, 2 ohm*cm^2, 3 ohm*cm^2]")
    (place / "study.yaml").write_text(longer.replace("count: 4", "count: 2"))
    listed = sweep(place, "--check").stdout
    assert "2 of 6 runs are to do" in listed and listed.count("there") == 4
    assert len(table(place)) == 8  # looking writes nothing


def test_a_member_that_fails_is_named_and_the_others_are_not_stopped(place):
    (place / "case.yaml").write_text(
        CASE.replace("{law: linear, resistance: 5", "{law: butler_volmer, film_resistance: 5")
    )
    (place / "study.yaml").write_text("""\
title: One solver that may not try for long
case: case.yaml
settings: {protocol.current_density: 200 mA/cm^2}
parameters:
  solver.maximum_newton_steps: [1, 30]
""")
    done = sweep(place, "--processes", "1", code=1)
    assert "member 1 failed: " in done.stdout and "1 of 2 members have their result" in done.stdout
    rows = table(place)
    assert [row["state"] for row in rows] == ["failed", "finished"]
    assert rows[0]["cell_voltage (V)"] == "" and float(rows[1]["cell_voltage (V)"]) > 0.1


def test_a_sweep_that_is_interrupted_says_how_to_go_on(place):
    (place / "study.yaml").write_text(STUDY.replace("count: 4", "count: 30"))
    with begun(place, "-p", "1") as process:
        wait_for(lambda: finished(place) and working(place), process)
        process.send_signal(signal.SIGINT)
        text = process.communicate(timeout=LIMIT)[0]
    assert process.returncode == 130, text
    assert "the same command goes on" in text and "Traceback" not in text
    assert "running" not in {record["state"] for record in records(place).values()}
    # another folder is not touched, and neither is one that is no sweep
    (place / "other").mkdir()
    (place / "other" / "mine.txt").write_text("mine")
    refused = run_limited(command("study.yaml", "-o", "other"), LIMIT, parallel_environment(), place)
    assert refused.returncode == 2 and "is not the folder of a sweep" in refused.stderr
    assert [path.name for path in (place / "other").iterdir()] == ["mine.txt"]


@pytest.mark.mpi
def test_members_on_two_ranks(place):
    if find_mpirun() is None:
        pytest.skip("no mpirun beside the interpreter or on the search path")
    (place / "study.yaml").write_text("title: x\ncase: case.yaml\nparameters: {microstructure.seed: [1]}\n")
    sweep(place, "--ranks", "2", "--processes", "1")
    assert {record["ranks"] for record in records(place).values()} == {2}
    assert [row["state"] for row in table(place)] == ["finished"]
