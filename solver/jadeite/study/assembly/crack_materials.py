# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stiffness and fracture energy of grains and boundaries, as cracks need them."""

from __future__ import annotations

from jadeite.case.schema import Case
from jadeite.failure.cracks import CrackMaterials
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.study.assembly.cell import elastic_properties
from jadeite.study.assembly.toughness import boundary_fracture_energy, grain_fracture_energy


def crack_materials(case: Case, materials: ResolvedMaterials, tagged: TaggedMesh) -> CrackMaterials:
    """Return what cracks need of the materials of a case with mechanics.

    Boundaries whose toughness is not known have none, and are not offered as a course.
    """
    mechanics = case.physics.mechanics
    assert mechanics is not None
    # a platen that is stiff bears what the body does to it, which is not known beforehand
    pushed = (SurfaceKind.PLATING_ELECTRODE,) if mechanics.platens.law == "uniform_pressure" else ()
    stiffness, eigenstrain = elastic_properties(case, materials, tagged)
    return CrackMaterials(
        stiffness,
        eigenstrain,
        grain_fracture_energy(materials, tagged),
        boundary_fracture_energy(materials, tagged),
        pushed,
    )
