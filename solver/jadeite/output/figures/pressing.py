# SPDX-License-Identifier: LGPL-3.0-or-later
"""A sodium foil between platens: pressure against current, against its width and under the platen, and in time."""

import numpy as np
from matplotlib.figure import Figure

from jadeite.output.display import number, percent, quantity
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import BLUE, GREEN, INK, ORANGE, QUIET, plain_decades, titled

_MEGAPASCAL, _MILLIAMPERE = 1e-6, 0.1


def draw_pressing(data: RunData) -> Figure | None:
    """Draw the pressure that makes a foil flow against current density, and against its width."""
    table = data.table("pressing")
    if table is None:
        return None
    density, pressure = table.values("current_density") * _MILLIAMPERE, table.values("pressure") * _MEGAPASCAL
    free, film = (table.values(name) * _MEGAPASCAL for name in ("free_layer", "squeeze_film"))
    widths = data.table("confinement")
    figure = Figure(figsize=(11, 4.9) if widths is not None else (8, 5.2), layout="constrained")
    panels = list(figure.subplots(1, 2 if widths is not None else 1, squeeze=False).flat)
    left = panels[0]
    left.loglog(density, pressure, color=BLUE, marker="o", linewidth=3.2, label="this foil")
    if np.isfinite(free).all():
        left.loglog(density, film, color=ORANGE, linestyle="--", linewidth=1.6, label="thin film (Scott)")
        left.loglog(density, free, color=GREEN, linewidth=2.0, label="free layer")
    if len(density) > 1:
        left.loglog(
            density,
            pressure[-1] * density / density[-1],
            color=QUIET,
            linestyle=":",
            linewidth=1.6,
            label="in proportion to the current",
        )
    left.set_xlabel("stripping current density (mA/cm²)")
    left.set_ylabel("pressure of the platens (MPa)")
    for axis in (left.xaxis, left.yaxis):
        plain_decades(axis)
    left.set_ylim(top=4.0 * pressure.max())
    left.legend(loc="upper left", fontsize=10, ncols=2)
    if widths is not None:
        right = panels[1]
        ratio, of_film = widths.values("aspect_ratio"), widths.values("squeeze_film") * _MEGAPASCAL
        right.loglog(ratio, of_film, color=ORANGE, linestyle="--", linewidth=1.8, label="thin film (Scott)")
        right.axhline(free[-1], color=GREEN, linewidth=2.0, label="free layer")
        own = ratio[np.argmin(np.abs(of_film - film[-1]))]
        right.loglog([own], pressure[-1:], color=BLUE, marker="o", linestyle="none", label="this foil", zorder=3)
        right.set_xlabel(("radius" if data.summary.axisymmetric else "half width") + " over thickness")
        right.set_ylabel(f"pressure at {number(density[-1])} mA/cm² (MPa)")
        right.legend(loc="upper left", fontsize=10)
    said = f"{number(density[-1])} mA/cm² needs {quantity(pressure[-1] / _MEGAPASCAL, 'Pa')}"
    if np.isfinite(free).all():
        said += f", {number(pressure[-1] / free[-1])} times what a free layer needs"
    if len(density) > 1:
        slope = np.log(pressure[-1] / pressure[0]) / np.log(density[-1] / density[0])
        said += f"; ten times the current needs {number(10.0**slope)} times the pressure"
    titled(figure, said)
    return figure


def draw_wall_pressure(data: RunData) -> Figure | None:
    """Draw the pressure under the platen from the middle of a foil to its rim."""
    table = data.table("wall_pressure")
    if table is None:
        return None
    place, pressure = table.values("distance") * 1e6, table.values("pressure") * _MEGAPASCAL
    figure = Figure(figsize=(8, 4.8), layout="constrained")
    axes = figure.subplots()
    axes.plot(place, pressure, color=BLUE, linewidth=2.0)
    mean = next(line.value for line in data.summary.headlines if line.key == "pressing_pressure") * _MEGAPASCAL
    axes.axhline(mean, color=INK, linewidth=1.2, linestyle="--")
    axes.annotate("mean", (place.max(), mean), xytext=(-4, 5), textcoords="offset points", ha="right")
    axes.set_xlim(0.0, place.max())
    axes.set_ylim(min(0.0, float(pressure.min())), 1.08 * pressure.max())
    axes.set_xlabel("distance from the axis (µm)" if data.summary.axisymmetric else "distance from the middle (µm)")
    axes.set_ylabel("pressure under the platen (MPa)")
    density = data.summary.applied_current_density
    ratio = number(float(np.median(pressure[: max(1, len(pressure) // 50)])) / mean)
    titled(figure, f"At {quantity(density, 'A m^-2')} the middle bears {ratio} times the mean pressure")
    return figure


def draw_foil_history(data: RunData) -> Figure | None:
    """Draw pressure and loss of thickness in time, and where the work goes."""
    table = data.table("foil_history")
    if table is None or len(table.rows) < 3:
        return None
    seconds, lost = table.values("time"), 100.0 * table.values("thickness_lost")
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    pressure = table.values("pressure") * _MEGAPASCAL
    held = np.ptp(pressure) < 1e-6 * pressure.max()
    if held:
        left.plot(seconds, lost, color=BLUE, linewidth=2.0)
        left.set_xlabel("time (s)")
        left.set_ylabel("thickness lost (%)")
        left.set_xlim(0.0, seconds[-1])
    else:
        left.plot(lost, pressure, color=BLUE, linewidth=2.0, label="over the area at the start")
        present = table.values("mean_pressure") * _MEGAPASCAL
        left.plot(lost, present, color=ORANGE, linestyle="--", linewidth=1.8, label="over the present area")
        left.set_xlabel("thickness lost (%)")
        left.set_ylabel("pressure of the platens (MPa)")
        left.set_xlim(0.0, lost[-1])
        left.legend(loc="lower right")
    left.set_ylim(bottom=0.0)
    work, stored, dissipated = (table.values(name) for name in ("external_work", "stored", "dissipated"))
    unit = 1.0 / work[-1]
    right.plot(seconds, unit * work, color=INK, linewidth=2.4, label="work of the platens")
    right.plot(seconds, unit * dissipated, color=ORANGE, linestyle="--", linewidth=1.8, label="dissipated by flow")
    right.plot(seconds, unit * stored, color=GREEN, linewidth=1.8, label="stored")
    right.set_xlabel("time (s)")
    right.set_ylabel("energy over the work at the end")
    right.set_xlim(0.0, seconds[-1])
    right.set_ylim(0.0, 1.05)
    right.legend(loc="upper left")
    said = f"The foil loses {percent(0.01 * lost[-1])} of its thickness in {number(seconds[-1])} s"
    if not held:
        said += f"; the platens press with up to {quantity(pressure.max() / _MEGAPASCAL, 'Pa')}"
    titled(figure, said)
    return figure
