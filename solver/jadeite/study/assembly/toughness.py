# SPDX-License-Identifier: LGPL-3.0-or-later
"""Energy that it takes to break grains and boundaries, from the toughness that materials and recipe give.

    G_c = K_Ic^2 / E',   E' = E / (1 - nu^2)

with the moduli of the grains averaged over directions (Voigt). Between two grains 1/E' is the mean of theirs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.materials.laws import voigt_average
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

Array = NDArray[np.float64]


def plane_strain_modulus(materials: ResolvedMaterials, tagged: TaggedMesh) -> Array:
    """Return E/(1 - nu^2) of each region, averaged over directions, shape (regions,), Pa."""
    of_role = {}
    for role in set(tagged.regions.material):
        bulk, shear = voigt_average(materials.electrolytes[role].stiffness)
        # 4 G (3 K + G) / (3 K + 4 G), which is E / (1 - nu^2)
        of_role[role] = 4.0 * shear * (3.0 * bulk + shear) / (3.0 * bulk + 4.0 * shear)
    return np.array([of_role[role] for role in tagged.regions.material])


def grain_fracture_energy(materials: ResolvedMaterials, tagged: TaggedMesh) -> Array:
    """Return the critical energy release rate of each region, shape (regions,), J/m^2."""
    toughness = np.array([materials.electrolytes[role].fracture_toughness for role in tagged.regions.material])
    return np.asarray(toughness**2 / plane_strain_modulus(materials, tagged))


def boundary_fracture_energy(materials: ResolvedMaterials, tagged: TaggedMesh) -> Array:
    """Return the critical energy release rate of each grain and phase boundary, J/m^2.

    The toughness that the recipe gives a boundary comes first. Otherwise it is that of the weaker of both sides times
    its ratio for boundaries.

    Returns:
        One value per surface row, NaN in rows that are no boundaries.
    """
    surfaces = tagged.surfaces
    rows = surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    of_region = np.array(
        [
            materials.electrolytes[role].fracture_toughness
            * materials.electrolytes[role].grain_boundary_toughness_ratio
            for role in tagged.regions.material
        ]
    )
    sides = surfaces.regions[rows]
    toughness = of_region[sides].min(axis=1)
    given = surfaces.properties.get("fracture_toughness")
    if given is not None:
        toughness = np.where(np.isnan(given[rows]), toughness, given[rows])
    compliance = (1.0 / plane_strain_modulus(materials, tagged))[sides].mean(axis=1)
    energy = np.full(len(surfaces), np.nan)
    energy[rows] = toughness**2 * compliance
    return energy
