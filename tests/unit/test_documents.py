# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pages keep to what is there: files of the code that they name, links between them, a section for each recipe."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "meshes" / "README.md"]


def plain(page: Path) -> str:
    """The text of a page without blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_modules_exist(page: Path) -> None:
    there = {path.relative_to(ROOT).as_posix() for top in ("solver", "tests") for path in (ROOT / top).rglob("*.py")}
    names = set(re.findall(r"`([a-z0-9_/]+\.py)`", plain(page)))
    generated = {"view.py"}  # written by a run
    missing = {name for name in names - generated if not any(f"/{path}".endswith(f"/{name}") for path in there)}
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", plain(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, target


def test_every_recipe_is_in_the_readme() -> None:
    readme = (ROOT / "meshes" / "README.md").read_text(encoding="utf-8")
    for recipe in sorted((ROOT / "meshes").glob("*.yaml")):
        assert f"`{recipe.stem}`" in readme or f"{recipe.stem}" in readme.split("Look at one")[0], recipe.name
    for data in (ROOT / "meshes" / "data").iterdir():
        assert data.stat().st_size < 100_000, data.name
