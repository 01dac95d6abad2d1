# SPDX-License-Identifier: LGPL-3.0-or-later
"""The folder for what can be made again (compiled forms, meshes, fonts), and another one where it cannot be used.

The folder is `$XDG_CACHE_HOME`, usually `~/.cache`. In a container it may be read-only, under a user id without a home
there may be none, and a file system that forbids to run programs refuses compiled forms. What is kept there is never
needed again, so that a folder for temporary files does as well and a run need not fail.
"""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

_ADVICE = (
    "Mount a folder there (containers: -v jadeite-cache:/cache) or let XDG_CACHE_HOME name one that can be written."
)


#: Where DOLFINx keeps compiled forms in the cache folder. Somebody else may have made it in a folder that all may use.
_FORMS = "fenics"


class NoCacheFolderError(RuntimeError):
    """Neither the cache folder nor the folder for temporary files can hold compiled forms."""


def cache_folder() -> Path:
    """Where things are kept between runs: `$XDG_CACHE_HOME`, or else `~/.cache`.

    Raises `RuntimeError` where neither the environment nor the system knows a home directory.
    """
    given = os.environ.get("XDG_CACHE_HOME", "")
    return Path(given) if given else Path.home() / ".cache"


@dataclass(frozen=True)
class OtherCache:
    """The folder to use instead.

    Attributes:
        environment: variables that lead libraries to it; they read them when they are imported.
        note: what to tell the user.
    """

    environment: dict[str, str]
    note: str


def other_cache() -> OtherCache | None:
    """Return what to use when the cache folder cannot be used, and None when it can.

    It belongs to the user alone, since programs in it are run, and every process of the user on one host gets the same.

    Raises:
        NoCacheFolderError: when there is no usable folder at all.
    """
    try:
        wanted = cache_folder()
    except RuntimeError:
        wanted, fault = Path("~/.cache"), "there is no home directory"
    else:
        found = _fault(wanted / _FORMS)
        if found is None:
            return None
        fault = found
    other = Path(tempfile.gettempdir()) / f"jadeite-{os.geteuid()}"
    other_fault = _fault(other, private=True)
    if other_fault is not None:
        raise NoCacheFolderError(
            f"Compiled forms can be kept neither in {wanted} ({fault}) nor in {other} ({other_fault}). {_ADVICE}"
        )
    environment = {"XDG_CACHE_HOME": str(other), "MPLCONFIGDIR": str(other / "matplotlib")}
    if "HOME" not in os.environ:
        environment["HOME"] = str(other)
    return OtherCache(
        environment, f"The cache folder {wanted} cannot be used ({fault}); for the time being {other} is. {_ADVICE}"
    )


def _fault(folder: Path, private: bool = False) -> str | None:
    """Say why a folder, which is made when it is not there, cannot hold compiled forms; None when it can."""
    try:
        folder.mkdir(mode=0o700 if private else 0o777, parents=True, exist_ok=True)
        if private:
            state = folder.lstat()
            if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & 0o022:
                return "somebody else may write there"
        with tempfile.TemporaryFile(dir=folder):
            pass
        if os.statvfs(folder).f_flag & os.ST_NOEXEC:
            return "programs may not be run there"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None
