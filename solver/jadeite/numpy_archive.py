# SPDX-License-Identifier: LGPL-3.0-or-later
"""NumPy archives (.npz) read with a bound: a small file can announce arrays that no memory holds."""

from __future__ import annotations

import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST_SHARE = 0.5
"""Part of the memory of the machine that the arrays of one archive may take."""

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_archive(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of an archive by name; nothing in it is executed.

    Raises ValueError when the arrays would take more than half of the machine's memory or are larger than what is
    stored of them, and what NumPy and zipfile raise for a file that is damaged or no archive.
    """
    with zipfile.ZipFile(path) as archive:
        # no more is ever read of a member than the directory of the archive says
        total = sum(member.file_size for member in archive.infolist())
        most = LARGEST_SHARE * memory_of_machine()
        if total > most:
            raise ValueError(
                f"{path.name} unpacks to {total / 1e9:.3g} GB, and {most / 1e9:.3g} GB can be taken for it"
            )
        for member in archive.infolist():
            with archive.open(member) as stream:
                version = np.lib.format.read_magic(stream)
                if version not in _HEADERS:
                    raise ValueError(f"{member.filename} in {path.name} has version {version} of NumPy's format")
                shape, _, kind = _HEADERS[version](stream)
            if math.prod(shape) * kind.itemsize > member.file_size:
                raise ValueError(f"{member.filename} in {path.name} announces more than it holds: {shape} of {kind}")
    with np.load(path, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def memory_of_machine() -> float:
    """Bytes of memory that the machine has."""
    return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
