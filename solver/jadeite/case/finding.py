# SPDX-License-Identifier: LGPL-3.0-or-later
"""A broken rule between values, and what every rule needs to say it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jadeite.case.problems import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule; `path` is where the value to change stands."""

    path: Path
    message: str
    allowed: str = ""
    suggestion: str = ""


def micrometres(length: float) -> str:
    """Return a length in m as a person writes it in a recipe."""
    return f"{length * 1e6:.6g} um"


def exactly_one(section: Any, path: Path, *names: str) -> Iterator[Finding]:
    """Yield the finding that a section gives none, or more than one, of some keys."""
    given = [name for name in names if getattr(section, name) is not None]
    listed = [f"`{name}`" for name in names]
    if len(given) > 1:
        several = " and ".join(f"`{name}`" for name in given)
        yield Finding(path, f"gives {'both ' if len(given) == 2 else ''}{several}", allowed="exactly one of them")
    elif not given and not getattr(section, "faulty", ()):
        nor = f"neither {' nor '.join(listed)}" if len(listed) == 2 else f"none of {', '.join(listed)}"
        yield Finding(path, f"gives {nor}", allowed="exactly one of them")
