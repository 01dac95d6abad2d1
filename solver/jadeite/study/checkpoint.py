# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a run has reached, kept so that another attempt goes on from there on any number of ranks.

A run is resumed by going through its study again. What an earlier attempt has found is recalled instead of computed
(`recall`), and what marches through time or load begins at the state that was kept (`resume`, `offer`, `follow`). Mesh
and random choices need no keeping: the mesh is in the run folder, and every choice follows from a seed of the recipe.

At safe points, which all ranks reach together, a file is written when it is time, and the run leaves when it was asked
to (signal USR1).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.fem.state import Kept, Spread, State
from jadeite.interrupts import raise_if_interrupted, stop_requested
from jadeite.output.folder import OutputError
from jadeite.output.prepared_run import CHECKPOINT_NAME, CheckpointedStop
from jadeite.study.checkpoint_file import plain, read_checkpoint, restored, write_checkpoint
from jadeite.study.distributed_rows import gather_rows
from jadeite.study.parallel import agree

_LOGGER = logging.getLogger(__name__)

#: Writing takes no more than this share of a run's time, whatever interval is asked for.
_LARGEST_SHARE = 0.05

_NUMBERS, _VALUES = "\0numbers", "\0values"
_FINDINGS, _STATES, _MESH = "findings", "states", "mesh"
_DUE, _STOP = 1, 2


class Checkpoint:
    """Findings and states of one run; every rank has one, and the first holds what is spread."""

    def __init__(self, folder: Path, interval: float, comm: MPI.Comm, content: Mapping[str, Any]) -> None:
        """Begin with what an earlier attempt kept; use `open`."""
        self._folder, self._interval, self._comm = folder, interval, comm
        self._findings: dict[str, Any] = dict(content.get(_FINDINGS, {}))
        self._states: dict[str, Any] = dict(content.get(_STATES, {}))
        self._mesh: str | None = content.get(_MESH)
        self._followed: dict[str, Callable[[], State]] = {}
        self._written, self._cost = time.monotonic(), 0.0

    @classmethod
    def open(cls, run_folder: Path, interval: float, comm: MPI.Comm) -> Self:
        """Read what an earlier attempt left in a run folder, if anything.

        Args:
            run_folder: of the run.
            interval: seconds between checkpoints.
            comm: ranks of this attempt.

        Raises:
            AgreedError: on every rank, when there are files and none can be read.

        Note:
            Collective.
        """
        folder = run_folder / CHECKPOINT_NAME
        content = agree(lambda: read_checkpoint(folder), comm)
        if content:
            _LOGGER.info(
                "going on from a checkpoint with %d findings and %d states",
                len(content[_FINDINGS]),
                len(content[_STATES]),
            )
        return cls(folder, interval, comm, content or {})

    def bind(self, mesh_digest: str | None) -> None:
        """Say which mesh the run is on (rank 0); a checkpoint of another mesh is refused.

        Raises:
            AgreedError: on every rank, when the checkpoint belongs to another mesh.

        Note:
            Collective.
        """

        def compare() -> None:
            if self._mesh is not None and self._mesh != mesh_digest:
                raise OutputError(
                    "The checkpoint belongs to another mesh than the one in the run folder, which has been changed or "
                    f"made anew. Remove {CHECKPOINT_NAME}/ from the run folder to begin the run anew."
                )
            self._mesh = mesh_digest

        agree(compare, self._comm)

    def recall[T](self, key: str, kind: type[T], compute: Callable[[], T]) -> T:
        """Return what an earlier attempt found, or compute it and keep it; a safe point.

        Args:
            key: what is found; the same in every attempt, and only once in a run.
            kind: its type: a dataclass, or a sequence, tuple or mapping of them, numbers or arrays.
            compute: computes it, the same on every rank. Collective.

        Note:
            Collective.
        """
        known = self._comm.bcast(self._findings.get(key), root=0)
        if known is not None:
            return restored(known["found"], kind)
        found = compute()
        if self._comm.rank == 0:
            self._findings[key] = {"found": plain(found)}
        self._safe_point()
        return found

    def resume(self, key: str) -> Kept | None:
        """Return the state that an earlier attempt of a march has kept; None where there is none.

        Note:
            Collective.
        """
        state = self._states.get(key)
        if self._comm.bcast(state is not None, root=0):
            return _KeptState(state, self._comm)
        return None

    def offer(self, key: str, state: Callable[[], State]) -> None:
        """Keep the state of a march if it is time; a safe point.

        Args:
            key: the march; the same in every attempt.
            state: gives what is to be kept. Collective.

        Raises:
            CheckpointedStop: on every rank, when the run was asked to leave.

        Note:
            Collective.
        """
        self._safe_point(lambda: self._keep(key, state()))

    def follow(self, key: str, state: Callable[[], State]) -> None:
        """Keep a state whenever a checkpoint is written from now on, as it is then.

        Args:
            key: what is kept; the same in every attempt.
            state: gives what is to be kept. Collective.

        Note:
            Collective.
        """
        self._followed[key] = state

    def _keep(self, key: str, state: State) -> None:
        gathered = _gathered(state, self._comm)
        if self._comm.rank == 0:
            self._states[key] = gathered

    def _safe_point(self, before_writing: Callable[[], None] = lambda: None) -> None:
        """Write if it is time or the run is to leave, which all ranks do together."""
        raise_if_interrupted()
        waited = time.monotonic() - self._written
        due = self._comm.rank == 0 and waited >= max(self._interval, self._cost / _LARGEST_SHARE)
        wanted = self._comm.allreduce(_DUE * due | _STOP * stop_requested(), op=MPI.BOR)
        if not wanted:
            return
        begun = time.monotonic()
        before_writing()
        for key, state in self._followed.items():
            self._keep(key, state())
        content = {_FINDINGS: self._findings, _STATES: self._states, _MESH: self._mesh}
        agree(lambda: write_checkpoint(self._folder, content), self._comm)
        self._written = time.monotonic()
        self._cost = self._written - begun
        _LOGGER.info("checkpoint written in %.2f s", self._cost)
        if wanted & _STOP:
            raise CheckpointedStop("asked to stop")


class _KeptState:
    """A state of a checkpoint; its content is on rank 0 and is sent as it is asked for."""

    def __init__(self, content: Mapping[str, Any] | None, comm: MPI.Comm) -> None:
        self._content, self._comm = content, comm

    def __getitem__(self, name: str) -> Any:
        return self._comm.bcast(None if self._content is None else self._content[name], root=0)

    def rows(self, name: str, numbers: NDArray[np.int64]) -> NDArray[Any]:
        wanted = self._comm.gather(numbers, root=0)
        parts = None
        if wanted is not None:
            assert self._content is not None
            known, values = self._content[name][_NUMBERS], self._content[name][_VALUES]
            parts = [values[np.searchsorted(known, each)] for each in wanted]
        return np.asarray(self._comm.scatter(parts, root=0))

    def part(self, name: str) -> Kept:
        return _KeptState(None if self._content is None else self._content[name], self._comm)

    def read[T](self, name: str, kind: type[T]) -> T:
        return restored(self[name], kind)


def _gathered(state: State, comm: MPI.Comm) -> dict[str, Any]:
    """Return a state with its spread tables put together, in the order of their numbers, on rank 0. Collective."""
    content: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, Spread):
            numbers, values = gather_rows(value.numbers, comm), gather_rows(value.values, comm)
            if numbers is not None and values is not None:
                order = np.argsort(numbers, kind="stable")
                content[name] = {_NUMBERS: numbers[order], _VALUES: values[order]}
        elif isinstance(value, Mapping):
            content[name] = _gathered(value, comm)
        else:
            content[name] = plain(value)
    return content
