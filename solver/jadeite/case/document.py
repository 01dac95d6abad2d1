# SPDX-License-Identifier: LGPL-3.0-or-later
"""A YAML file read into plain data that remembers the line of every key and item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from jadeite.case.problems import CaseError, Path, Problem, dotted

_MAXIMUM_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was written: a file (or `--set`) and a line."""

    file: str
    line: int | None


@dataclass(slots=True)
class Document:
    """Plain data (dicts, lists, scalars) with the place of every path, and the problems found while reading."""

    file: str
    text: str
    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Path) -> Place:
        """Return where a path was written; for a path that is not there, where its nearest parent is."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return Place(self.file, None)

    def problem(self, path: Path, message: str, *, given: str = "", allowed: str = "", suggestion: str = "") -> Problem:
        """Return a problem at the place of a path."""
        place = self.place(path)
        return Problem(place.file, place.line, dotted(path), message, given, allowed, suggestion)

    def value(self, path: Path) -> Any:
        """Return the data at a path; raises `LookupError` when there is none."""
        here = self.data
        for part in path:
            here = here[part]
        return here


def parse_document(text: str, file: str) -> Document:
    """Parse YAML text.

    Duplicate keys and values that contain themselves are noted in `Document.problems`.

    Raises:
        CaseError: the text is not YAML, or its root is not a mapping.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        loader = YAML(typ="safe", pure=True)
        root = loader.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"is not valid YAML: {error.problem or error.context}"
        raise CaseError([Problem(file, mark.line + 1 if mark else None, "", message)]) from None
    except YAMLError as error:
        raise CaseError([Problem(file, None, "", f"is not valid YAML: {error}")]) from None
    document = Document(file, text)
    if root is None:
        raise CaseError([Problem(file, None, "", "is empty", allowed="a mapping of keys to values")])
    _read_node(document, root, (), loader)
    if not isinstance(document.data, dict):
        line = root.start_mark.line + 1
        raise CaseError([Problem(file, line, "", "is not a mapping", allowed="`key: value` lines")])
    return document


def read_document(path: FilePath) -> Document:
    """Read a YAML file; raises `CaseError` when it cannot be read or parsed."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CaseError([Problem(str(path), None, "", "there is no such file")]) from None
    except IsADirectoryError:
        raise CaseError([Problem(str(path), None, "", "is a folder, not a file")]) from None
    except UnicodeDecodeError:
        raise CaseError([Problem(str(path), None, "", "is not a text file in UTF-8")]) from None
    except OSError as error:
        raise CaseError([Problem(str(path), None, "", f"cannot be read: {error.strerror}")]) from None
    return parse_document(text, str(path))


def _read_node(document: Document, root: Any, at: Path, loader: Any) -> None:
    """Turn a YAML node into plain data under `at`, noting lines."""

    def read(node: Any, path: Path, line: int) -> Any:
        document.places[path] = Place(document.file, line)
        if len(path) > _MAXIMUM_DEPTH:
            document.problems.append(document.problem(path[:3], "is nested too deeply or contains itself"))
            return None
        if node.id == "mapping":
            return mapping(node, path)
        if node.id == "sequence":
            return [read(item, (*path, index), item.start_mark.line + 1) for index, item in enumerate(node.value)]
        return _scalar(node, loader)

    def mapping(node: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.id != "scalar":
                document.problems.append(Problem(document.file, line, dotted(path), "has a key that is not a word"))
                continue
            key = str(key_node.value)
            if key in found:
                first = document.places[(*path, key)].line
                message = f"is given twice (first on line {first})"
                document.problems.append(Problem(document.file, line, dotted((*path, key)), message))
                continue
            found[key] = read(value_node, (*path, key), line)
        return found

    document.data = read(root, at, root.start_mark.line + 1)


def _scalar(node: Any, loader: Any) -> Any:
    # dates and other exotic scalars stay text; only numbers, booleans and null have a meaning of their own in a case
    kind = node.tag.rsplit(":", 1)[-1]
    if kind in ("int", "float", "bool", "null"):
        return loader.constructor.construct_object(node)
    return str(node.value)


def apply_overrides(document: Document, overrides: Sequence[str]) -> None:
    """Apply `path=value` settings to a document, in order; the value is read as YAML.

    A path names keys and list indices (`flaws.0.depth`); missing mappings on the way are made, list items are not.
    Settings that cannot be applied are noted in `Document.problems`.
    """
    for setting in overrides:
        name, equals, text = setting.partition("=")
        path = tuple(int(part) if part.isdecimal() else part for part in name.strip().split("."))
        shown = f"--set {setting}"
        if not equals or not name.strip() or "" in path:
            problem = Problem(
                shown, None, "", "is not a setting", allowed="path=value, such as protocol.current_density=2 mA/cm^2"
            )
            document.problems.append(problem)
            continue
        try:
            value = parse_document(f"value: {text.strip()}", shown)
        except CaseError as error:
            document.problems.extend(error.problems)
            continue
        document.problems.extend(value.problems)
        _set(document, path, value, shown)


def _set(document: Document, path: Path, value: Document, shown: str) -> None:
    here = document.data
    for depth, part in enumerate(path):
        last = depth == len(path) - 1
        if isinstance(here, list):
            if not isinstance(part, int) or part >= len(here):
                count = f"{len(here)} items, counted from 0" if here else "no items"
                message = f"has no item `{part}`; it has {count}"
                document.problems.append(Problem(shown, None, dotted(path[:depth]), message))
                return
        elif isinstance(here, dict):
            part = str(part)
            if not last and here.get(part) is None:
                here[part] = {}
        else:
            message = f"is a single value ({here}), not a block of keys"
            document.problems.append(Problem(shown, None, dotted(path[:depth]), message))
            return
        if last:
            here[part] = value.data["value"]
        else:
            here = here[part]
    written = tuple(path)
    for old in [place for place in document.places if place[: len(written)] == written]:
        del document.places[old]
    document.places[written] = Place(shown, None)
