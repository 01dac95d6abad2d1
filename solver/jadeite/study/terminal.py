# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a finished run says on the terminal: answer, headline figures, expectations, where the report is."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from jadeite.output.display import quantity
from jadeite.output.summary import Summary


def print_summary(summary: Summary, folder: Path, console: Console) -> None:
    """Print the outcome of a run."""
    console.print()
    console.print(summary.answer, style="bold", highlight=False)
    console.print()
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("headline")
    table.add_column("value", justify="right")
    for headline in summary.headlines:
        value = quantity(headline.value, headline.unit)
        if headline.uncertainty is not None:
            value += f" ± {quantity(headline.uncertainty, headline.unit, 1)}"
        table.add_row(headline.label, value)
    console.print(table)
    for outcome in summary.expect:
        mark = "as expected" if outcome.passed else "NOT AS EXPECTED"
        console.print(
            f"{mark}: {outcome.quantity} = {quantity(outcome.actual, outcome.unit, 6)}, expected "
            f"{quantity(outcome.expected, outcome.unit, 6)} ± {quantity(outcome.tolerance, outcome.unit, 2)} "
            f"({outcome.source})",
            style=None if outcome.passed else "bold red",
            highlight=False,
        )
    for warning in summary.warnings:
        console.print(f"note: {warning}", highlight=False)
    console.print()
    shown = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    report = shown / "report.html"
    console.print(f"results  {shown}", highlight=False, soft_wrap=True)
    if (folder / "report.html").exists():
        console.print(f"report   {report}", highlight=False, soft_wrap=True)
    if (folder / "fields.vtkhdf").exists():
        console.print(
            f"ParaView {shown / 'fields.vtkhdf'}   (or: paraview --script={shown / 'view.py'})",
            highlight=False,
            soft_wrap=True,
        )
