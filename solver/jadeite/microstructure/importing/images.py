# SPDX-License-Identifier: LGPL-3.0-or-later
"""Labelled images from files: numpy arrays, TIFF stacks, VTK images and DREAM3D, all as labels along x, y (and z).

Arrays of .npy files are indexed (x, y) or (x, y, z). Pages, rows and columns of a .tif are z, y and x. VTK and DREAM3D
name their axes themselves. Indices grow with the coordinates: nothing is mirrored, so the first row of a picture is
y = 0, the plating electrode.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.bounds import check_number_of_voxels
from jadeite.microstructure.importing.dream3d import read_dream3d

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# first bytes of every .npy file
_NUMPY_MAGIC = b"\x93NUMPY"


@dataclass(frozen=True, eq=False)
class LabelledImage:
    """Labels (nx, ny) or (nx, ny, nz), the edges of a voxel in m if the file knows them, and what it says of labels.

    `orientations` are quaternions crystal -> laboratory and `phases` names of phases, by label; `symmetries` are those
    of the crystals, by name of phase.
    """

    labels: Index
    voxel_size: tuple[float, ...] | None = None
    orientations: dict[int, Array] = field(default_factory=dict)
    phases: dict[int, str] = field(default_factory=dict)
    symmetries: dict[str, str] = field(default_factory=dict)


def read_image(path: Path, dimension: int, dataset: str | None = None) -> LabelledImage:
    """The labelled image in a file; `dataset` names the array where there are several.

    Raises MicrostructureError when the file cannot be read, has another dimension or holds no integers.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path, str | None], LabelledImage]] = {
        ".npy": _read_numpy,
        ".tif": _read_tiff,
        ".tiff": _read_tiff,
        ".vti": _read_vtk,
        ".dream3d": _read_dream3d,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(readers)
        raise MicrostructureError(f"{path.name}: images end in one of {known}, not in '{path.suffix}'")
    try:
        image = reader(path, dataset)
    except (OSError, ValueError, KeyError) as problem:
        if isinstance(problem, MicrostructureError):
            raise
        raise MicrostructureError(f"{path.name} cannot be read as an image: {problem}") from problem
    labels = _flattened(np.asarray(image.labels), dimension, path.name)
    size = image.voxel_size
    return LabelledImage(
        _integers(labels, path.name),
        None if size is None else tuple(size[:dimension]),
        image.orientations,
        image.phases,
        image.symmetries,
    )


def _flattened(labels: NDArray[Any], dimension: int, name: str) -> NDArray[Any]:
    """Labels with as many axes as the recipe has; a third axis of one voxel is left out in 2-D."""
    if dimension == 2 and labels.ndim == 3 and labels.shape[2] == 1:
        labels = labels[:, :, 0]
    if labels.ndim != dimension:
        shape = " x ".join(str(length) for length in labels.shape)
        raise MicrostructureError(f"{name} holds an image of {shape}, but the recipe has dimension {dimension}")
    if min(labels.shape, default=0) < 2:
        raise MicrostructureError(f"{name} has fewer than two voxels along one of its axes")
    return labels


def _integers(labels: NDArray[Any], name: str) -> Index:
    """Labels as integers; floating-point numbers must be whole."""
    if labels.dtype.kind in "iub":
        return labels.astype(np.int64)
    if labels.dtype.kind == "f" and np.all(np.isfinite(labels)) and np.all(labels == np.round(labels)):
        return labels.astype(np.int64)
    raise MicrostructureError(f"{name} holds {labels.dtype} values that are no labels: whole numbers are needed")


def _read_numpy(path: Path, dataset: str | None) -> LabelledImage:
    if dataset is not None:
        raise MicrostructureError(f"{path.name} holds one array only: leave out `dataset`")
    with path.open("rb") as stream:
        if stream.read(len(_NUMPY_MAGIC)) != _NUMPY_MAGIC:
            raise MicrostructureError(f"{path.name} cannot be read as an image: it is no array as numpy.save writes it")
    # mapped, an array is as large as its file and not as large as its header says
    values = np.load(path, allow_pickle=False, mmap_mode="r")
    check_number_of_voxels(values.shape, path.name)
    return LabelledImage(values)


def _read_tiff(path: Path, dataset: str | None) -> LabelledImage:
    if dataset is not None:
        raise MicrostructureError(f"{path.name} holds one array only: leave out `dataset`")
    try:
        import tifffile
    except ImportError as problem:
        raise MicrostructureError(f"reading {path.name} needs tifffile: pip install 'jadeite[import]'") from problem
    try:
        with tifffile.TiffFile(path) as file:
            if not file.series:
                raise MicrostructureError(f"{path.name} holds no image")
            # what is compressed, or not there at all, is as large as its header says once it is read
            check_number_of_voxels(file.series[0].shape, path.name)
            pages = file.asarray()
    except tifffile.TiffFileError as problem:
        raise MicrostructureError(f"{path.name} cannot be read as an image: {problem}") from problem
    return LabelledImage(np.transpose(pages))


def _read_vtk(path: Path, dataset: str | None) -> LabelledImage:
    try:
        import pyvista
    except ImportError as problem:
        raise MicrostructureError(f"reading {path.name} needs PyVista: pip install 'jadeite[view]'") from problem
    # VTK ends the interpreter where memory for the extent that a file announces cannot be had
    reader = pyvista.get_reader(str(path)).reader
    reader.UpdateInformation()
    extent = reader.GetOutputInformation(0).Get(reader.GetExecutive().WHOLE_EXTENT())
    if extent is not None:
        check_number_of_voxels([high - low + 1 for low, high in zip(extent[::2], extent[1::2], strict=True)], path.name)
    grid = pyvista.read(str(path))
    if not isinstance(grid, pyvista.ImageData):
        raise MicrostructureError(f"{path.name} holds no image")
    cells, points = dict(grid.cell_data), dict(grid.point_data)
    values = chosen_array(cells | points, dataset, path.name)
    # values at points stand for voxels around them, values in cells for the cells
    in_cells = any(values is array for array in cells.values())
    shape = [max(n - 1, 1) for n in grid.dimensions] if in_cells else list(grid.dimensions)
    return LabelledImage(np.asarray(values).reshape(shape, order="F"), tuple(float(edge) for edge in grid.spacing))


def chosen_array(arrays: dict[str, Any], dataset: str | None, name: str) -> Any:
    """The array called `dataset`, or the only one that could hold labels; raises MicrostructureError otherwise."""
    if dataset is not None:
        if dataset not in arrays:
            raise MicrostructureError(f"{name} has no array '{dataset}', but {_listed(arrays)}")
        return arrays[dataset]
    whole = {key: array for key, array in arrays.items() if array.ndim == 1 and array.dtype.kind in "iu"}
    if len(whole) != 1:
        raise MicrostructureError(f"{name} holds {_listed(arrays)}: name the array of labels with `dataset`")
    return next(iter(whole.values()))


def _listed(arrays: dict[str, Any]) -> str:
    return ", ".join(f"'{key}'" for key in arrays) or "no arrays"


def _read_dream3d(path: Path, dataset: str | None) -> LabelledImage:
    found = read_dream3d(path, dataset or "FeatureIds")
    return LabelledImage(found.labels, found.voxel_size, found.orientations, found.phases, found.symmetries)
