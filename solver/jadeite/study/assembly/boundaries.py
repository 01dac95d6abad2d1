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
from jadeite.physics.space_charge.boundary import boundary_layers
from jadeite.physics.space_charge.boundary import boundary_resistance as space_charge_resistance

Array = NDArray[np.float64]


def boundary_transport(case: Case, materials: ResolvedMaterials, tagged: TaggedMesh) -> BoundaryTransport:
    """Return resistance across, conductance along and capacitance of each surface row of a mesh.

    The resistance that the recipe gives a boundary comes before the law of the case.
    """
    given, temperature = case.physics.grain_boundaries, case.temperature
    rows = np.array(tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY), dtype=np.int64)
    resistance = _of_materials(
        tagged, rows, materials, lambda material, angle: _law(given, material, temperature, tagged).resistance(angle)
    )
    of_network = tagged.surfaces.properties.get("area_specific_resistance")
    if of_network is not None:
        resistance[rows] = np.where(np.isnan(of_network[rows]), resistance[rows], of_network[rows])
    along, capacitance = np.zeros((2, len(tagged.surfaces.name)))
    if isinstance(given, described.LayerResistance):
        along[rows] = given.thickness * _layer_conductivity(given, temperature)
        capacitance[rows] = VACUUM_PERMITTIVITY * given.relative_permittivity / given.thickness
    else:
        along[rows] = given.surface_conductance
        if given.capacitance is not None:
            capacitance[rows] = given.capacitance
        elif isinstance(given, described.SpaceChargeResistance):
            capacitance = _of_materials(
                tagged,
                rows,
                materials,
                lambda material, angle: np.full(angle.shape, _layer_capacitance(given, material, temperature)),
            )
    return BoundaryTransport(resistance, along, capacitance)


def _of_materials(
    tagged: TaggedMesh,
    rows: NDArray[np.int64],
    materials: ResolvedMaterials,
    value: Callable[[Electrolyte, Array], Array],
) -> Array:
    """A value of each surface row by the material beside it and its misorientation (rad).

    An interface between two materials takes the larger of their values: the worse side decides.
    """
    surfaces = tagged.surfaces
    found = np.zeros(len(surfaces.name))
    roles = np.array(tagged.regions.material)[surfaces.regions[rows]].reshape(-1, 2)
    for role, electrolyte in materials.electrolytes.items():
        beside = rows[(roles == role).any(axis=1)]
        if len(beside):
            found[beside] = np.maximum(found[beside], value(electrolyte, surfaces.misorientation[beside]))
    return found


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
        return ConstantResistance(
            space_charge_resistance(given, *_of_layers(electrolyte), temperature, _smallest(tagged))
        )
    return ConstantResistance(electrolyte.grain_boundary_resistance)


def _of_layers(electrolyte: Electrolyte) -> tuple[float, float]:
    """Conductivity (S/m) and relative permittivity of space-charge layers.

    They lie in all directions of a crystal, so that the mean of its conductivities is theirs.
    """
    return float(electrolyte.conductivity.mean()), electrolyte.transport.relative_permittivity


def _layer_capacitance(given: described.SpaceChargeResistance, electrolyte: Electrolyte, temperature: float) -> float:
    """Capacitance (F/m^2) of the two space-charge layers of a boundary in series, as if each were empty of ions."""
    conductivity, of_material = _of_layers(electrolyte)
    permittivity = of_material if given.relative_permittivity is None else given.relative_permittivity
    layers = boundary_layers(given, conductivity, of_material, temperature)
    # an uncharged core has no layers, and its boundary no jump to charge
    return VACUUM_PERMITTIVITY * permittivity / (2.0 * abs(layers.width)) if layers.width else 0.0


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
