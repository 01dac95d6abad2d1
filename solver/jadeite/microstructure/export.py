# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tagged meshes as files of other programs: Gmsh's .msh with named groups, and .vtu for ParaView."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import meshio
import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.network.rules import PROPERTIES
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

CELL_TYPES = {2: ("triangle", "line"), 3: ("tetra", "triangle")}
RIDGE_TYPES = {2: "vertex", 3: "line"}


def export_mesh(mesh: TaggedMesh, path: Path) -> None:
    """Write the mesh to `path`, in m; the suffix .msh or .vtu decides the format.

    In .msh (format 2.2, which every version of Gmsh reads) every region and every surface is a physical group with its
    name. A .vtu holds the cells alone, with `region` and `grain` (rows and numbers of the region table), `material`
    (roles numbered in the order in which regions name them), `orientation` (quaternion w, x, y, z, crystal to
    laboratory) and `c axis` (the crystal's third axis in the laboratory). Raises ValueError for another suffix.
    """
    path = Path(path)
    cell_type, facet_type = CELL_TYPES[mesh.dimension]
    if path.suffix == ".msh":
        # group numbers are unique per dimension and start at one
        groups = [mesh.cell_region + 1, mesh.facet_surface + 1]
        names = {
            name: np.array([row + 1, dimension])
            for table, dimension in (
                (mesh.regions.name, mesh.dimension),
                (mesh.surfaces.name, mesh.dimension - 1),
            )
            for row, name in enumerate(table)
        }
        data = {"gmsh:physical": groups, "gmsh:geometrical": groups}
        cells = [(cell_type, mesh.cells), (facet_type, mesh.facets)]
        meshio.Mesh(_in_space(mesh), cells, cell_data=data, field_data=names).write(
            path, file_format="gmsh22", binary=True
        )
    elif path.suffix == ".vtu":
        regions = mesh.regions
        roles = list(dict.fromkeys(regions.material))
        w, x, y, z = regions.orientation.T
        axis = np.column_stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x**2 + y**2)])
        of_region: dict[str, NDArray[Any]] = {
            "region": np.arange(len(regions), dtype=np.int32),
            "grain": regions.grain,
            "material": np.array([roles.index(role) for role in regions.material], dtype=np.int32),
            "orientation": regions.orientation,
            "c axis": axis,
        }
        _write_vtu(path, _in_space(mesh), cell_type, mesh.cells, of_region, mesh.cell_region)
    else:
        raise ValueError(f"meshes are exported as .msh or .vtu, not as '{path.suffix}'")


def export_network(mesh: TaggedMesh, surfaces: Path, lines: Path) -> None:
    """Write the tagged facets and the triple lines (points in 2-D) as .vtu files for ParaView, in m.

    Facets carry `surface` (row of the table), `kind` (numbered as in `SurfaceKind`), the two `regions`, `misorientation
    (degrees)`, `normal` and the properties of boundaries with their units; lines carry `triple line` and the number of
    regions that meet on it. The network must be attached.
    """
    table = mesh.surfaces
    kinds = list(SurfaceKind)
    normal = np.zeros((len(table), 3))
    normal[:, : mesh.dimension] = table.normal
    of_surface: dict[str, NDArray[Any]] = {
        "surface": np.arange(len(table), dtype=np.int32),
        "kind": np.array([kinds.index(kind) for kind in table.kind], dtype=np.int32),
        "regions": table.regions,
        "misorientation (degrees)": np.degrees(table.misorientation),
        "normal": normal,
    }
    of_surface |= {
        f"{name.replace('_', ' ')} ({unit})": table.properties[name]
        for name, unit in PROPERTIES.items()
        if name in table.properties
    }
    facet_type = CELL_TYPES[mesh.dimension][1]
    _write_vtu(surfaces, _in_space(mesh), facet_type, mesh.facets, of_surface, mesh.facet_surface)
    of_line = {
        "triple line": np.arange(len(mesh.triple_lines), dtype=np.int32),
        "regions that meet": np.diff(mesh.triple_lines.regions.offsets).astype(np.int32),
    }
    ridges, row = mesh.triple_lines.ridges, mesh.triple_lines.ridge_line
    _write_vtu(lines, _in_space(mesh), RIDGE_TYPES[mesh.dimension], ridges, of_line, row)


def _write_vtu(
    path: Path,
    points: NDArray[np.float64],
    cell_type: str,
    cells: NDArray[np.int64],
    of_row: dict[str, NDArray[Any]],
    row: NDArray[np.int32],
) -> None:
    """Write cells with arrays given per row of a table; points that no cell uses are left out."""
    used, number = np.unique(cells, return_inverse=True)
    data = {name: [values[row]] for name, values in of_row.items()}
    meshio.Mesh(points[used], [(cell_type, number.reshape(cells.shape))], cell_data=data).write(path, file_format="vtu")


def _in_space(mesh: TaggedMesh) -> NDArray[np.float64]:
    points = np.zeros((len(mesh.points), 3))
    points[:, : mesh.dimension] = mesh.points
    return points
