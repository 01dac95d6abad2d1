# SPDX-License-Identifier: LGPL-3.0-or-later
"""Names of the headline figures of a run, which `expect:` may compare with."""

HEADLINES = (
    "applied_current_density",
    "cell_voltage",
    "area_specific_resistance",
    "effective_conductivity",
    "current_focusing",
    "largest_principal_stress",
    "largest_sodium_pressure",
    "critical_current_density",
    "critical_current_density_at_start",
    "area_specific_resistance_at_start",
    "resistance_rise",
    "film_thickness",
    "sodium_consumed",
    "leakage_current_density",
    "largest_sodium_chemical_potential",
    "pore_filling_time",
    "nucleation_margin",
)
"""Names that need no flaw's name; a run gives those that apply to it."""

OF_FLAW = "critical_current_density_of_"
"""The critical current density of one flaw is called this and the flaw's name."""
