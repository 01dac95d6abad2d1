# SPDX-License-Identifier: LGPL-3.0-or-later
"""Chemical potential of sodium inside the ceramic, from ionic potential and a small electronic conductivity.

Ions and electrons together are sodium: mu_Na / F = phi_i - phi_e, relative to bulk metal. With electronic
conductivity far below ionic and
uniform, phi_e obeys Laplace's equation between the potentials of the two metals, whatever its size; that is solved
once for 1 V. Neither interface is taken to resist electrons. Positive values mean that metal may form there if it
finds room.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.fem.facet_sampler import FacetSampler
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.conduction_state import Voltage
from jadeite.physics.contact import Contact


class ElectronicPotential:
    """The electronic potential of a separator, and sodium's chemical potential where pores are."""

    def __init__(self, ionic: Conduction) -> None:
        """Solve for 1 V between the metals.

        Note:
            Collective.
        """
        dimension = ionic.domain.mesh.geometry.dim
        regions = len(ionic.domain.tagged.regions.name)
        self._ionic = ionic
        self._unit = Conduction(
            ionic.domain,
            np.tile(np.eye(dimension), (regions, 1, 1)),
            None,
            plating=[Contact((SurfaceKind.PLATING_ELECTRODE, SurfaceKind.FLAW_WALL), None)],
            stripping=[Contact((SurfaceKind.STRIPPING_ELECTRODE,), None)],
            degree=ionic.degree,
            linear=ionic.linear,
            name="electronic potential",
        )
        self._unit.solve(Voltage(1.0))
        domain = ionic.domain
        self._pores = FacetSampler(domain, domain.facets(SurfaceKind.PORE_WALL), 4)

    def sodium_potential(self, voltage: float) -> NDArray[np.float64]:
        """Return mu_Na / F (V) at the local dofs of the ionic potential, for a cell voltage (V)."""
        parent = self._ionic.space.parent
        return self._ionic.unknown.x.array - voltage * self._unit.unknown.x.array[_same_nodes(self._unit, parent)]

    def at_pores(self, voltage: float) -> dict[str, float]:
        """Return the largest mu_Na / F (V) on the wall of each pore, by name.

        Note:
            Collective.
        """
        domain = self._ionic.domain
        value = self._pores.evaluate(self._ionic.unknown) - voltage * self._pores.evaluate(self._unit.unknown)
        largest = np.full(len(domain.tagged.surfaces.name), -np.inf)
        np.maximum.at(largest, self._pores.surface, value.max(axis=1, initial=-np.inf))
        gathered = np.max(domain.mesh.comm.allgather(largest), axis=0)
        rows = domain.surface_rows(SurfaceKind.PORE_WALL)
        return {domain.tagged.surfaces.name[row]: float(gathered[row]) for row in rows}


def _same_nodes(unit: Conduction, parent: NDArray[np.int32]) -> NDArray[np.int32]:
    """Dofs of the (unbroken) unit problem at the nodes of the broken space, given their dofs in its continuous parent.

    Both continuous parents are built alike on the same mesh, so they number their nodes alike; the unit problem's own
    space has one piece, whose dofs map one to one onto its parent.
    """
    inverse = np.empty(len(unit.space.parent), dtype=np.int32)
    inverse[unit.space.parent] = np.arange(len(unit.space.parent), dtype=np.int32)
    return inverse[parent]
