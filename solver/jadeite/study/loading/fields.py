# SPDX-License-Identifier: LGPL-3.0-or-later
"""The fields of a loaded body, written for ParaView: displacement, stress, tractions, and what its scheme adds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.tractions import FacetTractions
from jadeite.fem.recovery import Recovery
from jadeite.output.fields import Field
from jadeite.study.context import RunContext
from jadeite.study.fields import at_nodes, write_facets, write_volume
from jadeite.study.loading.body import LoadedBody
from jadeite.study.stress_fields import cell_stress_fields, nodal_stress_fields, traction_columns, traction_fields


def write_loaded_body(
    run: RunContext, body: LoadedBody, recovery: Recovery, recovered: NDArray[np.float64], *tractions: FacetTractions
) -> None:
    """Write the fields of a body in its last state.

    Args:
        run: its run.
        body: the body.
        recovery: space of the nodes that are drawn.
        recovered: stress at them, shape (nodes, 3, 3), Pa.
        tractions: on facets, those that are written to the interface file.

    Note:
        Collective; rank 0 writes.
    """
    base = Path() if run.folder is None else run.folder.path
    domain, drawn, owned = body.domain, recovery.space, recovery.owned
    displacement = at_nodes(drawn, body.displacement)[:owned]
    point = [
        Field("displacement", displacement, "m", "displacement, cooling included"),
        *(
            Field(name, at_nodes(drawn, function)[:owned, 0], unit, text)
            for name, unit, text, function in body.point_fields
        ),
        *nodal_stress_fields(recovered[:owned]),
    ]
    region = domain.cell_region[: domain.owned_cells]
    materials = list(dict.fromkeys(domain.tagged.regions.material))
    material_row = np.array([materials.index(name) for name in domain.tagged.regions.material], dtype=np.int64)
    cell = [
        Field("grain", region.astype(np.int64), "", "row of the region table in mesh.npz"),
        Field("material", material_row[region], "", "number of the material role: " + ", ".join(materials)),
        *cell_stress_fields(domain, body.stress),
        *body.cell_fields,
    ]
    write_volume(base / "fields.vtkhdf", domain, drawn, point, cell)

    facets = np.concatenate([part.facets for part in tractions])
    columns = traction_columns(tractions)
    fields = [
        Field(
            "surface",
            np.concatenate([part.surface for part in tractions]).astype(np.int64),
            "",
            "row of the surface table in mesh.npz",
        ),
        *traction_fields(columns),
        *(Field(extra.name, extra.values[facets], extra.unit, extra.description) for extra in body.facet_fields),
    ]
    write_facets(base / "interfaces.vtkhdf", domain, facets, fields)
