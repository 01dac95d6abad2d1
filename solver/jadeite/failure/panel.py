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
from scipy.spatial import cKDTree

from jadeite.failure.criteria import EDGE_CRACK, CriterionState, FlawShape, FlawState, evaluate_panel, half_ellipse
from jadeite.failure.electronic import ElectronicPotential
from jadeite.failure.focusing import nothing_far_enough
from jadeite.failure.front import FrontIntensity
from jadeite.failure.intensity import StressIntensity
from jadeite.failure.intensity_probes import TipMaterial, flaw_rows, intensity_probes
from jadeite.failure.probes import BoundaryProbe, ElectrodeProbe, ElectrodeReading
from jadeite.failure.singular import mouth_points, rim_points, singular_set
from jadeite.microstructure.revolution import section_lengths
from jadeite.microstructure.tagged_mesh import Flaw, Patch, Pore, SurfaceKind
from jadeite.physics.cell import Cell, CellResult

Array = NDArray[np.float64]

#: Outer edge of the band around an unwetted patch that is read in space, over the focusing distance.
_BAND = 1.25


@dataclass(frozen=True)
class FlawReading:
    """Everything measured on one flaw at one state of the cell.

    Attributes:
        flaw: the flaw.
        state: what the criteria read.
        criteria: answers of the criteria by name.
        intensity: stress intensity factors, residual stress included, where they are most dangerous, or None without
            mechanics.
        residual: part of them that is there without deposition, or None.
        front: the factors all along the front, or None.
        largest_pressure: of the sodium in the flaw by deposition, Pa.
        largest_overpotential: plating driving force on its walls, V.
        largest_current_density: absolute, on its walls, A/m^2.
        collected_current: plating current through its walls, A (2-D: per metre of depth); zero where pressure stops it.
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
    front: FrontIntensity | None = None


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
        electronic: ElectronicPotential | None = None,
    ) -> None:
        """Prepare probes and interaction integrals.

        Args:
            cell: the coupled cell.
            tips: material at the tip of each flaw, in the order of the flaws.
            criteria: names of the criteria to evaluate.
            focusing_distance: distance from singular points at which local values are read, m.
            effective_conductivity: of the ceramic as a whole, S/m.
            sodium_molar_volume: m^3/mol.
            electronic: chemical potential of sodium; that of uniform electrons where there are pores and none is
                given.

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
        self.electronic = electronic
        if electronic is None and domain.tagged.pores:
            self.electronic = ElectronicPotential(cell.conduction)
        self._flat = domain.surface_rows(SurfaceKind.PLATING_ELECTRODE)
        self._walls = [flaw_rows(domain, flaw) for flaw in self.flaws]
        self._singular = singular_set(domain.tagged, focusing_distance)
        self._mouths = [cKDTree(mouth_points(domain.tagged, flaw, 0.1 * flaw.depth)) for flaw in self.flaws]
        self._near_boundaries = [self._boundaries_near(flaw) for flaw in self.flaws]
        self._residual: list[FrontIntensity] | None = None
        if cell.mechanics is not None and self.flaws:
            self._residual_probes, self._deposit = intensity_probes(cell, tips)
            self.renew_residual()

    def renew_residual(self) -> None:
        """Read again what flaws bear without deposition, after the residual deformation of the cell has changed.

        Note:
            Collective.
        """
        if self._cell.mechanics is not None and self.flaws:
            self._residual = self._residual_probes.evaluate()

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
        pore_potential = None
        if self.electronic is not None and self._domain.tagged.pores:
            pore_potential = self.electronic.at_pores(result.conduction.voltage)
        fronts = self._fronts()
        readings = []
        for number, (flaw, tip) in enumerate(zip(self.flaws, self._tips, strict=True)):
            wall = electrode.on(self._walls[number])
            local, resistance = self._beside(number, electrode)
            front = None if fronts is None else fronts[number]
            station = 0 if front is None else front.decisive()
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
                equivalent_stress_intensity=None if front is None else float(front.equivalent()[station]),
                boundary_current_density=None if loaded is None else float(boundary.current[loaded] / measure[loaded]),
                boundary_resistance=None if loaded is None else float(boundary.resistance[loaded]),
                boundary_toughness=self._boundary_toughness(tip, loaded),
                boundary_flaw_size=None if loaded is None else self._half_size(int(loaded)),
                sodium_potential=None if pore is None or pore_potential is None else pore_potential[pore.name],
                pore_radius=None if pore is None else pore.radius,
                surface_energy=tip.surface_energy,
                edge_current_density=self._at_patch_edge(number, electrode),
                molar_volume=self._molar_volume,
                shape=self._shape(flaw),
            )
            readings.append(
                FlawReading(
                    flaw=flaw,
                    state=state,
                    criteria=evaluate_panel(state, self._criteria),
                    intensity=None if front is None else front.at(station),
                    residual=None if self._residual is None else self._residual[number].at(station),
                    front=front,
                    largest_pressure=float(wall.pressure.max()),
                    largest_overpotential=float(wall.overpotential.max()),
                    largest_current_density=float(np.abs(wall.current_density).max()),
                    collected_current=float(wall.current_density @ wall.weight),
                )
            )
        return readings

    # Parts of a reading

    def _fronts(self) -> list[FrontIntensity] | None:
        """Stress intensity factors of every flaw at the present state."""
        if self._residual is None or not self._cell.deposit_pressures:
            return self._residual
        return [
            before + by_deposit for before, by_deposit in zip(self._residual, self._deposit.evaluate(), strict=True)
        ]

    def _shape(self, flaw: Flaw) -> FlawShape:
        """The shape that closed forms take a flaw for: of one without length at its mouth only the depth is known."""
        if self._domain.dimension == 2 or not flaw.half_length > 0.0:
            return EDGE_CRACK
        return half_ellipse(flaw.depth, flaw.half_length)

    def _beside(self, number: int, electrode: ElectrodeReading) -> tuple[float, float]:
        """Mean plating current density and chord resistance of the flat electrode beside a flaw.

        The mean is over the nearest stretch of wetted electrode, as long as the flaw is deep (in space: as large as the
        square of its depth), outside the focusing distance from singular points.
        """
        flaw, flat = self.flaws[number], electrode.on(self._flat)
        gap = self._singular.distance(flat.point, electrode_only=True)
        away = np.asarray(self._mouths[number].query(flat.point)[0])
        usable = np.flatnonzero(gap >= self._distance)
        if not len(usable):
            raise nothing_far_enough(f"the electrode beside flaw '{flaw.name}'", self._distance)
        order = usable[np.argsort(away[usable], kind="stable")]
        stretch = flaw.depth ** (self._domain.dimension - 1)
        if self._domain.axisymmetric:
            stretch *= 2.0 * np.pi * flaw.mouth[0]  # the weights of points are areas of rings
        reach = int(np.searchsorted(np.cumsum(flat.weight[order]), stretch)) + 1
        chosen = order[:reach]
        weight = flat.weight[chosen]
        current = float(np.average(flat.current_density[chosen], weights=weight))
        overpotential = float(np.average(flat.overpotential[chosen], weights=weight))
        return current, max(overpotential / current, 0.0) if current else 0.0

    def _at_patch_edge(self, number: int, electrode: ElectrodeReading) -> float | None:
        """Largest plating current density at the focusing distance from the rim of the nearest unwetted patch.

        Points nearer than that to the mouth of a flaw are left out.
        """
        patches = self._domain.tagged.patches
        if not patches:
            return None
        patch = min(patches, key=lambda p: self._mouths[number].query(rim_points(p, 0.5 * self._distance))[0].min())
        flat = electrode.on(self._flat)
        clear = np.min([mouth.query(flat.point)[0] for mouth in self._mouths], axis=0) >= self._distance
        read = self._across_ends if self._domain.dimension == 2 else self._around_rim
        return read(patch, flat.point, flat.current_density, clear)

    def _across_ends(self, patch: Patch, point: Array, current: Array, clear: NDArray[np.bool_]) -> float | None:
        """In the plane: between the two points on either side of each place, unless a mouth lies between them."""
        order = np.argsort(point[:, 0])
        x, current, clear = point[order, 0], current[order], clear[order]
        found = []
        for place in (patch.start - self._distance, patch.end + self._distance):
            right = int(np.searchsorted(x, place))
            if 0 < right < len(x) and clear[right - 1] and clear[right]:
                found.append(float(np.interp(place, x[right - 1 : right + 1], current[right - 1 : right + 1])))
        return max(found, default=None)

    def _around_rim(self, patch: Patch, point: Array, current: Array, clear: NDArray[np.bool_]) -> float | None:
        """In space: the largest value in a narrow band that begins at the stated distance from the rim."""
        gap = np.asarray(cKDTree(rim_points(patch, 0.1 * self._distance)).query(point)[0])
        band = clear & (gap >= self._distance) & (gap <= _BAND * self._distance)
        return float(current[band].max()) if band.any() else None

    def _boundaries_near(self, flaw: Flaw) -> NDArray[np.int64]:
        """Rows of resistive boundaries that come within one flaw depth of the flaw's tip or front."""
        sampler = self.boundaries.sampler
        gap = np.asarray(cKDTree(np.array(flaw.front)).query(sampler.points)[0])
        near = gap.min(axis=1, initial=np.inf) <= flaw.depth
        rows = np.unique(sampler.surface[near])
        everywhere = np.unique(np.concatenate(self._domain.mesh.comm.allgather(rows)))
        return everywhere[self.boundaries.resistance[everywhere] > 0.0].astype(np.int64)

    def _nearest_pore(self, flaw: Flaw) -> Pore:
        """The pore whose centre is nearest to a flaw's tip or front."""
        pores = self._domain.tagged.pores
        gap, _ = cKDTree(np.array(flaw.front)).query(np.array([pore.centre for pore in pores]))
        return pores[int(np.argmin(gap))]

    def _boundary_toughness(self, tip: TipMaterial, loaded: int | None) -> float | None:
        """Fracture toughness of the most loaded boundary: its own where the recipe gives one, else the material's."""
        own = self._domain.tagged.surfaces.properties.get("fracture_toughness")
        if loaded is not None and own is not None and np.isfinite(own[loaded]):
            return float(own[loaded])
        return None if np.isnan(tip.boundary_toughness) else tip.boundary_toughness

    def _half_size(self, row: int) -> float:
        """Half the length of a boundary in the plane, the radius of the disc of its area in space, m."""
        tagged = self._domain.tagged
        if self._domain.dimension == 3:
            return float(np.sqrt(tagged.surfaces.measure[row] / np.pi))
        return 0.5 * float((section_lengths(tagged) if tagged.axisymmetric else tagged.surfaces.measure)[row])


def utilisation(readings: Sequence[FlawReading]) -> dict[tuple[str, str], float]:
    """Return driving over resistance of every flaw and criterion that applies: one at initiation."""
    return {
        (reading.flaw.name, name): state.driving / state.resistance
        for reading in readings
        for name, state in reading.criteria.items()
    }
