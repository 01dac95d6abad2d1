# SPDX-License-Identifier: LGPL-3.0-or-later
"""From what a case says about films between sodium and electrolyte to their state on the facets of a contact."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from jadeite.case import physics as described
from jadeite.physics.interphase.film import GrowingFilm
from jadeite.physics.interphase.growth import GrowthLaw, arrhenius
from jadeite.physics.interphase.linear_parabolic import LinearParabolicGrowth
from jadeite.physics.interphase.parabolic import ParabolicGrowth
from jadeite.physics.interphase.wagner import wagner_constant, wagner_growth
from jadeite.physics.series_resistance import SeriesResistance


def growing_film(
    given: described.InterphaseLaw, series: SeriesResistance, rate_factor: float | NDArray, temperature: float
) -> GrowingFilm:
    """Return the film of a contact at its initial thickness.

    Args:
        given: what the case says about it, with nothing left out.
        series: resistance in series with the contact, which the film becomes part of.
        rate_factor: speed of growth of each facet over that of the law.
        temperature: of the case, K.
    """
    assert given.ionic_conductivity is not None
    return GrowingFilm(
        series,
        growth_law(given, temperature),
        given.ionic_conductivity,
        given.initial_thickness,
        rate_factor,
        given.volume_per_sodium,
    )


def growth_law(given: described.InterphaseLaw, temperature: float) -> GrowthLaw:
    """Return the law of growth that a case describes, with nothing left out, at its temperature (K)."""
    assert given.activation_energy is not None
    factor = arrhenius(1.0, given.activation_energy, given.reference_temperature, temperature)
    return _LAWS[type(given)](given, factor)


def _parabolic(given: described.ParabolicInterphase, factor: float) -> GrowthLaw:
    assert given.growth_constant is not None
    return ParabolicGrowth(factor * given.growth_constant)


def _linear_parabolic(given: described.LinearParabolicInterphase, factor: float) -> GrowthLaw:
    assert given.parabolic_constant is not None
    return LinearParabolicGrowth(factor * given.parabolic_constant, factor * given.linear_rate)


def _wagner(given: described.WagnerInterphase, factor: float) -> GrowthLaw:
    ionic, electronic = given.ionic_conductivity, given.electronic_conductivity
    assert ionic is not None and electronic is not None

    def constant(electronic_conductivity: float) -> float:
        return factor * wagner_constant(
            ionic,
            electronic_conductivity,
            given.chemical_potential_drop,
            given.volume_per_sodium,
        )

    whole = constant(electronic)
    if given.cracking is None:
        return wagner_growth(whole)
    return wagner_growth(whole, given.cracking.thickness, constant(given.cracking.electronic_conductivity))


#: One row per law: what a case calls it, and how to make it with a factor on its rates.
_LAWS: Mapping[type, Callable[[Any, float], GrowthLaw]] = {
    described.ParabolicInterphase: _parabolic,
    described.LinearParabolicInterphase: _linear_parabolic,
    described.WagnerInterphase: _wagner,
}
