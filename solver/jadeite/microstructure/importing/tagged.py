# SPDX-License-Identifier: LGPL-3.0-or-later
"""Meshes made elsewhere, with a group number or name in each cell, read by meshio and used as they are.

Only the cells count: facets of boundaries are found anew, and walls are told by their position. What is missing inside
the box is a pore. Neper's .msh holds orientations of its groups, which are read as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import meshio
import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.assemble import simplex_measures
from jadeite.microstructure.importing.bounds import free_memory_only
from jadeite.microstructure.importing.neper import CRYSTAL_SYMMETRIES, describe_orientations

Array = NDArray[np.float64]
Index = NDArray[np.int64]

SIMPLICES = {2: "triangle", 3: "tetra"}
# kinds of cells that say nothing about regions of a mesh of this dimension
LOWER = {2: ("vertex", "line"), 3: ("vertex", "line", "triangle", "quad")}
# formats by ending, as meshio calls them: those that keep groups of cells, and read no file that a stranger may choose
FORMATS = {
    ".msh": "gmsh",
    ".vtu": "vtu",
    ".vtk": "vtk",
    ".xdmf": "xdmf",
    ".xmf": "xdmf",
    ".mesh": "medit",
    ".meshb": "medit",
    ".med": "med",
}
# names under which formats keep the group of a cell, the usual first
USUAL_GROUPS = ("gmsh:physical", "medit:ref", "cell_tags", "region", "regions", "grain", "material", "MaterialIds")


@dataclass(frozen=True, eq=False)
class GroupedMesh:
    """Points (n, d) in units of the file, positive simplices (m, d + 1), and the number of the group of each (m,).

    `names` are names of groups and `orientations` quaternions, both by number, where the file has them.
    """

    points: Array
    cells: Index
    group: Index
    names: dict[int, str]
    orientations: dict[int, Array]
    crystal_symmetry: str | None


def read_mesh(path: Path, dimension: int, cell_data: str | None) -> GroupedMesh:
    """Read a mesh of triangles (2-D) or tetrahedra (3-D); `cell_data` names the array that holds the group.

    Raises MicrostructureError when the file cannot be read, has other cells, none, flat ones, or no groups.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise MicrostructureError(f"{path.name}: meshes end in one of {', '.join(FORMATS)}, not in '{path.suffix}'")
    try:
        if form == "xdmf":
            _check_references(path)
        with free_memory_only():
            mesh = meshio.read(path, file_format=form)
    except MicrostructureError:
        raise
    except MemoryError as problem:
        raise MicrostructureError(f"{path.name} needs more memory than is free to be read") from problem
    except SystemExit as problem:  # meshio ends the interpreter where no reader succeeds
        raise MicrostructureError(
            f"{path.name} cannot be read by meshio: it is damaged or of an unknown kind"
        ) from problem
    except Exception as problem:  # meshio and the libraries below it raise whatever they like on damaged files
        raise MicrostructureError(f"{path.name} cannot be read as a mesh: {problem}") from problem
    wanted = SIMPLICES[dimension]
    others = sorted({block.type for block in mesh.cells} - {wanted, *LOWER[dimension]})
    if others:
        raise MicrostructureError(f"{path.name} has cells of type {', '.join(others)}; only {wanted} can be used")
    blocks = [number for number, block in enumerate(mesh.cells) if block.type == wanted and len(block.data)]
    if not blocks:
        raise MicrostructureError(f"{path.name} has no cells of type {wanted}")
    cells = np.concatenate([mesh.cells[number].data for number in blocks]).astype(np.int64)
    group, names = _groups(mesh, blocks, dimension, cell_data, path.name)
    used, cells = np.unique(cells, return_inverse=True)
    points = np.asarray(mesh.points, dtype=float)[used]
    cells = cells.reshape(-1, dimension + 1)
    if dimension == 2 and points.shape[1] == 3 and np.ptp(points[:, 2]) > 1e-9 * np.ptp(points):
        raise MicrostructureError(f"{path.name} does not lie in a plane of constant z")
    points = points[:, :dimension]
    if not np.all(np.isfinite(points)):
        raise MicrostructureError(f"{path.name} has points that are not finite")
    measure = simplex_measures(points, cells)
    if np.any(np.abs(measure) <= 1e-15 * np.abs(measure).sum()):
        flat = points[cells[np.abs(measure).argmin()]].mean(axis=0)
        raise MicrostructureError(f"{path.name} has a flat cell at {tuple(float(f'{x:.6g}') for x in flat)}")
    # formats do not agree on the order of corners; whether cells overlap is checked where they are assembled
    turned = measure < 0.0
    cells[turned] = cells[turned][:, [1, 0, *range(2, dimension + 1)]]
    orientations, symmetry = _neper_orientations(path)
    return GroupedMesh(points, cells, group, names, orientations, symmetry)


def _check_references(path: Path) -> None:
    """Raise MicrostructureError for an XDMF file that takes data from elsewhere than an HDF5 file beside it."""
    for item in ElementTree.parse(path).iter("DataItem"):
        form, text = item.get("Format", "XML"), (item.text or "").strip()
        if form == "XML":
            continue
        name = text.partition(":")[0]
        if form != "HDF" or Path(name).name != name:
            raise MicrostructureError(
                f"{path.name} takes data from {form} '{name[:200]}': only an HDF5 file in the same folder is read"
            )


def _groups(
    mesh: meshio.Mesh, blocks: list[int], dimension: int, cell_data: str | None, name: str
) -> tuple[Index, dict[int, str]]:
    """Number of the group of each cell in the blocks, and the names of groups."""
    arrays: dict[str, list[Any]] = mesh.cell_data
    if cell_data is None and not arrays and mesh.cell_sets:
        return _from_sets(mesh, blocks, name)
    if cell_data is None:
        usual = [key for key in USUAL_GROUPS if key in arrays]
        whole = [
            key
            for key, parts in arrays.items()
            if all(np.ndim(parts[k]) == 1 and np.asarray(parts[k]).dtype.kind in "iu" for k in blocks)
        ]
        found = usual[:1] or (whole if len(whole) == 1 else [])
    else:
        found = [cell_data] if cell_data in arrays else []
    if not found:
        listed = ", ".join(f"'{key}'" for key in arrays) or "no cell arrays"
        asked = (
            f"no cell array '{cell_data}', but" if cell_data else "to be told by `cell_data` where groups are; it has"
        )
        raise MicrostructureError(f"{name} has {asked} {listed}")
    values = np.concatenate([np.asarray(arrays[found[0]][k]) for k in blocks])
    if values.ndim != 1 or not np.all(np.isfinite(values)) or np.any(values != np.round(values)):
        raise MicrostructureError(f"the cell array '{found[0]}' of {name} holds no whole numbers")
    names = {int(tag): str(key) for key, (tag, of_dimension) in _fields(mesh) if of_dimension == dimension}
    return values.astype(np.int64), names


def _fields(mesh: meshio.Mesh) -> list[tuple[str, tuple[int, int]]]:
    """Names of groups with number and dimension, as the formats of Gmsh have them."""
    pairs = [(key, np.ravel(value)) for key, value in mesh.field_data.items()]
    return [(str(key), (int(value[0]), int(value[1]))) for key, value in pairs if len(value) == 2]


def _from_sets(mesh: meshio.Mesh, blocks: list[int], name: str) -> tuple[Index, dict[int, str]]:
    """Groups from named sets of cells, of which every cell must be in exactly one."""
    names: dict[int, str] = {}
    parts = [np.zeros(len(mesh.cells[k].data), dtype=np.int64) for k in blocks]
    for key, members in mesh.cell_sets.items():
        inside = [np.asarray(members[k], dtype=np.int64) for k in blocks]
        if not any(len(rows) for rows in inside):
            continue
        number = len(names) + 1
        names[number] = str(key)
        for part, rows in zip(parts, inside, strict=True):
            if np.any(part[rows]):
                raise MicrostructureError(f"{name} has cells in '{names[int(part[rows].max())]}' and in '{key}'")
            part[rows] = number
    group = np.concatenate(parts)
    if np.any(group == 0):
        raise MicrostructureError(f"{name} has {np.count_nonzero(group == 0)} cells in no set")
    return group, names


def _neper_orientations(path: Path) -> tuple[dict[int, Array], str | None]:
    """Orientations and crystal symmetry of the groups of a .msh file that Neper wrote; nothing for other files."""
    if path.suffix.lower() != ".msh":
        return {}, None
    content = path.read_bytes()
    found = _section(content, b"ElsetOrientations")
    symmetry = _section(content, b"ElsetCrySym")
    version = _section(content, b"MeshVersion")
    if not found:
        return {}, None
    try:
        count = int(found[0])
        rows = np.array(found[2:], dtype=object).reshape(count, -1)
        number = tuple(int(part) for part in version[0].split(".")[:2]) if version else (2, 2)
        # the words active and passive changed places with version 2.3 of these files, as with 3.5 of .tess
        quaternions = describe_orientations(found[1], rows[:, 1:].astype(float), number <= (2, 2))
    except (IndexError, ValueError) as problem:
        raise MicrostructureError(f"the orientations in {path.name} cannot be read: {problem}") from problem
    by_group = dict(zip(rows[:, 0].astype(int).tolist(), quaternions, strict=True))
    return by_group, CRYSTAL_SYMMETRIES.get(symmetry[0]) if symmetry else None


def _section(content: bytes, name: bytes) -> list[str]:
    """Words between $name and $Endname, none where the section is missing."""
    start, end = content.find(b"$" + name), content.find(b"$End" + name)
    return [] if start < 0 or end < start else content[start + len(name) + 1 : end].decode("latin-1").split()
