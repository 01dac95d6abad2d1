# SPDX-License-Identifier: LGPL-3.0-or-later
"""The potential step across a resistive grain boundary lets sodium deposit inside the ceramic under pressure."""

from __future__ import annotations

from jadeite.constants import FARADAY
from jadeite.failure.criteria.opening import PENNY_UNIFORM, opening_pressure
from jadeite.failure.criteria.registry import (
    SODIUM_MOLAR_VOLUME,
    CriterionState,
    FlawState,
    criterion,
)


def critical_current_density(
    boundary_resistance: float, limit_pressure: float, *, molar_volume: float = SODIUM_MOLAR_VOLUME
) -> float:
    """Return the current density (A/m^2) whose step j R_gb across a boundary balances `limit_pressure` (Pa).

    |j| R_gb F / V_Na = p (mechanism of Raj and Wolfenstine, J. Power Sources 343, 2017, 119). `boundary_resistance` in
    ohm m^2.
    """
    return limit_pressure * molar_volume / (FARADAY * boundary_resistance)


def boundary_limit_pressure(state: FlawState) -> float | None:
    """Return the pressure (Pa) a boundary bears: its strength, else that of its embedded penny flaw, else None."""
    if state.boundary_strength is not None:
        return state.boundary_strength
    if state.boundary_toughness is not None and state.boundary_flaw_size is not None:
        return opening_pressure(state.boundary_toughness, state.boundary_flaw_size, PENNY_UNIFORM)
    return None


@criterion(
    "grain_boundary_potential",
    title="Potential step at a grain boundary",
    source="Raj and Wolfenstine, J. Power Sources 343 (2017) 119",
)
def evaluate(state: FlawState) -> CriterionState | None:
    """Compare the pressure equivalent of the step across the most loaded boundary with what that boundary bears."""
    limit = boundary_limit_pressure(state)
    if state.boundary_current_density is None or state.boundary_resistance is None or limit is None:
        return None
    step = abs(state.boundary_current_density) * state.boundary_resistance
    return CriterionState(
        driving=step * FARADAY / state.molar_volume,
        resistance=limit,
        unit="Pa",
        mechanism="the potential step across a resistive grain boundary deposits sodium inside the ceramic",
        detail=f"step {step * 1e3:.4g} mV across the boundary",
    )
