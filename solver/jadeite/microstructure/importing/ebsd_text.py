# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orientation maps in the text files of Oxford (.ctf) and EDAX (.ang), each in the conventions of its maker.

Both store Bunge's Euler angles, .ctf in degrees and .ang in rad, and both scan with x to the right and y downwards.
They differ in two frames, which no file states:

* Sample frame of the angles. Oxford's has x to the right and y upwards, half a turn about x from that of the map.
  EDAX knows four settings; 2 is taken, half a turn about x - y, unless the recipe says otherwise.
* Crystal frame of trigonal and hexagonal crystals. EDAX puts x along a; Oxford puts y along b, hence x along a*, which
  lies 30 degrees from a. Jadeite's twofold axis x is a.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.bounds import bounded_text
from jadeite.microstructure.importing.orientation_maps import UNINDEXED, OrientationMap, Phase
from jadeite.microstructure.orientation import from_bunge_euler, from_rotation_vectors, multiply, normalise

Array = NDArray[np.float64]

MICROMETRE = 1e-6

# half turns from the frame of the Euler angles to that of the map, by the number EDAX gives to a setting
HALF_TURNS = {
    "setting_1": normalise([0.0, 1.0, 1.0, 0.0]),
    "setting_2": normalise([0.0, 1.0, -1.0, 0.0]),
    "setting_3": np.array([0.0, 1.0, 0.0, 0.0]),
    "setting_4": np.array([0.0, 0.0, 1.0, 0.0]),
    "map": np.array([1.0, 0.0, 0.0, 0.0]),
}
OXFORD_FRAME, EDAX_FRAME = "setting_3", "setting_2"

# Laue groups of .ctf files, numbered from one, and point groups of .ang files, as crystal systems
OXFORD_LAUE = (
    "triclinic",
    "monoclinic",
    "orthorhombic",
    "tetragonal",
    "tetragonal",
    "trigonal",
    "trigonal",
    "hexagonal",
    "hexagonal",
    "cubic",
    "cubic",
)
EDAX_SYMMETRY = {
    "1": "triclinic",
    "2": "monoclinic",
    "20": "monoclinic",
    "21": "monoclinic",
    "22": "orthorhombic",
    "4": "tetragonal",
    "42": "tetragonal",
    "3": "trigonal",
    "32": "trigonal",
    "6": "hexagonal",
    "62": "hexagonal",
    "23": "cubic",
    "43": "cubic",
}


def read_ctf(path: Path, frame: str | None = None) -> OrientationMap:
    """Read Oxford's channel text file; raises MicrostructureError when it is none."""
    lines = bounded_text(path, "latin-1").splitlines()
    if not lines or "channel text file" not in lines[0].lower():
        raise MicrostructureError(f"{path.name} does not begin as a channel text file")
    start = next((row for row, line in enumerate(lines) if line.lower().startswith("phases")), None)
    if start is None:
        raise MicrostructureError(f"{path.name} names no phases")
    header = dict(line.split(maxsplit=1) for line in lines[1:start] if len(line.split(maxsplit=1)) == 2)
    try:
        count = int(lines[start].split()[1])
        rows = [line.split("\t") for line in lines[start + 1 : start + 1 + count]]
        phases = {number: Phase(row[2].strip(), OXFORD_LAUE[int(row[3]) - 1]) for number, row in enumerate(rows, 1)}
        step = (float(header["XStep"].replace(",", ".")), float(header["YStep"].replace(",", ".")))
    except (LookupError, ValueError) as problem:
        raise MicrostructureError(f"the header of {path.name} cannot be read: {problem}") from problem
    names = lines[start + 1 + count].split()
    table = _table(path, [line.replace(",", ".") for line in lines[start + 2 + count :]])
    column = {name.lower(): number for number, name in enumerate(names)}
    needed = ("phase", "x", "y", "euler1", "euler2", "euler3")
    if any(name not in column for name in needed) or table.shape[1] < len(names):
        raise MicrostructureError(f"{path.name} lacks one of the columns {', '.join(needed)}")
    phase, x, y, *angles = (table[:, column[name]] for name in needed)
    euler = from_bunge_euler(np.radians(np.stack(angles, axis=1)))
    number = phase.astype(np.int64)
    # y along b: the crystal's own x is a*, and a lies 30 degrees before it
    a_from_a_star = from_rotation_vectors([0.0, 0.0, -np.pi / 6])
    systems = np.array(["", *(phases[key].crystal_symmetry for key in sorted(phases))], dtype=object)
    _check_phases(path, number, phases)
    turned = np.isin(systems[number], ("trigonal", "hexagonal"))
    euler[turned] = multiply(euler[turned], a_from_a_star)
    return OrientationMap(
        MICROMETRE * np.stack([x, y], axis=1),
        normalise(multiply(HALF_TURNS[frame or OXFORD_FRAME], euler)),
        np.where(number == 0, UNINDEXED, number),
        phases,
        (MICROMETRE * step[0], MICROMETRE * step[1]),
    )


def read_ang(path: Path, frame: str | None = None) -> OrientationMap:
    """Read EDAX's .ang file, on a square or hexagonal grid; raises MicrostructureError when it is none."""
    lines = bounded_text(path, "latin-1").splitlines()
    header = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
    keys: dict[str, str] = {}
    phases: dict[int, Phase] = {}
    number = 0
    for line in header:
        key, _, value = line.partition(":") if ":" in line else line.partition(" ")
        key, value = key.strip(), value.strip()
        if key == "Phase" and value.isdigit():
            number = int(value)
        elif key == "MaterialName":
            number = number or len(phases) + 1
            phases[number] = Phase(value or f"phase {number}", None)
        elif key == "Symmetry" and number in phases:
            phases[number] = Phase(phases[number].name, EDAX_SYMMETRY.get(value))
        else:
            keys.setdefault(key.upper(), value)
    try:
        step = (float(keys["XSTEP"]), float(keys["YSTEP"]))
        hexagonal = keys["GRID"].lower().startswith("hex")
    except (LookupError, ValueError) as problem:
        raise MicrostructureError(f"the header of {path.name} cannot be read: {problem}") from problem
    if not phases:
        raise MicrostructureError(f"{path.name} names no phases")
    table = _table(path, [line for line in lines if not line.startswith("#")])
    if table.shape[1] < 8:
        raise MicrostructureError(f"{path.name} has {table.shape[1]} columns, eight are needed")
    phase = table[:, 7].astype(np.int64)
    # files of one phase call it 0; points without a solution have a confidence of -1 or angles of 4 pi
    if len(phases) == 1:
        phase = np.full(len(phase), next(iter(phases)))
    unindexed = (table[:, 6] < 0.0) | (table[:, 0] > 4 * np.pi - 0.01) | (phase == 0)
    _check_phases(path, phase, phases)
    return OrientationMap(
        MICROMETRE * table[:, 3:5],
        normalise(multiply(HALF_TURNS[frame or EDAX_FRAME], from_bunge_euler(table[:, :3]))),
        np.where(unindexed, UNINDEXED, phase),
        phases,
        (MICROMETRE * step[0], MICROMETRE * step[1]),
        hexagonal,
    )


def _table(path: Path, lines: list[str]) -> Array:
    """Numbers of the lines that are not empty, one row each."""
    rows = [line.split() for line in lines if line.strip()]
    if not rows:
        raise MicrostructureError(f"{path.name} has no points")
    width = min(len(row) for row in rows)
    try:
        return np.array([row[:width] for row in rows], dtype=float)
    except ValueError as problem:
        raise MicrostructureError(f"{path.name} has a line that holds no numbers: {problem}") from problem


def _check_phases(path: Path, number: NDArray[np.int64], phases: dict[int, Phase]) -> None:
    unknown = np.setdiff1d(number, [0, *phases])
    if len(unknown):
        raise MicrostructureError(f"{path.name} has points of phase {unknown[0]}, which its header does not name")
