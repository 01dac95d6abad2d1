# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fields on a mesh over time in one VTKHDF file, with an XDMF index beside it for older readers.

The mesh is stored once; every step appends its arrays. The file is replaced whole after each step, so a run killed
while writing leaves all earlier steps readable. Points shared by two grains are expected twice (once a grain), which
keeps jumps across boundaries visible. ParaView 5.12 or newer and PyVista read the ``.vtkhdf`` file; ParaView 5.11 and
other XDMF readers use the ``.xdmf`` index, which holds no data of its own.

Format: VTK documentation, "VTKHDF file format", version 2.0, UnstructuredGrid with one partition and temporal data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from xml.sax.saxutils import quoteattr

import h5py
import numpy as np
from numpy.typing import NDArray

from jadeite.output.folder import OutputError, replacing, write_text

_ASCII = h5py.string_dtype("ascii", 16)
_CHUNK_ROWS = 1 << 16
_STEP_CHUNK = 64


class CellShape(NamedTuple):
    """What readers need to know about one VTK cell type."""

    nodes: int
    xdmf_name: str


CELL_SHAPES: Mapping[int, CellShape] = {
    3: CellShape(2, "Polyline"),
    5: CellShape(3, "Triangle"),
    10: CellShape(4, "Tetrahedron"),
    21: CellShape(3, "Edge_3"),
    22: CellShape(6, "Triangle_6"),
    24: CellShape(10, "Tetrahedron_10"),
}


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
            values = values.astype(np.float64)
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
    tetrahedron. The file is replaced as a whole after each step, so that a reader, or whoever comes after a killed run,
    finds complete steps only. Raises ``ValueError`` for arrays that do not fit together.
    """

    def __init__(self, path: Path, points: NDArray[Any], cells: NDArray[Any], vtk_cell_type: int) -> None:
        if vtk_cell_type not in CELL_SHAPES:
            raise ValueError(f"VTK cell type {vtk_cell_type} is not among {sorted(CELL_SHAPES)}")
        nodes = CELL_SHAPES[vtk_cell_type].nodes
        if cells.ndim != 2 or cells.shape[1] != nodes:
            raise ValueError(f"cells of VTK type {vtk_cell_type} have {nodes} nodes each, got shape {cells.shape}")
        if points.ndim != 2 or points.shape[1] not in (2, 3):
            raise ValueError(f"points must have shape (n, 2) or (n, 3), got {points.shape}")
        if cells.size and (cells.min() < 0 or cells.max() >= len(points)):
            raise ValueError(f"cells name points up to {cells.max()}, but there are {len(points)} points")
        self.path = path
        self._sizes = {"PointData": len(points), "CellData": len(cells)}
        self._previous: dict[str, tuple[NDArray[Any], int]] = {}
        # HDF5 cannot give up a write half-way in good order (it crashes at exit on a full disk), so it works in memory
        self._file = h5py.File(path, "w", libver=("earliest", "v110"), driver="core", backing_store=False)
        self._root = self._file.create_group("VTKHDF", track_order=True)
        self._write_mesh(np.pad(points, ((0, 0), (0, 3 - points.shape[1]))), cells, vtk_cell_type)
        self._write_empty_steps()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        self._file.close()

    def write(self, time: float, point: Sequence[Field] = (), cell: Sequence[Field] = ()) -> None:
        """Append one step at ``time`` (seconds, or the loading parameter of a series), then renew the XDMF index.

        Every step must bring the same fields as the first. An array equal to that of the step before is not stored
        again. Raises ``ValueError`` for a name with a slash (HDF5 would make groups of it), a repeated name, a wrong
        length, or fields other than those of the first step.
        """
        arrays = self._checked("PointData", point) | self._checked("CellData", cell)
        step = int(self._root["Steps"].attrs["NSteps"])
        if step and set(arrays) != set(self._previous):
            changed = sorted(set(arrays) ^ set(self._previous))
            raise ValueError(f"every step must bring the same fields; not in all steps: {', '.join(changed)}")
        for dataset_path, (field, values) in arrays.items():
            self._append(dataset_path, field, values, step)
        steps = self._root["Steps"]
        for name, value in (
            ("Values", time),
            ("PartOffsets", 0),
            ("PointOffsets", 0),
            ("NumberOfParts", 1),
            ("CellOffsets", 0),
            ("ConnectivityIdOffsets", 0),
        ):
            _extend(steps[name], value, step)
        steps.attrs["NSteps"] = np.int64(step + 1)
        self._file.flush()
        with replacing(self.path) as temporary:
            temporary.write_bytes(self._file.id.get_file_image())
        write_text(self.path.with_suffix(".xdmf"), _xdmf_index(self.path.name, self._root))

    def _write_mesh(self, points: NDArray[Any], cells: NDArray[Any], vtk_cell_type: int) -> None:
        root = self._root
        root.attrs["Version"] = np.array((2, 0), np.int64)
        root.attrs.create("Type", b"UnstructuredGrid", dtype=_ASCII)
        root["NumberOfPoints"] = np.array([len(points)], np.int64)
        root["NumberOfCells"] = np.array([len(cells)], np.int64)
        root["NumberOfConnectivityIds"] = np.array([cells.size], np.int64)
        root["Points"] = points.astype(np.float64)
        root["Connectivity"] = cells.astype(np.int64).ravel()
        root["Offsets"] = np.arange(len(cells) + 1, dtype=np.int64) * cells.shape[1]
        root["Types"] = np.full(len(cells), vtk_cell_type, np.uint8)
        # VTKHDF wants one long row, simple XDMF readers one row a cell and do not reshape
        self._file.create_dataset("XDMF/Cells", data=cells.astype(np.int64), compression="gzip", compression_opts=1)
        for group in ("PointData", "CellData", "FieldData"):
            root.create_group(group, track_order=True)

    def _write_empty_steps(self) -> None:
        steps = self._root.create_group("Steps")
        steps.attrs["NSteps"] = np.int64(0)
        steps.create_dataset("Values", (0,), np.float64, maxshape=(None,), chunks=(_STEP_CHUNK,))
        for name in ("PartOffsets", "PointOffsets", "NumberOfParts"):
            steps.create_dataset(name, (0,), np.int64, maxshape=(None,), chunks=(_STEP_CHUNK,))
        for name in ("CellOffsets", "ConnectivityIdOffsets"):
            steps.create_dataset(name, (0, 1), np.int64, maxshape=(None, 1), chunks=(_STEP_CHUNK, 1))
        steps.create_group("PointDataOffsets")
        steps.create_group("CellDataOffsets")

    def _checked(self, group: str, fields: Sequence[Field]) -> dict[str, tuple[Field, NDArray[Any]]]:
        """Return the arrays to store by their path in the file, after checking names and lengths."""
        arrays: dict[str, tuple[Field, NDArray[Any]]] = {}
        for field in fields:
            if "/" in field.label:
                raise ValueError(f"the field name '{field.label}' contains '/'; write units as 'A m^-2'")
            key = f"{group}/{field.label}"
            if key in arrays:
                raise ValueError(f"the field '{field.label}' is given twice")
            values = field.stored()
            if len(values) != self._sizes[group]:
                where = "points" if group == "PointData" else "cells"
                raise ValueError(f"'{field.label}' has {len(values)} values for {self._sizes[group]} {where}")
            arrays[key] = (field, values)
        return arrays

    def _append(self, dataset_path: str, field: Field, values: NDArray[Any], step: int) -> None:
        """Append the values of one field, or refer to those of the step before if they have not changed."""
        group, label = dataset_path.split("/")
        offsets = self._root[f"Steps/{group}Offsets"]
        if step == 0:
            tail = values.shape[1:]
            dataset = self._root[group].create_dataset(
                label,
                (0, *tail),
                values.dtype,
                maxshape=(None, *tail),
                chunks=(min(max(len(values), 1), _CHUNK_ROWS), *tail),
                compression="gzip",
                compression_opts=1,
                shuffle=True,
            )
            # No "Attribute" (Scalars, Vectors): VTK keeps one array of each such role and silently drops the others.
            dataset.attrs["unit"] = field.unit
            dataset.attrs["description"] = field.description
            offsets.create_dataset(label, (0,), np.int64, maxshape=(None,), chunks=(_STEP_CHUNK,))
        dataset = self._root[dataset_path]
        before, start = self._previous.get(dataset_path, (None, 0))
        if before is None or not np.array_equal(before, values):
            start = len(dataset)
            dataset.resize(start + len(values), axis=0)
            dataset[start:] = values
            self._previous[dataset_path] = (values.copy(), start)
        _extend(offsets[label], start, step)


def _extend(dataset: h5py.Dataset, value: float, step: int) -> None:
    dataset.resize(step + 1, axis=0)
    dataset[step] = value


def _xdmf_index(data_file: str, root: h5py.Group) -> str:
    """Return XDMF that describes the steps of a VTKHDF file by pointing into it."""
    points, cells = int(root["NumberOfPoints"][0]), int(root["NumberOfCells"][0])
    shape = CELL_SHAPES[int(root["Types"][0])] if cells else CELL_SHAPES[5]

    def item(path: str, dimensions: Sequence[int]) -> str:
        kind = root.file[path].dtype
        number = {"f": "Float", "i": "Int", "u": "UChar" if kind.itemsize == 1 else "UInt"}[kind.kind]
        location = quoteattr(f"{data_file}:{path}")[1:-1]
        size = " ".join(map(str, dimensions))
        form = f'NumberType="{number}" Precision="{kind.itemsize}" Format="HDF"'
        return f'<DataItem Dimensions="{size}" {form}>{location}</DataItem>'

    def rows(path: str, start: int, count: int) -> str:
        """Point at ``count`` rows; the whole array needs no selection, which also simple readers understand."""
        full = root.file[path].shape
        if full[0] == count:
            return item(path, full)
        selected = (count, *full[1:])
        ends = ((start, *[0] * (len(full) - 1)), [1] * len(full), selected)
        selection = " ".join(str(number) for row in ends for number in row)
        size = " ".join(map(str, selected))
        return (
            f'<DataItem ItemType="HyperSlab" Dimensions="{size}">'
            f'<DataItem Dimensions="3 {len(full)}" Format="XML">{selection}</DataItem>{item(path, full)}</DataItem>'
        )

    extra = ' NodesPerElement="2"' if shape.xdmf_name == "Polyline" else ""
    mesh = (
        f'<Topology TopologyType="{shape.xdmf_name}" NumberOfElements="{cells}"{extra}>'
        f"{item('/XDMF/Cells', (cells, shape.nodes))}</Topology>\n"
        f'<Geometry GeometryType="XYZ">{item("/VTKHDF/Points", (points, 3))}</Geometry>'
    )
    steps = int(root["Steps"].attrs["NSteps"])
    lines = ['<?xml version="1.0"?>', '<Xdmf Version="3.0"><Domain>']
    if steps > 1:  # a single step stands alone: simple readers know neither collections nor times
        lines.append('<Grid Name="run" GridType="Collection" CollectionType="Temporal">')
    for step in range(steps):
        time = float(root["Steps/Values"][step])
        lines += [f'<Grid Name="step {step}" GridType="Uniform">', mesh]
        if steps > 1:
            lines.append(f'<Time Value="{time!r}"/>')
        for group, centre, count in (("PointData", "Node", points), ("CellData", "Cell", cells)):
            for name, dataset in root[group].items():
                kind = {(): "Scalar", (3,): "Vector", (9,): "Tensor"}.get(dataset.shape[1:], "Matrix")
                start = int(root[f"Steps/{group}Offsets/{name}"][step])
                lines.append(
                    f'<Attribute Name={quoteattr(name)} AttributeType="{kind}" Center="{centre}">'
                    f"{rows(f'/VTKHDF/{group}/{name}', start, count)}</Attribute>"
                )
        lines.append("</Grid>")
    lines.append("</Grid></Domain></Xdmf>" if steps > 1 else "</Domain></Xdmf>")
    return "\n".join(lines) + "\n"


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
    try:
        with h5py.File(path, "r") as file:
            root = file["VTKHDF"]
            steps = int(root["Steps"].attrs["NSteps"])
            if not -steps <= step < steps:
                raise OutputError(f"{path.name} has {steps} steps; step {step} does not exist")
            step %= steps
            points, cells = root["Points"][...], int(root["NumberOfCells"][0])
            kind = int(root["Types"][0]) if cells else 5
            arrays: dict[str, dict[str, NDArray[Any]]] = {}
            for group, count in (("PointData", len(points)), ("CellData", cells)):
                arrays[group] = {}
                for name, dataset in root[group].items():
                    start = int(root[f"Steps/{group}Offsets/{name}"][step])
                    arrays[group][name] = dataset[start : start + count]
            connectivity = root["Connectivity"][...].reshape(cells, CELL_SHAPES[kind].nodes)
            time = float(root["Steps/Values"][step])
    except (OSError, KeyError) as error:
        raise OutputError(f"{path} cannot be read as a field file of Jadeite: {error}") from error
    return FieldData(points, connectivity, kind, time, steps, arrays["PointData"], arrays["CellData"])
