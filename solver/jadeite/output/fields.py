# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fields on a mesh over time in one VTKHDF file, with an XDMF index beside it for older readers.

The mesh is stored once; every step appends its arrays and takes effect at its very end, so a run that is killed or
fills the disk at any moment leaves all earlier steps readable. Such a file can be opened again, cut back to the time
of a checkpoint and continued. Points shared by two grains are expected twice (once a grain), which keeps jumps across
boundaries visible. ParaView 5.12 or newer and PyVista read the ``.vtkhdf`` file; ParaView 5.11 uses the ``.xdmf``
index, which holds no data of its own.

Format: VTK documentation, "VTKHDF file format", version 2.0, UnstructuredGrid with one partition and temporal data.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from jadeite.output import vtkhdf
from jadeite.output.appended_file import AppendedFile
from jadeite.output.field_blocks import PackedArray, pack
from jadeite.output.field_index import CELL_SHAPES, xdmf_index
from jadeite.output.folder import OutputError, is_full_disk, write_text
from jadeite.output.vtkhdf import ArrayKey

#: The oldest structures of HDF5: without checksums, so that an index is valid while an entry is being added.
_STRUCTURES = ("earliest", "v110")


@dataclass(frozen=True, slots=True)
class Field:
    """One array of a step: a value at every point or every cell.

    ``name`` is the quantity in words, ``values`` has shape ``(n,)`` or ``(n, components)``, ``unit`` is written with
    exponents (``A m^-2``; empty for numbers and indices). Plane vectors (2 components) and plane tensors (4 components,
    row by row) are padded with zeros to 3 and 9; the name in the file is ``name (unit)``.
    """

    name: str
    values: NDArray[Any]
    unit: str = ""
    description: str = ""

    @property
    def label(self) -> str:
        """The name in the file: the quantity and, where it has one, its unit in parentheses."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    def stored(self) -> NDArray[Any]:
        """Return the values as they are stored: scalars 1-D, vectors (n, 3), tensors (n, 9); integers stay integers."""
        values = np.asarray(self.values)
        if values.dtype == bool:
            values = values.astype(np.uint8)
        elif not np.issubdtype(values.dtype, np.integer):
            values = values.astype(np.float64, copy=False)
        if values.ndim == 1:
            return values
        if values.ndim == 3:
            values = values.reshape(len(values), -1)
        components = values.shape[1]
        if components == 1:
            return values[:, 0]
        if components == 2:
            return np.pad(values, ((0, 0), (0, 1)))
        if components == 4:
            return np.pad(values.reshape(-1, 2, 2), ((0, 0), (0, 1), (0, 1))).reshape(-1, 9)
        return values


class FieldFile:
    """A VTKHDF file being written, with its XDMF index; use it as a context manager.

    ``points`` are (n, 2) or (n, 3) in metres, ``cells`` (m, nodes) rows of ``points`` in VTK's node order, and
    ``vtk_cell_type`` one of 3 line, 5 triangle, 10 tetrahedron, 21 quadratic edge, 22 quadratic triangle, 24 quadratic
    tetrahedron; ``names`` are lists of words that numbers in the fields stand for, kept as field data. The file appears
    with its first step and replaces what had its name; steps take effect one by one.

    Raises ``ValueError`` for arrays that do not fit together and ``OutputError`` when the disk is full; the steps that
    were there stay.
    """

    def __init__(
        self,
        path: Path,
        points: NDArray[Any] | PackedArray,
        cells: NDArray[Any] | PackedArray,
        vtk_cell_type: int,
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        if not isinstance(points, PackedArray):
            points = _packed_points(points)
        if not isinstance(cells, PackedArray):
            cells = _packed_cells(cells, points.layout.rows)
        if vtk_cell_type not in CELL_SHAPES:
            raise ValueError(f"VTK cell type {vtk_cell_type} is not among {sorted(CELL_SHAPES)}")
        nodes = CELL_SHAPES[vtk_cell_type].nodes
        if cells.layout.tail != (nodes,):
            raise ValueError(f"cells of VTK type {vtk_cell_type} have {nodes} nodes each, got rows {cells.layout.tail}")
        self._begin(path, points, cells, vtk_cell_type, names or {})

    @classmethod
    def reopen(cls, path: Path, keep_until: float = np.inf) -> Self:
        """Open a file again to append steps, without those later than ``keep_until`` (same unit as the times).

        Steps that are cut take their space with them: what is kept is copied to a new file, which then replaces the
        old one whole. A step that was being written when its run was killed does not count. Raises ``OutputError`` when
        the file cannot be read or has no step that early.
        """
        file = cls.__new__(cls)
        with _readable(path) as root:
            kept, steps = _steps_until(root, keep_until), vtkhdf.step_count(root)
            if kept == 0:
                raise OutputError(f"{path.name} has no step up to {keep_until:g}")
            if kept < steps:
                file._begin_with(path, root, kept)
        if kept == steps:
            file._continue(path)
        file._remember_last_step()
        file._write_index()
        return file

    @property
    def times(self) -> list[float]:
        """The times of the steps in the file."""
        return [float(time) for time in vtkhdf.times(self._root)]

    def known(self, keys: Sequence[ArrayKey]) -> dict[str, bytes]:
        """Return digests of the arrays of the last step by path: what equals them need not be given again.

        Raises ``ValueError`` unless the next step may bring these arrays.
        """
        paths = [key.path for key in keys]
        repeated = [key.label for key in keys if paths.count(key.path) > 1]
        if repeated:
            raise ValueError(f"the field '{repeated[0]}' is given twice")
        if vtkhdf.step_count(self._root) and set(paths) != set(self._previous):
            changed = sorted(set(paths) ^ set(self._previous))
            raise ValueError(f"every step must bring the same fields; not in all steps: {', '.join(changed)}")
        return {path: digest for path, (digest, _) in self._previous.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        if not self._file:
            return
        if self._partial is not None:
            self._give_up()
            return
        self._file.close()
        self._commit()
        self._storage.close()

    def write(self, time: float, point: Sequence[Field] = (), cell: Sequence[Field] = ()) -> None:
        """Append one step at ``time`` (seconds, or the loading parameter of a series), then renew the XDMF index.

        Every step must bring the same fields as the first. An array equal to that of the step before is not stored
        again. Raises ``ValueError`` for a name with a slash, a repeated name, a wrong length, or other fields than in
        the first step; ``OutputError`` when the disk is full.
        """
        keys, arrays = [], []
        for group, fields in zip(vtkhdf.GROUPS, (point, cell), strict=True):
            count = self._counts[group]
            for field in fields:
                keys.append(array_key(group, field))
                arrays.append(field.stored())
                if len(arrays[-1]) != count:
                    where = "points" if group == "PointData" else "cells"
                    raise ValueError(f"'{field.label}' has {len(arrays[-1])} values for {count} {where}")
        known = self.known(keys)
        self.append(time, keys, (pack(array, known.get(key.path)) for key, array in zip(keys, arrays, strict=True)))

    def append(self, time: float, keys: Sequence[ArrayKey], arrays: Iterable[PackedArray]) -> None:
        """Append one step of arrays that come in blocks, one for each key in this order, as `write` does.

        An array without blocks is that of the step before. All blocks are taken even when the disk is full, so that
        ranks that send them can go on. After an error the file is closed with the steps that it had.
        """
        self.known(keys)
        try:
            self._add_step(time, keys, arrays)
            if self._partial is not None:
                self._publish()
            self._write_index()
        except BaseException:
            self._give_up()
            raise

    def _begin(
        self, path: Path, points: PackedArray, cells: PackedArray, kind: int, names: Mapping[str, Sequence[str]]
    ) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open(path, path.with_name(f".{path.name}.new"))
        except OSError as error:
            reason = "the disk is full" if is_full_disk(error) else (error.strerror or str(error)).lower()
            raise OutputError(f"{path.name} cannot be written to {path.parent}: {reason}.") from error
        self._root = vtkhdf.create(self._file, points, cells, kind, names)

    def _begin_with(self, path: Path, source: h5py.Group, steps: int) -> None:
        """Begin a file with the mesh and the first steps of another, as they are stored, and put it into place."""
        kind = int(source["Types"][0]) if len(source["Types"]) else 5
        keys, times = vtkhdf.keys(source), vtkhdf.times(source)
        self._begin(path, *vtkhdf.stored_mesh(source, CELL_SHAPES[kind].nodes), kind, vtkhdf.names(source))
        before: list[int | None] = [None] * len(keys)
        try:
            for step in range(steps):
                starts = [int(source[key.offsets][step]) for key in keys]
                arrays = (
                    vtkhdf.stored_array(source, key, None if start == earlier else start)
                    for key, start, earlier in zip(keys, starts, before, strict=True)
                )
                self._add_step(float(times[step]), keys, arrays)
                before = list(starts)
            self._publish()
        except BaseException:
            self._give_up()
            raise

    def _continue(self, path: Path) -> None:
        self._open(path, None)
        self._root = self._file["VTKHDF"]
        # flushed, HDF5 tells where the file ends: what a killed run left behind that is given back
        self._file.flush()
        self._commit()

    def _open(self, path: Path, partial: Path | None) -> None:
        self.path, self._partial = path, partial
        self._storage = AppendedFile(partial or path, create=partial is not None)
        self._file = h5py.File(self._storage, "r+" if partial is None else "w", libver=_STRUCTURES)
        self._previous: dict[str, tuple[bytes, int]] = {}

    @property
    def _counts(self) -> dict[str, int]:
        return {
            "PointData": int(self._root["NumberOfPoints"][0]),
            "CellData": int(self._root["NumberOfCells"][0]),
        }

    def _add_step(self, time: float, keys: Sequence[ArrayKey], arrays: Iterable[PackedArray]) -> None:
        step = vtkhdf.step_count(self._root)
        for key, packed in zip(keys, arrays, strict=True):
            if step == 0:
                vtkhdf.create_array(self._root, key, packed.layout)
            if packed.blocks is None:
                start = self._previous[key.path][1]
            else:
                start = vtkhdf.append_blocks(self._root[key.path], packed)
            self._previous[key.path] = (packed.digest, start)
            vtkhdf.extend(self._root[key.offsets], start, step)
        vtkhdf.append_times(self._root, step, time)
        self._file.flush()
        self._commit()
        # the last thing that changes in the file: from here on the step counts
        vtkhdf.set_step_count(self._root, step + 1)
        self._file.flush()
        self._commit(synchronise=True)

    def _commit(self, synchronise: bool = False) -> None:
        try:
            self._storage.commit(synchronise)
        except OSError as error:
            if not is_full_disk(error):
                raise
            earlier = "" if self._partial else " The steps written before are kept."
            raise OutputError(
                f"The disk is full: {self.path.name} could not take another step in {self.path.parent}.{earlier}"
            ) from error

    def _publish(self) -> None:
        """Give the file its name, now that it holds something."""
        assert self._partial is not None
        self._partial.replace(self.path)
        self._partial = None

    def _give_up(self) -> None:
        """Close the file as it was after its last step."""
        self._storage.abandon()
        self._file.close()
        self._storage.close()
        if self._partial is not None:
            self._partial.unlink(missing_ok=True)

    def _remember_last_step(self) -> None:
        last = vtkhdf.step_count(self._root) - 1
        for key in vtkhdf.keys(self._root):
            start = int(self._root[key.offsets][last])
            self._previous[key.path] = (vtkhdf.stored_digest(self._root, key, start), start)

    def _write_index(self) -> None:
        write_text(self.path.with_suffix(".xdmf"), xdmf_index(self.path.name, self._root))


def array_key(group: str, field: Field) -> ArrayKey:
    """Return the key of a field of ``PointData`` or ``CellData``.

    Raises ``ValueError`` for a name with a slash: HDF5 would make groups of it.
    """
    if "/" in field.label:
        raise ValueError(f"the field name '{field.label}' contains '/'; write units as 'A m^-2'")
    return ArrayKey(group, field.label, field.unit, field.description)


def _packed_points(points: NDArray[Any]) -> PackedArray:
    if points.ndim != 2 or points.shape[1] not in (2, 3):
        raise ValueError(f"points must have shape (n, 2) or (n, 3), got {points.shape}")
    return pack(np.pad(points.astype(np.float64), ((0, 0), (0, 3 - points.shape[1]))))


def _packed_cells(cells: NDArray[Any], points: int) -> PackedArray:
    if cells.size and (cells.min() < 0 or cells.max() >= points):
        raise ValueError(f"cells name points up to {cells.max()}, but there are {points} points")
    return pack(cells.astype(np.int64))


@dataclass(frozen=True, slots=True)
class FieldData:
    """One step read back: the mesh, and arrays by their label such as ``potential (V)``."""

    points: NDArray[np.float64]
    cells: NDArray[np.int64]
    vtk_cell_type: int
    time: float
    steps: int
    point: Mapping[str, NDArray[Any]]
    cell: Mapping[str, NDArray[Any]]


def read_fields(path: Path, step: int = -1) -> FieldData:
    """Read one step of a file written by ``FieldFile`` (by default the last; negative numbers count from the end).

    Raises ``OutputError`` when the file cannot be read or has no such step.
    """
    with _readable(path) as root:
        times = vtkhdf.times(root)
        steps = len(times)
        if not -steps <= step < steps:
            raise OutputError(f"{path.name} has {steps} steps; step {step} does not exist")
        step %= steps
        points, cells = root["Points"][...], int(root["NumberOfCells"][0])
        kind = int(root["Types"][0]) if cells else 5
        arrays: dict[str, dict[str, NDArray[Any]]] = {group: {} for group in vtkhdf.GROUPS}
        for key in vtkhdf.keys(root):
            start = int(root[key.offsets][step])
            rows = len(points) if key.group == "PointData" else cells
            arrays[key.group][key.label] = root[key.path][start : start + rows]
        connectivity = root["Connectivity"][...].reshape(cells, CELL_SHAPES[kind].nodes)
        time = float(times[step])
    return FieldData(points, connectivity, kind, time, steps, arrays["PointData"], arrays["CellData"])


def steps_until(path: Path, time: float) -> int:
    """Return how many steps of a file are not later than a time. Raises ``OutputError`` when it cannot be read."""
    with _readable(path) as root:
        return _steps_until(root, time)


def mesh_digests(path: Path) -> list[bytes]:
    """Return digests of the points and the cells of a file, as `pack` makes them of the arrays.

    Raises ``OutputError`` when the file cannot be read.
    """
    mesh = read_fields(path)
    return [pack(mesh.points).digest, pack(mesh.cells).digest]


def set_aside(path: Path, keep_until: float) -> Path:
    """Give the steps of a file up to a time a name of their own, ``NAME-until-TIME``, and return it.

    Raises ``OutputError`` when the file cannot be read or has no step that early.
    """
    with FieldFile.reopen(path, keep_until) as file:
        last = file.times[-1]
    aside = path.with_name(f"{path.stem}-until-{last:.6g}{path.suffix}")
    path.rename(aside)
    path.with_suffix(".xdmf").unlink(missing_ok=True)
    with _readable(aside) as root:
        write_text(aside.with_suffix(".xdmf"), xdmf_index(aside.name, root))
    return aside


def _steps_until(root: h5py.Group, time: float) -> int:
    # times are sums of steps: the last digits of one and the same moment may differ
    return int(np.count_nonzero(vtkhdf.times(root) <= time + 1e-12 * abs(time)))


@contextmanager
def _readable(path: Path) -> Iterator[h5py.Group]:
    """Give the root of a field file; what HDF5 cannot read is an ``OutputError``."""
    try:
        with h5py.File(path, "r") as file:
            yield file["VTKHDF"]
    except (OSError, KeyError) as error:
        raise OutputError(f"{path} cannot be read as a field file of Jadeite: {error}") from error
