# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every check of the verification book, by its id, on one rank and on two."""

import json
import subprocess
import sys
from itertools import batched

import pytest

from jadeite.verification.book import load_checks, main, run_check, select

CHECKS = load_checks()
ONE_RANK: dict[str, list[dict]] = {}

# Checks that the milestones promise; a check that is lost or renamed fails here.
PROMISED = (
    *(f"T{number}" for number in range(1, 28)),
    *(f"K{number}" for number in (1, 2, 3, 4, 7)),
    *(f"S{number}" for number in range(1, 8)),
    *(f"{letter}{number}" for letter in "ZP" for number in (1, 2, 3)),
    *("I1", "I2", "E1", "E2", "E3", "E4", "E5"),
    *(f"M{number}" for number in range(1, 18)),
    *(f"F{number}" for number in range(1, 17)),
    *("D1", "D2", "D3", "D5"),
    *(f"C{number}" for number in range(1, 6)),
)


def test_promised_checks_exist():
    assert set(PROMISED) <= set(CHECKS)


def ids(slow):
    return [id for id, check in CHECKS.items() if check.slow is slow]


def judged(id):
    outcome = run_check(CHECKS[id])
    assert outcome.rows
    failed = [row for row in outcome.rows if not row.passed]
    assert not failed, f"{id} {CHECKS[id].title}: {failed}"
    return outcome


@pytest.mark.parametrize("id", ids(slow=False))
def test_one_rank(id):
    rows = judged(id).rows
    ONE_RANK[id] = [{"quantity": row.quantity, "expected": row.expected, "got": row.got} for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("id", ids(slow=True))
def test_slow_on_one_rank(id):
    judged(id)


#: Checks that share one process on several ranks: MPI has room for about 2000 communicators, and PETSc's objects that
#: Python has given up keep theirs.
TOGETHER = 30


@pytest.fixture(scope="session")
def two_ranks(tmp_path_factory, mpi_command):
    folder, by_id = tmp_path_factory.mktemp("book"), {}
    for number, part in enumerate(batched(ids(slow=False), TOGETHER)):
        path = folder / f"{number}.json"
        command = [*mpi_command(2), sys.executable, "-m", "jadeite.verification", "--json", str(path), *part]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
        assert path.exists(), done.stdout[-2000:] + done.stderr[-2000:]
        for record in json.loads(path.read_text()):
            by_id.setdefault(record["id"], []).append(record)
    return by_id


@pytest.mark.mpi
@pytest.mark.parametrize("id", ids(slow=False))
def test_two_ranks(id, two_ranks):
    records = two_ranks[id]
    assert all(record["passed"] for record in records), records
    if id not in ONE_RANK:
        pytest.skip(f"{id} did not run on one rank in this session, so there is nothing to compare with")
    assert [record["quantity"] for record in records] == [row["quantity"] for row in ONE_RANK[id]]
    for here, there in zip(ONE_RANK[id], records, strict=True):
        # zeros are compared on the scale of the quantities of the book, which are of order one in their units
        scale = abs(here["expected"]) if here["expected"] else 1.0
        assert abs(here["got"] - there["got"]) <= 1e-8 * scale, (id, here, there)


def test_unknown_id_is_refused(capsys):
    with pytest.raises(KeyError, match="T99"):
        select(["T1", "T99"])
    assert main(["T99"]) == 2
    assert "T99" in capsys.readouterr().out


def test_slow_checks_run_when_asked_for():
    everything, quick = {check.id for check in select([], slow=True)}, {check.id for check in select([])}
    assert everything == set(CHECKS)
    assert everything - quick == set(ids(slow=True))
    assert [check.id for check in select(["T12"])] == ["T12"]


def test_failing_row_fails_the_book(monkeypatch, tmp_path):
    from jadeite.verification import registry

    wrong = registry.Check("T1", "wrong", "conduction", lambda: [registry.Row("x", 1.0, float("nan"), 1e-3)])
    monkeypatch.setitem(registry._CHECKS, "T1", wrong)
    path = tmp_path / "out.json"
    assert main(["T1"], path) == 1
    (record,) = json.loads(path.read_text())
    assert record["passed"] is False


def test_printed_numbers_guard_the_closed_forms():
    from jadeite.verification.registry import printed

    assert printed(3.4999999e-3, 3.5e-3) == 3.4999999e-3
    with pytest.raises(ValueError, match="reference table prints"):
        printed(3.6e-3, 3.5e-3)
