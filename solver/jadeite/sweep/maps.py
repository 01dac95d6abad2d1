# SPDX-License-Identifier: LGPL-3.0-or-later
"""Heat maps: a headline figure as colour over two parameters, on a grid or at scattered places."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from jadeite.output.display import number
from jadeite.output.figures.style import INK, titled
from jadeite.sweep.axis import Axis

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
        drawn = axes.pcolormesh(
            _edges(np.unique(horizontal.values), horizontal.logarithmic),
            _edges(np.unique(vertical.values), vertical.logarithmic),
            cells, cmap="viridis", norm=norm,
        )  # fmt: skip
        _write(axes, np.unique(horizontal.values), np.unique(vertical.values), cells, norm)
    else:
        x, y = horizontal.values[usable], vertical.values[usable]
        surface = _triangulation(_position(horizontal, usable), _position(vertical, usable), x, y)
        if surface is not None:
            axes.tricontourf(surface, z, levels=24, cmap="viridis", norm=norm, alpha=0.75)
        drawn = axes.scatter(x, y, c=z, cmap="viridis", norm=norm, edgecolor=INK, s=60, zorder=3)
    horizontal.dress(axes.xaxis)
    vertical.dress(axes.yaxis)
    axes.set_xlabel(horizontal.title)
    axes.set_ylabel(vertical.title)
    figure.colorbar(drawn, ax=axes, label=colour.title)
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


def _edges(centres: NDArray[np.float64], logarithmic: bool) -> NDArray[np.float64]:
    """Return the edges of cells about their centres, half-way between neighbours on the axis' own scale."""
    at = np.log(centres) if logarithmic else centres
    middle = 0.5 * (at[1:] + at[:-1])
    edges = np.concatenate([[2 * at[0] - middle[0]], middle, [2 * at[-1] - middle[-1]]])
    return np.exp(edges) if logarithmic else edges


def _write(
    axes: Axes, across: NDArray[np.float64], up: NDArray[np.float64], cells: NDArray[np.float64], norm: Normalize
) -> None:
    if cells.size > _WRITTEN:
        return
    for row, y in enumerate(up):
        for place, x in enumerate(across):
            value = cells[row, place]
            missing = not np.isfinite(value)
            ink = INK if missing or norm(value) > 0.6 else "white"
            axes.text(
                x, y, "none" if missing else number(float(value)), ha="center", va="center", color=ink, fontsize=11
            )


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
        x, y = horizontal.told(horizontal.values[member]), vertical.told(vertical.values[member])
        return f"{colour.told(colour.values[member])} (at {x}, {y})"

    return f"{colour.label} lies between {at(int(lowest))} and {at(int(largest))}"
