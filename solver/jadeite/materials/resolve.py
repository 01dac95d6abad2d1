# SPDX-License-Identifier: LGPL-3.0-or-later
"""Material values of one case: library and overrides at the case's temperature, with a record of every value read.

Which property a value is read from follows from what the library holds and what the case's physics needs, never from a
material's name. Nothing is borrowed from another material: what is needed and missing is a problem of the case.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from jadeite.case.microstructure import Recipe
from jadeite.case.physics import (
    InterphaseLaw,
    LayerResistance,
    MisorientationResistance,
    NetworkResistance,
    NoResistance,
    SpaceChargeResistance,
)
from jadeite.case.problems import CaseError
from jadeite.case.schema import METAL_ROLE, Case
from jadeite.materials import laws
from jadeite.materials.creep import MetalFlow, read_metal_flow
from jadeite.materials.interphases import resolve_interphases
from jadeite.materials.library import load_material
from jadeite.materials.needs import away_from_electrodes, direction_averages, needs_of, salt_needs
from jadeite.materials.reader import PropertyReader, UsedProperty
from jadeite.materials.transport import TransportProperties, read_transport


@dataclass(frozen=True, slots=True, eq=False)
class Electrolyte:
    """What the solver knows of a solid electrolyte, in SI units at the case's temperature.

    A value that the case's physics does not need and the library does not hold is NaN, so that its use is seen.
    """

    role: str
    material: str
    conductivity: NDArray[np.float64]
    """(3,) principal values in the crystal frame, S/m."""
    conductivity_activation_energy: NDArray[np.float64]
    """(3,) of each principal value of the conductivity, of ln(sigma T), J/mol; NaN where none is known."""
    stiffness: NDArray[np.float64]
    """(6, 6) in the crystal frame, Pa; Voigt order 11, 22, 33, 23, 13, 12."""
    thermal_expansion: NDArray[np.float64]
    """(3,) principal values in the crystal frame, 1/K."""
    fracture_toughness: float
    """Pa m^0.5."""
    grain_boundary_toughness_ratio: float
    """Toughness of a boundary over that of a grain."""
    grain_boundary_resistance: float
    """ohm m^2; of a high-angle boundary where the law depends on misorientation; the case's physics comes first."""
    exchange_current_density: float
    """A/m^2 against sodium; used where an electrode's law does not give its own."""
    transport: TransportProperties
    """Electrons, dielectric, dissolved salt, heat."""


@dataclass(frozen=True, slots=True)
class Sodium:
    """What the solver knows of the metal, in SI units."""

    material: str
    molar_volume: float
    """m^3/mol."""
    surface_energy: float
    """J/m^2."""
    flow: MetalFlow | None = None
    """How meshed metal flows; None where none is meshed, or where it does not flow."""


@dataclass(frozen=True, slots=True, eq=False)
class ResolvedMaterials:
    """The materials of a case by role, and every property that was read to make them."""

    electrolytes: Mapping[str, Electrolyte]
    sodium: Sodium
    temperature: float
    used: tuple[UsedProperty, ...]
    interphases: Mapping[str, InterphaseLaw]
    """Films of the electrodes, `plating_interface` and `stripping_interface`, with nothing left out."""

    @property
    def low_confidence(self) -> tuple[UsedProperty, ...]:
        """The library values of low confidence that the results rest on."""
        return tuple(entry for entry in self.used if entry.confidence == "low" and entry.needed_by)


def resolve(case: Case, recipe: Recipe, file: str = "case") -> ResolvedMaterials:
    """Read the materials of a case.

    Args:
        case: the checked case.
        recipe: its microstructure.
        file: name of the case file in messages.

    Raises:
        CaseError: properties the chosen physics needs are missing; every one is listed with how to give it.
    """
    needs = needs_of(case, recipe)
    averaged, inside = direction_averages(recipe), away_from_electrodes(recipe)
    # what an electrode needs, no particle needs
    within = {name: reason for name, reason in needs.items() if name != "exchange_current_density"}
    readers = {
        role: PropertyReader(
            role, load_material(case.materials[role].material), case.materials[role], case.temperature, file
        )
        for role in (METAL_ROLE, *recipe.roles)
    }
    sodium = _sodium(readers[METAL_ROLE], case, needs)
    of_salt = {role: salt_needs(law) for role, law in case.physics.ion_transport.items()}
    electrolytes = {
        role: _electrolyte(
            readers[role],
            case,
            {**(within if role in inside else needs), **of_salt.get(role, {})},
            role not in averaged,
        )
        for role in recipe.roles
    }
    films = resolve_interphases(case, file)
    problems = [problem for reader in readers.values() for problem in reader.problems] + [*films.problems]
    if problems:
        raise CaseError(problems)
    used = tuple(entry for reader in readers.values() for entry in reader.used) + films.used
    return ResolvedMaterials(MappingProxyType(electrolytes), sodium, case.temperature, used, films.laws)


def _sodium(read: PropertyReader, case: Case, needs: Mapping[str, str]) -> Sodium:
    mechanics, needed_by = case.physics.mechanics, needs.get("metal_flow")
    flow = None
    if mechanics is not None and needed_by is not None:
        flow = read_metal_flow(read, mechanics.metal, needed_by)
    return Sodium(
        material=read.material.name,
        molar_volume=read.scalar("molar_volume", "m^3/mol", needed_by="plating"),
        surface_energy=read.scalar("surface_energy", "J/m^2", needed_by=needs.get("sodium_surface_energy")),
        flow=flow,
    )


def _electrolyte(read: PropertyReader, case: Case, needs: Mapping[str, str], uniaxial: bool) -> Electrolyte:
    def scalar(name: str, unit: str, library_name: str | None = None) -> float:
        return read.scalar(library_name or name, unit, override=name, needed_by=needs.get(name))

    conductivity, activation_energy = _conductivity(read, needs, uniaxial)
    return Electrolyte(
        role=read.role,
        material=read.material.name,
        conductivity=conductivity,
        conductivity_activation_energy=activation_energy,
        stiffness=_stiffness(read, needs.get("stiffness"), uniaxial),
        thermal_expansion=_thermal_expansion(read, needs.get("thermal_expansion"), uniaxial),
        fracture_toughness=scalar("fracture_toughness", "Pa*m^0.5"),
        grain_boundary_toughness_ratio=scalar("grain_boundary_toughness_ratio", "1", "fracture_toughness_gb_ratio"),
        grain_boundary_resistance=_grain_boundary_resistance(read, case, needs.get("grain_boundary_resistance")),
        exchange_current_density=_exchange_current_density(read, needs.get("exchange_current_density")),
        transport=read_transport(read, needs),
    )


_CONDUCTIVITY_SOURCES = {
    "sigma_bulk": ("Ea_bulk",),
    "sigma_total": ("Ea_total", "Ea_total_below_transition", "Ea_total_low_T"),
    "sigma_total_298K": ("Ea_total_amorphous",),
    "sigma_total_353K": ("Ea_total_amorphous",),
}
"""Library names of a scalar conductivity, grain interior first, with those of its activation energy."""

_POLYMER_CONDUCTIVITIES = ("sigma_total_298K", "sigma_total_353K")
"""Values of one polymer at several temperatures: below its melting point and above it."""

_EXPANSION_SOURCES = ("thermal_expansion_linear_poly", "thermal_expansion_linear")


def _conductivity(
    read: PropertyReader, needs: Mapping[str, str], uniaxial: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return principal conductivities and the activation energy of each; that of a value of the case is the case's."""
    needed_by, energy_needed_by = needs.get("conductivity"), needs.get("conductivity_activation_energy")
    if needed_by is None:
        return np.full(3, math.nan), np.full(3, math.nan)
    scalar = _scalar_conductivity(read)
    crystal = ("sigma_in_plane", "sigma_c_axis")
    layered = uniaxial and all(read.material.has(name) for name in crystal)
    replaces = crystal if layered else () if scalar is None else (scalar,)
    given = read.override("conductivity", "S/m", replaces=replaces, needed_by=needed_by)
    if given is not None:
        energy = read.override("conductivity_activation_energy", "J/mol", needed_by=energy_needed_by)
        return _principal(given), _principal(energy or (math.nan,))
    if layered:
        in_plane = _conductivity_at(read, crystal[0], ("Ea_in_plane",), energy_needed_by)
        c_axis = _conductivity_at(read, crystal[1], ("Ea_c_axis",), energy_needed_by)
        return laws.uniaxial(in_plane[0], c_axis[0]), laws.uniaxial(in_plane[1], c_axis[1])
    if scalar is not None:
        value, of_value = _conductivity_at(read, scalar, _CONDUCTIVITY_SOURCES[scalar], energy_needed_by)
        return _principal((value,)), _principal((of_value,))
    read.missing("ionic conductivity" + ("" if uniaxial else " averaged over directions"), "conductivity", needed_by)
    return np.full(3, math.nan), np.full(3, math.nan)


def _scalar_conductivity(read: PropertyReader) -> str | None:
    """Name of the conductivity to read: of several temperatures the nearest, otherwise the grain interior first."""
    of_polymer = [name for name in _POLYMER_CONDUCTIVITIES if read.material.has(name)]
    if of_polymer:
        return min(of_polymer, key=lambda name: abs(read.reference_temperature(name) - read.temperature))
    return next((name for name in _CONDUCTIVITY_SOURCES if read.material.has(name)), None)


def _conductivity_at(
    read: PropertyReader, name: str, energies: tuple[str, ...], energy_needed_by: str | None
) -> tuple[float, float]:
    """Return a library conductivity at the case's temperature and its activation energy; NaN when there is none."""
    (value,) = read.library(name, "S/m", "conduction")
    there = read.at_case_temperature(name)
    needed_by = energy_needed_by if there else _carrying(read, name)
    override = "conductivity_activation_energy"
    held = tuple(energy for energy in energies if read.material.has(energy))[:1]
    given = read.override(override, "J/mol", replaces=held, needed_by=needed_by)
    energy = _activation_energy(read, name, held, override, needed_by) if given is None else given[0]
    if there:
        return value, energy
    return laws.arrhenius_conductivity(value, read.reference_temperature(name), energy, read.temperature), energy


def _carrying(read: PropertyReader, name: str) -> str:
    """What needs the activation energy of a library value: to carry it to the case's temperature."""
    return f"{name} at {read.temperature:.2f} K"


def _activation_energy(
    read: PropertyReader, name: str, energies: tuple[str, ...], override: str, needed_by: str | None
) -> float:
    """Return the activation energy of a library value in J/mol; NaN when there is none, a problem if it is needed."""
    for energy in energies:
        if read.material.has(energy):
            return read.library(energy, "J/mol", needed_by)[0]
    if needed_by is not None:
        read.missing(f"activation energy for {name}", override, needed_by)
    return math.nan


def _stiffness(read: PropertyReader, needed_by: str | None, uniaxial: bool) -> NDArray[np.float64]:
    constants = read.override(
        "stiffness", "Pa", replaces=("elastic_Cij", "youngs_modulus", "poisson_ratio"), needed_by=needed_by
    )
    crystal = uniaxial and read.material.has("elastic_Cij")
    if constants is None and crystal and not read.overrides("youngs_modulus", "poisson_ratio"):
        constants = read.library("elastic_Cij", "Pa", needed_by)
    if constants is not None:
        try:
            return laws.stiffness_from_constants(constants)
        except ValueError as error:
            read.problem(str(error), "check `stiffness`: C11, C12, C44 or C11, C12, C13, C33, C44")
            return np.full((6, 6), math.nan)
    youngs_modulus = read.scalar("youngs_modulus", "Pa", needed_by=needed_by)
    poisson_ratio = read.scalar("poisson_ratio", "1", needed_by=needed_by)
    return laws.isotropic_stiffness(youngs_modulus, poisson_ratio)


def _thermal_expansion(read: PropertyReader, needed_by: str | None, uniaxial: bool) -> NDArray[np.float64]:
    crystal = uniaxial and read.material.has("thermal_expansion_anisotropic")
    name = "thermal_expansion_anisotropic" if crystal else next(filter(read.material.has, _EXPANSION_SOURCES), None)
    given = read.override("thermal_expansion", "1/K", replaces=() if name is None else (name,), needed_by=needed_by)
    if given is not None:
        return _principal(given)
    if name is None:
        if needed_by is not None:
            read.missing("thermal expansion", "thermal_expansion", needed_by)
        return np.full(3, math.nan)
    values = read.library(name, "1/K", needed_by)
    return laws.uniaxial(*values) if crystal else _principal(values)


def _grain_boundary_resistance(read: PropertyReader, case: Case, needed_by: str | None) -> float:
    law, name = case.physics.grain_boundaries, "gb_area_specific_resistance"
    if isinstance(law, NoResistance):
        return 0.0
    if isinstance(law, NetworkResistance | LayerResistance | SpaceChargeResistance):
        return math.nan
    key = "high_angle_resistance" if isinstance(law, MisorientationResistance) else "resistance"
    in_case = law.high_angle_resistance if isinstance(law, MisorientationResistance) else law.resistance
    if in_case is not None:
        path = f"physics.grain_boundaries.{key}"
        read.given_by_case(path, "grain_boundary_resistance", (in_case,), "ohm*m^2", "", (name,), needed_by)
        if law.activation_energy is None:
            return in_case
        return laws.arrhenius_resistance(in_case, law.reference_temperature, law.activation_energy, read.temperature)
    value = read.scalar(name, "ohm*m^2", override="grain_boundary_resistance", needed_by=needed_by)
    if math.isnan(value) or read.overrides("grain_boundary_resistance") or read.at_case_temperature(name):
        return value
    if needed_by is None and not read.material.has("Ea_gb"):
        return math.nan
    # the same form as conduction in grains: T/R follows exp(-Ea/RT), see arrhenius_resistance
    energy = _activation_energy(read, name, ("Ea_gb",), "grain_boundary_resistance", _carrying(read, name))
    return laws.arrhenius_resistance(value, read.reference_temperature(name), energy, read.temperature)


def _exchange_current_density(read: PropertyReader, needed_by: str | None) -> float:
    name = "exchange_current_density_Na"
    value = read.scalar(name, "A/m^2", override="exchange_current_density", needed_by=needed_by)
    if math.isnan(value) or read.overrides("exchange_current_density") or read.at_case_temperature(name):
        return value
    if needed_by is None and not read.material.has("exchange_current_Ea"):
        return math.nan
    energy = _activation_energy(read, name, ("exchange_current_Ea",), "exchange_current_density", _carrying(read, name))
    return laws.arrhenius_exchange_current(value, read.reference_temperature(name), energy, read.temperature)


def _principal(values: tuple[float, ...]) -> NDArray[np.float64]:
    return np.full(3, values[0]) if len(values) == 1 else np.array(values)
