# SPDX-License-Identifier: LGPL-3.0-or-later
"""The files of a run folder, read for drawing."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import TriMesh
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from jadeite.case.study_kind import StudyKind
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.output.fields import FieldData, read_fields
from jadeite.output.history import read_history
from jadeite.output.summary import CriterionResult, ResultTable, Summary

POTENTIAL = "potential (V)"
CURRENT_DENSITY = "current density (A m^-2)"
HYDROSTATIC_STRESS = "hydrostatic stress (Pa)"
PRINCIPAL_STRESS = "largest principal stress (Pa)"
SURFACE = "surface"
OVERPOTENTIAL = "overpotential (V)"
CURRENT_ACROSS = "current density across (A m^-2)"

# corners of VTK's cell types: line, quadratic line, triangle, quadratic triangle, tetrahedron, quadratic tetrahedron
_CORNERS = {3: 2, 21: 2, 5: 3, 22: 3, 10: 4, 24: 4}

# the four linear triangles that fill a quadratic one, in VTK's node order
_SPLIT = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2], [3, 4, 5]])


@dataclass(frozen=True)
class RunData:
    """What a run left; a part is None when the run did not write its file."""

    summary: Summary
    mesh: TaggedMesh | None
    fields: FieldData | None
    interfaces: FieldData | None
    history: dict[str, NDArray[np.float64]] | None

    @property
    def plane_mesh(self) -> TaggedMesh | None:
        """The mesh if it is two-dimensional: maps are drawn of plane runs only."""
        return self.mesh if self.mesh is not None and self.mesh.dimension == 2 else None

    def surface_rows(self, *kinds: SurfaceKind) -> NDArray[np.int32]:
        """Rows of the surface table with one of these kinds (none without a mesh)."""
        return self.mesh.surfaces.rows(*kinds) if self.mesh is not None else np.array([], np.int32)

    def table(self, key: str) -> ResultTable | None:
        """The table of the summary with this key, None when the run has no such table."""
        return next((table for table in self.summary.tables if table.key == key), None)

    def deciding(self) -> CriterionResult | None:
        """The result that sets the critical current density, None when the criterion that decides is never met."""
        return next((result for result in self.summary.criteria if result.deciding), None)


def load_run(run: Path) -> RunData:
    """Read a run folder; only ``summary.json`` must exist. Raises ``OutputError`` for files that cannot be read."""

    def present(name: str, read: Any) -> Any:
        return read(run / name) if (run / name).exists() else None

    summary = Summary.from_json(run / "summary.json")
    mesh = present("mesh.npz", TaggedMesh.load)
    if mesh is not None and summary.study in (StudyKind.EFFECTIVE_PROPERTIES, StudyKind.LOADING):
        mesh = _without_electrodes(mesh)
    return RunData(
        summary=summary,
        mesh=mesh,
        fields=present("fields.vtkhdf", read_fields),
        interfaces=present("interfaces.vtkhdf", read_fields),
        history=present("history.csv", read_history),
    )


def _without_electrodes(mesh: TaggedMesh) -> TaggedMesh:
    """A material or a loaded body has sides where a cell has electrodes."""
    electrodes = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.STRIPPING_ELECTRODE, SurfaceKind.UNWETTED_PATCH)
    kind = tuple(SurfaceKind.SIDE_WALL if one in electrodes else one for one in mesh.surfaces.kind)
    return replace(mesh, surfaces=replace(mesh.surfaces, kind=kind), patches=())


def triangulation(points: NDArray[np.float64], cells: NDArray[np.int64]) -> Triangulation:
    """Return triangles in micrometres; quadratic ones are split into four."""
    triangles = cells[:, _SPLIT].reshape(-1, 3) if cells.shape[1] == 6 else cells
    return Triangulation(points[:, 0] * 1e6, points[:, 1] * 1e6, triangles)


def colour_cells(
    axes: Axes, points: NDArray[np.float64], cells: NDArray[np.int64], values: NDArray[Any], **style: Any
) -> TriMesh:
    """Paint each triangle in one colour; ``style`` goes to ``tripcolor``.

    Every triangle gets corners of its own, so that it can be drawn as a smooth mesh of constant colours: many times
    faster than one polygon a cell.
    """
    corners = points[cells[:, :3].ravel()] * 1e6
    own = Triangulation(corners[:, 0], corners[:, 1], np.arange(len(corners)).reshape(-1, 3))
    return axes.tripcolor(own, np.repeat(values, 3), shading="gouraud", **style)


def cell_sizes(fields: FieldData) -> NDArray[np.float64]:
    """Return the area of each triangle in m^2 or the volume of each tetrahedron in m^3 (with straight sides)."""
    corners = _CORNERS[fields.vtk_cell_type]
    at = fields.points[fields.cells[:, :corners], : corners - 1]
    edges = at[:, 1:] - at[:, :1]
    return np.abs(np.linalg.det(edges)) / {3: 2.0, 4: 6.0}[corners]


def centres(data: FieldData) -> NDArray[np.float64]:
    """Return the mean of the corner points of each cell, (m, 3) in m."""
    return data.points[data.cells[:, : _CORNERS[data.vtk_cell_type]]].mean(axis=1)


def quantile_by_size(values: NDArray[np.float64], sizes: NDArray[np.float64], fraction: float) -> float:
    """Return the value below which this fraction of the body lies; a fine mesh at flaw tips thus counts no more."""
    order = np.argsort(values)
    share = np.cumsum(sizes[order]) / sizes.sum()
    return float(values[order][min(int(np.searchsorted(share, fraction)), len(values) - 1)])
