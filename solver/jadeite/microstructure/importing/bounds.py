# SPDX-License-Identifier: LGPL-3.0-or-later
"""How large an imported file may be, asked before memory is taken: a small file can announce a huge image."""

from __future__ import annotations

import math
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from jadeite.case.recipe_checks.cell_number import MOST_CELLS
from jadeite.microstructure.errors import MicrostructureError

MOST_VOXELS = 400_000_000
"""Voxels that an image may have: their labels take eight bytes each, several times over."""

MOST_TEXT = 500_000_000
"""Bytes of a text file; its words take about ten times as much memory while it is read."""


def check_number_of_voxels(shape: Sequence[int], name: str) -> None:
    """Raise MicrostructureError for an image of more voxels than memory can be taken for."""
    number = math.prod(int(length) for length in shape)
    if number > MOST_VOXELS:
        size = " x ".join(str(length) for length in shape)
        raise MicrostructureError(
            f"{name} holds an image of {size}, {number:.2g} voxels; at most {MOST_VOXELS:.2g} can be read. Cut it, or "
            "take every second voxel."
        )


def check_number_of_cells(number: float, dimension: int, name: str) -> None:
    """Raise MicrostructureError for an image or tessellation that asks for more cells than any machine holds."""
    most = MOST_CELLS[dimension]
    if number > most:
        raise MicrostructureError(
            f"{name} asks for about {number:.1g} cells; at most about {most:.0e} can be made in {dimension} "
            "dimensions. Fewer `refinements`, or a larger `boundary_size`, help."
        )


def bounded_text(path: Path, encoding: str) -> str:
    """Return the text of a file; raises MicrostructureError when there is too much of it, OSError, UnicodeDecodeError.

    Line ends are those of Python.
    """
    size = path.stat().st_size
    if size > MOST_TEXT:
        raise MicrostructureError(
            f"{path.name} has {size / 1e6:.0f} MB of text; at most {MOST_TEXT / 1e6:.0f} can be read"
        )
    return path.read_text(encoding=encoding)


@contextmanager
def free_memory_only() -> Iterator[None]:
    """Let what is done inside take the free memory of the machine and no more; past that, MemoryError is raised.

    Compressed data may unpack to a thousand times their size. Without the bound, the system would end this process, or
    another one. Where the system does not say what is free there is no bound.
    """
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    free = _free_memory()
    if free is None:
        yield
        return
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    limits = [taken + free, *(limit for limit in (before, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))


def _free_memory() -> int | None:
    """Bytes that can be taken without swapping; None where the system has no table of its memory."""
    try:
        table = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    rows = dict(line.split(":", 1) for line in table.splitlines())
    return int(rows["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in rows else None
