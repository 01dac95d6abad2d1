# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tables of orientations: Bunge's Euler angles in degrees, with weights, or one row per label.

Columns are named in the first line, in any order and case, separated by commas, semicolons, tabs or blanks; lines that
begin with # are left out. The angles turn the axes of the laboratory into those of the crystal, as Bunge has them.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.defects import MicrostructureError
from jadeite.microstructure.orientation import from_bunge_euler, from_rotation_vectors, multiply, normalise

Array = NDArray[np.float64]

ANGLES = ("phi1", "phi", "phi2")


def read_orientations(path: Path) -> tuple[Array, Array]:
    """Quaternions (n, 4) and weights (n,), which add up to one, of a table with phi1, Phi, phi2 and perhaps weight.

    Raises MicrostructureError when the table cannot be read or a weight is negative.
    """
    table = _columns(path, ANGLES)
    weight = table.get("weight", np.ones(len(table["phi1"])))
    if np.any(weight < 0.0) or weight.sum() <= 0.0:
        raise MicrostructureError(f"the weights of {path.name} must not be negative, nor all zero")
    return _quaternions(table), weight / weight.sum()


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
    return dict(zip(label.astype(int).tolist(), _quaternions(table), strict=True))


def draw_from_table(path: Path, spread: float, count: int, generator: np.random.Generator) -> Array:
    """Quaternions (count, 4) drawn from a table by weight, each turned by a random rotation.

    The three components of its rotation vector are independent Gaussians, so that its angle has the root mean square
    `spread` (rad). Raises MicrostructureError when the table cannot be read.
    """
    orientations, weight = read_orientations(path)
    drawn = orientations[generator.choice(len(weight), size=count, p=weight)]
    turn = from_rotation_vectors(spread / np.sqrt(3.0) * generator.standard_normal((count, 3)))
    return normalise(multiply(turn, drawn))


def _quaternions(table: dict[str, Array]) -> Array:
    return from_bunge_euler(np.radians(np.stack([table[name] for name in ANGLES], axis=1)))


def _columns(path: Path, needed: tuple[str, ...]) -> dict[str, Array]:
    """Columns of a table by their names in small letters, those needed and `weight`."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
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
    for name in (*needed, "weight"):
        if name in names:
            column = names.index(name)
            try:
                result[name] = np.array([float(row[column]) for row in rows[1:]])
            except ValueError as problem:
                raise MicrostructureError(f"column '{name}' of {path.name} holds text: {problem}") from problem
            if not np.all(np.isfinite(result[name])):
                raise MicrostructureError(f"column '{name}' of {path.name} holds values that are not finite")
    return result
