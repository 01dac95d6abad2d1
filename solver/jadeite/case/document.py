# SPDX-License-Identifier: LGPL-3.0-or-later
"""A YAML file read into plain data that remembers the line of every key and item.

Files come from strangers: only plain data is made of them, and size, depth and number of values are bounded, counted
as written out where an alias repeats them.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from jadeite.case.problems import CaseError, Path, Problem, dotted

LARGEST_FILE = 500_000
"""Bytes that a case or recipe may have; measured data stand in files of their own."""

MOST_VALUES = 20_000
"""Keys and values that a document may hold, those repeated by aliases included."""

_MAXIMUM_DEPTH = 40

_LARGEST_INTEGER = 10**30

#: Characters that a key may have.
_LONGEST_KEY = 200

#: Characters of a wrong value that are shown.
_LONGEST_SHOWN = 80

#: What plain YAML means by itself, and what may be written out; none of it makes anything but data.
_TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
}

# escape sequences would reach terminals, and halves of surrogate pairs cannot be written to any file
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


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
        if len(given) > _LONGEST_SHOWN:
            given = f"{given[:_LONGEST_SHOWN]} ... ({len(given)} characters)"
        return Problem(place.file, place.line, dotted(path), message, given, allowed, suggestion)

    def value(self, path: Path) -> Any:
        """Return the data at a path; raises `LookupError` when there is none."""
        here = self.data
        for part in path:
            here = here[part]
        return here


def parse_document(text: str, file: str) -> Document:
    """Parse YAML text.

    Duplicate keys, values that contain themselves, tags and control characters are noted in `Document.problems`.

    Raises:
        CaseError: the text is not YAML, its root is not a mapping, or it holds more than may be read.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.composer import MaxDepthExceededError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        loader = YAML(typ="safe", pure=True)
        loader.max_depth = _MAXIMUM_DEPTH
        loader.Composer = _counting_composer(file)
        loader.composer.warn_double_anchors = False  # YAML lets the latest count
        root = loader.compose(text)
    except MaxDepthExceededError as error:
        mark = error.problem_mark
        raise CaseError([Problem(file, mark.line + 1 if mark else None, "", "is nested too deeply")]) from None
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
        state = path.stat()
        # opening a pipe or a device would wait for what may never come
        if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
            raise CaseError([Problem(str(path), None, "", "is a pipe or a device, not a file")])
        if state.st_size > LARGEST_FILE:
            allowed = f"at most {LARGEST_FILE / 1e6:g} MB; measured data stand in files of their own"
            message = f"has {state.st_size / 1e6:.1f} MB"
            raise CaseError([Problem(str(path), None, "", message, allowed=allowed)])
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CaseError([Problem(str(path), None, "", "there is no such file")]) from None
    except IsADirectoryError:
        raise CaseError([Problem(str(path), None, "", "is a folder, not a file")]) from None
    except UnicodeDecodeError:
        raise CaseError([Problem(str(path), None, "", "is not a text file in UTF-8")]) from None
    except OSError as error:
        raise CaseError([Problem(str(path), None, "", f"cannot be read: {error.strerror}")]) from None
    except ValueError as error:  # a path that no file can have
        raise CaseError([Problem(repr(str(path)), None, "", f"cannot be read: {error}")]) from None
    return parse_document(text, str(path))


def _counting_composer(file: str) -> Any:
    """The composer of ruamel.yaml, which gives up where a document holds too much."""
    from ruamel.yaml.composer import Composer

    class Counting(Composer):
        count = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.count += 1
            if self.count > MOST_VALUES:
                raise _too_many(file, self.parser.peek_event().start_mark.line + 1)
            return super().compose_node(parent, index)

    return Counting


def _too_many(file: str, line: int) -> CaseError:
    message = f"is where the document passes {MOST_VALUES} values, aliases written out"
    return CaseError([Problem(file, line, "", message, allowed="fewer; measured data stand in files of their own")])


def _read_node(document: Document, root: Any, at: Path, loader: Any) -> None:
    """Turn a YAML node into plain data under `at`, noting lines; raises `CaseError` for too many values."""

    def read(node: Any, path: Path, line: int) -> Any:
        if len(document.places) >= MOST_VALUES:
            raise _too_many(document.file, line)
        document.places[path] = Place(document.file, line)
        if len(path) > _MAXIMUM_DEPTH:
            document.problems.append(document.problem(path[:3], "is nested too deeply or contains itself"))
            return None
        tag = str(node.tag)
        if tag not in _TAGS:
            document.problems.append(document.problem(path, f"has the tag `{tag}`", suggestion="leave the tag out"))
            return None
        if node.id == "mapping":
            return mapping(node, path)
        if node.id == "sequence":
            return [read(item, (*path, index), item.start_mark.line + 1) for index, item in enumerate(node.value)]
        value = _scalar(node, loader)
        if isinstance(value, str) and _CONTROL.search(value):
            document.problems.append(document.problem(path, "holds a control character", given=repr(value)))
            return None
        return value

    def mapping(node: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.id != "scalar":
                document.problems.append(Problem(document.file, line, dotted(path), "has a key that is not a word"))
                continue
            key = str(key_node.value)
            if _CONTROL.search(key):
                message = f"has a key with a control character: {key!r}"
                document.problems.append(Problem(document.file, line, dotted(path), message))
                continue
            if len(key) > _LONGEST_KEY:
                message = f"has a key of {len(key)} characters that begins with {key[:_LONGEST_SHOWN]}"
                document.problems.append(Problem(document.file, line, dotted(path), message))
                continue
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
        try:
            value = loader.constructor.construct_object(node)
        except (ValueError, LookupError):
            value = str(node.value)
        # what only looks like a number (`._`, thousands of digits) is text: the field that reads it says what it needs
        return str(node.value) if isinstance(value, int) and abs(value) > _LARGEST_INTEGER else value
    return str(node.value)


def apply_overrides(document: Document, overrides: Sequence[str]) -> None:
    """Apply `path=value` settings to a document, in order; the value is read as YAML.

    A path names keys and list indices (`flaws.0.depth`); missing mappings on the way are made, list items are not.
    Settings that cannot be applied are noted in `Document.problems`.
    """
    for setting in overrides:
        name, equals, text = setting.partition("=")
        # no list has an index of more digits, and Python refuses to read thousands of them
        path = tuple(int(part) if part.isdecimal() and len(part) < 10 else part for part in name.strip().split("."))
        shown = f"--set {setting}"
        if not equals or not name.strip() or "" in path or len(path) > _MAXIMUM_DEPTH:
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
        if len(value.data) != 1:
            document.problems.append(Problem(shown, None, "", "sets more than one value", allowed="path=value"))
            continue
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
