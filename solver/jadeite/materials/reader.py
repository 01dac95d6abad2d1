# SPDX-License-Identifier: LGPL-3.0-or-later
"""Reads single values for one role: override first, then library; records each value read and each one missing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jadeite.case.problems import Problem
from jadeite.case.schema import MaterialChoice
from jadeite.materials.library import Material, Property

SAME_TEMPERATURE = 0.01
"""Temperatures in K closer than this are equal: a library value at its own temperature needs no activation energy."""

_OVERRIDE_EXAMPLES = {
    "conductivity": "0.1 S/m",
    "conductivity_activation_energy": "30 kJ/mol",
    "youngs_modulus": "80 GPa",
    "poisson_ratio": "0.26",
    "stiffness": "[365 GPa, 120 GPa, 110 GPa, 391 GPa, 60 GPa]",
    "thermal_expansion": "9e-6 1/K",
    "fracture_toughness": "1.3 MPa*m^0.5",
    "grain_boundary_toughness_ratio": "0.7",
    "surface_energy": "0.6 J/m^2",
    "grain_boundary_resistance": "0.05 ohm*cm^2",
    "exchange_current_density": "25 mA/cm^2",
    "molar_volume": "23.7 cm^3/mol",
    "electronic_conductivity": "1e-7 S/m",
    "relative_permittivity": "30",
    "salt_diffusivity": "1e-12 m^2/s",
    "transference_number": "0.3",
    "thermodynamic_factor": "1",
    "thermal_conductivity": "2 W/m/K",
}


@dataclass(frozen=True, slots=True)
class UsedProperty:
    """A material value that was read for a case, with what is needed to cite it.

    `value` is in `unit` (SI) and, from the library, at `temperature` in K. `needed_by` says what needs it; it is empty
    for a value that was there to be read and that no chosen physics asks for. For an overridden value `source` names
    the case file, and `replaces` the library's value.
    """

    role: str
    material: str
    property: str
    value: tuple[float, ...]
    unit: str
    temperature: float | None
    source: str
    confidence: str
    basis: str
    note: str
    overridden: bool
    replaces: str
    needed_by: str


class PropertyReader:
    """Reads the values of one role and keeps `used` and `problems`."""

    def __init__(self, role: str, material: Material, choice: MaterialChoice, temperature: float, file: str) -> None:
        self.role = role
        self.material = material
        self.temperature = temperature
        self.used: list[UsedProperty] = []
        self.problems: list[Problem] = []
        self._choice = choice
        self._file = file

    def scalar(self, property: str, unit: str, *, override: str | None = None, needed_by: str | None) -> float:
        """Return a value in SI units: the override of that name, or the library's.

        Args:
            property: name in the library.
            unit: SI unit expected.
            override: name of the override when it differs from the library's.
            needed_by: what needs the value, for the message when it is missing; None when nothing does.

        Returns:
            the value; NaN when it is missing (a problem is noted if something needs it).
        """
        key = override or property
        replaced = self.override(key, unit, replaces=(property,), needed_by=needed_by)
        if replaced is not None:
            return replaced[0]
        if self.material.has(property):
            return self.library(property, unit, needed_by)[0]
        if needed_by is not None:
            self.missing(property, key, needed_by)
        return math.nan

    def library(self, property: str, unit: str, needed_by: str | None) -> tuple[float, ...]:
        """Return a library value in SI units and record it; raises `UnknownPropertyError` when there is none."""
        entry = self.material.property(property)
        values = entry.si(unit)
        self.used.append(
            UsedProperty(
                role=self.role,
                material=self.material.name,
                property=property,
                value=values,
                unit=unit,
                temperature=entry.temperature,
                source=entry.source.reference,
                confidence=entry.confidence,
                basis=entry.basis,
                note=entry.note,
                overridden=False,
                replaces="",
                needed_by=needed_by or "",
            )
        )
        return values

    def override(
        self, key: str, unit: str, *, replaces: tuple[str, ...] = (), needed_by: str | None = None
    ) -> tuple[float, ...] | None:
        """Return the case's own value and record it with the library values it replaces; None when there is none."""
        value = getattr(self._choice.override, key)
        if value is None:
            return None
        values = value if isinstance(value, tuple) else (value,)
        source = self._choice.override_source or "no source given"
        self.given_by_case(f"materials.{self.role}.override.{key}", key, values, unit, source, replaces, needed_by)
        return values

    def overrides(self, *keys: str) -> bool:
        """Whether the case overrides any of these values."""
        return any(getattr(self._choice.override, key) is not None for key in keys)

    def given_by_case(
        self,
        path: str,
        name: str,
        values: tuple[float, ...],
        unit: str,
        source: str,
        replaces: tuple[str, ...],
        needed_by: str | None,
    ) -> None:
        """Record a value that the case file gives at `path` in place of library properties."""
        held = [self.material.property(property) for property in replaces if self.material.has(property)]
        self.used.append(
            UsedProperty(
                role=self.role,
                material=self.material.name,
                property=name,
                value=values,
                unit=unit,
                temperature=self.temperature,
                source=f"case file, {path} ({source})" if source else f"case file, {path}",
                confidence="given",
                basis="case file",
                note="",
                overridden=True,
                replaces="; ".join(_in_words(entry) for entry in held),
                needed_by=needed_by or "",
            )
        )

    def at_case_temperature(self, property: str) -> bool:
        """Whether a library value already holds at the case's temperature."""
        return abs(self.reference_temperature(property) - self.temperature) < SAME_TEMPERATURE

    def reference_temperature(self, property: str) -> float:
        """Return the temperature in K at which a library value holds; raises `ValueError` when it is not stated."""
        temperature = self.material.property(property).temperature
        if temperature is None:
            raise ValueError(f"the library does not say at which temperature {property} of {self.material.name} holds")
        return temperature

    def missing(self, what: str, override: str, needed_by: str) -> None:
        """Note that something is missing which `needed_by` needs, and how to give it."""
        example = f"{override}: {_OVERRIDE_EXAMPLES[override]}"
        path = f"materials.{self.role}"
        self.problem(f"{self.material.name} has no {what} in the library, which {needed_by} needs",
                     f"give `{example}` under `{path}.override`")  # fmt: skip

    def problem(self, message: str, suggestion: str) -> None:
        """Note a problem of this role."""
        problem = Problem(self._file, None, f"materials.{self.role}", message, suggestion=suggestion)
        if problem not in self.problems:
            self.problems.append(problem)


def _in_words(entry: Property) -> str:
    values = entry.value if isinstance(entry.value, tuple) else (entry.value,)
    numbers = ", ".join(f"{value:g}" for value in values if value is not None)
    unit = "" if entry.unit == "1" else f" {entry.unit}"
    return f"{entry.name} {numbers}{unit} ({entry.source.reference}; confidence {entry.confidence})"
