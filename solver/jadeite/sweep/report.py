# SPDX-License-Identifier: LGPL-3.0-or-later
"""The report of a sweep: figures and table of all members in one HTML file, with links to their own reports."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import jinja2

import jadeite
from jadeite.output.folder import write_text
from jadeite.sweep.figures import SweepFigure
from jadeite.sweep.gathering import Results
from jadeite.sweep.schema import Study
from jadeite.sweep.terminal import cell, heading, most_telling

_NAME = "report.html"

#: Headline figures in the table of the report; the files have all.
_RESPONSES = 8


def write_sweep_report(path: Path, study: Study, results: Results, figures: Sequence[SweepFigure]) -> Path:
    """Write the report of a sweep and return its path; raises `OutputError` when the disk is full."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jadeite.sweep", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    responses = most_telling(study, results)[:_RESPONSES]
    columns = (*results.parameters, *responses)
    runs = results.more[2].values
    rows = [
        {
            "number": results.more[0].values[row],
            "state": state,
            "message": results.messages.get(row + 1, ""),
            "report": f"{runs[row]}/report.html" if (path / str(runs[row]) / "report.html").exists() else "",
            "cells": [cell(column.values[row], column.unit) for column in columns],
        }
        for row, state in enumerate(results.state)
    ]
    text = environment.get_template("report.html.j2").render(
        study=study,
        version=jadeite.__version__,
        finished=results.finished,
        headings=[heading(column) for column in columns],
        rows=rows,
        left_out=len(results.responses) - len(responses),
        figures=[(figure.caption, _embedded(path / figure.file)) for figure in figures],
    )
    write_text(path / _NAME, text)
    return path / _NAME


def _embedded(image: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(image.read_bytes()).decode('ascii')}"
