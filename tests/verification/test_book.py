# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every check of the verification book, by its id, on one rank and on two."""

import json
import os
import subprocess
import sys

import pytest

from jadeite.verification.book import load_checks, main, run_check, select

CHECKS = load_checks()

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


@pytest.fixture(scope="session")
def one_rank(tmp_path_factory):
    """Rows of a check on one rank, worked out once, whichever process of the session asks first."""
    # with pytest-xdist every process has a folder of its own below that of the session
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "book-on-one-rank"
    folder.mkdir(exist_ok=True)

    def rows(id):
        path = folder / f"{id}.json"
        if not path.exists():
            found = [{"quantity": row.quantity, "expected": row.expected, "got": row.got} for row in judged(id).rows]
            new = path.with_suffix(f".{os.getpid()}")
            new.write_text(json.dumps(found))
            new.replace(path)
        return json.loads(path.read_text())

    return rows


@pytest.mark.parametrize("id", ids(slow=False))
def test_one_rank(id, one_rank):
    one_rank(id)


@pytest.mark.slow
@pytest.mark.parametrize("id", ids(slow=True))
def test_slow_on_one_rank(id):
    judged(id)


@pytest.fixture(scope="session")
def two_ranks(tmp_path_factory, mpi_command):
    path = tmp_path_factory.mktemp("book") / "rows.json"
    command = [*mpi_command(2), sys.executable, "-m", "jadeite.verification", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    assert path.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    by_id = {}
    for record in json.loads(path.read_text()):
        by_id.setdefault(record["id"], []).append(record)
    return by_id


@pytest.mark.mpi
@pytest.mark.parametrize("id", ids(slow=False))
def test_two_ranks(id, two_ranks, one_rank):
    records = two_ranks[id]
    assert all(record["passed"] for record in records), records
    alone = one_rank(id)
    assert [record["quantity"] for record in records] == [row["quantity"] for row in alone]
    for here, there in zip(alone, records, strict=True):
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
