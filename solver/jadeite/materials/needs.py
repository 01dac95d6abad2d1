# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which material values a case needs, and for what: its physics, its criteria, the things its recipe contains."""

from __future__ import annotations

from collections.abc import Mapping

from jadeite.case.microstructure import Recipe
from jadeite.case.physics import ButlerVolmer, NoResistance
from jadeite.case.schema import Case

_CRITERION_NEEDS: dict[str, tuple[str, ...]] = {
    "grain_boundary_potential": ("grain_boundary_toughness_ratio",),
    "electronic_leakage": ("sodium_surface_energy", "grain_boundary_toughness_ratio"),
}
"""Values a criterion needs beside the fracture toughness, which all of them compare with or compute from."""


def needs_of(case: Case, recipe: Recipe) -> Mapping[str, str]:
    """Return the needed values, each with what needs it.

    A criterion needs its values only where the recipe contains what it judges.
    """
    needs: dict[str, str] = {}
    if has_internal_boundaries(recipe) and not isinstance(case.physics.grain_boundaries, NoResistance):
        needs["grain_boundary_resistance"] = f"the {case.physics.grain_boundaries.law} law of grain boundaries"
    electrodes = (case.physics.plating_interface, case.physics.stripping_interface)
    if any(isinstance(law, ButlerVolmer) and law.exchange_current_density is None for law in electrodes):
        needs["exchange_current_density"] = "the butler_volmer law of an electrode"
    if case.physics.mechanics is not None:
        needs["stiffness"] = "mechanics"
        if case.temperature_change != 0.0:
            needs["thermal_expansion"] = "residual stress from the stress-free temperature"
    for criterion in case.failure.criteria:
        if _applies(criterion, recipe):
            for value in ("fracture_toughness", *_CRITERION_NEEDS.get(criterion, ())):
                needs.setdefault(value, f"the criterion {criterion}")
    return needs


def has_internal_boundaries(recipe: Recipe) -> bool:
    """Whether the separator has grain boundaries or phase boundaries."""
    layers = recipe.separator.layers
    return recipe.separator.polycrystal is not None or (
        layers is not None and sum(layer.repeat for layer in layers) > 1
    )


def _applies(criterion: str, recipe: Recipe) -> bool:
    """Whether a recipe has what a criterion judges: flaws, and beside them what the criterion's name says."""
    beside = {
        "void_edge_focusing": bool(recipe.unwetted_patches),
        "grain_boundary_potential": has_internal_boundaries(recipe),
        "electronic_leakage": bool(recipe.pores),
    }
    return bool(recipe.flaws) and beside.get(criterion, True)
