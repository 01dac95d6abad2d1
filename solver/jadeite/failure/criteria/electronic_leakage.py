# SPDX-License-Identifier: LGPL-3.0-or-later
"""Electrons leaking into the ceramic deposit sodium at a pore once it is supersaturated enough to open the pore."""

from __future__ import annotations

from jadeite.constants import FARADAY
from jadeite.failure.criteria.opening import PENNY_UNIFORM, opening_pressure
from jadeite.failure.criteria.registry import (
    SODIUM_MOLAR_VOLUME,
    CriterionState,
    FlawState,
    criterion,
)


def critical_sodium_potential(
    limit_pressure: float, radius: float, surface_energy: float, *, molar_volume: float = SODIUM_MOLAR_VOLUME
) -> float:
    """Return the sodium potential mu_Na / F (V, against bulk metal) at which a pore fills and opens its surroundings.

    mu_Na = V_Na p_crit + 2 gamma V_Na / r: pressure of the opening flaw plus capillarity of a nucleus of radius r.
    Mechanism: Han et al., Nat. Energy 4 (2019) 187. `limit_pressure` in Pa, `radius` in m, `surface_energy` in J/m^2.
    """
    return molar_volume / FARADAY * (limit_pressure + 2.0 * surface_energy / radius)


@criterion(
    "electronic_leakage",
    title="Electronic leakage to a pore",
    source="Han et al., Nat. Energy 4 (2019) 187",
)
def evaluate(state: FlawState) -> CriterionState | None:
    """Compare the sodium potential at the nearest pore with the one that fills it and opens a penny of its radius."""
    if state.sodium_potential is None or state.pore_radius is None or state.surface_energy is None:
        return None
    toughness = state.boundary_toughness if state.boundary_toughness is not None else state.fracture_toughness
    pressure = opening_pressure(toughness, state.pore_radius, PENNY_UNIFORM)
    limit = critical_sodium_potential(
        pressure, state.pore_radius, state.surface_energy, molar_volume=state.molar_volume
    )
    return CriterionState(
        driving=state.sodium_potential,
        resistance=limit,
        unit="V",
        mechanism="leaking electrons deposit sodium in a pore ahead of the electrode",
        detail=f"pore radius {state.pore_radius * 1e6:.4g} µm, opening pressure {pressure / 1e6:.4g} MPa",
    )
