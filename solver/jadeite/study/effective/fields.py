# SPDX-License-Identifier: LGPL-3.0-or-later
"""Potential and current density in a microstructure that carries 1 A/m^2 along y, written for ParaView."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from jadeite.failure.focusing import cell_means
from jadeite.fem.broken import broken_space
from jadeite.fem.periodic import grain_pieces
from jadeite.output.fields import Field
from jadeite.physics.homogenisation import EffectiveConductivity, Homogenisation
from jadeite.study.fields import write_volume

_LOAD = 1  # along y


def write_effective_fields(path: Path, problem: Homogenisation, found: EffectiveConductivity) -> None:
    """Write the fields of a solved problem for a mean current density of 1 A/m^2 along y.

    The potential falls along the current; on opposite periodic sides it differs by the mean field.

    Note:
        Collective; rank 0 writes.
    """
    domain = problem.domain
    problem.show(_LOAD)
    scale = 1.0 / found.flux[_LOAD, _LOAD]
    # nodes on opposite sides are one in the solution and two in the picture
    drawn = broken_space(domain.mesh, grain_pieces(domain), ("Lagrange", problem.degree))
    values = np.zeros(len(drawn.parent))
    values[drawn.space.dofmap.list] = problem.fluctuation.x.array[problem.space.space.dofmap.list]
    place = drawn.space.tabulate_dof_coordinates()[:, : domain.dimension]
    values += (place - problem.middle) @ problem.applied_gradient
    owned = drawn.space.dofmap.index_map.size_local
    region = domain.cell_region[: domain.owned_cells]
    write_volume(
        path,
        domain,
        drawn,
        [Field("potential along y", -scale * values[:owned], "V", "electric potential at a mean of 1 A/m^2 along y")],
        [
            Field("current density", scale * cell_means(domain, problem.flux), "A m^-2", "mean over each cell"),
            Field("grain", region.astype(np.int64), "", "row of the region table in mesh.npz"),
        ],
    )
