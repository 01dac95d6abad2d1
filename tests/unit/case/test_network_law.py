# SPDX-License-Identifier: LGPL-3.0-or-later
"""The law of boundaries that takes each resistance from the recipe."""

import pytest
from case_text import WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.materials.resolve import resolve

LAW = ("materials:\n  electrolyte", "physics:\n  grain_boundaries: {law: network}\nmaterials:\n  electrolyte")
RULE = (
    "  width: 60 um\n",
    "  width: 60 um\n  boundary_properties:\n    area_specific_resistance: {law: constant, value: 7 ohm*cm^2}\n",
)


def test_recipe_without_resistances_is_reported(write_case: WriteCase) -> None:
    with pytest.raises(CaseError, match=r"physics.grain_boundaries: takes the resistance .* which gives none"):
        load_case(write_case(LAW))


def test_the_material_needs_no_resistance_of_its_own(write_case: WriteCase) -> None:
    path = write_case(LAW, RULE)
    loaded = load_case(path)
    assert loaded.recipe.boundary_properties.area_specific_resistance.value == pytest.approx(7e-4)
    used = resolve(loaded.case, loaded.recipe, str(path)).used
    assert not [entry.property for entry in used if "grain_boundary_resistance" in entry.property]
