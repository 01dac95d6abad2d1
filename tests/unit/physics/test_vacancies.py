# SPDX-License-Identifier: LGPL-3.0-or-later
"""Vacancies in stripped sodium: limits of short and long times, and voids that never form."""

import math

import pytest

from jadeite.constants import FARADAY
from jadeite.physics.vacancies import StrippedMetal

METAL = StrippedMetal(100e-6, 2.026e-9, 3.124e-4, 23.78e-6)
CURRENT = 10.0


def test_short_times_do_not_see_the_far_side():
    time = 1e-3 * METAL.thickness**2 / METAL.vacancy_diffusivity
    rise = 2 * CURRENT * METAL.molar_volume / FARADAY * math.sqrt(time / (math.pi * METAL.vacancy_diffusivity))
    assert METAL.surface_fraction(time, CURRENT) - METAL.equilibrium_fraction == pytest.approx(rise, rel=1e-9)


def test_both_series_agree_where_they_meet():
    time = 0.25 * METAL.thickness**2 / METAL.vacancy_diffusivity
    before, after = (METAL.surface_fraction(factor * time, CURRENT) for factor in (1 - 1e-9, 1 + 1e-9))
    assert before == pytest.approx(after, rel=1e-8)


def test_times_invert_fractions():
    for share in (0.1, 0.5, 0.99):
        fraction = METAL.equilibrium_fraction + share * (METAL.steady_fraction(CURRENT) - METAL.equilibrium_fraction)
        time = METAL.time_to_fraction(fraction, CURRENT)
        assert METAL.surface_fraction(time, CURRENT) == pytest.approx(fraction, rel=1e-9)


def test_thin_metal_and_creep_keep_voids_away():
    assert METAL.time_to_fraction(0.01, CURRENT) is None
    kept = StrippedMetal(0.1, METAL.vacancy_diffusivity, METAL.equilibrium_fraction, METAL.molar_volume, 3e-9)
    assert kept.time_to_fraction(0.01, CURRENT) is None
    assert kept.time_to_fraction(0.01, 2 * CURRENT) > 0.0


def test_nothing_below_equilibrium_is_asked_for():
    with pytest.raises(ValueError, match="above that of equilibrium"):
        METAL.time_to_fraction(3e-4, CURRENT)
