# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cells that leave at one safe point after the other: figures and fields are those of a run that never left."""

import json

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest

from jadeite.output.fields import read_fields
from jadeite.output.prepared_run import CheckpointedStop
from jadeite.study.run import resume_run, run_case

STRESSED = {
    "stress_free_temperature": "300 degC",
    "ion_partial_molar_volume": "20 cm^3/mol",
    "stack_pressure": "20 MPa",
}


def cell(**protocol):
    """A small polycrystal whose stress shifts the potential of its ions."""
    grain_size = {"law": "lognormal", "mean": "8 um", "coefficient_of_variation": 0.3}
    return {
        "title": "a cell",
        "microstructure": {
            "width": "20 um",
            "seed": 11,
            "separator": {"layers": [{"thickness": "20 um", "polycrystal": {"grain_size": grain_size}}]},
            "flaws": [{"name": "flaw", "position": "10 um", "depth": "5 um", "mouth_width": "0.4 um"}],
            "mesh": {"interior_size": "3 um", "boundary_size": "3 um", "tip_size": "0.2 um"},
        },
        "materials": {"electrolyte": {"material": "NZSP_x2"}},
        "temperature": "25 degC",
        "physics": {
            "plating_interface": {"law": "butler_volmer", "film_resistance": "22 ohm*cm^2"},
            "mechanics": STRESSED,
        },
        "protocol": protocol,
        "failure": {"critical_current": {"tolerance": 0.05}},
        "outputs": {"figures": False, "report": False},
    }


CASES = {
    "polarisation": cell(law="polarisation", current_densities=["0.5 mA/cm^2", "1 mA/cm^2"]),
    "critical current": cell(law="steady", current_density="1 mA/cm^2"),
}


def numbers(value):
    """All numbers of a summary but those about the machine, the clock, and the work that was done."""
    if isinstance(value, dict):
        skipped = ("provenance", "timings", "solver", "conservation")
        return [found for key, entry in value.items() if key not in skipped for found in numbers(entry)]
    if isinstance(value, list):
        return [found for entry in value for found in numbers(entry)]
    return [value] if isinstance(value, float) else []


def assert_same(folder, whole):
    found, wanted = (numbers(json.loads((one / "summary.json").read_text("utf-8"))) for one in (folder, whole))
    np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-30)
    for name in ("fields.vtkhdf", "interfaces.vtkhdf"):
        again, before = read_fields(folder / name), read_fields(whole / name)
        for group in ("point", "cell"):
            for label, values in getattr(before, group).items():
                size = np.abs(values).max()
                np.testing.assert_allclose(
                    getattr(again, group)[label], values, rtol=0, atol=1e-9 * size, err_msg=label
                )


@pytest.mark.parametrize("name", CASES)
def test_ends_as_if_it_had_never_left(name, tmp_path, monkeypatch):
    path, whole, parts = (tmp_path / entry for entry in ("case.json", "whole", "parts"))
    path.write_text(json.dumps(CASES[name]), encoding="utf-8")
    run_case(path, [], whole)

    asked = iter([True] * 3 + [False] * 1000)
    monkeypatch.setattr("jadeite.study.checkpoint.stop_requested", lambda: next(asked))
    with pytest.raises(CheckpointedStop):
        run_case(path, [], parts)
    attempts = 0
    while True:
        attempts += 1
        try:
            resume_run(parts)
            break
        except CheckpointedStop:
            continue
    assert attempts > 1
    assert_same(parts, whole)
