# SPDX-License-Identifier: LGPL-3.0-or-later
"""Many prepared runs as one job array, and a job that gathers their results when all have ended."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jadeite.cluster.job import SCRIPT_NAME, Job, JobArray, array_script, gather_script, run_script
from jadeite.cluster.job_record import JobRecord, forget_restarts, own_job
from jadeite.cluster.profile_files import NamedProfile
from jadeite.cluster.queue import waiting_or_running
from jadeite.cluster.scheduler import ClusterError, Dependency, scheduler_named
from jadeite.output.folder import OutputError, as_argument, shown, write_text
from jadeite.output.run_record import read_record

#: Folder of a study for the scripts of its arrays, their lists of runs and what the scheduler has to say.
JOBS_NAME = "jobs"


@dataclass(frozen=True, slots=True)
class SubmittedArray:
    """Numbers of the array job and of the job that gathers, and the folder with their scripts."""

    array: str
    gather: str | None
    folder: Path


def submit_array(
    study: Path,
    members: Sequence[Path],
    profile: NamedProfile,
    throttle: int | None = None,
    gather_command: Sequence[str] | None = None,
    ranks: int | None = None,
) -> SubmittedArray:
    """Submit prepared runs as one array job; every run keeps its own `job.json`, `job.sh` and logs.

    Scripts and lists go to a new folder under `STUDY/jobs/`, so that an earlier array that is still at work keeps its
    own. Runs that stop before the walltime ends go on one by one, as single runs do.

    Args:
        study: folder of the study.
        members: folders of prepared runs below it, those that are to be run; at least one.
        profile: of the cluster.
        throttle: how many of them run at the same time; None for no limit.
        gather_command: what to run, in the study's folder, when all have ended, whether well or not.
        ranks: MPI ranks of each run; those of the profile when left out.

    Raises:
        OutputError: a folder holds no run or lies elsewhere, a run is in a queue already, or files cannot be written.
        ProfileError: the profile does not allow this number of ranks.
        ClusterError: the scheduler does not take a job; the scripts are kept, and the message says what is queued.
    """
    job = Job.of(profile, ranks)
    study = study.resolve()
    listed = [_relative(member, study) for member in members]
    scripts = {study / member: run_script(job, study / member) for member in listed}
    scheduler = scheduler_named(profile.content.scheduler)
    _refuse_queued(study, listed)
    folder = _new_folder(study)
    array = JobArray(study, folder / "members.txt", len(listed), throttle, folder)
    write_text(array.members_file, "".join(f"{member}\n" for member in listed))
    for run, text in scripts.items():
        write_text(run / SCRIPT_NAME, text)
        forget_restarts(run)
    script = folder / "array.sh"
    write_text(script, array_script(job, array, script))
    gather = folder / "gather.sh"
    if gather_command is not None:
        write_text(gather, gather_script(job, array, gather, gather_command))

    try:
        number = scheduler.submit(script)
    except ClusterError as error:
        raise ClusterError(
            f"{error}\nNothing is queued. The runs are prepared in {shown(study)}; the same command tries again."
        ) from None
    for line, member in enumerate(listed, start=1):
        task = scheduler.task(number, line)
        record = JobRecord(profile.content.scheduler, task, profile.name, str(profile.file), job.ranks, job.nodes)
        record.write(study / member)
    if gather_command is None:
        return SubmittedArray(number, None, folder)
    try:
        return SubmittedArray(number, scheduler.submit(gather, Dependency((number,), "end")), folder)
    except ClusterError as error:
        runs = "1 run is" if len(listed) == 1 else f"{len(listed)} runs are"
        later = f"(cd {as_argument(study)} && {shlex.join(gather_command)})"
        raise ClusterError(
            f"{error}\n{runs} queued as job {number}, without a job that gathers their results: when they have ended, "
            f"`{later}` does it. `jadeite cancel {as_argument(study)}` ends them."
        ) from None


def _relative(member: Path, study: Path) -> str:
    full = member.resolve()
    if not full.is_relative_to(study) or "\n" in str(full):
        raise OutputError(f"{member} is not below the folder of the study, {study}.")
    read_record(full)
    return str(full.relative_to(study))


def _refuse_queued(study: Path, members: Sequence[str]) -> None:
    records = {study / member: record for member in members if (record := own_job(study / member)) is not None}
    held = [record.job for record in waiting_or_running(records).values()]
    if held:
        some = ", ".join(held[:3]) + (", ..." if len(held) > 3 else "")
        raise OutputError(
            f"{len(held)} of these runs are waiting or running on the cluster already (job {some}); "
            f"`jadeite cancel {as_argument(study)}` ends them."
        )


def _new_folder(study: Path) -> Path:
    """Make the folder `jobs/1`, `jobs/2`, ... that is free."""
    number = 1
    while True:
        folder = study / JOBS_NAME / str(number)
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise OutputError(f"{folder} cannot be made: {(error.strerror or '').lower()}.") from error
        else:
            return folder
