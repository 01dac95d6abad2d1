# SPDX-License-Identifier: LGPL-3.0-or-later
"""Sodium plates at the flaw tip to save the ohmic drop along it; the limit falls with depth to the power -3/2."""

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


def screened_prefactor(shape: FlawShape) -> float:
    """Return the prefactor of a shape with the linear pressure at which plating stops everywhere along its walls."""
    return 1.0 / (shape.largest_linear * math.sqrt(math.pi))


EDGE_SCREENED = screened_prefactor(EDGE_CRACK)
"""Prefactor of an edge flaw with that pressure (0.8262)."""

PENNY_UNIFORM_PRESSURE = math.sqrt(math.pi) / 2.0
"""Prefactor of an embedded penny at the uniform pressure F j c / (sigma V_Na) (0.8862)."""

PENNY_SCREENED = 1.0 / 0.8112498
"""Prefactor of an embedded penny with pressure growing linearly from its centre (1.2327)."""


def critical_current_density(
    conductivity: float,
    fracture_toughness: float,
    depth: float,
    *,
    prefactor: float = EDGE_SCREENED,
    molar_volume: float = SODIUM_MOLAR_VOLUME,
) -> float:
    """Return chi sigma V_Na K_Ic / (F c^(3/2)) in A/m^2.

    The form follows from minimum dissipation (Lowack 2026, arXiv:2603.20113): electrical power saved by plating at the
    tip instead of the flat electrode against mechanical power. The exponent of the depth is -3/2: deeper flaws start
    earlier. The prefactor chi depends on flaw shape and pressure profile; the constants of this module are derived from
    the stress intensity factors of `opening`. `conductivity` in S/m, `fracture_toughness` in Pa m^0.5, `depth` in m.
    """
    return prefactor * conductivity * molar_volume * fracture_toughness / (FARADAY * depth**1.5)


@criterion("ohmic_griffith", title="Griffith at the ohmic drop (Lowack)", source="Lowack, arXiv:2603.20113 (2026)")
def evaluate(state: FlawState) -> CriterionState | None:
    """Compare the local current density with the purely ohmic limit of a screened flaw of this shape."""
    prefactor = screened_prefactor(state.shape)
    limit = critical_current_density(
        state.conductivity,
        state.fracture_toughness,
        state.depth,
        prefactor=prefactor,
        molar_volume=state.molar_volume,
    )
    return CriterionState(
        driving=state.local_current_density,
        resistance=limit,
        unit="A/m^2",
        mechanism="the ohmic drop along the flaw drives plating at its tip",
        detail=f"prefactor {prefactor:.4f}, {state.shape.name} {state.depth * 1e6:.4g} µm deep",
    )
