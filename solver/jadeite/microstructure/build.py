# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a recipe to a tagged mesh: generated in two or three dimensions or imported, with its network, and cached.

The plating (negative) electrode is y = 0, the stripping electrode y = thickness; the sides are x = 0 and x = width
and, in 3-D, z = 0 and z = width_z. The metals are not meshed.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from jadeite.case.files import BY_CONTENT
from jadeite.microstructure.plane_build import build_plane
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe

# part of the content hash: raise it whenever the same recipe would give another mesh
GENERATOR = 5


def build(recipe: Recipe, cache: Path | None = None) -> TaggedMesh:
    """The mesh of a recipe, read from the folder `cache` when it is there, and written there when it is not.

    Raises MicrostructureError when parts of the recipe do not fit together, TessellationError when the grain sizes
    cannot be reached, MeshingError when no valid mesh is found.
    """
    stored = None if cache is None else Path(cache) / f"{recipe_hash(recipe)}.npz"
    if stored is not None and stored.exists():
        return TaggedMesh.load(stored)
    mesh = build_plane(recipe)
    boundaries = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY)
    mesh.statistics.update(
        regions=len(mesh.regions),
        grain_boundaries=len(boundaries),
        grain_boundary_length=float(mesh.surfaces.measure[boundaries].sum()),
        recipe_hash=recipe_hash(recipe),
    )
    if stored is not None:
        stored.parent.mkdir(parents=True, exist_ok=True)
        mesh.save(stored)
    return mesh


def recipe_hash(recipe: Recipe) -> str:
    """Content hash of a recipe, the files it names and the generator's version: equal hashes mean equal meshes."""
    described = recipe.model_dump(mode="json", context={BY_CONTENT: True})
    content = json.dumps({"generator": GENERATOR, "recipe": described}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]
