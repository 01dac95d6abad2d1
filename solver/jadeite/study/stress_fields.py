# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stress as every study writes it for ParaView: means of cells, and nodal values that jump from grain to grain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.failure.focusing import cell_means
from jadeite.failure.tractions import FacetTractions
from jadeite.fem.domain import Domain
from jadeite.output.fields import Field
from jadeite.physics.stress_measures import StressMeasures, stress_measures

#: Name, unit and description of what tractions add to the interface file.
TRACTION_FIELDS = (
    ("normal traction", "Pa", "mean over the facet and, inside the body, over both sides; tension positive"),
    ("shear traction", "Pa", "magnitude, mean over the facet and, inside the body, over both sides"),
    ("traction mismatch", "Pa", "half the difference between both sides: what the mesh leaves open"),
)


def cell_stress_fields(domain: Domain, stress: Expr) -> list[Field]:
    """Return the stress (3 x 3, Pa) of this rank's cells and its measures.

    Note:
        Collective.
    """
    means = cell_means(domain, stress)
    return [
        Field("stress", means.reshape(-1, 9), "Pa", "mean over each cell, tension positive"),
        *_measures(stress_measures(means), "", "of the mean stress of each cell"),
    ]


def nodal_stress_fields(recovered: NDArray[np.float64]) -> list[Field]:
    """Return a recovered stress at this rank's own nodes, shape (nodes, 3, 3), Pa, and its measures."""
    text = "projected onto continuous fields grain by grain; nodes on boundaries have one value for each grain"
    return [
        Field("recovered stress", recovered.reshape(-1, 9), "Pa", text),
        *_measures(stress_measures(recovered), "recovered ", "of the recovered stress"),
    ]


def traction_columns(tractions: Sequence[FacetTractions]) -> NDArray[np.float64]:
    """Return the values of `TRACTION_FIELDS`, one row per facet."""
    rows = [np.column_stack([part.normal, part.shear, part.mismatch]) for part in tractions]
    return np.concatenate([np.empty((0, len(TRACTION_FIELDS))), *rows])


def traction_fields(columns: NDArray[np.float64]) -> list[Field]:
    """Return the fields of gathered `traction_columns`."""
    return [
        Field(name, column, unit, text) for (name, unit, text), column in zip(TRACTION_FIELDS, columns.T, strict=True)
    ]


def _measures(found: StressMeasures, prefix: str, text: str) -> list[Field]:
    return [
        Field(f"{prefix}hydrostatic stress", found.hydrostatic, "Pa", f"a third of the trace {text}"),
        Field(f"{prefix}von Mises stress", found.von_mises, "Pa", text),
        Field(f"{prefix}largest principal stress", found.principal[:, 0], "Pa", text),
        Field(f"{prefix}middle principal stress", found.principal[:, 1], "Pa", text),
        Field(f"{prefix}smallest principal stress", found.principal[:, 2], "Pa", text),
        Field(f"{prefix}largest principal direction", found.directions[:, 0], "", f"unit vector {text}"),
        Field(f"{prefix}smallest principal direction", found.directions[:, 2], "", f"unit vector {text}"),
    ]
