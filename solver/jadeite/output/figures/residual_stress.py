# SPDX-License-Identifier: LGPL-3.0-or-later
"""What residual stress does to boundaries: tractions by misorientation, and the grain size at which they crack."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import number, percent
from jadeite.output.figures.run_data import SURFACE, RunData
from jadeite.output.figures.style import BLUE, INK, ORANGE, QUIET, RED, plain_decades, titled
from jadeite.output.summary import ResultTable

NORMAL_TRACTION = "normal traction (Pa)"
_BOUNDARIES = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
#: Width of the bar of a phase boundary class, which has no angles, in degrees.
_PHASE_WIDTH = 12.0
#: ... and its distance from the others.
_GAP = 4.0
_LIMIT_FRACTION = 0.98


def draw_boundary_traction(data: RunData) -> Figure | None:
    """Draw the normal traction on boundaries: on the map, where the run is plane, and by misorientation."""
    classes, boundaries = data.table("tractions_by_misorientation"), data.table("boundary_tractions")
    if classes is None or boundaries is None or not np.nanmax(boundaries.values("misorientation"), initial=0.0) > 0.0:
        return None  # grains that are not turned against each other have no classes to tell apart
    mapped = data.plane_mesh is not None and data.interfaces is not None
    figure = Figure(figsize=(13 if mapped else 8.5, 5.8), layout="constrained")
    panels: list[Axes] = list(figure.subplots(1, 2 if mapped else 1, squeeze=False)[0])
    if mapped:
        _draw_map(figure, panels[0], data)
    axes = panels[-1]
    angle, normal = (boundaries.values(name) for name in ("misorientation", "normal"))
    weight = boundaries.values("measure")
    last = _last_angle(angle)
    # phase boundaries have no angle: they stand behind the others, spread by the golden ratio
    place, without = np.degrees(angle), np.isnan(angle)
    spread = np.modf(np.arange(without.sum()) * 0.5 * (np.sqrt(5.0) - 1.0))[0]
    place[without] = last + _GAP + _PHASE_WIDTH * (0.1 + 0.8 * spread)
    axes.scatter(
        place,
        normal * 1e-6,
        s=10.0 + 60.0 * weight / weight.max(),
        color=BLUE,
        alpha=0.45,
        linewidths=0,
        label="mean of each boundary, larger for longer ones",
    )
    _draw_classes(axes, classes, last)
    axes.axhline(0.0, color=QUIET, linewidth=0.8)
    axes.set_xlabel("misorientation across the boundary (°)")
    axes.set_ylabel("normal traction (MPa), tension positive")
    figure.legend(loc="outside lower center", ncols=3, handlelength=1.6)
    pulled = float(weight[normal > 0.0].sum() / weight.sum())
    titled(
        figure,
        f"{percent(pulled)} of the boundaries are in tension, the worst under {number(normal.max() * 1e-6)} MPa",
    )
    return figure


def draw_microcracking(data: RunData) -> Figure | None:
    """Draw the energy that opening each boundary releases against the grain size, with the energy that it takes."""
    found, sizes = data.table("opened_boundaries"), data.table("microcracking")
    if found is None or sizes is None:
        return None
    rate, needed, critical, overlap = (
        found.values(name) for name in ("energy_release_rate", "fracture_energy", "critical_grain_size", "overlap")
    )
    grain = float(sizes.values("grain_size")[0] / sizes.values("magnification")[0])
    if not (rate > 0.0).any():
        return None
    figure = Figure(figsize=(8.5, 6), layout="constrained")
    axes = figure.subplots()
    span = np.array([0.5 * np.nanmin(critical), 2.0 * np.nanmax(critical)])
    given = sizes.values("grain_size")
    span = np.array([min(span[0], given.min()), max(span[1], given.max())])
    sound = overlap <= 0.05
    for row in np.flatnonzero(rate > 0.0):
        colour, line = (BLUE, "-") if sound[row] else (QUIET, ":")
        axes.plot(span * 1e6, rate[row] * span / grain, line, color=colour, linewidth=1.4)
    axes.plot([], [], color=BLUE, linewidth=1.4, label="energy released by opening a boundary")
    if not sound.all():
        axes.plot([], [], color=QUIET, ls=":", label="the same, with faces that overlap")
    axes.plot(
        given * 1e6, sizes.values("energy_release_rate"), "o", color=BLUE, ms=6, label="largest, at the sizes asked"
    )
    for energy in np.unique(needed.round(9)):
        axes.axhline(
            energy, color=RED, linewidth=1.6, label="energy that breaks it" * bool(energy == needed.round(9).min())
        )
    headline = {entry.key: entry.value for entry in data.summary.headlines}
    if "critical_grain_size" in headline:
        axes.axvline(headline["critical_grain_size"] * 1e6, color=INK, ls="--", lw=1.2, label="first boundary opens")
    if "critical_grain_size_estimate" in headline:
        axes.axvline(headline["critical_grain_size_estimate"] * 1e6, color=ORANGE, ls="--", lw=1.2, label="closed form")
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain_decades(axes.xaxis)
    plain_decades(axes.yaxis)
    axes.set_xlim(*(span * 1e6))
    axes.set_xlabel("grain size (µm)")
    axes.set_ylabel("energy release rate (J/m²)")
    figure.legend(loc="outside lower center", ncols=2)
    if "critical_grain_size" in headline:
        size = number(headline["critical_grain_size"] * 1e6)
        text = f"Grains above {size} µm crack along their boundaries by themselves"
    else:
        text = "No boundary that was opened can crack by itself at any grain size"
    titled(figure, text)
    return figure


def _draw_map(figure: Figure, axes: Axes, data: RunData) -> None:
    """Boundaries as lines coloured by their normal traction."""
    interfaces, mesh = data.interfaces, data.plane_mesh
    assert interfaces is not None and mesh is not None
    inside = np.isin(interfaces.cell[SURFACE], data.surface_rows(*_BOUNDARIES))
    traction = interfaces.cell[NORMAL_TRACTION][inside] * 1e-6
    lines: NDArray[np.float64] = interfaces.points[interfaces.cells[inside]][:, :, :2] * 1e6
    limit = float(np.quantile(np.abs(traction), _LIMIT_FRACTION)) or 1.0
    drawn = LineCollection(list(lines), array=traction, cmap="RdBu_r", linewidths=3.0, capstyle="round")
    drawn.set_clim(-limit, limit)
    axes.set_facecolor("#BBBBBB")
    axes.add_collection(drawn)
    low, high = mesh.points.min(axis=0) * 1e6, mesh.points.max(axis=0) * 1e6
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_aspect("equal")
    axes.set_xlabel("x (µm)")
    axes.set_ylabel("y (µm)")
    bar = figure.colorbar(drawn, ax=axes, extend="both", shrink=0.85, pad=0.02)
    bar.set_label("normal traction (MPa)")


def _last_angle(angle: NDArray[np.float64]) -> float:
    """Where the axis of misorientations ends: the next five degrees behind the largest."""
    known = np.degrees(angle[np.isfinite(angle)])
    return float(5.0 * np.ceil(known.max() / 5.0)) if len(known) else 0.0


def _draw_classes(axes: Axes, classes: ResultTable, last: float) -> None:
    """The middle 90 % of each class, and its mean."""
    start, end = (np.degrees(classes.values(name)) for name in ("from", "to"))
    phases, edge = np.isnan(start), last + _GAP
    start = np.where(phases, edge, start)
    end = np.where(phases, edge + _PHASE_WIDTH, np.minimum(np.nan_to_num(end), last))
    low, high, mean = (classes.values(name) * 1e-6 for name in ("quantile_0.05", "quantile_0.95", "mean"))
    axes.bar(
        start,
        high - low,
        end - start,
        low,
        align="edge",
        color="#D9DEE3",
        edgecolor="white",
        zorder=0,
        label="5 to 95 % of each class",
    )
    axes.hlines(mean, start, end, color=ORANGE, linewidth=2.5, label="mean of the class")
    if phases.any():
        axes.text(
            edge + 0.5 * _PHASE_WIDTH,
            1.01,
            "phase\nboundaries",
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=9,
        )
    axes.set_xlim(0.0, float(end.max()) + 2.0)
