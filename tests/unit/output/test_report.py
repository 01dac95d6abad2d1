# SPDX-License-Identifier: LGPL-3.0-or-later
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import jadeite
from jadeite.case.files import content_hash
from jadeite.output.provenance import gather_provenance, source_commit
from jadeite.output.report import write_report
from jadeite.output.view import write_view


class Page(HTMLParser):
    """Collects tags that stay open, addresses that are fetched, and the visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "img", "br", "link"}:
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "action", "data"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text += f" {data}"


def test_report_is_one_sound_file_that_fetches_nothing(drawn_run: tuple[Path, list[Path]]) -> None:
    run, figures = drawn_run
    html = write_report(run).read_text(encoding="utf-8")
    page = Page(html)
    assert page.open == []
    assert len(page.addresses) == len(figures) == 9
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert not re.search(r"@import|url\(|https?://", html)
    assert str(run) not in html


def test_report_says_what_the_summary_says(full_run: Path) -> None:
    text = re.sub(r"\s+", " ", Page(write_report(full_run).read_text(encoding="utf-8")).text)
    for expected in (
        "A dendrite starts at flaw 'deep' when 1.90 mA/cm² are reached",
        "Critical current density 1.90 mA/cm² ± 0.030 mA/cm²",
        "1 of 2 expectations are not met",
        "not below 30.0 mA/cm²",
        "Total 26.8 Ω cm²",
        "1.0 × 10⁻¹³",
        "⚠ low",
        "The fracture toughness of NZSP rests on one indentation study.",
        "dolfinx 0.11.0",
    ):
        assert expected in text, expected


def test_text_of_a_case_cannot_become_markup(full_run: Path) -> None:
    html = write_report(full_run).read_text(encoding="utf-8")
    assert "<script>" not in html and "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_report_of_a_plain_run_has_no_empty_sections(synthetic_run: Callable[..., Path], tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", flaws=False, mechanics=False, size=(60e-6, 90e-6), grains=6)
    page = Page(write_report(run).read_text(encoding="utf-8"))
    assert page.addresses == []
    assert "Flaws and initiation criteria" not in page.text and "What happened in the cell" not in page.text


def test_view_is_python_that_finds_its_files_beside_itself(full_run: Path) -> None:
    path = write_view(full_run)
    script = path.read_text(encoding="utf-8")
    compile(script, "view.py", "exec")
    assert str(full_run) not in script
    assert "POTENTIAL = 'potential (V)'" in script and "STRESS = 'largest principal stress (Pa)'" in script


def test_view_of_a_run_without_mechanics_shows_no_stress(synthetic_run: Callable[..., Path], tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", flaws=False, mechanics=False, size=(60e-6, 90e-6), grains=6)
    assert "STRESS = None" in write_view(run).read_text(encoding="utf-8")


def test_provenance_names_inputs_by_content_and_no_place(tmp_path: Path) -> None:
    case = tmp_path / "case.yaml"
    case.write_bytes(b"title: x\n")
    record = gather_provenance({"petsc": "3.25", "gmsh": "4.15"}, 2, {"microstructure": 7}, {case: content_hash(case)})
    assert record["inputs"] == {"case.yaml": hashlib.sha256(b"title: x\n").hexdigest()}
    assert record["jadeite"] == jadeite.__version__ and record["ranks"] == 2
    assert "/" not in str({key: value for key, value in record.items() if key != "date"})


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *identity, "-C", str(folder), *arguments], capture_output=True, text=True, check=True
    ).stdout


def test_commit_is_that_of_the_source_and_tells_of_changes(tmp_path: Path) -> None:
    package = tmp_path / "solver" / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    assert source_commit(package) is None
    git(tmp_path, "init", "-q")
    assert source_commit(package) is None  # not tracked: somebody else's repository
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    commit = git(tmp_path, "rev-parse", "HEAD").strip()
    assert source_commit(package) == commit
    (tmp_path / "elsewhere").write_text("x")
    assert source_commit(package) == commit
    (package / "__init__.py").write_text("changed")
    assert source_commit(package) == f"{commit}+changes"
    shutil.rmtree(tmp_path / ".git")
