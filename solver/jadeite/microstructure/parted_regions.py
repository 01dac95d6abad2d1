# SPDX-License-Identifier: LGPL-3.0-or-later
"""A mesh in which the regions of one material are bodies of their own, with nodes of their own on their boundaries."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.cuts import open_cuts
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh


@dataclass(frozen=True, eq=False)
class PartedMesh:
    """A mesh with parted regions.

    Attributes:
        mesh: the mesh.
        pairs: points in the same place that were one, shape (n, 2).
    """

    mesh: TaggedMesh
    pairs: NDArray[np.int64]


def part_regions(mesh: TaggedMesh, material: str) -> PartedMesh:
    """Return the mesh with the regions of a material parted from all others.

    Both faces of a parted boundary keep its row of the surface table, which becomes a free surface (of the kind of
    walls of pores) with the measure of one of them. Boundaries between two regions of the material stay closed. Lines
    and junctions keep the places that they had.

    Args:
        mesh: the mesh; its regions do not repeat from side to side.
        material: role of the regions.

    Raises:
        ValueError: when the material has no boundary with another.
    """
    surfaces = mesh.surfaces
    within = np.append(np.array(mesh.regions.material) == material, False)
    internal = np.zeros(len(surfaces), dtype=bool)
    internal[surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)] = True
    parted = internal & (within[surfaces.regions].sum(axis=1) == 1)
    chosen = parted[mesh.facet_surface]
    if not chosen.any():
        raise ValueError(f"{material} has no boundary with another material")
    opened = open_cuts(mesh.points, mesh.cells, mesh.facets[~chosen], mesh.facets[chosen])
    kinds = tuple(SurfaceKind.PORE_WALL if part else kind for part, kind in zip(parted, surfaces.kind, strict=True))
    new = np.arange(len(mesh.points), len(opened.points))
    return PartedMesh(
        replace(
            mesh,
            points=opened.points,
            cells=opened.cells,
            facets=np.concatenate([opened.facets, opened.walls]),
            facet_surface=np.concatenate(
                [mesh.facet_surface[~chosen], np.repeat(mesh.facet_surface[chosen], 2)]
            ).astype(np.int32),
            surfaces=replace(surfaces, kind=kinds),
        ),
        np.column_stack([opened.parent[new], new]),
    )
