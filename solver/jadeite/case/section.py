# SPDX-License-Identifier: LGPL-3.0-or-later
"""The strict, frozen base of every part of a case file."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A block of a case file: unknown keys are errors, values cannot change after reading, defaults are checked like input."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)
