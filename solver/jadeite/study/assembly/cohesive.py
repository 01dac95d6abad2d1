# SPDX-License-Identifier: LGPL-3.0-or-later
"""The cohesive law of each boundary of a case: fracture energy and strength, stiffness, and the zone where it softens.

The stiffness of an intact boundary is a means, not a property: a hundred times that of the grains, so that
boundaries add about one per cent to their compliance and the system stays well conditioned (Turon et al. 2007, Eng.
Fract. Mech. 74, 1665, ask for fifty). It is raised where a boundary would otherwise open notably before it softens. The
exponential law has no choice: its own stiffness follows from strength and fracture energy and may be lower.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.case.physics.fracture import CohesiveBoundaries
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.revolution import section_areas, section_lengths
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.solid.cohesive.law import CohesiveLaw, cohesive_law
from jadeite.physics.solid.cohesive.mixed_mode import mixed_mode
from jadeite.study.assembly.toughness import boundary_fracture_energy, plane_strain_modulus

Array = NDArray[np.float64]

#: Stiffness of an intact boundary over that of a grain, E'/d.
_STIFFNESS = 100.0
#: Largest opening at the strength, over that at which a bilinear boundary is through.
_ELASTIC_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class BoundariesThatOpen:
    """The boundaries of a mesh that may open.

    Attributes:
        law: of all surface rows; entries of rows that are no boundaries mean nothing.
        rows: the boundaries.
        zone: length over which a crack along each boundary softens, (9 pi / 32) E' G / T^2 (Rice 1979), shape (rows,),
            m on the mesh.
        cell: mean size of the facets of each boundary, shape (rows,), m.
        grain: diameter of the disc (ball) as large as the mean grain, m on the mesh.
        compliance: of intact boundaries over that of the grains, mean.
    """

    law: CohesiveLaw
    rows: NDArray[np.int64]
    zone: Array
    cell: Array
    grain: float
    compliance: float


def cohesive_boundaries(
    settings: CohesiveBoundaries,
    materials: ResolvedMaterials,
    tagged: TaggedMesh,
    magnification: float,
    sodium_pressure: Callable[[], float],
) -> BoundariesThatOpen:
    """Return what the boundaries of a mesh need to open.

    A microstructure m times as large has the stress of the mesh as it is, if fracture energies are divided by m.

    Args:
        settings: of the case.
        materials: of the case.
        tagged: the mesh.
        magnification: factor on every length.
        sodium_pressure: of sodium in the boundaries that it fills, Pa.
    """
    surfaces = tagged.surfaces
    rows = np.array(surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY), dtype=np.int64)
    modulus = np.ones(len(surfaces))
    modulus[rows] = 1.0 / (1.0 / plane_strain_modulus(materials, tagged))[surfaces.regions[rows]].mean(axis=1)
    energy = np.ones(len(surfaces))
    energy[rows] = boundary_fracture_energy(materials, tagged)[rows] / magnification
    grain = _grain_size(tagged)
    strength = np.full(len(surfaces), settings.strength)
    # the share of the opening at the strength is T^2 / (2 k G)
    stiffness = np.maximum(_STIFFNESS * modulus / grain, strength**2 / (2.0 * _ELASTIC_SHARE * energy))
    law = cohesive_law(
        settings.separation,
        mixed_mode(settings.mixed_mode, settings.mode_two_ratio, settings.mixed_mode_exponent),
        strength=strength,
        fracture_energy=energy,
        shear_strength_ratio=settings.shear_strength_ratio,
        mode_two_ratio=settings.mode_two_ratio,
        stiffness=stiffness,
        sodium_pressure=sodium_pressure,
    )
    measure = section_lengths(tagged) if tagged.axisymmetric else surfaces.measure
    size = (measure[rows] / np.bincount(tagged.facet_surface, minlength=len(surfaces))[rows]) ** (
        1.0 / (tagged.dimension - 1)
    )
    return BoundariesThatOpen(
        law=law,
        rows=rows,
        zone=9.0 * np.pi / 32.0 * modulus[rows] * energy[rows] / strength[rows] ** 2,
        cell=size,
        grain=grain,
        compliance=float((modulus[rows] / (law.stiffness[rows] * grain)).mean()),
    )


def _grain_size(tagged: TaggedMesh) -> float:
    of_region = section_areas(tagged) if tagged.axisymmetric else tagged.regions.measure
    mean = float(of_region.sum()) / len(np.unique(tagged.regions.grain))
    return 2.0 * (mean / np.pi) ** 0.5 if tagged.dimension == 2 else (6.0 * mean / np.pi) ** (1.0 / 3.0)
