# SPDX-License-Identifier: LGPL-3.0-or-later
"""The figures of a sweep: those its study asks for, or the ones that suit the number of its parameters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from jadeite.output.figures import save_figure
from jadeite.sweep.axis import Axis, axis_of
from jadeite.sweep.curves import draw_curve
from jadeite.sweep.gathering import Results, TableColumn
from jadeite.sweep.maps import draw_map
from jadeite.sweep.pareto import draw_pareto
from jadeite.sweep.schema import Curve, Map, Pareto, Plots, Study
from jadeite.sweep.terminal import most_telling

_FOLDER = "figures"

#: Responses of a study that are drawn, and parameters each is drawn against, where it does not say which.
_DRAWN = 4


@dataclass(frozen=True, slots=True)
class SweepFigure:
    """A figure that was drawn: its file below the folder of the sweep, and what it shows."""

    file: str
    caption: str


@dataclass(frozen=True, slots=True)
class _Planned:
    name: str
    caption: str
    draw: Callable[[], Figure | None]


def draw_figures(path: Path, study: Study, results: Results) -> list[SweepFigure]:
    """Draw the figures of a sweep into its folder, in place of earlier ones; returns those that there are."""
    folder = path / _FOLDER
    for earlier in folder.glob("*.png"):
        earlier.unlink()
    plots = study.plots if study.plots is not None else suitable_plots(study, results)
    figures, taken = [], set()
    for planned in _planned(plots, study, results):
        names = (planned.name if number == 1 else f"{planned.name}_{number}" for number in itertools.count(1))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        if save_figure(planned.draw, folder / f"{name}.png"):
            figures.append(SweepFigure(f"{_FOLDER}/{name}.png", planned.caption))
    return figures


def suitable_plots(study: Study, results: Results) -> Plots:
    """Return figures that suit a study which asks for none: curves, and a map where two parameters vary."""
    varied = [column for column in results.parameters if len(set(map(str, column.values))) > 1]
    numeric = [column.name for column in varied if column.unit]
    given = [column for column in most_telling(study, results) if any(value is not None for value in column.values)]
    curves, maps = [], []
    for response in [column.name for column in given[: _DRAWN if study.responses else 1]]:
        if len(varied) == 2:
            against, by = sorted(varied, key=lambda column: -len(set(map(str, column.values))))
            curves.append(Curve(response=response, against=against.name, by=by.name))
        else:
            curves.extend(Curve(response=response, against=column.name) for column in varied[:_DRAWN])
        if len(varied) == len(numeric) == 2:
            maps.append(Map(response=response, horizontal=numeric[0], vertical=numeric[1]))
    return Plots(curves=tuple(curves), maps=tuple(maps))


def _planned(plots: Plots, study: Study, results: Results) -> Iterator[_Planned]:
    columns = {column.name: column for column in (*results.parameters, *results.responses)}
    for curve in plots.curves:
        yield _curve(curve, columns, study)
    for chart in plots.maps:
        yield _map(chart, columns, study)
    for front in plots.pareto:
        yield _pareto(front, columns, results)


def _curve(curve: Curve, columns: dict[str, TableColumn], study: Study) -> _Planned:
    logarithmic = True if curve.scale == "logarithmic" else None
    horizontal = _parameter(curve.against, columns, study, logarithmic)
    vertical = axis_of(columns[curve.response], logarithmic)
    by = None if curve.by is None else axis_of(columns[curve.by])
    caption = f"{vertical.label} against {horizontal.label}" + ("" if by is None else f", by {by.label}")
    name = f"{curve.response}_against_{horizontal.label}"
    return _Planned(_file_name(name), caption + "." + _missing(vertical), lambda: draw_curve(horizontal, vertical, by))


def _map(chart: Map, columns: dict[str, TableColumn], study: Study) -> _Planned:
    horizontal = _parameter(chart.horizontal, columns, study)
    vertical = _parameter(chart.vertical, columns, study)
    colour = axis_of(columns[chart.response])
    caption = f"{colour.label} over {horizontal.label} and {vertical.label}." + _missing(colour)
    name = _file_name(f"{chart.response}_map")
    return _Planned(name, caption, lambda: draw_map(horizontal, vertical, colour))


def _pareto(front: Pareto, columns: dict[str, TableColumn], results: Results) -> _Planned:
    keys = (*front.minimise, *front.maximise)
    horizontal, vertical = (axis_of(columns[key]) for key in keys)
    signs = [1.0 if key in front.minimise else -1.0 for key in keys]
    members = np.array(results.more[0].values, dtype=np.int64)
    caption = f"{horizontal.label} and {vertical.label} of all members; the numbers are those of members."
    name = _file_name(f"pareto_{keys[0]}_{keys[1]}")
    return _Planned(name, caption, lambda: draw_pareto(horizontal, vertical, (signs[0], signs[1]), members))


def _parameter(name: str, columns: dict[str, TableColumn], study: Study, logarithmic: bool | None = None) -> Axis:
    """Return the axis of a parameter; one whose range counts decades does so too."""
    ranged = study.parameters[name].log_uniform is not None
    return axis_of(columns[name], True if ranged else logarithmic)


def _missing(axis: Axis) -> str:
    lacking = int(np.isnan(axis.values).sum())
    return "" if not lacking else f" {lacking} of {len(axis.values)} members have no value."


def _file_name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:80]
