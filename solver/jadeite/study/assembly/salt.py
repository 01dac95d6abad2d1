# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a case with dissolved salt to its cell: where names in the case meet the binary electrolyte."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jadeite.case.physics import BinaryElectrolyte
from jadeite.case.schema import Case
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.binary_electrolyte import Salt, SaltTransport
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.physics.contact import Contact
from jadeite.physics.salt_cell import SaltCell
from jadeite.study.assembly.boundaries import boundary_transport
from jadeite.study.assembly.cell import region_conductivity
from jadeite.study.assembly.electrodes import electrode_contacts

_FULL_CONTACT = (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.UNWETTED_PATCH)


def build_salt_cell(
    case: Case,
    materials: ResolvedMaterials,
    domain: Domain,
    area: float,
    current_controlled: bool,
    progress: Callable[[int, float], None],
) -> SaltCell:
    """Build the cell of a case with a binary electrolyte.

    Args:
        case: checked case.
        materials: its materials at its temperature.
        domain: the meshed separator.
        area: of an electrode, m^2 (in the plane m).
        current_controlled: whether the protocol gives currents, or a voltage.
        progress: called with step and residual norm of each Newton step.

    Note:
        Collective.
    """
    transport = SaltTransport(
        domain,
        region_conductivity(materials, domain.tagged),
        salt_of_regions(case, materials, domain.tagged),
        boundary_transport(case, materials, domain.tagged).resistance,
        case.temperature,
        case.solver.degree,
    )
    plating, stripping = electrode_contacts(case, materials, domain)
    return SaltCell(
        transport,
        plating,
        stripping,
        case.temperature,
        area,
        current_controlled=current_controlled,
        linear=case.solver.linear,
        maximum_newton_steps=case.solver.maximum_newton_steps,
        progress=progress,
    )


def salt_of_regions(case: Case, materials: ResolvedMaterials, tagged: TaggedMesh) -> Salt:
    """Return what is dissolved in each region of a mesh: values of the case before those of its materials."""
    rows = []
    for role in tagged.regions.material:
        law, held = case.physics.ion_transport.get(role), materials.electrolytes[role].transport
        if not isinstance(law, BinaryElectrolyte):
            rows.append((0.0, 0.0, 0.0, 1.0, 1.0, 1.0))
            continue
        rows.append(
            (
                1.0,
                law.salt_concentration,
                _first(law.salt_diffusivity, held.salt_diffusivity),
                _first(law.transference_number, held.transference_number),
                _first(law.thermodynamic_factor, held.thermodynamic_factor),
                law.conductivity_exponent,
            )
        )
    columns = np.array(rows).T
    return Salt(columns[0] > 0.0, *columns[1:])


def ohmic_conductivity(transport: SaltTransport, area: float, thickness: float) -> float:
    """Return the conductivity (S/m) of the separator with uniform salt, between ideal electrodes that touch everywhere.

    Note:
        Collective.
    """
    dimension = transport.domain.dimension
    problem = Conduction(
        transport.domain,
        transport.conductivity[:, :dimension, :dimension],
        transport.resistance,
        [Contact(_FULL_CONTACT, None)],
        [Contact((SurfaceKind.STRIPPING_ELECTRODE,), None)],
        degree=transport.degree,
    )
    return problem.solve(Voltage(1.0)).current_out * thickness / area


def _first(given: float | None, held: float) -> float:
    return held if given is None else given
