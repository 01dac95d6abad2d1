# SPDX-License-Identifier: LGPL-3.0-or-later
"""The microstructure: grains by orientation, boundaries by misorientation, and every defect."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.output.display import number
from jadeite.output.figures.run_data import RunData, colour_cells
from jadeite.output.figures.style import (
    INK,
    boundary_lines,
    dress_map,
    map_figure,
    map_legend,
    part_of,
    titled,
)

_NO_TURN = 0.1  # degrees
_MATERIAL_COLOURS = ("#DCE9F5", "#F7E3C5", "#D8EBD9", "#EBDDEB")


def draw_microstructure(data: RunData) -> Figure | None:
    """Draw the microstructure of a run."""
    return None if data.plane_mesh is None else microstructure_figure(data.plane_mesh)


def microstructure_figure(mesh: TaggedMesh) -> Figure:
    """Draw the grains of a plane mesh, coloured by how far their crystal axis leans from the current."""
    figure, (axes,) = map_figure(mesh, bars=2)
    angle = axis_angle(mesh.regions.orientation)
    if np.ptp(angle) > np.deg2rad(0.1):
        degrees = np.rad2deg(angle)[mesh.cell_region]
        style = {"cmap": part_of("YlGnBu", 0.03, 0.5), "vmin": 0, "vmax": 90}
        grains = colour_cells(axes, mesh.points, mesh.cells, degrees, **style)
        bar = figure.colorbar(grains, ax=axes, shrink=0.85, pad=0.02, ticks=[0, 30, 60, 90])
        bar.set_label("angle between the crystal's c axis\nand the cell's current axis (°)")
    else:
        _colour_by_material(axes, mesh)
    _draw_boundaries(axes, mesh, figure)
    dress_map(axes, mesh)
    map_legend(figure, mesh)
    titled(figure, _finding(mesh))
    return figure


def axis_angle(orientation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the angle in rad, 0 to pi/2, between the crystal's third axis and the y axis, for quaternions (n, 4)."""
    w, x, y, z = orientation.T
    return np.arccos(np.clip(np.abs(2 * (y * z - w * x)), 0.0, 1.0))


def _colour_by_material(axes: Axes, mesh: TaggedMesh) -> None:
    roles = sorted(set(mesh.regions.material))
    row = np.array([roles.index(role) for role in mesh.regions.material])[mesh.cell_region]
    colours = [_MATERIAL_COLOURS[number % len(_MATERIAL_COLOURS)] for number in range(len(roles))]
    colour_cells(
        axes,
        mesh.points,
        mesh.cells,
        row.astype(float),
        cmap=ListedColormap(colours),
        vmin=-0.5,
        vmax=len(roles) - 0.5,
    )
    handles = [
        Patch(facecolor=colour, label=role.replace("_", " ")) for colour, role in zip(colours, roles, strict=True)
    ]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 0.9))


def _draw_boundaries(axes: Axes, mesh: TaggedMesh, figure: Figure) -> None:
    lines, rows = boundary_lines(mesh, SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY, linewidths=1.8)
    if not len(rows):
        return
    degrees = np.rad2deg(mesh.surfaces.misorientation[rows])
    axes.add_collection(lines)
    if np.nanmax(degrees, initial=0.0) > _NO_TURN:
        lines.set_array(np.nan_to_num(degrees))
        lines.set_cmap(part_of("inferno_r", 0.25, 0.95))
        lines.set_norm(Normalize(0, max(float(np.nanmax(degrees)), 1.0)))
        bar = figure.colorbar(lines, ax=axes, shrink=0.85, pad=0.02)
        bar.set_label("misorientation across the grain boundary (°)")
    else:
        lines.set_color(INK)


def _finding(mesh: TaggedMesh) -> str:
    """Say in words what the microstructure holds."""
    regions = len(mesh.regions)
    grains = [row for row, name in enumerate(mesh.regions.name) if name.startswith("grain")]
    if grains:
        size = float(np.sqrt(4 * mesh.regions.measure[grains] / np.pi).mean()) * 1e6
        parts = [f"{len(grains)} grains of {number(size, 2)} µm mean size"]
    else:
        parts = [f"{regions} layers" if regions > 1 else "one layer"]
    for count, one, many in (
        (len(mesh.flaws), "flaw filled with sodium", "flaws filled with sodium"),
        (len(mesh.pores), "pore", "pores"),
        (len(mesh.patches), "unwetted patch", "unwetted patches"),
    ):
        if count:
            parts.append(f"{count} {one if count == 1 else many}")
    return "The microstructure: " + ", ".join(parts)
