# SPDX-License-Identifier: LGPL-3.0-or-later
"""The report of a run: one HTML file that contains everything, drawn from the run folder alone."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from jadeite.output.display import number, percent, quantity
from jadeite.output.figures import FIGURES
from jadeite.output.folder import write_text
from jadeite.output.summary import Summary

_TEMPLATE = "report.html.j2"
_BOUNDARIES_LISTED = 10
_CONSERVED_WITHIN = 1e-8

FILES: dict[str, str] = {
    "case.yaml": "the case as it was given",
    "resolved_case.json": "the case in SI units with every default filled in",
    "summary.json": "every number of this report",
    "history.csv": "one row per solve",
    "fields.vtkhdf": "all fields in the ceramic, for ParaView 5.12 or newer and PyVista",
    "fields.xdmf": "the same fields for ParaView 5.11 and other XDMF readers",
    "interfaces.vtkhdf": "all fields on electrodes, flaw walls and grain boundaries",
    "mesh.npz": "the mesh with the names of grains and boundaries",
    "view.py": "the picture to start with in ParaView",
    "log.txt": "what the program reported while it ran",
}


@dataclass(frozen=True, slots=True)
class EmbeddedFigure:
    """A figure as the template needs it; ``source`` holds the whole image as a data address."""

    heading: str
    caption: str
    source: str


def write_report(run: Path) -> Path:
    """Write ``RUN/report.html`` from the summary and the figures of the run folder and return its path.

    The file needs no other file and no network. Figures that were not drawn are left out. Raises ``OutputError`` when
    the summary cannot be read or the disk is full.
    """
    summary = Summary.from_json(run / "summary.json")
    path = run / "report.html"
    write_text(path, render_report(summary, _figures(run), _files(run)))
    return path


def render_report(summary: Summary, figures: list[EmbeddedFigure], files: dict[str, str]) -> str:
    """Return the report as HTML; all text of the summary is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jadeite.output", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(quantity=quantity, number=number, percent=percent, plain=_plain)
    return environment.get_template(_TEMPLATE).render(
        summary=summary,
        figures=figures,
        files=files,
        boundaries=sorted(summary.boundaries, key=lambda boundary: -boundary.share)[:_BOUNDARIES_LISTED],
        conserved_within=_CONSERVED_WITHIN,
        per_depth=" per depth" if summary.per_depth else "",
        failed=[outcome for outcome in summary.expect if not outcome.passed],
        mechanics=any(flaw.mode_one is not None for flaw in summary.flaws),
        weak=sorted({row.material for row in summary.materials if row.confidence in ("low", "none")}),
    )


def _figures(run: Path) -> list[EmbeddedFigure]:
    embedded = []
    for kind in FIGURES:
        path = run / "figures" / f"{kind.name}.png"
        if path.exists():
            image = base64.b64encode(path.read_bytes()).decode("ascii")
            embedded.append(EmbeddedFigure(kind.heading, kind.caption, f"data:image/png;base64,{image}"))
    return embedded


def _files(run: Path) -> dict[str, str]:
    return {name: meaning for name, meaning in FILES.items() if (run / name).exists()}


def _plain(value: Any) -> str:
    """Return a value of a free-form table as text: numbers shortened, mappings as ``name value`` pairs."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value, 4)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(entry)}" for name, entry in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(entry) for entry in value) or "none"
    return str(value)
