# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case says of leaking electrons has to fit together."""

import pytest
from case_text import WriteCase

from jadeite.case.loading import load_case
from jadeite.case.problems import CaseError
from jadeite.materials.resolve import resolve

PLACE = "materials:\n  electrolyte"
RULE = (
    "  width: 60 um\n",
    "  width: 60 um\n  boundary_properties:\n    electronic_conductivity: {law: constant, value: 1e-6 S/m}\n",
)


def with_physics(*lines: str) -> tuple[str, str]:
    return PLACE, "\n".join(["physics:", *(f"  {line}" for line in lines), PLACE])


def test_a_thickness_goes_with_the_conductivity_of_boundaries(write_case: WriteCase) -> None:
    plain, thick = "electronic_conduction: {}", "electronic_conduction: {boundary_thickness: 5 nm}"
    with pytest.raises(CaseError, match=r"does not say how thick the boundaries are"):
        load_case(write_case(with_physics(plain), RULE))
    with pytest.raises(CaseError, match=r"boundary_thickness: has no effect"):
        load_case(write_case(with_physics(thick)))
    load_case(write_case(with_physics(thick), RULE))


def test_a_resistance_to_electrons_needs_electrons(write_case: WriteCase) -> None:
    interface = "plating_interface: {law: linear, resistance: 1 ohm*cm^2, electronic_resistance: 5 ohm*cm^2}"
    with pytest.raises(CaseError, match=r"electronic_resistance: has no effect"):
        load_case(write_case(with_physics(interface)))
    load_case(write_case(with_physics(interface, "electronic_conduction: {}")))


def test_what_electrons_need_of_materials_is_read(write_case: WriteCase) -> None:
    path = write_case(with_physics("electronic_conduction: {}"))
    loaded = load_case(path)
    needed = {entry.property for entry in resolve(loaded.case, loaded.recipe, str(path)).used if entry.needed_by}
    assert {"electronic_conductivity", "surface_energy", "fracture_toughness"} <= needed
