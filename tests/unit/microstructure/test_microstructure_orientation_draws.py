# SPDX-License-Identifier: LGPL-3.0-or-later
"""Orientations drawn from tables: weights, spread, headings, and refusals with the line."""

import numpy as np
import pytest

from jadeite.case.microstructure import TableOrientation
from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.orientation import disorientation, from_bunge_euler
from jadeite.microstructure.orientation_draws import draw_orientations, read_orientations

ROWS = [(0.0, 0.0, 0.0), (30.0, 50.0, 70.0), (90.0, 90.0, 10.0)]


def table(path, text):
    file = path / "odf.csv"
    file.write_text(text, encoding="utf-8")
    return TableOrientation.model_construct(law="table", file=str(file), spread=0.0)


def test_rows_are_drawn_by_their_weight(tmp_path, generator):
    weights = (1.0, 2.0, 5.0)
    text = "# an ODF\nphi1, Phi, phi2, weight\n"
    text += "\n".join(", ".join(map(str, (*row, weight))) for row, weight in zip(ROWS, weights, strict=True))
    drawn = draw_orientations(table(tmp_path, text), 8000, generator)
    quaternions = from_bunge_euler(np.radians(ROWS))
    which = np.argmax(np.abs(drawn @ quaternions.T), axis=1)
    np.testing.assert_allclose(np.abs(np.sum(drawn * quaternions[which], axis=1)), 1.0, rtol=1e-12)
    # 4 standard deviations of a multinomial
    np.testing.assert_allclose(np.bincount(which) / 8000, np.array(weights) / 8, atol=0.023)


def test_the_spread_is_the_root_mean_square_angle(tmp_path, generator):
    orientation = table(tmp_path, "30 50 70\n")
    spread = np.radians(6.0)
    drawn = draw_orientations(orientation.model_copy(update={"spread": spread}), 6000, generator)
    angle = disorientation(from_bunge_euler(np.radians([30.0, 50.0, 70.0])), drawn, "triclinic")
    assert np.sqrt(np.mean(angle**2)) == pytest.approx(spread, rel=0.03)
    assert np.mean(angle) < spread


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("phi1 Phi phi2\n1 2 3\na b c\n", "odf.csv, line 3: 'a b c' are no numbers"),
        ("1 2 3\n1 2 3 4\n", "line 2: rows have three angles"),
        ("# nothing\n", "holds no orientation"),
        ("1 2 3 -1\n", "weights must not be negative"),
    ],
)
def test_refusals(tmp_path, text, message):
    with pytest.raises(MicrostructureError, match=message):
        read_orientations(tmp_path / table(tmp_path, text).file)
