# SPDX-License-Identifier: LGPL-3.0-or-later
"""What happens along electrodes and boundaries, read off a solved cell at quadrature points of their facets.

A probe is made once and read after every solve. Readings are the same on every rank.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import ufl
from dolfinx import fem
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.conduction import Conduction

_DEGREE = 4
Array = NDArray[np.float64]


@dataclass(frozen=True)
class ElectrodeReading:
    """Values at points along sodium|ceramic, all ranks' points together, in no particular order.

    Attributes:
        surface: row of the surface table, shape (n,).
        point: coordinates, shape (n, d), m.
        weight: length or area that the point stands for, m or m^2.
        overpotential: driving force for plating, -(phi_metal - phi_ceramic - E_eq), V; positive where sodium wants to
            plate.
        current_density: plating current density, A/m^2; negative where sodium is stripped.
        pressure: pressure of confined sodium by deposition, Pa; zero elsewhere.
    """

    surface: NDArray[np.int32]
    point: Array
    weight: Array
    overpotential: Array
    current_density: Array
    pressure: Array

    def on(self, rows: NDArray[np.integer]) -> ElectrodeReading:
        """Return the part that lies on the given surface rows."""
        chosen = np.isin(self.surface, rows)
        return ElectrodeReading(
            self.surface[chosen],
            self.point[chosen],
            self.weight[chosen],
            self.overpotential[chosen],
            self.current_density[chosen],
            self.pressure[chosen],
        )


class ElectrodeProbe:
    """Reads overpotential, current density and sodium pressure along one or both electrodes."""

    def __init__(self, conduction: Conduction) -> None:
        """Prepare the probe on every contact of both electrodes."""
        domain = conduction.domain
        self._comm = domain.mesh.comm
        normal = ufl.FacetNormal(domain.mesh)
        into_metal = ufl.dot(conduction.current_density(), normal)
        # a plain zero has no mesh and cannot be evaluated on one
        zero = fem.Constant(domain.mesh, 0.0) * conduction.unknown
        with_law = {id(found[0]): found for found in conduction.contact_expressions()}
        self._parts = []
        for contact in [*conduction.plating, *conduction.stripping]:
            _, driving, current, pressure = with_law.get(id(contact), (contact, zero, -into_metal, None))
            sampler = FacetSampler(domain, domain.facets(*contact.kinds), _DEGREE)
            self._parts.append((sampler, -driving, -current, zero if pressure is None else pressure))

    def samples(self) -> Iterator[tuple[FacetSampler, Array, Array, Array]]:
        """Yield for each contact its facets on this rank, and at their points what `ElectrodeReading` gathers.

        Overpotential (V), plating current density (A/m^2) and pressure (Pa), each of shape (facets, points).

        Note:
            Collective.
        """
        for sampler, *expressions in self._parts:
            overpotential, current, pressure = (sampler.evaluate(expression) for expression in expressions)
            yield sampler, overpotential, current, pressure

    def read(self) -> ElectrodeReading:
        """Read the present state.

        Note:
            Collective.
        """
        columns: list[list[Array]] = [[], [], [], [], [], []]
        for sampler, *values in self.samples():
            facets, count = sampler.weights.shape
            columns[0].append(np.repeat(sampler.surface, count))
            columns[1].append(sampler.points.reshape(facets * count, sampler.domain.mesh.geometry.dim))
            for column, value in zip(columns[2:], (sampler.weights, *values), strict=True):
                column.append(value.ravel())
        gathered = [self._comm.allgather(np.concatenate(column)) for column in columns]
        return ElectrodeReading(*(np.concatenate(column) for column in gathered))


@dataclass(frozen=True)
class BoundaryReading:
    """Integrals over each surface row that is a grain boundary or phase boundary; zero in all other rows.

    Attributes:
        dissipation: power lost across and along the boundary, W (in the plane: per metre of depth).
        current: absolute current across it, A (in the plane: per metre of depth).
        resistance: area-specific resistance, ohm m^2.
        along: the part of the dissipation by currents along the boundary, W; empty where nobody asked.
    """

    dissipation: Array
    current: Array
    resistance: Array
    along: Array = field(default_factory=lambda: np.zeros(0))


class BoundaryProbe:
    """Reads current and loss of every grain boundary."""

    kinds = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)

    def __init__(self, conduction: Conduction) -> None:
        """Prepare the probe."""
        domain: Domain = conduction.domain
        self._conduction = conduction
        self._sampler = FacetSampler(domain, domain.facets(*self.kinds), _DEGREE)
        number = len(domain.tagged.surfaces.name)
        given = conduction.boundary_resistance
        self.resistance = (
            np.zeros(number)
            if given is None
            else np.where(np.isin(np.arange(number), domain.surface_rows(*self.kinds)), given, 0.0)
        )
        conductance = conduction.boundary_conductance
        self._conductance = np.zeros(number) if conductance is None else conductance
        self._on_network = np.isin(self._sampler.surface, conduction.rows.network)
        normal = ufl.FacetNormal(domain.mesh)
        self._flux = ufl.dot(conduction.current_density(), normal)
        self._in_plane = []
        for potential, rows in (
            (conduction.unknown, conduction.rows.along),
            (conduction.network, conduction.rows.network),
        ):
            if len(rows) and potential is not None:
                gradient = ufl.grad(potential)
                along = gradient - ufl.dot(gradient, normal) * normal
                self._in_plane.append((rows, ufl.inner(along, along)))

    @property
    def sampler(self) -> FacetSampler:
        """The facets of this rank behind the reading."""
        return self._sampler

    def current_density(self) -> Array:
        """Return the current density across this rank's facets at their points, from side 0 to 1, A/m^2.

        Where some of the current leaves along the boundary, the mean of both sides.

        Note:
            Collective.
        """
        sampler = self._sampler
        if not sampler.two_sided:  # no facets on any rank; a rank without some must evaluate with the others
            return np.zeros(sampler.weights.shape)
        resistance = self.resistance[sampler.surface]
        jump = sampler.evaluate(self._conduction.unknown, 0) - sampler.evaluate(self._conduction.unknown, 1)
        through = sampler.evaluate(self._flux, 0)
        blocked = resistance > 0.0
        return np.where(blocked[:, None], jump / np.where(blocked, resistance, 1.0)[:, None], through)

    def read(self) -> BoundaryReading:
        """Read the present state.

        Note:
            Collective.
        """
        sampler = self._sampler
        density = self.current_density()
        across, along = self.losses(density)
        lost_along = sampler.integrate(along)
        return BoundaryReading(
            sampler.integrate(across) + lost_along, sampler.integrate(abs(density)), self.resistance, lost_along
        )

    def losses(self, density: Array) -> tuple[Array, Array]:
        """Return the power lost per area across and along boundaries at the points of this rank's facets, W/m^2.

        Args:
            density: present `current_density`, A/m^2.

        Note:
            Collective.
        """
        sampler = self._sampler
        across = density**2 * self.resistance[sampler.surface][:, None]
        if self._conduction.network is not None and sampler.two_sided:
            # half of the resistance on either side of the boundary's own potential
            own = sampler.evaluate(self._conduction.network, 0)
            steps = [sampler.evaluate(self._conduction.unknown, side) - own for side in (0, 1)]
            half = np.where(self._on_network, 0.5 * self.resistance[sampler.surface], 1.0)[:, None]
            across = np.where(self._on_network[:, None], (steps[0] ** 2 + steps[1] ** 2) / half, across)
        along = np.zeros_like(across)
        for rows, squared in self._in_plane:
            conductance = np.where(np.isin(sampler.surface, rows), self._conductance[sampler.surface], 0.0)
            along += conductance[:, None] * sampler.evaluate(squared, 0)
        return across, along
