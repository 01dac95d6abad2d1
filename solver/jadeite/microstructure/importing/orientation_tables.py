# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tables with the orientation of each label: Bunge's Euler angles in degrees.

Columns are named in the first line, in any order and case, separated by commas, semicolons, tabs or blanks; lines that
begin with # are left out. The angles turn the axes of the laboratory into those of the crystal, as Bunge has them.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.bounds import bounded_text
from jadeite.microstructure.orientation import from_bunge_euler

Array = NDArray[np.float64]

ANGLES = ("phi1", "phi", "phi2")


def read_labelled_orientations(path: Path) -> dict[int, Array]:
    """Quaternion of each label of a table with label, phi1, Phi, phi2.

    Raises MicrostructureError when the table cannot be read or a label appears twice.
    """
    table = _columns(path, ("label", *ANGLES))
    label = table["label"]
    if np.any(label != np.round(label)):
        raise MicrostructureError(f"the labels of {path.name} must be whole numbers")
    values, count = np.unique(label, return_counts=True)
    if np.any(count > 1):
        raise MicrostructureError(f"{path.name} has two rows for label {int(values[count > 1][0])}")
    quaternions = from_bunge_euler(np.radians(np.stack([table[name] for name in ANGLES], axis=1)))
    return dict(zip(label.astype(int).tolist(), quaternions, strict=True))


def _columns(path: Path, needed: tuple[str, ...]) -> dict[str, Array]:
    """The columns needed of a table, by their names in small letters."""
    try:
        lines = [line.strip() for line in bounded_text(path, "utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as problem:
        raise MicrostructureError(f"{path.name} cannot be read: {problem}") from problem
    rows = [re.split(r"\s*[,;\t]\s*|\s+", line) for line in lines if line and not line.startswith("#")]
    if len(rows) < 2:
        raise MicrostructureError(f"{path.name} has no rows below its column names")
    names = [name.lower() for name in rows[0]]
    missing = [name for name in needed if name not in names]
    if missing:
        raise MicrostructureError(f"{path.name} has no column '{missing[0]}', but {', '.join(rows[0])}")
    if any(len(row) != len(names) for row in rows[1:]):
        short = next(row for row in rows[1:] if len(row) != len(names))
        raise MicrostructureError(f"{path.name} has {len(names)} columns, but a row with {len(short)}: {short}")
    result = {}
    for name in needed:
        column = names.index(name)
        try:
            result[name] = np.array([float(row[column]) for row in rows[1:]])
        except ValueError as problem:
            raise MicrostructureError(f"column '{name}' of {path.name} holds text: {problem}") from problem
        if not np.all(np.isfinite(result[name])):
            raise MicrostructureError(f"column '{name}' of {path.name} holds values that are not finite")
    return result
