# SPDX-License-Identifier: LGPL-3.0-or-later
"""Leaking electrons in the study of a steady cell: from what a case says of them to what they do at a state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.case.problems import CaseError, Problem
from jadeite.case.schema import Case
from jadeite.failure.deposition import PoreFilling, PoreWalls, fill_pores
from jadeite.failure.electronic import ElectronicPotential
from jadeite.failure.nucleation import critical_nucleus_radius, opening_potential
from jadeite.failure.precipitation import Boundaries, Site, largest_in_volume, share_of_volume
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.cell import Cell
from jadeite.physics.conduction_state import ConductionResult
from jadeite.physics.electronic_conduction import ElectronicConduction

Array = NDArray[np.float64]

#: Electronic over ionic conductivity above which deposition would move the ionic potential.
TOLERABLE = 0.1


@dataclass(frozen=True)
class LeakageReading:
    """What leaking electrons do at one state of the cell.

    Attributes:
        current_density: of electrons into the plating electrode before any metal forms inside, A/m^2.
        share_of_current: electronic over ionic current.
        conductivity_ratio: largest electronic over ionic conductivity of a region.
        largest: largest mu_Na / F in the ceramic (V) and its place (m).
        pores: what happens to each pore.
        opening: mu_Na / F at which sodium opens the surroundings of each pore, V.
        nuclei: radius of the smallest nucleus that grows in each pore, m; None where none does.
        flaw_size: radius of the flaws to be opened elsewhere, m.
        flaw_limit: lowest mu_Na / F at which sodium opens such a flaw, V.
        first: the place nearest to its limit, or None without pores and boundaries.
        volume_share: share of the volume where metal can form in flaws of the given size.
        boundary_share: the same of the area of boundaries.
        deposition: mean current density that deposits metal at boundaries where it does, at least the focusing
            distance away from metal, A/m^2; zero where none forms.
    """

    current_density: float
    share_of_current: float
    conductivity_ratio: float
    largest: tuple[float, tuple[float, ...]]
    pores: Sequence[PoreFilling]
    opening: Array
    nuclei: Sequence[float | None]
    flaw_size: float
    flaw_limit: float
    first: Site | None
    volume_share: float
    boundary_share: float
    deposition: float


class Leakage:
    """The electrons of a case on its cell.

    Attributes:
        potential: chemical potential of sodium at any state of the cell.
    """

    def __init__(self, case: Case, materials: ResolvedMaterials, cell: Cell, area: float) -> None:
        """Assemble the electronic problem of a case that has `physics.electronic_conduction`.

        Args:
            case: checked case.
            materials: its materials.
            cell: its cell.
            area: of an electrode, m^2.

        Raises:
            CaseError: when electrons conduct so well that sodium deposited inside would change the ionic potential.

        Note:
            Collective.
        """
        settings = case.physics.electronic_conduction
        assert settings is not None
        self._area, self._cell = area, cell
        self._domain, tagged = cell.domain, cell.domain.tagged
        self._energy, self._volume = materials.sodium.surface_energy, materials.sodium.molar_volume
        by_role = materials.electrolytes
        conductivity = np.array(
            [
                by_role[role].transport.electronic_conductivity
                if settings.conductivity is None
                else settings.conductivity
                for role in tagged.regions.material
            ]
        )
        ionic = np.array([by_role[role].conductivity.max() for role in tagged.regions.material])
        self._ratio = float((conductivity / ionic).max())
        if self._ratio > TOLERABLE:
            raise _too_electronic(self._ratio)
        toughness = np.array([by_role[role].fracture_toughness for role in tagged.regions.material])
        weaker = np.array([by_role[role].grain_boundary_toughness_ratio for role in tagged.regions.material])
        self._of_boundary = toughness * np.where(np.isnan(weaker), 1.0, weaker)
        self._toughness, self._size = toughness, settings.boundary_flaw_size
        self._limit = self._boundary_limits(tagged)
        given = (case.physics.plating_interface, case.physics.stripping_interface)
        plating, stripping = (float(getattr(law, "electronic_resistance", 0.0)) for law in given)

        def electrons(sink_limit: Array | None) -> ElectronicConduction:
            return ElectronicConduction(
                cell.domain,
                cell.conduction.space,
                cell.conduction.unknown,
                conductivity,
                case.temperature,
                sodium_exponent=settings.sodium_exponent,
                boundary_conductance=_boundary_conductance(case, tagged),
                interface_resistance=(plating, stripping),
                sink_limit=sink_limit,
                sink_distance=case.failure.focusing_distance,
                degree=cell.conduction.degree,
                linear=cell.conduction.linear,
            )

        self._with_sinks = electrons
        self.potential = ElectronicPotential(cell.conduction, electrons(None))
        self._walls = PoreWalls(cell.domain)
        self._boundaries = Boundaries(cell.domain, self._limit)

    def _opening(self, radius: float, toughness: float) -> float:
        return opening_potential(radius, toughness, self._energy, self._volume)

    def _boundary_limits(self, tagged: TaggedMesh) -> Array:
        """mu_Na / F (V) that opens a flaw at each boundary; its own toughness comes before that of the material."""
        rows = np.array(tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY), dtype=np.int64)
        toughness = np.full(len(tagged.surfaces), np.nan)
        toughness[rows] = self._of_boundary[tagged.surfaces.regions[rows]].min(axis=1, initial=np.inf)
        own = tagged.surfaces.properties.get("fracture_toughness")
        if own is not None:
            toughness = np.where(np.isnan(own), toughness, own)
        limit = np.full(len(tagged.surfaces), np.inf)
        limit[rows] = [self._opening(self._size, value) for value in toughness[rows]]
        return limit

    def measure(self, result: ConductionResult) -> LeakageReading:
        """Read the present state of the cell. Collective."""
        electrons, domain = self.potential.electrons, self._domain
        pores = fill_pores(self._walls, electrons, result.voltage, self._energy, self._volume)
        state = electrons.solve(result.voltage)
        sodium = self.potential.sodium_potential(result.voltage)
        boundary = np.array([p.pore.place != "grain interior" for p in pores], dtype=bool)
        beside = np.where(boundary, self._walls.weakest(self._of_boundary), self._walls.weakest(self._toughness))
        opening = np.array([self._opening(p.pore.radius, k) for p, k in zip(pores, beside, strict=True)])
        sites = [
            Site(p.pore.name, tuple(p.pore.centre), p.sodium_potential, float(limit))
            for p, limit in zip(pores, opening, strict=True)
        ]
        at_boundary = self._boundaries.first(electrons)
        if at_boundary is not None:
            sites.append(at_boundary)
        share = self._boundaries.share(electrons)
        of_region = np.array([self._opening(self._size, value) for value in self._toughness])
        return LeakageReading(
            current_density=state.current_in / self._area,
            share_of_current=state.current_in / result.current_in,
            conductivity_ratio=self._ratio,
            largest=largest_in_volume(domain, self._cell.conduction.space.space, sodium),
            pores=pores,
            opening=opening,
            nuclei=[critical_nucleus_radius(p.sodium_potential, self._energy, self._volume) for p in pores],
            flaw_size=self._size,
            flaw_limit=float(min(self._limit.min(), of_region.min())),
            first=min(sites, key=lambda site: site.margin, default=None),
            volume_share=share_of_volume(domain, electrons, of_region),
            boundary_share=share,
            deposition=self._deposition(result.voltage) if share > 0.0 else 0.0,
        )

    def _deposition(self, voltage: float) -> float:
        result = self._with_sinks(self._limit).solve(voltage)
        return result.sink_current / result.sink_area if result.sink_area else 0.0


def _too_electronic(ratio: float) -> CaseError:
    return CaseError(
        [
            Problem(
                file="case",
                line=None,
                path="physics.electronic_conduction",
                message=f"gives electrons {ratio:.2g} times the conductivity of ions, which is no small leak: sodium "
                "deposited inside would change the potential of the ions",
                allowed=f"at most {TOLERABLE:g} times the ionic conductivity",
            )
        ]
    )


def _boundary_conductance(case: Case, tagged: TaggedMesh) -> Array | None:
    """Electronic conductance along each boundary, S: what the recipe gives comes before the value of the case."""
    settings = case.physics.electronic_conduction
    assert settings is not None
    rows = np.array(tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY), dtype=np.int64)
    conductance = np.zeros(len(tagged.surfaces))
    conductance[rows] = settings.boundary_surface_conductance
    own = tagged.surfaces.properties.get("electronic_conductivity")
    if own is not None:
        assert settings.boundary_thickness is not None
        conductance[rows] = np.where(np.isnan(own[rows]), conductance[rows], settings.boundary_thickness * own[rows])
    return conductance if conductance.any() else None
