# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where runs stand: what their folders say and what the scheduler says, put together."""

from __future__ import annotations

import dataclasses
import datetime
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jadeite.cluster.job_record import JobRecord, read_job, read_restarts
from jadeite.cluster.scheduler import ClusterError, JobState, JobStatus, scheduler_named
from jadeite.output.folder import LOG_NAME, OutputError, shown
from jadeite.output.run_record import RECORD_NAME, RunRecord, RunState, is_running, read_record

#: Bytes at the end of a log in which its last line is looked for.
_TAIL = 8192

_LOG_LINE = re.compile(r"\S+ \S+ [A-Z]+\s+(.*)")


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where one run stands.

    Attributes:
        folder: of the run.
        state: one word: prepared, pending, requeued, starting, running, checkpointed, interrupted, cancelled, lost,
            failed, finished; or unknown, when the scheduler does not answer.
        since: time of the last change, None when that is not known.
        job: number of its job, empty without one.
        message: what it does, why it waits, or why it has ended.
    """

    folder: Path
    state: str
    since: datetime.datetime | None
    job: str = ""
    message: str = ""


def run_folders(given: Sequence[Path]) -> list[Path]:
    """Return the run folders among the given ones and below them; without any, all below runs/.

    Raises:
        OutputError: when there is none.
    """
    starts = list(given) or [Path("runs")]
    found: list[Path] = []
    for start in starts:
        here = list(_below(start))
        if given and not here:
            what = "holds no run" if start.is_dir() else "is no folder"
            raise OutputError(f"{shown(start)} {what}.")
        found += here
    return list(dict.fromkeys(found))


def run_states(folders: Sequence[Path]) -> tuple[list[RunStatus], list[str]]:
    """Return where runs stand, and what schedulers said that did not answer; each is asked once."""
    jobs: dict[Path, JobRecord] = {}
    problems: dict[Path, str] = {}
    for folder in folders:
        try:
            if (record := read_job(folder)) is not None:
                jobs[folder] = record
        except OutputError as error:
            problems[folder] = str(error)
    known: dict[tuple[str, str], JobStatus] = {}
    silent: dict[str, str] = {}
    for name in sorted({record.scheduler for record in jobs.values()}):
        numbers = [record.job for record in jobs.values() if record.scheduler == name]
        try:
            answers = scheduler_named(name).states(numbers)
        except ClusterError as error:
            silent[name] = str(error)
        else:
            known |= {(name, number): status for number, status in answers.items()}
    states = [_state(folder, jobs.get(folder), known, silent) for folder in folders]
    return [_with_problem(one, problems.get(one.folder, "")) for one in states], list(silent.values())


def _state(
    folder: Path, job: JobRecord | None, known: dict[tuple[str, str], JobStatus], silent: dict[str, str]
) -> RunStatus:
    try:
        record = read_record(folder)
    except OutputError as error:
        return RunStatus(folder, "unknown", None, "" if job is None else job.job, str(error))
    queued = None if job is None else known.get((job.scheduler, job.job))
    answered = job is None or job.scheduler not in silent
    state, message = _judge(folder, record, job, queued, answered)
    since = record.updated
    if job is not None and state in ("pending", "requeued", "starting", "cancelled"):
        since = max(since, job.cancelled or job.submitted)
    return RunStatus(folder, state, _time(since), "" if job is None else job.job, message)


def _with_problem(status: RunStatus, problem: str) -> RunStatus:
    """Add what is wrong with the record of a job to what is said of its run."""
    return dataclasses.replace(status, message="; ".join(text for text in (status.message, problem) if text))


def _judge(
    folder: Path, record: RunRecord, job: JobRecord | None, queued: JobStatus | None, answered: bool
) -> tuple[str, str]:
    """Return the state of a run in one word, and what there is to say about it."""
    if record.state is RunState.FINISHED:
        return "finished", ""
    if is_running(folder):
        return "running", last_log_line(folder)
    waiting = queued is not None and queued.state is JobState.PENDING
    if queued is not None and waiting:
        return ("requeued" if read_restarts(folder) or record.attempts else "pending"), queued.reason
    if queued is not None and queued.state is JobState.RUNNING:
        # on some file systems the lock of another machine cannot be seen
        if record.state is RunState.RUNNING:
            return "running", last_log_line(folder)
        return "starting", queued.reason
    if job is not None and not answered and record.state in (RunState.PREPARED, RunState.RUNNING):
        return "unknown", "the scheduler does not answer"
    if job is not None and job.cancelled and record.state is not RunState.FAILED:
        return "cancelled", ""
    if record.state is RunState.RUNNING or (job is not None and record.state is RunState.PREPARED):
        reason = "" if queued is None else queued.reason
        return "lost", f"ended without a word{f' ({reason})' if reason else ''}; see its logs"
    return record.state.value, _first_line(record.message)


def last_log_line(folder: Path) -> str:
    """Return the last message of a run's log, without time and level; empty without one."""
    try:
        with (folder / LOG_NAME).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL))
            lines = log.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    messages = [match[1] for line in lines if (match := _LOG_LINE.fullmatch(line))]
    return messages[-1] if messages else ""


def _below(start: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(start):
        names[:] = sorted(name for name in names if not name.startswith("."))
        if RECORD_NAME in files:
            names.clear()
            yield Path(folder)


def _time(text: str) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(text) if text else None


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
