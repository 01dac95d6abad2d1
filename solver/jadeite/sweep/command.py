# SPDX-License-Identifier: LGPL-3.0-or-later
"""`jadeite sweep`: check every member, run those that have no result yet, gather what all of them found."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from rich.console import Console

from jadeite.case.problems import CaseError, Problem
from jadeite.exit_codes import ExitCode
from jadeite.output.folder import OutputError, shown
from jadeite.sweep.gathering import UNEXPECTED, Results, gather, write_results
from jadeite.sweep.loading import LoadedStudy, load_study
from jadeite.sweep.members import Member, members
from jadeite.sweep.options import Options
from jadeite.sweep.pool import Pool, distinct_meshes_first
from jadeite.sweep.progress import SweepProgress
from jadeite.sweep.sampling import rows
from jadeite.sweep.study_folder import (
    MESSAGES,
    Placed,
    alone,
    busy,
    check_usable,
    default_path,
    is_finished,
    lay_out,
    place,
    read_layout,
    run_folders,
)
from jadeite.sweep.tasks import Task, prepare
from jadeite.sweep.terminal import print_members, print_place, print_repeats, print_results
from jadeite.sweep.worker import find_launcher

if TYPE_CHECKING:
    from jadeite.cluster.job import Job

#: Seconds that runs of a sweep which was killed have to come to their end before the next one goes on with them.
_PATIENCE = 30.0


def sweep(study: Path, output: Path | None, options: Options, console: Console) -> int:
    """Do what the options say; returns the exit code.

    Raises:
        CaseError: the study, a member or the profile of a cluster has problems.
        OutputError: the folder cannot be used.
        ClusterError: the scheduler refuses.
    """
    if options.gather:
        return gather_sweep(folder_of(study, output), console)
    if options.check:
        return list_members(study, output, options, console)
    if options.cluster is not None:
        return submit_sweep(study, output, options, console)
    return run_sweep(study, output, options, console)


def run_sweep(study_file: Path, output: Path | None, options: Options, console: Console) -> int:
    """Run all members of a study that have no result yet, then gather; returns the exit code.

    Raises:
        CaseError: before anything runs, with every problem of the study and of every member.
        OutputError: when the folder cannot be used.
    """
    loaded = load_study(study_file)
    folder = (output or default_path(study_file)).absolute()
    check_usable(folder)
    _find_what_is_needed(options)
    with ExitStack() as held, _terminated_like_interrupted():
        try:
            _run(loaded, folder, options, console, held)
        except KeyboardInterrupt:
            done = f"what has finished is kept in {shown(folder)}, and the same command goes on with the rest."
            if not folder.exists():
                done = "nothing has been run or written yet."
            console.print(f"Interrupted: {done}", markup=False, highlight=False, soft_wrap=True)
            return ExitCode.INTERRUPTED
        return gather_sweep(folder, console)


def gather_sweep(folder: Path, console: Console) -> int:
    """Write tables, figures and report of a sweep from the run folders of its members; returns the exit code.

    Raises:
        OutputError: when the folder is not that of a sweep.
    """
    from jadeite.sweep.figures import draw_figures  # plotting libraries take a while to load
    from jadeite.sweep.report import write_sweep_report

    study, placed = read_layout(folder)
    results = gather(folder, study, placed)
    written = write_results(folder, results)
    figures = draw_figures(folder, study, results)
    written.append(write_sweep_report(folder, study, results, figures))
    print_results(study, results, written, console)
    print_repeats(placed, console)
    return exit_code(results)


def list_members(study_file: Path, output: Path | None, options: Options, console: Console) -> int:
    """Check all that a sweep needs, its study, members and folder, and list the members; nothing is written."""
    job = _find_what_is_needed(options)
    loaded = load_study(study_file)
    folder = output or default_path(study_file)
    check_usable(folder)
    with SweepProgress(console) as progress:
        found = members(loaded, lambda number, total, _: progress.checked(number, total))
    placed = place(folder, found)
    print_members(loaded.study, placed, {one.folder for one in placed if is_finished(folder / one.folder)}, console)
    where = f"{options.at_once} at a time on this machine"
    ranks = options.ranks
    if job is not None:
        where = f"{options.throttle or 'as many as it takes'} at a time on {job.profile.name}"
        ranks = job.ranks
    each = f", {ranks} ranks each" if ranks else ""
    print_place(folder, f"{where}{each}", console)
    return ExitCode.SUCCESS


def submit_sweep(study_file: Path, output: Path | None, options: Options, console: Console) -> int:
    """Prepare all members of a study and submit those without a result as a job array, with a job that gathers."""
    from jadeite.cluster.arrays import submit_array

    job = _find_what_is_needed(options)
    assert job is not None
    loaded = load_study(study_file)
    folder = (output or default_path(study_file)).absolute()
    check_usable(folder)
    with SweepProgress(console) as progress:
        found = members(loaded, lambda number, total, _: progress.checked(number, total))
    with alone(folder):
        placed = place(folder, found)
        lay_out(folder, loaded, placed)
        tasks = _tasks(folder, found, placed)
        for task in tasks:
            prepare(task)
        if not tasks:
            console.print("All members have their results.", highlight=False)
            return gather_sweep(folder, console)
        command = ["jadeite", "sweep", "--gather", "."]
        folders = [task.folder for task in tasks]
        submitted = submit_array(folder, folders, job.profile, options.throttle, command, options.ranks)
    console.print(f"{len(tasks)} members submitted as job {submitted.array}", highlight=False)
    console.print(f"gathering job {submitted.gather}: results will be in {shown(folder)}", highlight=False)
    return ExitCode.SUCCESS


def exit_code(results: Results) -> int:
    """Return how a sweep ended: failed when any member has no result."""
    if results.finished < len(results.state):
        return ExitCode.FAILED
    return ExitCode.UNEXPECTED_RESULT if UNEXPECTED in results.state else ExitCode.SUCCESS


def folder_of(study: Path, output: Path | None) -> Path:
    """Return the folder of a sweep named by its study file, or by that folder itself.

    Raises:
        CaseError: there is no such file, or a folder is given twice.
    """
    if study.is_dir():
        if output is not None:
            said = f"says nothing beside {shown(study.absolute())}, which is a folder itself"
            raise CaseError([Problem("--output", None, "", said, given=str(output))], "command")
        return study.absolute()
    if not study.exists():
        raise CaseError([Problem(str(study), None, "", "there is no such file or folder")], "study")
    return (output or default_path(study)).absolute()


def _find_what_is_needed(options: Options) -> Job | None:
    """Return what jobs of a sweep have in common, None when it runs on this machine.

    Raises:
        CaseError: the profile cannot be used.
        OutputError: there is nothing that starts several ranks.
    """
    if options.cluster is None:
        if (options.ranks or 1) > 1:
            find_launcher()
        return None
    from jadeite.cluster.job import Job
    from jadeite.cluster.profile_files import load_profile

    profile = load_profile(options.cluster, {} if options.walltime is None else {"walltime": options.walltime})
    return Job.of(profile, options.ranks)


def _run(loaded: LoadedStudy, folder: Path, options: Options, console: Console, held: ExitStack) -> None:
    """Check all members and run those without a result; `held` keeps the folder until results are gathered."""
    with ExitStack() as open_now:
        progress = open_now.enter_context(SweepProgress(console))
        number = min(options.at_once, len(rows(list(loaded.study.parameters.values()), loaded.study.sampling)))
        pool = Pool(number, options.ranks or 1, folder / MESSAGES)
        entered: list[Pool] = []
        there = run_folders(folder)

        def checked(number: int, total: int, member: Member | None) -> None:
            progress.checked(number, total)
            # workers load their libraries while the rest is checked
            if entered or member is None:
                return
            if member.content not in there or not is_finished(folder / there[member.content]):
                entered.append(open_now.enter_context(pool))

        found = members(loaded, checked)
        held.enter_context(alone(folder))
        placed = place(folder, found)
        lay_out(folder, loaded, placed)
        tasks = _tasks(folder, found, placed)
        if not tasks:
            return
        _wait_until_free([task.folder for task in tasks])
        progress.begin(len(tasks))
        for outcome in pool.run(tasks):
            progress.add(outcome)
            # what gathering needs is loaded while members run, not when they have ended
            import jadeite.sweep.report  # noqa: F401
        progress.end()


def _tasks(folder: Path, found: Sequence[Member], placed: Sequence[Placed]) -> list[Task]:
    """Return what is left to do, each run folder once, in the order that suits shared meshes."""
    left: dict[str, tuple[Task, str]] = {}
    for member, one in zip(found, placed, strict=True):
        run = folder / one.folder
        if one.folder not in left and not is_finished(run):
            left[one.folder] = (Task(member.number, run, member.case), member.mesh)
    return distinct_meshes_first(list(left.values()))


def _wait_until_free(folders: Sequence[Path]) -> None:
    """Wait for runs that are still at work, such as those of a sweep that was killed a moment ago."""
    until = time.monotonic() + _PATIENCE
    while held := busy(folders):
        if time.monotonic() > until:
            others = f" and {len(held) - 1} more are" if len(held) > 1 else " is"
            raise OutputError(f"{shown(held[0])}{others} being worked on by another process.")
        time.sleep(0.5)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Treat the signal TERM, which batch systems and container engines send, as Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before: Callable[[int, FrameType | None], Any] | int | None = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
