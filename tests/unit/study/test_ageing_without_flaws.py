# SPDX-License-Identifier: LGPL-3.0-or-later
"""A cell without flaws has no film on their walls, and ages all the same."""

import jadeite.fem  # noqa: F401  isort: skip
import pytest

from jadeite.output.summary import Summary
from jadeite.study.run import run_case

CELL = """\
title: A slab that ages
microstructure:
  width: 20 um
  separator:
    layers: [{thickness: 50 um, material: electrolyte}]
  mesh: {interior_size: 20 um, boundary_size: 20 um}
materials:
  electrolyte: {material: Na3PS4}
physics:
  mechanics: none
  plating_interface:
    law: butler_volmer
    interphase: {law: parabolic, material: Interphase_Na3PS4_Na}
protocol: {law: hold, current_density: 0.02 mA/cm^2, duration: 10 h}
failure: {critical_current: {search: false}}
outputs: {figures: false, report: false, fields: false}
"""


def test_the_film_grows_on_the_electrode(tmp_path):
    """sqrt(K t) with 3e-16 m^2/s and 10 h."""
    (tmp_path / "case.yaml").write_text(CELL, encoding="utf-8")
    run_case(tmp_path / "case.yaml", [], tmp_path / "run")
    summary = Summary.from_json(tmp_path / "run" / "summary.json")
    (thickness,) = [each.value for each in summary.headlines if each.key == "film_thickness"]
    assert thickness == pytest.approx((3e-16 * 3.6e4) ** 0.5, rel=1e-6)
