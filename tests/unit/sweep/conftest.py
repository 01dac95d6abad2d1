# SPDX-License-Identifier: LGPL-3.0-or-later
"""A small case and study files about it."""

from pathlib import Path

import pytest

CASE = """\
title: Chain of grains
microstructure:
  dimension: 2
  seed: 0
  width: 20 um
  separator:
    layers: [{material: electrolyte, thickness: 5 um, repeat: 4, euler_angles: [0 deg, 0 deg, 0 deg]}]
  mesh: {interior_size: 5 um, boundary_size: 4 um}
materials:
  electrolyte: {material: NZSP_x2, override: {conductivity: 0.1 S/m}, override_source: chosen}
physics:
  grain_boundaries: {law: constant, resistance: 0.2 ohm*cm^2}
  plating_interface: {law: linear, resistance: 5 ohm*cm^2}
  mechanics: none
protocol: {current_density: 1 mA/cm^2}
outputs: {fields: false, figures: false, report: false}
"""


@pytest.fixture
def write_study(tmp_path):
    """Write a study file beside the small case; returns its path."""

    def write(text: str, case: str = CASE) -> Path:
        (tmp_path / "case.yaml").write_text(case)
        path = tmp_path / "study.yaml"
        path.write_text(text)
        return path

    return write
