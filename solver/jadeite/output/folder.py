# SPDX-License-Identifier: LGPL-3.0-or-later
"""The run folder: every file in it is whole, and earlier results are never touched.

A run writes into its folder from the start, where its log can be followed; what has become of it stands in `run.json`
(`run_record.py`). Each file is written to a temporary name, synchronised and renamed, so that a file that exists is
complete.
"""

import csv
import errno
import io
import json
import logging
import os
import shlex
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


def is_full_disk(error: BaseException) -> bool:
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


def _is_taken(path: Path) -> bool:
    """Tell whether there is anything at a path but an empty folder."""
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
            f"are free in {shown(path.parent)}. Free some space or choose another folder with --output."
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
        if is_full_disk(error):
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
    """The folder of a run at work; use it as a context manager, which ends its log.

    In parallel only rank 0 has one.
    """

    path: Path
    _log: logging.Handler = field(repr=False)
    _previous_level: int = field(repr=False)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an existing run folder: messages of the `jadeite` loggers from level INFO are added to its log.

        Raises `OutputError` when the log cannot be written.
        """
        try:
            log = _LogFile(path / LOG_NAME, encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{shown(path)} cannot be written to: {_reason(error)}.") from error
        log.setLevel(logging.INFO)
        log.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", datefmt="%Y-%m-%d %H:%M:%S"))
        logger = logging.getLogger(_LOGGER_NAME)
        previous_level = logger.level
        logger.addHandler(log)
        if not logger.isEnabledFor(logging.INFO):
            logger.setLevel(logging.INFO)
        return cls(path, log, previous_level)

    def file(self, name: str) -> Path:
        """Return the path of a file of this run."""
        return self.path / name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logger = logging.getLogger(_LOGGER_NAME)
        logger.removeHandler(self._log)
        logger.setLevel(self._previous_level)
        self._log.close()


def make_run_folder(path: Path, required_bytes: int = 0) -> Path:
    """Make the folder of a new run and return its full path; an empty folder may be there already.

    Args:
        path: of the folder.
        required_bytes: estimate of what the run will write; that much must be free.

    Raises:
        OutputError: when `path` holds anything (the message names a free alternative), cannot be created, or space is
            short.
    """
    path = path.absolute()
    if _is_taken(path):
        raise OutputError(_taken_message(path))
    check_free_space(path, required_bytes)
    try:
        path.mkdir(parents=True, exist_ok=path.is_dir())
    except FileExistsError:
        raise OutputError(_taken_message(path)) from None
    except OSError as error:
        raise OutputError(f"The run folder {shown(path)} cannot be created: {_reason(error)}.") from error
    return path


def _reason(error: OSError) -> str:
    return "the disk is full" if is_full_disk(error) else (error.strerror or str(error)).lower()


def shown(path: Path) -> str:
    """Return a path as a person would type it: relative to the current folder if it lies below."""
    here = Path.cwd()
    if path.absolute() == here:
        return "this folder"
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def as_argument(path: Path) -> str:
    """Return a path as a person would type it behind a command."""
    return "." if path.absolute() == Path.cwd() else shlex.quote(shown(path))


def _taken_message(path: Path) -> str:
    reason = "a file of that name exists"
    if (path / "run.json").exists():
        reason = f"it holds a run, which `jadeite resume {shown(path)}` goes on with unless it has finished"
    elif path.is_dir():
        reason = "it already holds results"
    return f"The run folder {shown(path)} is not free: {reason}. A free name is: --output {shown(next_free(path))}"
