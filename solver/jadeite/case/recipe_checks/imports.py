# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a recipe can add to an imported microstructure, and what only a generated one can have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding
from jadeite.case.recipe_checks.space import Space

_ONLY_GENERATED = {
    "pores": "pores come with the image (`pore_labels`) or the mesh",
    "inclusions": "particles come with the file (`materials`)",
    "flaws": "flaws are cut into grains that are generated",
    "flaw_population": "flaws are cut into grains that are generated",
    "cracks": "cracks are cut into grains that are generated",
    "grooves": "grooves are pressed into grains that are generated",
    "unwetted_patches": "contact is lost on electrodes of generated microstructures only",
    "unwetted_area": "contact is lost on electrodes of generated microstructures only",
    "periodic": "opposite sides of a measured microstructure do not match",
}


def import_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield what a recipe asks of an imported microstructure that cannot be done."""
    imported = None if recipe.separator is None else recipe.separator.imported
    if imported is None:
        return
    for name, reason in _ONLY_GENERATED.items():
        if getattr(recipe, name):
            yield Finding((name,), "is not possible with an imported microstructure", suggestion=reason)
    if imported.law == "orientation_map" and space.dimension == 3:
        yield Finding(("dimension",), "is 3, and an orientation map is plane", allowed="2")
    sizes = recipe.mesh
    if sizes is None:
        return
    unused = {"tip_size": "flaws", "contact_edge_size": "patches"}
    for name in unused:
        if getattr(sizes, name) is not None:
            yield Finding(("mesh", name), f"has no use: an imported microstructure has no {unused[name]}")
    if imported.law == "mesh":
        given = [name for name in ("interior_size", "boundary_size", "refinements") if getattr(sizes, name)]
        for name in given:
            yield Finding(("mesh", name), "has no use: an imported mesh is used as it is")
