# SPDX-License-Identifier: LGPL-3.0-or-later
"""The material library as tables for the terminal."""

from __future__ import annotations

import textwrap

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from jadeite.materials.library import Entry, Material, Property, Source

_CONFIDENCE_STYLE = {"high": "green", "medium": "yellow", "low": "red", "none": "dim"}
_NAME_WIDTH = 33


def library_table(entries: tuple[Entry, ...]) -> RenderableType:
    """Return a table of all materials with class and other names; no name is broken in a terminal of 80 columns."""
    table = _table()
    table.add_column("material")
    table.add_column("class")
    table.add_column("also found as")
    for entry in entries:
        table.add_row(
            Text.assemble((entry.name, "bold"), "\n", entry.title),
            entry.kind.replace("_", " "),
            ",\n".join(entry.aliases),
        )
    return table


def material_table(material: Material, notes: bool = False) -> RenderableType:
    """Return a table of a material's properties, followed by its numbered sources, remarks and (if asked for) notes."""
    numbers: dict[str, int] = {}
    table = _table()
    table.add_column("property", no_wrap=True)
    table.add_column("value", max_width=18)
    table.add_column("at", justify="right", no_wrap=True)
    table.add_column("confidence", no_wrap=True)
    table.add_column("source", no_wrap=True)
    for entry in material.properties.values():
        number = numbers.setdefault(entry.source.name, len(numbers) + 1)
        span = "" if entry.range is None else f"\n{entry.range[0]:g} to {entry.range[1]:g}"
        table.add_row(
            _broken_at_underscores(entry.name),
            Text.assemble((_value(entry), "bold"), span),
            "" if not entry.temperature else f"{entry.temperature:g} K",
            Text.assemble((entry.confidence, _CONFIDENCE_STYLE[entry.confidence]), f"\n{entry.basis}"),
            f"({number})",
        )
    sources: dict[str, Source] = {entry.source.name: entry.source for entry in material.properties.values()}
    parts: list[RenderableType] = [Text(f"{material.name}: {material.title}", "bold"), table, Text("Sources", "bold")]
    parts += [
        Text(f"({number}) {sources[name].reference}{_details(sources[name])}") for name, number in numbers.items()
    ]
    if material.remarks:
        parts.append(Text("\nRemarks", "bold"))
        parts += [Text(f"- {remark.text} [{remark.source.reference}]") for remark in material.remarks]
    if notes:
        parts.append(Text("\nNotes", "bold"))
        parts += [
            Text.assemble((f"{entry.name}: ", "bold"), entry.note)
            for entry in material.properties.values()
            if entry.note
        ]
    legend = (
        "below the value its range, below the confidence its basis: seen (number read in the source), memory (number "
        "recalled), derived, estimate (no measurement located)"
    )
    parts.append(Text(f"\n{legend}", "dim"))
    return Group(*parts)


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), leading=1)


def _broken_at_underscores(name: str) -> str:
    """Return a name in lines that leave room for the other columns, none of them broken inside a word."""
    return textwrap.fill(name.replace("_", "_ "), _NAME_WIDTH).replace("_ ", "_")


def _value(entry: Property) -> str:
    if entry.value is None:
        return "no data"
    values = entry.value if isinstance(entry.value, tuple) else (entry.value,)
    units = dict.fromkeys(entry.unit) if isinstance(entry.unit, tuple) else [entry.unit]
    unit = "; ".join("" if unit == "1" else unit for unit in units)
    return f"{', '.join(f'{value:.6g}' for value in values)} {unit}".rstrip()


def _details(source: Source) -> str:
    return " (reference recalled, verify before citing)" if source.details == "memory" else ""
