# SPDX-License-Identifier: LGPL-3.0-or-later
"""The table of results: SI values with units in their headings, empty places where a member has none, and its state."""

import csv
import dataclasses
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from jadeite.output.run_record import RunRecord, RunState
from jadeite.sweep.axis import Axis
from jadeite.sweep.curves import draw_curve
from jadeite.sweep.figures import draw_figures
from jadeite.sweep.gathering import gather, write_results
from jadeite.sweep.quantities import column_in_si
from jadeite.sweep.report import write_sweep_report
from jadeite.sweep.schema import Study
from jadeite.sweep.study_folder import Placed
from jadeite.sweep.terminal import print_results


@pytest.fixture
def gathered(tmp_path):
    """A sweep of four members: two finished, one that failed with brackets in its message, one never begun."""
    study = Study.model_validate(
        {
            "title": "A & B",
            "case": "case.yaml",
            "parameters": {
                "microstructure.flaws.0.depth": {"values": ["2 um", "0.004 mm", "8 um", "16 um"], "label": "depth"},
                "physics.plating_interface.law": ["linear", "ideal", "linear", "ideal"],
            },
            "sampling": {"method": "list"},
            "plots": {
                "curves": [{"response": "critical_current_density", "against": "microstructure.flaws.0.depth"}],
                "pareto": [{"minimise": ["cell_voltage"], "maximise": ["critical_current_density"]}],
            },
        }
    )
    placed = []
    for number, depth in enumerate(study.parameters["microstructure.flaws.0.depth"].values, 1):
        folder = tmp_path / "members" / f"m-{number}"
        placed.append(
            Placed(
                number,
                (depth, study.parameters["physics.plating_interface.law"].values[number - 1]),
                f"members/m-{number}",
            )
        )
        if number == 4:
            continue
        folder.mkdir(parents=True)
        record = RunRecord(RunState.FINISHED, "t", "cell")
        if number == 3:
            record = dataclasses.replace(record, state=RunState.FAILED, message="no [convergence] <here>")
        record.write(folder)
        headlines = [
            {"key": "cell_voltage", "label": "Cell voltage", "value": 0.01 * number, "unit": "V", "definition": "d"},
            {
                "key": "critical_current_density", "label": "Critical current density", "value": 30.0 / number,
                "unit": "A m^-2", "definition": "d", "uncertainty": 0.5,
            },
        ]  # fmt: skip
        passed = {"passed": number != 2}
        content = {"headlines": headlines, "expect": [passed], "timings": {"mesh": 1.0, "solve": 2.0}}
        (folder / "summary.json").write_text(json.dumps(content))
    return study, gather(tmp_path, study, placed)


def test_the_table_has_units_and_states(gathered, tmp_path):
    study, results = gathered
    assert results.state == ("finished", "not as expected", "failed", "not run")
    assert results.finished == 2 and results.messages == {3: "no [convergence] <here>"}
    files = write_results(tmp_path, results)
    assert tmp_path / "results.csv" in files
    with (tmp_path / "results.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    assert list(table[0]) == [
        "member", "state", "microstructure.flaws.0.depth (m)", "physics.plating_interface.law", "cell_voltage (V)",
        "critical_current_density (A m^-2)", "critical_current_density_uncertainty (A m^-2)", "time (s)", "run",
    ]  # fmt: skip
    assert [float(row["microstructure.flaws.0.depth (m)"]) for row in table] == pytest.approx([2e-6, 4e-6, 8e-6, 16e-6])
    assert [row["critical_current_density (A m^-2)"] for row in table] == ["30.0", "15.0", "", ""]
    assert table[0]["time (s)"] == "3.0" and table[0]["run"] == "members/m-1"
    only = gather(tmp_path, study.model_copy(update={"responses": ("cell_voltage",), "plots": None}), [])
    assert [column.name for column in only.responses] == ["cell_voltage"]


def test_figures_and_report_of_a_sweep_with_gaps(gathered, tmp_path):
    study, results = gathered
    figures = draw_figures(tmp_path, study, results)
    assert len(figures) == 2 and "2 of 4 members have no value" in figures[0].caption
    assert all((tmp_path / figure.file).stat().st_size > 10_000 for figure in figures)
    text = write_sweep_report(tmp_path, study, results, figures).read_text()
    assert "A &amp; B" in text and "no [convergence] &lt;here&gt;" in text and text.count("data:image/png") == 2
    # without wishes of the study: what it looks for first, against each parameter
    unasked = draw_figures(tmp_path, study.model_copy(update={"plots": None}), results)
    assert [figure.file for figure in unasked] == ["figures/critical_current_density_against_depth.png"]
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        "critical_current_density_against_depth.png"
    ]


def test_parquet_has_units_as_metadata(gathered, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="install jadeite[tables] (pyarrow)")
    _, results = gathered
    write_results(tmp_path, results)
    table = parquet.read_table(tmp_path / "results.parquet")
    field = table.schema.field("microstructure.flaws.0.depth")
    assert field.metadata == {b"unit": b"m", b"label": b"depth"}
    assert table["critical_current_density"].to_pylist() == [30.0, 15.0, None, None]
    assert table["state"].to_pylist() == list(results.state)


@pytest.mark.parametrize(
    ("values", "unit", "numbers"),
    [
        (["1 mA/cm^2", "20 A/m^2"], "A m^-2", (10.0, 20.0)),
        (["25 degC", "300 K"], "K", (298.15, 300.0)),
        (["1 MPa*m^0.5"], "Pa m^0.5", (1e6,)),
        (["2 W/m/K"], "W m^-1 K^-1", (2.0,)),
        ([1, 2], "1", (1, 2)),
        ([1, 0.5], "1", (1.0, 0.5)),
        (["1 um", "1 V"], "", ("1 um", "1 V")),
        ([True, "none"], "", ("true", "none")),
        ([{"law": "linear"}], "", ('{"law": "linear"}',)),
    ],
)
def test_columns_are_in_si_where_they_can_be(values, unit, numbers):
    found_unit, found = column_in_si(values)
    assert found_unit == unit
    assert found == (pytest.approx(numbers) if unit not in ("",) else numbers)


def test_results_are_whole_in_a_terminal_of_80_columns(gathered):
    study, results = gathered
    console = Console(file=io.StringIO(), width=80, markup=False)
    labels = [
        dataclasses.replace(column, label=label)
        for column, label in zip(results.responses, ("Cell voltage", "Area-specific resistance"), strict=True)
    ]
    print_results(study, dataclasses.replace(results, responses=tuple(labels)), [Path("results.csv")], console)
    said = console.file.getvalue()
    assert "…" not in said and max(map(len, said.splitlines())) <= 80
    folded = re.sub(r"\s", "", said)
    assert "Area-specific\n" in re.sub(r" +\n", "\n", said)  # words are whole
    assert all(word in folded for word in ("linear", "ideal", "notasexpected"))


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ([4.0, 2.0, 0.5], "falls from 4.00 to 1.00 V (law a) or to 0.500 V (b) while depth grows from 1 to 3"),
        (
            [5.0, 2.0, 0.5],
            "falls from 4.00 to 1.00 V (law a) or from 5.00 to 0.500 V (b) while depth grows",
        ),
        ([1.0, 2.0, 4.0], "falls from 4.00 to 1.00 V (law a) and rises from 1.00 to 4.00 V (b) while depth grows"),
        ([4.0, 3.0, 1.0], "falls from 4.00 to 1.00 V (law a or b) while depth grows from 1 to 3"),
        ([3.0, 3.0, 3.0], "falls from 4.00 to 1.00 V (law a) and stays at 3.00 V (b) while depth grows from 1 to 3"),
    ],
)
def test_the_title_of_curves_says_what_both_do_in_one_clause(second, said):
    at = Axis("depth", "depth", "", np.array([1.0, 2.0, 3.0] * 2))
    found = Axis("voltage", "Voltage", "V", np.array([4.0, 2.0, 1.0, *second]))
    by = Axis("law", "law", "", np.array([0.0] * 3 + [1.0] * 3), ("a", "b"))
    figure = draw_curve(at, found, by)
    assert " ".join(figure.get_suptitle().split()).startswith(f"Voltage {said}")
