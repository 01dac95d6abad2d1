# SPDX-License-Identifier: LGPL-3.0-or-later
"""Constants of nature (exact in the SI of 2019, but for the electric constant)."""

FARADAY = 96485.33212331001
"""Faraday constant, C/mol."""

GAS = 8.31446261815324
"""Molar gas constant, J/(mol K)."""

ELEMENTARY_CHARGE = 1.602176634e-19
"""Charge of a proton, C."""

VACUUM_PERMITTIVITY = 8.8541878128e-12
"""Electric constant, F/m (CODATA 2018; it is measured)."""

ZERO_CELSIUS = 273.15
"""0 degC in kelvin."""


def thermal_voltage(temperature: float) -> float:
    """Return RT/F in volt for a temperature in kelvin."""
    return GAS * temperature / FARADAY
