# SPDX-License-Identifier: LGPL-3.0-or-later
"""Potential and current: where the voltage is lost and where the current crowds."""

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import TriMesh
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.microstructure.tagged_mesh import Flaw, SurfaceKind, TaggedMesh
from jadeite.output.display import number, percent, quantity
from jadeite.output.fields import FieldData
from jadeite.output.figures.run_data import (
    CURRENT_DENSITY,
    POTENTIAL,
    RunData,
    cell_sizes,
    centres,
    colour_cells,
    quantile_by_size,
    triangulation,
)
from jadeite.output.figures.solid_fields import mark_place, solid_figure
from jadeite.output.figures.style import (
    INK,
    Window,
    boundary_lines,
    close_up,
    dress_map,
    flaw_window,
    map_figure,
    map_legend,
    outlined,
    titled,
)

_FOCUS_TICKS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100])


def draw_potential(data: RunData) -> Figure | None:
    """Draw the potential with its steps at grain boundaries, lines of equal potential and the way the current takes."""
    mesh, fields = data.mesh, data.fields
    if mesh is None or fields is None or POTENTIAL not in fields.point:
        return None
    millivolts = fields.point[POTENTIAL] * 1e3
    millivolts = millivolts - millivolts.min()
    figure: Figure
    if mesh.dimension == 3:
        of_cell = millivolts[fields.cells[:, :4]].mean(axis=1)
        norm = Normalize(0.0, float(millivolts.max()))
        figure, panels, colours = solid_figure(
            data, {"": of_cell}, flaw_to_show(data, mesh), colormaps["viridis"], norm
        )
    else:
        figure, panels = map_figure(mesh)
        colours = _draw_plane_potential(panels[0], data, mesh, fields, millivolts)
        map_legend(figure, mesh)
    bar = figure.colorbar(colours, ax=panels, shrink=0.85, pad=0.02)
    bar.set_label("potential, zero at its lowest (mV)")
    titled(figure, _potential_finding(data, float(np.ptp(millivolts))))
    return figure


def _draw_plane_potential(
    axes: Axes, data: RunData, mesh: TaggedMesh, fields: FieldData, millivolts: NDArray[np.float64]
) -> TriMesh:
    shape = triangulation(fields.points, fields.cells)
    colours = axes.tripcolor(shape, millivolts, shading="gouraud", cmap="viridis")
    if np.ptp(millivolts) > 0:
        axes.tricontour(shape, millivolts, levels=14, colors="black", linewidths=0.6, alpha=0.6)
    lines, _ = boundary_lines(mesh, SurfaceKind.GRAIN_BOUNDARY, linewidths=0.5, colors="black", alpha=0.35)
    axes.add_collection(lines)
    if CURRENT_DENSITY in fields.cell:
        draw_streamlines(axes, fields)
    dress_map(axes, mesh)
    return colours


def _potential_finding(data: RunData, span: float) -> str:
    applied = data.summary.applied_current_density
    finding = (f"At {quantity(applied, 'A m^-2')} the" if applied else "The") + (
        f" potential in the ceramic spans {number(span)} mV"
    )
    voltage = next((headline.value for headline in data.summary.headlines if headline.key == "cell_voltage"), None)
    if voltage is not None:
        finding += f" of the cell's {quantity(voltage, 'V')}"
    share = _grain_boundary_share(data)
    if share is not None:
        finding += f"; grain boundaries cause {percent(share, 1)} of the cell's resistance"
    return finding


def draw_current_focusing(data: RunData) -> Figure | None:
    """Draw the current density over its nominal value, with a close-up of the deciding flaw or on a cut through it."""
    mesh, fields, nominal = data.mesh, data.fields, abs(data.summary.applied_current_density)
    if mesh is None or fields is None or CURRENT_DENSITY not in fields.cell or not nominal:
        return None
    ratio = np.linalg.norm(fields.cell[CURRENT_DENSITY], axis=1) / nominal
    sizes = cell_sizes(fields)
    low, high = (quantile_by_size(ratio, sizes, fraction) for fraction in (0.002, 0.998))
    # symmetric about 1 on a logarithmic scale, so that the middle colour means the nominal current density
    reach = max(high, 1 / max(low, 0.05), 1.25)
    norm, colour_map = LogNorm(1 / reach, reach), colormaps["PuOr_r"]
    even = high - low < 0.01
    figure: Figure
    colours: ScalarMappable | TriMesh
    if mesh.dimension == 3:
        figure, panels, colours = solid_figure(data, {"": ratio}, flaw_to_show(data, mesh), colour_map, norm)
        focusing = data.summary.focusing
        if focusing is not None and not even:
            mark_place(panels[0], focusing.place, f"{number(focusing.factor)} ×")
    else:
        windows = [] if even else _windows(data, mesh)
        figure, panels = map_figure(mesh, close_ups=len(windows))
        for axes in panels:
            colours = colour_cells(axes, fields.points, fields.cells, ratio, cmap=colour_map, norm=norm)
            dress_map(axes, mesh, names=axes is panels[0])
            if not even:
                _mark_largest(axes, data, named=axes is panels[0])
        for zoomed, window in zip(panels[1:], windows, strict=True):
            close_up(panels[0], zoomed, window, mesh)
        map_legend(figure, mesh)
    ticks = _FOCUS_TICKS[(0.999 / reach <= _FOCUS_TICKS) & (1.001 * reach >= _FOCUS_TICKS)]
    bar = figure.colorbar(colours, ax=panels, shrink=0.85, pad=0.02, extend="both")
    bar.ax.yaxis.set_major_locator(FixedLocator(list(ticks)))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.set_label("current density over the nominal one (×)")
    titled(figure, _focusing_finding(data, low, high))
    return figure


def flaw_to_show(data: RunData, mesh: TaggedMesh) -> Flaw | None:
    """Return the flaw worth a close-up: the deciding one, otherwise the deepest; None without flaws."""
    deciding = data.deciding()
    by_name = {flaw.name: flaw for flaw in mesh.flaws}
    if deciding is not None and deciding.flaw in by_name:
        return by_name[deciding.flaw]
    return max(mesh.flaws, key=lambda flaw: flaw.depth, default=None)


def _windows(data: RunData, mesh: TaggedMesh) -> list[Window]:
    """Return what to magnify: the tip of the deciding flaw, and the largest value unless it lies close to that tip."""
    flaw = flaw_to_show(data, mesh)
    windows = [flaw_window(flaw)] if flaw else []
    focusing = data.summary.focusing
    if focusing is not None:
        size = windows[0].size if windows else 20 * focusing.distance
        window = Window(f"largest value, near {focusing.near}", focusing.place, min(size, 20 * focusing.distance))
        if not windows or np.linalg.norm(np.subtract(focusing.place, windows[0].centre)) > 0.5 * size:
            windows.append(window)
    return windows


def draw_streamlines(axes: Axes, fields: FieldData) -> None:
    """Draw lines along the current on a regular grid; each grid point takes the value of the nearest cell."""
    middle = centres(fields)[:, :2]
    low, high = fields.points[:, :2].min(axis=0), fields.points[:, :2].max(axis=0)
    spacing = float((high - low).max()) / 90
    counts = np.maximum(np.round((high - low) / spacing).astype(int), 8)
    x, y = (np.linspace(low[i], high[i], counts[i]) for i in range(2))
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    distance, nearest = cKDTree(middle).query(grid.reshape(-1, 2))
    current = fields.cell[CURRENT_DENSITY][nearest, :2]
    outside = distance > 2.0 * np.sqrt(cell_sizes(fields)[nearest])
    current = np.where(outside[:, None], np.nan, current).reshape(*grid.shape)
    extent = (high - low) / (high - low).max()
    axes.streamplot(
        x * 1e6, y * 1e6, current[..., 0], current[..., 1], color="white", linewidth=0.9, arrowsize=0.9,
        density=tuple(np.maximum(0.9 * extent, 0.15)), broken_streamlines=False,
    )  # fmt: skip


def _mark_largest(axes: Axes, data: RunData, named: bool) -> None:
    focusing = data.summary.focusing
    if focusing is None:
        return
    x, y = focusing.place[0] * 1e6, focusing.place[1] * 1e6
    axes.plot(
        x, y, marker="o", markersize=11, markerfacecolor="none", markeredgecolor=INK, markeredgewidth=1.8, zorder=8
    )
    if not named:
        return
    left, right = axes.get_xlim()
    on_left = x > left + 0.15 * (right - left)
    label = axes.annotate(
        f"{number(focusing.factor)} ×",
        (x, y),
        xytext=(-7 if on_left else 7, 7),
        textcoords="offset points",
        ha="right" if on_left else "left",
        fontsize=11,
        zorder=9,
    )
    label.set_in_layout(False)
    label.set_clip_on(True)
    outlined(label)


def _focusing_finding(data: RunData, low: float, high: float) -> str:
    nominal = quantity(data.summary.applied_current_density, "A m^-2")
    focusing = data.summary.focusing
    if high - low < 0.01:
        return f"The current is spread evenly: everywhere within 1 % of {nominal}"
    if focusing is None:
        return f"99.6 % of the ceramic carries between {number(low)} and {number(high)} times the nominal {nominal}"
    return (
        f"The current crowds to {number(focusing.factor)} times the nominal {nominal} "
        f"near {focusing.near} ({number(focusing.distance * 1e6, 2)} µm around tips and edges left out)"
    )


def _grain_boundary_share(data: RunData) -> float | None:
    breakdown = data.summary.resistance
    if breakdown is None or not breakdown.total:
        return None
    parts = [part for part in breakdown.shares if "grain bound" in part.label.lower()]
    return sum(part.area_specific_resistance for part in parts) / breakdown.total if parts else None
