# SPDX-License-Identifier: LGPL-3.0-or-later
"""The groups and arrays of a VTKHDF file: an unstructured grid in one partition, whose arrays grow step by step.

Format: VTK documentation, "VTKHDF file format", version 2.0, UnstructuredGrid with temporal data.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from jadeite.output.field_blocks import BlockLayout, PackedArray, block_digest, combined_digest, pack

_ASCII = h5py.string_dtype("ascii", 16)
_WORDS = h5py.string_dtype("ascii")  # all that VTK reads of field data
#: Steps that the small tables of a file grow by.
_STEP_CHUNK = 64
GROUPS = ("PointData", "CellData")


class ArrayKey(NamedTuple):
    """Which array of a file: ``PointData`` or ``CellData``, its label, and what is said about it."""

    group: str
    label: str
    unit: str = ""
    description: str = ""

    @property
    def path(self) -> str:
        """Place of the array below the root."""
        return f"{self.group}/{self.label}"

    @property
    def offsets(self) -> str:
        """Place of the rows at which its steps begin."""
        return f"Steps/{self.group}Offsets/{self.label}"


def create(
    file: h5py.File,
    points: PackedArray,
    cells: PackedArray,
    vtk_cell_type: int,
    names: Mapping[str, Sequence[str]],
) -> h5py.Group:
    """Write the mesh and lists of names (field data, strings), and make room for steps; return the root."""
    root = file.create_group("VTKHDF", track_order=True)
    root.attrs["Version"] = np.array((2, 0), np.int64)
    root.attrs.create("Type", b"UnstructuredGrid", dtype=_ASCII)
    shape, nodes = cells.layout, cells.layout.tail[0]
    root["NumberOfPoints"] = np.array([points.layout.rows], np.int64)
    root["NumberOfCells"] = np.array([shape.rows], np.int64)
    root["NumberOfConnectivityIds"] = np.array([shape.rows * nodes], np.int64)
    _write_array(root, "Points", points)
    # one long row, as VTKHDF wants it: the same bytes as one row a cell
    row = BlockLayout(shape.rows * nodes, (), shape.dtype, shape.block * nodes)
    _write_array(root, "Connectivity", PackedArray(row, cells.digest, cells.blocks))
    _write_array(root, "Offsets", pack(np.arange(shape.rows + 1, dtype=np.int64) * nodes))
    _write_array(root, "Types", pack(np.full(shape.rows, vtk_cell_type, np.uint8)))
    for group in (*GROUPS, "FieldData"):
        root.create_group(group, track_order=True)
    steps = root.create_group("Steps")
    steps.attrs["NSteps"] = np.int64(0)
    steps.create_dataset("Values", (0,), np.float64, maxshape=(None,), chunks=(_STEP_CHUNK,))
    for name in ("PartOffsets", "PointOffsets", "NumberOfParts"):
        steps.create_dataset(name, (0,), np.int64, maxshape=(None,), chunks=(_STEP_CHUNK,))
    for name in ("CellOffsets", "ConnectivityIdOffsets"):
        steps.create_dataset(name, (0, 1), np.int64, maxshape=(None, 1), chunks=(_STEP_CHUNK, 1))
    for group in GROUPS:
        steps.create_group(f"{group}Offsets")
    # without these two, readers look for other field data at every step, and crash when there is none
    offsets, sizes = steps.create_group("FieldDataOffsets"), steps.create_group("FieldDataSizes")
    for name, entries in names.items():
        if entries:
            words = [entry.encode("ascii", "backslashreplace") for entry in entries]
            root["FieldData"].create_dataset(name, data=words, dtype=_WORDS)
            offsets.create_dataset(name, (0,), np.int64, maxshape=(None,), chunks=(_STEP_CHUNK,))
            sizes.create_dataset(name, (0, 2), np.int64, maxshape=(None, 2), chunks=(_STEP_CHUNK, 2))
    return root


def create_array(root: h5py.Group, key: ArrayKey, layout: BlockLayout) -> None:
    """Make an array that grows by one layout of rows a step."""
    dataset = _growing(root, key.path, layout)
    # No "Attribute" (Scalars, Vectors): VTK keeps one array of each such role and silently drops the others.
    dataset.attrs["unit"] = key.unit
    dataset.attrs["description"] = key.description
    root.create_dataset(key.offsets, (0,), np.int64, maxshape=(None,), chunks=(_STEP_CHUNK,))


def append_blocks(dataset: h5py.Dataset, packed: PackedArray) -> int:
    """Append compressed blocks to an array; return the row at which they begin."""
    assert packed.blocks is not None
    layout = packed.layout
    # blocks begin at multiples of their length, so an array before that did not fill its last one leaves a gap
    start = -(-len(dataset) // layout.block) * layout.block
    dataset.resize(start + layout.rows, axis=0)
    row = start
    for block in packed.blocks:
        dataset.id.write_direct_chunk((row, *[0] * len(layout.tail)), block)
        row += layout.block
    return start


def append_times(root: h5py.Group, step: int, time: float) -> None:
    """Append the row of a step to the tables that are the same for all arrays."""
    for name, value in (
        ("Values", time),
        ("PartOffsets", 0),
        ("PointOffsets", 0),
        ("NumberOfParts", 1),
        ("CellOffsets", 0),
        ("ConnectivityIdOffsets", 0),
    ):
        extend(root[f"Steps/{name}"], value, step)
    for name, words in root["FieldData"].items():
        extend(root[f"Steps/FieldDataOffsets/{name}"], 0, step)
        extend(root[f"Steps/FieldDataSizes/{name}"], (1, len(words)), step)


def extend(table: h5py.Dataset, value: float | tuple[int, int], step: int) -> None:
    """Set the entry of a step in a table that ends with it."""
    table.resize(step + 1, axis=0)
    table[step] = value


def step_count(root: h5py.Group) -> int:
    """Return the number of complete steps; tables may be longer by one that was never finished."""
    return int(root["Steps"].attrs["NSteps"])


def set_step_count(root: h5py.Group, count: int) -> None:
    """Change the number of steps in place; assigned in the usual way, an attribute is deleted and made anew."""
    root["Steps"].attrs.modify("NSteps", np.int64(count))


def times(root: h5py.Group) -> NDArray[np.float64]:
    """Return the times of the complete steps."""
    return np.asarray(root["Steps/Values"][: step_count(root)], np.float64)


def keys(root: h5py.Group) -> list[ArrayKey]:
    """Return the arrays of a file in the order in which they were first written."""
    return [
        ArrayKey(group, label, str(dataset.attrs["unit"]), str(dataset.attrs["description"]))
        for group in GROUPS
        for label, dataset in root[group].items()
    ]


def names(root: h5py.Group) -> dict[str, list[str]]:
    """Return the lists of names of a file."""
    return {name: [str(entry) for entry in dataset.asstr()[...]] for name, dataset in root["FieldData"].items()}


def stored_layout(root: h5py.Group, key: ArrayKey) -> BlockLayout:
    """Return how one step of an array is divided."""
    rows = int(root["NumberOfPoints" if key.group == "PointData" else "NumberOfCells"][0])
    dataset = root[key.path]
    return BlockLayout(rows, dataset.shape[1:], dataset.dtype, dataset.chunks[0])


def stored_digest(root: h5py.Group, key: ArrayKey, start: int) -> bytes:
    """Return the digest of the values of a step that begins at row ``start``."""
    layout, dataset = stored_layout(root, key), root[key.path]
    ends = ((row, min(row + layout.block, start + layout.rows)) for row in _block_starts(layout, start))
    return combined_digest(block_digest(layout.filled(dataset[row:end])) for row, end in ends)


def stored_array(root: h5py.Group, key: ArrayKey, start: int | None) -> PackedArray:
    """Return an array from row ``start`` as it is stored; None stands for that of the step before."""
    layout = stored_layout(root, key)
    return PackedArray(layout, b"", None if start is None else _stored_blocks(root[key.path], layout, start))


def _stored_blocks(dataset: h5py.Dataset, layout: BlockLayout, start: int) -> Iterator[bytes]:
    tail = [0] * len(layout.tail)
    return (dataset.id.read_direct_chunk((row, *tail))[1] for row in _block_starts(layout, start))


def _block_starts(layout: BlockLayout, start: int) -> Iterator[int]:
    return (start + number * layout.block for number in range(layout.count))


def stored_mesh(root: h5py.Group, nodes: int) -> tuple[PackedArray, PackedArray]:
    """Return the points and cells of a file as they are stored."""
    points, row = root["Points"], root["Connectivity"]
    layout = BlockLayout(len(points), (3,), points.dtype, points.chunks[0])
    flat = BlockLayout(len(row), (), row.dtype, row.chunks[0])
    cells = BlockLayout(len(row) // nodes, (nodes,), row.dtype, row.chunks[0] // nodes)
    return (
        PackedArray(layout, b"", _stored_blocks(points, layout, 0)),
        PackedArray(cells, b"", _stored_blocks(row, flat, 0)),
    )


def _write_array(root: h5py.Group, name: str, packed: PackedArray) -> None:
    append_blocks(_growing(root, name, packed.layout), packed)


def _growing(root: h5py.Group, path: str, layout: BlockLayout) -> h5py.Dataset:
    dataset: Any = root.create_dataset(
        path,
        (0, *layout.tail),
        layout.dtype,
        maxshape=(None, *layout.tail),
        chunks=(layout.block, *layout.tail),
        compression="gzip",
        compression_opts=1,
        shuffle=True,
    )
    return dataset
