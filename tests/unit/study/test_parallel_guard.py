# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs the checks of the guard in one process, then together on two ranks; and what one rank alone is told."""

import errno
from pathlib import Path

import parallel_guard_checks
import pytest

from jadeite.exit_codes import ExitCode
from jadeite.fem.solvers import ConvergenceError
from jadeite.study.parallel import guarded
from parallel_script import checks_of


@pytest.mark.parametrize("name", checks_of(parallel_guard_checks))
def test_on_one_rank(name):
    getattr(parallel_guard_checks, name)()


@pytest.mark.mpi
def test_on_two_ranks(run_on_ranks):
    done = run_on_ranks(Path(parallel_guard_checks.__file__), 2)
    assert done.stdout.count("passed") == len(checks_of(parallel_guard_checks))


def failing(error):
    def run():
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConvergenceError("conduction: no convergence"), ExitCode.FAILED, "conduction: no convergence\n"),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "Interrupted.\n"),
        (OSError(errno.ENOSPC, "No space left on device"), ExitCode.FAILED, "The disk for temporary files is full: "),
    ],
)
def test_what_a_user_can_act_on_comes_without_traceback(error, code, said, capsys):
    assert guarded(failing(error)) == code
    text = capsys.readouterr().err
    assert text.startswith(said) and "Traceback" not in text


def test_a_defect_shows_where_it_is(capsys):
    assert guarded(failing(OSError(errno.EACCES, "denied"))) == ExitCode.FAILED
    assert "Traceback" in capsys.readouterr().err


def test_notes_on_an_error_are_said(capsys):
    error = ConvergenceError("no convergence")
    error.add_note("The run folder is kept.")
    guarded(failing(error))
    assert capsys.readouterr().err == "no convergence\nThe run folder is kept.\n"


@pytest.mark.parametrize(
    "started",
    [
        {"SLURM_NTASKS": "2", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2"},
        {"PMI_SIZE": "2"},
        {"OMPI_COMM_WORLD_SIZE": "2"},
    ],
)
def test_a_launcher_that_does_not_match_is_refused(monkeypatch, started):
    """Two ranks were started, but this process sees itself alone."""
    for name, value in started.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match="launcher and the MPI library"):
        guarded(lambda: 0)


@pytest.mark.parametrize(
    "started",
    [
        {"SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1"},
        # mpirun -n 1 on two nodes, and a shell on a node of an allocation
        {"PMI_SIZE": "1", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2"},
        {"SLURM_PTY_PORT": "40001", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "2"},
    ],
)
def test_one_rank_alone_is_no_mismatch(monkeypatch, started):
    for name, value in started.items():
        monkeypatch.setenv(name, value)
    assert guarded(lambda: 0) == 0
