# SPDX-License-Identifier: LGPL-3.0-or-later
"""A run folder that holds all a run needs, before, while and after a process works on it.

`prepare_run` is quick and solves nothing, so that a job can be submitted, or a sweep laid out, from a login node.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import jadeite
from jadeite.case.frozen import freeze, thaw
from jadeite.case.loading import LoadedCase
from jadeite.case.study_kind import study_kind
from jadeite.output.folder import (
    LOG_NAME,
    OutputError,
    RunFolder,
    RunInterrupted,
    as_argument,
    default_run_path,
    is_full_disk,
    make_run_folder,
    shown,
    write_json,
    write_text,
)
from jadeite.output.run_record import LOCK_NAME, RECORD_NAME, RunRecord, RunState, locked, read_record

CASE_NAME, RESOLVED_NAME, CHECKPOINT_NAME = "case.yaml", "resolved_case.json", "checkpoint"

#: Bytes that a run of ordinary size takes, for the check of free disk space before work begins.
_SMALLEST_RUN = 50_000_000

#: What a run folder holds before its run has found anything.
_PREPARED = {CASE_NAME, RESOLVED_NAME, RECORD_NAME, LOCK_NAME, LOG_NAME}

_LOGGER = logging.getLogger(__name__)


class CheckpointedStop(Exception):
    """The run was asked to stop, has written a checkpoint, and leaves; raised on every rank."""


def prepare_run(loaded: LoadedCase, path: Path | None = None) -> Path:
    """Make the folder of a run and write into it all that the run needs.

    Args:
        loaded: the checked case.
        path: of the folder, which must not hold anything; None chooses a free one under runs/.

    Returns:
        the full path of the folder.

    Raises:
        OutputError: when the folder is not free or cannot be written.
    """
    folder = make_run_folder(path or default_run_path(next(iter(loaded.files)).resolve().parent.name), _SMALLEST_RUN)
    write_text(folder / CASE_NAME, loaded.source)
    write_json(folder / RESOLVED_NAME, freeze(loaded))
    # the record comes last: a folder that has one has everything
    RunRecord(RunState.PREPARED, loaded.case.title, study_kind(loaded.case).value).write(folder)
    return folder


def read_prepared(folder: Path) -> LoadedCase:
    """Return the checked case of a run folder.

    Raises:
        OutputError: when the folder holds no run, or a file of it cannot be read.
    """
    record = read_record(folder)
    try:
        frozen = json.loads((folder / RESOLVED_NAME).read_text(encoding="utf-8"))
        return thaw(frozen, (folder / CASE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        hint = f" It was written by version {record.version}." if record.version != jadeite.__version__ else ""
        raise OutputError(f"{shown(folder / RESOLVED_NAME)} does not hold a case that can be read.{hint}") from error


@contextlib.contextmanager
def working(folder: Path, ranks: int, *, discard_when_empty: bool = False) -> Iterator[RunFolder]:
    """Hold a run folder while its run is at work, and record what becomes of it.

    Leaving the block normally marks the run as finished and drops its checkpoints. Leaving it by an exception keeps
    what is there and says so: a full disk becomes `OutputError`, an interrupt `RunInterrupted` (a `KeyboardInterrupt`
    with a message), and any other exception receives a note.

    Args:
        folder: of a prepared run.
        ranks: that work on it.
        discard_when_empty: remove the folder of a run that ends before it has written any result.

    Raises:
        OutputError: when another process works there, or the run has finished.
    """
    with locked(folder):
        record = read_record(folder)
        if record.state is RunState.FINISHED:
            raise OutputError(f"The run in {shown(folder)} has finished already.")
        record = record.begun(ranks)
        record.write(folder)
        try:
            with RunFolder.open(folder) as run:
                if record.attempts > 1:
                    _LOGGER.info("attempt %d of this run", record.attempts)
                yield run
        except BaseException as error:
            fate = _keep(folder, record, error, discard_when_empty)
            if isinstance(error, KeyboardInterrupt):
                raise RunInterrupted(f"Interrupted. {fate}") from error
            if isinstance(error, CheckpointedStop):
                raise CheckpointedStop(f"Stopped as asked. {fate}") from error
            if is_full_disk(getattr(error, "original", None) or error):
                raise OutputError(f"The disk that holds {shown(folder.parent)} is full. {fate}") from error
            if isinstance(error, OutputError):
                raise OutputError(f"{error} {fate}") from error
            error.add_note(fate)
            raise
        record.ended(RunState.FINISHED).write(folder)
        shutil.rmtree(folder / CHECKPOINT_NAME, ignore_errors=True)


def _keep(folder: Path, record: RunRecord, error: BaseException, discard_when_empty: bool) -> str:
    """Record how a run ended without having finished, and return a sentence that says what is kept."""
    if discard_when_empty and {entry.name for entry in folder.iterdir()} <= _PREPARED:
        shutil.rmtree(folder)
        return "This run had not written any results yet; earlier results are untouched."
    state = RunState.FAILED
    if isinstance(error, KeyboardInterrupt):
        state = RunState.INTERRUPTED
    elif isinstance(error, CheckpointedStop):
        state = RunState.CHECKPOINTED
    # on a full disk the record still says that the run is at work, and the lock that it is not
    with contextlib.suppress(OutputError, OSError):
        record.ended(state, str(error)).write(folder)
    return (
        f"What this run had finished is kept in {shown(folder)}; "
        f"`jadeite resume {as_argument(folder)}` goes on with it. Earlier results are untouched."
    )
