# SPDX-License-Identifier: LGPL-3.0-or-later
"""The folder of a sweep: the study as given, a run folder for every member, and which is which.

    STUDY/ study.yaml (as given)  members.json  members.txt (one run folder a line)  members/NAME-HASH/
           results.csv  results.parquet  figures/*.png  report.html  messages/NAME-HASH.txt (what a run printed)

Run folders end in the hash of what decides their result. A study that is changed therefore finds the members it still
has, and those it has no longer stay where they are.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from jadeite.case.document import read_document
from jadeite.output.folder import OutputError, shown, write_json, write_text
from jadeite.output.run_record import RECORD_NAME, RunRecord, RunState, is_running, read_record
from jadeite.sweep.loading import LoadedStudy
from jadeite.sweep.members import Member
from jadeite.sweep.schema import Study

STUDY_NAME, MEMBERS_NAME, LIST_NAME, RUNS, MESSAGES = "study.yaml", "members.json", "members.txt", "members", "messages"
_LOCK_NAME = ".sweep.lock"


@dataclass(frozen=True, slots=True)
class Placed:
    """A member and its run folder.

    Attributes:
        number: of the member, from 1.
        values: of the parameters, as a case file would have them.
        folder: the run folder, relative to that of the study; members of equal content share one.
    """

    number: int
    values: tuple[Any, ...]
    folder: str


def default_path(study_file: Path) -> Path:
    """Return `runs/NAME`: the name of the study file; that of its folder and `-sweep` where it is called study.yaml.

    Without the ending it would be where runs of a case in that folder go.
    """
    study_file = study_file.resolve()
    return Path("runs") / (f"{study_file.parent.name}-sweep" if study_file.name == STUDY_NAME else study_file.stem)


def run_folders(study: Path) -> dict[str, str]:
    """Return the run folders there are, relative to the study's, by the content hash in their names."""
    if not (study / RUNS).is_dir():
        return {}
    names = sorted(entry.name for entry in (study / RUNS).iterdir() if entry.is_dir())
    return {name.rpartition("-")[2]: f"{RUNS}/{name}" for name in names}


def place(study: Path, members: Sequence[Member]) -> list[Placed]:
    """Return the run folder of every member, one that is there already where it has the same content."""
    folders = run_folders(study)
    placed = []
    for member in members:
        folder = folders.setdefault(member.content, f"{RUNS}/{member.name}")
        placed.append(Placed(member.number, member.values, folder))
    return placed


def lay_out(path: Path, loaded: LoadedStudy, placed: Sequence[Placed]) -> None:
    """Write study and list of members into the folder of a sweep; raises `OutputError`."""
    write_text(path / STUDY_NAME, loaded.document.text)
    listed = [{"number": one.number, "folder": one.folder, "values": list(one.values)} for one in placed]
    write_json(path / MEMBERS_NAME, {"parameters": list(loaded.study.parameters), "members": listed})
    write_text(path / LIST_NAME, "".join(f"{folder}\n" for folder in dict.fromkeys(one.folder for one in placed)))


def read_layout(path: Path) -> tuple[Study, list[Placed]]:
    """Return the study of a sweep's folder and its members.

    Raises:
        OutputError: when the folder is not that of a sweep, or cannot be read.
    """
    if not (path / MEMBERS_NAME).is_file():
        raise OutputError(f"{shown(path)} is not the folder of a sweep: {MEMBERS_NAME} is missing.")
    try:
        study = Study.model_validate(read_document(path / STUDY_NAME).data)
        content = json.loads((path / MEMBERS_NAME).read_text(encoding="utf-8"))
        placed = [Placed(one["number"], tuple(one["values"]), one["folder"]) for one in content["members"]]
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise OutputError(f"{shown(path)} cannot be read as the folder of a sweep: {error}") from error
    if content["parameters"] != list(study.parameters):
        raise OutputError(f"{STUDY_NAME} and {MEMBERS_NAME} in {shown(path)} are not of the same sweep.")
    return study, placed


def record_of(folder: Path) -> RunRecord | None:
    """Return the record of a member's run; None when it has not even been prepared."""
    return read_record(folder) if (folder / RECORD_NAME).exists() else None


def is_finished(folder: Path) -> bool:
    """Tell whether a member has its result; a record that cannot be read is none."""
    try:
        record = record_of(folder)
    except OutputError:
        return False
    return record is not None and record.state is RunState.FINISHED


def busy(folders: Sequence[Path]) -> list[Path]:
    """Return the run folders that a process works in now."""
    return [folder for folder in folders if is_running(folder)]


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep other sweeps out of a folder, which is made if need be; the lock ends with the process.

    Raises:
        OutputError: when another sweep works there, or the folder holds something else or cannot be made.
    """
    check_usable(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        stream = (path / _LOCK_NAME).open("w")
    except OSError as error:
        raise _not_writable(path, error) from error
    with stream:
        _lock(stream, path, fcntl.LOCK_EX)
        yield


def check_usable(path: Path) -> None:
    """Make sure that a sweep can work in a folder, or make it; nothing is written.

    Raises:
        OutputError: as `alone` does.
    """
    try:
        if path.exists() and not (path.is_dir() and ((path / MEMBERS_NAME).exists() or _is_new(path))):
            raise OutputError(f"{shown(path)} is not the folder of a sweep; choose another one with --output.")
        there = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
        if not there.is_dir():
            raise _not_writable(path, NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))
        if not os.access(there, os.W_OK | os.X_OK):
            raise _not_writable(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
        lock = path / _LOCK_NAME
        if lock.exists():
            with lock.open() as stream:
                _lock(stream, path, fcntl.LOCK_SH)
    except OSError as error:
        raise _not_writable(path, error) from error


def _lock(stream: IO[str], path: Path, kind: int) -> None:
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(f"Another sweep is at work in {shown(path)}.") from None
    except OSError:
        pass  # a file system without locks: run folders have one of their own


def _not_writable(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{shown(path)} cannot be written to: {(error.strerror or '').lower()}.")


def _is_new(path: Path) -> bool:
    """Tell whether a folder holds nothing, or what a sweep has before its members are known."""
    return {entry.name for entry in path.iterdir()} <= {_LOCK_NAME, STUDY_NAME, MESSAGES}
