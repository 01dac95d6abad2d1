# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a recipe to a tagged mesh: generated in two or three dimensions or imported, with its network, and cached.

The plating (negative) electrode is y = 0, the stripping electrode y = thickness; the sides are x = 0 and x = width
and, in 3-D, z = 0 and z = width_z. The metals are not meshed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jadeite.microstructure.importing.build import import_microstructure
from jadeite.microstructure.mesh_cache import recall
from jadeite.microstructure.network.attach import attach_network
from jadeite.microstructure.network.rules import attach_properties
from jadeite.microstructure.plane.build import build_plane
from jadeite.microstructure.recipe_hash import recipe_hash
from jadeite.microstructure.revolution import revolved
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe


def build(recipe: Recipe, kept: Path | None = None) -> TaggedMesh:
    """The mesh of a recipe, with its boundary network.

    With a folder `kept` a mesh made earlier is taken from there, and a new one is kept (`mesh_cache.py`).

    Raises MicrostructureError when parts of the recipe do not fit together, TessellationError when the grain sizes
    cannot be reached, MeshingError when no valid mesh is found.
    """
    if kept is None:
        return _make(recipe)
    return recall(recipe_hash(recipe), lambda: _make(recipe), kept)


def _make(recipe: Recipe) -> TaggedMesh:
    generated = _generate(recipe)
    if recipe.axisymmetric:
        generated = revolved(generated)
    mesh = attach_properties(attach_network(generated), recipe.boundary_properties, recipe.seed)
    boundaries = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    mesh.statistics.update(
        regions=len(mesh.regions),
        grain_boundaries=len(boundaries),
        grain_boundary_length=float(mesh.surfaces.measure[boundaries].sum()),
        recipe_hash=recipe_hash(recipe),
    )
    return mesh


def _generate(recipe: Recipe) -> TaggedMesh:
    if recipe.separator.imported is not None:
        return import_microstructure(recipe)
    if recipe.dimension == 2:
        return build_plane(recipe)
    # the solid mesher is needed by few recipes only
    from jadeite.microstructure.solid.build import build_solid

    return build_solid(recipe)
