# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is refused before anything is written: options that say nothing, folders in use, faulty studies, profiles."""

import fcntl
import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from jadeite.case.problems import CaseError
from jadeite.output.folder import OutputError
from jadeite.sweep import command
from jadeite.sweep.options import Options
from jadeite.sweep.study_folder import alone, check_usable, default_path

STUDY = """\
title: Two seeds
case: case.yaml
parameters: {microstructure.seed: [1, 2]}
"""


@pytest.fixture
def study(write_study, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return write_study(STUDY)


@pytest.fixture
def console():
    """A terminal of 80 columns that is read by the test."""
    return Console(file=io.StringIO(), width=80, markup=False)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"throttle": 3}, ["--throttle"]),
        ({"walltime": "2 h", "check": True}, ["--walltime"]),
        ({"cluster": "slurm", "processes": 2}, ["--processes"]),
        ({"cluster": "slurm", "processes": 2, "check": True, "throttle": 3}, ["--processes"]),
        ({"gather": True, "check": True}, ["--check"]),
        (
            {"gather": True, "cluster": "slurm", "processes": 1, "ranks": 1, "throttle": 1, "walltime": "1 h"},
            ["--processes", "--ranks", "--cluster", "--throttle", "--walltime"],
        ),
    ],
)
def test_options_that_say_nothing_beside_the_others_are_refused_all_at_once(given, refused):
    with pytest.raises(CaseError) as caught:
        Options(**given)
    assert [problem.file for problem in caught.value.problems] == refused


def test_options_that_say_something_are_taken():
    Options(check=True, processes=2, ranks=2)
    Options(check=True, cluster="slurm", ranks=2, throttle=3, walltime="2 h")
    Options(gather=True)


def test_a_check_reads_the_profile_and_its_ranks(study, console, tmp_path):
    with pytest.raises(CaseError, match="nosuch"):
        command.sweep(study, None, Options(check=True, cluster="nosuch"), console)
    with pytest.raises(CaseError, match="walltime"):
        command.sweep(study, None, Options(check=True, cluster="slurm", walltime="2 parsec"), console)
    profile = tmp_path / "inside.yaml"
    profile.write_text(
        "scheduler: slurm\nlauncher: mpirun -n {ranks}\nwalltime: 2 h\nranks_per_node: 4\n"
        "container: {engine: apptainer, image: jadeite.sif, launcher: inside}\n"
    )
    for options in (Options(check=True, cluster=str(profile), ranks=5), Options(cluster=str(profile), ranks=5)):
        with pytest.raises(CaseError, match="a container stays on one node"):
            command.sweep(study, None, options, console)
    assert command.sweep(study, None, Options(check=True, cluster=str(profile), ranks=4), console) == 0
    assert "on inside, 4 ranks each" in console.file.getvalue()
    assert not Path("runs").exists()


def test_the_default_folder_is_not_that_of_runs_of_the_case(study, tmp_path):
    assert default_path(study) == Path("runs") / f"{tmp_path.name}-sweep"
    assert default_path(tmp_path / "thickness.yaml") == Path("runs/thickness")


@pytest.mark.parametrize("options", [Options(check=True), Options(), Options(cluster="slurm")])
def test_a_folder_that_cannot_be_used_is_refused_by_a_check_too(study, console, options, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not the folder of a sweep"):
        command.sweep(study, other, options, console)
    with pytest.raises(OutputError, match="cannot be written to"):
        command.sweep(study, other / "mine.txt" / "below", options, console)
    assert [path.name for path in other.iterdir()] == ["mine.txt"]


def test_a_folder_where_another_sweep_is_at_work_is_refused(study, console, tmp_path):
    folder = tmp_path / "busy"
    with alone(folder):
        with pytest.raises(OutputError, match="Another sweep is at work"):
            check_usable(folder)
        with pytest.raises(OutputError, match="Another sweep is at work"), alone(folder):
            pass
    check_usable(folder)
    # looking does not hold what it looks at
    with (folder / ".sweep.lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; run the tests as an ordinary user")
def test_a_folder_that_may_not_be_written_is_refused_before(study, console, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(OutputError, match="cannot be written to: permission denied"):
        command.sweep(study, closed / "out", Options(check=True), console)


@pytest.mark.parametrize("options", [Options(check=True), Options(), Options(cluster="slurm")])
def test_a_study_that_is_refused_leaves_nothing_behind(study, console, options):
    study.write_text(STUDY.replace("[1, 2]", "[1, 2, -3]"))  # workers are started for the first, which is all right
    with pytest.raises(CaseError, match="in member 3"):
        command.sweep(study, None, options, console)
    assert not Path("runs").exists()


@pytest.mark.parametrize("given", ["/", "/dev/zero", "nowhere.yaml"])
def test_what_is_no_study_is_said_to_be_wrong_with_the_study(study, console, given):
    with pytest.raises(CaseError, match=r"^1 problem in the study:"):
        command.sweep(Path(given), None, Options(check=True), console)


def test_only_one_folder_is_gathered(study, console, tmp_path):
    with pytest.raises(OutputError, match=r"is not the folder of a sweep: members\.json is missing"):
        command.sweep(tmp_path, None, Options(gather=True), console)
    with pytest.raises(CaseError, match="there is no such file or folder"):
        command.sweep(tmp_path / "nowhere.yaml", None, Options(gather=True), console)
    with pytest.raises(CaseError, match="--output: says nothing"):
        command.sweep(tmp_path, tmp_path / "other", Options(gather=True), console)


def test_a_list_of_members_tells_them_apart_at_80_columns_and_names_repeats(study, console):
    study.write_text("""\
title: Widths
case: case.yaml
parameters:
  microstructure.width: [20 um, 21 um, 0.02 mm, 2e-5 m]
  physics.plating_interface.resistance: {values: [5 ohm*cm^2], label: Resistance of the plating interface}
  physics.grain_boundaries.resistance: {values: [1 ohm*cm^2], label: Resistance of the boundaries of grains}
""")
    assert command.sweep(study, None, Options(check=True), console) == 0
    said = console.file.getvalue()
    assert "…" not in said
    assert "note: members 3 and 4 repeat 1\n" in said
    assert "2 of 2 runs are to do" in said
