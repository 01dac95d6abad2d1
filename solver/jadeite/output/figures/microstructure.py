# SPDX-License-Identifier: LGPL-3.0-or-later
"""The microstructure: grains by orientation, boundaries by misorientation, and every defect; in the plane or solid."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from jadeite.case.study_kind import StudyKind
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.microstructure.tessellation.grain_sizes import diameters_of
from jadeite.output.display import number
from jadeite.output.figures.grain_colours import grain_colours
from jadeite.output.figures.run_data import RunData, colour_cells
from jadeite.output.figures.solid_view import FLAW_COLOUR, PORE_COLOUR, Cut, default_cut, solid_picture
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


def draw_microstructure(data: RunData) -> Figure | None:
    """Draw the microstructure of a run; a foil between platens has none worth a picture."""
    bare = data.summary.study == StudyKind.PRESSING
    return None if data.mesh is None or bare else microstructure_figure(data.mesh)


def microstructure_figure(mesh: TaggedMesh, cut: Cut | None = None) -> Figure:
    """Draw the grains of a mesh by crystal orientation (`grain_colours`), its boundaries and defects.

    A solid is drawn with a part cut away, by default a corner.
    """
    return _plane_figure(mesh) if mesh.dimension == 2 else _solid_figure(mesh, cut or default_cut(mesh))


def _plane_figure(mesh: TaggedMesh) -> Figure:
    figure, (axes,) = map_figure(mesh, bars=2)
    colours = grain_colours(mesh)
    colour_cells(
        axes,
        mesh.points,
        mesh.cells,
        mesh.cell_region.astype(float),
        cmap=ListedColormap(list(map(tuple, colours.rgb))),
        vmin=-0.5,
        vmax=len(mesh.regions) - 0.5,
    )
    colours.explain(figure, axes)
    _draw_boundaries(axes, mesh, figure)
    dress_map(axes, mesh)
    map_legend(figure, mesh, colours.handles())
    titled(figure, _finding(mesh))
    return figure


def _solid_figure(mesh: TaggedMesh, cut: Cut) -> Figure:
    figure = Figure(figsize=(10.0, 8.6), layout="constrained")
    axes = figure.add_subplot()
    colours = grain_colours(mesh)
    solid_picture(axes, mesh, cut=cut, colours=colours.rgb)
    colours.explain(figure, axes)
    handles: list[Line2D | Patch] = [*colours.handles()]
    if mesh.flaws:
        handles.append(Patch(facecolor=FLAW_COLOUR, label="flaw filled with sodium"))
    if mesh.pores:
        handles.append(Patch(facecolor=PORE_COLOUR, label="wall of a pore"))
    if mesh.cracks:
        handles.append(Line2D([], [], color=INK, lw=2.2, label="crack"))
    if mesh.patches:
        handles.append(Patch(facecolor="white", edgecolor=INK, label="no contact (unwetted)"))
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 4), handlelength=1.6)
    titled(figure, _finding(mesh))
    return figure


def _draw_boundaries(axes: Axes, mesh: TaggedMesh, figure: Figure) -> None:
    """Boundaries coloured by misorientation where there is any; those between materials have none and are dark."""
    for kinds in ((SurfaceKind.PHASE_BOUNDARY,), (SurfaceKind.GRAIN_BOUNDARY,)):
        lines, rows = boundary_lines(mesh, *kinds, linewidths=1.8)
        if not len(rows):
            continue
        axes.add_collection(lines)
        degrees = np.rad2deg(mesh.surfaces.misorientation[rows])
        if not np.nanmax(degrees, initial=0.0) > _NO_TURN:
            lines.set_color(INK)
            continue
        colours = part_of("inferno_r", 0.25, 0.95).with_extremes(bad=INK)
        lines.set_array(np.ma.masked_invalid(degrees))
        lines.set_cmap(colours)
        lines.set_norm(Normalize(0, max(float(np.nanmax(degrees)), 1.0)))
        bar = figure.colorbar(lines, ax=axes, shrink=0.85, pad=0.02)
        bar.set_label("misorientation across the grain boundary (°)")


def _finding(mesh: TaggedMesh) -> str:
    """Say in words what the microstructure holds."""
    regions = mesh.regions
    grains = np.array([name.startswith("grain") for name in regions.name])
    particles = sum(name.startswith("particle") for name in regions.name)
    layers = len(regions) - int(grains.sum()) - particles
    parts = []
    if grains.any():
        # pieces of a grain, which a periodic side has cut, make one
        _, grain = np.unique(regions.grain[grains], return_inverse=True)
        measure = np.bincount(grain.ravel(), regions.measure[grains])
        size = float(diameters_of(measure, mesh.dimension).mean()) * 1e6
        parts.append(f"{len(measure)}\N{NO-BREAK SPACE}grains of {number(size, 2)} µm mean size")
    for count, one, many in (
        (layers, "layer", "layers"),
        (particles, "particle", "particles"),
        (len(mesh.flaws), "flaw filled with sodium", "flaws filled with sodium"),
        (len(mesh.cracks), "crack", "cracks"),
        (len(mesh.pores), "pore", "pores"),
        (len(mesh.patches), "unwetted patch", "unwetted patches"),
    ):
        if count:
            parts.append(f"{count}\N{NO-BREAK SPACE}{one if count == 1 else many}")
    return "The microstructure: " + ", ".join(parts)
