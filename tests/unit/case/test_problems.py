# SPDX-License-Identifier: LGPL-3.0-or-later
"""Problems as a person reads them: each on one line, values as a case file has them."""

from pathlib import Path

import pytest

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError, Problem, as_given, on_one_line

CASE = Path(__file__).resolve().parents[3] / "cases" / "laminate" / "case.yaml"


def test_every_problem_stays_on_its_line() -> None:
    problem = Problem("case.yaml", 3, "title", "is odd", given="one\ntwo\t\x1b[31m\u2028 größer")
    assert str(problem) == r"case.yaml:3: title: is odd; given: one\ntwo\t\x1b[31m\u2028 größer"
    assert on_one_line("C:\\x") == "C:\\x"
    settings = ['temperature="3\\nK"', "outputs.report=null", "outputs.figures={a: true}"]
    with pytest.raises(CaseError) as error:
        load_case(CASE, settings)
    said = str(error.value)
    assert r"given: 3\nK" in said
    assert "given: null" in said
    assert 'given: {"a": true}' in said
    assert len(said.splitlines()) == 1 + len(error.value.problems)


def test_values_are_written_as_yaml_has_them() -> None:
    values = {"null": None, "true": True, "1e-05": 1e-5, "as it is": "as it is", '[1, {"a": false}]': [1, {"a": False}]}
    for text, value in values.items():
        assert as_given(value) == text
