# SPDX-License-Identifier: LGPL-3.0-or-later
"""Response curves: a headline figure against one parameter, one curve for each value of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jadeite.output.display import number
from jadeite.output.figures.style import CYCLE, MARKERS, titled
from jadeite.sweep.axis import Axis

#: Curves that a figure tells apart.
MOST_CURVES = 6

#: Largest relative deviation from a power law that a title may still call one.
_POWER_LAW_WITHIN = 0.03


def draw_curve(horizontal: Axis, vertical: Axis, by: Axis | None) -> Figure | None:
    """Draw a response against a parameter; None when no member has a value.

    Members that share a place (other seeds, other values of the remaining parameters) are points about a line through
    their means; where every member has a place of its own without order, there is no line.
    """
    usable = np.isfinite(vertical.values) & np.isfinite(horizontal.values)
    if not usable.any():
        return None
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots()
    groups = _groups(by, usable)
    # each curve of a parameter with few values is the response to the other one alone
    levelled = by is not None and len(np.unique(by.values[usable])) <= MOST_CURVES
    findings = []
    for place, (name, chosen) in enumerate(groups.items()):
        x, y = horizontal.values[chosen], vertical.values[chosen]
        colour, marker = CYCLE[place % len(CYCLE)], MARKERS[place % len(MARKERS)]
        at, mean = _means(x, y)
        shared = len(at) < len(x)
        if shared:
            axes.plot(x, y, marker, color=colour, alpha=0.4, markersize=6)
        joined = not horizontal.words and (shared or levelled or _is_alone(horizontal, usable))
        finding = _finding(at, mean, horizontal, vertical, joined)
        findings.append((name, finding))
        law = "" if finding.power is None else f"power {number(finding.power, 2)}"
        words = [name, "mean" if shared else "", law if by is not None else ""]
        axes.plot(
            at, mean, marker=marker, color=colour, linewidth=2, markersize=8, linestyle="-" if joined else "none",
            label=", ".join(filter(None, words)) or None,
        )  # fmt: skip
    horizontal.dress(axes.xaxis)
    vertical.dress(axes.yaxis)
    axes.set_xlabel(horizontal.title)
    axes.set_ylabel(vertical.title)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="best", title=by.label if by is not None else None)
    titled(figure, _title(findings, vertical, by))
    return figure


def _groups(by: Axis | None, usable: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Return the members of each curve by its name; a second parameter with many values is cut into a few classes."""
    if by is None:
        return {"": usable}
    levels = np.unique(by.values[usable])
    if len(levels) <= MOST_CURVES:
        return {by.chosen(level): usable & (by.values == level) for level in levels}
    edges = np.quantile(by.values[usable], np.linspace(0.0, 1.0, 4))
    classes = np.clip(np.searchsorted(edges, by.values, side="right") - 1, 0, 2)
    names = [f"{by.bare(edges[row])} to {by.chosen(edges[row + 1])}" for row in range(3)]
    return {name: usable & (classes == row) for row, name in enumerate(names)}


def _means(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    at, inverse = np.unique(x, return_inverse=True)
    return at, np.bincount(inverse, weights=y) / np.bincount(inverse)


def _is_alone(horizontal: Axis, usable: NDArray[np.bool_]) -> bool:
    """Tell whether members stand in the order of the parameter, as they do when nothing else varies."""
    steps = np.diff(horizontal.values[usable])
    return bool((steps > 0).all() or (steps < 0).all())


@dataclass(frozen=True, slots=True)
class _Finding:
    """What a curve does: `falls` `from 5.5` `to 3.1 mA/cm²`, `while depth grows from 3 to 8 µm`, as its power -0.59."""

    verb: str
    start: str
    end: str = ""
    course: str = ""
    power: float | None = None

    @property
    def what(self) -> str:
        """Verb and values."""
        return " ".join(filter(None, [self.verb, self.start, self.end]))

    def told_after(self, first: _Finding) -> str:
        """Say what a curve does behind what the first one does, without the words that would be the same."""
        if self.verb != first.verb:
            return self.what
        return self.end if self.end and self.start == first.start else self.what.removeprefix(f"{self.verb} ")


def _title(findings: list[tuple[str, _Finding]], vertical: Axis, by: Axis | None) -> str:
    (name, first), (other, last) = findings[0], findings[-1]
    if len(findings) == 1 or by is None:
        law = "" if first.power is None else f", as its power {number(first.power, 2)}"
        return f"{vertical.label} {first.what}{first.course}{law}"
    if (first.verb, first.start, first.end) == (last.verb, last.start, last.end):
        return f"{vertical.label} {first.what} ({_lowered(by.label)} {name} or {other}){first.course}"
    second = f"{'or' if last.verb == first.verb else 'and'} {last.told_after(first)}"
    return f"{vertical.label} {first.what} ({_lowered(by.label)} {name}) {second} ({other}){first.course}"


def _finding(
    x: NDArray[np.float64], y: NDArray[np.float64], horizontal: Axis, vertical: Axis, joined: bool
) -> _Finding:
    """Say what a curve does."""
    spread = f"between {number(float(y.min()))} and {vertical.told(float(y.max()))}"
    if len(x) < 2:
        return _Finding("is", vertical.told(float(y[0])))
    if not joined:
        return _Finding("lies", spread)
    reach = f"from {horizontal.bare(float(x[0]))} to {horizontal.chosen(float(x[-1]))}"
    course = f" while {_lowered(horizontal.label)} grows {reach}"
    steps = np.diff(y)
    if np.ptp(y) <= 1e-6 * np.abs(y).max():
        return _Finding("stays", f"at {vertical.told(float(y[0]))}", course=course)
    if not ((steps >= 0).all() or (steps <= 0).all()):
        return _Finding("lies", spread, course=course)
    verb = "rises" if y[-1] > y[0] else "falls"
    return _Finding(verb, f"from {number(float(y[0]))}", f"to {vertical.told(float(y[-1]))}", course, power_law(x, y))


def power_law(x: NDArray[np.float64], y: NDArray[np.float64]) -> float | None:
    """Return the exponent of the power law through at least three points; None where they do not follow one."""
    if len(x) < 3 or not ((x > 0).all() and (y > 0).all()):
        return None
    slope, level = np.polyfit(np.log(x), np.log(y), 1)
    deviation = np.abs(np.exp(level + slope * np.log(x)) / y - 1.0).max()
    return float(slope) if deviation <= _POWER_LAW_WITHIN else None


def _lowered(label: str) -> str:
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
