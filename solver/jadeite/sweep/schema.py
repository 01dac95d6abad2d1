# SPDX-License-Identifier: LGPL-3.0-or-later
"""The study file of a sweep: a case, the values that vary, how they are combined, and what is read from the runs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from jadeite.case.problems import as_given
from jadeite.case.section import Section, key
from jadeite.case.units import UnitError, dimensionality, split

MOST_MEMBERS = 10_000
"""Members a sweep may have: each is a run folder, and all are checked before the first one runs."""

MOST_PARAMETERS = 50


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range as it was written: a number and its unit, empty without one."""

    number: Decimal
    unit: str


def _read_bound(given: Any) -> Bound:
    try:
        if isinstance(given, bool) or not isinstance(given, int | float | str):
            raise UnitError("is not a number")
        number, unit = split(str(given))
        dimensionality(unit)
    except UnitError as error:
        context = {"what": str(error), "given": as_given(given), "allowed": "a number, with its unit if it has one"}
        raise PydanticCustomError("quantity", "{what}", context) from None
    return Bound(number, "" if unit == "1" else unit)


Range = tuple[
    Annotated[Bound, PlainValidator(_read_bound), WithJsonSchema({"type": ["number", "string"]})],
    Annotated[Bound, PlainValidator(_read_bound), WithJsonSchema({"type": ["number", "string"]})],
]


class Parameter(Section):
    """Values of one place of the case, given in exactly one of four ways; a list alone means `values`."""

    values: tuple[Any, ...] | None = key(
        None, min_length=1, max_length=MOST_MEMBERS, description="The values themselves, as a case file has them."
    )
    uniform: Range | None = key(None, description="Lowest and largest value of a range that is divided evenly.")
    log_uniform: Range | None = key(
        None, description="Lowest and largest value of a range whose decades count alike; both above zero."
    )
    first: int | None = key(None, ge=0, description="First of `count` consecutive whole numbers, such as seeds.")
    count: int | None = key(
        None, ge=1, le=MOST_MEMBERS, description="Number of values of `first`, or of a range in a grid or a list."
    )
    label: str = key("", max_length=80, description="What tables and figures call it; the end of its path otherwise.")


def _values_alone(given: Any) -> Any:
    return {"values": given} if isinstance(given, list) else given


class Sampling(Section):
    """How the values of several parameters are combined."""

    method: Literal["grid", "list", "latin_hypercube", "random"] = key(
        "grid",
        description="`grid`: every value with every other; `list`: the first values together, then the second ones; "
        "`latin_hypercube`: as many strata as samples in every parameter; `random`: independent draws.",
    )
    samples: int | None = key(
        None, ge=1, le=MOST_MEMBERS, description="Number of members, for `latin_hypercube` and `random`."
    )
    seed: int = key(0, ge=0, lt=2**63, description="Another seed draws other samples.")


class Curve(Section):
    """A response against one parameter."""

    response: str = key(min_length=1, description="Key of a headline figure.")
    against: str = key(min_length=1, description="Path of the parameter on the horizontal axis.")
    by: str | None = key(None, description="Path of a second parameter; one curve for each of its values.")
    scale: Literal["linear", "logarithmic"] = key("linear", description="Scale of both axes.")


class Map(Section):
    """A response as colour over two parameters."""

    response: str = key(min_length=1, description="Key of a headline figure.")
    horizontal: str = key(min_length=1, description="Path of the parameter on the horizontal axis.")
    vertical: str = key(min_length=1, description="Path of the parameter on the vertical axis.")


class Pareto(Section):
    """Two responses against each other, with the members that no other beats in both."""

    minimise: tuple[str, ...] = key((), max_length=2, description="Headline figures that should be small.")
    maximise: tuple[str, ...] = key((), max_length=2, description="Headline figures that should be large.")


class Plots(Section):
    """Figures of the sweep."""

    curves: tuple[Curve, ...] = key((), max_length=40, description="Response curves.")
    maps: tuple[Map, ...] = key((), max_length=40, description="Maps over two parameters.")
    pareto: tuple[Pareto, ...] = key((), max_length=40, description="Pareto fronts.")


class Study(Section):
    """A study file."""

    title: str = key(min_length=1, max_length=200, description="One line that says what the sweep shows.")
    description: str = key("", description="Free text.")
    case: str = key(min_length=1, description="The case file, relative to the study file.")
    settings: dict[str, Any] = key(
        default_factory=dict, description="Values of the case that are replaced in every member, by path as in `--set`."
    )
    parameters: dict[str, Annotated[Parameter, BeforeValidator(_values_alone)]] = key(
        min_length=1, max_length=MOST_PARAMETERS, description="What varies, by path as in `--set`."
    )
    sampling: Sampling = key(default_factory=Sampling, description="How values are combined.")
    responses: tuple[str, ...] = key((), description="Headline figures to gather; all of them when left out.")
    plots: Plots | None = key(None, description="Figures; chosen by the number of parameters when left out.")
