# SPDX-License-Identifier: LGPL-3.0-or-later
"""Jobs of runs taken out of their queue, or ended while they compute."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jadeite.cluster.job_record import JobRecord, read_job
from jadeite.cluster.queue import waiting_or_running
from jadeite.cluster.scheduler import ClusterError, scheduler_named
from jadeite.cluster.status import run_folders
from jadeite.output.folder import shown


def cancel_runs(given: Sequence[Path]) -> list[tuple[Path, str]]:
    """Cancel the jobs of runs; what they have computed is kept and can be gone on with.

    Args:
        given: run folders, which must have jobs; and folders of runs, of which those with jobs are cancelled.

    Returns:
        run folder and number of the job for each that was cancelled.

    Raises:
        ClusterError: there is no job where there should be one, and then none is cancelled; or the scheduler refuses.
        OutputError: there is no run, or the record of a job cannot be read.
    """
    folders = {start: run_folders([start]) for start in given}
    records = {run: read_job(run) for runs in folders.values() for run in runs}
    jobs = waiting_or_running({run: record for run, record in records.items() if record is not None})
    problems = [_problem(start, records) for start, runs in folders.items() if not any(run in jobs for run in runs)]
    if problems:
        raise ClusterError("\n".join([*problems, "No job was cancelled."]))
    for name in sorted({record.scheduler for record in jobs.values()}):
        scheduler_named(name).cancel([record.job for record in jobs.values() if record.scheduler == name])
    for run, record in jobs.items():
        record.write_cancelled(run)
    return [(run, record.job) for run, record in jobs.items()]


def _problem(start: Path, records: dict[Path, JobRecord | None]) -> str:
    if start not in records:
        return f"No run in {shown(start)} has a job that is waiting or running."
    record = records[start]
    return (
        f"{shown(start)} has not been submitted."
        if record is None
        else f"Job {record.job} of {shown(start)} has ended already."
    )
