# SPDX-License-Identifier: LGPL-3.0-or-later
"""Runs reference checks and tells how they came out: a table, JSON, and the page docs/verification.md."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from jadeite.verification.registry import Check, Row

THEMES = {
    "conduction": "Steady conduction",
    "boundaries": "Boundaries across and along",
    "effective": "Effective conductivity of periodic microstructures",
    "homogenisation": "Conductivity tensors of microstructures that repeat",
    "random_media": "Effective conductivity of random microstructures",
    "focusing": "Current focusing",
    "axisymmetric": "Current focusing in bodies of revolution",
    "protrusions": "Electrodes that are not flat",
    "constriction": "Spreading resistance",
    "space_charge": "Space charge",
    "impedance": "Impedance",
    "polymer": "Polymer electrolytes",
    "kinetics": "Kinetics and stress coupling",
    "interphase": "Films between sodium and ceramic",
    "mechanics": "Elasticity",
    "elements": "Elements of elasticity",
    "film_flow": "Sodium that flows in films",
    "spheres": "Elasticity of bodies of revolution",
    "misfit": "Stress by misfit",
    "nonlinear_solid": "Nonlinear solids",
    "creep": "Metal that flows",
    "fracture": "Fracture",
    "kinks": "Interface cracks and kinks",
    "crack_energy": "Energy release rates and inclined cracks",
    "contact": "Contact and friction",
    "ring_cracks": "Fracture in bodies of revolution",
    "fronts": "Fracture along fronts in space",
    "microcracking": "Boundaries that open",
    "notched_plate": "Notched plate",
    "phase_field": "Cracks as a phase field",
    "surfing": "Toughness of phase fields",
    "cohesive": "Boundaries that open",
    "dendrite": "Dendrite measures",
    "leakage": "Electronic leakage",
    "heat": "Joule heat",
}
"""Modules of this package that hold checks, in the order of the page, with their headings."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check answered, and how long it took (s)."""

    check: Check
    rows: tuple[Row, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """True when there are rows and all of them passed."""
        return bool(self.rows) and all(row.passed for row in self.rows)


def load_checks() -> dict[str, Check]:
    """Import every module with checks and return the checks by id."""
    registry = importlib.import_module("jadeite.verification.registry")
    for theme in THEMES:
        importlib.import_module(f"jadeite.verification.{theme}")
    themes = list(THEMES)
    checks: list[Check] = sorted(
        registry.registered_checks().values(), key=lambda c: (themes.index(c.theme), _rank(c.id))
    )
    return {check.id: check for check in checks}


def _rank(id: str) -> tuple[str, int]:
    """Letters and number of an id, so that T9 comes before T10."""
    letters = id.rstrip("0123456789")
    return letters, int(id[len(letters) :])


def select(ids: Iterable[str], slow: bool = False) -> list[Check]:
    """Return the checks of the given ids; when none is given all, slow ones only if `slow`.

    An unknown id raises KeyError.
    """
    checks = load_checks()
    wanted = list(ids)
    unknown = [id for id in wanted if id not in checks]
    if unknown:
        raise KeyError(f"no verification check {', '.join(unknown)}; there are: {', '.join(checks)}")
    if wanted:
        return [checks[id] for id in wanted]
    return [check for check in checks.values() if slow or not check.slow]


def run_check(check: Check) -> Outcome:
    """Run one check on all ranks; an exception is passed on with the id of the check as a note."""
    from jadeite.fem.communicators import release

    start = time.perf_counter()
    try:
        rows = tuple(check.run())
    except Exception as error:
        error.add_note(f"in verification check {check.id} ({check.title})")
        raise
    seconds = time.perf_counter() - start
    release()
    return Outcome(check, rows, seconds)


def run_checks(
    ids: Iterable[str], progress: Callable[[Outcome], None] | None = None, slow: bool = False
) -> list[Outcome]:
    """Run the checks that `select` chooses and report each outcome to `progress` as it comes. Collective."""
    outcomes = []
    for check in select(ids, slow):
        outcomes.append(run_check(check))
        if progress is not None:
            progress(outcomes[-1])
    return outcomes


def as_records(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return one plain record a row, as written to JSON."""
    return [
        {
            "id": outcome.check.id,
            "quantity": row.quantity,
            "unit": row.unit,
            "expected": row.expected,
            "got": row.got,
            "deviation": row.deviation,
            "tolerance": row.tolerance,
            "kind": row.kind,
            "observed_order": row.observed_order,
            "passed": row.passed,
        }
        for outcome in outcomes
        for row in outcome.rows
    ]


def render_table(outcomes: Sequence[Outcome]) -> Table:
    """Return the outcomes as a table for the terminal."""
    from rich.table import Table

    table = Table(title="Verification book", title_justify="left")
    for heading in ("id", "quantity", "expected", "got", "deviation", "tolerance", "order", "passed"):
        table.add_column(heading, justify="left" if heading in ("id", "quantity", "passed") else "right")
    for outcome in outcomes:
        for row in outcome.rows:
            mark = "[green]yes[/green]" if row.passed else "[bold red]NO[/bold red]"
            table.add_row(
                outcome.check.id,
                f"{row.quantity} [{row.unit}]".replace("[1]", "").replace("[", r"\["),
                *_numbers(row),
                mark,
            )
        table.add_section()
    return table


def render_markdown(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as the page docs/verification.md."""
    lines = [
        "# Verification book",
        "",
        "Written by `jadeite verify --slow --markdown docs/verification.md`; do not edit. Run the book with",
        "`make verify` or `jadeite verify [ID ...]`, with `mpirun -n N` in front on several ranks; `--slow` adds the",
        "checks that take a minute.",
        "",
        "Every check compares what the solver computes with a closed form that is written out in the check. Deviations",
        "are relative where the tolerance ends in %, otherwise in the unit of the quantity; an order is the observed",
        "order of convergence between the two finest meshes.",
    ]
    for theme, heading in THEMES.items():
        chosen = [outcome for outcome in outcomes if outcome.check.theme == theme]
        if not chosen:
            continue
        lines += ["", f"## {heading}"]
        for outcome in chosen:
            lines += ["", f"### {outcome.check.id}: {outcome.check.title}", ""]
            lines += ["| quantity | unit | expected | computed | deviation | tolerance | order | passed |"]
            lines += ["| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"]
            for row in outcome.rows:
                cells = [row.quantity.replace("|", r"\|"), row.unit, *_numbers(row), "yes" if row.passed else "**no**"]
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _numbers(row: Row) -> list[str]:
    """Expected, got, deviation, tolerance and order as text."""
    if row.kind == "relative":
        deviation, tolerance = f"{100 * row.deviation:.2g} %", f"{100 * row.tolerance:.2g} %"
    else:
        deviation, tolerance = f"{row.deviation:.2g}", f"{row.tolerance:.2g}"
    order = "" if row.observed_order is None else f"{row.observed_order:.2f}"
    return [f"{row.expected:.7g}", f"{row.got:.7g}", deviation, tolerance, order]


def main(
    ids: Sequence[str], json_path: Path | None = None, markdown_path: Path | None = None, slow: bool = False
) -> int:
    """Run checks (no id: all, slow ones on request), print the table, write files, and return the exit code.

    0 when all passed, 1 when one did not, 2 when an id is unknown. Collective; only rank 0 prints and writes.
    """
    from mpi4py import MPI
    from rich.console import Console

    import jadeite.fem  # noqa: F401  the runtime comes before MPI

    first = MPI.COMM_WORLD.rank == 0
    # into a file or a pipe the table may be as wide as it needs
    console = Console(quiet=not first, width=None if sys.stdout.isatty() else 160)
    try:
        select(ids, slow)
    except KeyError as error:
        console.print(error.args[0], markup=False)
        return 2

    def progress(outcome: Outcome) -> None:
        verdict = "passed" if outcome.passed else "FAILED"
        console.print(f"{outcome.check.id:4} {verdict} {outcome.seconds:6.1f} s  {outcome.check.title}", markup=False)

    outcomes = run_checks(ids, progress, slow)
    console.print(render_table(outcomes))
    failed = [outcome.check.id for outcome in outcomes if not outcome.passed]
    seconds, ranks = sum(outcome.seconds for outcome in outcomes), MPI.COMM_WORLD.size
    console.print(
        f"{len(outcomes) - len(failed)} of {len(outcomes)} checks passed, ranks: {ranks}, {seconds:.0f} s"
        + (f"; failed: {', '.join(failed)}" if failed else ""),
        markup=False,
    )
    if first and json_path is not None:
        json_path.write_text(json.dumps(as_records(outcomes), indent=1) + "\n", encoding="utf-8")
    if first and markdown_path is not None:
        markdown_path.write_text(render_markdown(outcomes), encoding="utf-8")
    return 1 if failed else 0
