# SPDX-License-Identifier: LGPL-3.0-or-later
"""Meshes kept between runs, by the content hash of their recipe, in the user's cache folder.

A mesh takes seconds to minutes to make and is the same for every run of a recipe: runs that begin together and need
the same one wait for the first to make it. The folder is kept below a size: what has not been used for longest goes
first. A folder that cannot be written, or a file that cannot be read, costs the time of making the mesh and nothing
else.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from jadeite.cache_folder import cache_folder
from jadeite.microstructure.tagged_mesh import TaggedMesh

_LOGGER = logging.getLogger(__name__)

#: Bytes that cached meshes may take together.
LARGEST_CACHE = 2_000_000_000

_UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)


def default_folder() -> Path:
    """Where meshes are kept: `$XDG_CACHE_HOME/jadeite/meshes`, usually `~/.cache/jadeite/meshes`."""
    return cache_folder() / "jadeite" / "meshes"


def recall(name: str, make: Callable[[], TaggedMesh], folder: Path, largest: int = LARGEST_CACHE) -> TaggedMesh:
    """Return the mesh kept as `name` in `folder`; when there is none, make it and keep it.

    Args:
        name: content hash of what the mesh is made from.
        make: makes the mesh; its errors are the caller's.
        folder: is created when it is not there.
        largest: bytes that all meshes in the folder may take together.
    """
    stored = folder / f"{name}.npz"
    kept = _kept(stored)
    if kept is not None:
        return kept
    with _alone(stored):
        kept = _kept(stored)  # another run may have made it meanwhile
        if kept is not None:
            return kept
        mesh = make()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            mesh.save(stored)
            _trim(folder, largest, stored)
        except OSError as error:
            _LOGGER.info("the mesh is not kept in %s: %s", folder, error)
    return mesh


def load_if_good(path: Path) -> TaggedMesh | None:
    """Return the mesh in a file; None when there is no file, or, with a warning, when it cannot be read."""
    try:
        return TaggedMesh.load(path)
    except FileNotFoundError:
        return None
    except _UNREADABLE as error:
        _LOGGER.warning("the mesh %s cannot be read (%s) and is made again", path, error)
        return None


def _kept(stored: Path) -> TaggedMesh | None:
    """Return a mesh of the cache as one that has been used now."""
    mesh = load_if_good(stored)
    if mesh is not None:
        with contextlib.suppress(OSError):  # a folder that is only read keeps its dates
            os.utime(stored)
    return mesh


@contextlib.contextmanager
def _alone(stored: Path) -> Iterator[None]:
    """Keep other processes from making the same mesh; where nothing can be locked each makes its own.

    The lock ends with the process that holds it. Its file goes when the mesh is there: who waits for it has it open,
    and who comes later finds the mesh.
    """
    path = stored.with_suffix(".lock")
    with contextlib.ExitStack() as held:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stream = held.enter_context(path.open("w"))
            fcntl.flock(stream, fcntl.LOCK_EX)
        except OSError as error:
            _LOGGER.debug("%s cannot be locked: %s", path, error)
            yield
            return
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _trim(folder: Path, largest: int, newest: Path) -> None:
    """Remove the meshes that were not used for longest until the rest is small enough; the newest stays."""
    found = []
    for path in folder.glob("*.npz"):
        with contextlib.suppress(FileNotFoundError):  # another run may trim at the same time
            state = path.stat()
            found.append((state.st_mtime, state.st_size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= largest:
            return
        if path != newest:
            path.unlink(missing_ok=True)
            total -= size
