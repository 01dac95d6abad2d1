# SPDX-License-Identifier: LGPL-3.0-or-later
"""Dissolved salt: where it goes, across the separator and in the plane, and how a hold runs it down."""

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import number, quantity
from jadeite.output.figures.conduction import draw_streamlines
from jadeite.output.figures.run_data import CURRENT_DENSITY, RunData, triangulation
from jadeite.output.figures.solid_fields import solid_figure
from jadeite.output.figures.style import (
    BLUE,
    INK,
    ORANGE,
    QUIET,
    RED,
    boundary_lines,
    dress_map,
    map_figure,
    map_legend,
    part_of,
    titled,
)

CONCENTRATION = "salt concentration (mol m^-3)"
_HOLDS_SALT = "salt"


def draw_salt_profile(data: RunData) -> Figure | None:
    """Draw the mean concentration across the separator, one line for each current density or time."""
    table = data.table("salt_profile")
    if table is None:
        return None
    first = table.columns[0]
    of_line = table.values(first.name)
    heights = table.values("height") * 1e6
    concentration = table.values("concentration")
    lines = np.unique(of_line)
    colours = part_of("viridis_r", 0.12, 1.0)(np.linspace(0.0, 1.0, len(lines)) if len(lines) > 1 else [1.0])
    figure = Figure(figsize=(8, 5.2), layout="constrained")
    axes = figure.subplots()
    for value, colour in zip(lines, colours, strict=True):
        chosen = of_line == value
        label = f"{number(value)} s" if first.name == "time" else quantity(value, "A m^-2")
        axes.plot(heights[chosen], concentration[chosen], color=colour, linewidth=2.0, label=label)
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_xlim(heights.min(), heights.max())
    axes.set_ylim(min(0.0, float(concentration.min())), 1.05 * concentration.max())
    axes.set_xlabel("height above the plating electrode (µm)")
    axes.set_ylabel("salt concentration (mol/m³)")
    if len(lines) > 1:
        axes.legend(loc="upper left", title="after" if first.name == "time" else "at", alignment="left")
    titled(figure, _profile_finding(data, float(concentration.min())))
    return figure


def _profile_finding(data: RunData, lowest: float) -> str:
    limit = _headline(data, "limiting_current_density")
    depletion = _headline(data, "depletion_time")
    if depletion is not None:
        return f"The salt {_lowest_place(data)} is used up after {number(depletion)} s"
    said = (
        f"At {quantity(data.summary.applied_current_density, 'A m^-2')} the plating side keeps {number(lowest)} mol/m³"
    )
    return said if limit is None else f"{said}; none would be left at {quantity(limit, 'A m^-2')}"


def draw_hold(data: RunData) -> Figure | None:
    """Draw voltage (or current density) and the concentrations at both electrodes against time."""
    table = data.table("hold")
    if table is None or len(table.rows) < 3 or "salt_change" not in {column.name for column in table.columns}:
        return None
    seconds = table.values("time")
    density, voltage = 0.1 * table.values("current_density"), 1e3 * table.values("voltage")
    steered = np.ptp(density) > 1e-6 * density.max()  # a held voltage lets the current change
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(seconds, density if steered else voltage, color=BLUE, linewidth=2.0)
    left.set_ylabel("current density (mA/cm²)" if steered else "cell voltage (mV)")
    left.set_ylim(bottom=0.0)
    for name, label, colour in (
        ("at_stripping", "at the stripping electrode", ORANGE),
        ("at_plating", "at the plating electrode", BLUE),
    ):
        values = table.values(name)
        if np.isfinite(values).all():
            right.plot(seconds, values, color=colour, linewidth=2.0, label=label)
    right.set_ylabel("salt concentration (mol/m³)")
    right.set_ylim(bottom=0.0)
    right.legend(loc="center right")
    depletion = _headline(data, "depletion_time")
    for axes in (left, right):
        axes.set_xlim(0.0, max(seconds[-1], depletion or 0.0) * 1.02)
        axes.set_xlabel("time (s)")
        if depletion is not None:
            axes.axvline(depletion, color=RED, linewidth=1.4, linestyle="--")
    shown = quantity(data.summary.applied_current_density, "A m^-2")
    if depletion is not None:
        finding = f"{shown} uses up the salt {_lowest_place(data)} in {number(depletion)} s, and the voltage runs away"
    else:
        finding = f"After {number(seconds[-1])} s the cell carries {shown} at {quantity(1e-3 * voltage[-1], 'V')}"
    titled(figure, finding)
    return figure


def draw_salt_map(data: RunData) -> Figure | None:
    """Draw the concentration of the salt where it differs along the electrodes, and the way of the current."""
    mesh, fields = data.mesh, data.fields
    if mesh is None or fields is None or CONCENTRATION not in fields.point or _HOLDS_SALT not in fields.cell:
        return None
    holds = fields.cell[_HOLDS_SALT] > 0
    if holds.all() and not mesh.flaws and not mesh.patches and not mesh.pores:
        return None
    concentration = fields.point[CONCENTRATION]
    held = concentration[np.unique(fields.cells[holds])]
    norm, colour_map = Normalize(float(held.min()), float(held.max())), colormaps["viridis"]
    figure: Figure
    if mesh.dimension == 3:
        of_cell = np.where(holds, concentration[fields.cells[:, :4]].mean(axis=1), np.nan)
        figure, panels, colours = solid_figure(data, {"": of_cell}, None, colour_map, norm)
    else:
        figure, panels = map_figure(mesh)
        (axes,) = panels
        axes.set_facecolor("#E9E4DC")  # materials without salt
        shape = triangulation(fields.points, fields.cells[holds])
        colours = axes.tripcolor(shape, concentration, shading="gouraud", cmap=colour_map, norm=norm)
        lines: LineCollection
        lines, _ = boundary_lines(mesh, SurfaceKind.PHASE_BOUNDARY, linewidths=0.7, colors=INK)
        axes.add_collection(lines)
        if CURRENT_DENSITY in fields.cell:
            draw_streamlines(axes, fields)
        dress_map(axes, mesh)
        legend = [] if holds.all() else [
            Line2D([], [], marker="o", ls="", markerfacecolor="#E9E4DC", markeredgecolor=INK, ms=10, label="no salt")
        ]  # fmt: skip
        map_legend(figure, mesh, legend)
    bar = figure.colorbar(colours, ax=panels, shrink=0.85, pad=0.02)
    bar.set_label("salt concentration (mol/m³)")
    titled(figure, _map_finding(data))
    return figure


def _map_finding(data: RunData) -> str:
    share = _headline(data, "current_share_without_salt")
    applied = quantity(data.summary.applied_current_density, "A m^-2")
    if share is None:
        return f"Current of {applied} draws the salt to the stripping side"
    if share < 0.05:
        return f"The current flows around the particles, which carry {number(100 * share, 2)} % of {applied}"
    return f"Materials without salt carry {number(100 * share, 2)} % of {applied}"


def draw_polarisation(data: RunData) -> Figure | None:
    """Draw the voltage of the cell against its current density, with the limit that the salt sets."""
    table = data.table("polarisation")
    if table is None or len(table.rows) < 3:
        return None
    density, voltage = 0.1 * table.values("current_density"), 1e3 * table.values("voltage")
    figure = Figure(figsize=(8, 5.2), layout="constrained")
    axes = figure.subplots()
    ohmic = voltage[0] / density[0]
    reach = float(density[-1])
    limit = _headline(data, "limiting_current_density")
    axes.plot(density, voltage, color=BLUE, linewidth=2.0, marker="o", label="cell")
    end = 1.05 * max(reach, 0.0 if limit is None else 0.1 * limit)
    straight = np.array([0.0, end])
    axes.plot(straight, ohmic * straight, color=QUIET, linewidth=1.4, linestyle=":", label="slope of the first point")
    if limit is not None:
        axes.axvline(0.1 * limit, color=RED, linewidth=1.6, linestyle="--", label="limiting current density")
    axes.set_xlim(0.0, end)
    axes.set_ylim(0.0, 1.1 * max(float(voltage.max()), ohmic * reach))
    axes.set_xlabel("current density (mA/cm²)")
    axes.set_ylabel("cell voltage (mV)")
    axes.legend(loc="upper left")
    said = f"{quantity(10.0 * reach, 'A m^-2')} needs {quantity(1e-3 * voltage[-1], 'V')}"
    ratio = voltage[-1] / density[-1] / ohmic
    if limit is not None:
        said += f"; no steady current passes {quantity(limit, 'A m^-2')}"
    elif abs(ratio - 1.0) > 0.01:
        said += f", {number(100 * abs(ratio - 1.0), 2)} % {'more' if ratio > 1.0 else 'less'} than in proportion"
    else:
        said += ", in proportion to the current"
    titled(figure, said)
    return figure


def _lowest_place(data: RunData) -> str:
    """Where the salt is lowest at the end: the headline of that concentration says it."""
    (line,) = (line for line in data.summary.headlines if line.key == "lowest_salt_concentration")
    place = line.definition.removesuffix(", at the end").replace(" um", " µm")
    return "at the plating electrode" if "y = 0 µm" in place else place


def _headline(data: RunData, key: str) -> float | None:
    return next((line.value for line in data.summary.headlines if line.key == key), None)
