# SPDX-License-Identifier: LGPL-3.0-or-later
"""Pictures show what is there, and the table says it in numbers."""

import matplotlib.image
import numpy as np
import pytest

from jadeite.microstructure.build import build
from jadeite.microstructure.picture import axis_colours, draw, draw_statistics, report_table


def test_colours_do_not_see_the_sign_of_an_axis(generator):
    axis = generator.standard_normal((100, 3))
    axis /= np.linalg.norm(axis, axis=1)[:, None]
    np.testing.assert_allclose(axis_colours(axis), axis_colours(-axis), atol=1e-12)
    across = axis_colours(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    assert np.abs(across[0] - across[1]).max() > 0.2


def test_the_picture_shows_both_electrodes_every_flaw_and_the_patch(nzsp, tmp_path):
    _, mesh = nzsp
    draw(mesh, tmp_path / "microstructure.png")
    image = matplotlib.image.imread(tmp_path / "microstructure.png")[:, :, :3]

    def pixels(colour):
        return np.all(np.abs(image - np.array(colour) / 255) < 0.02, axis=2)

    gold = pixels([0xF2, 0xA9, 0x00])
    electrode = np.flatnonzero(gold.sum(axis=1) > 0.4 * image.shape[1])
    gap = electrode[np.argmax(np.diff(electrode))], electrode[np.argmax(np.diff(electrode)) + 1]
    assert gap[1] - gap[0] > 0.5 * image.shape[0]
    # sodium between the electrodes comes in as many columns as there are flaws, at the height of the shallowest tip
    columns = np.flatnonzero(gold[gap[1] - 20])
    assert 1 + np.sum(np.diff(columns) > 5) == len(mesh.flaws)
    assert pixels([0xC0, 0x39, 0x2B]).sum() > 200


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
    discs = len(mesh.pores) * np.pi * recipe.pores.radius**2
    assert table["porosity"] == (pytest.approx(100 * discs / (recipe.width * recipe.thickness), rel=0.02), "%")
    # isotropic boundaries of a plane tiling: length per area is pi/2 over the mean intercept, and intercepts are about
    # pi/4 of the diameter (Underwood 1970, Quantitative Stereology)
    length, unit = table["total length of grain boundaries"]
    assert unit == "µm"
    assert length == pytest.approx(2 * recipe.width * recipe.thickness / size * 1e6, rel=0.15)
