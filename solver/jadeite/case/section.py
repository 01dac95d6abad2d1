# SPDX-License-Identifier: LGPL-3.0-or-later
"""The strict, frozen base of every block of a case file, and the function that declares its keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError, PydanticUndefined

from jadeite.case.units import is_resolved


class Section(BaseModel):
    """A block of a case file: unknown keys are errors, values are frozen, defaults are checked like input."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


def key(default: Any = PydanticUndefined, *, description: str, **limits: Any) -> Any:
    """Declare a key of a section.

    Args:
        default: what a person would write for it, with its unit (`"0.5 um"`); the key is required without one.
        description: one sentence for the reference and the JSON Schema.
        limits: limits of plain numbers and lengths, as in `pydantic.Field`; `default_factory` for a block of defaults.
    """
    return Field(default, description=description, **limits)


def off_or(settings: str) -> Callable[[Any, ValidationInfo], Any]:
    """Return a reader that takes `none` for "not solved" and refuses an empty value."""

    def read(given: Any, info: ValidationInfo) -> Any:
        if given is None and not is_resolved(info):
            raise PydanticCustomError(
                "quantity",
                "{what}",
                {"what": "is empty", "given": "nothing", "allowed": f"`none` or a block of {settings} settings"},
            )
        return None if given == "none" else given

    return read
