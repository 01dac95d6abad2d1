# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which triangles of a solid mesh are boundaries, what they are called, and how large they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.network.attach import misorientations
from jadeite.microstructure.solid.cell_complex import OUTSIDE
from jadeite.microstructure.solid.geometry import SolidGeometry
from jadeite.microstructure.tagged_mesh import RegionTable, SurfaceKind, SurfaceTable

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FaceSurfaces:
    """Rows of surfaces before measuring: names, kinds, regions; the row of each face, -1 for none; which are cuts."""

    name: tuple[str, ...]
    kind: tuple[SurfaceKind, ...]
    regions: NDArray[np.int32]
    face_surface: NDArray[np.int32]
    face_cut: NDArray[np.bool_]


def name_faces(geometry: SolidGeometry) -> FaceSurfaces:
    """The surface that each face of a complex belongs to.

    One row per name of a wall, in the order of `geometry.walls`, then one per pair of neighbouring regions. A face
    between two cells that bears a name is a cut; one without a name inside a region is no boundary. Raises MeshingError
    when an outer face has no name, or a name no kind.
    """
    complex, table = geometry.complex, geometry.regions
    cells = np.array([face.cells for face in complex.faces], dtype=np.int64)
    outer = cells[:, 1] == OUTSIDE
    region = np.where(cells == OUTSIDE, -1, complex.cell_region[cells].astype(np.int64))
    bears = {face.wall for face in complex.faces} - {""}
    if unknown := sorted(bears - set(geometry.walls)):
        raise MeshingError(f"the wall '{unknown[0]}' of a face has no kind")
    names = [name for name in geometry.walls if name in bears]
    row_of = {name: row for row, name in enumerate(names)} | {"": -1}
    surface = np.array([row_of[face.wall] for face in complex.faces], dtype=np.int64)
    if np.any(outer & (surface < 0)):
        raise MeshingError("an outer face bears no name")

    inner = np.flatnonzero(~outer & (surface < 0) & (region[:, 0] != region[:, 1]))
    pairs, index = np.unique(np.sort(region[inner], axis=1), axis=0, return_inverse=True)
    cut = ~outer & (surface >= 0)
    surface[inner] = len(names) + index
    beside = np.full((len(names) + len(pairs), 2), -1, dtype=np.int32)
    beside[len(names) :] = pairs
    for row in range(len(names)):
        touched = np.unique(region[surface == row])
        touched = touched[touched >= 0]
        beside[row, 0] = touched[0] if len(touched) == 1 else -1
    return FaceSurfaces(
        (*names, *(f"{table.name[a]} | {table.name[b]}" for a, b in pairs)),
        (
            *(geometry.walls[name] for name in names),
            *(
                SurfaceKind.GRAIN_BOUNDARY if table.material[a] == table.material[b] else SurfaceKind.PHASE_BOUNDARY
                for a, b in pairs
            ),
        ),
        beside,
        surface.astype(np.int32),
        cut,
    )


def measured(
    surfaces: FaceSurfaces, regions: RegionTable, facet_surface: NDArray[np.int32], area: Array
) -> SurfaceTable:
    """The surface table, with the areas of the facets (m^2) added up; a cut has the area of both its walls."""
    between = np.all(surfaces.regions >= 0, axis=1)
    angle = np.full(len(between), np.nan)
    angle[between] = misorientations(regions, surfaces.regions[between])[0]
    measure = np.bincount(facet_surface, area, len(between))
    return SurfaceTable(surfaces.name, surfaces.kind, surfaces.regions, angle, measure)
