# SPDX-License-Identifier: LGPL-3.0-or-later
"""The microstructure as a material: its conductivity within bounds, and over grain size."""

import numpy as np
from matplotlib.figure import Figure

from jadeite.constants import ZERO_CELSIUS
from jadeite.output.display import number, percent
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import BLUE, CYCLE, INK, MARKERS, ORANGE, plain_decades, titled
from jadeite.output.summary import ResultTable

_CURVES = 6


def draw_effective_bounds(data: RunData) -> Figure | None:
    """Draw the conductivity along each axis with what bounds and bricks say of it."""
    found, bounds = data.table("effective_conductivity"), data.table("conductivity_bounds")
    if found is None or bounds is None:
        return None
    axes_names = [name for name in "xyz" if f"lower_{name}" in {column.name for column in bounds.columns}]
    figure = Figure(figsize=(9, 2.4 + 0.9 * len(axes_names)), layout="constrained")
    axes = figure.subplots()
    for position, name in enumerate(axes_names):
        low, high, bricks = (_first(bounds, f"{kind}_{name}") for kind in ("lower", "upper", "brick"))
        first = position == 0
        axes.barh(
            position, high - low, left=low, height=0.5, color="#D9DEE3", label="bounds for any arrangement" * first
        )
        axes.plot(bricks, position, "s", color=ORANGE, ms=9, label="brick layer" * first)
        solved = _first(found, 2 * name)
        axes.plot(solved, position, "o", color=BLUE, ms=11, label="solved" * first)
        axes.annotate(
            f"{number(solved)} S/m",
            (solved, position),
            xytext=(0, 11),
            textcoords="offset points",
            ha="center",
            fontsize=10,
        )
    grains = _first(found, "grains")
    axes.axvline(grains, color=INK, linestyle="--", linewidth=1.2, label="grains alone")
    axes.set_yticks(range(len(axes_names)), [f"along {name}" for name in axes_names])
    axes.set_ylim(-0.6, len(axes_names) - 0.3)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("conductivity (S/m)")
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    figure.legend(loc="outside lower center", ncols=4, handlelength=1.4)
    mean = _first(found, "mean")
    titled(
        figure,
        f"The microstructure conducts {number(mean)} S/m on average, {percent(mean / grains)} of what its grains alone "
        "would; "
        f"bricks would conduct {number(_first(found, 'brick_layer'))} S/m",
    )
    return figure


def draw_grain_size(data: RunData) -> Figure | None:
    """Draw the conductivity against the grain size, where several magnifications were solved."""
    found = data.table("effective_conductivity")
    if found is None:
        return None
    values = _columns(found)
    if len(np.unique(values["grain_size"])) < 2:
        return None
    figure = Figure(figsize=(8.5, 6), layout="constrained")
    axes = figure.subplots()
    temperatures = np.unique(values["temperature"])
    for curve, row in enumerate(_spread(len(temperatures))):
        at = np.flatnonzero(values["temperature"] == temperatures[row])
        at = at[np.argsort(values["grain_size"][at])]
        size = values["grain_size"][at] * 1e6
        colour = CYCLE[curve]
        label = f"{number(temperatures[row] - ZERO_CELSIUS)} °C"
        axes.plot(size, values["mean"][at], MARKERS[curve] + "-", color=colour, label=label)
        axes.plot(size, values["brick_layer"][at], "--", color=colour, linewidth=1.0)
        axes.plot(size, values["grains"][at], ":", color=colour, linewidth=1.2)
    axes.plot([], [], "--", color=INK, linewidth=1.0, label="brick layer")
    axes.plot([], [], ":", color=INK, linewidth=1.2, label="grains alone")
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain_decades(axes.xaxis)
    plain_decades(axes.yaxis)
    axes.set_xlabel("grain size (µm)")
    axes.set_ylabel("effective conductivity (S/m)")
    figure.legend(loc="outside lower center", ncols=4)
    first = values["temperature"] == values["temperature"][0]
    small = np.flatnonzero(first)[np.argmin(values["grain_size"][first])]
    titled(
        figure,
        f"With grains of {number(values['grain_size'][small] * 1e6)} µm the ceramic conducts "
        f"{percent(values['mean'][small] / values['grains'][small])} of what its grains alone would",
    )
    return figure


def _spread(count: int) -> list[int]:
    """At most six rows out of a number, spread evenly, ends included."""
    return sorted(set(np.linspace(0, count - 1, min(count, _CURVES)).round().astype(int).tolist()))


def _columns(table: ResultTable) -> dict[str, np.ndarray]:
    return {column.name: table.values(column.name) for column in table.columns}


def _first(table: ResultTable, name: str) -> float:
    value = table.column(name)[0]
    assert value is not None
    return float(value)
