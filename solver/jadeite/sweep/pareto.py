# SPDX-License-Identifier: LGPL-3.0-or-later
"""Members that no other beats in both of two responses, and the picture of them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jadeite.output.display import number
from jadeite.output.figures.style import BLUE, QUIET, RED, outlined, titled
from jadeite.sweep.axis import Axis

#: Members of a front that are named beside their points.
_NAMED = 14


def pareto_front(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points no other beats, where smaller is better in both.

    A point is beaten by one that is at least as good in both and better in one; equal points do not beat each other.
    Points without a value (not-a-number) are never on the front.
    """
    on_front = np.zeros(len(first), dtype=bool)
    usable = np.flatnonzero(np.isfinite(first) & np.isfinite(second))
    order = usable[np.lexsort((second[usable], first[usable]))]
    lowest, at = np.inf, np.nan
    for point in order:
        if second[point] < lowest or (second[point] == lowest and first[point] == at):
            on_front[point] = True
            lowest, at = second[point], first[point]
    return on_front


def draw_pareto(horizontal: Axis, vertical: Axis, signs: tuple[float, float], members: NDArray[np.int64]) -> Figure:
    """Draw two responses of all members and the front.

    Args:
        horizontal: the first response.
        vertical: the second.
        signs: of each, 1 to minimise it and -1 to maximise it.
        members: their numbers.
    """
    x, y = horizontal.values, vertical.values
    front = pareto_front(signs[0] * x, signs[1] * y)
    figure = Figure(figsize=(9, 6.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(x[~front], y[~front], "o", color=QUIET, alpha=0.6, markersize=7, label="beaten by another member")
    order = np.flatnonzero(front)[np.argsort(x[front], kind="stable")]
    axes.plot(x[order], y[order], "o-", color=RED, markersize=9, linewidth=1.5, label="beaten by none")
    if len(order) <= _NAMED:
        for point in order:
            outlined(
                axes.annotate(
                    str(members[point]), (x[point], y[point]), xytext=(7, 5), textcoords="offset points", color=BLUE
                )
            )
    horizontal.dress(axes.xaxis)
    vertical.dress(axes.yaxis)
    words = ["smaller is better" if sign > 0 else "larger is better" for sign in signs]
    axes.set_xlabel(f"{horizontal.title}\n{words[0]}")
    axes.set_ylabel(f"{vertical.title}\n{words[1]}")
    figure.legend(loc="outside lower center", ncols=2)
    ends = ""
    if len(order) > 1:
        pairs = [f"{number(x[point])} {horizontal.unit} with {number(y[point])} {vertical.unit}" for point in order]
        ends = f": from {pairs[0]} to {pairs[-1]}"
    given = int((np.isfinite(x) & np.isfinite(y)).sum())
    titled(figure, f"{len(order)} of {given} members are beaten by none in both{ends}".replace("  ", " "))
    return figure
