# SPDX-License-Identifier: LGPL-3.0-or-later
"""How a cell ages: its resistance against time, and where the film on its electrode is thick."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import number, quantity
from jadeite.output.figures.run_data import SURFACE, RunData
from jadeite.output.figures.style import BLUE, CYCLE, INK, QUIET, RED, electrode_label, titled
from jadeite.output.summary import ResultTable

FILM_THICKNESS = "film thickness (m)"

_PARTS = (
    ("interphase", "growing films", RED),
    ("film", "films that do not grow", CYCLE[1]),
    ("contact", "contact", CYCLE[2]),
    ("charge_transfer", "charge transfer", CYCLE[3]),
)
_HOUR, _TO_OHM_SQUARE_CENTIMETRE = 3600.0, 1e4
#: Film thicknesses that differ by less than this, over their mean, are drawn nowhere.
_UNIFORM = 1e-6


def draw_ageing(data: RunData) -> Figure | None:
    """Draw the area-specific resistance and its parts against time, and beside it what becomes of the flaws."""
    table = data.table("ageing")
    if table is None or len(table.rows) < 3:
        return None
    names = {column.name for column in table.columns}
    judged = "largest_sodium_pressure" in names
    figure = Figure(figsize=(11 if judged else 8, 5.4), layout="constrained")
    columns = list(figure.subplots(1, 2 if judged else 1, squeeze=False)[0])
    hours = table.values("time") / _HOUR
    total = table.values("area_specific_resistance") * _TO_OHM_SQUARE_CENTIMETRE
    _draw_resistance(columns[0], table, hours, total)
    if judged:
        _draw_pressure(columns[1], data, table, hours)
    rise = f"{number(total[-1] / total[0], 2)} times what it was" if total[-1] > 1.1 * total[0] else "hardly changed"
    titled(
        figure,
        f"After {number(hours[-1])} h the area-specific resistance is "
        f"{quantity(total[-1] / _TO_OHM_SQUARE_CENTIMETRE, 'ohm m^2')}, {rise}",
    )
    return figure


def _draw_resistance(axes: Axes, table: ResultTable, hours: NDArray[np.float64], total: NDArray[np.float64]) -> None:
    after = hours > 0.0
    lowest = 0.05 * total[0]
    axes.loglog(hours[after], total[after], color=INK, linewidth=2.2, label="cell")
    for name, label, colour in _PARTS:
        values = table.values(name)[after] * _TO_OHM_SQUARE_CENTIMETRE
        if values.max() > lowest and values.min() > 0.0:
            axes.loglog(hours[after], values, color=colour, linewidth=1.6, label=label)
    grown = table.values("interphase")[after] * _TO_OHM_SQUARE_CENTIMETRE
    if grown[-1] > 0.0:
        # a guide through half of what has grown at the end, so that it lies beside the curve and not upon it
        guide = 0.4 * grown[-1] * np.sqrt(hours[after] / hours[-1])
        axes.loglog(hours[after], guide, color=QUIET, linewidth=1.2, linestyle=":", label="slope of √time")
    axes.axhline(total[0], color=QUIET, linewidth=1.0, linestyle="--")
    axes.text(hours[-1], total[0], "fresh cell", ha="right", va="bottom", fontsize=10, color=QUIET)
    axes.set_xlim(_first_shown(hours), hours[-1] * 1.3)
    axes.set_ylim(lowest, 2.0 * total.max())
    axes.set_xlabel("time (h)")
    axes.set_ylabel("area-specific resistance (Ω cm²)")
    axes.legend(loc="upper left")


def _draw_pressure(axes: Axes, data: RunData, table: ResultTable, hours: NDArray[np.float64]) -> None:
    after = hours > 0.0
    pressure = table.values("largest_sodium_pressure") * 1e-6
    axes.loglog(hours[after], pressure[after], color=BLUE, linewidth=2.0)
    axes.set_xlabel("time (h)")
    axes.set_ylabel("largest sodium pressure in a flaw (MPa)")
    axes.set_xlim(_first_shown(hours), hours[-1] * 1.3)
    when = _first_failure(table, hours)
    if when is not None:
        axes.axvline(when, color=RED, linewidth=1.4, linestyle="--")
        said = f"a flaw starts a dendrite\nat the current held here\nfrom {number(when)} h on"
        # below the curve on its right, or above it on its left: wherever the line is not
        early = when < np.sqrt(_first_shown(hours) * hours[-1])
        x, y, across, up = (0.97, 0.05, "right", "bottom") if early else (0.04, 0.97, "left", "top")
        axes.text(x, y, said, transform=axes.transAxes, ha=across, va=up, color=RED, fontsize=11)
    critical = {line.key: line.value for line in data.summary.headlines}
    fresh, aged = critical.get("critical_current_density_at_start"), critical.get("critical_current_density")
    if fresh is not None and aged is not None:
        axes.set_title(
            f"critical current density\n{quantity(fresh, 'A m^-2')} fresh, {quantity(aged, 'A m^-2')} aged", fontsize=11
        )


def _first_shown(hours: NDArray[np.float64]) -> float:
    """Where the logarithmic axis of time begins, h."""
    return float(max(1e-5 * hours[-1], hours[hours > 0.0].min()))


def _first_failure(table: ResultTable, hours: NDArray[np.float64]) -> float | None:
    """Time (h) at which the smallest margin falls below one; None when it does not, or never was above."""
    if "smallest_margin" not in {column.name for column in table.columns}:
        return None
    margin = np.log(table.values("smallest_margin"))
    below = np.flatnonzero(margin < 0.0)
    if not len(below) or below[0] == 0:
        return None
    late = below[0]
    share = margin[late - 1] / (margin[late - 1] - margin[late])
    return float(hours[late - 1] + share * (hours[late] - hours[late - 1]))


def draw_film(data: RunData) -> Figure | None:
    """Draw the thickness of the film along the plating electrode; nothing when it is the same everywhere."""
    mesh, interfaces = data.mesh, data.interfaces
    if mesh is None or interfaces is None or FILM_THICKNESS not in interfaces.cell:
        return None
    chosen = np.isin(interfaces.cell[SURFACE], data.surface_rows(SurfaceKind.PLATING_ELECTRODE))
    thickness = interfaces.cell[FILM_THICKNESS][chosen]
    if not len(thickness) or np.ptp(thickness) <= _UNIFORM * thickness.mean():
        return None
    scale, unit = (1e6, "µm") if thickness.max() >= 1e-7 else (1e9, "nm")
    if mesh.dimension == 3:
        figure = Figure(figsize=(7.5, 6.2), layout="constrained")
        axes = figure.subplots()
        corners = interfaces.points[interfaces.cells[chosen]][:, :, [0, 2]].reshape(-1, 2) * 1e6
        own = Triangulation(corners[:, 0], corners[:, 1], np.arange(len(corners)).reshape(-1, 3))
        colours = axes.tripcolor(own, np.repeat(thickness * scale, 3), shading="gouraud", cmap="cividis")
        axes.set_aspect("equal")
        axes.set_ylabel("z (µm)")
        figure.colorbar(colours, ax=axes, shrink=0.8, pad=0.02).set_label(f"film thickness ({unit})")
    else:
        figure = Figure(figsize=(8, 4.6), layout="constrained")
        axes = figure.subplots()
        ends = np.sort(interfaces.points[interfaces.cells[chosen]][:, :, 0] * 1e6, axis=1)
        order = np.argsort(ends[:, 0])
        x, y = ends[order].ravel(), np.repeat(thickness[order] * scale, 2)
        # a part without contact interrupts the film
        gaps = np.flatnonzero(np.diff(x)[1::2] > 1e-6 * np.ptp(x)) * 2 + 2
        x, y = np.insert(x, gaps, np.nan), np.insert(y, gaps, np.nan)
        axes.fill_between(x, y, color=RED, alpha=0.35, linewidth=0)
        axes.plot(x, y, color=RED, linewidth=1.4)
        axes.set_ylim(0.0, 1.12 * thickness.max() * scale)
        axes.set_ylabel(f"film thickness ({unit})")
    axes.set_xlabel(electrode_label(mesh) if mesh.dimension == 2 else "x along the plating electrode (µm)")
    titled(
        figure,
        f"The film on the plating electrode is {number(thickness.min() * scale)} to "
        f"{number(thickness.max() * scale)} {unit} thick",
    )
    return figure
