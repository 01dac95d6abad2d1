# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tagged meshes as files of other programs: Gmsh's .msh with named groups, and .vtu for ParaView."""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np

from jadeite.microstructure.tagged_mesh import TaggedMesh

CELL_TYPES = {2: ("triangle", "line"), 3: ("tetra", "triangle")}


def export_mesh(mesh: TaggedMesh, path: Path) -> None:
    """Write cells and tagged facets to `path`, in m; the suffix .msh or .vtu decides the format.

    In .msh (format 2.2, which every version of Gmsh reads) every region and every surface is a physical group with its
    name. In .vtu, `region` and `surface` hold the rows of the tables (-1 where a cell or facet has none); beside them
    lie `misorientation` (rad) and `orientation` (quaternion w, x, y, z). Raises ValueError for another suffix.
    """
    path = Path(path)
    cell_type, facet_type = CELL_TYPES[mesh.dimension]
    points = np.zeros((len(mesh.points), 3))
    points[:, : mesh.dimension] = mesh.points
    cells = [(cell_type, mesh.cells), (facet_type, mesh.facets)]
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
        meshio.Mesh(points, cells, cell_data=data, field_data=names).write(path, file_format="gmsh22", binary=True)
    elif path.suffix == ".vtu":
        cells_none, facets_none = np.full(len(mesh.cells), -1), np.full(len(mesh.facets), -1)
        arrays = {
            "region": [mesh.cell_region, facets_none.astype(np.int32)],
            "surface": [cells_none.astype(np.int32), mesh.facet_surface],
            "misorientation": [np.full(len(mesh.cells), np.nan), mesh.surfaces.misorientation[mesh.facet_surface]],
            "orientation": [mesh.regions.orientation[mesh.cell_region], np.full((len(mesh.facets), 4), np.nan)],
        }
        meshio.Mesh(points, cells, cell_data=arrays).write(path, file_format="vtu")
    else:
        raise ValueError(f"meshes are exported as .msh or .vtu, not as '{path.suffix}'")
