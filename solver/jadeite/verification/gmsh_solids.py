# SPDX-License-Identifier: LGPL-3.0-or-later
"""Bodies drawn with Gmsh's geometry kernel and meshed finely along a few of their curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import gmsh
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@contextmanager
def drawing() -> Iterator[None]:
    """Within this context a body is drawn with `gmsh.model.occ` and meshed with `mesh_finely_along`."""
    gmsh.initialize(readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        yield
    finally:
        gmsh.finalize()


def mesh_finely_along(
    curves: Sequence[int], size: float, far: float, *, distance: float, growth: float, sheet: Sequence[int] | None
) -> tuple[Array, Index, Index]:
    """Mesh what is drawn: points, positively oriented tetrahedra, and triangles.

    Args:
        curves: tags of the curves along which cells are fine.
        size: of cells up to a distance from them.
        far: of cells far away.
        distance: up to which cells are fine.
        growth: of the size per distance beyond.
        sheet: tags of the surfaces whose triangles are returned; None for all.
    """
    field = gmsh.model.mesh.field
    away = field.add("Distance")
    field.setNumbers(away, "CurvesList", curves)
    field.setNumber(away, "Sampling", 200)
    sizes = field.add("Threshold")
    for option, value in (
        ("InField", away),
        ("SizeMin", size),
        ("SizeMax", far),
        ("DistMin", distance),
        ("DistMax", distance + (far - size) / growth),
    ):
        field.setNumber(sizes, option, value)
    field.setAsBackgroundMesh(sizes)
    for option in ("ExtendFromBoundary", "FromPoints", "FromCurvature"):
        gmsh.option.setNumber(f"Mesh.MeshSize{option}", 0)
    gmsh.option.setNumber("Mesh.Algorithm3D", 10)
    gmsh.model.mesh.generate(3)

    tags, points, _ = gmsh.model.mesh.getNodes()
    cells = gmsh.model.mesh.getElementsByType(4)[1].reshape(-1, 4)
    chosen = [-1] if sheet is None else sheet
    triangles = np.concatenate([gmsh.model.mesh.getElementsByType(2, tag)[1].reshape(-1, 3) for tag in chosen])
    used = np.unique(cells)
    order = np.argsort(tags)
    points = points.reshape(-1, 3)[order[np.searchsorted(tags, used, sorter=order)]]
    cells, triangles = np.searchsorted(used, cells), np.searchsorted(used, triangles)
    turned = np.linalg.det(points[cells][:, 1:] - points[cells][:, :1]) < 0.0
    cells[turned] = cells[turned][:, [1, 0, 2, 3]]
    return points, cells, triangles
