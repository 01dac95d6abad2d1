# SPDX-License-Identifier: LGPL-3.0-or-later
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from jadeite.output.expect import evaluate_expect
from jadeite.output.folder import OutputError
from jadeite.output.history import CELL_VOLTAGE, MARGIN, Column, HistoryFile, flaw_column, read_history
from jadeite.output.summary import (
    BoundaryShare,
    Conservation,
    CriterionResult,
    ExpectOutcome,
    FlawResult,
    Headline,
    MaterialProperty,
    ResistanceBreakdown,
    ResistanceShare,
    Summary,
)

HEADLINES = (
    Headline("critical_current_density", "Critical current density", 19.0, "A m^-2", "first flaw", 0.4),
    Headline("cell_voltage", "Cell voltage", 0.2, "V", "between the electrodes"),
)


@dataclass(frozen=True)
class Entry:
    quantity: str
    value: float
    relative_tolerance: float | None = None
    absolute_tolerance: float | None = None
    source: str = "closed form"


def full_summary() -> Summary:
    return Summary(
        title="A run",
        question="What?",
        answer="This.",
        applied_current_density=10.0,
        headlines=HEADLINES,
        provenance={"versions": {"jadeite": "0.1.0"}, "seeds": [1, 2]},
        flaws=(FlawResult("deep", 1e-4, 1e-6, "grain 3", mode_one=3e5),),
        criteria=(CriterionResult("deep", "combined", "interface + ohmic", 1.9, None, {"K": 1.0}),),
        resistance=ResistanceBreakdown(3.0, (ResistanceShare("bulk", 3.5), ResistanceShare("constriction", -0.5))),
        boundaries=(BoundaryShare("grain 1 | grain 2", 0.1, None, 1e-4, 2.0),),
        conservation=Conservation(1.0, 1.0, 0.0, 2.0, 2.0, 1e-12),
        expect=(ExpectOutcome("cell_voltage", 0.2, 0.2, 0.01, "V", True, "Ohm"),),
        materials=(MaterialProperty("electrolyte", "NZSP", "conductivity", 0.1, "S m^-1", "Ma 2019", "high", True),),
        mesh_statistics={"cells": 10, "smallest edge (m)": 1e-7},
        timings={"solve": 1.0},
        warnings=("low confidence",),
    )


def test_summary_survives_the_file_in_every_part(tmp_path: Path) -> None:
    summary = full_summary()
    summary.to_json(tmp_path / "summary.json")
    assert Summary.from_json(tmp_path / "summary.json") == summary
    assert json.loads((tmp_path / "summary.json").read_text())["headlines"][0]["value"] == 19.0


def test_summary_refuses_not_a_number_and_wrong_shapes(tmp_path: Path) -> None:
    wrong = dataclasses.replace(full_summary(), applied_current_density=float("nan"))
    with pytest.raises(ValueError):
        wrong.to_json(tmp_path / "summary.json")
    (tmp_path / "summary.json").write_text('{"title": "x"}')
    with pytest.raises(OutputError, match="cannot be read as the summary"):
        Summary.from_json(tmp_path / "summary.json")


def test_parts_of_the_resistance_must_add_up() -> None:
    with pytest.raises(ValueError, match="add to"):
        ResistanceBreakdown(3.0, (ResistanceShare("bulk", 2.9999),))


@pytest.mark.parametrize(
    ("entry", "passed"),
    [
        (Entry("critical_current_density", 20.0, relative_tolerance=0.05), True),  # 19 is just 5 % below 20
        (Entry("critical_current_density", 20.0, relative_tolerance=0.049), False),
        (Entry("cell_voltage", 0.25, absolute_tolerance=0.051), True),
        (Entry("cell_voltage", 0.25, absolute_tolerance=0.049), False),
    ],
)
def test_expectations_are_judged_by_their_tolerance(entry: Entry, passed: bool) -> None:
    (outcome,) = evaluate_expect([entry], HEADLINES)
    assert outcome.passed is passed


def test_unknown_quantity_lists_the_known_ones() -> None:
    with pytest.raises(OutputError, match=r"Did you mean 'cell_voltage'.*cell_voltage, critical_current_density"):
        evaluate_expect([Entry("cel_voltage", 1.0, relative_tolerance=0.1)], HEADLINES)


def test_expectation_needs_exactly_one_tolerance() -> None:
    for entry in (Entry("cell_voltage", 1.0), Entry("cell_voltage", 1.0, 0.1, 0.1)):
        with pytest.raises(OutputError, match="either"):
            evaluate_expect([entry], HEADLINES)


def test_history_keeps_order_units_and_gaps(tmp_path: Path) -> None:
    columns = [Column("cell voltage", "V"), Column("margin", "1", flaw="deep, left")]
    with HistoryFile(tmp_path / "history.csv", columns) as history:
        history.append([0.1 + 0.2, 2.0])
        assert len((tmp_path / "history.csv").read_text().splitlines()) == 2  # a row is on disk at once
        history.append([1e-300, float("nan")])
        with pytest.raises(ValueError, match="needs 2 numbers"):
            history.append([1.0])
    table = read_history(tmp_path / "history.csv")
    assert list(table) == [CELL_VOLTAGE, flaw_column("deep, left", MARGIN)]
    assert table[CELL_VOLTAGE].tolist() == [0.1 + 0.2, 1e-300]
    assert np.isnan(table["deep, left: margin (1)"][1])


def test_totals_of_a_body_of_revolution_are_not_per_depth() -> None:
    plane = full_summary()
    assert plane.total_unit("A") == "A m^-1" and plane.per_depth
    for other in (dataclasses.replace(plane, axisymmetric=True), dataclasses.replace(plane, dimension=3)):
        assert other.total_unit("A") == "A" and not other.per_depth
