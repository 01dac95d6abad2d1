# SPDX-License-Identifier: LGPL-3.0-or-later
"""One table of all members: parameters and headline figures in SI units, with what became of each run."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jadeite.output.folder import OutputError, replacing, write_csv
from jadeite.output.run_record import RunState, is_running
from jadeite.output.summary import Headline
from jadeite.sweep.members import short_names
from jadeite.sweep.quantities import column_in_si
from jadeite.sweep.schema import Study
from jadeite.sweep.study_folder import Placed, record_of

CSV_NAME, PARQUET_NAME = "results.csv", "results.parquet"

FINISHED, UNEXPECTED, KILLED, NOT_RUN = "finished", "not as expected", "killed", "not run"
"""States of members beside those of `RunState`: a run that ends otherwise than its case expects, one that was killed
while it ran, one that has not been prepared."""

Value = float | int | str | None


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of the results.

    Attributes:
        name: path of a parameter, key of a headline figure, or `member`, `state`, `run`, `time`.
        label: what readers see.
        unit: SI unit; `1` for plain numbers, empty for text.
        values: one for each member; None where there is none.
    """

    name: str
    label: str
    unit: str
    values: tuple[Value, ...]

    @property
    def heading(self) -> str:
        """Name and unit, as they stand above the column in a file."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Results:
    """What a sweep found.

    Attributes:
        state: of each member.
        messages: why a member has no result, by its number.
        parameters: a column for each parameter.
        responses: a column for each headline figure that any member gives, or that the study asks for.
        uncertainties: those of responses for which runs give one.
        more: member, state, run folder and time.
    """

    state: tuple[str, ...]
    messages: dict[int, str]
    parameters: tuple[TableColumn, ...]
    responses: tuple[TableColumn, ...]
    uncertainties: tuple[TableColumn, ...]
    more: tuple[TableColumn, ...]

    @property
    def columns(self) -> tuple[TableColumn, ...]:
        """All columns in the order of the files."""
        member, state, run, time = self.more
        uncertain = {column.name.removesuffix("_uncertainty"): column for column in self.uncertainties}
        found = [
            column
            for response in self.responses
            for column in (response, uncertain.get(response.name))
            if column is not None
        ]
        return (member, state, *self.parameters, *found, time, run)

    @property
    def finished(self) -> int:
        """Number of members with a result."""
        return sum(state in (FINISHED, UNEXPECTED) for state in self.state)


@dataclass(frozen=True, slots=True)
class _Reading:
    state: str
    message: str = ""
    headlines: tuple[Headline, ...] = ()
    seconds: float | None = None


def gather(path: Path, study: Study, placed: Sequence[Placed]) -> Results:
    """Read the results of all members.

    Args:
        path: folder of the sweep.
        study: its study.
        placed: its members.
    """
    read = {folder: _read(path / folder) for folder in {one.folder for one in placed}}
    readings = [read[one.folder] for one in placed]
    labels = labels_of(study)
    parameters = tuple(
        TableColumn(name, labels[name], *column_in_si([one.values[row] for one in placed]))
        for row, name in enumerate(study.parameters)
    )
    known: dict[str, Headline] = {}
    for reading in readings:
        for headline in reading.headlines:
            known.setdefault(headline.key, headline)
    responses, uncertainties = [], []
    for key in asked_for(study) or tuple(known):
        found = [{headline.key: headline for headline in reading.headlines}.get(key) for reading in readings]
        label, unit = (known[key].label, known[key].unit or "1") if key in known else (key.replace("_", " "), "1")
        responses.append(TableColumn(key, label, unit, tuple(None if one is None else one.value for one in found)))
        spread = tuple(None if one is None else one.uncertainty for one in found)
        if any(value is not None for value in spread):
            uncertainties.append(TableColumn(f"{key}_uncertainty", f"uncertainty of {label}", unit, spread))
    more = (
        TableColumn("member", "member", "", tuple(one.number for one in placed)),
        TableColumn("state", "state", "", tuple(reading.state for reading in readings)),
        TableColumn("run", "run folder", "", tuple(one.folder for one in placed)),
        TableColumn("time", "time", "s", tuple(reading.seconds for reading in readings)),
    )
    messages = {one.number: reading.message for one, reading in zip(placed, readings, strict=True) if reading.message}
    states = tuple(reading.state for reading in readings)
    return Results(states, messages, parameters, tuple(responses), tuple(uncertainties), more)


def asked_for(study: Study) -> tuple[str, ...]:
    """Return the headline figures a study asks for, those of its plots included; empty for all there are."""
    if not study.responses:
        return ()
    plots = study.plots
    named = list(study.responses)
    if plots is not None:
        named += [curve.response for curve in plots.curves] + [chart.response for chart in plots.maps]
        named += [key for front in plots.pareto for key in (*front.minimise, *front.maximise)]
    return tuple(dict.fromkeys(named))


def labels_of(study: Study) -> dict[str, str]:
    """Return what readers see for each parameter: its label, or the end of its path in words."""
    short = short_names(list(study.parameters))
    return {
        path: parameter.label or name.replace("_", " ")
        for (path, parameter), name in zip(study.parameters.items(), short, strict=True)
    }


def write_results(path: Path, results: Results) -> list[Path]:
    """Write the table as comma-separated values and, where pyarrow is installed, as Parquet; return the files.

    Headings of the first carry the unit (`name (unit)`); fields of the second have it as metadata, with the label.

    Raises:
        OutputError: when the disk is full.
    """
    columns = results.columns
    rows = [["" if value is None else value for value in row] for row in zip(*(c.values for c in columns), strict=True)]
    write_csv(path / CSV_NAME, [column.heading for column in columns], rows)
    written = [path / CSV_NAME]
    if importlib.util.find_spec("pyarrow") is not None:
        _write_parquet(path / PARQUET_NAME, columns)
        written.append(path / PARQUET_NAME)
    else:
        (path / PARQUET_NAME).unlink(missing_ok=True)  # one of earlier results would contradict the other file
    return written


def _write_parquet(path: Path, columns: Sequence[TableColumn]) -> None:
    import pyarrow
    import pyarrow.parquet

    arrays = [pyarrow.array(_of_one_kind(column.values)) for column in columns]
    fields = [
        pyarrow.field(column.name, array.type, metadata={"unit": column.unit, "label": column.label})
        for column, array in zip(columns, arrays, strict=True)
    ]
    with replacing(path) as temporary:
        pyarrow.parquet.write_table(pyarrow.table(arrays, schema=pyarrow.schema(fields)), temporary)


def _of_one_kind(values: Sequence[Value]) -> list[Any]:
    """Return the values of a column as numbers where all are, whole ones where all are, and as text otherwise."""
    given = [value for value in values if value is not None]
    if all(isinstance(value, int) for value in given):
        return list(values)
    if all(isinstance(value, int | float) for value in given):
        return [None if value is None else float(value) for value in values]
    return [None if value is None else str(value) for value in values]


def _read(folder: Path) -> _Reading:
    """Return what became of the run in a folder."""
    try:
        record = record_of(folder)
        if record is None:
            return _Reading(NOT_RUN)
        if record.state is not RunState.FINISHED:
            killed = record.state is RunState.RUNNING and not is_running(folder)
            return _Reading(KILLED if killed else record.state.value, record.message)
        content = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        headlines = tuple(Headline(**headline) for headline in content["headlines"])
        expected = all(outcome["passed"] for outcome in content["expect"])
        seconds = sum(content["timings"].values())
    except (OutputError, OSError, ValueError, KeyError, TypeError) as error:
        return _Reading(RunState.FAILED.value, f"its results cannot be read: {error}")
    return _Reading(FINISHED if expected else UNEXPECTED, "", headlines, seconds)
