# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reader of Neper's tessellation files (.tess, formats 2.0 to 3.5), in two and three dimensions.

Orientations. Neper's descriptors are by default "passive", the rotation of the sample's axes into those of the crystal:
Rodrigues vector, quaternion and axis-angle pair of that rotation are, number by number, Jadeite's active rotation from
crystal to sample components; its rotation matrix is the transpose of Jadeite's. "active" is the opposite rotation. Up
to format 3.4 the two words were used the other way round, and files without either word meant what is now passive.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.bounds import bounded_text
from jadeite.microstructure.orientation import (
    conjugate,
    from_bunge_euler,
    from_rotation_vectors,
    normalise,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# short names of descriptors in older files
SHORT_NAMES = {
    "e": "euler-bunge",
    "euler": "euler-bunge",
    "ek": "euler-kocks",
    "er": "euler-roe",
    "g": "rotmat",
    "rotation-matrix": "rotmat",
    "rtheta": "axis-angle",
    "angle-axis": "axis-angle",
    "R": "rodrigues",
    "q": "quaternion",
}
PARAMETERS = {
    "rodrigues": 3,
    "euler-bunge": 3,
    "euler-kocks": 3,
    "euler-roe": 3,
    "rotmat": 9,
    "axis-angle": 4,
    "quaternion": 4,
}

CRYSTAL_SYMMETRIES = {
    "cubic": "cubic",
    "m-3": "cubic",
    "m-3m": "cubic",
    "hexagonal": "hexagonal",
    "6/m": "hexagonal",
    "6/mmm": "hexagonal",
    "-3": "trigonal",
    "-3m": "trigonal",
    "4/m": "tetragonal",
    "4/mmm": "tetragonal",
    "mmm": "orthorhombic",
    "2/m": "monoclinic",
}


@dataclass(frozen=True, eq=False)
class TessFace:
    """A face of a tessellation: vertex rows around it, its unit normal, and a point for faces that are not plane."""

    loop: Index
    normal: Array
    middle: Array | None


@dataclass(frozen=True, eq=False)
class Tess:
    """What a .tess file holds; rows count from zero.

    `cells` are signed faces of polyhedra, number + 1 if the normal points outwards, negative otherwise; in 2-D, the
    faces are the cells. `orientations` (c, 4) are quaternions from crystal to sample. `crystal_symmetry` is None where
    the file says triclinic, which Neper writes when nothing was asked for.
    """

    dimension: int
    ids: Index
    vertices: Array
    faces: tuple[TessFace, ...]
    cells: tuple[Index, ...]
    orientations: Array | None
    crystal_symmetry: str | None


def read_tess(path: Path) -> Tess:
    """Read a tessellation file; raises MicrostructureError when it is none or is cut off."""
    try:
        words = bounded_text(path, "latin-1").split()
    except OSError as problem:
        raise MicrostructureError(f"{path.name} cannot be read: {problem}") from problem
    if not words or words[0] != "***tess":
        raise MicrostructureError(f"{path.name} is no tessellation file: it does not begin with ***tess")
    try:
        return _parse(words)
    except (StopIteration, IndexError, ValueError, KeyError) as problem:
        if isinstance(problem, MicrostructureError):
            raise
        raise MicrostructureError(f"{path.name} is damaged or cut off: {problem!r}") from problem


def _parse(words: list[str]) -> Tess:
    sections = _sections(words)
    version = tuple(int(part) for part in sections["**format"][0].split(".")[:2])
    dimension = int(sections["**general"][0])
    if dimension not in (2, 3):
        raise MicrostructureError(f"a tessellation of dimension {dimension} cannot be meshed")
    cell = _sections(["**count", *sections["**cell"]], "*")
    count = int(cell["**count"][0])
    ids = np.array(cell["*id"], dtype=np.int64) if "*id" in cell else np.arange(1, count + 1)
    orientations = None if "*ori" not in cell else _orientations(cell["*ori"], count, version)
    symmetry = CRYSTAL_SYMMETRIES.get(cell["*crysym"][0]) if "*crysym" in cell else None

    vertices = np.array(sections["**vertex"][1:], dtype=float).reshape(int(sections["**vertex"][0]), 5)
    if not np.array_equal(vertices[:, 0], np.arange(1, len(vertices) + 1)):
        raise MicrostructureError("the vertices of the tessellation are not numbered from one")
    faces = _faces(sections["**face"])
    cells = _polyhedra(sections["**polyhedron"]) if dimension == 3 else ()
    if (len(cells) if dimension == 3 else len(faces)) != count or len(ids) != count:
        raise MicrostructureError(f"the tessellation announces {count} cells and has another number of them")
    return Tess(dimension, ids, vertices[:, 1 : dimension + 1], faces, cells, orientations, symmetry)


def _sections(words: list[str], mark: str = "**") -> dict[str, list[str]]:
    """Words below each heading: one of two stars, or of one star where `mark` says so."""
    heads = [
        row
        for row, word in enumerate(words)
        if word.startswith(mark) and not word.startswith("***") and (mark == "*" or word[2:3].isalpha())
    ]
    ends = [*heads[1:], next((row for row, word in enumerate(words) if word == "***end"), len(words))]
    return {words[row]: words[row + 1 : end] for row, end in zip(heads, ends, strict=True)}


def _faces(words: list[str]) -> tuple[TessFace, ...]:
    """Faces in the order of their numbers."""
    at, faces = iter(words), []
    for number in range(int(next(at))):
        if int(next(at)) != number + 1:
            raise MicrostructureError("the faces of the tessellation are not numbered from one")
        loop = np.array([int(next(at)) for _ in range(int(next(at)))], dtype=np.int64) - 1
        for _ in range(int(next(at))):
            next(at)
        _, *normal = [float(next(at)) for _ in range(4)]
        _, point, *middle = [float(next(at)) for _ in range(5)]
        faces.append(TessFace(loop, np.array(normal), np.array(middle) if point >= 0 else None))
    return tuple(faces)


def _polyhedra(words: list[str]) -> tuple[Index, ...]:
    """Signed faces of the polyhedra in the order of their numbers."""
    at, cells = iter(words), []
    for _ in range(int(next(at))):
        next(at)
        cells.append(np.array([int(next(at)) for _ in range(int(next(at)))], dtype=np.int64))
    return tuple(cells)


def _orientations(words: list[str], count: int, version: tuple[int, ...]) -> Array:
    """Quaternions (count, 4) from crystal to sample, of a .tess file of a version."""
    name = words[0].partition(":")[0]
    width = PARAMETERS.get(SHORT_NAMES.get(name, name), 1)
    values = np.array(words[1 : 1 + count * width], dtype=float).reshape(count, width)
    return describe_orientations(words[0], values, version <= (3, 4))


def describe_orientations(description: str, values: Array, words_exchanged: bool) -> Array:
    """Quaternions (n, 4) from crystal to sample, of values (n, k) that a description such as "rodrigues:passive" tells.

    `words_exchanged` holds for files from the time when passive was called active. Raises MicrostructureError for a
    description that is not known.
    """
    name, _, convention = description.partition(":")
    name = SHORT_NAMES.get(name, name)
    if name not in PARAMETERS or convention not in ("", "active", "passive"):
        raise MicrostructureError(f"orientations are described as '{description}', which is not known")
    if values.shape[1] != PARAMETERS[name]:
        raise MicrostructureError(f"'{description}' has {PARAMETERS[name]} values, not {values.shape[1]}")
    opposite = convention == ("passive" if words_exchanged else "active")
    passive = from_descriptor(name, values)
    return normalise(conjugate(passive) if opposite else passive)


def from_descriptor(name: str, values: Array) -> Array:
    """Quaternions (n, 4), crystal -> sample, of descriptors (n, k) in Neper's passive convention, angles in degrees.

    Kocks' and Roe's angles become Bunge's by the definitions that Neper's manual tabulates (Orientation Convention).
    """
    if name == "rodrigues":
        return normalise(np.concatenate([np.ones((len(values), 1)), values], axis=1))
    if name == "quaternion":
        return normalise(values)
    if name == "axis-angle":
        axis = values[:, :3] / np.linalg.norm(values[:, :3], axis=1, keepdims=True)
        return from_rotation_vectors(np.radians(values[:, 3:]) * axis)
    if name == "rotmat":
        vector_last = Rotation.from_matrix(np.swapaxes(values.reshape(-1, 3, 3), 1, 2)).as_quat()
        return normalise(np.roll(vector_last, 1, axis=1))
    first, middle, last = values.T
    if name == "euler-kocks":
        first, last = first + 90.0, 90.0 - last
    elif name == "euler-roe":
        first, last = first + 90.0, last - 90.0
    return from_bunge_euler(np.radians(np.stack([first, middle, last], axis=1)))
