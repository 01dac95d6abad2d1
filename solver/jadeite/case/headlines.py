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
    "effective_conductivity_x",
    "effective_conductivity_y",
    "effective_conductivity_z",
    "anisotropy",
    "grain_conductivity",
    "boundary_share",
    "brick_layer_conductivity",
    "brick_layer_deviation",
    "activation_energy",
    "grain_activation_energy",
    "temperature_rise",
    "largest_thermal_stress",
    "space_charge_resistance",
    "space_charge_resistance_in_closed_form",
    "core_charge",
    "core_potential",
    "debye_length",
    "charging_time",
    "limiting_current_density",
    "depletion_time",
    "lowest_salt_concentration",
    "salt_concentration_at_plating",
    "salt_concentration_at_stripping",
    "current_share_without_salt",
    "grain_arc_resistance",
    "boundary_arc_resistance",
    "electrode_arc_resistance",
    "brick_layer_grain_conductivity",
    "brick_layer_grain_conductivity_error",
    "brick_layer_boundary_resistance",
    "brick_layer_boundary_resistance_error",
    "brick_layer_boundary_capacitance",
    "brick_layer_boundary_capacitance_error",
    "circuit_offset",
    "circuit_misfit",
    "load_factor",
    "energy_imbalance",
    "largest_boundary_traction",
    "boundary_traction_spread",
    "boundary_energy_release_rate",
    "critical_grain_size",
    "critical_grain_size_estimate",
)
"""Names that need no flaw's name; a run gives those that apply to it."""

OF_FLAW = "critical_current_density_of_"
"""The critical current density of one flaw is called this and the flaw's name."""

HYDROSTATIC_OF = "mean_hydrostatic_stress_of_"
LARGEST_OF = "largest_principal_stress_of_"
SMALLEST_OF = "smallest_principal_stress_of_"
OF_ROLE = (HYDROSTATIC_OF, LARGEST_OF, SMALLEST_OF)
"""Stresses of the material that plays a role are called these and the role."""
