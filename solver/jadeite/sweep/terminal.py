# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a sweep says on the terminal: its members before they run, and what they found."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from jadeite.output.display import display_unit, number
from jadeite.output.folder import shown
from jadeite.sweep.gathering import FINISHED, UNEXPECTED, Results, TableColumn, Value, labels_of
from jadeite.sweep.schema import Study
from jadeite.sweep.study_folder import RUNS, Placed

#: What is looked at first, and what never is, when a study does not say what it looks for.
_FIRST_CHOICE, _IMPOSED = "critical_current_density", "applied_current_density"

#: Members listed on a terminal; the files have all.
_LISTED = 24

#: Members named as repeated, and repetitions named of each.
_REPEATS = 5

#: Characters of a line above a column, words permitting.
_HEADING = 13

#: Responses listed on a terminal.
_RESPONSES = 3


def print_members(study: Study, placed: Sequence[Placed], finished: Collection[str], console: Console) -> None:
    """Print the members of a study that has been checked."""
    # values stand in the names of run folders too; what they end in tells them apart
    table = _table(["member", *labels_of(study).values(), "result", "run"])
    for one in placed:
        done = "there" if one.folder in finished else "to do"
        table.add_row(str(one.number), *(str(value) for value in one.values), done, one.folder.rpartition("-")[2])
    console.print(table)
    print_repeats(placed, console)
    runs = {one.folder for one in placed}
    left = len(runs - set(finished))
    console.print(f"{len(placed)} members, no problems found; {left} of {len(runs)} runs are to do", highlight=False)


def print_place(folder: Path, how: str, console: Console) -> None:
    """Print where members would run, and where run folders would be."""
    words = f"{how}; run folders are {shown(folder / RUNS)}/NAME-RUN"
    console.print(words, markup=False, highlight=False, soft_wrap=True)


def print_repeats(placed: Sequence[Placed], console: Console) -> None:
    """Say which members are the same as an earlier one, with which they share a run."""
    same: dict[str, list[str]] = {}
    for one in placed:
        same.setdefault(one.folder, []).append(str(one.number))
    repeats = [numbers for numbers in same.values() if len(numbers) > 1]
    for first, *others in repeats[:_REPEATS]:
        named = others[:_REPEATS] + ([f"{len(others) - _REPEATS} more"] if len(others) > _REPEATS else [])
        what = (
            f"member {named[0]} repeats"
            if len(named) == 1
            else f"members {', '.join(named[:-1])} and {named[-1]} repeat"
        )
        console.print(f"note: {what} {first}", highlight=False, soft_wrap=True)
    if len(repeats) > _REPEATS:
        console.print(f"note: {len(repeats) - _REPEATS} more members are repeated", highlight=False)


def print_results(study: Study, results: Results, written: Sequence[Path], console: Console) -> None:
    """Print the outcome of a sweep: the first members, what failed, and where everything is."""
    shown_responses = most_telling(study, results)[:_RESPONSES]
    columns = [*results.parameters, *shown_responses]
    table = _table(["member", *(heading(column) for column in columns), "state"])
    for row in _rows(results):
        values = [cell(column.values[row], column.unit) for column in columns]
        table.add_row(str(results.more[0].values[row]), *values, results.state[row])
    console.print()
    console.print(table)
    left = len(results.state) - table.row_count
    if left:
        console.print(f"... and {left} more members in {written[0].name}", highlight=False)
    for member, message in results.messages.items():
        first = message.strip().splitlines()[0]
        console.print(f"member {member}: {first}", markup=False, highlight=False, soft_wrap=True)
    absent = [column.name for column in results.responses if all(value is None for value in column.values)]
    if absent and results.finished:
        console.print(f"note: no member gives {', '.join(absent)}", highlight=False)
    unexpected = results.state.count(UNEXPECTED)
    words = [f"{results.finished} of {len(results.state)} members have their result"]
    words += [f"{unexpected} of them not as the case expects"] if unexpected else []
    console.print()
    console.print("; ".join(words), style="bold" if results.finished == len(results.state) else "bold red")
    for path in written:
        console.print(f"{path.suffix[1:]:<8} {shown(path)}", highlight=False, soft_wrap=True)


def heading(column: TableColumn) -> str:
    """Return what readers see above a column: its label and the unit that its cells are shown in."""
    shown_unit = display_unit("" if column.unit == "1" else column.unit).text
    return f"{column.label}\n({shown_unit})" if shown_unit else column.label


def cell(value: Value, unit: str) -> str:
    """Return a value of the results as text, in the unit of its column's heading."""
    if value is None:
        return "–"
    if isinstance(value, str | int) or not unit:
        return str(value)
    return number(value * display_unit("" if unit == "1" else unit).factor, 4)


def most_telling(study: Study, results: Results) -> list[TableColumn]:
    """Return responses, those first that say most: what the study asks for, or else what differs between members."""
    if study.responses:
        return list(results.responses)

    def dullness(column: TableColumn) -> int:
        given = [value for value in column.values if isinstance(value, int | float)]
        # what is imposed repeats a parameter; what hardly differs is equal up to the tolerance of solvers
        varied = len(given) > 1 and max(given) - min(given) > 1e-6 * max(map(abs, given))
        return 0 if column.name == _FIRST_CHOICE and given else 2 if not varied else 1 + (column.name == _IMPOSED)

    return sorted(results.responses, key=dullness)


def _rows(results: Results) -> list[int]:
    """Return the rows to show: the first members, and of the others those that did not finish."""
    every = range(len(results.state))
    return [row for row in every if row < _LISTED or (results.state[row] != FINISHED and row < 4 * _LISTED)]


def _table(headings: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in headings:
        lines = "\n".join(textwrap.fill(line, _HEADING, break_long_words=False) for line in heading.splitlines())
        table.add_column(lines, justify="left" if heading in ("state", "result", "run") else "right", overflow="fold")
    return table
