# SPDX-License-Identifier: LGPL-3.0-or-later
"""The statistics are drawn, and the table says them in numbers."""

import matplotlib.image
import numpy as np
import pytest

from jadeite.microstructure.build import build
from jadeite.microstructure.statistics import draw_statistics, report_table


def test_statistics_are_drawn_for_grains_and_for_equal_layers(nzsp, recipe_of, tmp_path):
    for number, mesh in enumerate((nzsp[1], build(recipe_of("grain_chain")))):
        draw_statistics(mesh, tmp_path / f"{number}.png")
        assert matplotlib.image.imread(tmp_path / f"{number}.png").std() > 0.05


def test_the_table_is_in_units_a_person_reads(nzsp):
    recipe, mesh = nzsp
    table = {label: (value, unit) for label, value, unit in report_table(mesh)}
    assert table["grains"] == (len(mesh.regions), "")
    size = recipe.separator.polycrystal.grain_size.mean
    assert table["target mean grain diameter"] == (pytest.approx(size * 1e6), "µm")
    for flaw in recipe.flaws:
        assert table[f"depth of flaw '{flaw.name}'"] == (pytest.approx(flaw.depth * 1e6), "µm")
    discs = len(mesh.pores) * np.pi * recipe.pores[0].radius ** 2
    assert table["porosity"] == (pytest.approx(100 * discs / (recipe.width * recipe.thickness), rel=0.02), "%")
    # isotropic boundaries of a plane tiling: length per area is pi/2 over the mean intercept, and intercepts are about
    # pi/4 of the diameter (Underwood 1970, Quantitative Stereology)
    length, unit = table["total length of grain boundaries"]
    assert unit == "µm"
    assert length == pytest.approx(2 * recipe.width * recipe.thickness / size * 1e6, rel=0.15)
