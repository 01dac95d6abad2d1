# SPDX-License-Identifier: LGPL-3.0-or-later
"""The case file's reference as Markdown, and its JSON Schema, both written from the schema classes themselves."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from jadeite.case.microstructure import Recipe
from jadeite.case.partial import item_annotation, sections_of
from jadeite.case.problems import listing
from jadeite.case.schema import Case
from jadeite.case.units import QuantitiesField, QuantityField

_LIMITS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
_WITH_LAW = "block with law "
_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def json_schema(recipe: bool = False) -> str:
    """Return the JSON Schema of a case file, or of a microstructure recipe, as text for an editor."""
    return json.dumps((Recipe if recipe else Case).model_json_schema(), indent=2)


def markdown(recipe: bool = False) -> str:
    """Return the reference of a case file, or of a microstructure recipe: one table per block."""
    root: type[BaseModel] = Recipe if recipe else Case
    title = "Microstructure recipe" if recipe else "Case file"
    intro = (
        "Every dimensional value carries its unit (`10 um`, `0.5 mA/cm^2`, `25 degC`). Unknown keys are errors.\n"
        "A key without a default must be given."
    )
    blocks = [f"# {title}: reference", intro]
    blocks += [_table(path, section) for path, section in _sections((), root, set())]
    return "\n\n".join(blocks) + "\n"


def _sections(
    path: tuple[str, ...], section: type[BaseModel], seen: set[type[BaseModel]]
) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every block reachable from a section once, with the first path it is reached by."""
    if section in seen:
        return
    seen.add(section)
    yield ".".join(path), section
    for name, field in section.model_fields.items():
        list_item, dict_item = item_annotation(field.annotation, list), item_annotation(field.annotation, dict)
        for inner in sections_of(field.annotation):
            yield from _sections((*path, name), inner, seen)
        for annotation, mark in ((list_item, "0"), (dict_item, "ROLE")):
            for inner in sections_of(annotation):
                yield from _sections((*path, name, mark), inner, seen)


def _table(path: str, section: type[BaseModel]) -> str:
    law = section.model_fields.get("law")
    heading = f"## `{path}`" if path else "## Top level"
    if law is not None:
        heading += f", law `{get_args(law.annotation)[0]}`"
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    for name, field in section.model_fields.items():
        cells = (f"`{name}`", _value(field), _default(field), field.description or "")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([heading, "", " ".join((inspect.getdoc(section) or "").split()), "", *rows])


def _value(field: FieldInfo) -> str:
    """Say in words what a field accepts."""
    words = list(dict.fromkeys(_words(field.annotation, tuple(field.metadata))))
    laws = [word.removeprefix(_WITH_LAW) for word in words if word.startswith(_WITH_LAW)]
    if len(laws) == len(words) > 1:
        return f"block with `law` {listing(laws)}"
    limits = [
        f"{text} {getattr(limit, name)}"
        for limit in field.metadata
        for name, text in _LIMITS.items()
        if hasattr(limit, name)
    ]
    return " or ".join(words) + (f" ({', '.join(limits)})" if limits else "")


def _words(annotation: Any, metadata: tuple[Any, ...] = ()) -> Iterator[str]:
    for entry in metadata:
        if isinstance(entry, QuantityField):
            yield f"{entry.dimension.name}, e.g. `{entry.dimension.example}`" + (
                f" ({entry.range})" if entry.range else ""
            )
            return
        if isinstance(entry, QuantitiesField):
            first, last = entry.counts[0], entry.counts[-1]
            several = last - first > 2
            numbers = f"{first} to {last}" if several else " or ".join(str(count) for count in entry.counts)
            yield f"{numbers} times {entry.each.dimension.name}, e.g. `{entry.each.dimension.example}`"
            return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _words(arguments[0], arguments[1:])
    elif origin in (Union, UnionType):
        for part in arguments:
            if part is not NoneType:
                yield from _words(part)
    elif origin is Literal:
        yield ", ".join(f"`{value}`" for value in arguments)
    elif origin is tuple:
        inner = " or ".join(_words(arguments[0]))
        yield f"list of {inner}" if arguments[-1] is Ellipsis else f"list of {len(arguments)}: {inner}"
    elif origin is dict:
        item = get_args(annotation)[1]
        yield "a block per role" if sections_of(item) else f"{' or '.join(_words(item))} under each name"
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        law = annotation.model_fields.get("law")
        yield "block" if law is None else f"{_WITH_LAW}`{get_args(law.annotation)[0]}`"
    else:
        yield _PLAIN[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default_factory_takes_validated_data:
        return "see meaning"
    value = field.get_default(call_default_factory=True)
    if value is None or value == {}:
        return "left out"
    if isinstance(value, BaseModel):
        law = getattr(value, "law", None)
        return "its defaults" if law is None else f"`law: {law}`"
    if isinstance(value, tuple):
        return "[" + ", ".join(f"`{part}`" for part in value) + "]"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != "" else "empty"
