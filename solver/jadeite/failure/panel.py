# SPDX-License-Identifier: LGPL-3.0-or-later
"""The state of every flaw of a solved cell: the quantities that initiation criteria compare with their limits.

Local means are taken beside the flaw, outside the stated distance from singular points, so that they belong to the
cell and not to the mesh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.criteria import CriterionState, FlawState, evaluate_panel
from jadeite.failure.electronic import ElectronicPotential
from jadeite.failure.focusing import nothing_far_enough, singular_points
from jadeite.failure.intensity import InteractionIntegral, StressIntensity, maximum_tangential_stress
from jadeite.failure.probes import BoundaryProbe, ElectrodeProbe, ElectrodeReading
from jadeite.microstructure.tagged_mesh import Flaw, Pore, SurfaceKind
from jadeite.physics.cell import Cell, CellResult

#: Radius of the domain of integration for stress intensity factors over the depth of the flaw.
_RADIUS_SHARE = 0.4


@dataclass(frozen=True)
class TipMaterial:
    """Properties of the region in which a flaw ends.

    Attributes:
        stiffness: laboratory frame, shape (6, 6), Pa.
        eigenstrain: laboratory frame, shape (3, 3).
        fracture_toughness: Pa m^0.5.
        boundary_toughness: of a grain boundary there, Pa m^0.5, or NaN.
        surface_energy: J/m^2 of sodium.
    """

    stiffness: NDArray[np.float64]
    eigenstrain: NDArray[np.float64]
    fracture_toughness: float
    boundary_toughness: float
    surface_energy: float


@dataclass(frozen=True)
class FlawReading:
    """Everything measured on one flaw at one state of the cell.

    Attributes:
        flaw: the flaw.
        state: what the criteria read.
        criteria: answers of the criteria by name.
        intensity: stress intensity factors, residual stress included, or None without mechanics.
        residual: part of them that is there without deposition, or None.
        largest_pressure: of the sodium in the flaw by deposition, Pa.
        largest_overpotential: plating driving force on its walls, V.
        largest_current_density: absolute, on its walls, A/m^2.
        collected_current: plating current through its walls, A per metre of depth; zero where pressure stops it.
    """

    flaw: Flaw
    state: FlawState
    criteria: Mapping[str, CriterionState]
    intensity: StressIntensity | None
    residual: StressIntensity | None
    largest_pressure: float
    largest_overpotential: float
    largest_current_density: float
    collected_current: float


class FlawPanel:
    """Reads all flaws of a cell and evaluates the criteria; made once, read after every solve."""

    def __init__(
        self,
        cell: Cell,
        tips: Sequence[TipMaterial],
        criteria: Sequence[str],
        focusing_distance: float,
        effective_conductivity: float,
        sodium_molar_volume: float,
    ) -> None:
        """Prepare probes and interaction integrals.

        Args:
            cell: the coupled cell.
            tips: material at the tip of each flaw, in the order of the flaws.
            criteria: names of the criteria to evaluate.
            focusing_distance: distance from singular points at which local values are read, m.
            effective_conductivity: of the ceramic as a whole, S/m.
            sodium_molar_volume: m^3/mol.

        Note:
            Collective.
        """
        self._cell, self._tips, self._criteria = cell, tips, criteria
        self._distance, self._conductivity, self._molar_volume = (
            focusing_distance,
            effective_conductivity,
            sodium_molar_volume,
        )
        domain = self._domain = cell.domain
        self.flaws = domain.tagged.flaws
        self.electrodes = ElectrodeProbe(cell.conduction)
        self.boundaries = BoundaryProbe(cell.conduction)
        self.electronic = ElectronicPotential(cell.conduction) if domain.tagged.pores else None
        self._flat = domain.surface_rows(SurfaceKind.PLATING_ELECTRODE)
        self._row_of_wall = {
            flaw.name: [
                row
                for row in domain.surface_rows(SurfaceKind.FLAW_WALL)
                if self._surface_name(row) == f"flaw {flaw.name}"
            ]
            for flaw in self.flaws
        }
        self._near_boundaries = [self._boundaries_near(flaw) for flaw in self.flaws]
        self._deposit_integral: InteractionIntegral | None = None
        self.residual: list[StressIntensity | None] = [None] * len(self.flaws)
        if cell.mechanics is not None and self.flaws:
            mechanics = cell.mechanics
            part = cell.residual
            integral = InteractionIntegral(
                part.displacement, mechanics.strain(part), mechanics.stress(part), cell.stack_pressures
            )
            self.residual = [
                self._intensity(integral, flaw, tip, tip.eigenstrain)
                for flaw, tip in zip(self.flaws, tips, strict=True)
            ]
            part = cell.deposit
            self._deposit_integral = InteractionIntegral(
                part.displacement, mechanics.strain(part), mechanics.stress(part), cell.deposit_pressures
            )

    def read(self, result: CellResult) -> list[FlawReading]:
        """Read every flaw at the present state.

        Note:
            Collective.
        """
        if not self.flaws:
            return []
        electrode = self.electrodes.read()
        boundary = self.boundaries.read()
        measure = self._domain.tagged.surfaces.measure
        pore_potential = None if self.electronic is None else self.electronic.at_pores(result.conduction.voltage)
        readings = []
        for number, (flaw, tip) in enumerate(zip(self.flaws, self._tips, strict=True)):
            wall = electrode.on(np.array(self._row_of_wall[flaw.name]))
            local, resistance = self._beside(flaw, electrode)
            intensity = self._total_intensity(number, flaw, tip)
            near = self._near_boundaries[number]
            loaded = (
                near[np.argmax(boundary.current[near] / measure[near] * boundary.resistance[near])]
                if len(near)
                else None
            )
            pore = None if pore_potential is None else self._nearest_pore(flaw)
            state = FlawState(
                name=flaw.name,
                depth=flaw.depth,
                overpotential=float(wall.overpotential.max()),
                local_current_density=local,
                interface_resistance=resistance,
                conductivity=self._conductivity,
                fracture_toughness=tip.fracture_toughness,
                equivalent_stress_intensity=None if intensity is None else _equivalent(intensity),
                boundary_current_density=None if loaded is None else float(boundary.current[loaded] / measure[loaded]),
                boundary_resistance=None if loaded is None else float(boundary.resistance[loaded]),
                boundary_toughness=None if np.isnan(tip.boundary_toughness) else tip.boundary_toughness,
                boundary_flaw_size=None if loaded is None else float(0.5 * measure[loaded]),
                sodium_potential=None if pore is None or pore_potential is None else pore_potential[pore.name],
                pore_radius=None if pore is None else pore.radius,
                surface_energy=tip.surface_energy,
                edge_current_density=self._at_patch_edge(flaw, electrode),
                molar_volume=self._molar_volume,
            )
            readings.append(
                FlawReading(
                    flaw=flaw,
                    state=state,
                    criteria=evaluate_panel(state, self._criteria),
                    intensity=intensity,
                    residual=self.residual[number],
                    largest_pressure=float(wall.pressure.max()),
                    largest_overpotential=float(wall.overpotential.max()),
                    largest_current_density=float(np.abs(wall.current_density).max()),
                    collected_current=float(wall.current_density @ wall.weight),
                )
            )
        return readings

    # Parts of a reading

    def _intensity(
        self, integral: InteractionIntegral, flaw: Flaw, tip: TipMaterial, eigenstrain: NDArray[np.float64] | None
    ) -> StressIntensity:
        radius = _RADIUS_SHARE * flaw.depth
        return integral.evaluate_anisotropic(flaw.tip, flaw.direction, radius, tip.stiffness, eigenstrain)

    def _total_intensity(self, number: int, flaw: Flaw, tip: TipMaterial) -> StressIntensity | None:
        residual = self.residual[number]
        if residual is None or self._deposit_integral is None:
            return None
        if not self._cell.deposit_pressures:
            return residual
        deposit = self._intensity(self._deposit_integral, flaw, tip, None)
        return StressIntensity(
            residual.mode_one + deposit.mode_one,
            residual.mode_two + deposit.mode_two,
            residual.mode_three + deposit.mode_three,
            residual.domain_spread + deposit.domain_spread,
        )

    def _beside(self, flaw: Flaw, electrode: ElectrodeReading) -> tuple[float, float]:
        """Mean plating current density and chord resistance of the flat electrode beside a flaw.

        The mean is over the nearest stretch of wetted electrode, as long as the flaw is deep, outside the focusing
        distance from singular points.
        """
        flat = electrode.on(self._flat)
        points, _ = singular_points(self._domain)
        gap = np.min(np.abs(flat.point[:, :1] - points[None, points[:, 1] == 0.0, 0]), axis=1)
        away = np.abs(flat.point[:, 0] - flaw.mouth[0])
        usable = np.flatnonzero(gap >= self._distance)
        if not len(usable):
            raise nothing_far_enough(f"the electrode beside flaw '{flaw.name}'", self._distance)
        order = usable[np.argsort(away[usable], kind="stable")]
        reach = int(np.searchsorted(np.cumsum(flat.weight[order]), flaw.depth)) + 1
        chosen = order[:reach]
        weight = flat.weight[chosen]
        current = float(np.average(flat.current_density[chosen], weights=weight))
        overpotential = float(np.average(flat.overpotential[chosen], weights=weight))
        return current, max(overpotential / current, 0.0) if current else 0.0

    def _at_patch_edge(self, flaw: Flaw, electrode: ElectrodeReading) -> float | None:
        """Largest plating current density at the focusing distance from either end of the nearest unwetted patch."""
        patches = self._domain.tagged.patches
        if not patches:
            return None
        patch = min(patches, key=lambda p: min(abs(p.start - flaw.mouth[0]), abs(p.end - flaw.mouth[0])))
        flat = electrode.on(self._flat)
        order = np.argsort(flat.point[:, 0])
        x, current = flat.point[order, 0], flat.current_density[order]
        places = [p for p in (patch.start - self._distance, patch.end + self._distance) if x[0] <= p <= x[-1]]
        return max((float(v) for v in np.interp(places, x, current)), default=None)

    def _boundaries_near(self, flaw: Flaw) -> NDArray[np.int64]:
        """Rows of resistive boundaries that come within one flaw depth of the flaw's tip."""
        sampler = self.boundaries.sampler
        near = np.linalg.norm(sampler.points - np.array(flaw.tip), axis=2).min(axis=1, initial=np.inf) <= flaw.depth
        rows = np.unique(sampler.surface[near])
        everywhere = np.unique(np.concatenate(self._domain.mesh.comm.allgather(rows)))
        return everywhere[self.boundaries.resistance[everywhere] > 0.0].astype(np.int64)

    def _nearest_pore(self, flaw: Flaw) -> Pore:
        """The pore whose centre is nearest to a flaw's tip."""
        pores = self._domain.tagged.pores
        gap = np.linalg.norm(np.array([pore.centre for pore in pores]) - np.array(flaw.tip), axis=1)
        return pores[int(np.argmin(gap))]

    def _surface_name(self, row: int) -> str:
        return self._domain.tagged.surfaces.name[row]


def _equivalent(intensity: StressIntensity) -> float:
    """Equivalent mode-I stress intensity factor by maximum tangential stress.

    Walls that compression presses together carry it by contact, so a negative mode I counts as none; they are taken to
    slide without friction, which is on the safe side.
    """
    _, equivalent = maximum_tangential_stress(max(intensity.mode_one, 0.0), intensity.mode_two)
    return float(equivalent)


def utilisation(readings: Sequence[FlawReading]) -> dict[tuple[str, str], float]:
    """Return driving over resistance of every flaw and criterion that applies: one at initiation."""
    return {
        (reading.flaw.name, name): state.driving / state.resistance
        for reading in readings
        for name, state in reading.criteria.items()
    }
