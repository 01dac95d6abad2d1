# SPDX-License-Identifier: LGPL-3.0-or-later
"""Closures of space charge: limits, first integrals, symmetry, and the resolved equations against all of them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.integrate import simpson

from jadeite.case.physics import SpaceChargeResistance
from jadeite.case.problems import CaseError
from jadeite.constants import ELEMENTARY_CHARGE
from jadeite.physics.space_charge import resolved
from jadeite.physics.space_charge.boundary import boundary_layers, boundary_resistance
from jadeite.physics.space_charge.conditions import Conditions, SpaceChargeError
from jadeite.physics.space_charge.registry import CLOSURES, solve
from jadeite.physics.space_charge.site_limited import SiteLimited

SHARED_SITES = 2.5e26


def conditions(
    potential: float | None = None, charge: float | None = None, sites: float = SHARED_SITES, kelvin: float = 298.15
) -> Conditions:
    return Conditions(kelvin, 1e26, 30.0, 0.1, potential, charge, sites)


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("potential", [1e-3, 0.08, 0.3, 1.2])
def test_charge_and_potential_are_each_others_inverse(closure: str, potential: float) -> None:
    there = solve(closure, conditions(potential))
    back = solve(closure, conditions(charge=there.core_charge))
    # the grid of the resolved equations differs a little between the two ways
    tolerance = 5e-3 if closure == "resolved" else 1e-9
    assert back.core_potential == pytest.approx(potential, rel=tolerance)
    assert there.excess_resistance > 0.0 or closure == "site_limited"


@pytest.mark.parametrize("potential", [-0.6, -0.05, 0.004, 0.25, 0.9])
@pytest.mark.parametrize(("closure", "sites"), [("poisson_boltzmann", None), ("site_limited", SHARED_SITES)])
def test_resolved_equations_agree_with_the_first_integral(closure: str, sites: float | None, potential: float) -> None:
    given = Conditions(310.0, 1e26, 30.0, 0.1, core_potential=potential, site_density=sites)
    exact, found = solve(closure, given), resolved.solve(given)
    # where better and worse conducting parts of a layer cancel, the excess is measured with what cancels
    cancelling = 2.0 * given.debye_length / given.conductivity * abs(potential) / given.thermal_voltage
    assert found.excess_resistance == pytest.approx(exact.excess_resistance, rel=2e-3, abs=2e-3 * cancelling)
    assert found.core_charge == pytest.approx(exact.core_charge, rel=2e-3)
    x = np.linspace(0.0, 4.0, 9) * given.debye_length
    assert found.profile(x) == pytest.approx(exact.profile(x), abs=3e-3 * abs(potential))


def test_profile_holds_the_charge_of_the_core() -> None:
    for closure, sites in (("poisson_boltzmann", None), ("site_limited", SHARED_SITES)):
        given = Conditions(298.15, 1e26, 30.0, 0.1, core_potential=0.2, site_density=sites)
        layers = solve(closure, given)
        x = np.linspace(0.0, 40.0, 8001) * given.debye_length
        missing = simpson(1.0 - layers.relative_concentration(layers.profile(x)), x=x)
        assert 2.0 * ELEMENTARY_CHARGE * 1e26 * missing == pytest.approx(layers.core_charge, rel=1e-5)
        assert layers.width == pytest.approx(missing, rel=1e-5)


def test_excess_is_the_integral_over_the_profile() -> None:
    given = conditions(0.15)
    for closure, lattice in (("poisson_boltzmann", SiteLimited(0.0)), ("site_limited", SiteLimited(given.filling))):
        layers = solve(closure, given)
        x = np.linspace(0.0, 40.0, 8001) * given.debye_length
        resistivity = lattice.relative_resistivity_excess(layers.profile(x) / given.thermal_voltage)
        total = 2.0 / given.conductivity * simpson(resistivity, x=x)
        assert layers.excess_resistance == pytest.approx(total, rel=1e-5)


def test_many_sites_are_the_dilute_limit_and_the_error_falls_with_the_filling() -> None:
    dilute = solve("poisson_boltzmann", conditions(0.25)).excess_resistance
    errors = [solve("site_limited", conditions(0.25, sites=s)).excess_resistance / dilute - 1.0 for s in (1e28, 1e29)]
    assert abs(errors[1]) < 3e-3
    assert errors[0] / errors[1] == pytest.approx(10.0, rel=0.1)


def test_ions_and_vacancies_mirror_each_other() -> None:
    # Exchange of ions and empty sites turns the sign of the potential and changes the length by their ratio.
    t, u = 0.3, np.linspace(-20.0, 20.0, 81)
    ions, holes = SiteLimited(t), SiteLimited(1.0 - t)
    assert t * ions.half_field_squared(u) == pytest.approx(
        (1.0 - t) * holes.half_field_squared(-u), rel=1e-9, abs=1e-13
    )
    assert ions.relative_resistivity_excess(u) == pytest.approx(holes.relative_resistivity_excess(-u), rel=1e-12)


def test_series_and_formula_meet() -> None:
    for t in (0.0, 0.2, 0.5, 0.9):
        below, above = SiteLimited(t).half_field_squared(np.array([0.99999e-4, 1.00001e-4]))
        assert above / below == pytest.approx((1.00001 / 0.99999) ** 2, rel=1e-8)


def test_weak_charge_decays_over_the_debye_length_of_the_lattice() -> None:
    layers = solve("site_limited", conditions(1e-5))
    at = layers.profile(np.array([0.0, layers.debye_length, 2.0 * layers.debye_length]))
    assert at == pytest.approx(1e-5 * np.exp([0.0, -1.0, -2.0]), rel=1e-3)


def test_excess_follows_the_conductivity_of_the_grain() -> None:
    for closure in CLOSURES:
        one = solve(closure, conditions(0.2)).excess_resistance
        half = solve(closure, Conditions(298.15, 1e26, 30.0, 0.2, 0.2, None, SHARED_SITES)).excess_resistance
        assert one == pytest.approx(2.0 * half, rel=1e-9)


def law(**given: object) -> SpaceChargeResistance:
    said = {"law": "space_charge", "carrier_density": "1e26 1/m^3", "relative_permittivity": 30.0, **given}
    return SpaceChargeResistance.model_validate(said)


@pytest.mark.parametrize("closure", CLOSURES)
def test_boundary_of_a_case(closure: str) -> None:
    sites = {"site_density": "2.5e26 1/m^3"} if closure == "site_limited" else {}
    of_case = boundary_resistance(law(closure=closure, core_charge="0.09 C/m^2", **sites), 0.1, 10.0, 298.15)
    density = SHARED_SITES if sites else None
    given = Conditions(298.15, 1e26, 30.0, 0.1, core_charge=0.09, site_density=density)
    assert of_case == pytest.approx(solve(closure, given).excess_resistance, rel=1e-12)


def test_permittivity_of_the_material_is_read_where_the_law_gives_none() -> None:
    layers = boundary_layers(law(potential="0.2 V", relative_permittivity=None), 0.1, 12.0, 298.15)
    assert layers.debye_length == pytest.approx(Conditions(298.15, 1e26, 12.0, 0.1, 0.2).debye_length)


@pytest.mark.parametrize(
    ("given", "grain", "says"),
    [
        ({"potential": "-0.2 V"}, None, "conduct better than the grain"),
        ({"potential": "-0.2 V", "closure": "mott_schottky"}, None, "one of depletion"),
        ({"core_charge": "-0.02 C/m^2", "closure": "mott_schottky"}, None, "one of depletion"),
        ({"potential": "0.2 V", "closure": "site_limited"}, None, "density of sites"),
        ({"core_charge": "5 C/m^2"}, None, "unit right"),
        ({"core_charge": "0.09 C/m^2"}, 5e-9, "meet in the smallest grain"),
    ],
)
def test_what_no_resistance_can_say_is_refused(given: dict[str, str], grain: float | None, says: str) -> None:
    with pytest.raises(CaseError, match=re.escape(says)):
        boundary_resistance(law(**given), 0.1, 10.0, 298.15, grain)


def test_impossible_conditions_are_refused() -> None:
    with pytest.raises(SpaceChargeError, match="exactly one"):
        Conditions(298.15, 1e26, 30.0, 0.1)
    with pytest.raises(SpaceChargeError, match="do not fit"):
        conditions(0.1, sites=1e25)
    with pytest.raises(SpaceChargeError, match="positive"):
        Conditions(298.15, 1e26, 30.0, 0.0, 0.1)
