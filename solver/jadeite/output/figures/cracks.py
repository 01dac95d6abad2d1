# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where cracks would go, and how they are loaded along their fronts."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.projections.polar import PolarAxes
from numpy.typing import NDArray

from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import BLUE, CYCLE, GREEN, INK, MARKERS, ORANGE, QUIET, RED, titled
from jadeite.output.summary import ResultTable

Array = NDArray[np.float64]

_MOST = 6
#: A mode weaker than this, over the largest factor of a front, is not drawn.
_WEAK = 0.02
#: Curves that differ by less than this are drawn as one.
_ALIKE = 0.03
#: Factors of a closed front that vary by no more than this are called uniform.
_UNIFORM = 0.1
_SCALE = 1e-6


def draw_crack_directions(run: RunData) -> Figure | None:
    """Draw driving force over resistance of a small kink against its direction, where boundaries meet a tip."""
    table = run.table("crack_directions")
    if table is None:
        return None
    boundary = table.values("boundary") > 0.5
    names = np.array(table.row_labels)
    met = [name for name in dict.fromkeys(table.row_labels) if boundary[names == name].any()]
    shown = met[:_MOST]
    rate, limit = table.values("energy_release_rate"), table.values("fracture_energy")
    ratio, angle = rate / limit, table.values("angle")
    if not shown:
        return None
    figure = Figure(figsize=(9.0, 5.6), layout="constrained")
    axes = figure.add_subplot(projection="polar")
    assert isinstance(axes, PolarAxes)
    axes.set_theta_zero_location("N")
    axes.set_thetamin(-110)
    axes.set_thetamax(110)
    scale = {name: ratio[(names == name) & ~boundary].max() for name in shown}
    curves = {name: ratio[(names == name) & ~boundary] / scale[name] for name in shown}
    groups: list[list[str]] = []
    for name in shown:  # cracks under alike loads have one curve
        alike = [group for group in groups if np.abs(curves[group[0]] - curves[name]).max() < _ALIKE]
        if alike:
            alike[0].append(name)
        else:
            groups.append([name])
    for group in groups:
        colour = CYCLE[shown.index(group[0]) % len(CYCLE)] if len(group) == 1 else QUIET
        label = "within the grain" if len(groups) == 1 else f"within the grain: {', '.join(map(_short, group))}"
        first = (names == group[0]) & ~boundary
        axes.plot(angle[first], curves[group[0]], color=colour, linewidth=2.5, label=label)
    for number, name in enumerate(shown):
        own, colour = names == name, CYCLE[number % len(CYCLE)]
        marker, met_by = MARKERS[number % len(MARKERS)], own & boundary
        axes.plot(
            angle[met_by],
            ratio[met_by] / scale[name],
            marker,
            color=colour,
            markersize=9,
            label=f"boundary {_short(name)}",
        )
    round_it = np.linspace(np.radians(-110.0), np.radians(110.0), 200)
    axes.plot(round_it, np.ones_like(round_it), color=INK, linestyle="--", linewidth=1.2, label="best within the grain")
    axes.set_xlabel("G(θ)/G$_c$ over the best within the grain; markers: boundaries")
    axes.tick_params(colors=QUIET)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.08))
    deflected = [name for name in shown if (ratio[(names == name) & boundary] / scale[name]).max(initial=0.0) > 1.0]
    if not deflected:
        finding = "No boundary deflects a crack: all markers lie inside the dashed line"
    elif len(shown) == 1:
        finding = "The boundary deflects the crack: a marker lies outside the dashed line"
    else:
        finding = (
            f"{len(deflected)} of {len(shown)} cracks that meet a boundary are deflected into it: their markers lie "
            "outside the dashed line"
        )
    titled(figure, finding)
    return figure


def draw_crack_fronts(run: RunData) -> Figure | None:
    """Draw the stress intensity factors along each front in space, around the crack and as a line."""
    table = run.table("crack_fronts")
    if table is None:
        return None
    names = np.array(table.row_labels)
    shown = list(dict.fromkeys(table.row_labels))[:3]
    figure = Figure(figsize=(9.5, 3.9 * len(shown) + 0.8), layout="constrained")
    panels = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
    largest = None
    for axes, name in zip(panels, shown, strict=True):
        own = names == name
        distance = table.values("distance")[own] * 1e6
        values = {mode: table.values(mode)[own] * _SCALE for mode in ("mode_one", "mode_two", "mode_three")}
        top = max(np.abs(one).max() for one in values.values())
        error = table.values("spread")[own] * _SCALE
        for value, label, colour in zip(
            values.values(), ("K$_I$", "K$_{II}$", "K$_{III}$"), (BLUE, ORANGE, GREEN), strict=True
        ):
            if np.abs(value).max() < _WEAK * top:
                continue
            axes.errorbar(distance, value, yerr=error, color=colour, marker="o", markersize=5, capsize=2, label=label)
        toughness = _toughness(table, own)
        if toughness is not None and toughness < 3.0 * top:
            axes.axhline(toughness, color=RED, linestyle="--", linewidth=1.2, label="toughness of the grain")
        axes.set_ylabel("stress intensity (MPa√m)")
        axes.set_title(_short(name), loc="left")
        axes.axhline(0.0, color=QUIET, linewidth=0.8)
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        opening = values["mode_one"]
        if largest is None or opening.max() > largest[0]:
            largest = (float(opening.max()), _opening(_short(name), opening, _closed(table, own)))
    panels[-1].set_xlabel("distance along the front (µm)")
    assert largest is not None
    titled(figure, largest[1])
    return figure


def _closed(table: ResultTable, own: NDArray[np.bool_]) -> bool:
    """Whether a front has no ends: its last station is as far from its first as stations are from each other."""
    keys = [column.name for column in table.columns]
    place = np.column_stack([table.values(name)[own] for name in "xyz" if name in keys])
    steps = np.linalg.norm(np.diff(place, axis=0), axis=1)
    return bool(np.linalg.norm(place[-1] - place[0]) < 1.5 * steps.max())


def _opening(name: str, opening: Array, closed: bool) -> str:
    """Where a front opens most, in a sentence."""
    row, top, least = int(np.argmax(opening)), float(opening.max()), float(opening.min())
    if top <= 0.0:
        return "No front is opened"
    half = 0.5 * (top - least) / top
    if half <= _UNIFORM:
        mean = 0.5 * (top + least)
        return f"'{name}' opens uniformly along its front, within {100.0 * half:.1g} %: K$_I$ of {mean:.3g} MPa√m"
    if closed:
        return f"'{name}' opens unevenly around its front: K$_I$ of {least:.3g} to {top:.3g} MPa√m"
    ends = min(row, len(opening) - 1 - row) < 0.2 * len(opening)
    place = "near the ends of its front" if ends else "away from the ends of its front"
    return f"'{name}' opens most {place}: K$_I$ of {top:.3g} MPa√m"


def _toughness(table: ResultTable, own: NDArray[np.bool_]) -> float | None:
    """Factor of mode I, MPa m^0.5, at which the crack would grow straight ahead, from its own G and K."""
    rate, limit = table.values("rate_of_modes")[own], table.values("fracture_energy")[own]
    one = table.values("mode_one")[own]
    row = int(np.argmax(rate))
    if not rate[row] > 0.0:
        return None
    return float(abs(one[row]) * np.sqrt(limit[row] / rate[row])) * _SCALE


def _short(name: str) -> str:
    return name.removeprefix("crack ").removeprefix("flaw ")
