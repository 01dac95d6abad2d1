# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fields of a pressed foil, written for ParaView: how it flows, or the shape it has taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray

from jadeite.failure.focusing import cell_means
from jadeite.fem.broken import broken_space
from jadeite.fem.domain import Domain
from jadeite.output.fields import Field
from jadeite.physics.creeping_flow import CreepingFlow
from jadeite.physics.solid.finite_strain import FiniteStrainBody
from jadeite.study.context import RunContext
from jadeite.study.fields import at_nodes, write_volume
from jadeite.study.series import Drawn, StateSeries

_NONE = np.empty(0)


def write_flow(run: RunContext, flow: CreepingFlow) -> None:
    """Write velocity and stress of a steady state, where the case wants fields. Collective; rank 0 writes."""
    if run.case.outputs.fields:
        text = "mean over each cell, tension positive; zero in ceramic, which is rigid here"
        stress = cell_means(flow.domain, flow.flowing_stress)
        drawn = _drawn(flow.domain, flow.velocity, Field("velocity", _NONE, "m s^-1", "of the metal"), stress, text)
        write_volume(_path(run), flow.domain, *drawn)


def shape_series(run: RunContext, body: FiniteStrainBody, duration: float, resume_at: float | None) -> StateSeries:
    """Return the series of displacements and Cauchy stresses of a foil that is pressed for a duration (s)."""

    def draw() -> Drawn:
        stress = body.points.cell_means(lambda group: group.cauchy())
        text = "Cauchy stress, mean over each cell, tension positive"
        motion = Field("displacement", _NONE, "m", "from the undeformed foil")
        return _drawn(body.domain, body.displacement, motion, stress, text)

    return StateSeries(_path(run), body.domain, draw, duration, resume_at)


def _path(run: RunContext) -> Path:
    return (Path() if run.folder is None else run.folder.path) / "fields.vtkhdf"


def _drawn(domain: Domain, motion: fem.Function, shown: Field, stress: NDArray[np.float64], text: str) -> Drawn:
    drawn = broken_space(domain.mesh, domain.cell_region, ("Lagrange", 2))
    owned = drawn.space.dofmap.index_map.size_local
    deviator = stress - np.trace(stress, axis1=1, axis2=2)[:, None, None] / 3.0 * np.eye(3)
    region = domain.cell_region[: domain.owned_cells]
    return Drawn(
        drawn,
        [replace(shown, values=at_nodes(drawn, motion)[:owned])],
        [
            Field("stress", stress.reshape(-1, 9), "Pa", text),
            Field("hydrostatic stress", np.trace(stress, axis1=1, axis2=2) / 3.0, "Pa", "a third of the trace"),
            Field("von Mises stress", np.sqrt(1.5) * np.linalg.norm(deviator, axis=(1, 2)), "Pa", ""),
            Field("grain", region.astype(np.int64), "", "row of the region table in mesh.npz"),
        ],
    )
