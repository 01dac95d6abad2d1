# SPDX-License-Identifier: LGPL-3.0-or-later
"""Columns and rows of the history of a run, as they arrive in the file."""

import math

import numpy as np
from sample_readings import CURRENT_DENSITY, VOLTAGE, cell_result, reading

from jadeite.output.history import CELL_VOLTAGE, MARGIN, MODE_ONE, MODE_TWO, HistoryFile, flaw_column, read_history
from jadeite.study.cell.history import history_columns, history_row


def test_columns_follow_the_flaws():
    flaws = [reading("deep"), reading("short")]
    labels = [column.label for column in history_columns([(CURRENT_DENSITY, cell_result(), flaws)])]
    assert labels[:2] == ["applied current density (A m^-2)", CELL_VOLTAGE]
    assert labels[2:] == [
        flaw_column(flaw, heading)
        for flaw in ("deep", "short")
        for heading in (MODE_ONE, MODE_TWO, "largest sodium pressure (Pa)", MARGIN)
    ]


def test_rows_arrive_in_their_columns(tmp_path):
    """Margin by the criterion that decides; what has no limit or was not computed is left empty."""
    flaws = [
        reading("deep", porz_griffith=0.8, coupled_fracture=0.4),
        reading("closed", intensity=None, pressure=0.0, coupled_fracture=0.0),
        reading("other", porz_griffith=0.8),
    ]
    states = [(CURRENT_DENSITY, cell_result(), flaws)]
    file = tmp_path / "history.csv"
    with HistoryFile(file, history_columns(states)) as history:
        history.append(history_row(*states[0]))
    table = read_history(file)
    assert table[CELL_VOLTAGE] == VOLTAGE
    assert table[flaw_column("deep", MODE_ONE)] == 6e5 and table[flaw_column("deep", MODE_TWO)] == 1e4
    assert table[flaw_column("deep", "largest sodium pressure (Pa)")] == 3e7
    np.testing.assert_allclose(table[flaw_column("deep", MARGIN)], 2.5, rtol=1e-12)
    for empty in (("closed", MARGIN), ("closed", MODE_ONE), ("closed", MODE_TWO), ("other", MARGIN)):
        assert np.isnan(table[flaw_column(*empty)]).all(), empty
    assert "inf" not in file.read_text() and ",," in file.read_text()


def test_without_flaws_or_criteria():
    assert history_row(CURRENT_DENSITY, cell_result(), []) == [CURRENT_DENSITY, VOLTAGE]
    assert len(history_columns([(CURRENT_DENSITY, cell_result(), [])])) == 2
    assert math.isnan(history_row(CURRENT_DENSITY, cell_result(), [reading()])[-1])
