# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pydantic's errors said in the words of a case file: line, allowed values and what may have been meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from jadeite.case.document import Document
from jadeite.case.partial import item_annotation, section_at
from jadeite.case.problems import Path, Problem, as_given, did_you_mean, listing

_WORDS = {
    "missing": "is required and not given",
    "model_type": "is not a block of keys",
    "model_attributes_type": "is not a block of keys",
    "dict_type": "is not a block of keys",
    "tuple_type": "is not a list",
    "list_type": "is not a list",
    "string_type": "is not text",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_type": "is not a number",
    "float_parsing": "is not a number",
    "finite_number": "is not a finite number",
    "bool_type": "is neither true nor false",
    "bool_parsing": "is neither true nor false",
    "string_too_short": "is empty",
    "string_too_long": "is too long",
    "too_short": "has too few items",
    "too_long": "has too many items",
    "literal_error": "is not one of the known words",
    "union_tag_not_found": "does not say which `law` it follows",
    "union_tag_invalid": "names an unknown `law`",
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than": "is too large",
    "less_than_equal": "is too large",
}
_LIMITS = {
    "gt": "above",
    "ge": "at least",
    "lt": "below",
    "le": "at most",
    "max_length": "at most",
    "min_length": "at least",
}
#: Errors for which it is worked out what may have been meant.
_MOST_SUGGESTIONS = 100

_CONSEQUENCES = ("default_factory_not_called",)


def field_problems(error: ValidationError, model: type[BaseModel], document: Document) -> Iterator[Problem]:
    """Yield one problem per error of single values.

    A key that is missing only because it was misspelt beside is reported once, as the misspelt one.
    """
    details = [detail for detail in error.errors(include_url=False) if detail["type"] not in _CONSEQUENCES]
    paths = [path_in_data(detail["loc"], document.data) for detail in details]
    suggestions = {
        path: did_you_mean(str(path[-1]), keys_at(model, document, path[:-1]))
        for detail, path in zip(details[:_MOST_SUGGESTIONS], paths[:_MOST_SUGGESTIONS], strict=True)
        if detail["type"] == "extra_forbidden"
    }
    misspelt = {(*path[:-1], name) for path, meant in suggestions.items() for name in re.findall("`(.*?)`", meant)[:1]}
    for detail, path in zip(details, paths, strict=True):
        kind = detail["type"]
        if kind == "extra_forbidden":
            keys = keys_at(model, document, path[:-1])
            meant = suggestions.get(path, "")
            allowed = "" if meant or not keys else listing(keys)
            yield document.problem(path, "is not a known key", allowed=allowed, suggestion=meant)
        elif kind != "missing" or path not in misspelt:
            yield _problem(document, path, kind, detail.get("input"), dict(detail.get("ctx") or {}), detail["msg"])


def _problem(document: Document, path: Path, kind: str, given: Any, context: dict[str, Any], text: str) -> Problem:
    if kind == "quantity":
        return document.problem(path, context["what"], given=context["given"], allowed=context["allowed"])
    if kind == "missing":
        return document.problem(path, _WORDS[kind])
    message = _WORDS.get(kind, text[:1].lower() + text[1:])
    allowed = " ".join(f"{_LIMITS[name]} {limit}" for name, limit in context.items() if name in _LIMITS)
    suggestion = ""
    if kind in ("literal_error", "union_tag_invalid", "union_tag_not_found"):
        expected = str(context.get("expected") or context.get("expected_tags") or "")
        words = re.findall("'([^']*)'", expected)
        allowed = listing(words) if words else expected
        given = context.get("tag", given) if kind == "union_tag_invalid" else given
        suggestion = did_you_mean(str(given), words)
        path = (*path, "law") if kind == "union_tag_invalid" else path
    shown = as_given(given)
    return document.problem(
        path, message, given=shown if len(shown) <= 60 else "", allowed=allowed, suggestion=suggestion
    )


def path_in_data(location: tuple[str | int, ...], data: Any) -> Path:
    """Turn an error location of Pydantic into a path of the data, leaving out names of union members."""
    path: list[str | int] = []
    for number, part in enumerate(location):
        last = number == len(location) - 1
        if isinstance(data, dict) and (part in data or last):
            data = data.get(part)
            path.append(part)
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part] if part < len(data) else None
            path.append(part)
    return tuple(path)


def keys_at(model: type[BaseModel], document: Document, path: Path) -> list[str]:
    """Return the keys that the block at a path may have; empty when that cannot be told."""
    annotation: Any = model
    data = document.data
    for part in path:
        section = section_at(annotation, data)
        if section is not None and part in section.model_fields:
            annotation = section.model_fields[str(part)].annotation
        else:
            annotation = item_annotation(annotation, type(data))
        data = data[part]
    section = section_at(annotation, data)
    return [] if section is None else list(section.model_fields)
