# SPDX-License-Identifier: LGPL-3.0-or-later
"""A way to write a case to a folder of its own, with parts replaced."""

from pathlib import Path

import pytest
from case_text import CASE, WriteCase


@pytest.fixture
def write_case(tmp_path: Path) -> WriteCase:
    """Write `CASE` with each (old, new) pair replaced; return the file."""

    def write(*replacements: tuple[str, str], text: str = CASE, name: str = "case.yaml") -> Path:
        for old, new in replacements:
            assert old in text, f"{old!r} is not in the case"
            text = text.replace(old, new)
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write
