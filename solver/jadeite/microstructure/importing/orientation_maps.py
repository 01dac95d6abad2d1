# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orientation maps of electron backscatter diffraction, and the grains in them.

A grain is a set of neighbouring points of one phase in which every step from point to point turns the crystal by less
than a threshold, symmetry taken out. Its orientation is the mean over its points. Points without a solution belong to
the grain of the nearest point that has one. The image of labels that comes out goes the way of every other image.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.imported_regions import agreed_symmetry
from jadeite.microstructure.orientation import (
    conjugate,
    disorientation,
    from_bunge_euler,
    multiply,
    normalise,
    symmetry_rotations,
)

Array = NDArray[np.float64]
Index = NDArray[np.int64]

UNINDEXED = -1


@dataclass(frozen=True)
class Phase:
    """A phase of a map: its name, and its crystal symmetry where the file knows it."""

    name: str
    crystal_symmetry: str | None


@dataclass(frozen=True, eq=False)
class OrientationMap:
    """Points (n, 2) in m with orientation (n, 4), crystal -> laboratory, and number of the phase or UNINDEXED (n,).

    `step` is the distance of points along x and of rows along y in m; in a hexagonal grid every other row is shifted
    by half a step.
    """

    points: Array
    orientation: Array
    phase: Index
    phases: dict[int, Phase]
    step: tuple[float, float]
    hexagonal: bool = False


@dataclass(frozen=True, eq=False)
class MappedGrains:
    """Labels (nx, ny) from 1 on, the edges of a pixel in m, and orientation and phase by label."""

    labels: Index
    pixel_size: tuple[float, float]
    orientations: dict[int, Array]
    phases: dict[int, str]
    symmetries: dict[str, str]
    unindexed_fraction: float


def read_map(path: Path, frame: str | None = None) -> OrientationMap:
    """Read an orientation map: .ctf and .ang here, .h5 and the like by orix.

    `frame` says how the frame of the Euler angles lies to that of the map (see `ebsd_text.py`); without it, the maker's
    custom is followed. Raises MicrostructureError when the file cannot be read.
    """
    # the readers build on the types defined here
    from jadeite.microstructure.importing.ebsd_text import read_ang, read_ctf

    path = Path(path)
    try:
        if path.suffix.lower() == ".ctf":
            return read_ctf(path, frame)
        if path.suffix.lower() == ".ang":
            return read_ang(path, frame)
        if path.suffix.lower() in (".h5", ".hdf5", ".h5ebsd"):
            return _read_with_orix(path, frame)
    except OSError as problem:
        raise MicrostructureError(f"{path.name} cannot be read: {problem}") from problem
    raise MicrostructureError(f"{path.name}: orientation maps end in .ctf, .ang or .h5, not in '{path.suffix}'")


def find_grains(mapped: OrientationMap, threshold: float, crystal_symmetry: str | None = None) -> MappedGrains:
    """Grains of a map, for steps of at most `threshold` (rad) inside them.

    `crystal_symmetry` holds for phases whose symmetry the file does not know. Raises MicrostructureError when a phase
    has none, or another one than the recipe says, or no point was indexed.
    """
    indexed = mapped.phase != UNINDEXED
    if not indexed.any():
        raise MicrostructureError("no point of the orientation map was indexed")
    symmetry = {
        number: _symmetry(mapped.phases[number], crystal_symmetry) for number in np.unique(mapped.phase[indexed])
    }
    height = np.sqrt(0.75) if mapped.hexagonal else 1.0
    scaled = mapped.points / np.array(mapped.step) * [1.0, height]
    pairs = KDTree(scaled).query_pairs(1.2, output_type="ndarray")
    first, second = pairs[(mapped.phase[pairs[:, 0]] == mapped.phase[pairs[:, 1]]) & indexed[pairs[:, 0]]].T
    alike = np.zeros(len(first), dtype=bool)
    for number, system in symmetry.items():
        here = mapped.phase[first] == number
        turn = disorientation(mapped.orientation[first[here]], mapped.orientation[second[here]], system)
        alike[here] = turn < threshold
    links = coo_array((np.ones(alike.sum(), dtype=bool), (first[alike], second[alike])), (len(indexed), len(indexed)))
    _, component = connected_components(links, directed=False)
    # labels count the grains of indexed points in their order of appearance
    _, start, row = np.unique(component[indexed], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(start))
    label = np.zeros(len(indexed), dtype=np.int64)
    label[indexed] = rank[row] + 1
    orientations: dict[int, Array] = {}
    phases: dict[int, str] = {}
    for number, system in symmetry.items():
        here = mapped.phase == number
        known, rows = np.unique(label[here], return_inverse=True)
        means = mean_orientations(mapped.orientation[here], rows, len(known), system)
        orientations |= dict(zip(known.tolist(), means, strict=True))
        phases |= dict.fromkeys(known.tolist(), mapped.phases[number].name)
    image, pixel = _as_image(mapped, label)
    systems = {mapped.phases[number].name: crystal_symmetry or system for number, system in symmetry.items()}
    return MappedGrains(image, pixel, orientations, phases, systems, float(1.0 - indexed.mean()))


def mean_orientations(quaternions: Array, rows: Index, count: int, crystal_symmetry: str) -> Array:
    """Mean orientation (count, 4) of the quaternions (n, 4) of each row.

    Every orientation is replaced by its symmetric equivalent nearest to the first of its row; the mean is then the
    eigenvector of the largest eigenvalue of the sum of q q^T (Markley et al. 2007, "Averaging quaternions", eq. 13).
    """
    _, first = np.unique(rows, return_index=True)
    group = symmetry_rotations("triclinic" if crystal_symmetry == "isotropic" else crystal_symmetry)
    between = multiply(conjugate(quaternions[first][rows]), quaternions)
    best = np.argmax(np.abs(between @ conjugate(group).T), axis=1)
    near = multiply(quaternions, group[best])
    moment = np.empty((count, 4, 4))
    for i in range(4):
        for j in range(4):
            moment[:, i, j] = np.bincount(rows, weights=near[:, i] * near[:, j], minlength=count)
    return normalise(np.linalg.eigh(moment)[1][:, :, -1])


def _symmetry(phase: Phase, asked: str | None) -> str:
    """The symmetry by which points of a phase are compared: the file's, or the recipe's where the file has none."""
    if phase.crystal_symmetry is None and asked in (None, "isotropic"):
        raise MicrostructureError(f"the map does not say the crystal symmetry of '{phase.name}': give crystal_symmetry")
    agreed_symmetry(asked, phase.crystal_symmetry, f"phase '{phase.name}'")
    return phase.crystal_symmetry or str(asked)


def _as_image(mapped: OrientationMap, label: Index) -> tuple[Index, tuple[float, float]]:
    """Labels on a square grid of pixels that covers all points, unindexed places filled from the nearest label."""
    low = mapped.points.min(axis=0) - 0.5 * np.array(mapped.step)
    extent = mapped.points.max(axis=0) + 0.5 * np.array(mapped.step) - low
    # pixels of a hexagonal grid are as wide as its rows are apart
    edge = np.full(2, mapped.step[1]) if mapped.hexagonal else np.array(mapped.step)
    shape = np.maximum(np.round(extent / edge).astype(np.int64), 1)
    pixel = extent / shape
    axes = [low[k] + pixel[k] * (np.arange(shape[k]) + 0.5) for k in range(2)]
    at = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    # distances in steps, so that a long step in one direction does not reach into the next row
    scale = np.array(mapped.step)
    image = label[KDTree(mapped.points / scale).query(at / scale)[1]].reshape(tuple(shape))
    empty = image == 0
    if empty.any():
        nearest = ndimage.distance_transform_edt(empty, return_distances=False, return_indices=True)
        image = image[tuple(nearest)]
    return image, (float(pixel[0]), float(pixel[1]))


def _read_with_orix(path: Path, frame: str | None) -> OrientationMap:
    """A map that orix reads, its Euler angles in the frame of the map unless the recipe says otherwise."""
    try:
        from orix import io
    except ImportError as problem:
        raise MicrostructureError(f"reading {path.name} needs orix: pip install 'jadeite[import]'") from problem
    from jadeite.microstructure.importing.ebsd_text import HALF_TURNS

    found = io.load(str(path))
    if found.x is None or found.y is None:
        raise MicrostructureError(f"{path.name} holds a line of points, not a map")
    names = {number: phase for number, phase in found.phases if number != UNINDEXED}
    phases = {
        number: Phase(phase.name or f"phase {number}", phase.point_group.system if phase.point_group else None)
        for number, phase in names.items()
    }
    # orix rotates from the sample to the crystal, as Bunge does; its angles mean the same as everybody's
    euler = from_bunge_euler(found.rotations.to_euler().reshape(len(found.x), -1)[:, :3])
    return OrientationMap(
        1e-6 * np.stack([found.x, found.y], axis=1),
        normalise(multiply(HALF_TURNS[frame or "map"], euler)),
        np.asarray(found.phase_id, dtype=np.int64),
        phases,
        (1e-6 * float(found.dx), 1e-6 * float(found.dy)),
    )
