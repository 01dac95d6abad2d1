# SPDX-License-Identifier: LGPL-3.0-or-later
"""A process that runs one member after the other: interpreter and libraries are loaded once, for all of them.

Whatever ends the process costs the member it works on and no other. It leads a session of its own, so that Ctrl-C in
the terminal reaches the sweep alone, which then passes it on; and it ends when the sweep is no more.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

from jadeite.exit_codes import ExitCode
from jadeite.output.folder import OutputError
from jadeite.output.run_record import RunState, read_record
from jadeite.sweep.tasks import Task, prepare

#: Seconds that a run has to come to an end after the sweep has died.
_GRACE = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the exit code of the run, how long it took, and its message when it has not finished."""

    task: Task
    code: int
    seconds: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """Sent by a worker when it has loaded what it needs."""


def serve(connection: Connection, ranks: int, messages: Path) -> None:
    """Run tasks until there are no more.

    Args:
        connection: tasks come in and outcomes go out; closed by the sweep when there is nothing left to do.
        ranks: MPI processes that run each member; one means this process itself.
        messages: folder for what runs print; a file of each member that prints anything.
    """
    os.setsid()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    run = _run_here() if ranks == 1 else _run_launched(ranks)
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        connection.send(Ready())
        while True:
            task = connection.recv()
            begun = time.perf_counter()
            with _printing_to(messages / f"{task.folder.name}.txt") as printed:
                code, message = _prepared(task, run)
            message = message or _tail(printed) if code not in (ExitCode.SUCCESS, ExitCode.UNEXPECTED_RESULT) else ""
            connection.send(Outcome(task, code, time.perf_counter() - begun, message))
            if code == ExitCode.INTERRUPTED:
                return


def _prepared(task: Task, run: Callable[[Path], int]) -> tuple[int, str]:
    """Prepare and run a task; returns exit code and message."""
    try:
        prepare(task)
    except OutputError as error:
        return ExitCode.FAILED, str(error)
    code = run(task.folder)
    try:
        record = read_record(task.folder)
    except OutputError as error:
        return ExitCode.FAILED, str(error)
    return code, "" if record.state is RunState.FINISHED else record.message


def _run_here() -> Callable[[Path], int]:
    """Load the solver into this process and return what runs a folder with it."""
    import gc

    import jadeite.fem  # noqa: F401  prepares MPI
    from jadeite.study.parallel import guarded
    from jadeite.study.run import resume_run

    def run(folder: Path) -> int:
        def do() -> int:
            summary = resume_run(folder).summary
            expected = summary is None or all(outcome.passed for outcome in summary.expect)
            return ExitCode.SUCCESS if expected else ExitCode.UNEXPECTED_RESULT

        code = guarded(do)
        gc.collect()  # meshes and matrices refer to each other in circles
        if gc.get_freeze_count() == 0:
            gc.freeze()  # libraries stay; they are not searched again after every run
        return code

    return run


def _run_launched(ranks: int) -> Callable[[Path], int]:
    """Return what runs a folder on several ranks."""
    launcher = find_launcher()

    def run(folder: Path) -> int:
        command = [launcher, "-n", str(ranks), sys.executable, "-m", "jadeite.cli", "resume", str(folder)]
        # in the process group of this worker, so that a signal to the group reaches it
        return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode

    return run


def find_launcher() -> str:
    """Return the command mpirun of this installation, or else of this machine; raises `OutputError`."""
    beside = Path(sys.executable).with_name("mpirun")
    launcher = str(beside) if beside.exists() else shutil.which("mpirun")
    if launcher is None:
        raise OutputError("There is no mpirun beside the interpreter or on the search path, and --ranks needs it.")
    return launcher


@contextlib.contextmanager
def _printing_to(path: Path) -> Iterator[Path]:
    """Send what this process and its children print to a file, which is removed again when nothing comes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        _print_to(stream.fileno())
        try:
            yield path
        finally:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  a device is no path
                _print_to(nowhere.fileno())
    if path.stat().st_size == 0:
        path.unlink()


def _print_to(handle: int) -> None:
    """Send what is printed from now on, by C libraries too, to an open file."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(handle, 1)
    os.dup2(handle, 2)


def _tail(path: Path, characters: int = 2000) -> str:
    """Return the end of what was printed."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")[-characters:].strip()
    except FileNotFoundError:
        return ""


def _end_with_parent() -> None:
    """Wait for the end of the sweep's process, then end this one: in order if it can, by force if it does not."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os.killpg(0, signal.SIGTERM)
    time.sleep(_GRACE)
    os.killpg(0, signal.SIGKILL)
