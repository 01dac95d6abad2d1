# SPDX-License-Identifier: LGPL-3.0-or-later
"""From the law of boundaries in a case to what each boundary of a mesh does to a current."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jadeite.case import physics as described
from jadeite.case.schema import Case
from jadeite.constants import VACUUM_PERMITTIVITY
from jadeite.materials.laws import arrhenius_conductivity
from jadeite.materials.resolve import Electrolyte, ResolvedMaterials
from jadeite.microstructure.revolution import section_areas
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.boundary_resistance import BoundaryResistance, ConstantResistance, MisorientationResistance
from jadeite.physics.boundary_transport import BoundaryTransport
from jadeite.physics.space_charge.boundary import boundary_resistance as space_charge_resistance

Array = NDArray[np.float64]


def boundary_transport(case: Case, materials: ResolvedMaterials, tagged: TaggedMesh) -> BoundaryTransport:
    """Return resistance across, conductance along and capacitance of each surface row of a mesh.

    The resistance that the recipe gives a boundary comes before the law of the case.
    """
    given, temperature = case.physics.grain_boundaries, case.temperature
    rows = np.array(tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY), dtype=np.int64)
    resistance = _of_materials(tagged, rows, materials, lambda material: _law(given, material, temperature, tagged))
    of_network = tagged.surfaces.properties.get("area_specific_resistance")
    if of_network is not None:
        resistance[rows] = np.where(np.isnan(of_network[rows]), resistance[rows], of_network[rows])
    along, capacitance = np.zeros((2, len(tagged.surfaces.name)))
    if isinstance(given, described.LayerResistance):
        along[rows] = given.thickness * _layer_conductivity(given, temperature)
        capacitance[rows] = VACUUM_PERMITTIVITY * given.relative_permittivity / given.thickness
    else:
        along[rows], capacitance[rows] = given.surface_conductance, given.capacitance
    return BoundaryTransport(resistance, along, capacitance)


def _of_materials(
    tagged: TaggedMesh,
    rows: NDArray[np.int64],
    materials: ResolvedMaterials,
    law: Callable[[Electrolyte], BoundaryResistance],
) -> Array:
    """Resistance of each surface row by the material beside it.

    An interface between two materials takes the larger of their values: the worse side decides.
    """
    surfaces = tagged.surfaces
    resistance = np.zeros(len(surfaces.name))
    roles = np.array(tagged.regions.material)[surfaces.regions[rows]].reshape(-1, 2)
    for role, electrolyte in materials.electrolytes.items():
        beside = rows[(roles == role).any(axis=1)]
        if len(beside):
            of_role = law(electrolyte).resistance(surfaces.misorientation[beside])
            resistance[beside] = np.maximum(resistance[beside], of_role)
    return resistance


def _law(
    given: described.GrainBoundaryLaw, electrolyte: Electrolyte, temperature: float, tagged: TaggedMesh
) -> BoundaryResistance:
    """The law of boundaries in one material."""
    if isinstance(given, described.NoResistance | described.NetworkResistance):
        return ConstantResistance(0.0)
    if isinstance(given, described.LayerResistance):
        return ConstantResistance(given.thickness / _layer_conductivity(given, temperature))
    if isinstance(given, described.MisorientationResistance):
        high_angle = electrolyte.grain_boundary_resistance
        return MisorientationResistance(high_angle, given.low_angle_ratio, given.transition_angle)
    if isinstance(given, described.SpaceChargeResistance):
        # layers lie in all directions of a crystal, so that the mean of its conductivities is theirs
        mean = float(electrolyte.conductivity.mean())
        permittivity = electrolyte.transport.relative_permittivity
        return ConstantResistance(space_charge_resistance(given, mean, permittivity, temperature, _smallest(tagged)))
    return ConstantResistance(electrolyte.grain_boundary_resistance)


def _smallest(tagged: TaggedMesh) -> float:
    """Diameter of the disc (ball) as large as the smallest grain, or as its section in a body of revolution, m."""
    of_region = section_areas(tagged) if tagged.axisymmetric else tagged.regions.measure
    measure = np.bincount(tagged.regions.grain, of_region)
    smallest = float(measure[measure > 0.0].min())
    return 2.0 * (smallest / np.pi) ** 0.5 if tagged.dimension == 2 else (6.0 * smallest / np.pi) ** (1.0 / 3.0)


def _layer_conductivity(given: described.LayerResistance, temperature: float) -> float:
    """Conductivity of the layer at the temperature of the case, S/m."""
    if given.activation_energy is None:
        return given.conductivity
    return arrhenius_conductivity(given.conductivity, given.reference_temperature, given.activation_energy, temperature)
