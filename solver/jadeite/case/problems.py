# SPDX-License-Identifier: LGPL-3.0-or-later
"""A problem in a case file, said so that a person can mend it, and the error that carries all of them at once."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Place of a value inside a document: keys and list indices, outermost first."""


MOST_SHOWN = 100
"""Problems that the message of an error shows; the error carries all of them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, the value given, what is allowed, and what may have been meant."""

    file: str
    line: int | None
    path: str
    message: str
    given: str = ""
    allowed: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = [self.message]
        if self.given:
            parts.append(f"given: {on_one_line(self.given)}")
        if self.allowed:
            parts.append(f"expected: {self.allowed}")
        if self.suggestion:
            parts.append(self.suggestion)
        where = f"{place}: {self.path}: " if self.path else f"{place}: "
        return where + "; ".join(parts)


class CaseError(Exception):
    """A case that cannot be run; `problems` holds everything that is wrong with it.

    `of` says what the problems are in, where it is not a case.
    """

    def __init__(self, problems: Iterable[Problem], of: str = "case") -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        shown = [f"  {problem}" for problem in self.problems[:MOST_SHOWN]]
        if len(self.problems) > MOST_SHOWN:
            shown.append(f"  ... and {len(self.problems) - MOST_SHOWN} more")
        super().__init__("\n".join([f"{count} in the {of}:", *shown]))


def as_given(value: object) -> str:
    """Write a value of a case file as YAML has it: text and numbers as they are, `null`, `true`, `{"a": 1}`."""
    if isinstance(value, bool | dict | list) or value is None:
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def on_one_line(text: str) -> str:
    """Return a text whose line breaks and other characters that cannot be seen are written as `\\n`, `\\t`, ..."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def dotted(path: Path) -> str:
    """Write a path as `flaws.0.depth`, the form that `--set` reads."""
    return ".".join(str(part) for part in path)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return `did you mean "x"?` for the closest choices, or an empty text when nothing is close."""
    names = list(choices)
    lower: dict[str, str] = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), list(lower), n=2, cutoff=0.55)
    # a short form such as NZSP is far from NZSP_x2 by edit distance, and still plainly meant
    started = [key for key in lower if len(word) > 2 and key.startswith(word.lower()) and key not in close]
    found = [lower[key] for key in [*close, *started][:3]]
    return f"did you mean {' or '.join(f'`{name}`' for name in found)}?" if found else ""


def listing(names: Sequence[str]) -> str:
    """Write names as `a, b or c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
