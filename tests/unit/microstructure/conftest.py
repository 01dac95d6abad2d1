# SPDX-License-Identifier: LGPL-3.0-or-later
"""Recipes and meshes that several tests look at."""

from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from jadeite.case.microstructure import Recipe
from jadeite.microstructure.build import build

MESHES = Path(__file__).parents[3] / "meshes"


@pytest.fixture
def generator():
    return np.random.default_rng(20240229)


def read_recipe(name, **changes):
    """A shipped recipe with top-level keys replaced."""
    content = YAML(typ="safe").load(MESHES / f"{name}.yaml")
    return Recipe.model_validate(content | changes)


@pytest.fixture(scope="session")
def recipe_of():
    return read_recipe


@pytest.fixture(scope="session")
def nzsp():
    """The main case and its mesh."""
    recipe = read_recipe("nzsp_polycrystal")
    return recipe, build(recipe)
