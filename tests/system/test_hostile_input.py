# SPDX-License-Identifier: LGPL-3.0-or-later
"""What strangers may put into case files, recipes and the files these name: it is read, or refused with its place.

`make fuzz` reads ten thousand mutants; here are a few hundred, always the same, and the attacks known by name.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from hostile_documents import REPOSITORY, Mutant, mutants
from hostile_reading import limited, make_workspace, read_mutant
from jadeite.case.document import LARGEST_FILE, MOST_VALUES, parse_document, read_document
from jadeite.case.loading import parse_recipe
from jadeite.case.problems import CaseError
from jadeite.case.units import LENGTH, UnitError, parse

BASE = (REPOSITORY / "cases/nzsp_flaw/case.yaml").read_text(encoding="utf-8")

RECIPE = """
width: 100 um
separator:
  thickness: 50 um
  polycrystal: {grain_size: {law: lognormal, mean: 10 um}}
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspace(tmp_path_factory.mktemp("hostile"))


@settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(mutant=mutants())
def test_mutants_are_read_or_refused(mutant: Mutant, workspace: Path) -> None:
    read_mutant(mutant, workspace, seconds=20.0)


def refused(text: str, seconds: float = 30.0) -> str:
    """The message with which a document is refused, in time."""
    with limited(seconds), pytest.raises(CaseError) as met:
        document = parse_document(text, "case.yaml")
        raise CaseError(document.problems)
    return str(met.value)


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, f"passes {MOST_VALUES} values"),
        ("a: &a {b: *a, c: *a}", f"passes {MOST_VALUES} values"),
        ("a: &a [*a]", "contains itself"),
        ("a: " + "[" * 200 + "]" * 200, "nested too deeply"),
        ("\n".join(" " * depth + "a:" for depth in range(2000)), "nested too deeply"),
        ("a: !!python/object/apply:os.system [true]", "has the tag"),
        ("a: !own 1", "has the tag"),
        ('a: "\\e[2J"', "a: holds a control character; given: '\\x1b[2J'"),
        ('a: "\\ud800"', "a: holds a control character"),
        ('"\\0": 1', "a key with a control character"),
        ("? " + "k" * 1000 + "\n: 1", "has a key of 1000 characters"),
        ("a: 1\na: 2", "is given twice (first on line 1)"),
        ("a: \0", "is not valid YAML"),
    ],
    ids=lambda part: part[:12].split("\n")[0] if part.isprintable() else "special",
)
def test_documents_that_attack_the_reader(text: str, message: str) -> None:
    assert message in refused(text)


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000, "._", "!!int word", "!!bool zz"])
def test_what_only_looks_like_a_number_is_text(number: str) -> None:
    assert isinstance(parse_document(f"a: {number}", "case.yaml").data["a"], str)


@pytest.mark.parametrize("text", ["1e400 m", "-1e999999999 m", "1 km^9^9^9", "1e9^9^9 m", "1 " + "m*" * 5000 + "m"])
def test_numbers_that_no_float_holds(text: str) -> None:
    with limited(20.0), pytest.raises(UnitError):
        parse(text, LENGTH)


def test_only_text_files_of_reasonable_size_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    large = tmp_path / "large.yaml"
    large.write_text("# " + "x" * LARGEST_FILE)
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"a: \xff\xfe")
    for path, message in (
        (pipe, "is a pipe or a device"),
        (Path("/dev/zero"), "is a pipe or a device"),
        (tmp_path, "is a folder"),
        (large, "at most 0.5 MB"),
        (binary, "is not a text file in UTF-8"),
        (tmp_path / ("x" * 5000), "cannot be read"),
        (Path("a\0b"), "cannot be read"),
    ):
        with limited(10.0), pytest.raises(CaseError, match=message):
            read_document(path)


@pytest.mark.parametrize(
    "name",
    ["a/b", "../../up", "$\\frac{", "<b>", "{{ 7*7 }}", "`id`", "a;b", "a\tb", "[red]", "x" * 61, " a", "-rf", ""],
)
def test_names_mean_nothing_to_paths_pages_figures_and_shells(name: str) -> None:
    flaw = {"name": name, "position": "50 um", "depth": "5 um"}
    with pytest.raises(CaseError, match=r"flaws\.0\.name: (cannot be a name|is empty)"):
        parse_recipe(f"{RECIPE}flaws: {[flaw]!r}".replace("\\t", "\t"))


def test_lists_are_bounded_before_they_are_compared_with_each_other() -> None:
    flaws = "".join(f"  - {{name: f{row}, position: {row} um, depth: 3 um}}\n" for row in range(600))
    with limited(20.0), pytest.raises(CaseError, match="flaws: has too many items; expected: at most 500"):
        parse_recipe(f"{RECIPE}flaws:\n{flaws}")


def test_a_message_stays_readable(workspace: Path) -> None:
    text = BASE + "".join(f"unknown_{row}: 1\n" for row in range(300))
    met = read_mutant(Mutant(text.encode(), False, "nzsp_flaw"), workspace, seconds=20.0)
    assert met is not None
    assert len(met.problems) == 300
    assert str(met).endswith("... and 200 more")
