# SPDX-License-Identifier: LGPL-3.0-or-later
"""From what a case says about its electrodes to contacts with laws: where sodium touches, and what that costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.case import physics as described
from jadeite.case.problems import CaseError, Problem
from jadeite.case.schema import Case
from jadeite.fem.domain import Domain
from jadeite.materials.resolve import ResolvedMaterials
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.contact import Contact
from jadeite.physics.electrode import ButlerVolmer, ConfinedSodium, ElectrodeLaw, LinearResistance
from jadeite.physics.interface_variation import InterfaceVariation
from jadeite.physics.series_resistance import SeriesPart, SeriesResistance
from jadeite.study.assembly.interphases import growing_film

#: Properties that vary along each electrode have random numbers of their own.
_DRAWS = {
    SurfaceKind.PLATING_ELECTRODE: {"film": 0, "growth": 2},
    SurfaceKind.STRIPPING_ELECTRODE: {"film": 1, "growth": 3},
}
_NAME = {
    SurfaceKind.PLATING_ELECTRODE: "plating_interface",
    SurfaceKind.STRIPPING_ELECTRODE: "stripping_interface",
}

_Resistive = described.ButlerVolmer | described.LinearInterface


def electrode_contacts(case: Case, materials: ResolvedMaterials, domain: Domain) -> tuple[list[Contact], list[Contact]]:
    """Return the contacts of the plating electrode, flaws included, and of the stripping electrode.

    Args:
        case: checked case.
        materials: its materials at its temperature.
        domain: the meshed separator.

    Raises:
        CaseError: something varies along an electrode over a length that the mesh does not resolve at all.

    Note:
        Collective.
    """
    laws = case.physics
    sodium = None
    if isinstance(laws.sodium_in_flaws, described.ConfinedSodium):
        limit = laws.sodium_in_flaws.maximum_pressure
        sodium = ConfinedSodium(materials.sodium.molar_volume, np.inf if limit is None else limit)
    plating = _Electrode(case, materials, domain, laws.plating_interface, SurfaceKind.PLATING_ELECTRODE)
    stripping = _Electrode(case, materials, domain, laws.stripping_interface, SurfaceKind.STRIPPING_ELECTRODE)
    return (
        [plating.contact(SurfaceKind.PLATING_ELECTRODE), plating.contact(SurfaceKind.FLAW_WALL, sodium)],
        [stripping.contact(SurfaceKind.STRIPPING_ELECTRODE)],
    )


def material_at(tagged: TaggedMesh, electrode: SurfaceKind) -> str:
    """Return the role of the material that most facets of an electrode belong to."""
    facets = tagged.facets[np.isin(tagged.facet_surface, tagged.surfaces.rows(electrode))]
    touches = np.zeros(len(tagged.points), dtype=bool)
    touches[facets] = True
    beside = touches[tagged.cells].sum(axis=1) == tagged.dimension
    count = np.bincount(tagged.cell_region[beside], minlength=len(tagged.regions))
    roles = np.array(tagged.regions.material)
    return str(max(np.unique(roles), key=lambda role: count[roles == role].sum()))


class _Electrode:
    """One electrode of a case: its law, and what varies along it, drawn once for all its contacts."""

    def __init__(
        self,
        case: Case,
        materials: ResolvedMaterials,
        domain: Domain,
        given: described.InterfaceLaw,
        electrode: SurfaceKind,
    ) -> None:
        self._given, self._electrode, self._domain, self._temperature = given, electrode, domain, case.temperature
        exchange = materials.electrolytes[material_at(domain.tagged, electrode)].exchange_current_density
        self._law = _law(given, exchange, case.temperature)
        self._interphase = materials.interphases.get(_NAME[electrode])
        self._film = self._growth = None
        if isinstance(given, _Resistive):
            self._film = self._variation(given.film_variation, "film")
        if self._interphase is not None:
            self._growth = self._variation(self._interphase.variation, "growth")

    def contact(self, kind: SurfaceKind, sodium: ConfinedSodium | None = None) -> Contact:
        """Return the contact of this electrode's law with one kind of surface."""
        given = self._given
        if not isinstance(given, _Resistive) or not _has_series(given):
            return Contact((kind,), self._law, sodium)
        series = SeriesResistance(self._domain, (kind,))
        varying = self._factor(self._film, series)
        if given.film_variation is not None:
            series.assign(SeriesPart.FILM, _film_resistance(given) * varying)
        if given.contact_resistance > 0.0:
            series.assign(SeriesPart.CONTACT, given.contact_resistance * varying)
        film = None
        if self._interphase is not None:
            film = growing_film(self._interphase, series, self._factor(self._growth, series), self._temperature)
        return Contact((kind,), self._law, sodium, series, film)

    def _variation(self, given: described.FilmVariation | None, of: str) -> InterfaceVariation | None:
        if given is None:
            return None
        sequence = np.random.SeedSequence(given.seed, spawn_key=(_DRAWS[self._electrode][of],))
        drawn = InterfaceVariation.draw(
            self._domain.tagged,
            self._electrode,
            given.coefficient_of_variation,
            given.correlation_length,
            np.random.default_rng(sequence),
        )
        if drawn.coarseness > 1.0:
            key = "film_variation" if of == "film" else "interphase.variation"
            problem = Problem(
                "the case",
                None,
                f"physics.{_NAME[self._electrode]}.{key}.correlation_length",
                f"is shorter than the largest facet of the {self._electrode.value}, by a factor {drawn.coarseness:.3g}",
                suggestion="a smaller `mesh.boundary_size` in the recipe, or a larger correlation length",
            )
            raise CaseError([problem])
        return drawn

    def _factor(self, variation: InterfaceVariation | None, series: SeriesResistance) -> float | NDArray[np.float64]:
        return 1.0 if variation is None else variation.at(self._domain, series.facets)


def _has_series(given: _Resistive) -> bool:
    return given.contact_resistance > 0.0 or given.film_variation is not None or given.interphase is not None


def _film_resistance(given: _Resistive) -> float:
    """Resistance that varies along an interface where it does, ohm m^2: of the film, or all of a linear interface."""
    return given.resistance if isinstance(given, described.LinearInterface) else given.film_resistance


def _law(given: described.InterfaceLaw, exchange_of_material: float, temperature: float) -> ElectrodeLaw | None:
    if isinstance(given, described.IdealInterface):
        return None
    if isinstance(given, described.BlockingInterface):
        return LinearResistance(np.inf, given.double_layer_capacitance)
    uniform = 0.0 if given.film_variation is not None else _film_resistance(given)
    if isinstance(given, described.LinearInterface):
        # without resistance it is the ideal interface, whose conductance no number can say
        if uniform == 0.0 and not _has_series(given):
            return None
        return LinearResistance(uniform, given.double_layer_capacitance)
    exchange = given.exchange_current_density
    return ButlerVolmer(
        exchange_of_material if exchange is None else exchange,
        temperature,
        given.transfer_coefficient,
        uniform,
        given.double_layer_capacitance,
    )
