# SPDX-License-Identifier: LGPL-3.0-or-later
"""Heat maps: a headline figure as colour over two parameters, on a grid or at scattered places."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis as DrawnAxis
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from jadeite.output.display import number
from jadeite.output.figures.style import INK, plain_decades, titled
from jadeite.sweep.axis import Axis

#: Values of a grid that are written along an axis.
_TICKS = 12

#: Cells of a grid that are small enough in number to carry their values.
_WRITTEN = 64


def draw_map(horizontal: Axis, vertical: Axis, colour: Axis) -> Figure | None:
    """Draw a response over two parameters; None when no member has a value.

    A complete grid gives one cell for each pair of values, with the mean of the members there. Scattered samples are
    points on a surface interpolated between them.
    """
    usable = np.isfinite(horizontal.values) & np.isfinite(vertical.values) & np.isfinite(colour.values)
    if not usable.any():
        return None
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    axes = figure.subplots()
    z = colour.values[usable]
    norm = LogNorm(z.min(), z.max()) if colour.logarithmic else Normalize(z.min(), z.max())
    cells = _cells(horizontal, vertical, colour, usable)
    drawn: ScalarMappable
    if cells is not None:
        # cells of equal size, whatever the steps between values
        drawn = axes.pcolormesh(cells, cmap="viridis", norm=norm, edgecolor="white", linewidth=1.0)
        _write(axes, cells, norm)
        _label_cells(axes.xaxis, horizontal)
        _label_cells(axes.yaxis, vertical)
    else:
        x, y = horizontal.values[usable], vertical.values[usable]
        surface = _triangulation(_position(horizontal, usable), _position(vertical, usable), x, y)
        if surface is not None and z.max() > z.min():
            spaced = np.geomspace if colour.logarithmic else np.linspace
            axes.tricontourf(surface, z, levels=spaced(z.min(), z.max(), 25), cmap="viridis", norm=norm, alpha=0.75)
        drawn = axes.scatter(x, y, c=z, cmap="viridis", norm=norm, edgecolor=INK, s=60, zorder=3)
        horizontal.dress(axes.xaxis)
        vertical.dress(axes.yaxis)
    axes.set_xlabel(horizontal.title)
    axes.set_ylabel(vertical.title)
    bar = figure.colorbar(drawn, ax=axes, label=colour.title)
    if colour.logarithmic:
        plain_decades(bar.ax.yaxis)
    titled(figure, _finding(horizontal, vertical, colour, usable))
    return figure


def _cells(horizontal: Axis, vertical: Axis, colour: Axis, usable: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Return the mean of each cell of a grid, not-a-number where it failed; None where places are scattered."""
    across, up = np.unique(horizontal.values), np.unique(vertical.values)
    places = set(zip(horizontal.values, vertical.values, strict=True))
    if min(len(across), len(up)) < 2 or len(places) < len(across) * len(up):
        return None
    cell = np.searchsorted(up, vertical.values) * len(across) + np.searchsorted(across, horizontal.values)
    size = len(across) * len(up)
    counts = np.bincount(cell[usable], minlength=size)
    totals = np.bincount(cell[usable], weights=colour.values[usable], minlength=size)
    with np.errstate(invalid="ignore"):
        return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan).reshape(len(up), len(across))


def _label_cells(drawn: DrawnAxis, axis: Axis) -> None:
    """Write the values of a grid at the middle of its cells, as many as there is room for."""
    levels = np.unique(axis.values)
    every = max(1, math.ceil(len(levels) / _TICKS))
    places = np.arange(0, len(levels), every)
    drawn.set_major_locator(FixedLocator(list(places + 0.5)))
    drawn.set_ticklabels([axis.bare(float(levels[place])) for place in places])


def _write(axes: Axes, cells: NDArray[np.float64], norm: Normalize) -> None:
    """Write values into the cells of a grid, if these are few."""
    if cells.size > _WRITTEN:
        return
    for (row, place), value in np.ndenumerate(cells):
        missing = not np.isfinite(value)
        ink = INK if missing or norm(value) > 0.6 else "white"
        text = "none" if missing else number(float(value))
        axes.text(place + 0.5, row + 0.5, text, ha="center", va="center", color=ink, fontsize=11)


def _position(axis: Axis, usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return where values lie along an axis, from 0 to 1: neighbours are found as the eye sees them."""
    at = np.log(axis.values[usable]) if axis.logarithmic else axis.values[usable]
    return (at - at.min()) / max(float(np.ptp(at)), 1e-300)


def _triangulation(
    across: NDArray[np.float64], up: NDArray[np.float64], x: NDArray[np.float64], y: NDArray[np.float64]
) -> Triangulation | None:
    """Return triangles between scattered places; None where all lie on a line."""
    centred = np.column_stack([across - across.mean(), up - up.mean()])
    if len(np.unique(centred, axis=0)) < 3 or np.linalg.matrix_rank(centred, tol=1e-6) < 2:
        return None
    triangles = Triangulation(across, up).triangles
    return Triangulation(x, y, triangles)


def _finding(horizontal: Axis, vertical: Axis, colour: Axis, usable: NDArray[np.bool_]) -> str:
    where = np.flatnonzero(usable)
    lowest = where[np.argmin(colour.values[where])]
    largest = where[np.argmax(colour.values[where])]

    def at(member: int) -> str:
        x, y = horizontal.chosen(horizontal.values[member]), vertical.chosen(vertical.values[member])
        return f"{colour.told(colour.values[member])} (at {x}, {y})"

    return f"{colour.label} lies between {at(int(lowest))} and {at(int(largest))}"
