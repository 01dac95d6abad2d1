# SPDX-License-Identifier: LGPL-3.0-or-later
"""Times and amounts of memory as users of clusters write them, read into whole seconds and mebibytes."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from jadeite.case.problems import as_given

_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "day": 86400, "days": 86400}
_MEBIBYTES = {"M": 1, "G": 1024, "T": 1024 * 1024}
_CLOCK = re.compile(r"(?:(\d{1,3})-)?(\d{1,4}):([0-5]\d)(?::([0-5]\d))?")
_WITH_UNIT = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([A-Za-z]+)")

_LONGEST = 400 * 86400


def read_duration(given: object) -> int:
    """Return the seconds of `24 h`, `30 min`, `24:00:00` or `2-12:00:00`; raises `PydanticCustomError` otherwise."""
    text = str(given).strip()
    seconds: float = -1
    if clock := _CLOCK.fullmatch(text):
        days, hours, minutes, rest = (int(part or 0) for part in clock.groups())
        if clock[4] is None and clock[1] is None:
            raise _error("leaves open whether hours or minutes are meant", given, _DURATION)
        seconds = 86400 * days + 3600 * hours + 60 * minutes + rest
    elif (match := _WITH_UNIT.fullmatch(text)) and match[2] in _SECONDS:
        seconds = float(match[1]) * _SECONDS[match[2]]
    elif re.fullmatch(r"[\d.]+", text):
        raise _error("has no unit", given, _DURATION)
    if seconds < 0:
        raise _error("is not a time", given, _DURATION)
    if not 1 <= seconds <= _LONGEST:
        raise _error("is too short" if seconds < 1 else "is too long", given, f"{_DURATION}, 1 s to 400 d")
    return round(seconds)


def read_memory(given: object) -> int:
    """Return the mebibytes of `64 GB` or `500 MB` (of 1024, as schedulers count); raises `PydanticCustomError`."""
    match = _WITH_UNIT.fullmatch(str(given).strip())
    letter = match[2].upper().removesuffix("B").removesuffix("I") if match else ""
    if match is None or letter not in _MEBIBYTES:
        raise _error("is not an amount of memory", given, _MEMORY)
    mebibytes = float(match[1]) * _MEBIBYTES[letter]
    if not 1 <= mebibytes <= 1024**3:
        raise _error("is too little" if mebibytes < 1 else "is too much", given, f"{_MEMORY}, 1 MB to 1024 TB")
    return round(mebibytes)


def clock(seconds: int) -> str:
    """Write seconds as schedulers read them: `26:03:00`."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


_DURATION = "a time such as 24 h, 30 min, 24:00:00 or 2-12:00:00"
_MEMORY = "an amount of memory such as 64 GB or 500 MB"


def _error(what: str, given: object, allowed: str) -> PydanticCustomError:
    return PydanticCustomError("quantity", "{what}", {"what": what, "given": as_given(given), "allowed": allowed})


Duration = Annotated[int, BeforeValidator(read_duration, json_schema_input_type=str)]
"""A time in whole seconds."""

Memory = Annotated[int, BeforeValidator(read_memory, json_schema_input_type=str)]
"""An amount of memory in mebibytes."""

Count = Annotated[int, Field(ge=1, le=100_000, strict=True)]
"""A number of nodes or ranks."""
