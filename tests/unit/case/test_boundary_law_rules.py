# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a law of boundaries may say: what has an effect, and what resolved space charge takes from it."""

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

NETWORK = (
    "  width: 60 um\n",
    "  width: 60 um\n  boundary_properties:\n    area_specific_resistance: {law: constant, value: 7 ohm*cm^2}\n",
)
LAW = "law: space_charge, core_charge: 0.07 C/m^2, carrier_density: 1e26 1/m^3"
IONS = "law: nernst_planck_poisson, carrier_density: 1e26 1/m^3, relative_permittivity: 30"


def problems_of(write_case: WriteCase, *changes: tuple[str, str], text: str) -> str:
    try:
        load_case(write_case(*changes, text=text))
    except CaseError as error:
        return "\n".join(str(problem) for problem in error.problems)
    return ""


def boundaries(law: str) -> str:
    return CASE + f"physics:\n  grain_boundaries: {{{law}}}\n"


def test_a_capacitance_needs_a_resistance(write_case: WriteCase) -> None:
    stores = boundaries("law: none, capacitance: 9 uF/cm^2")
    assert "capacitance: has no effect" in problems_of(write_case, text=stores)
    assert problems_of(write_case, NETWORK, text=stores) == ""


@pytest.mark.parametrize(
    "law",
    [
        "law: constant, resistance: 1 ohm*cm^2",
        "law: misorientation, high_angle_resistance: 1 ohm*cm^2",
        "law: layer, thickness: 5 nm, conductivity: 1 mS/m",
    ],
)
def test_a_reference_temperature_needs_an_activation_energy(write_case: WriteCase, law: str) -> None:
    given = law + ", reference_temperature: 60 degC"
    assert "reference_temperature: has no effect" in problems_of(write_case, text=boundaries(given))
    assert problems_of(write_case, text=boundaries(given + ", activation_energy: 30 kJ/mol")) == ""
    assert problems_of(write_case, text=boundaries(law)) == ""


def resolved(law: str, ions: str = IONS) -> str:
    without = CASE.replace("  flaws:\n    - {name: deep, position: 20 um, depth: 12 um, mouth_width: 0.3 um}\n", "")
    return without + (
        f"physics:\n  grain_boundaries: {{{law}}}\n  ion_transport: {{electrolyte: {{{ions}}}}}\n"
        "  plating_interface: {law: ideal}\n"
    )


@pytest.mark.parametrize(
    ("law", "ions", "says"),
    [
        (LAW + ", relative_permittivity: 40", IONS, "relative_permittivity: is 30, but grain_boundaries says 40"),
        (
            LAW + ", closure: site_limited, site_density: 5e27 1/m^3",
            IONS + ", site_density: 6e27 1/m^3",
            "site_density: is 6e+27 1/m^3, but grain_boundaries says 5e+27 1/m^3 in the same grains",
        ),
        (
            LAW + ", closure: site_limited, site_density: 5e27 1/m^3",
            IONS,
            "add `site_density: 5e+27 1/m^3` to physics.ion_transport.electrolyte",
        ),
        (LAW + ", surface_conductance: 1e-9 S", IONS, "surface_conductance: is not solved with"),
        ("law: none, surface_conductance: 1e-9 S", IONS, "surface_conductance: is not solved with"),
        (LAW + ", capacitance: 9 uF/cm^2", IONS, "capacitance: has no effect with nernst_planck_poisson"),
    ],
)
def test_resolved_layers_follow_their_ions(write_case: WriteCase, law: str, ions: str, says: str) -> None:
    found = problems_of(write_case, text=resolved(law, ions))
    assert says in found
    assert "\n" not in found.strip().replace("\n  ", " "), found


def test_both_may_say_the_same(write_case: WriteCase) -> None:
    same = ", site_density: 5e27 1/m^3, relative_permittivity: 30"
    ions = IONS.replace(", relative_permittivity: 30", same)
    assert problems_of(write_case, text=resolved(LAW + same + ", closure: site_limited", ions)) == ""
    assert problems_of(write_case, text=resolved(LAW)) == ""
