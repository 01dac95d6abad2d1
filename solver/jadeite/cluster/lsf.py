# SPDX-License-Identifier: LGPL-3.0-or-later
"""IBM Spectrum LSF: bsub, bjobs, bkill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from jadeite.cluster.scheduler import ClusterError, Dependency, JobState, JobStatus, call

_PENDING = {"PEND", "PSUSP", "WAIT", "PROV"}
_RUNNING = {"RUN", "USUSP", "SSUSP"}
_SUBMITTED = re.compile(r"^Job <(\d+)> is submitted", re.MULTILINE)
_NONE = re.compile(r"No (unfinished )?job found", re.IGNORECASE)


def submit(script: Path, after: Dependency | None = None) -> str:
    """Submit a script and return the number of the job; raises `ClusterError`."""
    words = ["bsub"]
    if after is not None:
        until = "done" if after.until == "success" else "ended"
        words += ["-w", " && ".join(f"{until}({job})" for job in after.jobs)]
    # directives are read where the script comes by standard input
    answer = call(words, stdin=script)
    match = _SUBMITTED.search(answer)
    if match is None:
        raise ClusterError(f"bsub did not give the number of a job but: {answer.strip()}")
    return match[1]


def states(jobs: Sequence[str]) -> dict[str, JobStatus]:
    """Return the state of those jobs that LSF still knows; raises `ClusterError`."""
    wanted = set(jobs)
    columns = "jobid jobindex stat exit_code exit_reason delimiter='|'"
    listed = call(["bjobs", "-a", "-noheader", "-o", columns], ignore=_NONE)
    found = {}
    for line in listed.splitlines():
        number, index, state, code, reason = [*(part.strip() for part in line.split("|")), "", "", "", ""][:5]
        job = task(number, int(index)) if index.isdigit() and index != "0" else number
        if job in wanted:
            found[job] = _status(state, code, reason)
    return found


def cancel(jobs: Sequence[str]) -> None:
    """Cancel jobs; raises `ClusterError`."""
    call(["bkill", *jobs])


def task(array: str, number: int) -> str:
    """Return the name of a task of an array job."""
    return f"{array}[{number}]"


def _status(state: str, code: str, reason: str) -> JobStatus:
    if state in _PENDING:
        return JobStatus(JobState.PENDING)
    if state in _RUNNING:
        return JobStatus(JobState.RUNNING, "" if state == "RUN" else state)
    words = [f"exit code {code}" if code.isdigit() else "", reason.strip("- ")]
    return JobStatus(JobState.ENDED, ", ".join(word for word in words if word))
