# SPDX-License-Identifier: LGPL-3.0-or-later
"""From what a case says about its electrodes to contacts with laws: where sodium touches, and what that costs."""

from __future__ import annotations

import numpy as np

from jadeite.case import physics as described
from jadeite.case.schema import Case
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, ConfinedSodium, ElectrodeLaw, LinearResistance


def electrode_contacts(case: Case, materials: ResolvedMaterials, domain: Domain) -> tuple[list[Contact], list[Contact]]:
    """Return the contacts of the plating electrode, flaws included, and of the stripping electrode.

    Args:
        case: checked case.
        materials: its materials at its temperature.
        domain: the meshed separator.

    Note:
        Collective.
    """
    laws, tagged = case.physics, domain.tagged
    plating, stripping = (
        _electrode_law(
            law, materials.electrolytes[material_at(tagged, electrode)].exchange_current_density, case.temperature
        )
        for law, electrode in (
            (laws.plating_interface, SurfaceKind.PLATING_ELECTRODE),
            (laws.stripping_interface, SurfaceKind.STRIPPING_ELECTRODE),
        )
    )
    sodium = None
    if isinstance(laws.sodium_in_flaws, described.ConfinedSodium):
        limit = laws.sodium_in_flaws.maximum_pressure
        sodium = ConfinedSodium(materials.sodium.molar_volume, np.inf if limit is None else limit)
    return (
        [Contact((SurfaceKind.PLATING_ELECTRODE,), plating), Contact((SurfaceKind.FLAW_WALL,), plating, sodium)],
        [Contact((SurfaceKind.STRIPPING_ELECTRODE,), stripping)],
    )


def material_at(tagged: TaggedMesh, electrode: SurfaceKind) -> str:
    """Return the role of the material that most facets of an electrode belong to."""
    facets = tagged.facets[np.isin(tagged.facet_surface, tagged.surfaces.rows(electrode))]
    touches = np.zeros(len(tagged.points), dtype=bool)
    touches[facets] = True
    beside = touches[tagged.cells].sum(axis=1) == tagged.dimension
    count = np.bincount(tagged.cell_region[beside], minlength=len(tagged.regions))
    roles = np.array(tagged.regions.material)
    return str(max(np.unique(roles), key=lambda role: count[roles == role].sum()))


def _electrode_law(
    given: described.InterfaceLaw, exchange_of_material: float, temperature: float
) -> ElectrodeLaw | None:
    if isinstance(given, described.IdealInterface):
        return None
    if isinstance(given, described.LinearInterface):
        # without resistance it is the ideal interface, whose conductance no number can say
        if given.resistance == 0.0:
            return None
        return LinearResistance(given.resistance, given.double_layer_capacitance)
    exchange = given.exchange_current_density
    return ButlerVolmer(
        exchange_of_material if exchange is None else exchange,
        temperature,
        given.transfer_coefficient,
        given.film_resistance,
        given.double_layer_capacitance,
    )
