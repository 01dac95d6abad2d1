# SPDX-License-Identifier: LGPL-3.0-or-later
"""Properties of transport beside the ionic conductivity: electrons, dielectric, dissolved salt, heat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jadeite.materials import laws
from jadeite.materials.reader import PropertyReader


@dataclass(frozen=True, slots=True)
class TransportProperties:
    """SI values at the case's temperature; NaN where the library holds none and the case's physics needs none."""

    electronic_conductivity: float
    """S/m."""
    relative_permittivity: float
    """1."""
    salt_diffusivity: float
    """m^2/s."""
    transference_number: float
    """Share of the current that sodium ions carry in a uniform electrolyte, 1."""
    thermodynamic_factor: float
    """1 + dln f/dln c, 1."""
    thermal_conductivity: float
    """W/m/K."""


def read_transport(read: PropertyReader, needs: Mapping[str, str]) -> TransportProperties:
    """Read what a case needs of the transport properties of one role; what nothing needs is read where it is held."""

    def scalar(name: str, unit: str) -> float:
        return read.scalar(name, unit, needed_by=needs.get(name))

    return TransportProperties(
        electronic_conductivity=scalar("electronic_conductivity", "S/m"),
        relative_permittivity=scalar("relative_permittivity", "1"),
        salt_diffusivity=_salt_diffusivity(read, needs.get("salt_diffusivity")),
        transference_number=scalar("transference_number", "1"),
        thermodynamic_factor=scalar("thermodynamic_factor", "1"),
        thermal_conductivity=scalar("thermal_conductivity", "W/m/K"),
    )


def _salt_diffusivity(read: PropertyReader, needed_by: str | None) -> float:
    """The diffusivity of the salt, carried to the case's temperature where the library says how it follows it."""
    name, energy = "salt_diffusivity", "salt_diffusivity_Ea"
    value = read.scalar(name, "m^2/s", needed_by=needed_by)
    held = read.material.has(name) and not read.overrides(name) and not read.at_case_temperature(name)
    if needed_by is None or not held or not read.material.has(energy):
        return value
    (activation,) = read.library(energy, "J/mol", f"{name} at {read.temperature:.2f} K")
    return value * laws.boltzmann_factor(activation, read.reference_temperature(name), read.temperature)
