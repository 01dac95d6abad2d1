# SPDX-License-Identifier: LGPL-3.0-or-later
"""Read as much of a faulty section as can be read, so that rules between values are checked all the same."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import MaxLen
from pydantic import BaseModel, Field, TypeAdapter, ValidationError


def read_what_is_valid(model: type[BaseModel], data: Any) -> Any:
    """Return an object with the attributes of `model`; those that are missing or faulty are None.

    Its attribute `faulty` names the keys that were given and could not be used, unknown ones included;
    `model_fields_set` names all that were given, as in a model.

    Args:
        model: the section's class.
        data: plain data as read from YAML.
    """
    if not isinstance(data, dict):
        return None
    values = {
        name: _read(_annotation(model, name), data[name]) if name in data else _default(model, name)
        for name in model.model_fields
    }
    faulty = tuple(name for name, given in data.items() if given is not None and values.get(name) is None)
    return SimpleNamespace(**values, faulty=faulty, model_fields_set=set(data))


def section_at(annotation: Any, data: Any) -> type[BaseModel] | None:
    """Return the section class that `data` should follow, where an annotation allows several: by the `law` it names.

    Data without a law follows the section that says it is the one meant then (`when_unnamed`).
    """
    sections = sections_of(annotation)
    law = data.get("law") if isinstance(data, dict) else None
    for section in sections:
        field = section.model_fields.get("law")
        if law is not None and field is not None and law in get_args(field.annotation):
            return section
    if len(sections) == 1:
        return sections[0]
    return next((section for section in sections if law is None and getattr(section, "when_unnamed", False)), None)


def sections_of(annotation: Any) -> tuple[type[BaseModel], ...]:
    """Return every section class an annotation (union, optional, annotated) allows as a value itself."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return sections_of(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return tuple(section for part in get_args(annotation) for section in sections_of(part))
    return (annotation,) if isinstance(annotation, type) and issubclass(annotation, BaseModel) else ()


def item_annotation(annotation: Any, container: type) -> Any:
    """Return X for an annotation `tuple[X, ...]` (lists) or `dict[str, X]` (dicts); None for anything else."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return item_annotation(get_args(annotation)[0], container)
    if origin in (Union, UnionType):
        found = [item_annotation(part, container) for part in get_args(annotation)]
        return next((item for item in found if item is not None), None)
    if origin is tuple and container is list:
        return get_args(annotation)[0]
    if origin is dict and container is dict:
        return get_args(annotation)[1]
    return None


@cache
def _annotation(model: type[BaseModel], name: str) -> Any:
    field = model.model_fields[name]
    rules = list(field.metadata)  # limits and units
    if field.discriminator is not None:
        rules.append(Field(discriminator=field.discriminator))
    return Annotated[field.annotation, *rules] if rules else field.annotation


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


def _has_too_many(annotation: Any, data: Any) -> bool:
    """Whether data hold more items than an annotation allows: rules between all of them would take too long."""
    rules = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return any(isinstance(rule, MaxLen) and len(data) > rule.max_length for rule in rules)


def _default(model: type[BaseModel], name: str) -> Any:
    field = model.model_fields[name]
    if field.is_required() or field.default_factory_takes_validated_data:
        return None
    return _read(_annotation(model, name), field.get_default(call_default_factory=True))


def _read(annotation: Any, data: Any) -> Any:
    try:
        return _adapter(annotation).validate_python(data)
    except ValidationError:
        section = section_at(annotation, data)
        if section is not None and isinstance(data, dict):
            return read_what_is_valid(section, data)
        item = item_annotation(annotation, type(data))
        # lists of blocks are read block by block; of a list of numbers, half is worth nothing, nor is one out of bounds
        if sections_of(item) and not _has_too_many(annotation, data):
            if isinstance(data, list):
                return [_read(item, value) for value in data]
            return {key: _read(item, value) for key, value in data.items()}
        return None
