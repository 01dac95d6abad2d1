# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every shipped case, run as a user runs it, gives what its `expect:` says; the main case on any number of ranks."""

import json
import sys
from pathlib import Path

import pytest

from conftest import parallel_environment, run_limited

CASES = Path(__file__).resolve().parents[2] / "cases"
#: A study file varies a case that is run here as well.
FILES = sorted(path for path in CASES.rglob("*.yaml") if path.name != "study.yaml")
MAIN = CASES / "nzsp_flaw" / "case.yaml"
#: Every run takes a few seconds, the main case about one minute on a quiet machine.
LIMIT = 900.0
WITHOUT_BALANCE = {"effective_properties", "salt", "loading", "pressing"}
WITHOUT_PARTS = WITHOUT_BALANCE | {"space_charge"}


def run_case(case, folder, words=(), settings=()):
    options = [option for setting in settings for option in ("--set", setting)]
    command = [*words, sys.executable, "-m", "jadeite.cli", "run", str(case), "--output", str(folder), *options]
    done = run_limited(command, LIMIT, parallel_environment())
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "summary.json").read_text())


@pytest.mark.parametrize("case", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_case_gives_what_it_expects(case, tmp_path):
    summary = run_case(case, tmp_path / "run")
    assert summary["expect"], f"{case} expects nothing"
    assert all(outcome["passed"] for outcome in summary["expect"])
    balance, parts = summary["conservation"], summary["resistance"]
    # a study without electrodes moves no current from one side to the other, one without a steady ohmic state has no
    # resistance to share out
    assert (balance is None) == (summary["study"] in WITHOUT_BALANCE), summary["study"]
    assert (parts is None) == (summary["study"] in WITHOUT_PARTS), summary["study"]
    if balance is not None:
        assert balance["relative_difference"] < 1e-8
        assert balance["relative_power_difference"] < 1e-8
    if parts is not None:
        added = sum(share["area_specific_resistance"] for share in parts["shares"])
        assert added == pytest.approx(parts["total"], rel=1e-9)
    assert (tmp_path / "run" / "report.html").stat().st_size > 100_000


def test_main_case_has_the_same_headlines_on_one_two_and_three_ranks(tmp_path, mpi_command):
    only_solve = [f"outputs.{kind}=false" for kind in ("fields", "figures", "report")]
    values = []
    for ranks in (1, 2, 3):
        summary = run_case(MAIN, tmp_path / f"ranks{ranks}", mpi_command(ranks), only_solve)
        assert summary["provenance"]["ranks"] == ranks
        values.append({headline["key"]: headline["value"] for headline in summary["headlines"]})
    assert values[1] == pytest.approx(values[0], rel=1e-7)
    assert values[2] == pytest.approx(values[0], rel=1e-7)
