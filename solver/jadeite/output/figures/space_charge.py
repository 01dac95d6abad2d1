# SPDX-License-Identifier: LGPL-3.0-or-later
"""Resolved space charge: where the ions are, what a boundary looks like from near, and how it charges in time."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.output.display import number, quantity
from jadeite.output.figures.run_data import RunData, triangulation
from jadeite.output.figures.style import BLUE, INK, ORANGE, boundary_lines, dress_map, map_figure, map_legend, titled

CONCENTRATION = "relative concentration"
_LOWEST = 1e-6
"""Concentrations below this share of the grain's have the colour of it."""


def draw_ion_map(data: RunData) -> Figure | None:
    """Draw the concentration of sodium ions over that of neutral grain, on a logarithmic scale."""
    mesh, fields = data.plane_mesh, data.fields
    if mesh is None or fields is None or CONCENTRATION not in fields.point:
        return None
    relative = fields.point[CONCENTRATION]
    low = max(float(relative.min()), _LOWEST)
    high = max(float(relative.max()), 1.0)
    figure, (axes,) = map_figure(mesh)
    colours = axes.tripcolor(
        triangulation(fields.points, fields.cells),
        np.clip(relative, low, None),
        shading="gouraud",
        cmap="cividis",
        norm=LogNorm(min(low, 0.5 * high), high),
    )
    lines, _ = boundary_lines(mesh, SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY, linewidths=0.6, colors="w")
    axes.add_collection(lines)
    dress_map(axes, mesh)
    map_legend(figure, mesh)
    bar = figure.colorbar(colours, ax=axes, shrink=0.85, pad=0.02)
    bar.set_label("sodium ions over those of neutral grain (×)")
    least = float(relative.min())
    if least < 0.99:
        finding = f"Charged boundaries leave down to {number(least)} of the sodium ions beside them"
    else:
        finding = f"Boundary cores gather up to {number(float(relative.max()))} times the sodium ions of the grain"
    titled(figure, finding)
    return figure


def draw_space_charge_profile(data: RunData) -> Figure | None:
    """Draw potential and concentration across the middle of a boundary, resolved and in closed form."""
    table = data.table("space_charge_profile")
    if table is None or len(table.rows) < 2:
        return None
    x = table.values("distance") * 1e9
    phi = np.abs(table.values("closure_potential"))
    reach = 1.5 * float(np.abs(x[phi >= 1e-3 * phi.max()]).max())
    figure = Figure(figsize=(9.0, 4.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, name, factor in ((left, "potential", 1e3), (right, "relative_concentration", 1.0)):
        axes.plot(x, factor * table.values(name), ".", color=BLUE, ms=5, label="resolved")
        # a line for each side: the closed form has a corner at the core
        for part in (x < 0.0, x >= 0.0):
            label = "closed form, one flat boundary" if part[-1] else None
            axes.plot(x[part], factor * table.values(f"closure_{name}")[part], color=ORANGE, lw=1.6, label=label)
        axes.axvline(0.0, color=INK, lw=0.8, alpha=0.4)
        axes.set_xlabel("distance from the core (nm)")
        axes.set_xlim(-reach, reach)
    left.set_ylabel("potential against neutral grain (mV)")
    right.set_ylabel("sodium ions over those of neutral grain (×)")
    right.set_yscale("log")
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    core = float(table.values("potential")[np.argmin(np.abs(x))])
    expected = float(table.values("closure_potential")[np.argmin(np.abs(x))])
    if abs(core - expected) <= 0.02 * abs(expected):
        finding = f"In its middle this boundary is like one between thick grains: its core is at {quantity(core, 'V')}"
    else:
        finding = (
            f"The core of this boundary is at {quantity(core, 'V')}, between thick grains at {quantity(expected, 'V')}"
        )
    titled(figure, finding)
    return figure


def draw_space_charge_transient(data: RunData) -> Figure | None:
    """Draw current density or voltage against time after the step."""
    table = data.table("space_charge_transient")
    if table is None or len(table.rows) < 2:
        return None
    time = table.values("time")
    voltage, current = table.values("voltage"), table.values("current_density")
    follows_voltage = np.ptp(voltage) <= 1e-9 * np.abs(voltage).max()
    values = current * 0.1 if follows_voltage else voltage * 1e3
    figure = Figure(figsize=(7.5, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(time[1:], values[1:], color=BLUE, marker="o", ms=3)
    axes.set_xscale("log")
    axes.set_xlabel("time after the step (s)")
    axes.set_ylabel("current density of ions (mA/cm²)" if follows_voltage else "cell voltage (mV)")
    charging = next((one.value for one in data.summary.headlines if one.key == "charging_time"), None)
    what = "The current settles" if follows_voltage else "The voltage settles"
    titled(figure, what if charging is None else f"{what} within a mean time of {quantity(charging, 's')}")
    return figure
