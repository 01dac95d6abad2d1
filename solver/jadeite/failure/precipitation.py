# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where in the ceramic sodium is supersaturated enough to form metal: shares of volume and boundaries, first place.

The limit is the chemical potential of metal that opens a flaw of a given size (`nucleation.opening_potential`): with
the toughness of the grain inside grains, of the boundary at boundaries, and with its own radius at a pore. What leaking
electrons would deposit at boundaries follows from boundaries as sinks that keep mu_Na at the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.fem.assembly import integral
from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.physics.conduction_forms import INTERNAL
from jadeite.physics.electronic_conduction import ElectronicConduction

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Site:
    """A place and how near it is to forming metal.

    Attributes:
        name: what the place is called.
        point: where it is, m.
        sodium_potential: mu_Na / F there, V.
        limit: at which metal opens its surroundings there, V.
    """

    name: str
    point: tuple[float, ...]
    sodium_potential: float
    limit: float

    @property
    def margin(self) -> float:
        """Limit over what is there; infinite where sodium is not supersaturated."""
        return self.limit / self.sodium_potential if self.sodium_potential > 0.0 else float("inf")


def largest_in_volume(domain: Domain, space: fem.FunctionSpace, sodium: Array) -> tuple[float, tuple[float, ...]]:
    """Return the largest of nodal values and where it is (m). Collective."""
    owned = space.dofmap.index_map.size_local
    here = float(sodium[:owned].max(initial=-np.inf))
    comm = domain.mesh.comm
    largest, rank = comm.allreduce((here, comm.rank), op=MPI.MAXLOC)
    point = None
    if comm.rank == rank:
        place = space.tabulate_dof_coordinates()[int(np.argmax(sodium[:owned])), : domain.mesh.geometry.dim]
        point = tuple(float(x) for x in place)
    return float(largest), comm.bcast(point, root=rank)


def share_of_volume(domain: Domain, electrons: ElectronicConduction, limit_of_region: Array) -> float:
    """Return the share of the ceramic's volume where mu_Na / F reaches the limit (V) of its region. Collective."""
    limit = domain.cell_field(limit_of_region, "limit of precipitation")
    reached = ufl.conditional(ufl.ge(electrons.sodium_potential(), limit), 1.0, 0.0)
    measure, comm = domain.dx(4), domain.mesh.comm
    whole = integral(fem.form(fem.Constant(domain.mesh, 1.0) * measure), comm)
    return integral(fem.form(reached * measure), comm) / whole


class Boundaries:
    """Grain and phase boundaries as places where metal may form."""

    def __init__(self, domain: Domain, limit: Array) -> None:
        """Prepare for limits (V) of each surface row, shape (surfaces,). Collective."""
        self._domain, self._limit = domain, limit
        self._sampler = FacetSampler(domain, domain.facets(*INTERNAL), 4)
        total = self._sampler.integrate(np.ones(self._sampler.weights.shape))
        self.area = float(total.sum())

    def _sodium(self, electrons: ElectronicConduction) -> Array:
        """mu_Na / F (V) at the points of this rank's facets, on the side where it is higher."""
        sampler = self._sampler
        if not sampler.two_sided:
            return np.zeros(sampler.weights.shape)
        ionic = np.maximum(*(sampler.evaluate(electrons.ionic_potential, side) for side in (0, 1)))
        values: Array = ionic - sampler.evaluate(electrons.unknown, 0)
        return values

    def share(self, electrons: ElectronicConduction) -> float:
        """Return the share of the area where metal can form. Collective."""
        reached = self._sodium(electrons) >= self._limit[self._sampler.surface][:, None]
        found = float(self._sampler.integrate(reached.astype(np.float64)).sum())
        return found / self.area if self.area else 0.0

    def first(self, electrons: ElectronicConduction) -> Site | None:
        """Return the place nearest to its limit; None without boundaries. Collective."""
        sampler, surfaces = self._sampler, self._domain.tagged.surfaces
        sodium = self._sodium(electrons)
        limit = np.broadcast_to(self._limit[sampler.surface][:, None], sodium.shape)
        ratio = sodium / limit
        comm = self._domain.mesh.comm
        best, rank = comm.allreduce((float(ratio.max(initial=-np.inf)), comm.rank), op=MPI.MAXLOC)
        if not np.isfinite(best):
            return None
        site = None
        if comm.rank == rank:
            facet, point = np.unravel_index(int(np.argmax(ratio)), ratio.shape)
            site = Site(
                name=surfaces.name[sampler.surface[facet]],
                point=tuple(float(x) for x in sampler.points[facet, point]),
                sodium_potential=float(sodium[facet, point]),
                limit=float(limit[facet, point]),
            )
        found: Site | None = comm.bcast(site, root=rank)
        return found
