# SPDX-License-Identifier: LGPL-3.0-or-later
"""Current crowds at the rim of an unwetted patch; a flaw there sees the focused current density, not the average."""

from __future__ import annotations

import math

from jadeite.failure.criteria.combined_griffith import critical_current_density
from jadeite.failure.criteria.registry import CriterionState, FlawState, criterion


def edge_amplification(distance: float, radius: float) -> float:
    """Return j / j0 at `distance` (m) outside the rim of a circular void of `radius` (m) on an ideal electrode.

    1 + (2 / pi) [1 / sqrt(x^2 - 1) - asin(1 / x)] with x = 1 + distance / radius: the mixed boundary value problem of
    the half space (Sneddon, Mixed Boundary Value Problems in Potential Theory, 1966). It is infinite at the rim; a
    finite charge-transfer resistance removes the singularity. Raises ValueError when `distance` is not positive.
    """
    if not distance > 0:
        raise ValueError("the current density at the rim of an ideal contact is infinite; give a positive distance")
    gap = distance / radius
    # x^2 - 1 written as gap (2 + gap): no cancellation close to the rim
    return 1.0 + 2.0 / math.pi * (1.0 / math.sqrt(gap * (2.0 + gap)) - math.asin(1.0 / (1.0 + gap)))


@criterion(
    "void_edge_focusing",
    title="Focusing at an unwetted patch",
    source="Virkar, Viswanathan and Biswas, J. Mater. Sci. 15 (1980) 302",
)
def evaluate(state: FlawState) -> CriterionState | None:
    """Compare the current density at the rim of the nearest unwetted patch with the combined limit of this flaw."""
    if state.edge_current_density is None:
        return None
    limit = critical_current_density(
        state.interface_resistance,
        state.conductivity,
        state.fracture_toughness,
        state.depth,
        shape=state.shape,
        molar_volume=state.molar_volume,
    )
    focusing = state.edge_current_density / state.local_current_density if state.local_current_density else math.nan
    return CriterionState(
        driving=state.edge_current_density,
        resistance=limit,
        unit="A/m^2",
        mechanism="current focused at the rim of an unwetted patch drives a flaw there",
        detail=f"{focusing:.3g} times the current density beside the flaw",
    )
