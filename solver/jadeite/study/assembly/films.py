# SPDX-License-Identifier: LGPL-3.0-or-later
"""The pull of films on the electrolyte: what the misfit of an interphase does under flat electrodes."""

from __future__ import annotations

from collections.abc import Sequence

import ufl
from ufl.core.expr import Expr

from jadeite.case.schema import Case
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.contact import Contact
from jadeite.physics.interphase.misfit import film_stress
from jadeite.study.assembly.electrodes import material_at


def film_tensions(
    case: Case, materials: ResolvedMaterials, domain: Domain, contacts: Sequence[Contact]
) -> list[tuple[ufl.Measure, Expr]]:
    """Return boundary measures and surface tensions (N/m) of the films on flat electrodes; they follow their growth.

    Films on the walls of flaws are left out: how a flaw is loaded is read from its sodium alone.

    Args:
        case: checked case.
        materials: its materials at its temperature.
        domain: the meshed separator.
        contacts: of both electrodes.
    """
    films = {
        SurfaceKind.PLATING_ELECTRODE: materials.interphases.get("plating_interface"),
        SurfaceKind.STRIPPING_ELECTRODE: materials.interphases.get("stripping_interface"),
    }
    tensions = []
    for contact in contacts:
        (kind,) = contact.kinds
        given = films.get(kind)
        if contact.film is None or given is None or given.volume_strain == 0.0 or case.physics.mechanics is None:
            continue
        stiffness = materials.electrolytes[material_at(domain.tagged, kind)].stiffness
        stress = film_stress(stiffness, given.youngs_modulus_ratio, given.volume_strain)
        tension = contact.film.field(abs(stress)).exterior()
        tensions.append((domain.ds(contact.kinds, 2 * case.solver.degree), tension if stress > 0.0 else -tension))
    return tensions
