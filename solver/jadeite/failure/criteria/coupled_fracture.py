# SPDX-License-Identifier: LGPL-3.0-or-later
"""The stress intensity of the coupled solution, with pressure feedback and residual stress, against the toughness."""

from __future__ import annotations

from jadeite.failure.criteria.registry import CriterionState, FlawState, criterion


@criterion(
    "coupled_fracture",
    title="Coupled stress intensity factor",
    source="Klinsmann et al., J. Power Sources 442 (2019) 227226",
)
def evaluate(state: FlawState) -> CriterionState | None:
    """Compare the equivalent stress intensity factor of the finite-element solution with the fracture toughness."""
    if state.equivalent_stress_intensity is None:
        return None
    return CriterionState(
        driving=state.equivalent_stress_intensity,
        resistance=state.fracture_toughness,
        unit="Pa m^0.5",
        mechanism="pressure of the confined sodium and residual stress open the flaw",
        detail="mixed-mode equivalent at the flaw tip, maximum tangential stress",
    )
