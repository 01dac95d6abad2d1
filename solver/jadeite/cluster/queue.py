# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which of some jobs have not ended yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jadeite.cluster.job_record import JobRecord
from jadeite.cluster.scheduler import JobState, scheduler_named


def waiting_or_running(records: Mapping[Path, JobRecord]) -> dict[Path, JobRecord]:
    """Return those jobs that have not ended; every scheduler is asked once."""
    found: dict[Path, JobRecord] = {}
    for name in sorted({record.scheduler for record in records.values()}):
        runs = {run: record for run, record in records.items() if record.scheduler == name}
        known = scheduler_named(name).states([record.job for record in runs.values()])
        for run, record in runs.items():
            if record.job in known and known[record.job].state is not JobState.ENDED:
                found[run] = record
    return found
