# SPDX-License-Identifier: LGPL-3.0-or-later
"""Slurm: sbatch, squeue, scancel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jadeite.cluster.scheduler import ClusterError, Dependency, JobState, JobStatus, call

_PENDING = {"PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "RESV_DEL_HOLD"}
_RUNNING = {"RUNNING", "COMPLETING", "CONFIGURING", "SIGNALING", "STAGE_OUT", "SUSPENDED", "STOPPED", "RESIZING"}


def submit(script: Path, after: Dependency | None = None) -> str:
    """Submit a script and return the number of the job; raises `ClusterError`."""
    words = ["sbatch", "--parsable"]
    if after is not None:
        until = "afterok" if after.until == "success" else "afterany"
        # a job whose condition cannot come true any more would wait for ever
        words += [f"--dependency={until}:{':'.join(after.jobs)}", "--kill-on-invalid-dep=yes"]
    answer = call([*words, str(script)]).strip().splitlines()
    number = answer[-1].partition(";")[0] if answer else ""
    if not number.isdigit():
        raise ClusterError(f"sbatch did not give the number of a job but: {' '.join(answer)}")
    return number


def states(jobs: Sequence[str]) -> dict[str, JobStatus]:
    """Return the state of those jobs that Slurm still knows; raises `ClusterError`."""
    wanted = set(jobs)
    # asked for by number, squeue fails as soon as it has forgotten the job
    listed = call(["squeue", "--me", "--noheader", "--array", "--states=all", "--format=%i|%T|%r"])
    found = {}
    for line in listed.splitlines():
        number, state, reason = [*line.split("|"), "", ""][:3]
        if number in wanted:
            found[number] = _status(state, "" if reason == "None" else reason)
    return found


def cancel(jobs: Sequence[str]) -> None:
    """Cancel jobs; raises `ClusterError`."""
    call(["scancel", *jobs])


def task(array: str, number: int) -> str:
    """Return the name of a task of an array job."""
    return f"{array}_{number}"


def _status(state: str, reason: str) -> JobStatus:
    if state in _PENDING:
        return JobStatus(JobState.PENDING, reason)
    if state in _RUNNING:
        return JobStatus(JobState.RUNNING, "" if state == "RUNNING" else state)
    return JobStatus(JobState.ENDED, state)
