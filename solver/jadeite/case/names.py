# SPDX-License-Identifier: LGPL-3.0-or-later
"""Names that people and files give to parts: they go as they are into tables, pictures, pages and field files.

So a name is one line of letters and digits of any alphabet, spaces and a little punctuation. Nothing in it means
anything to a shell, a path, HTML, HDF5, or to the formulas of figures.
"""

from __future__ import annotations

import re

from pydantic_core import PydanticCustomError

LONGEST_NAME = 60
"""Characters that a name may have."""

_PUNCTUATION = " .,+()'-"
_NAME = re.compile(rf"\w[\w{re.escape(_PUNCTUATION)}]*")
_OTHER = re.compile(rf"[^\w{re.escape(_PUNCTUATION)}]+")


def checked_name(given: str) -> str:
    """Return a name as it is given, or raise a `PydanticCustomError` that says what a name is made of."""
    if len(given) <= LONGEST_NAME and _NAME.fullmatch(given) and given == given.strip():
        return given
    what = "is empty" if not given.strip() else "cannot be a name"
    allowed = f"at most {LONGEST_NAME} letters, digits, spaces and .,+()'-_ that begin with a letter or digit"
    raise PydanticCustomError("quantity", "{what}", {"what": what, "given": given, "allowed": allowed})


def one_line(given: str) -> str:
    """Return text as it is given, or raise a `PydanticCustomError` where it has several lines."""
    if len(given.splitlines()) > 1:
        context = {"what": "has several lines", "given": given.splitlines()[0] + " ...", "allowed": "one line"}
        raise PydanticCustomError("quantity", "{what}", context)
    return given


def as_name(found: str) -> str:
    """Return the name that is nearest to what a file from elsewhere calls a part; empty where nothing is left of it."""
    return _OTHER.sub(" ", found)[:LONGEST_NAME].strip(_PUNCTUATION)
