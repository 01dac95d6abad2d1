# SPDX-License-Identifier: LGPL-3.0-or-later
"""Films that grow on electrodes: what a case leaves out is read from the interphase of the library that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jadeite.case import physics as described
from jadeite.case.problems import Problem
from jadeite.case.schema import Case, MaterialChoice
from jadeite.materials.library import UnknownMaterialError, load_material
from jadeite.materials.reader import PropertyReader, UsedProperty

ELECTRODES = ("plating_interface", "stripping_interface")


@dataclass(frozen=True)
class ResolvedInterphases:
    """Films of a case with all their values, by electrode, and where the values come from."""

    laws: Mapping[str, described.InterphaseLaw]
    used: tuple[UsedProperty, ...]
    problems: tuple[Problem, ...]


def resolve_interphases(case: Case, file: str) -> ResolvedInterphases:
    """Complete the films of a case from the library.

    What is named neither in the case nor in the library is a problem. A stripping electrode with the same block as the
    plating one is read once.

    Args:
        case: the checked case.
        file: name of the case file in messages.
    """
    laws: dict[str, described.InterphaseLaw] = {}
    used: list[UsedProperty] = []
    problems: list[Problem] = []
    electrodes = {name: getattr(case.physics, name) for name in ELECTRODES}
    for name, law in electrodes.items():
        given = getattr(law, "interphase", None)
        if given is None:
            continue
        if name != "plating_interface" and law == electrodes["plating_interface"]:
            # a film that could not be completed has been said once
            if "plating_interface" in laws:
                laws[name] = laws["plating_interface"]
            continue
        filled, record, missing = _complete(given, name, case.temperature, file)
        used += record
        problems += missing
        if not missing:
            laws[name] = filled
    return ResolvedInterphases(laws, tuple(used), tuple(problems))


def _complete(
    given: described.InterphaseLaw, electrode: str, temperature: float, file: str
) -> tuple[described.InterphaseLaw, list[UsedProperty], list[Problem]]:
    path = f"physics.{electrode}.interphase"
    wanted = {key: value for key, value in _OF_LIBRARY.items() if getattr(given, key, 0.0) is None}
    if given.material is None:
        lacking = [key for key in wanted if key != "activation_energy"]
        problems = [
            Problem(file, None, path, f"gives no `{key}`", suggestion="give it, or name a `material` of the library")
            for key in lacking
        ]
        return given.model_copy(update={"activation_energy": given.activation_energy or 0.0}), [], problems
    try:
        material = load_material(given.material)
    except UnknownMaterialError as error:
        return given, [], [Problem(file, None, f"{path}.material", str(error), given=given.material)]
    read = PropertyReader(electrode, material, MaterialChoice(material=given.material), temperature, file)
    update: dict[str, Any] = {}
    problems = []
    for key, (name, unit, factor) in wanted.items():
        if not material.has(name):
            if key == "activation_energy":
                update[key] = 0.0
                continue
            message = f"{material.name} has no {name} in the library"
            problems.append(Problem(file, None, path, message, suggestion=f"give `{key}`"))
            continue
        (value,) = read.library(name, unit, "growth of a film")
        update[key] = factor * value
        if key == "growth_constant" and "reference_temperature" not in given.model_fields_set:
            update["reference_temperature"] = read.reference_temperature(name)
    return given.model_copy(update=update), read.used, problems


#: Key of a case, name in the library, unit, and factor: the library's constant is that of d(x^2)/dt, twice that of
#: x dx/dt.
_OF_LIBRARY = {
    "growth_constant": ("growth_constant_parabolic", "m^2/s", 0.5),
    "parabolic_constant": ("growth_constant_parabolic", "m^2/s", 1.0),
    "activation_energy": ("growth_constant_Ea", "J/mol", 1.0),
    "ionic_conductivity": ("ionic_conductivity", "S/m", 1.0),
    "electronic_conductivity": ("electronic_conductivity", "S/m", 1.0),
}
