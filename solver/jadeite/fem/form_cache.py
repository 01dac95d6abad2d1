# SPDX-License-Identifier: LGPL-3.0-or-later
"""The cache of compiled forms, kept usable when a run is interrupted in the middle of a compilation.

The form compiler marks a form as being compiled by its source file, waits when it finds the mark of another run, and
puts a second file beside it when the form is ready. A run that was stopped in between leaves the first without the
second, and every later run that needs the form would wait in vain and fail. Each run holds a lock on the cache while
it lives: whoever finds it free knows that all marks are left-overs.
"""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO

from dolfinx import jit

_LOGGER = logging.getLogger(__name__)

#: Longest time, in seconds, that a form is compiled even on a very busy machine; marks older than that are stale.
_LONGEST_COMPILATION = 300

_LOCK = "jadeite.lock"

#: Where the form compiler keeps the name of the module it is making.
_COMPILER_FILE, _NAME_IN_COMPILER = "jit.py", "module_name"


#: The lock of the cache; open as long as this process lives.
_in_use: IO[bytes] | None = None


def prepare_form_cache(first_rank: bool) -> None:
    """Let concurrent runs wait long enough for each other, and repair what killed runs have left.

    Removed are marks that no living run can have made, and signs of readiness that have lost their form. While another
    run lives, marks count as left over when they are older than any compilation takes.

    Args:
        first_rank: whether this process holds the lock for its run; forms are compiled by the first rank.
    """
    _, explanation = jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"]
    jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"] = (_LONGEST_COMPILATION + 60, explanation)
    folder = _folder()
    lock = _lock(folder) if first_rank else None
    alone = lock is not None and _is_alone(lock)
    for mark in folder.glob("libffcx_*.c"):
        if not mark.with_suffix(".c.cached").exists() and (alone or _age(mark) > _LONGEST_COMPILATION):
            mark.unlink(missing_ok=True)
    for ready in folder.glob("libffcx_*.c.cached"):
        if not ready.with_suffix("").exists():
            ready.unlink(missing_ok=True)
    if lock is not None:
        # held alone until here, so that nobody has begun to compile; runs that start now wait for this line
        fcntl.flock(lock, fcntl.LOCK_SH)


def _lock(folder: Path) -> IO[bytes] | None:
    """Open the lock of a cache for as long as this process lives; None where the cache has none to offer."""
    global _in_use
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _in_use = (folder / _LOCK).open("ab")
        fcntl.flock(_in_use, fcntl.LOCK_UN)
    except OSError as error:
        _LOGGER.info("the cache of compiled forms in %s cannot be locked: %s", folder, error)
        _in_use = None
    return _in_use


def _is_alone(lock: IO[bytes]) -> bool:
    """Take a lock if no other run holds it, and tell whether that is so."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def discard_interrupted_forms(error: BaseException) -> None:
    """Remove the marks of the compilations that an interrupt has torn apart, and no other run's.

    Args:
        error: the interrupt, with the frames it passed through.
    """
    for name in set(_modules_in_the_making(error)):
        mark = _folder() / f"{name}.c"
        if not mark.with_suffix(".c.cached").exists():
            mark.unlink(missing_ok=True)


def _modules_in_the_making(error: BaseException | None) -> Iterator[str]:
    """Names of the modules that the form compiler was making in the frames of an error and of what led to it."""
    seen: set[int] = set()  # errors that were raised again can form a circle
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        trace = error.__traceback__
        while trace is not None:
            frame: FrameType = trace.tb_frame
            if Path(frame.f_code.co_filename).name == _COMPILER_FILE and _NAME_IN_COMPILER in frame.f_locals:
                yield str(frame.f_locals[_NAME_IN_COMPILER])
            trace = trace.tb_next
        error = error.__cause__ or error.__context__


def _folder() -> Path:
    return Path(str(jit.get_options()["cache_dir"])).expanduser()


def _age(path: Path) -> float:
    """Seconds since a file was written; none at all when another run has just removed it."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
