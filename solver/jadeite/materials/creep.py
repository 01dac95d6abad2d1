# SPDX-License-Identifier: LGPL-3.0-or-later
"""How the metal of a case flows: its law with the library's values and the case's own, at the case's temperature.

Power-law creep of the library is rate = A stress^n with A at room temperature and an activation energy of the rate. A
case may replace it as a whole (exponent, and the rate under a reference stress) or the activation energy alone: the
coefficient of one exponent means nothing with another one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from jadeite.case.physics.metal import LinearViscousMetal, MetalFlowLaw, NortonCreep, RateDependentPlasticity
from jadeite.materials import laws
from jadeite.materials.reader import PropertyReader

#: Temperature (K) of the rates and viscosities that a case gives: 25 degC.
ROOM_TEMPERATURE = 298.15
#: Stress (Pa) at which the rate of a library's coefficient is stated.
_LIBRARY_STRESS = 1e6

_COEFFICIENT, _EXPONENT, _ENERGY = "creep_norton_A_at_298K", "creep_norton_n", "creep_norton_Q"


@dataclass(frozen=True, slots=True)
class PowerLawCreep:
    """Strain rate = reference rate (stress / reference stress)^exponent at the case's temperature, uniaxial."""

    exponent: float
    reference_stress: float
    """Pa."""
    reference_rate: float
    """1/s."""


@dataclass(frozen=True, slots=True)
class LinearViscosity:
    """Deviatoric stress = 2 viscosity times strain rate at the case's temperature."""

    viscosity: float
    """Pa s."""


@dataclass(frozen=True, slots=True)
class Overstress:
    """Plastic strain rate = reference rate (stress / yield stress - 1)^exponent above the yield stress, uniaxial."""

    yield_stress: float
    """At vanishing rate and plastic strain, Pa."""
    reference_rate: float
    """1/s."""
    exponent: float
    hardening_modulus: float
    """Rise of the yield stress per plastic strain, Pa."""


MetalFlow = PowerLawCreep | LinearViscosity | Overstress


def read_metal_flow(read: PropertyReader, law: MetalFlowLaw, needed_by: str) -> MetalFlow | None:
    """Return how the metal flows, None where it does not; what is missing becomes a problem of the reader.

    Args:
        read: reader of the metal.
        law: `physics.mechanics.metal` of the case.
        needed_by: what needs it, for messages and the record of values.
    """
    if isinstance(law, NortonCreep):
        return _norton(read, law, needed_by)
    if isinstance(law, LinearViscousMetal):
        read.given_by_case(_path("viscosity"), "viscosity", (law.viscosity,), "Pa*s", "", (), needed_by)
        faster = laws.boltzmann_factor(law.activation_energy, ROOM_TEMPERATURE, read.temperature)
        return LinearViscosity(law.viscosity / faster)
    if isinstance(law, RateDependentPlasticity):
        return _overstress(read, law, needed_by)
    return None


def _norton(read: PropertyReader, law: NortonCreep, needed_by: str) -> PowerLawCreep:
    exponent, stress, rate = law.stress_exponent, law.reference_stress, law.reference_rate
    if stress is not None and rate is not None:
        given = {"reference_stress": (stress, "Pa"), "reference_rate": (rate, "1/s")}
        for key, (value, unit) in given.items():
            read.given_by_case(_path(key), key, (value,), unit, "", (_COEFFICIENT,), needed_by)
        if exponent is None:
            exponent = _library(read, _EXPONENT, "1", "stress_exponent", needed_by)
        else:
            read.given_by_case(
                _path("stress_exponent"), "stress_exponent", (exponent,), "1", "", (_EXPONENT,), needed_by
            )
        reference = ROOM_TEMPERATURE
    elif not all(read.material.has(name) for name in (_EXPONENT, _COEFFICIENT)):
        read.problem(
            f"{read.material.name} has no power-law creep in the library, which {needed_by} needs",
            "give `stress_exponent`, `reference_stress` and `reference_rate` under `physics.mechanics.metal`",
        )
        return PowerLawCreep(math.nan, math.nan, math.nan)
    else:
        (exponent,) = read.library(_EXPONENT, "1", needed_by)
        (coefficient,) = read.library(_COEFFICIENT, f"Pa^-{exponent:g}/s", needed_by)
        stress = _LIBRARY_STRESS
        rate = coefficient * stress**exponent
        reference = read.reference_temperature(_COEFFICIENT)
    energy = law.activation_energy
    if energy is not None:
        read.given_by_case(
            _path("activation_energy"), "activation_energy", (energy,), "J/mol", "", (_ENERGY,), needed_by
        )
    else:
        energy = _library(read, _ENERGY, "J/mol", "activation_energy", needed_by)
    return PowerLawCreep(exponent, stress, rate * laws.boltzmann_factor(energy, reference, read.temperature))


def _overstress(read: PropertyReader, law: RateDependentPlasticity, needed_by: str) -> Overstress:
    if law.yield_stress is None:
        yield_stress = _library(read, "yield_stress", "Pa", "yield_stress", needed_by)
    else:
        yield_stress = law.yield_stress
        read.given_by_case(
            _path("yield_stress"), "yield_stress", (yield_stress,), "Pa", "", ("yield_stress",), needed_by
        )
    return Overstress(yield_stress, law.reference_rate, law.rate_exponent, law.hardening_modulus)


def _library(read: PropertyReader, name: str, unit: str, key: str, needed_by: str) -> float:
    """A value of the library; where there is none, NaN and the problem that the case has to give it."""
    if read.material.has(name):
        return read.library(name, unit, needed_by)[0]
    read.problem(f"{read.material.name} has no {name} in the library, which {needed_by} needs", f"give `{_path(key)}`")
    return math.nan


def _path(key: str) -> str:
    return f"physics.mechanics.metal.{key}"
