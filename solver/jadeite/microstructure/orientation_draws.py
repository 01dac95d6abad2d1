# SPDX-License-Identifier: LGPL-3.0-or-later
"""Crystal orientations drawn from the distribution that a recipe names, a table among them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.bounds import bounded_text
from jadeite.microstructure.orientation import (
    fibre_orientations,
    from_bunge_euler,
    from_rotation_vectors,
    multiply,
    normalise,
    random_orientations,
)

if TYPE_CHECKING:
    from jadeite.case.microstructure import Orientation

Array = NDArray[np.float64]


def draw_orientations(orientation: Orientation, count: int, generator: np.random.Generator) -> Array:
    """Quaternions (count, 4), crystal to laboratory, drawn from an orientation distribution of a recipe.

    Raises MicrostructureError when a table cannot be read.
    """
    if orientation.law == "random":
        return random_orientations(count, generator)
    if orientation.law == "fibre":
        return fibre_orientations(count, orientation.axis, orientation.direction, orientation.spread, generator)
    if orientation.law == "single":
        return np.tile(from_bunge_euler(orientation.euler_angles), (count, 1))
    quaternions, weights = read_orientations(Path(orientation.file))
    drawn = quaternions[generator.choice(len(weights), count, p=weights / weights.sum())]
    # three independent components of a rotation vector share the mean square of its angle
    blur = from_rotation_vectors(orientation.spread / np.sqrt(3.0) * generator.standard_normal((count, 3)))
    return normalise(multiply(drawn, blur))


def read_orientations(path: Path) -> tuple[Array, Array]:
    """Quaternions (n, 4) and weights (n,) of a text table with Bunge angles phi1, Phi, phi2 in degrees.

    Columns are separated by commas, semicolons or blanks; a fourth one holds weights. Lines that start with # and one
    line of headings are passed over. Raises MicrostructureError, with the line, when a row is not numbers.
    """
    try:
        lines = bounded_text(path, "utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise MicrostructureError(f"the table of orientations {path.name} cannot be read: {problem}") from problem
    rows: list[list[float]] = []
    headed = False
    for number, line in enumerate(lines, start=1):
        words = line.replace(",", " ").replace(";", " ").split()
        if not words or words[0].startswith("#"):
            continue
        try:
            rows.append([float(word) for word in words])
        except ValueError:
            if headed or rows:
                raise MicrostructureError(f"{path.name}, line {number}: '{line.strip()}' are no numbers") from None
            headed = True
            continue
        if len(rows[-1]) not in (3, 4) or len(rows[-1]) != len(rows[0]):
            raise MicrostructureError(f"{path.name}, line {number}: rows have three angles and, all or none, a weight")
    if not rows:
        raise MicrostructureError(f"{path.name} holds no orientation")
    table = np.array(rows)
    weights = table[:, 3] if table.shape[1] == 4 else np.ones(len(table))
    if not np.isfinite(table).all() or weights.min() < 0.0 or weights.sum() <= 0.0:
        raise MicrostructureError(f"{path.name}: weights must not be negative, nor all zero")
    return from_bunge_euler(np.radians(table[:, :3])), weights
