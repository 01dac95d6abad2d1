# SPDX-License-Identifier: LGPL-3.0-or-later
"""The cache of compiled forms, kept usable when a run is interrupted in the middle of a compilation.

The form compiler marks a form as being compiled by an empty source file and waits when it finds one. A run that was
stopped there leaves the mark behind, and every later run that needs the form would wait in vain and fail.
"""

from __future__ import annotations

import time
from pathlib import Path

from dolfinx import jit

#: Longest time, in seconds, that a form is compiled even on a very busy machine; marks older than that are stale.
_LONGEST_COMPILATION = 120

_STARTED = time.time() - 1.0  # file systems keep coarser time than clocks


def prepare_form_cache() -> None:
    """Let concurrent runs wait long enough for each other, and remove marks that runs killed long ago have left."""
    _, explanation = jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"]
    jit.DOLFINX_DEFAULT_JIT_OPTIONS["timeout"] = (_LONGEST_COMPILATION + 60, explanation)
    _discard(created_before=time.time() - _LONGEST_COMPILATION)


def discard_interrupted_forms() -> None:
    """Remove the marks of compilations that this process was doing when it was interrupted."""
    _discard(created_after=_STARTED)


def _discard(created_after: float = 0.0, created_before: float = float("inf")) -> None:
    folder = Path(str(jit.get_options()["cache_dir"])).expanduser()
    for mark in folder.glob("libffcx_*.c"):
        try:
            age = mark.stat().st_mtime
            if created_after <= age <= created_before and not mark.with_suffix(".c.cached").exists():
                mark.unlink()
        except FileNotFoundError:
            continue  # another run has just removed or finished it
