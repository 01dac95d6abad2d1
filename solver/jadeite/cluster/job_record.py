# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which job works on a run: `job.json` of its folder, and the list of the jobs that went on with it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
from dataclasses import dataclass
from pathlib import Path

from jadeite.output.folder import OutputError, shown, write_json

RECORD_NAME = "job.json"

#: One line for each time a run went on by itself: the time, and the job in which it does. Written by job scripts.
RESTARTS_NAME = "job-restarts.txt"


@dataclass(frozen=True, slots=True)
class JobRecord:
    """The content of `job.json`.

    Attributes:
        scheduler: `slurm`, `pbs` or `lsf`.
        job: its number, as the scheduler writes it.
        profile: of the cluster, by name.
        profile_file: where that was read from.
        ranks: MPI ranks.
        nodes: that they take.
        submitted: time, ISO 8601, UTC.
        cancelled: time when it was cancelled, the same way; empty when it was not.
    """

    scheduler: str
    job: str
    profile: str
    profile_file: str
    ranks: int
    nodes: int
    submitted: str = ""
    cancelled: str = ""

    def write(self, run: Path) -> None:
        """Write `job.json` of a job that has been submitted now."""
        write_json(run / RECORD_NAME, dataclasses.asdict(self) | {"submitted": _now()})

    def write_cancelled(self, run: Path) -> None:
        """Write `job.json` of a job that has been cancelled now."""
        write_json(run / RECORD_NAME, dataclasses.asdict(self) | {"cancelled": _now()})


def read_job(run: Path) -> JobRecord | None:
    """Return the record of the job that works on a run, with the number of its present job; None without one.

    Raises:
        OutputError: when the record cannot be read.
    """
    path = run / RECORD_NAME
    try:
        record = JobRecord(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(f"{shown(path)} cannot be read: {error}.") from error
    restarts = read_restarts(run)
    return dataclasses.replace(record, job=restarts[-1]) if restarts else record


def forget_restarts(run: Path) -> None:
    """Remove the list of restarts, before another job is submitted."""
    (run / RESTARTS_NAME).unlink(missing_ok=True)


def read_restarts(run: Path) -> list[str]:
    """Return the numbers of the jobs in which a run went on by itself, in order."""
    with contextlib.suppress(OSError):
        lines = (run / RESTARTS_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
        return [words[1] for line in lines if len(words := line.split()) == 2]
    return []


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
