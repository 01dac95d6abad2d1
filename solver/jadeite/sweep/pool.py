# SPDX-License-Identifier: LGPL-3.0-or-later
"""Worker processes that share the members of a sweep; one that dies costs its member alone and is replaced.

(`concurrent.futures` gives up all work when one of its processes dies.)
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jadeite.exit_codes import ExitCode
from jadeite.output.folder import OutputError
from jadeite.sweep.tasks import Task
from jadeite.sweep.worker import Outcome, Ready, serve

#: Runs after which a worker makes room for a fresh one: libraries keep a little memory of each.
_RUNS_PER_WORKER = 200

#: Seconds that interrupted runs have to write what they have.
_PATIENCE = 20.0

#: Threads would compete with the other processes for the same cores; who wants them sets these.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    connection: Connection
    ready: bool = False
    task: Task | None = None
    runs: int = 0


class Pool:
    """A number of workers; use it as a context manager, which ends them.

    They load their libraries from the moment it is entered, so that this costs nothing while members are checked.
    """

    def __init__(self, processes: int, ranks: int, messages: Path) -> None:
        """Describe the workers.

        Args:
            processes: members that run at the same time.
            ranks: MPI processes of each.
            messages: folder for what runs print.
        """
        self._processes, self._ranks, self._messages = processes, ranks, messages
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        for name in _ONE_THREAD:
            os.environ.setdefault(name, "1")
        self._workers = [self._start() for _ in range(self._processes)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.connection.close()
            if worker.task is not None or not worker.ready:
                _signal(worker, signal.SIGTERM)
        for worker in self._workers:
            worker.process.join(_PATIENCE)
            if worker.process.exitcode is None:
                _signal(worker, signal.SIGKILL)
                worker.process.join()

    def run(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Run tasks and yield the outcome of each as soon as it is there.

        Raises:
            OutputError: when a worker cannot even load its libraries.
        """
        waiting = deque(tasks)
        while waiting or any(worker.task is not None for worker in self._workers):
            for worker in self._workers:
                if worker.ready and worker.task is None and waiting:
                    worker.task = waiting.popleft()
                    worker.runs += 1
                    with contextlib.suppress(BrokenPipeError):  # its end is noticed below
                        worker.connection.send(worker.task)
            handles = {handle: worker for worker in self._workers for handle in _handles(worker)}
            speaking: list[Any] = wait(list(handles))
            for worker in {id(handles[handle]): handles[handle] for handle in speaking}.values():
                outcome = self._hear(worker)
                if outcome is not None:
                    yield outcome

    def _hear(self, worker: _Worker) -> Outcome | None:
        """Take what a worker has to say, or what its death says."""
        try:
            said = worker.connection.recv() if worker.connection.poll() else None
        except (EOFError, ConnectionResetError):
            said = None
        if isinstance(said, Ready):
            worker.ready = True
            return None
        if said is None:
            worker.process.join()
            if not worker.ready:
                raise OutputError(f"A worker process could not be started: {_end(worker)} (its messages are above).")
            outcome = None if worker.task is None else Outcome(worker.task, ExitCode.FAILED, 0.0, _end(worker))
            self._replace(worker)
            return outcome
        assert isinstance(said, Outcome)
        worker.task = None
        if worker.runs >= _RUNS_PER_WORKER or said.code == ExitCode.INTERRUPTED:
            self._replace(worker)
        return said

    def _replace(self, worker: _Worker) -> None:
        worker.connection.close()
        self._workers[self._workers.index(worker)] = self._start()

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=serve, args=(there, self._ranks, self._messages), daemon=True)
        process.start()
        there.close()
        return _Worker(process, here)


def distinct_meshes_first[Item](items: Sequence[tuple[Item, str]]) -> list[Item]:
    """Return items in an order that puts the first of every mesh before the second of any.

    Processes that begin together then build different meshes, and who comes later finds what he needs.
    """
    seen: Counter[str] = Counter()
    ranked = []
    for item, mesh in items:
        ranked.append((seen[mesh], item))
        seen[mesh] += 1
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])]


def _handles(worker: _Worker) -> tuple[Any, Any]:
    return worker.connection, worker.process.sentinel


def _end(worker: _Worker) -> str:
    """Say how a process ended."""
    code = worker.process.exitcode or 0
    if code >= 0:
        return f"its process ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"its process was ended by signal {-code} ({signal.Signals(-code).name})"
    return f"its process was ended by signal {-code}"


def _signal(worker: _Worker, number: signal.Signals) -> None:
    """Send a signal to a worker and to what it has launched; it leads a process group once it has begun to serve."""
    pid = worker.process.pid
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if pid is not None and worker.process.exitcode is None:
            try:
                os.killpg(pid, number)
            except ProcessLookupError:
                os.kill(pid, number)
