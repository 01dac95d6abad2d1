# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stages are timed, the share of work done and the time left follow from them."""

import io
import logging
from types import SimpleNamespace

import pytest
from rich.console import Console

from jadeite.study.progress import RunProgress

STAGES = {"mesh": 1.0, "solve": 3.0}


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is set."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr("jadeite.study.progress.time", SimpleNamespace(perf_counter=lambda: now.seconds))
    return now


def terminal(width=140):
    return Console(file=io.StringIO(), force_terminal=True, width=width)


def shown(progress):
    (task,) = progress._bar.tasks
    return task


def test_stages_are_timed_with_and_without_a_console(clock):
    for console in (None, terminal(), Console(file=io.StringIO())):
        start = clock.seconds
        with RunProgress(STAGES, console) as progress:
            progress.stage("mesh")
            clock.seconds = start + 2.0
            progress.stage("solve")
            progress.step("half", 0.5)
            progress.newton(1, 1e-3)
            clock.seconds = start + 9.0
        assert progress.timings == {"mesh": 2.0, "solve": 7.0}


def test_a_stage_that_fails_is_timed(clock):
    progress = RunProgress(STAGES, None)
    with pytest.raises(ValueError, match="broken"), progress:
        progress.stage("mesh")
        clock.seconds += 4.0
        raise ValueError("broken")
    assert progress.timings == {"mesh": 4.0}


def test_share_and_time_left(clock):
    """After 2 s a quarter of the work is done, so that 6 s are left; after 5 s five eighths, so that 3 s are."""
    with RunProgress(STAGES, terminal()) as progress:
        progress.stage("mesh")
        assert shown(progress).completed == 0.0 and shown(progress).fields["left"] == ""
        clock.seconds += 2.0
        progress.stage("solve")
        assert shown(progress).description == "[2/2] solve"
        assert shown(progress).completed == pytest.approx(0.25)
        assert shown(progress).fields["left"] == "≈ 6 s left"
        clock.seconds += 3.0
        progress.step("a flaw", 0.5)
        assert shown(progress).completed == pytest.approx(0.625)
        assert shown(progress).fields["left"] == "≈ 3 s left"
        assert shown(progress).fields["step"] == "a flaw"
        progress.newton(4, 1.2e-7)
        assert shown(progress).fields["step"] == "Newton step 4, residual 1.2e-07"


def test_too_early_to_say_how_long(clock):
    with RunProgress(STAGES, terminal()) as progress:
        progress.stage("mesh")
        clock.seconds += 1.0
        progress.step("begun", 0.1)  # 2.5 % of the work
        assert shown(progress).fields["left"] == ""
        progress.step("further", 0.4)  # 10 %
        assert shown(progress).fields["left"] == "≈ 9 s left"


def test_a_console_that_is_no_terminal_gets_one_line_a_stage(clock):
    console = Console(file=io.StringIO(), width=80)
    with RunProgress(STAGES, console) as progress:
        progress.stage("mesh")
        progress.step("not shown", 0.5)
        progress.stage("solve")
    assert console.file.getvalue() == "[1/2] mesh\n[2/2] solve\n"


def test_the_log_has_stages_and_their_times(clock, caplog):
    with caplog.at_level(logging.INFO, "jadeite.study.progress"), RunProgress(STAGES, None) as progress:
        progress.stage("mesh")
        clock.seconds += 1.5
        progress.step("12 cells")
    assert [r.getMessage() for r in caplog.records] == ["stage 1 of 2: mesh", "mesh: 12 cells", "mesh took 1.50 s"]


def test_an_unknown_stage_is_a_defect():
    with pytest.raises(ValueError, match="lunch"):
        RunProgress(STAGES, None).stage("lunch")
