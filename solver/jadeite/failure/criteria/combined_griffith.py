# SPDX-License-Identifier: LGPL-3.0-or-later
"""Interface overpotential and ohmic drop set the pressure profile in the flaw: the default closed-form criterion."""

from __future__ import annotations

import math

from jadeite.constants import FARADAY
from jadeite.failure.criteria.flaw_shape import EDGE_CRACK, FlawShape
from jadeite.failure.criteria.registry import (
    SODIUM_MOLAR_VOLUME,
    CriterionState,
    FlawState,
    criterion,
)


def stress_intensity_per_current_density(
    interface_resistance: float,
    conductivity: float,
    depth: float,
    *,
    shape: FlawShape = EDGE_CRACK,
    molar_volume: float = SODIUM_MOLAR_VOLUME,
) -> float:
    """Return K_I / j (Pa m^0.5 per A/m^2) of a flaw in which plating has stopped everywhere.

    The pressure is then p(x) = (F / V_Na) j (R + x / sigma) at distance x from the mouth (the traction-limited state of
    Barroso-Luque, Tu and Ceder, J. Electrochem. Soc. 167, 2020, 020534), and superposition of its uniform and linear
    parts gives K_I = (F / V_Na) j sqrt(pi c) (1.1215 R + 0.6829 c / sigma) for an edge crack; for other shapes the
    factors are those of the place on the front where K_I is largest.
    """
    load = shape.load(interface_resistance, depth / conductivity)
    return FARADAY / molar_volume * math.sqrt(math.pi * depth) * load


def critical_current_density(
    interface_resistance: float,
    conductivity: float,
    fracture_toughness: float,
    depth: float,
    *,
    shape: FlawShape = EDGE_CRACK,
    molar_volume: float = SODIUM_MOLAR_VOLUME,
) -> float:
    """Return the current density (A/m^2) at which a screened flaw reaches its toughness.

    `interface_resistance` in ohm m^2, `conductivity` in S/m, `fracture_toughness` in Pa m^0.5, `depth` in m.
    """
    return fracture_toughness / stress_intensity_per_current_density(
        interface_resistance, conductivity, depth, shape=shape, molar_volume=molar_volume
    )


@criterion(
    "combined_griffith",
    title="Griffith at interface and ohmic drop",
    source="Barroso-Luque, Tu and Ceder, J. Electrochem. Soc. 167 (2020) 020534 (pressure profile)",
)
def evaluate(state: FlawState) -> CriterionState | None:
    """Compare the local current density with the limit of a screened flaw behind the interface resistance."""
    limit = critical_current_density(
        state.interface_resistance,
        state.conductivity,
        state.fracture_toughness,
        state.depth,
        shape=state.shape,
        molar_volume=state.molar_volume,
    )
    ohmic = state.depth / state.conductivity
    return CriterionState(
        driving=state.local_current_density,
        resistance=limit,
        unit="A/m^2",
        mechanism="interface overpotential and ohmic drop press the sodium in the flaw against its walls",
        detail=f"interface {state.interface_resistance * 1e4:.4g}, along the flaw {ohmic * 1e4:.4g} Ω cm²",
    )
