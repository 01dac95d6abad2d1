# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files that a recipe names: found from the folder of the recipe, kept by path, known to the cache by their content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer, SerializationInfo, ValidationInfo
from pydantic_core import PydanticCustomError

FOLDER = "folder"
"""Key of the validation context: the folder that relative paths start from."""

BY_CONTENT = "files by content"
"""Key of the serialisation context: write the hash of each file's bytes in place of its path."""


def _found(given: str, info: ValidationInfo) -> str:
    """The absolute path of a file; without a folder in the context the name is left as it is."""
    if info.context is None or FOLDER not in info.context:
        return given
    path = Path(info.context[FOLDER]) / given
    try:
        path = (Path(info.context[FOLDER]) / Path(given).expanduser()).resolve()
        if path.is_file():
            return str(path)
        what = "is a folder, not a file" if path.is_dir() else "names a file that is not there"
    except (OSError, ValueError, RuntimeError):  # too long, of an unknown user, in a loop of links, or closed to us
        what = "names a file that cannot be reached"
    context = {"what": what, "given": given, "allowed": f"a file; this would be {path}"}
    raise PydanticCustomError("quantity", "{what}", context)


def _written(path: str, info: SerializationInfo) -> str:
    return f"sha256:{content_hash(Path(path))}" if info.context and info.context.get(BY_CONTENT) else path


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes as hexadecimal digits; raises OSError when the file cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


FileName = Annotated[
    str,
    Field(min_length=1, description="Path of a file, relative to the folder of the recipe that names it."),
    AfterValidator(_found),
    PlainSerializer(_written, return_type=str),
]
"""A file named in a recipe. In the checked model it is an absolute path of a file that was there."""
