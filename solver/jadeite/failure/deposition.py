# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sodium that electrons deposit inside the ceramic: how fast pores fill, and how fast metal forms at boundaries.

Metal in an isolated pore is an equipotential island. It takes ions and electrons in equal numbers, so that no net
current enters it. Ions move so much more easily than electrons that they stay in equilibrium with the metal,

    phi_i - phi_metal = mu_metal / F,   mu_metal = 2 gamma V_Na / r

which fixes the potential of the island from the ionic potential around the pore (its mean over the wall: a pore in a
uniform field floats at it); electrons then arrive as fast as conduction from the electrodes brings them. A sphere of
radius a in an infinite body fills in a^2 F / (3 V_Na s_e (mu_Na/F)). Pores that fill at the same time compete for the
electrons; one that would lose sodium waits until others are full. A full pore takes no more: its pressure rises.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.constants import FARADAY
from jadeite.failure.nucleation import filling_potential
from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.microstructure.tagged_mesh import Pore, SurfaceKind
from jadeite.physics.electronic_conduction import ElectronicConduction

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PoreFilling:
    """What leaking electrons do to one pore.

    Attributes:
        pore: the pore.
        volume: of the pore, m^3 (in the plane: m^2).
        sodium_potential: mean of mu_Na / F over its wall before any metal forms, V.
        spread: largest minus smallest mu_Na / F on the wall, V.
        threshold: mu_Na / F of metal in it, V.
        current: that deposits sodium in it at first, A (in the plane: A/m); zero where none forms or neighbours take
            all.
        filling_time: from the start until it is full, s; None where no sodium forms.
    """

    pore: Pore
    volume: float
    sodium_potential: float
    spread: float
    threshold: float
    current: float
    filling_time: float | None


class PoreWalls:
    """The walls of all pores of a domain, and what is read on them.

    Attributes:
        rows: surface row of each wall.
        pores: the pore of each.
        volume: of each pore, m^3 (in the plane: m^2).
    """

    def __init__(self, domain: Domain) -> None:
        """Prepare the walls and measure the pores. Collective."""
        self._domain = domain
        by_name = {pore.name: pore for pore in domain.tagged.pores}
        names = domain.tagged.surfaces.name
        rows = domain.surface_rows(SurfaceKind.PORE_WALL)
        self.rows = rows[[names[row] in by_name for row in rows]]
        self.pores = [by_name[names[row]] for row in self.rows]
        self._sampler = FacetSampler(domain, domain.facets(SurfaceKind.PORE_WALL), 4)
        self.volume = self._volumes()

    def _volumes(self) -> Array:
        """Volumes by the divergence theorem, from the centre of each pore: a wall cut by a plane through it serves."""
        centre = np.zeros((len(self._domain.tagged.surfaces.name), self._sampler.points.shape[2]))
        for row, pore in zip(self.rows, self.pores, strict=True):
            centre[row] = pore.centre
        arm = self._sampler.points - centre[self._sampler.surface][:, None]
        flux = -np.einsum("fqi,fi->fq", arm, self._sampler.normal)
        dimension = 3 if self._domain.axisymmetric else self._domain.dimension
        return self._sampler.integrate(flux)[self.rows] / dimension

    def weakest(self, value_of_region: Array) -> Array:
        """Return the smallest value of the regions beside each wall. Collective."""
        smallest = np.full(len(self._domain.tagged.surfaces.name), np.inf)
        np.minimum.at(smallest, self._sampler.surface, value_of_region[self._sampler.region])
        lowest: Array = np.min(self._domain.mesh.comm.allgather(smallest), axis=0)[self.rows]
        return lowest

    def sodium_potential(self, electrons: ElectronicConduction) -> tuple[Array, Array, Array, Array]:
        """Return ionic mean, and mean, smallest and largest mu_Na / F (V), over each wall. Collective."""
        ionic = self._sampler.evaluate(electrons.ionic_potential)
        sodium = ionic - self._sampler.evaluate(electrons.unknown)
        area = self._sampler.integrate(np.ones_like(ionic))[self.rows]
        comm, surfaces = self._domain.mesh.comm, len(self._domain.tagged.surfaces.name)
        low, high = np.full(surfaces, np.inf), np.full(surfaces, -np.inf)
        np.minimum.at(low, self._sampler.surface, sodium.min(axis=1, initial=np.inf))
        np.maximum.at(high, self._sampler.surface, sodium.max(axis=1, initial=-np.inf))
        low, high = np.min(comm.allgather(low), axis=0), np.max(comm.allgather(high), axis=0)
        return (
            self._sampler.integrate(ionic)[self.rows] / area,
            self._sampler.integrate(sodium)[self.rows] / area,
            low[self.rows],
            high[self.rows],
        )


def fill_pores(
    walls: PoreWalls, electrons: ElectronicConduction, voltage: float, surface_energy: float, molar_volume: float
) -> list[PoreFilling]:
    """Find which pores fill at a cell voltage, and how fast.

    The electrons are solved without metal in pores first and left in that state.

    Args:
        walls: of the pores.
        electrons: the electronic problem at the present ionic potential.
        voltage: of the cell, V.
        surface_energy: of sodium, J/m^2.
        molar_volume: of sodium, m^3/mol.

    Raises:
        ConvergenceError: when the electronic problem fails.

    Note:
        Collective.
    """
    electrons.solve(voltage)
    ionic, mean, low, high = walls.sodium_potential(electrons)
    metal = np.array([filling_potential(pore.radius, surface_energy, molar_volume) for pore in walls.pores])
    able = mean > metal
    left, time = walls.volume * FARADAY / molar_volume, 0.0
    current, full_at = np.zeros(len(metal)), np.full(len(metal), np.inf)
    first = True
    while able.any():
        now = _deposition(walls, electrons, voltage, ionic - metal, able)
        if first:
            current, first = now, False
        if not now.any():
            break
        needed = np.divide(left, now, out=np.full(len(now), np.inf), where=now > 0.0)
        step = needed.min()
        time += step
        left = left - now * step
        # those that are full to rounding go together
        full = needed <= (1.0 + 1e-9) * step
        full_at[full], able = time, able & ~full
    electrons.solve(voltage)
    return [
        PoreFilling(
            pore=pore,
            volume=float(walls.volume[number]),
            sodium_potential=float(mean[number]),
            spread=float(high[number] - low[number]),
            threshold=float(metal[number]),
            current=float(current[number]),
            filling_time=float(full_at[number]) if np.isfinite(full_at[number]) else None,
        )
        for number, pore in enumerate(walls.pores)
    ]


def _deposition(
    walls: PoreWalls, electrons: ElectronicConduction, voltage: float, potential: Array, able: NDArray[np.bool_]
) -> Array:
    """Current that deposits sodium in each pore, A, when those that are able to fill do so side by side. Collective.

    Args:
        walls: of the pores.
        electrons: the electronic problem.
        voltage: of the cell, V.
        potential: of the metal in each pore, V.
        able: which pores have room and sodium to spare around them.
    """
    filling = able.copy()
    while filling.any():
        numbers = np.flatnonzero(filling)
        result = electrons.solve(voltage, {int(walls.rows[k]): float(potential[k]) for k in numbers})
        current = np.zeros(len(able))
        current[numbers] = [result.island_current[int(walls.rows[k])] for k in numbers]
        if (current >= 0.0).all():
            return current
        # a neighbour takes its electrons and would draw sodium out of it
        filling = filling & (current > 0.0)
    return np.zeros(len(able))
