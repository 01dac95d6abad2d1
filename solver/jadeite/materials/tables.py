# SPDX-License-Identifier: LGPL-3.0-or-later
"""The material library as tables for the terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from jadeite.materials.library import Entry, Material, Property, Source

_CONFIDENCE_STYLE = {"high": "green", "medium": "yellow", "low": "red", "none": "dim"}


def library_table(entries: tuple[Entry, ...]) -> RenderableType:
    """Return a table of all materials with class and other names."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("material", "what it is", "class", "also found as"):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        table.add_row(
            Text(entry.name, "bold"), Text(entry.title), entry.kind.replace("_", " "), Text(", ".join(entry.aliases))
        )
    return table


def material_table(material: Material, notes: bool = False) -> RenderableType:
    """Return a table of a material's properties, followed by its numbered sources, remarks and (if asked for) notes."""
    numbers: dict[str, int] = {}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading, justify in (
        ("property", "left"),
        ("value", "right"),
        ("unit", "left"),
        ("range", "left"),
        ("at", "right"),
    ):
        table.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold")
    for heading in ("confidence", "basis", "source"):
        table.add_column(heading, overflow="fold")
    for entry in material.properties.values():
        number = numbers.setdefault(entry.source.name, len(numbers) + 1)
        table.add_row(
            entry.name,
            Text(_value(entry), "bold"),
            "; ".join(dict.fromkeys(entry.unit))
            if isinstance(entry.unit, tuple)
            else entry.unit.replace("1", "-", entry.unit == "1"),
            "" if entry.range is None else f"{entry.range[0]:g} to {entry.range[1]:g}",
            "" if entry.temperature is None else f"{entry.temperature:g} K",
            Text(entry.confidence, _CONFIDENCE_STYLE[entry.confidence]),
            entry.basis,
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
        "basis: seen (number read in the source), memory (number recalled), derived, estimate (no measurement located)"
    )
    parts.append(Text(f"\n{legend}", "dim"))
    return Group(*parts)


def _value(entry: Property) -> str:
    if entry.value is None:
        return "no data"
    values = entry.value if isinstance(entry.value, tuple) else (entry.value,)
    return ", ".join(f"{value:.6g}" for value in values)


def _details(source: Source) -> str:
    return " (reference recalled, verify before citing)" if source.details == "memory" else ""
