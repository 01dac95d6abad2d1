# SPDX-License-Identifier: LGPL-3.0-or-later
"""Checks of the guard around parallel runs, on any number of ranks; as a script they run under mpirun."""

import sys

import jadeite.fem  # noqa: F401  isort: skip
import contextlib
import io

import pytest
from mpi4py import MPI

from jadeite.case.problems import CaseError, Problem
from jadeite.exit_codes import ExitCode
from jadeite.microstructure.errors import MeshingError
from jadeite.study.parallel import AgreedError, agree, guarded

COMM = MPI.COMM_WORLD


def said(run):
    """Exit code of a guarded function on this rank, and what this rank says."""
    with contextlib.redirect_stderr(io.StringIO()) as stream:
        code = guarded(run, COMM)
    return code, stream.getvalue()


def failing(error):
    """A function that fails on rank 0 and must not be called elsewhere."""

    def action():
        assert COMM.rank == 0
        raise error

    return action


def broken_case():
    return CaseError([Problem("case.yaml", 3, "protocol", "is missing")])


def check_only_rank_0_acts():
    calls = []
    result = agree(lambda: calls.append(COMM.rank) or "made", COMM)
    assert (result, calls) == (("made", [0]) if COMM.rank == 0 else (None, []))


def check_an_error_of_rank_0_is_raised_on_all():
    """All ranks raise it with its message, and can go on to communicate."""
    with pytest.raises(AgreedError, match="no valid mesh") as met:
        agree(failing(MeshingError("no valid mesh")), COMM)
    assert isinstance(met.value.original, MeshingError) or COMM.rank > 0
    assert COMM.allreduce(1) == COMM.size
    assert COMM.allgather(str(met.value)) == ["no valid mesh"] * COMM.size


def check_explained_errors_are_said_once_and_without_traceback():
    code, text = said(lambda: agree(failing(MeshingError("no valid mesh")), COMM))
    assert code == ExitCode.FAILED
    assert text == ("no valid mesh\n" if COMM.rank == 0 else "")


def check_a_defect_shows_its_traceback_once():
    code, text = said(lambda: agree(failing(ZeroDivisionError("a defect")), COMM))
    assert code == ExitCode.FAILED
    if COMM.rank == 0:
        assert "Traceback" in text and "ZeroDivisionError: a defect" in text
    else:
        assert text == ""


def check_ranks_leave_with_the_same_code():
    """A problem of the input is one on every rank, whether all met it or rank 0 told the others."""

    def met_by_all():
        raise broken_case()

    for run in (met_by_all, lambda: agree(failing(broken_case()), COMM)):
        code, text = said(run)
        assert COMM.allgather(code) == [ExitCode.INPUT] * COMM.size
        assert ("protocol" in text and "Traceback" not in text) if COMM.rank == 0 else text == ""


def check_a_run_that_succeeds_says_nothing():
    assert said(lambda: 0) == (0, "")


if __name__ == "__main__":
    from parallel_script import run_checks

    run_checks(sys.modules[__name__])
