# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a case cannot ask of a microstructure as a material, and of heat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jadeite.case.finding import Finding

#: Temperatures in K closer than this are equal.
_SAME_TEMPERATURE = 0.01

#: What belongs to a cell and not to a material.
_OF_CELLS = {
    "flaws": "flaws",
    "flaw_population": "flaws",
    "grooves": "grooves",
    "unwetted_patches": "unwetted patches",
    "unwetted_area": "unwetted patches",
}


def effective_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield what the protocol `effective_properties` cannot be combined with."""
    protocol = case.protocol
    if getattr(protocol, "law", None) != "effective_properties":
        return
    yield from _of_microstructure(protocol, recipe)
    for name in ("electronic_conduction", "heat"):
        if getattr(case.physics, name, None) is not None:
            yield Finding(
                ("physics", name), "is not part of effective properties", suggestion=f"leave `{name}` out, or `none`"
            )
    for name in ("temperatures", "magnifications"):
        values = getattr(protocol, name, None) or ()
        if len(set(values)) < len(values):
            yield Finding(("protocol", name), "lists a value twice", suggestion="list each value once")
    yield from _of_temperatures(case, recipe)


def heat_findings(case: Any, recipe: Any) -> Iterator[Finding]:
    """Yield the protocols and the ion transport that heat is not solved with."""
    if getattr(case.physics, "heat", None) is None:
        return
    law = getattr(case.protocol, "law", None)
    transport = getattr(case.physics, "ion_transport", None) or {}
    if any(getattr(ions, "law", None) == "nernst_planck_poisson" for ions in transport.values()):
        yield Finding(
            ("physics", "heat"), "is not solved with nernst_planck_poisson", suggestion="leave `heat` out, or `none`"
        )
    elif law not in (None, "steady", "effective_properties"):
        yield Finding(
            ("physics", "heat"),
            f"is solved for steady states, and the protocol is `{law}`",
            suggestion="use the protocol `steady`, or leave `heat` out",
        )


def _of_microstructure(protocol: Any, recipe: Any) -> Iterator[Finding]:
    if recipe is None:
        return
    if getattr(recipe, "coordinates", None) == "axisymmetric":
        yield Finding(
            ("protocol", "law"),
            "asks for a conductivity tensor, which a body of revolution does not have",
            suggestion="use plane coordinates or three dimensions",
        )
    found = {words for name, words in _OF_CELLS.items() if getattr(recipe, name, None)}
    if found:
        yield Finding(
            ("protocol", "law"),
            f"asks for the properties of a material, but the microstructure has {' and '.join(sorted(found))}",
            suggestion="leave them out; pores and cracks count as holes",
        )
    needed = {"x", "z"} if getattr(recipe, "dimension", 2) == 3 else {"x"}
    missing = sorted(needed - set(getattr(recipe, "periodic", None) or ()))
    if protocol.boundary_conditions == "periodic" and missing:
        yield Finding(
            ("protocol", "boundary_conditions"),
            f"`periodic` needs a microstructure that continues itself along {' and '.join(sorted(needed))}",
            suggestion=f"give `periodic: [{', '.join(sorted(needed))}]` in the recipe, or use `automatic`",
        )


def _of_temperatures(case: Any, recipe: Any) -> Iterator[Finding]:
    """What a case gives without saying how it follows temperature holds at one temperature only."""
    own, listed = case.temperature, [value for value in case.protocol.temperatures or () if value is not None]
    if own is None or all(abs(value - own) < _SAME_TEMPERATURE for value in listed):
        return
    for role, choice in (case.materials or {}).items():
        override = getattr(choice, "override", None)
        for name in ("conductivity", "grain_boundary_resistance"):
            if getattr(override, name, None) is not None:
                yield Finding(
                    ("materials", role, "override", name),
                    "holds at the case's temperature, and the protocol lists others",
                    suggestion="leave the library's value, or list one temperature",
                )
    law = getattr(case.physics, "grain_boundaries", None)
    carried = ["resistance", "high_angle_resistance"]
    if getattr(law, "law", None) == "layer":
        carried.append("conductivity")
    for name in carried:
        if getattr(law, name, None) is not None and getattr(law, "activation_energy", None) is None:
            yield Finding(
                ("physics", "grain_boundaries", name),
                "holds at the case's temperature, and the protocol lists others",
                suggestion="give its `activation_energy`",
            )
    if getattr(law, "surface_conductance", None):
        yield Finding(
            ("physics", "grain_boundaries", "surface_conductance"),
            "holds at the case's temperature, and the protocol lists others",
            suggestion="use `law: layer` with an `activation_energy`, or list one temperature",
        )
    if getattr(getattr(recipe, "boundary_properties", None), "area_specific_resistance", None) is not None:
        yield Finding(
            ("protocol", "temperatures"),
            "lists several, but `boundary_properties.area_specific_resistance` of the recipe holds at one",
            suggestion="leave it out of the recipe, or list one temperature",
        )
