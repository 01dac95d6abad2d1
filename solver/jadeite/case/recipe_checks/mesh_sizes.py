# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of mesh sizes: a fine place is not coarser than its surroundings, a cell not larger than the box."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding, micrometres
from jadeite.case.recipe_checks.space import Space

_FINE_AND_COARSE = (
    ("boundary_size", "interior_size"),
    ("tip_size", "boundary_size"),
    ("contact_edge_size", "boundary_size"),
)


def mesh_size_findings(recipe: Any, space: Space) -> Iterator[Finding]:
    """Yield the broken rules of `mesh`."""
    mesh = recipe.mesh
    if mesh is None:
        return
    for fine, coarse in _FINE_AND_COARSE:
        small, large = getattr(mesh, fine), getattr(mesh, coarse)
        if small is not None and large is not None and small > large:
            yield Finding(("mesh", fine), f"is larger than `{coarse}`", allowed=f"at most {micrometres(large)}")
    extents = [extent for extent in (space.width, space.thickness, space.width_z) if extent is not None]
    if extents and mesh.interior_size is not None and mesh.interior_size > max(extents):
        allowed = f"at most {micrometres(max(extents))}"
        yield Finding(("mesh", "interior_size"), "is larger than the cell", allowed=allowed)
