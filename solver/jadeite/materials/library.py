# SPDX-License-Identifier: LGPL-3.0-or-later
"""The cited property library: one YAML file per material, every value with its unit, range, source and confidence."""

from __future__ import annotations

import difflib
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from jadeite.case.loading import material_index
from jadeite.case.units import UnitError, dimensionality, to_si


class UnknownMaterialError(LookupError):
    """A name that is in the library neither as a material nor as an alias."""


class UnknownPropertyError(LookupError):
    """A property that a material of the library does not have, or has only as a note that no data exist."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from; `details` says how surely the bibliographic data are known (seen, partial, memory)."""

    name: str
    reference: str
    details: str


@dataclass(frozen=True, slots=True)
class Property:
    """A cited value of a material.

    `value` is a number, several numbers or None (no data located), in `unit` (one per number where they differ).
    `temperature` is in K. `seen` is true where the number itself was read in the source; `basis` is `seen`, `memory`
    (number recalled, source named), `derived`, `estimate` or `no data`; `confidence` is `high`, `medium`, `low` or
    `none`.
    """

    name: str
    value: float | tuple[float, ...] | None
    unit: str | tuple[str, ...]
    temperature: float | None
    range: tuple[float, float] | None
    source: Source
    seen: bool
    basis: str
    confidence: str
    note: str
    seen_via: str
    analogue_of: str

    def si(self, unit: str) -> tuple[float, ...]:
        """Return the value or values in SI base units.

        Args:
            unit: a unit of the dimension the caller expects.

        Raises:
            UnitError: the library's unit has another dimension.
            UnknownPropertyError: the library holds no data.
        """
        if self.value is None:
            raise UnknownPropertyError(f"the library holds no data for {self.name}")
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        units = self.unit if isinstance(self.unit, tuple) else (self.unit,) * len(values)
        for own in units:
            if dimensionality(own) != dimensionality(unit):
                raise UnitError(f"{self.name} has the unit {own}, where one like {unit} was expected")
        return tuple(to_si(Decimal(repr(value)), own)[0] for value, own in zip(values, units, strict=True))


@dataclass(frozen=True, slots=True)
class Remark:
    """A cited remark on a material as a whole."""

    text: str
    source: Source
    seen: bool


@dataclass(frozen=True, slots=True)
class Material:
    """A material of the library with its properties by name."""

    name: str
    title: str
    kind: str
    formula: str
    properties: Mapping[str, Property]
    remarks: tuple[Remark, ...]

    def property(self, name: str) -> Property:
        """Return a property; raises `UnknownPropertyError` naming close ones when there is none."""
        if name in self.properties:
            return self.properties[name]
        close = difflib.get_close_matches(name, self.properties, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise UnknownPropertyError(f"{self.name} has no property {name}{hint}")

    def has(self, name: str) -> bool:
        """Whether the library holds a value for a property."""
        return name in self.properties and self.properties[name].value is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the library's index."""

    name: str
    title: str
    kind: str
    aliases: tuple[str, ...]


@cache
def index() -> tuple[Entry, ...]:
    """Return the library's index in its own order."""
    return tuple(
        Entry(name, entry["title"], entry["class"], tuple(entry.get("aliases", ())))
        for name, entry in material_index().items()
    )


def names() -> tuple[str, ...]:
    """Return the names of all materials."""
    return tuple(entry.name for entry in index())


def canonical_name(name: str) -> str:
    """Return the library's name of a material given by name or alias, whatever its case.

    Raises:
        UnknownMaterialError: naming the closest materials.
    """
    known = {alias.lower(): entry.name for entry in index() for alias in (entry.name, *entry.aliases)}
    if name.lower() in known:
        return known[name.lower()]
    close = dict.fromkeys(known[word] for word in difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5))
    hint = f"did you mean {' or '.join(close)}?" if close else f"it has {', '.join(names())}"
    raise UnknownMaterialError(f"{name} is not in the material library; {hint}")


@cache
def load_material(name: str) -> Material:
    """Read a material by its name; raises `UnknownMaterialError`, naming the closest, when there is none."""
    if name not in names():
        meant = canonical_name(name)
        raise UnknownMaterialError(f"{name} is not in the material library; did you mean {meant}?")
    data = _read(name)
    return Material(
        name=data["name"],
        title=data["title"],
        kind=data["class"],
        formula=data["formula"],
        properties=MappingProxyType({key: _property(key, entry) for key, entry in data["properties"].items()}),
        remarks=tuple(
            Remark(entry["text"], _source(entry["source"]), entry["seen"]) for entry in data.get("remarks", ())
        ),
    )


def _property(name: str, entry: Mapping[str, Any]) -> Property:
    value, unit, limits = entry["value"], entry["unit"], entry.get("range")
    return Property(
        name=name,
        value=tuple(float(part) for part in value)
        if isinstance(value, list)
        else None
        if value is None
        else float(value),
        unit=tuple(unit) if isinstance(unit, list) else unit,
        temperature=entry["temperature"],
        range=None if limits is None else (float(limits[0]), float(limits[1])),
        source=_source(entry["source"]),
        seen=entry["seen"],
        basis=entry["basis"],
        confidence=entry["confidence"],
        note=entry.get("note", ""),
        seen_via=entry.get("seen_via", ""),
        analogue_of=entry.get("analogue_of", ""),
    )


@cache
def _source(name: str) -> Source:
    entry = _sources()[name]
    return Source(name, entry["reference"], entry["details"])


@cache
def _sources() -> dict[str, dict[str, str]]:
    return _read("sources")


def _read(name: str) -> dict[str, Any]:
    from ruamel.yaml import YAML

    file = importlib.resources.files("jadeite.materials").joinpath("library", f"{name}.yaml")
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    return data
