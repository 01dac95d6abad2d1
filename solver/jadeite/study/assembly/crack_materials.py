# SPDX-License-Identifier: LGPL-3.0-or-later
"""Toughness and stiffness of grains and boundaries, as cracks need them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.case.schema import Case
from jadeite.failure.cracks import CrackMaterials
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.study.assembly.cell import elastic_properties

Array = NDArray[np.float64]


def crack_materials(case: Case, materials: ResolvedMaterials, tagged: TaggedMesh) -> CrackMaterials:
    """Return what cracks need of the materials of a case with mechanics."""
    stiffness, eigenstrain = elastic_properties(case, materials, tagged)
    of_role = {role: electrolyte.fracture_toughness for role, electrolyte in materials.electrolytes.items()}
    toughness = np.array([of_role[role] for role in tagged.regions.material])
    return CrackMaterials(stiffness, eigenstrain, toughness, boundary_fracture_toughness(materials, tagged))


def boundary_fracture_toughness(materials: ResolvedMaterials, tagged: TaggedMesh) -> Array:
    """Return the fracture toughness of each surface, Pa m^0.5, shape (surfaces,); not-a-number off inner boundaries.

    Where the recipe gives a boundary a toughness of its own, it has that; else it has the lower of the toughnesses on
    either side times the ratio of its material.
    """
    found = np.full(len(tagged.surfaces), np.nan)
    rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    of_role = {
        role: electrolyte.fracture_toughness * electrolyte.grain_boundary_toughness_ratio
        for role, electrolyte in materials.electrolytes.items()
    }
    of_region = np.array([of_role[role] for role in tagged.regions.material])
    found[rows] = of_region[tagged.surfaces.regions[rows]].min(axis=1)
    own = tagged.surfaces.properties.get("fracture_toughness")
    if own is not None:
        found[rows] = np.where(np.isfinite(own[rows]), own[rows], found[rows])
    return found
