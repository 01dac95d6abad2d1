# SPDX-License-Identifier: LGPL-3.0-or-later
"""Case files and recipes as a hostile or careless stranger would write them: mutants of those that are shipped.

Most mutations know the grammar: they move parts from one file into the same place of another, change units and
magnitudes, delete and repeat keys, and put words of the schema where other words stood. The rest break the YAML or its
bytes. `mutants` is a strategy of hypothesis, so that a mutant that fails is made small before it is shown.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from ruamel.yaml import YAML

REPOSITORY = Path(__file__).resolve().parent.parent

Place = tuple[str | int, ...]


class Bare(str):
    """Text that is written into YAML as it stands, without quotes."""


@dataclass(frozen=True)
class Mutant:
    """A document to be read: its bytes, whether it is a recipe rather than a case, and the file it was made from."""

    content: bytes
    is_recipe: bool
    origin: str


@dataclass(frozen=True)
class Original:
    """A shipped document: its text and its data."""

    name: str
    text: str
    data: Any
    is_recipe: bool


#: What a scalar may be replaced by, whatever it was.
HOSTILE = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**40, -(10**40), 0.0, -0.0, 1e-300, 1e300, 1e999, "", " ", "none"),
    *("automatic", "0", "nan m", "1e999 m", "1e9^9^9 m", "1 m^9^9^9", "9" * 5000, "1 " + "m*" * 2000 + "m", "1 degC^2"),
    *("../../../../etc/passwd", "/dev/zero", "/dev/stdin", "~nobody/x", "x" * 300, "a/" * 3000, ".", "..", "meshes"),
    *("<script>alert(1)</script>", "$\\frac{", "${HOME}", "$(touch /tmp/x)", "[bold]", "'; import os #", "{{ 7*7 }}"),
    *("\u202egnp", "\u2126", "µm", "日本", "e\u0301" * 50, "\U0001f50b", "\u0661 m", "%s%n", "a\nb", "a\tb", "-", "&a"),
    *(Bare(".inf"), Bare("-.inf"), Bare(".nan"), Bare("._"), Bare("0x" + "f" * 5000), Bare("1:2:3"), Bare("~")),
    *(Bare("!!python/object/apply:os.system ['true']"), Bare("!!binary aGVsbG8="), Bare("!!int x"), Bare("!own 1")),
    *(Bare('"\\0"'), Bare('"\\e[2J"'), Bare('"\\ud800"'), Bare("2020-01-01"), Bare("*nothing"), Bare("&a [*a, *a]")),
    *([], {}, [[]], [{}], [None], {"law": None}, {"law": []}, {"": ""}, ["1 um"] * 70, [1, 2, 3], {"material": "x"}),
)

_QUANTITY = re.compile(r"^\s*([-+0-9.eE]+)\s*(\S.*)?$")

_UNITS = (
    *("m", "um", "nm", "mm", "pm", "km", "degC", "K", "deg", "rad", "Pa", "MPa", "GPa", "mA/cm^2", "A/m^2", "V", "mV"),
    *("S/m", "ohm*cm^2", "h", "s", "Hz", "GHz", "kJ/mol", "eV", "J/m^2", "1/K", "mol/L", "W/m/K", "%", "inch", ""),
)

_MULTIPLES = (0.0, -1.0, 1e-12, 1e-9, 1e-6, 1e-3, 0.1, 0.5, 0.9, 1.1, 2.0, 3.0, 10.0, 1e3, 1e6, 1e9, 1e12, 1e300)


@cache
def originals() -> tuple[Original, ...]:
    """Every shipped case and recipe."""
    found = []
    for pattern, is_recipe in (("cases/*/*.yaml", False), ("meshes/*.yaml", True)):
        for path in sorted(REPOSITORY.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            data = YAML(typ="safe", pure=True).load(text)
            if is_recipe or "microstructure" in data:
                found.append(Original(str(path.relative_to(REPOSITORY)), text, data, is_recipe))
    return tuple(found)


@cache
def _parts() -> tuple[tuple[str, Any], ...]:
    """Every keyed part of every original: what a stranger may put into the wrong file."""
    return tuple((str(place[-1]), part) for one in originals() for place, part in places(one.data) if place)


@cache
def _parts_called(key: str) -> tuple[Any, ...]:
    return tuple(part for name, part in _parts() if name == key)


@cache
def _words() -> tuple[str, ...]:
    """Every word that the schema of cases and recipes knows: keys and choices."""
    from jadeite.case import reference

    found: set[str] = set()

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            found.update(str(key) for key in part.get("properties", ()))
            found.update(str(word) for word in part.get("enum", ()))
            found.update([part["const"]] if isinstance(part.get("const"), str) else [])
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(json.loads(reference.json_schema(False)))
    return tuple(sorted(found))


def places(data: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every part of a document with its place, itself included."""
    yield at, data
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, part in parts:
        yield from places(part, (*at, key))


def written(data: Any) -> str:
    """The data as YAML in flow style."""
    if isinstance(data, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {written(part)}" for key, part in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(written(part) for part in data) + "]"
    return str(data) if isinstance(data, Bare) else json.dumps(data)


@st.composite
def mutants(draw: st.DrawFn) -> Mutant:
    """Draw a mutant of a shipped document."""
    original = draw(st.sampled_from(originals()))
    kind = draw(st.sampled_from(("data", "data", "data", "data", "lines", "bytes")))
    if kind == "data":
        data = copy.deepcopy(original.data)
        if not original.is_recipe and draw(st.booleans()):
            # the recipe within the case, so that both are mutated together
            data["microstructure"] = copy.deepcopy(draw(st.sampled_from([o.data for o in originals() if o.is_recipe])))
        for _ in range(draw(st.integers(1, 4))):
            data = _mutated(draw, data)
        return Mutant(written(data).encode("utf-8", "surrogatepass"), original.is_recipe, original.name)
    if kind == "lines":
        lines = original.text.splitlines()
        for _ in range(draw(st.integers(1, 4))):
            lines = _mutated_lines(draw, lines)
        return Mutant("\n".join(lines).encode(), original.is_recipe, original.name)
    content = bytearray(original.text.encode())
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        length = draw(st.integers(0, 8))
        content[at : at + length] = draw(st.binary(max_size=8))
    return Mutant(bytes(content), original.is_recipe, original.name)


def _mutated(draw: st.DrawFn, data: Any) -> Any:
    """The data with one part changed."""
    everywhere = list(places(data))
    place, part = draw(st.sampled_from(everywhere))
    change = draw(
        st.sampled_from(("hostile", "scale", "scale", "unit", "other", "other", "word", "wrap", "add", "add"))
    )
    if not place:
        change = "add" if isinstance(part, dict) else "hostile"
    if change == "scale" and (new := _scaled(draw, part)) is not None:
        return _with(data, place, new)
    if change == "unit" and isinstance(part, str) and (found := _QUANTITY.match(part)):
        return _with(data, place, f"{found[1]} {draw(st.sampled_from(_UNITS))}")
    if change == "other" and place and _parts_called(str(place[-1])):
        return _with(data, place, copy.deepcopy(draw(st.sampled_from(_parts_called(str(place[-1]))))))
    if change == "word" and isinstance(part, str):
        return _with(data, place, draw(st.sampled_from(_words())))
    if change == "wrap":
        for _ in range(draw(st.sampled_from((1, 1, 1, 2, 50)))):
            part = (
                draw(st.sampled_from(([part], {"law": part}, [part, copy.deepcopy(part)])))
                if not isinstance(part, Bare)
                else [part]
            )
            if len(written(part)) > 20_000:
                break
        return _with(data, place, part)
    if change == "add" and isinstance(part, dict):
        key, value = draw(st.sampled_from(_parts()))
        return _with(data, (*place, key), copy.deepcopy(value))
    if change == "add" and isinstance(part, list) and part:
        return _with(data, place, [*part, *copy.deepcopy(part[: draw(st.integers(1, len(part)))])])
    return (
        _without(data, place)
        if draw(st.booleans())
        else _with(data, place, copy.deepcopy(draw(st.sampled_from(HOSTILE))))
    )


def _scaled(draw: st.DrawFn, part: Any) -> Any:
    """A number, with its unit if it has one, times a factor; None for what is no number."""
    factor = draw(st.sampled_from(_MULTIPLES))
    if isinstance(part, bool) or part is None:
        return None
    if isinstance(part, int):
        return part * int(factor) if abs(factor) >= 1.0 else 0
    if isinstance(part, float):
        return part * factor
    found = _QUANTITY.match(part) if isinstance(part, str) else None
    if found is None:
        return None
    try:
        return f"{float(found[1]) * factor:.12g} {found[2] or ''}".strip()
    except ValueError:
        return None


def _with(data: Any, place: Place, new: Any) -> Any:
    """The data with a part replaced or added."""
    if not place:
        return new
    here = data
    for step in place[:-1]:
        here = here[step]
    here[place[-1]] = new
    return data


def _without(data: Any, place: Place) -> Any:
    """The data with a part removed."""
    here = data
    for step in place[:-1]:
        here = here[step]
    del here[place[-1]]
    return data


def _mutated_lines(draw: st.DrawFn, lines: list[str]) -> list[str]:
    """The lines of a document with one changed, repeated, moved, indented or gone."""
    row = draw(st.integers(0, max(len(lines) - 1, 0)))
    change = draw(st.sampled_from(("repeat", "delete", "indent", "value", "value", "swap", "block")))
    line = lines[row] if lines else ""
    if change == "repeat":
        return [*lines[:row], line, *lines[row:]]
    if change == "delete":
        return [*lines[:row], *lines[row + draw(st.integers(1, 5)) :]]
    if change == "indent":
        return [*lines[:row], " " * draw(st.integers(1, 4)) + line, *lines[row + 1 :]]
    if change == "swap":
        other = draw(st.integers(0, max(len(lines) - 1, 0)))
        return [*lines[:row], lines[other] if lines else "", *lines[row + 1 :]]
    if change == "block":
        taken = draw(st.sampled_from(originals())).text.splitlines()
        start = draw(st.integers(0, len(taken) - 1))
        return [*lines[:row], *taken[start : start + draw(st.integers(1, 12))], *lines[row:]]
    key, colon, _ = line.partition(":")
    value = draw(st.sampled_from(HOSTILE))
    return [*lines[:row], f"{key}{colon} {written(value)}", *lines[row + 1 :]]
