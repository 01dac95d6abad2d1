# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cracks as a phase field: where they ran, and how they grew with the load."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jadeite.output.display import percent, quantity
from jadeite.output.figures.run_data import RunData, triangulation
from jadeite.output.figures.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    RED,
    dress_map,
    map_figure,
    map_legend,
    part_of,
    titled,
)
from jadeite.output.summary import ResultTable

Array = NDArray[np.float64]

DAMAGE, PARTING = "damage", "damage as it parts"
_STEPS = "phase_field_steps"

#: Damage below which a place is drawn as whole.
_WHOLE = 0.02


def draw_damage(run: RunData) -> Figure | None:
    """Draw the damage of a plane body in its last state, or as it parts, over its grain boundaries."""
    mesh, fields = run.plane_mesh, run.fields
    if mesh is None or fields is None or DAMAGE not in fields.point:
        return None
    parts = PARTING in fields.point
    values = fields.point[PARTING if parts else DAMAGE]
    figure, (axes, *_) = map_figure(mesh)
    dress_map(axes, mesh)
    colours = axes.tripcolor(
        triangulation(fields.points, fields.cells),
        np.where(values > _WHOLE, values, np.nan) if values.max() > _WHOLE else values,
        shading="gouraud" if values.min() > _WHOLE else "flat",
        cmap=part_of("inferno_r", 0.05, 1.0),
        vmin=0.0,
        vmax=1.0,
        zorder=2.5,
    )
    map_legend(figure, mesh)
    figure.colorbar(colours, ax=axes, shrink=0.85, pad=0.02).set_label("damage: 0 whole, 1 broken")
    titled(figure, _finding_of_map(run, parts))
    return figure


def draw_crack_growth(run: RunData) -> Figure | None:
    """Draw cracks and energies against the load; where cracks jump, the load of the jump."""
    table = _table(run)
    if table is None or len(table.rows) < 3:
        return None
    load = table.values("load_factor")
    area, jumped = table.values("crack_area"), table.values("jumped") > 0.5
    solid = next(column.unit for column in table.columns if column.name == "crack_area") == "m^2"
    figure = Figure(figsize=(9.0, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    size, unit = (1e12, "µm²") if solid else (1e6, "µm")
    left.plot(100.0 * load, size * area, "o-", color=RED, markersize=4)
    for factor in load[jumped]:
        left.axvline(100.0 * factor, color=INK, linestyle=":", linewidth=1.2)
    left.set_ylabel(f"{'area' if solid else 'length'} of cracks ({unit})")
    twin = left.twinx()
    twin.plot(100.0 * load, table.values("largest_damage"), color=BLUE, linewidth=1.5)
    twin.set_ylim(0.0, 1.05)
    twin.set_ylabel("largest damage", color=BLUE)
    energies = [table.values(name) for name in ("elastic_energy", "surface_energy", "lost_energy")]
    scale, joule = _energy_unit(float(np.sum(energies, axis=0).max()), solid)
    right.stackplot(
        100.0 * load,
        [scale * np.maximum(energy, 0.0) for energy in energies],
        labels=["elastic", "surface of cracks", "lost out of balance"],
        colors=[BLUE, RED, ORANGE],
        alpha=0.75,
    )
    right.plot([], [], color=GREEN)
    right.set_ylabel(f"energy ({joule})")
    right.legend(loc="upper left")
    for axes in (left, right):
        axes.set_xlabel("share of the load (%)")
        axes.set_xlim(0.0, None)
        axes.set_ylim(0.0, None)
    titled(figure, _finding_of_growth(table, solid, jumped))
    return figure


def _table(run: RunData) -> ResultTable | None:
    """The steps of the first body."""
    return next((table for table in run.summary.tables if table.key.startswith(_STEPS)), None)


def _energy_unit(largest: float, solid: bool) -> tuple[float, str]:
    exponent = 3 * int(np.floor(np.log10(largest) / 3.0)) if largest > 0.0 else 0
    prefix = {0: "", -3: "m", -6: "µ", -9: "n", -12: "p", -15: "f"}.get(exponent)
    if prefix is None:
        exponent, prefix = 0, ""
    return 10.0**-exponent, f"{prefix}J" if solid else f"{prefix}J per m of depth"


def _finding_of_map(run: RunData, parts: bool) -> str:
    table = _table(run)
    if table is None:
        return "Damage of the ceramic"
    load, damage = table.values("load_factor"), table.values("largest_damage")
    if parts:
        return f"The body bears {percent(load[-1])} of the load; then a crack that starts here parts it"
    if damage[-1] < 0.9:
        return f"Nothing is broken under {percent(load[-1])} of the load"
    return f"Cracks grow from {percent(load[damage >= 0.9][0])} of the load on"


def _finding_of_growth(table: ResultTable, solid: bool, jumped: NDArray[np.bool_]) -> str:
    load, area = table.values("load_factor"), table.values("crack_area")
    grown = quantity(float(area[-1] - area[0]), "m^2" if solid else "m")
    if jumped.any():
        return (
            f"Cracks jump at {percent(load[jumped][0])} of the load; at {percent(load[-1])} they have grown by {grown}"
        )
    return f"Without a jump, cracks grow by {grown} up to {percent(load[-1])} of the load"
