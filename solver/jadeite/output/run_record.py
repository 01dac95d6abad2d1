# SPDX-License-Identifier: LGPL-3.0-or-later
"""What has become of a run, in `run.json` of its folder; and the lock that lets one process at a time work there."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

import jadeite
from jadeite.output.folder import OutputError, as_argument, shown, write_json
from jadeite.output.json_record import Time, read_json_record

RECORD_NAME, LOCK_NAME = "run.json", ".lock"

#: What file systems answer that know no locks.
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF, errno.EINVAL)


class NoRunError(OutputError):
    """A path that was given for a run folder is none."""


class RunState(StrEnum):
    """Where a run stands."""

    PREPARED = "prepared"
    RUNNING = "running"
    CHECKPOINTED = "checkpointed"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The content of `run.json`.

    A run that was killed still says `running`: `is_running` tells.

    Attributes:
        state: where the run stands.
        title: title of its case.
        study: kind of study, such as `cell`.
        version: of the program that worked on it last.
        created: time of preparation, ISO 8601, UTC.
        updated: time of the last change of state.
        attempts: how often it was begun or resumed.
        host: name of the machine of the last attempt.
        process: process number of its first rank.
        ranks: number of its ranks.
        message: why it ended, when it has not finished.
    """

    state: RunState
    title: str
    study: str
    version: str = jadeite.__version__
    created: Time = ""
    updated: Time = ""
    attempts: int = 0
    host: str = ""
    process: int = 0
    ranks: int = 0
    message: str = ""

    def begun(self, ranks: int) -> Self:
        """Return the record of a new attempt of this process."""
        return dataclasses.replace(
            self,
            state=RunState.RUNNING,
            version=jadeite.__version__,
            attempts=self.attempts + 1,
            host=socket.gethostname(),
            process=os.getpid(),
            ranks=ranks,
            message="",
        )

    def ended(self, state: RunState, message: str = "") -> Self:
        """Return the record of an attempt that has ended."""
        return dataclasses.replace(self, state=state, message=message)

    def write(self, folder: Path) -> None:
        """Write `run.json` in the folder of the run, with the time of now."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        write_json(folder / RECORD_NAME, dataclasses.asdict(self) | {"created": self.created or now, "updated": now})


def read_record(folder: Path) -> RunRecord:
    """Return the record of a run folder.

    Raises:
        NoRunError: when the path is no run folder.
        OutputError: when its record cannot be read.
    """
    path = folder / RECORD_NAME
    try:
        return read_json_record(path, RunRecord)
    except (FileNotFoundError, NotADirectoryError):
        what = f"holds no run: {RECORD_NAME} is missing" if folder.is_dir() else "is not there"
        if folder.is_file():
            what = f"is a file; `jadeite run {as_argument(folder)}` begins a case, and its folder goes on with it"
        raise NoRunError(f"{shown(folder)} {what}.") from None


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from working in a run folder; the lock ends with the process, whatever happens to it.

    On a file system without locks the file alone stands for the lock: one left by a process of this machine that is
    no more is taken over, one of another machine has to be removed by hand.

    Raises:
        OutputError: when another process works there; says which.
    """
    path = folder / LOCK_NAME
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OutputError(f"{shown(folder)} cannot be written to: {(error.strerror or '').lower()}.") from error
    holder = f"{socket.gethostname()} {os.getpid()}"
    try:
        _take(folder, handle)
        os.ftruncate(handle, 0)
        os.pwrite(handle, holder.encode(), 0)
        yield
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    finally:
        os.close(handle)


def is_running(folder: Path) -> bool:
    """Tell whether a process works in a run folder now."""
    path = folder / LOCK_NAME
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    except OSError:
        return _holder_may_live(handle)
    finally:
        os.close(handle)


def _held(folder: Path) -> str:
    record = read_record(folder)
    return (
        f"{shown(folder)} is being worked on by process {record.process} on {record.host} ({record.ranks} "
        f"rank{'s' if record.ranks != 1 else ''}, since {record.updated})."
    )


def _take(folder: Path, handle: int) -> None:
    """Lock an open lock file; raises `OutputError` when another process has it."""
    for patience in (0.1, 0.2, 0.4, 0.0):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            # `is_running` holds it for a moment
            if patience:
                time.sleep(patience)
                continue
            raise OutputError(_held(folder)) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            if _holder_may_live(handle):
                raise OutputError(
                    f"{_held(folder)} If that process is no more, remove {shown(folder / LOCK_NAME)} and try again."
                ) from None
            break
    try:
        same = os.path.samestat(os.fstat(handle), (folder / LOCK_NAME).stat())
    except FileNotFoundError:
        same = False
    if not same:
        raise OutputError(f"{shown(folder)} has been finished by another process this moment.")


def _holder_may_live(handle: int) -> bool:
    """Tell whether the process named in a lock file may still be there: it does unless this machine knows better."""
    words = os.pread(handle, 1000, 0).decode(errors="replace").split()
    if len(words) != 2 or not words[1].isdigit():
        return False
    if words[0] != socket.gethostname():
        return True
    try:
        os.kill(int(words[1]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return int(words[1]) != os.getpid()
