# SPDX-License-Identifier: LGPL-3.0-or-later
"""One run as a job: check the case, make the run folder, write its script, hand it to the scheduler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jadeite.case.loading import LoadedCase, load_case
from jadeite.case.problems import CaseError, Problem
from jadeite.case.reduced_case import case_of_materials
from jadeite.cluster.job import SCRIPT_NAME, Job, run_script
from jadeite.cluster.job_record import JobRecord, forget_restarts, own_job, read_job
from jadeite.cluster.profile_files import NamedProfile
from jadeite.cluster.queue import waiting_or_running
from jadeite.cluster.scheduler import ClusterError, Dependency, scheduler_named
from jadeite.materials.resolve import resolve
from jadeite.output.folder import OutputError, as_argument, default_run_path, shown, write_text
from jadeite.output.prepared_run import prepare_run
from jadeite.output.run_record import RunState, is_running, read_record

_COMMAND = "options of this command"


@dataclass(frozen=True, slots=True)
class SubmittedRun:
    """The folder of a run, its script, and the number of its job; None when it was not submitted."""

    folder: Path
    script: str
    job: str | None


def submit(
    target: Path,
    profile: NamedProfile,
    overrides: Sequence[str] = (),
    output: Path | None = None,
    *,
    ranks: int | None = None,
    after: str | None = None,
    dry_run: bool = False,
) -> SubmittedRun:
    """Submit a case, or a run folder whose run has not finished.

    Args:
        target: case file, or run folder.
        profile: of the cluster.
        overrides: settings `path=value` that replace values of the case.
        output: run folder to make; None chooses a free one under runs/.
        ranks: MPI ranks; those of the profile when left out.
        after: job, or folder of a run that was submitted, that has to end well first.
        dry_run: write the script only to `SubmittedRun`, and nothing to the disk.

    Raises:
        CaseError: the case has problems, or settings are given for a run folder.
        OutputError: there is nothing at `target`, the run folder is not free, or its run cannot go on.
        ClusterError: the scheduler refuses; the run folder is kept, with its script.
    """
    job = Job.of(profile, ranks)
    dependency = None if after is None else Dependency((_job_of(after),), "success")
    loaded: LoadedCase | None = None
    if target.is_dir():
        _refuse_settings(target, overrides, output)
        folder = _unfinished(target.resolve(), ask_scheduler=not dry_run)
    elif not target.exists():
        raise OutputError(f"{shown(target)} is not there; a case file or a run folder is needed.")
    else:
        loaded = load_case(target, overrides)
        resolve(case_of_materials(loaded.case), loaded.recipe, str(target))
        folder = (output or default_run_path(target.resolve().parent.name)).absolute()
    script = run_script(job, folder)
    if dry_run:
        return SubmittedRun(folder, script, None)
    if loaded is not None:
        prepare_run(loaded, folder)

    write_text(folder / SCRIPT_NAME, script)
    forget_restarts(folder)
    scheduler = profile.content.scheduler
    try:
        number = scheduler_named(scheduler).submit(folder / SCRIPT_NAME, dependency)
    except ClusterError as error:
        again = f"jadeite submit {as_argument(folder)} --cluster {profile.name}"
        raise ClusterError(f"{error}\nThe run is prepared in {shown(folder)}; `{again}` tries again.") from None
    JobRecord(scheduler, number, profile.name, str(profile.file), job.ranks, job.nodes).write(folder)
    return SubmittedRun(folder, script, number)


def _job_of(after: str) -> str:
    """Return the number of a job that is given as such, or by the folder of its run."""
    folder = Path(after)
    if not folder.is_dir():
        if after[:1].isdigit():
            return after
        raise CaseError([Problem("--after", None, "", "is neither a job nor a run folder", given=after)], _COMMAND)
    record = read_job(folder)
    if record is None:
        raise OutputError(f"The run in {shown(folder)} has not been submitted, so that nothing can wait for its job.")
    return record.job


def _refuse_settings(run: Path, overrides: Sequence[str], output: Path | None) -> None:
    given = [f"--set {setting}" for setting in overrides] + ([] if output is None else [f"--output {output}"])
    if given:
        message = f"has no effect on {shown(run)}, a run folder that is prepared already"
        raise CaseError([Problem(words, None, "", message) for words in given], _COMMAND)


def _unfinished(run: Path, ask_scheduler: bool) -> Path:
    """Return a run folder that a job may work on; raises `OutputError` otherwise."""
    if read_record(run).state is RunState.FINISHED:
        raise OutputError(f"The run in {shown(run)} has finished already.")
    if is_running(run):
        raise OutputError(f"The run in {shown(run)} is being worked on now.")
    record = own_job(run) if ask_scheduler else None
    if record is not None and waiting_or_running({run: record}):
        held = f"Job {record.job} of {shown(run)} is waiting or running"
        raise OutputError(f"{held}; `jadeite cancel {as_argument(run)}` ends it first.")
    return run
