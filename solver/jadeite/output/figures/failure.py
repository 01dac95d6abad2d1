# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which flaw starts first: critical current densities by flaw and criterion, and the search that found them."""

from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from jadeite.output.display import number, quantity
from jadeite.output.figures.run_data import RunData
from jadeite.output.figures.style import BLUE, CYCLE, INK, MARKERS, QUIET, RED, titled
from jadeite.output.history import APPLIED_CURRENT_DENSITY, MARGIN, flaw_column
from jadeite.output.summary import CriterionResult

#: Id of the criterion that compares the coupled solution with the toughness.
COUPLED = "coupled_fracture"

_TO_MILLIAMPERE = 0.1  # A m^-2 -> mA cm^-2


def draw_flaw_ranking(data: RunData) -> Figure | None:
    """Draw the critical current density of every flaw by every criterion, the flaw that starts first on top."""
    criteria = data.summary.criteria
    found = [result.critical_current_density for result in criteria if result.critical_current_density is not None]
    if not criteria or not found:
        return None
    searched = data.summary.largest_current_density_searched or max(found)
    applied = abs(data.summary.applied_current_density)
    groups = _grouped(criteria)
    rows = len(criteria) + len(groups)
    figure = Figure(figsize=(11, 0.36 * rows + 2.2), layout="constrained")
    axes = figure.subplots()
    lowest = min([*found, applied or min(found)]) * _TO_MILLIAMPERE
    axes.set_xscale("log")
    axes.set_xlim(lowest / 2, max(searched, *found, applied) * _TO_MILLIAMPERE * 2.5)
    deciding = data.deciding()
    position, ticks, names = 0.0, [], []
    for flaw, results in groups:
        ticks.append(position)
        names.append(f"flaw '{flaw}'")
        position += 1
        for result in results:
            _bar(axes, result, position, searched, result is deciding)
            ticks.append(position)
            names.append(result.heading)
            position += 1
    if applied:
        axes.axvline(applied * _TO_MILLIAMPERE, color=INK, linestyle="--", linewidth=1.5, zorder=5)
        axes.text(
            applied * _TO_MILLIAMPERE, 1.0, "applied current density", transform=axes.get_xaxis_transform(),
            ha="center", va="bottom", fontsize=11,
        )  # fmt: skip
    axes.set_yticks(ticks, names)
    headings = {f"flaw '{flaw}'" for flaw, _ in groups}
    for label in axes.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() in headings else "normal")
    axes.set_ylim(position - 0.4, -0.7)
    axes.tick_params(axis="y", length=0)
    _logarithmic_ticks(axes)
    axes.set_xlabel("critical current density (mA/cm²): the flaw starts a dendrite above it")
    titled(figure, _ranking_finding(data, deciding, applied))
    return figure


def draw_critical_current_search(data: RunData) -> Figure | None:
    """Draw how the load on every flaw grows with the current density, from the solves of the search."""
    history = data.history
    if history is None or APPLIED_CURRENT_DENSITY not in history:
        return None
    current = history[APPLIED_CURRENT_DENSITY] * _TO_MILLIAMPERE
    loads = {flaw: load for flaw in _flaws(data) if (load := _load(history, flaw)) is not None}
    usable = {flaw: np.isfinite(load) & np.isfinite(current) for flaw, load in loads.items()}
    loads = {flaw: load for flaw, load in loads.items() if len(np.unique(current[usable[flaw]])) > 1}
    if not loads:
        return None
    figure = Figure(figsize=(10, 6), layout="constrained")
    axes = figure.subplots()
    crossings: dict[str, float] = {}
    for number_of_flaw, (flaw, load) in enumerate(loads.items()):
        order = np.argsort(current[usable[flaw]], kind="stable")
        x, y = current[usable[flaw]][order], load[usable[flaw]][order]
        axes.plot(
            x, y, marker=MARKERS[number_of_flaw % len(MARKERS)], color=CYCLE[number_of_flaw % len(CYCLE)],
            linewidth=2, markersize=7, label=f"flaw '{flaw}'",
        )  # fmt: skip
        crossing = first_crossing(x, y)
        if crossing is not None:
            crossing = _refined(crossing, _found_crossing(data, flaw))
            crossings[flaw] = crossing
            axes.plot(crossing, 1.0, marker="o", markersize=14, markerfacecolor="none", markeredgecolor=RED, mew=2)
    axes.axhline(1.0, color=RED, linewidth=1.5)
    axes.annotate(
        "dendrite initiation", (0.0, 1.0), xycoords=axes.get_yaxis_transform(), xytext=(6, 4),
        textcoords="offset points", color=RED, fontsize=11,
    )  # fmt: skip
    if crossings:  # the search also visits currents far above the limit; show where the limit is met
        axes.set_xlim(0.0, min(1.6 * max(crossings.values()), 1.05 * float(np.nanmax(current))))
        lowest = min(float(np.nanmin(load)) for load in loads.values())
        axes.set_ylim(min(0.0, lowest - 0.1), min(axes.get_ylim()[1], 2.2))
    axes.set_ylim(top=max(1.25, axes.get_ylim()[1]))
    axes.set_xlabel("applied current density (mA/cm²)")
    axes.set_ylabel(_load_label(data))
    axes.legend(loc="best")
    if crossings:
        first = min(crossings, key=lambda flaw: crossings[flaw])
        finding = f"Flaw '{first}' reaches the limit first, at {number(crossings[first])} mA/cm²"
    else:
        finding = f"No flaw reaches the limit up to {number(float(np.nanmax(current)))} mA/cm²"
    titled(figure, finding)
    return figure


def first_crossing(x: NDArray[np.float64], y: NDArray[np.float64]) -> float | None:
    """Return where ``y`` first rises through 1 on the straight lines between its points; None if it does not."""
    above = np.flatnonzero((y[1:] >= 1.0) & (y[:-1] < 1.0))
    if not len(above):
        return None
    i = int(above[0])
    return float(x[i] + (1.0 - y[i]) / (y[i + 1] - y[i]) * (x[i + 1] - x[i]))


def _refined(crossing: float, found: float | None) -> float:
    """Return what the search settled on, if that is the crossing seen in the curve and not another criterion's."""
    return found if found is not None and abs(found - crossing) < 0.05 * crossing else crossing


def _found_crossing(data: RunData, flaw: str) -> float | None:
    """Return the current density (mA cm^-2) that the search settled on for a flaw by the deciding criterion."""
    deciding = data.deciding()
    for result in data.summary.criteria:
        if deciding is not None and (result.flaw, result.criterion) == (flaw, deciding.criterion):
            critical = result.critical_current_density
            return None if critical is None else critical * _TO_MILLIAMPERE
    return None


def _critical(result: CriterionResult) -> float:
    return np.inf if result.critical_current_density is None else result.critical_current_density


def _grouped(criteria: tuple[CriterionResult, ...]) -> list[tuple[str, list[CriterionResult]]]:
    """Group by flaw, the lowest critical current density first, within groups and among them."""
    by_flaw = sorted(criteria, key=lambda result: result.flaw)
    groups = [(flaw, sorted(rows, key=_critical)) for flaw, rows in groupby(by_flaw, key=lambda result: result.flaw)]
    return sorted(groups, key=lambda group: _critical(group[1][0]))


def _bar(axes: Axes, result: CriterionResult, position: float, searched: float, deciding: bool) -> None:
    found = result.critical_current_density is not None
    value = (_critical(result) if found else searched) * _TO_MILLIAMPERE
    colour = RED if deciding else BLUE
    axes.barh(
        position, value, height=0.72, color=colour if found else "white", edgecolor=colour if found else QUIET,
        hatch=None if found else "////", alpha=1.0 if deciding or not found else 0.75,
    )  # fmt: skip
    if not found:
        axes.text(
            value * 0.97, position, f"not below {number(value)}, where the search ended", ha="right", va="center",
            fontsize=10, zorder=6, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
        return
    text = f"{number(value)}  decides" if deciding else number(value)
    axes.annotate(
        text, (value, position), xytext=(5, 0), textcoords="offset points", va="center", fontsize=11,
        fontweight="bold" if deciding else "normal", color=INK,
    )  # fmt: skip


def _logarithmic_ticks(axes: Axes) -> None:
    """Label 1, 2 and 5 of each decade with plain numbers."""
    low, high = axes.get_xlim()
    steps = (1.0, 2.0, 5.0) if np.log10(high / low) < 3 else (1.0,)
    axes.xaxis.set_major_locator(LogLocator(subs=steps))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _ranking_finding(data: RunData, deciding: CriterionResult | None, applied: float) -> str:
    if deciding is None or deciding.critical_current_density is None:
        lowest = min(data.summary.criteria, key=_critical)
        return (
            "No flaw starts a dendrite within the searched range by the criterion that decides; "
            f"the lowest of the other limits is {quantity(_critical(lowest), 'A m^-2')}"
        )
    critical = deciding.critical_current_density
    finding = f"Flaw '{deciding.flaw}' starts first, at {quantity(critical, 'A m^-2')}"
    if applied:
        relation = "below" if applied < critical else "above"
        finding += f"; the applied {quantity(applied, 'A m^-2')} is {relation} it"
    return finding


def _flaws(data: RunData) -> list[str]:
    return list(dict.fromkeys([flaw.name for flaw in data.summary.flaws] + [row.flaw for row in data.summary.criteria]))


def _load(history: dict[str, NDArray[np.float64]], flaw: str) -> NDArray[np.float64] | None:
    """Return what drives a flaw over what it withstands, 1/margin; not-a-number where nothing drives it."""
    margin = history.get(flaw_column(flaw, MARGIN))
    return None if margin is None else 1.0 / np.where(margin == 0, np.nan, margin)


def _load_label(data: RunData) -> str:
    if any(result.criterion == COUPLED for result in data.summary.criteria):
        return "stress intensity over fracture toughness\n(both modes, residual stress included)"
    return "load over what the flaw withstands"
