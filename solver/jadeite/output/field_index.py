# SPDX-License-Identifier: LGPL-3.0-or-later
"""The XDMF index of a field file: every step described by pointing into the VTKHDF file, for ParaView 5.11."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

import h5py


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


def xdmf_index(data_file: str, root: h5py.Group) -> str:
    """Return XDMF that describes the steps of the VTKHDF file ``data_file``, opened as ``root``."""
    points, cells = int(root["NumberOfPoints"][0]), int(root["NumberOfCells"][0])
    shape = CELL_SHAPES[int(root["Types"][0])] if cells else CELL_SHAPES[5]

    def item(path: str, dimensions: Sequence[int]) -> str:
        kind = root.file[path].dtype
        number = {"f": "Float", "i": "Int", "u": "UChar" if kind.itemsize == 1 else "UInt"}[kind.kind]
        location = quoteattr(f"{data_file}:{path}")[1:-1]
        size = " ".join(map(str, dimensions))
        form = f'NumberType="{number}" Precision="{kind.itemsize}" Format="HDF"'
        return f'<DataItem Dimensions="{size}" {form}>{location}</DataItem>'

    extra = ' NodesPerElement="2"' if shape.xdmf_name == "Polyline" else ""
    mesh = (
        f'<Topology TopologyType="{shape.xdmf_name}" NumberOfElements="{cells}"{extra}>'
        f"{item('/VTKHDF/Connectivity', (cells, shape.nodes))}</Topology>\n"
        f'<Geometry GeometryType="XYZ">{item("/VTKHDF/Points", (points, 3))}</Geometry>'
    )
    steps = int(root["Steps"].attrs["NSteps"])
    times = root["Steps/Values"][:steps]
    arrays = [
        _attribute_of_steps(name, centre, count, item(f"/VTKHDF/{group}/{name}", dataset.shape), dataset.shape, starts)
        for group, centre, count in (("PointData", "Node", points), ("CellData", "Cell", cells))
        for name, dataset in root[group].items()
        for starts in (root[f"Steps/{group}Offsets/{name}"][:steps].tolist(),)
    ]
    lines = ['<?xml version="1.0"?>', '<Xdmf Version="3.0"><Domain>']
    lines.append('<Grid Name="run" GridType="Collection" CollectionType="Temporal">')
    for step, (time, *attributes) in enumerate(zip(times.tolist(), *arrays, strict=True)):
        lines += [f'<Grid Name="step {step}" GridType="Uniform">', mesh, f'<Time Value="{time!r}"/>']
        lines += [*attributes, "</Grid>"]
    lines.append("</Grid></Domain></Xdmf>")
    return "\n".join(lines) + "\n"


def _attribute_of_steps(
    name: str, centre: str, count: int, item: str, shape: Sequence[int], starts: Sequence[int]
) -> list[str]:
    """Point at ``count`` rows of an array for every step."""
    kind = {(): "Scalar", (3,): "Vector", (9,): "Tensor"}.get(tuple(shape[1:]), "Matrix")
    begin = f'<Attribute Name={quoteattr(name)} AttributeType="{kind}" Center="{centre}">'
    selected = " ".join(map(str, (count, *shape[1:])))
    rest, strides = " 0" * (len(shape) - 1), " 1" * len(shape)
    return [
        f'{begin}<DataItem ItemType="HyperSlab" Dimensions="{selected}"><DataItem Dimensions="3 {len(shape)}" '
        f'Format="XML">{start}{rest}{strides} {selected}</DataItem>{item}</DataItem></Attribute>'
        for start in starts
    ]
