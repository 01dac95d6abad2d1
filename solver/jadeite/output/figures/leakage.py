# SPDX-License-Identifier: LGPL-3.0-or-later
"""Chemical potential of sodium in the ceramic: where leaking electrons can make metal, and how soon they fill pores."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from matplotlib.ticker import FuncFormatter, NullFormatter
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.output.display import number, percent
from jadeite.output.figures.run_data import RunData, triangulation
from jadeite.output.figures.solid_fields import solid_figure
from jadeite.output.figures.style import CRACK, INK, dress_map, map_figure, map_legend, titled
from jadeite.output.figures.walls import wall_polylines
from jadeite.output.summary import ResultTable

SODIUM_POTENTIAL = "sodium chemical potential (V)"
_DAY = 86400.0
_UNITS = ((_DAY, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))
_TIMES = colormaps["viridis"]


def draw_leakage(data: RunData) -> Figure | None:
    """Draw sodium's chemical potential, the zones where metal can form, and pores by the time that fills them."""
    mesh, fields = data.mesh, data.fields
    whole = data.table("leakage")
    if mesh is None or fields is None or whole is None or SODIUM_POTENTIAL not in fields.point:
        return None
    millivolts = fields.point[SODIUM_POTENTIAL] * 1e3
    reach = float(np.abs(millivolts).max()) or 1.0
    norm, colour_map = Normalize(-reach, reach), colormaps["PuOr_r"]
    figure: Figure
    if mesh.dimension == 3:
        of_cell = millivolts[fields.cells[:, :4]].mean(axis=1)
        figure, panels, colours = solid_figure(data, {"": of_cell}, None, colour_map, norm)
    else:
        pores = data.table("pore_filling")
        times = None if pores is None else pores.values("filling_time")
        filled = times is not None and bool(np.isfinite(times).any())
        figure, panels = map_figure(mesh, bars=1 + int(filled))
        (axes,) = panels
        shape = triangulation(fields.points, fields.cells)
        colours = axes.tripcolor(shape, millivolts, shading="gouraud", cmap=colour_map, norm=norm)
        legend: list[Line2D | Patch] = []
        opens = 1e3 * float(whole.column("flaw_limit")[0] or np.inf)
        for level, colour, width, text in (
            (0.0, INK, 1.2, "as much as in bulk sodium: pores beyond stay empty"),
            (opens, CRACK, 2.2, "below it metal can open flaws"),
        ):
            if millivolts.min() < level < millivolts.max():
                axes.tricontour(shape, millivolts, levels=[level], colors=colour, linewidths=width, linestyles="dashed")
                legend.append(Line2D([], [], color=colour, lw=width, ls="dashed", label=text))
        dress_map(axes, mesh)
        if filled:
            assert pores is not None and times is not None
            _colour_pores(figure, axes, mesh, pores, times)
        map_legend(figure, mesh, legend)
    bar = figure.colorbar(colours, ax=panels, shrink=0.85, pad=0.02)
    bar.set_label("chemical potential of sodium over F (mV against the metal)")
    titled(figure, _finding(data, float(millivolts.max())))
    return figure


def _colour_pores(figure: Figure, axes: Axes, mesh: TaggedMesh, pores: ResultTable, times: NDArray[np.float64]) -> None:
    """Fill the pores on a map with the colour of their filling time; those that never fill stay white."""
    size, unit = _unit(float(np.nanmin(times)))
    low, high = float(np.nanmin(times)) / size, float(np.nanmax(times)) / size
    wide = high > 10.0 * low
    norm = LogNorm(low / 1.05, high * 1.05) if wide else Normalize(0.0, 1.05 * high)
    centres = np.column_stack([pores.values("x"), pores.values("y")]) * 1e6
    for wall in wall_polylines(mesh, SurfaceKind.PORE_WALL):
        _, row = cKDTree(centres).query(wall.mean(axis=0))
        if np.isfinite(times[row]):
            colour = _TIMES(norm(times[row] / size))
            axes.add_patch(Polygon(wall, facecolor=colour, edgecolor=INK, linewidth=0.8, zorder=3.5))
    bar = figure.colorbar(ScalarMappable(norm, _TIMES), ax=axes, shrink=0.85, pad=0.02)
    if wide:
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.set_label(f"time until a pore is full ({unit})")


def _finding(data: RunData, largest: float) -> str:
    pores = data.table("pore_filling")
    times = [] if pores is None else [time for time in pores.column("filling_time") if time is not None]
    said = f"Sodium in the ceramic is worth up to {number(largest)} mV more than in the metal"
    if pores is not None and times:
        size, unit = _unit(min(times))
        said += (
            f"; leaking electrons fill {len(times)} of {len(pores.rows)} pores, the first in "
            f"{number(min(times) / size, 2)} {unit}"
        )
    whole = data.table("leakage")
    share = None if whole is None else whole.column("volume_share")[0]
    return said + (f"; flaws open in {percent(share, 1)} of the ceramic" if share else "")


def _unit(seconds: float) -> tuple[float, str]:
    """The largest unit of time that some seconds are at least two of, with its size in seconds."""
    return next((unit for unit in _UNITS if seconds >= 2.0 * unit[0]), _UNITS[-1])
