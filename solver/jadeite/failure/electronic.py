# SPDX-License-Identifier: LGPL-3.0-or-later
"""Chemical potential of sodium inside the ceramic, from the potentials of ions and electrons.

Ions and electrons together are sodium: mu_Na / F = phi_i - phi_e, relative to bulk metal. Positive values mean that
metal may form there if it finds room. A case that says nothing of electrons gets the simplest ones: a uniform
conductivity and interfaces that do not resist them; then phi_e obeys Laplace's equation between the potentials of the
two metals, whatever the conductivity is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.fem.facet_sampler import FacetSampler
from jadeite.fem.state import Kept, State, function_rows, restore_function
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction
from jadeite.physics.electronic_conduction import ElectronicConduction, ElectronicResult

Array = NDArray[np.float64]


class ElectronicPotential:
    """The electronic potential of a separator, and sodium's chemical potential where pores are.

    Attributes:
        electrons: the electronic problem.
    """

    def __init__(self, ionic: Conduction, electrons: ElectronicConduction | None = None) -> None:
        """Prepare for the electrons of a case, or for uniform ones when there are none.

        Note:
            Collective.
        """
        self._ionic = ionic
        self.electrons = electrons if electrons is not None else _uniform(ionic)
        domain = ionic.domain
        self._pores = FacetSampler(domain, domain.facets(SurfaceKind.PORE_WALL), 4)

    def solve(self, voltage: float) -> ElectronicResult:
        """Solve for the electrons at a cell voltage (V) and the present ionic potential. Collective."""
        return self.electrons.solve(voltage)

    def state(self) -> State:
        """Return what a solve starts from."""
        return {"potential": function_rows(self.electrons.unknown)}

    def restore(self, kept: Kept) -> None:
        """Bring back what `state` has returned. Collective."""
        restore_function(self.electrons.unknown, kept, "potential")

    def sodium_potential(self, voltage: float) -> Array:
        """Return mu_Na / F (V) at the local dofs of the ionic potential, for a cell voltage (V). Collective."""
        self.solve(voltage)
        values: Array = self._ionic.unknown.x.array - self.electrons.unknown.x.array[self._ionic.space.parent]
        return values

    def at_pores(self, voltage: float) -> dict[str, float]:
        """Return the largest mu_Na / F (V) on the wall of each pore, by name.

        Note:
            Collective.
        """
        self.solve(voltage)
        domain = self._ionic.domain
        value = self._pores.evaluate(self._ionic.unknown) - self._pores.evaluate(self.electrons.unknown)
        largest = np.full(len(domain.tagged.surfaces.name), -np.inf)
        np.maximum.at(largest, self._pores.surface, value.max(axis=1, initial=-np.inf))
        gathered = np.max(domain.mesh.comm.allgather(largest), axis=0)
        rows = domain.surface_rows(SurfaceKind.PORE_WALL)
        return {domain.tagged.surfaces.name[row]: float(gathered[row]) for row in rows}


def _uniform(ionic: Conduction) -> ElectronicConduction:
    """Electrons of the same conductivity everywhere; its value drops out of the potential."""
    return ElectronicConduction(
        ionic.domain,
        ionic.space,
        ionic.unknown,
        np.ones(len(ionic.domain.tagged.regions.name)),
        degree=ionic.degree,
        linear=ionic.linear,
    )
