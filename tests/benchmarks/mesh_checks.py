# SPDX-License-Identifier: LGPL-3.0-or-later
"""What every mesh must satisfy, worked out from its arrays alone, not with the code that made it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

Array = NDArray[np.float64]
Index = NDArray[np.int64]

_WALLS = (
    SurfaceKind.PLATING_ELECTRODE,
    SurfaceKind.STRIPPING_ELECTRODE,
    SurfaceKind.UNWETTED_PATCH,
    SurfaceKind.SIDE_WALL,
)


@dataclass(frozen=True, slots=True)
class MeshFacts:
    """Measured facts of one mesh.

    `volume_error` compares the cells with the box less its pores and flaws, relative to the box. `quantile_angle` is
    the 1 % quantile of all angles of triangles or dihedral angles of tetrahedra in degrees. `periodic_mismatch` is the
    largest distance of a point from where its partner says it is, relative to the box, or infinite when a point of a
    periodic side has no partner.
    """

    cells: int
    regions: int
    volume_error: float
    empty_regions: int
    disconnected_regions: int
    open_facets: int
    quantile_angle: float
    worst_radius_ratio: float
    periodic_mismatch: float

    def failures(self) -> list[str]:
        """What is wrong with the mesh, in words."""
        found = {
            f"volume wrong by {self.volume_error:.2g}": not self.volume_error <= 1e-9,
            f"{self.empty_regions} regions without cells": self.empty_regions > 0,
            f"{self.disconnected_regions} regions in several parts": self.disconnected_regions > 0,
            f"{self.open_facets} facets on no surface": self.open_facets > 0,
            f"1 % of angles below {self.quantile_angle:.1f} degrees": not self.quantile_angle > 10.0,
            f"worst radius ratio {self.worst_radius_ratio:.2g}": not self.worst_radius_ratio > 1e-4,
            f"periodic points {self.periodic_mismatch:.2g} apart": not self.periodic_mismatch <= 1e-12,
        }
        return [words for words, wrong in found.items() if wrong]


def measure(mesh: TaggedMesh, box: tuple[float, ...]) -> MeshFacts:
    """Measure a mesh of a box with extents `box` (m)."""
    extent = np.array(box)
    points, cells = mesh.points, mesh.cells
    volume = _volumes(points, cells)
    regions = len(mesh.regions)
    facets, owners, _ = _facets(cells)
    tagged = np.sort(mesh.facets, axis=1)
    outer = owners[:, 1] < 0
    return MeshFacts(
        cells=len(cells),
        regions=regions,
        volume_error=abs(float(volume.sum()) - float(np.prod(extent)) + _void_volume(mesh)) / float(np.prod(extent)),
        empty_regions=int((np.bincount(mesh.cell_region, np.maximum(volume, 0.0), minlength=regions) <= 0.0).sum()),
        disconnected_regions=_disconnected(mesh, float(extent.max())),
        open_facets=len(_missing(facets[outer], tagged)),
        quantile_angle=float(np.degrees(np.quantile(_angles(points, cells), 0.01))),
        worst_radius_ratio=float(_radius_ratios(points, cells).min()),
        periodic_mismatch=_periodic_mismatch(mesh, extent),
    )


def _volumes(points: Array, cells: Index) -> Array:
    """Signed area or volume of each cell."""
    edges = points[cells[:, 1:]] - points[cells[:, :1]]
    return np.asarray(np.linalg.det(edges) / factorial(points.shape[1]))


def _facets(cells: Index) -> tuple[Index, Index, Index]:
    """Distinct facets (sorted corners), the cells on either side (-1: none) and, for each, its opposite corner."""
    dimension = cells.shape[1] - 1
    facets = np.sort(np.concatenate([np.delete(cells, corner, axis=1) for corner in range(dimension + 1)]), axis=1)
    cell = np.tile(np.arange(len(cells)), dimension + 1)
    opposite = np.concatenate([cells[:, corner] for corner in range(dimension + 1)])
    order = np.lexsort(facets.T[::-1])
    facets, cell, opposite = facets[order], cell[order], opposite[order]
    first = np.append(True, np.any(facets[1:] != facets[:-1], axis=1))
    start = np.flatnonzero(first)
    owners = np.full((len(start), 2), -1, dtype=np.int64)
    owners[:, 0] = cell[start]
    shared = np.diff(np.append(start, len(facets))) == 2
    owners[shared, 1] = cell[start[shared] + 1]
    return facets[start], owners, opposite[start]


def _missing(facets: Index, among: Index) -> Index:
    """Rows of `facets` that are not rows of `among`; both sorted along rows."""
    both = np.concatenate([among, facets])
    _, number = np.unique(both, axis=0, return_inverse=True)
    there = np.zeros(number.max() + 1, dtype=bool)
    there[number.ravel()[: len(among)]] = True
    return np.asarray(facets[~there[number.ravel()[len(among) :]]])


def _void_volume(mesh: TaggedMesh) -> float:
    """Volume (area) of pores and opened flaws, from their walls by the divergence theorem.

    The missing side of a flaw lies in y = 0, which contributes nothing when positions are counted from that plane.
    """
    points, dimension = mesh.points, mesh.dimension
    facets, owners, opposite = _facets(mesh.cells)
    outer = owners[:, 1] < 0
    facets, opposite = facets[outer], opposite[outer]
    walls = np.isin(mesh.facet_surface, mesh.surfaces.rows(*_WALLS))
    flat = np.sort(mesh.facets[walls], axis=1)
    _, number = np.unique(np.concatenate([flat, facets]), axis=0, return_inverse=True)
    on_box = np.zeros(number.max() + 1, dtype=bool)
    on_box[number.ravel()[: len(flat)]] = True
    inner = ~on_box[number.ravel()[len(flat) :]]
    corner = points[facets[inner]]
    if dimension == 2:
        along = corner[:, 1] - corner[:, 0]
        normal = np.column_stack([along[:, 1], -along[:, 0]])
    else:
        normal = 0.5 * np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    # out of the cell: away from its opposite corner
    out = np.einsum("ij,ij->i", normal, corner[:, 0] - points[opposite[inner]])
    normal *= np.sign(out)[:, None]
    return -float(np.einsum("ij,ij->", corner.mean(axis=1), normal)) / dimension


def _disconnected(mesh: TaggedMesh, size: float) -> int:
    """Regions whose cells do not hang together; walls of a cut lie in the same place and count as joined."""
    places = np.unique(np.round(mesh.points / (1e-11 * size)), axis=0, return_inverse=True)[1].ravel()
    _, owners, _ = _facets(places[mesh.cells])
    inside = owners[:, 1] >= 0
    one, other = owners[inside].T
    alike = mesh.cell_region[one] == mesh.cell_region[other]
    count = len(mesh.cells)
    graph = coo_array((np.ones(alike.sum(), dtype=np.int8), (one[alike], other[alike])), shape=(count, count))
    component = connected_components(graph, directed=False)[1]
    pieces = np.unique(np.stack([mesh.cell_region, component], axis=1), axis=0)
    return int((np.bincount(pieces[:, 0], minlength=len(mesh.regions)) > 1).sum())


def _angles(points: Array, cells: Index) -> Array:
    """All angles of triangles, or all dihedral angles of tetrahedra, in rad."""
    corner = points[cells]
    if points.shape[1] == 2:
        found = []
        for k in range(3):
            u, v = corner[:, (k + 1) % 3] - corner[:, k], corner[:, (k + 2) % 3] - corner[:, k]
            found.append(np.arctan2(np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]), np.einsum("ij,ij->i", u, v)))
        return np.concatenate(found)
    found = []
    for i, j in combinations(range(4), 2):
        k, m = (corner_ for corner_ in range(4) if corner_ not in (i, j))
        axis = corner[:, j] - corner[:, i]
        first, second = np.cross(axis, corner[:, k] - corner[:, i]), np.cross(axis, corner[:, m] - corner[:, i])
        across = np.linalg.norm(np.cross(first, second), axis=1)
        found.append(np.arctan2(across, np.einsum("ij,ij->i", first, second)))
    return np.concatenate(found)


def _radius_ratios(points: Array, cells: Index) -> Array:
    """Dimension times the radius of the inscribed over that of the circumscribed circle or sphere."""
    dimension = points.shape[1]
    corner = points[cells]
    edges = corner[:, 1:] - corner[:, :1]
    volume = np.abs(np.linalg.det(edges)) / factorial(dimension)
    # the centre of the circumscribed sphere solves 2 e.(c - p0) = e.e for the edges e at one corner
    size = np.sqrt(np.einsum("fij,fij->f", edges, edges))
    scaled = edges / size[:, None, None]
    flat = np.abs(np.linalg.det(scaled)) < 1e-14
    scaled[flat] = np.eye(dimension)
    centre = np.linalg.solve(2.0 * scaled, np.einsum("fij,fij->fi", scaled, scaled)[:, :, None])[:, :, 0]
    circumscribed = size * np.linalg.norm(centre, axis=1)
    surface = np.zeros(len(cells))
    for left_out in range(dimension + 1):
        face = np.delete(corner, left_out, axis=1)
        sides = face[:, 1:] - face[:, :1]
        gram = np.einsum("fij,fkj->fik", sides, sides)
        surface += np.sqrt(np.maximum(np.linalg.det(gram), 0.0)) / factorial(dimension - 1)
    inscribed = dimension * volume / surface
    return np.where(flat, 0.0, dimension * inscribed / circumscribed)


def _periodic_mismatch(mesh: TaggedMesh, extent: Array) -> float:
    worst = 0.0
    for sides in mesh.periodic:
        low, high = mesh.points[sides.points[:, 0]], mesh.points[sides.points[:, 1]]
        shifted = low.copy()
        shifted[:, sides.axis] += sides.period
        worst = max(worst, float(np.abs(shifted - high).max()) / float(extent.max()))
        tolerance = 1e-9 * extent[sides.axis]
        for column, place in enumerate((0.0, extent[sides.axis])):
            on_side = np.flatnonzero(np.abs(mesh.points[:, sides.axis] - place) < tolerance)
            if not np.isin(on_side, sides.points[:, column]).all():
                worst = np.inf
    return worst
