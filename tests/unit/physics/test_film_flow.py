# SPDX-License-Identifier: LGPL-3.0-or-later
"""Films and channels of power-law metal: Newtonian limits, scaling, integrals that are known."""

import jadeite.fem  # noqa: F401  isort: skip
import numpy as np
import pytest

from jadeite.physics.film_flow import (
    PowerLaw,
    channel_pressure,
    free_layer_pressure,
    half_width_for_pressure,
    sliding_pressure,
    squeeze_pressure,
)

SODIUM = PowerLaw(5.0, 0.25e6, 1e-3)
OIL = PowerLaw.viscous(2.0)


def test_a_liquid_follows_poiseuille_and_stefan():
    opening, flux, speed, radius = 1e-3, 1e-6, 1e-4, 0.05
    assert OIL.pressure_gradient(flux, opening) == pytest.approx(12.0 * 2.0 * flux / opening**3)
    disc = squeeze_pressure(OIL, speed, radius, opening, axisymmetric=True)
    strip = squeeze_pressure(OIL, speed, radius, opening, axisymmetric=False)
    assert disc == pytest.approx(1.5 * 2.0 * speed * radius**2 / opening**3)
    assert strip == pytest.approx(4.0 * 2.0 * speed * radius**2 / opening**3)


def test_a_power_law_film_becomes_plastic_as_its_exponent_rises():
    """A perfectly plastic disc bears 2 k R / (3 h) with k = flow stress / sqrt(3), a strip k a / h."""
    plastic = PowerLaw(1e4, 1e6, 1e-3)
    for axisymmetric, share in ((True, 2.0 / 3.0), (False, 1.0)):
        found = squeeze_pressure(plastic, 1e-8, 2e-3, 5e-5, axisymmetric=axisymmetric)
        assert found == pytest.approx(share * 1e6 / np.sqrt(3.0) * 2e-3 / 5e-5, rel=3e-3)


def test_width_and_pressure_are_inverse():
    width = half_width_for_pressure(SODIUM, 6e-9, 9e6, 50e-6, axisymmetric=True)
    assert squeeze_pressure(SODIUM, 6e-9, width, 50e-6, axisymmetric=True) == pytest.approx(9e6)


def test_pressure_in_a_wedge():
    """An even flux through an opening that grows linearly: the integral of h^(-(n+2)/n) is known."""
    depth, narrow, wide, flux, n = 20e-6, 0.5e-6, 1e-6, 1e-15, SODIUM.exponent
    place = np.linspace(0.0, depth, 9)
    opening = wide + (narrow - wide) * place / depth
    found = channel_pressure(SODIUM, place, opening, np.full(9, flux))
    power = -(n + 2.0) / n
    integral = depth / (narrow - wide) * (narrow ** (power + 1) - wide ** (power + 1)) / (power + 1)
    expected = float(SODIUM.pressure_gradient(flux, wide)) * wide**-power * integral
    assert found[-1] == pytest.approx(expected, rel=1e-10)
    assert found[0] == 0.0 and (np.diff(found) > 0.0).all()


def test_free_layers():
    """Plane strain: (2 / sqrt 3)^(1 + 1/n) times the uniaxial stress."""
    disc, strip = (free_layer_pressure(SODIUM, 5e-8, 5e-5, axisymmetric=axis) for axis in (True, False))
    assert disc == pytest.approx(0.25e6)
    assert strip / disc == pytest.approx((2.0 / np.sqrt(3.0)) ** 1.2)
    assert sliding_pressure(disc, 0.0, 1e-3, 5e-5, axisymmetric=True) == disc


@pytest.mark.parametrize(
    ("place", "opening", "flux"),
    [([0.0, 0.0], [1.0, 1.0], [1.0, 1.0]), ([0.0, 1.0], [1.0, 0.0], [1.0, 1.0]), ([0.0, 1.0], [1.0, 1.0], [-1.0, 1.0])],
)
def test_what_is_no_channel_is_refused(place, opening, flux):
    with pytest.raises(ValueError, match="channel"):
        channel_pressure(SODIUM, place, opening, flux)
