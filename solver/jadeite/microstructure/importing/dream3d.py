# SPDX-License-Identifier: LGPL-3.0-or-later
"""Images in the HDF5 files of DREAM3D 6 (DataContainers) and DREAM3D-NX (DataStructure, version 7 and later).

Cell arrays are stored (z, y, x, components). Lengths are micrometres. Euler angles are Bunge's, in rad, for the
rotation that takes the axes of the image to those of the crystal, so that `from_bunge_euler` turns them into Jadeite's
active rotation from the crystal to the image. Orientations are those of features, or the mean over the voxels of each.
Row 0 of every table of features or phases stands for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.bounds import check_number_of_voxels
from jadeite.microstructure.importing.orientation_maps import mean_orientations
from jadeite.microstructure.orientation import from_bunge_euler

Array = NDArray[np.float64]

LENGTH_UNIT = 1e-6

# Laue groups by DREAM3D's number (EbsdLib: CrystalStructure)
CRYSTAL_STRUCTURES = {
    0: "hexagonal",
    1: "cubic",
    2: "hexagonal",
    3: "cubic",
    4: "triclinic",
    5: "monoclinic",
    6: "orthorhombic",
    7: "tetragonal",
    8: "tetragonal",
    9: "trigonal",
    10: "trigonal",
}


@dataclass(frozen=True, eq=False)
class DreamImage:
    """What a file holds: labels (nx, ny, nz), voxel edges in m, and orientation and phase of each label."""

    labels: NDArray[np.int64]
    voxel_size: tuple[float, ...]
    orientations: dict[int, Array]
    phases: dict[int, str]
    symmetries: dict[str, str]


def read_dream3d(path: Path, dataset: str) -> DreamImage:
    """Read the image geometry whose cells carry the array `dataset`.

    Raises MicrostructureError when no or several image geometries do, OSError when the file is not HDF5.
    """
    with h5py.File(path, "r") as file:
        carrying = [(found, cells) for found in _images(file) if (cells := found.cell_array(dataset)) is not None]
        if len(carrying) != 1:
            count = "no image" if not carrying else f"{len(carrying)} images"
            raise MicrostructureError(f"{path.name} has {count} whose cells carry '{dataset}'")
        image, cells = carrying[0]
        labels = cells[..., 0].astype(np.int64)
        values = np.unique(labels)
        numbers = _phase_numbers(image, labels, values)
        names, structures = image.ensemble("MaterialName", "PhaseName"), image.ensemble("CrystalStructures")
        phases = {label: _phase_name(names, number) for label, number in numbers.items()}
        symmetries = {
            phases[label]: CRYSTAL_STRUCTURES[int(structures[number])]
            for label, number in numbers.items()
            if structures is not None and number < len(structures) and int(structures[number]) in CRYSTAL_STRUCTURES
        }
        systems = np.array([symmetries.get(phases.get(int(label), ""), "triclinic") for label in values], dtype=object)
        orientations = _orientations(image, labels, values, systems)
        return DreamImage(np.transpose(labels), image.voxel_size, orientations, phases, symmetries)


class _Image:
    """An image geometry inside an open file, the same for both layouts."""

    def __init__(self, group: h5py.Group, shape: tuple[int, ...], spacing: Array) -> None:
        self.group, self.shape = group, shape
        self.voxel_size = tuple(LENGTH_UNIT * float(edge) for edge in spacing)
        # tables of features and phases stand beside the geometry's cells or, in version 7, beside the geometry
        self.matrices = [*_groups(group), *(part for part in _groups(group.parent) if part != group)]

    def cell_array(self, name: str) -> NDArray | None:
        """The cell array of a name as (z, y, x, components), None where there is none."""
        for matrix in _groups(self.group):
            array = matrix.get(name)
            if isinstance(array, h5py.Dataset) and array.shape[:3] == self.shape:
                check_number_of_voxels(array.shape, Path(array.file.filename).name)
                values = np.asarray(array)
                if values.size:
                    return values.reshape(*self.shape, -1)
        return None

    def feature_array(self, *names: str) -> NDArray | None:
        """The first array of one of these names that is a table of features (one row per label)."""
        for name in names:
            for matrix in self.matrices:
                array = matrix.get(name)
                if isinstance(array, h5py.Dataset) and array.shape[:3] != self.shape and array.ndim == 2:
                    return np.asarray(array)
        return None

    def ensemble(self, *names: str) -> NDArray | None:
        """The first table of phases of one of these names, flat."""
        for name in names:
            for matrix in self.matrices:
                if isinstance(matrix.get(name), h5py.Dataset):
                    return np.asarray(matrix[name]).reshape(-1)
        return None


def _images(file: h5py.File) -> Iterator[_Image]:
    """Image geometries of a file of either layout."""
    if "DataContainers" in file:
        for container in _groups(file["DataContainers"]):
            geometry = container.get("_SIMPL_GEOMETRY")
            if geometry is not None and "SPACING" in geometry:
                shape = tuple(int(n) for n in np.asarray(geometry["DIMENSIONS"])[::-1])
                yield _Image(container, shape, np.asarray(geometry["SPACING"]))
    elif "DataStructure" in file:
        found: list[h5py.Group] = []
        file["DataStructure"].visititems(lambda _, part: found.append(part) if "_SPACING" in part.attrs else None)
        for group in found:
            shape = tuple(int(n) for n in np.asarray(group.attrs["_DIMENSIONS"])[::-1])
            yield _Image(group, shape, np.asarray(group.attrs["_SPACING"]))
    else:
        raise MicrostructureError(f"{Path(file.filename).name} has neither DataContainers nor a DataStructure")


def _groups(parent: h5py.Group) -> list[h5py.Group]:
    return [part for part in parent.values() if isinstance(part, h5py.Group)]


def _orientations(image: _Image, labels: NDArray, values: NDArray, systems: NDArray) -> dict[int, Array]:
    """Orientation of each label, from the table of features or from the cells; empty where there is neither."""
    table = image.feature_array("AvgEulerAngles", "AvgEuler", "EulerAngles")
    if table is not None and table.shape[1] == 3:
        inside = values[(values >= 0) & (values < len(table))]
        return dict(zip(inside.tolist(), from_bunge_euler(table[inside]), strict=True))
    angles = image.cell_array("EulerAngles")
    if angles is None or angles.shape[-1] != 3:
        return {}
    rows = np.searchsorted(values, labels.ravel())
    quaternions = from_bunge_euler(angles.reshape(-1, 3))
    found: dict[int, Array] = {}
    for system in sorted(set(systems)):
        here = systems[rows] == system
        known, row = np.unique(rows[here], return_inverse=True)
        means = mean_orientations(quaternions[here], row, len(known), system)
        found |= dict(zip(values[known].tolist(), means, strict=True))
    return found


def _phase_numbers(image: _Image, labels: NDArray, values: NDArray) -> dict[int, int]:
    """Number of the phase of each label; empty where the file has none."""
    table = image.feature_array("Phases")
    if table is not None:
        inside = values[(values >= 0) & (values < len(table))]
        return dict(zip(inside.tolist(), table[inside, 0].astype(int).tolist(), strict=True))
    cells = image.cell_array("Phases")
    if cells is None:
        return {}
    _, first = np.unique(labels, return_index=True)
    return dict(zip(values.tolist(), cells.reshape(-1)[first].astype(int).tolist(), strict=True))


def _phase_name(names: NDArray | None, number: int) -> str:
    if names is None or number >= len(names):
        return f"phase {number}"
    name = names[number]
    return name.decode() if isinstance(name, bytes) else str(name)
