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
)
"""Names that need no flaw's name; a run gives those that apply to it."""

OF_FLAW = "critical_current_density_of_"
"""The critical current density of one flaw is called this and the flaw's name."""
