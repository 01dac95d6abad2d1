# SPDX-License-Identifier: LGPL-3.0-or-later
"""Dendrite initiation criteria, one file each; importing this package registers them all."""

from jadeite.failure.criteria import (  # noqa: I001  the order of registration is the order of the printed panel
    porz_griffith,
    ohmic_griffith,
    combined_griffith,
    grain_boundary_potential,
    electronic_leakage,
    void_edge_focusing,
    coupled_fracture,
)
from jadeite.failure.criteria.flaw_shape import EDGE_CRACK, FlawShape, half_ellipse
from jadeite.failure.criteria.registry import (
    Criterion,
    CriterionState,
    FlawState,
    available_criteria,
    criterion,
    evaluate_panel,
    get_criterion,
)

__all__ = [
    "EDGE_CRACK",
    "Criterion",
    "CriterionState",
    "FlawShape",
    "FlawState",
    "available_criteria",
    "combined_griffith",
    "coupled_fracture",
    "criterion",
    "electronic_leakage",
    "evaluate_panel",
    "get_criterion",
    "grain_boundary_potential",
    "half_ellipse",
    "ohmic_griffith",
    "porz_griffith",
    "void_edge_focusing",
]
