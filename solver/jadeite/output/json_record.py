# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small JSON files read back into dataclasses, with every type checked: another hand may have changed them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, TypeAdapter, ValidationError

from jadeite.output.folder import OutputError, shown


def _with_zone(text: str) -> str:
    if text and datetime.datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time without its zone")
    return text


Time = Annotated[str, AfterValidator(_with_zone)]
"""Time as ISO 8601 with its zone; empty for none."""


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def read_json_record[Record](path: Path, kind: type[Record]) -> Record:
    """Return the content of a JSON file as an instance of a dataclass; keys that it does not know are left out.

    Raises:
        FileNotFoundError: there is no such file.
        NotADirectoryError: what should be its folder is none.
        OutputError: it cannot be read, is no JSON, or a value is missing or of another type.
    """
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes(), strict=True)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise OutputError(f"{shown(path)} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    except ValidationError as error:
        problems = [
            ": ".join([*(f"`{part}`" for part in detail["loc"]), _sentence(detail["msg"])])
            for detail in error.errors(include_url=False)
        ]
        raise OutputError(f"{shown(path)} cannot be read: {'; '.join(problems)}.") from error
