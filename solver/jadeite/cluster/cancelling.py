# SPDX-License-Identifier: LGPL-3.0-or-later
"""Jobs of runs taken out of their queue, or ended while they compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jadeite.cluster.job_record import JobRecord, OtherFolderError, read_job
from jadeite.cluster.queue import waiting_or_running
from jadeite.cluster.scheduler import ClusterError, scheduler_named
from jadeite.cluster.status import run_folders
from jadeite.output.folder import OutputError, shown

#: What the folder of a sweep holds.
_MEMBERS_NAME = "members.json"


@dataclass(frozen=True, slots=True)
class JobsToCancel:
    """The jobs that given folders mean.

    Attributes:
        jobs: record of the job of each run that is waiting or running.
        skipped: why other runs below a given folder are left out, one sentence each.
        ask: whether several jobs are meant by a folder that is neither a run nor a sweep, which may be a mistake.
    """

    jobs: Mapping[Path, JobRecord]
    skipped: tuple[str, ...]
    ask: bool


def jobs_to_cancel(given: Sequence[Path]) -> JobsToCancel:
    """Find the jobs of runs; nothing is cancelled yet.

    Args:
        given: run folders, which must have jobs; and folders of runs, of which those with jobs are meant.

    Raises:
        ClusterError: there is no job where there should be one.
        OutputError: there is no run, or the record of the job of a given run cannot be read or is that of another.
    """
    folders = {start: run_folders([start]) for start in given}
    records: dict[Path, JobRecord | None] = {}
    skipped = []
    for run in dict.fromkeys(run for runs in folders.values() for run in runs):
        try:
            records[run] = read_job(run)
        except OutputError as error:
            if run in folders:
                raise _with_advice(error) from None
            skipped.append(f"{error} It is left alone.")
    jobs = waiting_or_running({run: record for run, record in records.items() if record is not None})
    problems = [_problem(start, records) for start, runs in folders.items() if not any(run in jobs for run in runs)]
    if problems:
        raise ClusterError("\n".join([*skipped, *problems, "No job was cancelled."]))
    vague = [start for start, runs in folders.items() if runs != [start] and not (start / _MEMBERS_NAME).is_file()]
    ask = any(len([run for run in folders[start] if run in jobs]) > 1 for start in vague)
    return JobsToCancel(jobs, tuple(skipped), ask)


def cancel_jobs(jobs: Mapping[Path, JobRecord]) -> None:
    """Cancel the jobs of runs; what they have computed is kept and can be gone on with.

    Raises:
        ClusterError: the scheduler refuses.
    """
    for name in sorted({record.scheduler for record in jobs.values()}):
        scheduler_named(name).cancel([record.job for record in jobs.values() if record.scheduler == name])
    for run, record in jobs.items():
        record.write_cancelled(run)


def _with_advice(error: OutputError) -> OutputError:
    advice = "No job was cancelled."
    if isinstance(error, OtherFolderError):
        advice += " Give that folder if its job is to be cancelled."
    return OutputError(f"{error}\n{advice}")


def _problem(start: Path, records: Mapping[Path, JobRecord | None]) -> str:
    if start not in records:
        return f"No run in {shown(start)} has a job that is waiting or running."
    record = records[start]
    return (
        f"{shown(start)} has not been submitted."
        if record is None
        else f"Job {record.job} of {shown(start)} has ended already."
    )
