# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rules of the protocol `effective_properties`, and of heat."""

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError

MATERIAL = (
    CASE.replace("  flaws:\n    - {name: deep, position: 20 um, depth: 12 um, mouth_width: 0.3 um}\n", "")
    .replace("  unwetted_patches:\n    - {name: void, start: 40 um, end: 48 um}\n", "")
    .replace("  current_density: 1 mA/cm^2\n", "  law: effective_properties\n")
)


def problems_of(write_case: WriteCase, *changes: tuple[str, str], text: str = MATERIAL) -> str:
    with pytest.raises(CaseError) as error:
        load_case(write_case(*changes, text=text))
    return str(error.value)


def test_a_microstructure_alone_is_a_material(write_case: WriteCase) -> None:
    assert load_case(write_case(text=MATERIAL)).case.protocol.law == "effective_properties"


def test_what_belongs_to_a_cell_is_refused(write_case: WriteCase) -> None:
    text = CASE.replace("  current_density: 1 mA/cm^2\n", "  law: effective_properties\n")
    assert "the microstructure has flaws and unwetted patches" in problems_of(write_case, text=text)
    revolved = ("  width: 60 um\n", "  width: 60 um\n  coordinates: axisymmetric\n")
    assert "a body of revolution does not have" in problems_of(write_case, revolved)


def test_periodic_needs_a_recipe_that_repeats(write_case: WriteCase) -> None:
    asked = ("  law: effective_properties\n", "  law: effective_properties\n  boundary_conditions: periodic\n")
    assert "continues itself along x" in problems_of(write_case, asked)
    load_case(write_case(asked, ("  width: 60 um\n", "  width: 60 um\n  periodic: [x]\n"), text=MATERIAL))


def test_values_of_one_temperature_are_not_used_at_another(write_case: WriteCase) -> None:
    given = ("{material: NZSP_x2}", "{material: NZSP_x2, override: {conductivity: 0.1 S/m}}")
    at = "  law: effective_properties\n"
    swept = (at, at + "  temperatures: [25 degC, 60 degC]\n")
    load_case(write_case(given, (at, at + "  temperatures: [25 degC]\n"), text=MATERIAL))
    assert "materials.electrolyte.override.conductivity: holds at the case's" in problems_of(write_case, given, swept)
    law = "physics:\n  grain_boundaries: {law: constant, resistance: 0.1 ohm*cm^2}\n"
    assert "physics.grain_boundaries.resistance" in problems_of(write_case, swept, text=MATERIAL + law)
    energy = law.replace("cm^2}", "cm^2, activation_energy: 35 kJ/mol}")
    load_case(write_case(swept, text=MATERIAL + energy))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "resistance: 0.1 ohm*cm^2",
            "resistance: 0.1 ohm*cm^2, activation_energy: 30 kJ/mol, surface_conductance: 1 nS",
        ),
        ("law: constant, resistance: 0.1 ohm*cm^2", "law: layer, thickness: 5 nm, conductivity: 1 mS/m"),
    ],
)
def test_laws_of_boundaries_hold_at_one_temperature_unless_they_say_more(
    write_case: WriteCase, old: str, new: str
) -> None:
    law = "physics:\n  grain_boundaries: {law: constant, resistance: 0.1 ohm*cm^2}\n".replace(old, new)
    at = "  law: effective_properties\n"
    load_case(write_case(text=MATERIAL + law))
    found = problems_of(write_case, (at, at + "  temperatures: [25 degC, 60 degC]\n"), text=MATERIAL + law)
    assert "holds at the case's temperature" in found


def test_resistances_of_a_recipe_hold_at_one_temperature(write_case: WriteCase) -> None:
    network = "  boundary_properties:\n    area_specific_resistance: {law: constant, value: 7 ohm*cm^2}\n"
    given, at = ("  width: 60 um\n", "  width: 60 um\n" + network), "  law: effective_properties\n"
    load_case(write_case(given, text=MATERIAL))
    found = problems_of(write_case, given, (at, at + "  temperatures: [25 degC, 60 degC]\n"))
    assert "protocol.temperatures: lists several" in found


def test_values_are_listed_once(write_case: WriteCase) -> None:
    at = "  law: effective_properties\n"
    assert "protocol.magnifications: lists a value twice" in problems_of(
        write_case, (at, at + "  magnifications: [1, 2, 1]\n")
    )


def test_heat_is_for_steady_states(write_case: WriteCase) -> None:
    heat = "physics:\n  heat: {thermal_conductivity: 1 W/m/K}\n"
    load_case(write_case(text=CASE + heat))
    assert "is not part of effective properties" in problems_of(write_case, text=MATERIAL + heat)
    curve = ("  current_density: 1 mA/cm^2\n", "  law: polarisation\n  current_densities: [1 mA/cm^2]\n")
    assert "the protocol is `polarisation`" in problems_of(write_case, curve, text=CASE + heat)


def test_heat_is_not_solved_with_resolved_ions(write_case: WriteCase) -> None:
    ions = "{law: nernst_planck_poisson, carrier_density: 1e26 1/m^3, relative_permittivity: 30}"
    laws = "  grain_boundaries: {law: none}\n  plating_interface: {law: ideal}\n"
    physics = f"physics:\n  ion_transport: {{electrolyte: {ions}}}\n{laws}  heat: {{thermal_conductivity: 1 W/m/K}}\n"
    text = MATERIAL.replace("law: effective_properties", "current_density: 1 mA/cm^2") + physics
    assert "physics.heat: is not solved with nernst_planck_poisson" in problems_of(write_case, text=text)
