# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a case with nernst_planck_poisson to its two potentials: ions by role, charge of boundaries, sizes of cells.

A potential of the core is turned into the charge that it means between two thick grains; a charge stays what it is.
Each side of a boundary balances half of the charge, so that a boundary between two materials carries the mean of what
they would ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from jadeite.case.loading import LoadedCase
from jadeite.case.physics import NernstPlanckPoisson as IonLaw
from jadeite.case.physics import SpaceChargeResistance
from jadeite.case.problems import CaseError, Problem
from jadeite.case.schema import Case
from jadeite.constants import VACUUM_PERMITTIVITY, thermal_voltage
from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import facet_measures
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.physics.nernst_planck_poisson import CHARGED, MobileIons, NernstPlanckPoisson
from jadeite.physics.space_charge.conditions import Conditions, SpaceChargeError, SpaceChargeLayers
from jadeite.physics.space_charge.registry import solve
from jadeite.study.assembly.cell import region_conductivity

Array = NDArray[np.float64]

#: Barrier in units of kT/e above which conductivities differ by more than a linear solver can tell apart.
HIGHEST_BARRIER = 25.0

#: Change of the potential across one cell at a core, in units of kT/e, that costs 0.1 % of the resistance with
#: quadratic elements (check S5 at a fourth of the Debye length) and 1 % with linear ones.
_CHANGE = {1: 0.4, 2: 1.0}
_WARN, _REFUSE = 1.6, 4.0
#: Extent of a microstructure over the size of cells at its boundaries above which its mesh would not fit a machine.
_FINEST = 5e4


def layers_by_role(case: Case, materials: ResolvedMaterials) -> Mapping[str, SpaceChargeLayers]:
    """Return the layers beside a boundary in each role, in closed form; none where boundaries are not charged.

    Raises:
        CaseError: the core is beyond what the layers, or the solver, can hold.
    """
    law = case.physics.grain_boundaries
    if not isinstance(law, SpaceChargeResistance):
        return {}
    layers = {}
    for role, electrolyte in materials.electrolytes.items():
        ions = ions_of(case, role)
        try:
            conditions = Conditions(
                temperature=case.temperature,
                carrier_density=ions.carrier_density,
                relative_permittivity=permittivity_of(ions, electrolyte.transport.relative_permittivity),
                conductivity=float(electrolyte.conductivity.mean()),
                core_potential=law.potential,
                core_charge=law.core_charge,
                site_density=ions.site_density,
            )
            found = solve("poisson_boltzmann" if ions.site_density is None else "site_limited", conditions)
        except SpaceChargeError as error:
            _refuse("physics.grain_boundaries", str(error))
        barrier = abs(found.core_potential) / conditions.thermal_voltage
        if barrier > HIGHEST_BARRIER:
            _refuse(
                "physics.grain_boundaries",
                f"the core of a boundary in {role} is at {found.core_potential:.3g} V, {barrier:.3g} kT/e: "
                f"conductivities differ by more than a mesh can resolve (above {HIGHEST_BARRIER:g} kT/e); take a "
                "smaller charge, or single_ion transport with the space_charge law of grain boundaries",
            )
        layers[role] = found
    return layers


def ions_of(case: Case, role: str) -> IonLaw:
    """Return what the case says about the ions of a role.

    Raises:
        CaseError: it says nothing about this role.
    """
    law = case.physics.ion_transport.get(role)
    if not isinstance(law, IonLaw):
        _refuse("physics.ion_transport", f"says nothing about the role {role}; give it nernst_planck_poisson too")
    return law


def permittivity_of(ions: IonLaw, of_material: float) -> float:
    """Relative permittivity: what the case says before what the material has."""
    return of_material if ions.relative_permittivity is None else ions.relative_permittivity


def cell_size(case: Case, materials: ResolvedMaterials) -> float | None:
    """Return the size of cells at charged boundaries that resolves their layers, m; None without charge."""
    by_role = layers_by_role(case, materials)
    change = _CHANGE.get(case.solver.degree, _CHANGE[2])
    sizes = []
    for role, layers in by_role.items():
        steepest = _steepest(case, materials, role, layers)
        sizes.append(min(layers.debye_length / 3.0, change / steepest if steepest > 0.0 else np.inf))
    return min(sizes, default=None)


def with_cell_sizes(loaded: LoadedCase, size: float | None) -> LoadedCase:
    """Return a case whose recipe has the given size of cells at boundaries where it says none itself.

    Raises:
        CaseError: the layers are so thin against the microstructure that no mesh resolves them.
    """
    mesh = loaded.recipe.mesh
    if size is None or mesh.boundary_size is not None:
        return loaded
    extent = max(loaded.recipe.box)
    if extent > _FINEST * size:
        _refuse(
            "microstructure",
            f"measures {extent * 1e6:.3g} um, and its space-charge layers need cells of {size * 1e9:.3g} nm: resolve a "
            "microstructure of nanometres, or use single_ion transport with the space_charge law of grain boundaries",
        )
    sized = mesh.model_copy(update={"boundary_size": size})
    return replace(loaded, recipe=loaded.recipe.model_copy(update={"mesh": sized}))


def check_cell_size(domain: Domain, size: float | None) -> list[str]:
    """Compare the cells at charged boundaries with the size that resolves the layers; returns warnings.

    Raises:
        CaseError: the layers are not resolved at all.

    Note:
        Collective.
    """
    comm = domain.mesh.comm
    facets = domain.facets(*CHARGED)
    lengths = facet_measures(domain.mesh, facets)
    if domain.dimension == 3:
        lengths = np.sqrt(lengths * 4.0 / np.sqrt(3.0))
    largest = max(comm.allgather(float(lengths.max(initial=0.0))))
    if size is None or largest <= _WARN * size:
        return []
    found = (
        f"cells at charged boundaries measure up to {largest * 1e9:.3g} nm, and {size * 1e9:.3g} nm resolve the layers"
    )
    if largest > _REFUSE * size:
        _refuse("microstructure.mesh", f"{found}; set mesh.boundary_size to that, or leave it out")
    return [f"{found}: the resistance of boundaries is uncertain by a few per cent; leave mesh.boundary_size out"]


def build_space_charge(
    case: Case, materials: ResolvedMaterials, domain: Domain, layers: Mapping[str, SpaceChargeLayers]
) -> NernstPlanckPoisson:
    """Build the two potentials of a case.

    Args:
        case: checked case.
        materials: its materials at its temperature.
        domain: the meshed separator.
        layers: of `layers_by_role`.

    Note:
        Collective.
    """
    tagged = domain.tagged
    ions = {role: ions_of(case, role) for role in materials.electrolytes}
    held = materials.electrolytes
    return NernstPlanckPoisson(
        domain,
        MobileIons(
            conductivity=region_conductivity(materials, tagged),
            carrier_density=_per_region(tagged, lambda role: ions[role].carrier_density),
            filling=_per_region(tagged, lambda role: _filling(ions[role])),
            permittivity=_per_region(
                tagged,
                lambda role: (
                    VACUUM_PERMITTIVITY * permittivity_of(ions[role], held[role].transport.relative_permittivity)
                ),
            ),
        ),
        case.temperature,
        on_surfaces(domain, layers, lambda beside: beside.core_charge),
        degree=case.solver.degree,
        linear=case.solver.linear,
        maximum_newton_steps=case.solver.maximum_newton_steps,
    )


def on_surfaces(
    domain: Domain, layers: Mapping[str, SpaceChargeLayers], value: Callable[[SpaceChargeLayers], float]
) -> Array:
    """Return a value of the layers for each surface row: the mean of both sides on charged boundaries, else zero."""
    tagged = domain.tagged
    rows = domain.surface_rows(*CHARGED)
    values = np.zeros(len(tagged.surfaces.name))
    if layers and len(rows):
        of_region = _per_region(tagged, lambda role: value(layers[role]))
        values[rows] = of_region[tagged.surfaces.regions[rows]].mean(axis=1)
    return values


def _per_region(tagged: TaggedMesh, value: Callable[[str], float]) -> Array:
    of_role = {role: value(role) for role in set(tagged.regions.material)}
    return np.array([of_role[role] for role in tagged.regions.material])


def _filling(ions: IonLaw) -> float:
    return 0.0 if ions.site_density is None else ions.carrier_density / ions.site_density


def _steepest(case: Case, materials: ResolvedMaterials, role: str, layers: SpaceChargeLayers) -> float:
    """Field at the core in units of kT/e per m: half of the charge over the permittivity."""
    ions = ions_of(case, role)
    relative = permittivity_of(ions, materials.electrolytes[role].transport.relative_permittivity)
    volt = thermal_voltage(case.temperature)
    return abs(layers.core_charge) / (2.0 * VACUUM_PERMITTIVITY * relative * volt)


def _refuse(place: str, message: str) -> NoReturn:
    raise CaseError([Problem("case", None, place, message)])
