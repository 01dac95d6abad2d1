# SPDX-License-Identifier: LGPL-3.0-or-later
"""The reference pages in docs/ are what the schema says now."""

from pathlib import Path

import pytest

from jadeite.case.reference import markdown

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(
    ("page", "recipe", "command"),
    [
        ("case-file.md", False, "jadeite schema --markdown > docs/case-file.md"),
        ("recipe-file.md", True, "jadeite schema --recipe --markdown > docs/recipe-file.md"),
    ],
)
def test_page_is_up_to_date(page: str, recipe: bool, command: str) -> None:
    written = (DOCS / page).read_text(encoding="utf-8")
    assert written == markdown(recipe), f"the schema has changed; write the page again: {command}"
