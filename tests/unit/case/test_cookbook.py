# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every example of the cookbook of recipes is valid, alone or put over the smallest recipe."""

import re
from pathlib import Path

import pytest

from jadeite.case.document import parse_document
from jadeite.case.loading import parse_recipe

PAGE = (Path(__file__).parents[3] / "docs" / "recipes.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example(number: int) -> None:
    given = parse_document(EXAMPLES[number], "example").data
    base = [] if "width" in given else [line for line in EXAMPLES[0].splitlines() if line.startswith("width:")]
    if "separator" not in given:
        base += EXAMPLES[0][EXAMPLES[0].index("separator:") :].splitlines()
    parse_recipe("\n".join([*base, EXAMPLES[number]]))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 15
