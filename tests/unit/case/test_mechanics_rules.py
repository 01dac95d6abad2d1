# SPDX-License-Identifier: LGPL-3.0-or-later
"""Mechanics that a study does not solve may be left out or be none, and no material value is asked for it."""

import pytest
from case_text import CASE, WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.materials.resolve import resolve

WITHOUT_FLAWS = CASE.replace(
    "  flaws:\n    - {name: deep, position: 20 um, depth: 12 um, mouth_width: 0.3 um}\n", ""
).replace("  unwetted_patches:\n    - {name: void, start: 40 um, end: 48 um}\n", "")
STEADY = "  current_density: 1 mA/cm^2\n"
IMPEDANCE = (STEADY, "  law: impedance\n")
IONS = "{law: nernst_planck_poisson, carrier_density: 1e26 1/m^3}"
SALT = "{law: binary_electrolyte, salt_diffusivity: 1e-11 m^2/s, transference_number: 0.3, thermodynamic_factor: 1}"
#: A material without toughness, toughness of boundaries and permittivity in the library.
CRYSTAL = ("{material: NZSP_x2}", "{material: Na_beta2_alumina_crystal}")
BLOCK = "mechanics: {stack_pressure: 1 MPa}"


def physics(*lines: str) -> str:
    return WITHOUT_FLAWS + "\n".join(
        ["physics:", "  grain_boundaries: {law: none}", *(f"  {line}" for line in lines), ""]
    )


def transport(law: str) -> tuple[str, ...]:
    return f"ion_transport: {{electrolyte: {law}}}", "plating_interface: {law: ideal}"


UNSOLVED = pytest.mark.parametrize(
    ("lines", "changes", "instead"),
    [
        ((), (IMPEDANCE,), "the protocol `impedance`"),
        ((), ((STEADY, "  law: effective_properties\n"),), "the protocol `effective_properties`"),
        (transport(IONS), (), "nernst_planck_poisson"),
        (transport(SALT), (), "binary_electrolyte"),
    ],
)


@UNSOLVED
def test_mechanics_that_is_not_solved_is_refused(
    write_case: WriteCase, lines: tuple[str, ...], changes: tuple[tuple[str, str], ...], instead: str
) -> None:
    with pytest.raises(CaseError) as error:
        load_case(write_case(*changes, text=physics(*lines, BLOCK)))
    (problem,) = error.value.problems
    assert f"physics.mechanics: is not solved with {instead}" in str(problem)


@UNSOLVED
def test_mechanics_left_out_is_accepted_there(
    write_case: WriteCase, lines: tuple[str, ...], changes: tuple[tuple[str, str], ...], instead: str
) -> None:
    for more in ((), ("mechanics: none",)):
        load_case(write_case(*changes, text=physics(*lines, *more)))


def test_a_block_that_cannot_be_read_in_full_is_seen(write_case: WriteCase) -> None:
    with pytest.raises(CaseError) as error:
        load_case(write_case(IMPEDANCE, text=physics("mechanics: {stack_pressure: 1 MPaa}")))
    assert any("is not solved with the protocol `impedance`" in str(problem) for problem in error.value.problems)


def test_only_studies_that_solve_mechanics_ask_for_its_values(write_case: WriteCase) -> None:
    text = CASE + "physics:\n  grain_boundaries: {law: none}\n  plating_interface: {law: ideal}\n"
    steady = load_case(write_case(CRYSTAL, text=text))
    with pytest.raises(CaseError, match="fracture_toughness"):
        resolve(steady.case, steady.recipe)
    permittivity = ("crystal}", "crystal, override: {relative_permittivity: 30}}")
    small_signal = load_case(write_case(CRYSTAL, permittivity, IMPEDANCE, text=text))
    used = resolve(small_signal.case, small_signal.recipe).used
    assert {entry.needed_by for entry in used if entry.needed_by} == {"conduction", "impedance", "plating"}


def test_resolved_layers_take_the_permittivity_of_their_ions(write_case: WriteCase) -> None:
    law = "{law: space_charge, core_charge: 0.07 C/m^2, carrier_density: 1e26 1/m^3}"
    text = physics("plating_interface: {law: ideal}", "mechanics: none").replace("{law: none}", law)
    given = IONS.replace("}", ", relative_permittivity: 30}")

    def resolved(*lines: str) -> None:
        loaded = load_case(write_case(CRYSTAL, text=text + "".join(f"  {line}\n" for line in lines)))
        resolve(loaded.case, loaded.recipe)

    with pytest.raises(CaseError, match="space_charge law of grain boundaries"):
        resolved()
    with pytest.raises(CaseError, match="nernst_planck_poisson law of ion transport"):
        resolved(f"ion_transport: {{electrolyte: {IONS}}}")
    resolved(f"ion_transport: {{electrolyte: {given}}}")
