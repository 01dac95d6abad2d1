# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules between the values of a study file: one way to give each parameter, samples where they are drawn, known names.

Rules look only at values that were read; what is missing or faulty is None and reported elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from jadeite.case.finding import Finding, exactly_one
from jadeite.case.problems import Path, did_you_mean, listing
from jadeite.case.units import to_si
from jadeite.sweep.ranges import has_offset, value_range
from jadeite.sweep.schema import MOST_MEMBERS

DRAWN = ("latin_hypercube", "random")
"""Methods that draw samples."""


def study_findings(study: Any) -> Iterator[Finding]:
    """Yield every broken rule of a study."""
    if study is None:
        return
    method = getattr(study.sampling, "method", None)
    parameters = {name: parameter for name, parameter in (study.parameters or {}).items() if parameter is not None}
    yield from _path_findings(study.parameters or {}, study.settings or {})
    for name, parameter in parameters.items():
        yield from _parameter_findings(parameter, ("parameters", name), method)
    if study.sampling is not None and method is not None:
        yield from _sampling_findings(study.sampling, method)
    yield from _number_findings(parameters, method)
    yield from _plot_findings(study.plots, list(study.parameters or {}))


def _parameter_findings(parameter: Any, path: Path, method: str | None) -> Iterator[Finding]:
    yield from exactly_one(parameter, path, "values", "uniform", "log_uniform", "first")
    ranged = False
    for name in ("uniform", "log_uniform"):
        bounds = getattr(parameter, name)
        if bounds is None or any(bound is None for bound in bounds):
            continue
        ranged = True
        if name == "log_uniform" and any(map(has_offset, bounds)):
            kelvin = ", ".join(f"{to_si(bound.number, bound.unit)[0]:.7g} K" for bound in bounds)
            yield Finding(
                (*path, name), "counts decades of a temperature in degC, whose zero is not the absolute one",
                suggestion=f"give kelvin: [{kelvin}]",
            )  # fmt: skip
            continue
        try:
            value_range(tuple(bounds), name == "log_uniform")
        except ValueError as error:
            yield Finding((*path, name), str(error), allowed="[lowest, largest], such as [1 um, 8 um]")
    count = (*path, "count")
    if parameter.first is not None and parameter.count is None:
        yield Finding(path, "does not say how many whole numbers follow `first`", suggestion="add `count`")
    if parameter.values is not None and parameter.count is not None and parameter.first is None:
        yield Finding(count, "says nothing beside `values`", suggestion="leave it out")
    if ranged and method in DRAWN and parameter.count is not None:
        yield Finding(count, f"says nothing under {method}, which draws `sampling.samples` values")
    if ranged and method is not None and method not in DRAWN and (parameter.count or 0) < 2:
        at = path if parameter.count is None else count
        yield Finding(
            at, f"is a range, of which a {method} takes `count` values, both ends included", allowed="at least 2"
        )


def _sampling_findings(sampling: Any, method: str) -> Iterator[Finding]:
    if method in DRAWN and sampling.samples is None and "samples" not in getattr(sampling, "faulty", ()):
        yield Finding(("sampling",), f"does not say how many `samples` a {method} draws")
    if method not in DRAWN:
        for name in ("samples", "seed"):
            if name in sampling.model_fields_set:
                drawn = listing(DRAWN)
                yield Finding(("sampling", name), f"says nothing under {method}, which draws nothing", allowed=drawn)


def _number_findings(parameters: Mapping[str, Any], method: str | None) -> Iterator[Finding]:
    """Yield what is wrong with the number of members of a grid or a list."""
    numbers = {name: number for name, parameter in parameters.items() if (number := _number(parameter)) is not None}
    if method == "grid" and math.prod(numbers.values()) > MOST_MEMBERS:
        product = " x ".join(str(number) for number in numbers.values())
        yield Finding(
            ("parameters",), f"makes {product} = {math.prod(numbers.values())} members",
            allowed=f"at most {MOST_MEMBERS}", suggestion="sample them with `sampling: {method: latin_hypercube}`",
        )  # fmt: skip
    if method == "list" and len(set(numbers.values())) > 1:
        given = ", ".join(f"{name} {number}" for name, number in numbers.items())
        yield Finding(
            ("parameters",), f"lists rows of unequal length: {given}", allowed="as many values of each",
            suggestion="`sampling: {method: grid}` takes every value with every other",
        )  # fmt: skip


def _number(parameter: Any) -> int | None:
    return len(parameter.values) if parameter.values is not None else parameter.count


def _path_findings(parameters: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield paths that are none, and parameters that lie within each other or are overwritten by a setting."""
    places = [("settings", name) for name in settings] + [("parameters", name) for name in parameters]
    parts = {place: tuple(place[1].split(".")) for place in places}
    for place, path in parts.items():
        if "" in path or "=" in place[1] or place[1] != place[1].strip():
            yield Finding(
                place, "is not a path", allowed="keys with dots between, such as microstructure.flaws.0.depth"
            )
    for place in places:
        for other in places:
            inside = parts[other][: len(parts[place])] == parts[place]
            if place == other or place[0] == "settings" or not inside:
                continue
            if parts[place] != parts[other] or other[0] == "settings":
                yield Finding(
                    other, f"is part of what the parameter {place[1]} replaces", suggestion="give one of them"
                )


def _plot_findings(plots: Any, parameters: list[str]) -> Iterator[Finding]:
    if plots is None:
        return
    charts = (("curves", plots.curves, ("against", "by")), ("maps", plots.maps, ("horizontal", "vertical")))
    for kind, charted, keys in charts:
        for row, plot in enumerate(charted or ()):
            if plot is None:
                continue
            named = {key: getattr(plot, key) for key in keys if getattr(plot, key) is not None}
            for key, name in named.items():
                if name not in parameters:
                    yield Finding(
                        ("plots", kind, row, key), "is not a parameter of this study", allowed=listing(parameters),
                        suggestion=did_you_mean(name, parameters),
                    )  # fmt: skip
            if len(named) == 2 and len(set(named.values())) == 1:
                yield Finding(("plots", kind, row), f"names the same parameter as `{keys[0]}` and `{keys[1]}`")
    for row, plot in enumerate(plots.pareto or ()):
        if plot is None or hasattr(plot, "faulty"):
            continue
        names = [*(plot.minimise or ()), *(plot.maximise or ())]
        if len(names) != 2 or len(set(names)) != 2:
            number = len(set(names))
            yield Finding(
                ("plots", "pareto", row),
                f"names {number} headline figure{'s' if number != 1 else ''}",
                allowed="two, as `minimise`, `maximise` or one of each",
            )
