# SPDX-License-Identifier: LGPL-3.0-or-later
"""Factors of flaw shapes: printed values, exact limits, and what they make of the criteria."""

import math
from dataclasses import replace

import pytest
from scipy.special import ellipe

from jadeite.constants import FARADAY
from jadeite.failure.criteria import (
    EDGE_CRACK,
    FlawShape,
    FlawState,
    combined_griffith,
    evaluate_panel,
    half_ellipse,
    ohmic_griffith,
)

EMBEDDED_PENNY_LINEAR = 0.8112498 / math.sqrt(math.pi)  # p |x| / a, by Green's function of the penny


def test_half_penny():
    """Newman and Raju 1981: F = 1.04 at the deepest point and 1.144 at the surface, Q = 2.464."""
    shape = half_ellipse(3e-6, 3e-6)
    assert shape.uniform == pytest.approx((1.04 / math.sqrt(2.464), 1.144 / math.sqrt(2.464)), rel=1e-12)
    assert shape.largest_uniform == pytest.approx(0.7288, rel=1e-4)
    # the free surface makes little difference to a load that is far from it; the fit is good to 5 %
    assert shape.largest_linear == pytest.approx(EMBEDDED_PENNY_LINEAR, rel=0.05)


def test_long_flaw_is_an_edge_crack():
    shape = half_ellipse(1e-6, 1e-2)
    assert shape.largest_uniform == pytest.approx(EDGE_CRACK.largest_uniform, rel=0.01)
    assert shape.largest_linear == pytest.approx(EDGE_CRACK.largest_linear, rel=0.01)


def test_deep_narrow_flaw_is_a_line_crack_across_its_length():
    """K = p sqrt(pi half_length) far from its bottom, and 1.1 times that at the surface."""
    shape = half_ellipse(1.0, 1e-4)
    assert shape.largest_uniform == pytest.approx(1.1 * math.sqrt(1e-4), rel=1e-3)


@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.6, 1.0])
def test_free_surface_adds_at_most_an_eighth_to_the_embedded_ellipse(ratio):
    """K = p sqrt(pi c) / E(k) where the minor axis ends, E the complete elliptic integral (Irwin 1962)."""
    embedded = 1.0 / ellipe(1.0 - ratio**2)
    assert 1.02 < half_ellipse(ratio, 1.0).uniform[0] / embedded < 1.13


def test_both_fits_agree_on_half_a_penny():
    shallow, deep = half_ellipse(1.0, 1.0 + 1e-9), half_ellipse(1.0 + 1e-9, 1.0)
    assert shallow.uniform == pytest.approx(deep.uniform, rel=1e-7)
    assert shallow.linear == pytest.approx(deep.linear, rel=1e-7)


def test_longer_flaws_are_weaker():
    factors = [half_ellipse(1.0, length) for length in (0.5, 0.8, 1.0, 1.5, 3.0, 10.0)]
    uniform = [shape.largest_uniform for shape in factors]
    assert uniform == sorted(uniform)


def test_the_worst_place_depends_on_the_profile():
    shape = FlawShape("two places", (1.0, 2.0), (0.5, 0.1))
    assert shape.load(1.0, 0.0) == 2.0
    assert shape.load(0.0, 1.0) == 0.5
    assert shape.load(1.0, 5.0) == 3.5


def test_criteria_read_the_shape():
    """All limits scale with one over the factor of their pressure; the screened one joins the other two."""
    edge = FlawState("flaw", 6e-6, 0.02, 10.0, 2e-3, 0.1, 1.3e6, edge_current_density=30.0)
    penny = replace(edge, shape=half_ellipse(6e-6, 6e-6))
    in_plane, in_space = evaluate_panel(edge), evaluate_panel(penny)
    ratio = {name: in_space[name].resistance / in_plane[name].resistance for name in in_plane}
    assert ratio["porz_griffith"] == pytest.approx(1.1215222 * math.sqrt(2.464) / 1.144, rel=1e-9)
    assert ratio["ohmic_griffith"] == pytest.approx(0.6828629 / (0.67 * 1.04 / math.sqrt(2.464)), rel=1e-9)
    assert ratio["combined_griffith"] == ratio["void_edge_focusing"]
    ohmic = combined_griffith.critical_current_density(0.0, 0.1, 1.3e6, 6e-6, shape=penny.shape)
    prefactor = ohmic_griffith.screened_prefactor(penny.shape)
    assert ohmic == pytest.approx(ohmic_griffith.critical_current_density(0.1, 1.3e6, 6e-6, prefactor=prefactor))
    # by hand: 23.3 ohm cm^2 and 1.30 MPa m^0.5 over a half penny of 6 um, from K = 0.7288 p sqrt(pi a)
    pressure = 1.3e6 / (0.7288 * math.sqrt(math.pi * 6e-6))
    by_hand = pressure * 23.78e-6 / FARADAY / 2.3e-3
    found = combined_griffith.critical_current_density(2.3e-3, 1e6, 1.3e6, 6e-6, shape=penny.shape)
    assert found == pytest.approx(by_hand, rel=1e-3)
