# SPDX-License-Identifier: LGPL-3.0-or-later
"""Constants of nature (exact in the SI of 2019)."""

FARADAY = 96485.33212331001
"""Faraday constant, C/mol."""

GAS = 8.31446261815324
"""Molar gas constant, J/(mol K)."""

ZERO_CELSIUS = 273.15
"""0 degC in kelvin."""


def thermal_voltage(temperature: float) -> float:
    """Return RT/F in volt for a temperature in kelvin."""
    return GAS * temperature / FARADAY
