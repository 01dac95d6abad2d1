# SPDX-License-Identifier: LGPL-3.0-or-later
"""Electrons leaking into the ceramic deposit sodium at a pore once it is supersaturated enough to open the pore."""

from __future__ import annotations

# the module, not its function: it needs `criteria.opening`, and so may be what is loading this package
from jadeite.failure import nucleation
from jadeite.failure.criteria.opening import PENNY_UNIFORM, opening_pressure
from jadeite.failure.criteria.registry import CriterionState, FlawState, criterion


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
    limit = nucleation.opening_potential(state.pore_radius, toughness, state.surface_energy, state.molar_volume)
    return CriterionState(
        driving=state.sodium_potential,
        resistance=limit,
        unit="V",
        mechanism="leaking electrons deposit sodium in a pore ahead of the electrode",
        detail=f"pore radius {state.pore_radius * 1e6:.4g} µm, opening pressure {pressure / 1e6:.4g} MPa",
    )
