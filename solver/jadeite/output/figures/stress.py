# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stress in the ceramic: hydrostatic and largest principal, with the stress intensity of every flaw."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import TriMesh
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.output.display import MEGAPASCAL_ROOT_METRE, number, percent
from jadeite.output.figures.conduction import flaw_to_show
from jadeite.output.figures.run_data import (
    HYDROSTATIC_STRESS,
    PRINCIPAL_STRESS,
    RunData,
    cell_sizes,
    colour_cells,
    quantile_by_size,
)
from jadeite.output.figures.solid_fields import solid_figure
from jadeite.output.figures.style import (
    INK,
    boundary_lines,
    close_up,
    dress_map,
    flaw_window,
    map_figure,
    map_legend,
    name_flaw,
    titled,
)

_LIMIT_FRACTION = 0.99


def draw_stress(data: RunData) -> Figure | None:
    """Draw both stresses on one scale centred on zero, and the largest principal stress around the deciding flaw."""
    mesh, fields = data.mesh, data.fields
    if mesh is None or fields is None or not {HYDROSTATIC_STRESS, PRINCIPAL_STRESS} <= set(fields.cell):
        return None
    sizes = cell_sizes(fields)
    stresses = [fields.cell[name] * 1e-6 for name in (HYDROSTATIC_STRESS, PRINCIPAL_STRESS)]
    limit = max(quantile_by_size(np.abs(stress), sizes, _LIMIT_FRACTION) for stress in stresses)
    limit = limit or 1.0
    flaw = flaw_to_show(data, mesh)
    titles = ("mean normal (hydrostatic) stress", "largest principal stress")
    figure: Figure
    colours: ScalarMappable | TriMesh
    if mesh.dimension == 3:
        maps = dict(zip(titles, stresses, strict=True))
        figure, panels, colours = solid_figure(data, maps, flaw, colormaps["RdBu_r"], Normalize(-limit, limit))
    else:
        figure, panels = map_figure(mesh, maps=2, close_ups=2 if flaw else 0)
        for axes, stress in zip(panels, stresses * 2, strict=False):
            style = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
            colours = colour_cells(axes, fields.points, fields.cells, stress, **style)
            lines, _ = boundary_lines(mesh, SurfaceKind.PHASE_BOUNDARY, linewidths=0.8, colors=INK)
            axes.add_collection(lines)
            dress_map(axes, mesh, names=False)
        if flaw:
            close_up(panels[0], panels[2], flaw_window(flaw), mesh)
            close_up(panels[1], panels[3], flaw_window(flaw), mesh)
        for axes, title in zip(panels, titles, strict=False):
            axes.set_title(title)
        if _name_intensities(panels[1], data, mesh):
            panels[1].set_title("largest principal stress; K$_I$ of the flaws in MPa√m")
        phases = [Line2D([], [], color=INK, lw=0.8, label="boundary between materials")]
        map_legend(figure, mesh, phases if SurfaceKind.PHASE_BOUNDARY in mesh.surfaces.kind else [])
    bar = figure.colorbar(colours, ax=panels, shrink=0.85, pad=0.02, extend="both")
    bar.set_label("stress (MPa), tension positive")
    titled(figure, _finding(data, limit))
    return figure


def _name_intensities(axes: Axes, data: RunData, mesh: TaggedMesh) -> bool:
    """Write the stress intensity factor at every tip where it is known, and tell whether there was any."""
    known = {result.name: result.mode_one for result in data.summary.flaws if result.mode_one is not None}
    for flaw in mesh.flaws:
        if flaw.name in known:
            name_flaw(axes, flaw, number(known[flaw.name] * MEGAPASCAL_ROOT_METRE.factor, 2))
    return bool(known)


def _finding(data: RunData, limit: float) -> str:
    finding = f"In 99 % of the ceramic these stresses lie within ±{number(limit, 2)} MPa"
    loaded = [flaw for flaw in data.summary.flaws if flaw.mode_one is not None and flaw.fracture_toughness]
    if loaded:
        worst = max(loaded, key=lambda flaw: (flaw.mode_one or 0.0) / (flaw.fracture_toughness or 1.0))
        share = (worst.mode_one or 0.0) / (worst.fracture_toughness or 1.0)
        finding += f"; flaw '{worst.name}' carries {percent(share)} of the stress intensity that breaks the ceramic"
    return finding
