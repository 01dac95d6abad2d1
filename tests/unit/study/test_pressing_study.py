# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pressed foils as cases: a free disc follows its closed forms at a current, at a speed and under a pressure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jadeite.output.summary import Summary
from jadeite.study.run import run_case

MOLAR_VOLUME, FARADAY = 2.3676e-5, 96485.33212  # m^3/mol, that of the library; C/mol
STRESS, RATE, THICKNESS = 0.25e6, 1e-3, 50e-6


def pressed(folder: Path, protocol: dict[str, object]) -> Summary:
    """A disc between smooth platens, on a coarse mesh: what happens to it is the same everywhere."""
    path = folder / "case.yaml"
    given = {
        "title": "foil",
        "microstructure": {
            "coordinates": "axisymmetric",
            "width": "50 um",
            "separator": {"layers": [{"material": "sodium", "thickness": "50 um"}]},
            "mesh": {"interior_size": "50 um", "boundary_size": "50 um"},
        },
        "materials": {"sodium": {"material": "Na_metal"}},
        "physics": {
            "mechanics": {
                "sides": "free",
                "metal": {
                    "law": "norton",
                    "stress_exponent": 5,
                    "reference_stress": "0.25 MPa",
                    "reference_rate": "1e-3 1/s",
                },
                "metal_contact": {"law": "sliding"},
            }
        },
        "protocol": {"law": "pressing", **protocol},
        "outputs": {"fields": False, "figures": False, "report": False},
    }
    path.write_text(json.dumps(given), encoding="utf-8")
    run_case(path, [], folder / "run")
    return Summary.from_json(folder / "run" / "summary.json")


def headline(summary: Summary, key: str) -> float:
    return next(line.value for line in summary.headlines if line.key == key)


def test_at_a_current(tmp_path):
    summary = pressed(tmp_path, {"current_densities": ["1 mA/cm^2", "4 mA/cm^2"]})
    rate = 40.0 * MOLAR_VOLUME / FARADAY / THICKNESS
    assert headline(summary, "pressing_pressure") == pytest.approx(STRESS * (rate / RATE) ** 0.2, rel=1e-5)
    assert headline(summary, "confinement") == pytest.approx(1.0, rel=1e-5)
    assert headline(summary, "pressure_exponent") == pytest.approx(0.2, rel=1e-5)


def test_compressed(tmp_path):
    summary = pressed(tmp_path, {"compression": 0.2, "duration": "200 s", "time_tolerance": 0.1})
    height = 0.8
    expected = STRESS * (1e-3 / height / RATE) ** 0.2 / height
    assert headline(summary, "pressing_pressure") == pytest.approx(expected, rel=2e-3)
    assert headline(summary, "foil_thickness") == pytest.approx(40e-6, rel=1e-9)
    assert headline(summary, "work_imbalance") < 1e-6
    assert headline(summary, "energy_imbalance") < 0.1


def test_held_under_a_pressure(tmp_path):
    summary = pressed(tmp_path, {"pressure": "0.25 MPa", "duration": "100 s", "time_tolerance": 0.1})
    # dh/dt = -rate h^(n+1) in units of the thickness at the start
    expected = 1.0 - (1.0 + 5.0 * RATE * 100.0) ** -0.2
    assert headline(summary, "thickness_lost") == pytest.approx(expected, rel=1e-2)
    assert headline(summary, "pressing_pressure") == pytest.approx(0.25e6, rel=1e-9)
