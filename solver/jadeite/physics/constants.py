# SPDX-License-Identifier: LGPL-3.0-or-later
"""Constants of nature (2019 SI, exact or rounded to the digits shown)."""

FARADAY = 96485.33212
"""Faraday constant, C/mol."""

GAS = 8.314462618
"""Molar gas constant, J/(mol K)."""

ZERO_CELSIUS = 273.15
"""0 degC in kelvin."""


def thermal_voltage(temperature: float) -> float:
    """Return RT/F in volt for a temperature in kelvin."""
    return GAS * temperature / FARADAY
