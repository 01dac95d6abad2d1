# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plating in a filled flaw raises its pressure until the overpotential is balanced; Griffith's condition opens it."""

from __future__ import annotations

from jadeite.constants import FARADAY
from jadeite.failure.criteria.opening import EDGE_UNIFORM, opening_pressure
from jadeite.failure.criteria.registry import (
    SODIUM_MOLAR_VOLUME,
    CriterionState,
    FlawState,
    criterion,
)


def critical_overpotential(
    fracture_toughness: float,
    depth: float,
    *,
    geometry_factor: float = EDGE_UNIFORM,
    molar_volume: float = SODIUM_MOLAR_VOLUME,
) -> float:
    """Return the overpotential (V) whose equilibrium pressure F eta / V_Na opens a flaw.

    eta_c = (V_Na / F) K_Ic / (Y sqrt(pi c)), from Griffith's condition and the pressure shift of the equilibrium
    potential (Porz et al., Adv. Energy Mater. 7, 2017, 1701003). `fracture_toughness` in Pa m^0.5, `depth` in m.
    """
    return molar_volume / FARADAY * opening_pressure(fracture_toughness, depth, geometry_factor)


@criterion(
    "porz_griffith",
    title="Griffith at the tip overpotential (Porz)",
    source="Porz et al., Adv. Energy Mater. 7 (2017) 1701003",
)
def evaluate(state: FlawState) -> CriterionState | None:
    """Compare the overpotential at the flaw tip with the one whose pressure opens a flaw of this shape and depth."""
    limit = critical_overpotential(
        state.fracture_toughness,
        state.depth,
        geometry_factor=state.shape.largest_uniform,
        molar_volume=state.molar_volume,
    )
    pressure = state.overpotential * FARADAY / state.molar_volume
    return CriterionState(
        driving=state.overpotential,
        resistance=limit,
        unit="V",
        mechanism="sodium plating in the filled flaw raises its pressure until the ceramic cracks",
        detail=f"equilibrium pressure {pressure / 1e6:.4g} MPa in {state.shape.name} {state.depth * 1e6:.4g} µm deep",
    )
