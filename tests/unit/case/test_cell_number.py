# SPDX-License-Identifier: LGPL-3.0-or-later
"""The number of cells that a recipe asks for is estimated well enough to refuse what no machine can hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from jadeite.case.loading import load_recipe, parse_recipe
from jadeite.case.problems import CaseError
from jadeite.case.recipe_checks.cell_number import MOST_CELLS, estimated_cells
from jadeite.case.recipe_checks.space import Space
from jadeite.microstructure.build import build

RECIPES = Path(__file__).resolve().parents[3] / "meshes"

GRAINS = """
width: 100 um
separator:
  thickness: 50 um
  polycrystal: {grain_size: {law: lognormal, mean: 10 um}}
"""
IN_SPACE = "dimension: 3\n" + GRAINS


@pytest.mark.parametrize("name", ["polymer_composite", "beta_alumina_duplex", "nzsp_3d_slice"])
def test_the_estimate_is_near_to_what_is_meshed(name: str) -> None:
    """Particles in a uniform layer; grains of two sizes; grains, pores, flaws and a patch in space."""
    recipe = load_recipe(RECIPES / f"{name}.yaml")
    estimate = estimated_cells(recipe, Space.of(recipe))
    cells = len(build(recipe).cells)
    assert estimate is not None
    assert cells / 3 < estimate < 3 * cells


def test_shipped_recipes_are_far_from_the_limit() -> None:
    for path in sorted(RECIPES.glob("*.yaml")):
        recipe = load_recipe(path)
        assert (estimated_cells(recipe, Space.of(recipe)) or 0.0) < 0.05 * MOST_CELLS[recipe.dimension], path.name


@pytest.mark.parametrize(
    ("recipe", "number", "suggestion"),
    [
        (GRAINS + "mesh: {interior_size: 1 nm}\n", "2e+10", "larger `interior_size`"),
        (GRAINS + "mesh: {refinements: 6}\n", "4e+07", "fewer `refinements`"),
        (IN_SPACE + "mesh: {refinements: 4}\n", "3e+09", "fewer `refinements`"),
        (IN_SPACE + "mesh: {boundary_size: 30 nm}\n", "", "larger `boundary_size`"),
        # a fine place from which cells hardly grow
        (
            GRAINS + "flaws: [{name: f, position: 50 um, depth: 5 um}]\nmesh: {tip_size: 1 nm, growth: 1e-6}\n",
            "",
            "larger `tip_size`",
        ),
        # thin layers and small bodies need small cells without being asked
        ("width: 1 mm\nseparator: {layers: [{thickness: 1 nm, repeat: 10000}]}\n", "", "larger grains"),
        (GRAINS + "pores: [{radius: 10 nm, fraction: 0.1}]\n", "", "larger grains"),
    ],
)
def test_recipes_that_no_machine_can_mesh_are_refused(recipe: str, number: str, suggestion: str) -> None:
    with pytest.raises(CaseError) as met:
        parse_recipe(recipe)
    message = str(met.value)
    assert f"asks for about {number}" in message
    assert "expected: at most about" in message and suggestion in message


def test_halving_every_size_is_four_and_eight_times_as_many_cells() -> None:
    for text, times in ((GRAINS, 4.0), (IN_SPACE, 8.0)):
        once, twice = (parse_recipe(f"{text}mesh: {{refinements: {n}}}\n") for n in (0, 1))
        numbers = [estimated_cells(recipe, Space.of(recipe)) for recipe in (once, twice)]
        assert numbers[0] is not None and numbers[1] == pytest.approx(times * numbers[0])
