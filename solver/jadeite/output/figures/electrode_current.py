# SPDX-License-Identifier: LGPL-3.0-or-later
"""How the current is spread along the plating electrode of a plane cell: at the edges of voids, from grain to grain."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter
from numpy.typing import NDArray

from jadeite.microstructure.tagged_mesh import Patch, SurfaceKind, TaggedMesh
from jadeite.output.display import number
from jadeite.output.figures.run_data import CURRENT_ACROSS, SURFACE, RunData, centres
from jadeite.output.figures.style import BLUE, electrode_label, titled

Array = NDArray[np.float64]

#: A gap between points is one in the contact when it is wider than this many lengths of the facets beside it.
_GAP = 1.5


def draw_electrode_current(data: RunData) -> Figure | None:
    """Draw the plating current density over the nominal one along the electrode of a plane cell with voids.

    None without unwetted patches, and in space.
    """
    mesh, interfaces, nominal = data.plane_mesh, data.interfaces, abs(data.summary.applied_current_density)
    if mesh is None or interfaces is None or not nominal or not mesh.patches:
        return None
    if CURRENT_ACROSS not in interfaces.cell:
        return None
    on = np.isin(interfaces.cell[SURFACE], data.surface_rows(SurfaceKind.PLATING_ELECTRODE))
    order = np.argsort(centres(interfaces)[on, 0])
    ends = np.sort(interfaces.points[interfaces.cells[on][order][:, :2], 0], axis=1)
    x, ratio = ends.mean(axis=1), np.abs(interfaces.cell[CURRENT_ACROSS][on][order]) / nominal

    figure = Figure(figsize=(9, 4.6), layout="constrained")
    axes = figure.subplots()
    broken = np.flatnonzero(ends[1:, 0] - ends[:-1, 1] > _GAP * np.diff(ends, axis=1).min()) + 1
    axes.plot(np.insert(x, broken, np.nan) * 1e6, np.insert(ratio, broken, np.nan), color=BLUE, linewidth=1.8)
    axes.axhline(1.0, color="#777777", linewidth=1.0, linestyle="--")
    for patch in mesh.patches:
        axes.axvspan(patch.start * 1e6, patch.end * 1e6, facecolor="none", edgecolor="#AAAAAA", hatch="////")
    traces = _boundary_traces(mesh)
    for row, place in enumerate(traces):
        axes.axvline(
            place * 1e6, color="#BBBBBB", linewidth=0.9, linestyle=":", zorder=0,
            label="grain boundary meets the electrode" if row == 0 else None,
        )  # fmt: skip
    if ratio.max() > _MANY * ratio.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter("")
        axes.set_yticks([tick for tick in _TICKS if 0.8 * ratio.min() <= tick <= 1.25 * ratio.max()])
    axes.set_xlim(float(ends[0, 0] if not mesh.axisymmetric else 0.0) * 1e6, float(ends[-1, 1]) * 1e6)
    axes.set_xlabel(electrode_label(mesh))
    axes.set_ylabel("current density over the nominal one (×)")
    if len(traces):
        axes.legend(loc="upper right")
    titled(figure, _finding(data, mesh.patches, x, ratio))
    return figure


#: From this ratio of largest to smallest on, a logarithmic scale shows more.
_MANY = 4.0
_TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def _finding(data: RunData, patches: tuple[Patch, ...], x: Array, ratio: Array) -> str:
    """The current density at the stated distance from the edges of voids; at the edges themselves it has no limit."""
    focusing = data.summary.focusing
    if focusing is None:
        return "Current along the plating electrode"
    distance = focusing.distance
    found = [
        (float(np.interp(place, x, ratio)), patch.name)
        for patch in patches
        for place in (patch.start - distance, patch.end + distance)
        if x[0] < place < x[-1] and not any(other.start <= place <= other.end for other in patches)
    ]
    if not found:
        return "Current along the plating electrode"
    value, name = max(found)
    return f"{number(value)} times the nominal current density {number(distance * 1e6)} µm beside '{name}'"


def _boundary_traces(mesh: TaggedMesh) -> Array:
    """Where grain boundaries meet the plating electrode, m."""
    rows = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    nodes = np.unique(mesh.facets[np.isin(mesh.facet_surface, rows)])
    points = mesh.points[nodes]
    return np.unique(points[points[:, 1] == 0.0, 0])
