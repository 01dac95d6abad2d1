# SPDX-License-Identifier: LGPL-3.0-or-later
"""The run folder: results appear whole or not at all, and earlier results are never touched.

A run writes into a hidden sibling of its final place (``.NAME.partial``), which one rename turns into ``NAME`` when the
run has succeeded. Interrupting it, an error or a full disk therefore cannot damage what is already there. What an
unfinished run has computed is kept as ``NAME.incomplete``. Within the folder each file is written to a temporary name,
synchronised and renamed, so that a file that exists is complete.
"""

import csv
import errno
import io
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LOG_NAME = "log.txt"
_LOGGER_NAME = "jadeite"
_FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class OutputError(Exception):
    """Results could not be written or read; the message says what, where, and what to do."""


class RunInterrupted(KeyboardInterrupt):
    """The run was interrupted from the keyboard; the message says what became of its results."""


def _is_full_disk(error: BaseException) -> bool:
    """Tell whether an exception means that the disk, the quota or the permitted file size is used up.

    HDF5 reports the operating system's error number only inside the text of its message.
    """
    if not isinstance(error, OSError | RuntimeError):
        return False
    if getattr(error, "errno", None) in _FULL_DISK:
        return True
    return any(f"errno = {number}," in str(error) for number in _FULL_DISK)


def _existing_parent(path: Path) -> Path:
    """Return the nearest folder at or above ``path`` that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _working_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")


def _is_taken(path: Path) -> bool:
    """Tell whether a run of this name exists, or is being written, or was killed and left its working folder."""
    if _working_path(path).exists():
        return True
    if path.is_dir():
        return any(path.iterdir())
    return path.exists() or path.is_symlink()


def next_free(base: Path) -> Path:
    """Return ``base`` if no run has that name, otherwise ``base-2``, ``base-3`` ... whichever is free first."""
    candidate, number = base, 1
    while _is_taken(candidate):
        number += 1
        candidate = base.with_name(f"{base.name}-{number}")
    return candidate


def default_run_path(case_name: str, parent: Path = Path("runs")) -> Path:
    """Return the free folder ``runs/CASE`` or ``runs/CASE-2``, ... that a run without ``--output`` uses."""
    return next_free(parent / case_name)


def check_free_space(path: Path, required_bytes: int) -> None:
    """Raise ``OutputError`` unless the file system that will hold ``path`` has ``required_bytes`` free."""
    free = shutil.disk_usage(_existing_parent(path.absolute())).free
    if free < required_bytes:
        raise OutputError(
            f"Not enough free space for {path.name}: {required_bytes / 1e6:.1f} MB are needed and {free / 1e6:.1f} MB "
            f"are free in {_shown(path.parent)}. Free some space or choose another folder with --output."
        )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and put the file into place when the block ends without an error.

    The file is synchronised to disk before the rename, so ``path`` holds either its old content or the whole new one.
    The temporary path keeps the suffix of ``path``, because some writers choose the format by it.

    Raises ``OutputError`` when the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            temporary.chmod(0o666 & ~_umask())
            yield temporary
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        if _is_full_disk(error):
            raise OutputError(f"The disk is full: {path.name} could not be written to {path.parent}.") from error
        raise


def _umask() -> int:
    """Return the permission bits that new files are denied (the system offers no way to read without setting)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8 so that ``path`` holds either its old or the whole new content."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write JSON; raises ``ValueError`` for not-a-number and infinity, which other readers cannot parse."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[float | int | str]]) -> None:
    """Write a comma-separated table with one header line; each row must have one entry per column."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"{path.name}: a row has {len(row)} entries for {len(header)} columns")
        writer.writerow(row)
    write_text(path, buffer.getvalue())


class _LogFile(logging.FileHandler):
    """A log file whose failure to write (full disk) ends the run instead of printing a traceback and going on."""

    def handleError(self, record: logging.LogRecord) -> None:
        raise  # logging calls this while it handles the exception


@dataclass
class RunFolder:
    """A run folder being written; use it as a context manager.

    ``final`` is where the results will be, ``work`` where they are written meanwhile. Leaving the block normally puts
    the folder into place. Leaving it by an exception keeps the results written so far as ``NAME.incomplete`` and says
    so: a full disk becomes ``OutputError``, an interrupt becomes ``RunInterrupted`` (a ``KeyboardInterrupt`` with a
    message), and any other exception receives a note. In parallel only rank 0 makes one.
    """

    final: Path
    work: Path
    _log: logging.Handler = field(repr=False)
    _previous_level: int = field(repr=False)

    @classmethod
    def create(cls, path: Path, required_bytes: int = 0) -> Self:
        """Open a new run folder at ``path``.

        ``required_bytes`` is an estimate of what the run will write; that much must be free. Messages of the
        ``jadeite`` loggers from level INFO go to ``log.txt`` in the folder. Raises ``OutputError`` when ``path``
        already holds anything (the message names a free alternative), cannot be created, or space is short.
        """
        path = path.absolute()
        if _is_taken(path):
            raise OutputError(_taken_message(path))
        check_free_space(path, required_bytes)
        work = _working_path(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            work.mkdir()
            log = _LogFile(work / LOG_NAME, encoding="utf-8")
        except OSError as error:
            reason = "the disk is full" if _is_full_disk(error) else (error.strerror or str(error)).lower()
            raise OutputError(f"The run folder {_shown(path)} cannot be created: {reason}.") from error
        log.setLevel(logging.INFO)
        log.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", datefmt="%Y-%m-%d %H:%M:%S"))
        logger = logging.getLogger(_LOGGER_NAME)
        previous_level = logger.level
        logger.addHandler(log)
        if not logger.isEnabledFor(logging.INFO):
            logger.setLevel(logging.INFO)
        return cls(path, work, log, previous_level)

    def file(self, name: str) -> Path:
        """Return the path at which a file of this run is to be written now."""
        return self.work / name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_log()
        if error is None:
            self._publish()
            return
        fate = self._keep_unfinished()
        if isinstance(error, KeyboardInterrupt):
            raise RunInterrupted(f"Interrupted. {fate}") from error
        if _is_full_disk(error):
            raise OutputError(f"The disk that holds {_shown(self.final.parent)} is full. {fate}") from error
        if isinstance(error, OutputError):
            raise OutputError(f"{error} {fate}") from error
        error.add_note(fate)

    def _close_log(self) -> None:
        logger = logging.getLogger(_LOGGER_NAME)
        logger.removeHandler(self._log)
        logger.setLevel(self._previous_level)
        self._log.close()

    def _publish(self) -> None:
        """Move the finished folder into place; refuse if somebody has put something there meanwhile."""
        try:
            self.work.rename(self.final)
        except OSError as error:
            fate = self._keep_unfinished()
            raise OutputError(f"{_shown(self.final)} came into being during the run. {fate}") from error

    def _keep_unfinished(self) -> str:
        """Keep what the run has written, if it is more than a log, and return a sentence that says where it is."""
        if all(entry.name == LOG_NAME for entry in self.work.iterdir()):
            shutil.rmtree(self.work)
            return "This run had not written any results yet; earlier results are untouched."
        kept = next_free(self.final.with_name(f"{self.final.name}.incomplete"))
        self.work.rename(kept)
        return f"What this run had finished is kept in {_shown(kept)}; earlier results are untouched."


def _shown(path: Path) -> str:
    """Return a path as a person would type it: relative to the current folder if it lies below."""
    here = Path.cwd()
    if path.absolute() == here:
        return "this folder"
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _taken_message(path: Path) -> str:
    work = _working_path(path)
    if work.exists():
        reason = f"a run is being written there, or was killed and left {_shown(work)}, which can then be deleted"
    else:
        reason = "it already holds results" if path.is_dir() else "a file of that name exists"
    return f"The run folder {_shown(path)} is not free: {reason}. A free name is: --output {_shown(next_free(path))}"
