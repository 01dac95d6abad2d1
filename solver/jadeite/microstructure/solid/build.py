# SPDX-License-Identifier: LGPL-3.0-or-later
"""Microstructures in three dimensions: grains and layers as polyhedra, defects built in, sizes chosen, meshed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jadeite.microstructure.solid.complex_build import build_complex
from jadeite.microstructure.solid.mesher import mesh_solid
from jadeite.microstructure.solid.sizes import choose_solid_sizes
from jadeite.microstructure.tagged_mesh import TaggedMesh

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe


def build_solid(recipe: Recipe) -> TaggedMesh:
    """The mesh of a recipe in three dimensions; raises MicrostructureError, TessellationError or MeshingError."""
    geometry = build_complex(recipe)
    return mesh_solid(geometry, choose_solid_sizes(recipe.mesh, geometry.size))
