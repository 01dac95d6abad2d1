# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which job works on a run: `job.json` of its folder, and the list of the jobs that went on with it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from jadeite.output.folder import OutputError, shown, write_json
from jadeite.output.json_record import Time, read_json_record

RECORD_NAME = "job.json"

#: One line for each time a run went on by itself: the time, and the job in which it does. Written by job scripts.
RESTARTS_NAME = "job-restarts.txt"


#: What schedulers call a job: `12`, `12_3`, `12[3].server.example.org`; never an option of a command.
_JOB = r"^[0-9][0-9A-Za-z_.\[\]-]*$"


class OtherFolderError(OutputError):
    """The record of a job belongs to another run folder: this one is a copy, or was moved."""


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
        run: folder that the job works in.
        submitted: time, ISO 8601, UTC.
        cancelled: time when it was cancelled, the same way; empty when it was not.
    """

    scheduler: str
    job: Annotated[str, StringConstraints(pattern=_JOB)]
    profile: str
    profile_file: str
    ranks: int
    nodes: int
    run: str = ""
    submitted: Time = ""
    cancelled: Time = ""

    def write(self, run: Path) -> None:
        """Write `job.json` of a job that has been submitted now."""
        write_json(run / RECORD_NAME, dataclasses.asdict(self) | {"run": str(run.resolve()), "submitted": _now()})

    def write_cancelled(self, run: Path) -> None:
        """Write `job.json` of a job that has been cancelled now."""
        write_json(run / RECORD_NAME, dataclasses.asdict(self) | {"cancelled": _now()})


def read_job(run: Path) -> JobRecord | None:
    """Return the record of the job that works on a run, with the number of its present job; None without one.

    Raises:
        OtherFolderError: when the record was written for another folder, of which this one is a copy.
        OutputError: when the record cannot be read.
    """
    path = run / RECORD_NAME
    try:
        record = read_json_record(path, JobRecord)
    except FileNotFoundError:
        return None
    if not _is_same(run, Path(record.run)):
        raise OtherFolderError(f"Job {record.job} in {shown(path)} is that of {record.run or 'another folder'}.")
    restarts = read_restarts(run)
    return dataclasses.replace(record, job=restarts[-1]) if restarts else record


def own_job(run: Path) -> JobRecord | None:
    """Return the record of the job of a run, as `read_job` does; None also where it belongs to another folder."""
    with contextlib.suppress(OtherFolderError):
        return read_job(run)
    return None


def forget_restarts(run: Path) -> None:
    """Remove the list of restarts, before another job is submitted."""
    (run / RESTARTS_NAME).unlink(missing_ok=True)


def read_restarts(run: Path) -> list[str]:
    """Return the numbers of the jobs in which a run went on by itself, in order."""
    with contextlib.suppress(OSError):
        lines = (run / RESTARTS_NAME).read_text(encoding="utf-8", errors="replace").splitlines()
        return [words[1] for line in lines if len(words := line.split()) == 2 and re.match(_JOB, words[1])]
    return []


def _is_same(run: Path, recorded: Path) -> bool:
    """Tell whether two paths are one folder, which machines of a cluster may know by different names."""
    with contextlib.suppress(OSError, ValueError):
        return run.resolve() == recorded or run.samefile(recorded)
    return False


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
