# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a checked case, its materials and a mesh to the coupled cell: where names in the case meet laws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.case.schema import Case
from jadeite.failure.intensity_probes import TipMaterial
from jadeite.fem.domain import Domain
from jadeite.materials.laws import rotate_stiffness
from jadeite.materials.resolve import Electrolyte, ResolvedMaterials
from jadeite.microstructure.orientation import rotation_matrices
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.physics.cell import Cell
from jadeite.physics.conduction import Conduction
from jadeite.physics.mechanics import Kinematics, Mechanics
from jadeite.physics.strains import FieldStrain
from jadeite.physics.tensors import rotate_principal_values, symmetric_to_voigt
from jadeite.study.assembly.boundaries import boundary_transport
from jadeite.study.assembly.electrodes import electrode_contacts
from jadeite.study.assembly.films import film_tensions
from jadeite.study.assembly.supports import stack_conditions

Array = NDArray[np.float64]


def build_cell(
    case: Case, materials: ResolvedMaterials, domain: Domain, progress: Callable[[int, float], None]
) -> Cell:
    """Build the coupled cell of a case.

    Args:
        case: checked case.
        materials: its materials at its temperature.
        domain: the meshed separator.
        progress: called with step and residual norm of each Newton step.

    Note:
        Collective.
    """
    tagged = domain.tagged
    conductivity = region_conductivity(materials, tagged)
    boundaries = boundary_transport(case, materials, tagged)
    plating, stripping = electrode_contacts(case, materials, domain)

    def conduction(ion_potential: Expr | None) -> Conduction:
        return Conduction(
            domain,
            conductivity,
            boundaries.resistance,
            plating,
            stripping,
            degree=case.solver.degree,
            linear=case.solver.linear,
            tolerance=case.solver.tolerance,
            maximum_newton_steps=case.solver.maximum_newton_steps,
            ion_potential=ion_potential,
            boundary_conductance=boundaries.surface_conductance,
            progress=progress,
        )

    settings = case.physics.mechanics
    mechanics, rise = None, None
    if settings is not None:
        stiffness, eigenstrain = elastic_properties(case, materials, tagged)
        strains = []
        if case.physics.heat is not None:
            rise = fem.Function(fem.functionspace(domain.mesh, ("Lagrange", case.solver.degree)), name="rise")
            strains.append(FieldStrain(symmetric_to_voigt(thermal_expansion(materials, tagged)), rise))
        mechanics = Mechanics(
            domain,
            stiffness,
            symmetric_to_voigt(eigenstrain),
            stack_conditions(settings, tagged),
            Kinematics(settings.kinematics or Kinematics.GENERALISED_PLANE_STRAIN),
            degree=case.solver.degree,
            linear=case.solver.linear,
            field_strains=strains,
        )
    return Cell(
        domain,
        conduction,
        mechanics,
        materials.sodium.molar_volume,
        ion_partial_molar_volume=0.0 if settings is None else settings.ion_partial_molar_volume,
        stack_pressure=0.0 if settings is None else settings.stack_pressure,
        coupling_tolerance=case.solver.coupling_tolerance,
        film_tensions=film_tensions(case, materials, domain, [*plating, *stripping]),
        temperature_rise=rise,
    )


def region_conductivity(materials: ResolvedMaterials, tagged: TaggedMesh) -> Array:
    """Return the conductivity of each region in the laboratory frame, shape (regions, d, d), S/m."""
    return rotated_conductivity(_per_region(tagged, materials, lambda e: e.conductivity), tagged)


def rotated_conductivity(principal: Array, tagged: TaggedMesh) -> Array:
    """Return tensors in the laboratory frame, shape (regions, d, d), of principal values, shape (regions, 3)."""
    tensors = rotate_principal_values(principal, rotation_matrices(tagged.regions.orientation))
    # A field that does not vary along z drives no current along z that could pile up: the in-plane block is the whole
    # law.
    return np.ascontiguousarray(tensors[:, : tagged.dimension, : tagged.dimension])


def elastic_properties(case: Case, materials: ResolvedMaterials, tagged: TaggedMesh) -> tuple[Array, Array]:
    """Return stiffness (regions, 6, 6) in Pa and thermal eigenstrain (regions, 3, 3) in the laboratory frame."""
    rotation = rotation_matrices(tagged.regions.orientation)
    stiffness = rotate_stiffness(_per_region(tagged, materials, lambda e: e.stiffness), rotation)
    return stiffness, thermal_expansion(materials, tagged) * case.temperature_change


def thermal_expansion(materials: ResolvedMaterials, tagged: TaggedMesh) -> Array:
    """Return the thermal expansion of each region in the laboratory frame, shape (regions, 3, 3), 1/K."""
    rotation = rotation_matrices(tagged.regions.orientation)
    return rotate_principal_values(_per_region(tagged, materials, lambda e: e.thermal_expansion), rotation)


def tip_materials(
    case: Case, materials: ResolvedMaterials, tagged: TaggedMesh, rise: Array | None = None
) -> list[TipMaterial]:
    """Return the material at the tip of each flaw, in the order of the flaws; `rise` is how much warmer each is, K."""
    warmer = np.zeros(len(tagged.flaws)) if rise is None else rise
    stiffness = np.zeros((len(tagged.regions.name), 6, 6))
    eigenstrain = expansion = np.zeros((len(tagged.regions.name), 3, 3))
    if case.physics.mechanics is not None:
        stiffness, eigenstrain = elastic_properties(case, materials, tagged)
    if case.physics.mechanics is not None and rise is not None:
        expansion = thermal_expansion(materials, tagged)
    tips = []
    for flaw, difference in zip(tagged.flaws, warmer, strict=True):
        row = tagged.regions.name.index(flaw.tip_region)
        electrolyte = materials.electrolytes[tagged.regions.material[row]]
        tips.append(
            TipMaterial(
                stiffness=stiffness[row],
                eigenstrain=eigenstrain[row] + expansion[row] * difference,
                fracture_toughness=electrolyte.fracture_toughness,
                boundary_toughness=electrolyte.fracture_toughness * electrolyte.grain_boundary_toughness_ratio,
                surface_energy=materials.sodium.surface_energy,
            )
        )
    return tips


def _per_region(tagged: TaggedMesh, materials: ResolvedMaterials, value: Callable[[Electrolyte], Array]) -> Array:
    by_role = {role: value(electrolyte) for role, electrolyte in materials.electrolytes.items()}
    return np.array([by_role[role] for role in tagged.regions.material])
