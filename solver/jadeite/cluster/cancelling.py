# SPDX-License-Identifier: LGPL-3.0-or-later
"""Jobs of runs taken out of their queue, or ended while they compute."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jadeite.cluster.job_record import JobRecord, read_job
from jadeite.cluster.scheduler import ClusterError, JobState, scheduler_named
from jadeite.output.folder import shown


def cancel_runs(folders: Sequence[Path]) -> list[tuple[Path, str]]:
    """Cancel the jobs of runs; what they have computed is kept and can be gone on with.

    Returns:
        run folder and number of the job for each that was cancelled.

    Raises:
        ClusterError: a run has no job that could be cancelled, and then none is; or the scheduler refuses.
        OutputError: the record of a job cannot be read.
    """
    records = {folder: read_job(folder) for folder in folders}
    problems = [f"{shown(folder)} has not been submitted." for folder, record in records.items() if record is None]
    jobs = {folder: record for folder, record in records.items() if record is not None}
    by_scheduler: dict[str, dict[Path, JobRecord]] = {}
    for folder, record in jobs.items():
        by_scheduler.setdefault(record.scheduler, {})[folder] = record
    for name, runs in by_scheduler.items():
        known = scheduler_named(name).states([record.job for record in runs.values()])
        for folder, record in runs.items():
            status = known.get(record.job)
            if status is None or status.state is JobState.ENDED:
                problems.append(f"Job {record.job} of {shown(folder)} has ended already.")
    if problems:
        raise ClusterError("\n".join([*problems, "No job was cancelled."]))
    for name, runs in by_scheduler.items():
        scheduler_named(name).cancel([record.job for record in runs.values()])
        for folder, record in runs.items():
            record.write_cancelled(folder)
    return [(folder, record.job) for folder, record in jobs.items()]
