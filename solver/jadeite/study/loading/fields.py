# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fields of a loaded body, written for ParaView: displacement, stress, and what its scheme adds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray

from jadeite.failure.focusing import cell_means
from jadeite.fem.broken import BrokenSpace, broken_space
from jadeite.output.fields import Field
from jadeite.study.context import RunContext
from jadeite.study.fields import write_volume
from jadeite.study.loading.body import LoadedBody


def write_loaded_body(run: RunContext, body: LoadedBody) -> None:
    """Write the fields of a body in its last state.

    Note:
        Collective; rank 0 writes.
    """
    base = Path() if run.folder is None else run.folder.work
    domain = body.domain
    degree = body.displacement.function_space.ufl_element().degree
    drawn = broken_space(domain.mesh, domain.cell_region, ("Lagrange", degree))
    owned = drawn.space.dofmap.index_map.size_local
    point = [Field("displacement", on_drawn(drawn, body.displacement)[:owned], "m", "displacement, cooling included")]
    for name, unit, text, function in body.point_fields:
        point.append(Field(name, on_drawn(drawn, function)[:owned, 0], unit, text))
    stress = cell_means(domain, body.stress)
    cell = [
        Field("stress", stress.reshape(-1, 9), "Pa", "mean over each cell, tension positive"),
        Field("grain", domain.cell_region[: domain.owned_cells].astype(np.int64), "", "row of the region table"),
    ]
    write_volume(base / "fields.vtkhdf", domain, drawn, point, [*cell, *body.cell_fields])


def on_drawn(drawn: BrokenSpace, function: fem.Function) -> NDArray[np.float64]:
    """Return a Lagrange field at the nodes of a space that breaks wherever it may, shape (nodes, components).

    Args:
        drawn: scalar space that breaks between all regions.
        function: on a Lagrange space of the same degree or of degree one, with any breaks between regions.
    """
    space = function.function_space
    size = space.dofmap.index_map_bs
    values = np.zeros((len(drawn.parent), size))
    degree, own = drawn.space.ufl_element().degree, space.ufl_element().degree
    if own == degree:
        values[drawn.space.dofmap.list] = function.x.array.reshape(-1, size)[space.dofmap.list]
        return values
    raise ValueError(f"a field of degree {own} cannot be drawn at nodes of degree {degree}")
