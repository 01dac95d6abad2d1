# SPDX-License-Identifier: LGPL-3.0-or-later
"""PBS Professional and OpenPBS: qsub, qstat, qdel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from jadeite.cluster.scheduler import ClusterError, Dependency, JobState, JobStatus, call

_PENDING, _RUNNING = set("QHWTS"), set("RBEU")
_JOB = re.compile(r"^Job Id: *(\S+)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"^\s+(job_state|Exit_status|comment) = (.*)$", re.MULTILINE)
_UNKNOWN = re.compile(r"Unknown Job Id|Job has finished", re.IGNORECASE)


def submit(script: Path, after: Dependency | None = None) -> str:
    """Submit a script and return the number of the job, with its server; raises `ClusterError`."""
    words = ["qsub"]
    if after is not None:
        until = "afterok" if after.until == "success" else "afterany"
        words += ["-W", f"depend={until}:{':'.join(after.jobs)}"]
    answer = call([*words, str(script)]).strip().splitlines()
    if not answer or not answer[-1][:1].isdigit():
        raise ClusterError(f"qsub did not give the number of a job but: {' '.join(answer)}")
    return answer[-1]


def states(jobs: Sequence[str]) -> dict[str, JobStatus]:
    """Return the state of those jobs that PBS still knows; raises `ClusterError`."""
    # -t: tasks of arrays one by one; -x: also jobs that have ended, where the site keeps them
    listed = call(["qstat", "-x", "-t", "-f", *jobs], ignore=_UNKNOWN)
    starts = [match.start() for match in _JOB.finditer(listed)]
    found = {}
    for start, end in zip(starts, [*starts[1:], len(listed)], strict=True):
        block = listed[start:end]
        attributes = dict(_ATTRIBUTE.findall(block))
        match = _JOB.match(block)
        if match is not None:
            found[_sequence(match[1])] = _status(attributes)
    return {job: found[_sequence(job)] for job in jobs if _sequence(job) in found}


def cancel(jobs: Sequence[str]) -> None:
    """Cancel jobs; raises `ClusterError`."""
    call(["qdel", *jobs])


def task(array: str, number: int) -> str:
    """Return the name of a task of an array job; an array of one run is an ordinary job."""
    return array.replace("[]", f"[{number}]", 1)


def _sequence(job: str) -> str:
    """Return the number of a job without its server, which may be written in full or not."""
    return job.partition(".")[0]


def _status(attributes: dict[str, str]) -> JobStatus:
    state = attributes.get("job_state", "")
    if state in _PENDING:
        return JobStatus(JobState.PENDING, attributes.get("comment", ""))
    if state in _RUNNING:
        return JobStatus(JobState.RUNNING)
    code = attributes.get("Exit_status", "")
    return JobStatus(JobState.ENDED, f"exit status {code}" if code else "")
