# SPDX-License-Identifier: LGPL-3.0-or-later
"""The network of boundaries: normals, misorientations, triple lines and junctions, from the arrays of any mesh.

Everything follows from cells, tagged facets and the two regions of each boundary, so that generated and imported meshes
have the same network. A *ridge* is what facets share: an edge in 3-D, a point in 2-D. A periodic side divides the
boundaries and lines that cross it, as it divides the grains.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jadeite.microstructure.adjacency import Numbering, cells_beside, faces_of, lookup
from jadeite.microstructure.network.tables import JunctionTable, RowLists, TripleLineTable
from jadeite.microstructure.orientation import disorientation_rotation, rotation_of, standard_axis
from jadeite.microstructure.tagged_mesh import RegionTable, SurfaceKind, SurfaceTable, TaggedMesh

Array = NDArray[np.float64]
Index = NDArray[np.int64]

BOUNDARIES = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
ELECTRODES = (
    (SurfaceKind.PLATING_ELECTRODE, SurfaceKind.UNWETTED_PATCH),
    (SurfaceKind.STRIPPING_ELECTRODE,),
)
# a boundary whose mean normal is shorter than this bends around so far that no plane stands for it
LEAST_MEAN_NORMAL = 0.1


def attach_network(mesh: TaggedMesh) -> TaggedMesh:
    """A mesh with its network: columns of the boundaries, triple lines, junctions, and their totals as statistics.

    Every boundary between two regions gets its mean normal, misorientation, number of facets and contact with the
    electrodes; properties and all other rows stay as they are. Misorientations respect the crystal symmetry of the
    regions and are NaN between different materials or symmetries.
    """
    network = _BoundaryFacets(mesh)
    lines, line_of_ridge = _triple_lines(mesh, network)
    junctions = _junctions(mesh, network, lines, line_of_ridge)
    boundaries = mesh.surfaces.rows(*BOUNDARIES)
    statistics = {
        **mesh.statistics,
        "boundaries": len(boundaries),
        "boundary_measure": float(mesh.surfaces.measure[boundaries].sum()),
        "triple_lines": len(lines),
        "triple_line_length": float(lines.measure.sum()),
        "junctions": len(junctions),
    }
    surfaces = _described(mesh, network)
    return replace(mesh, surfaces=surfaces, triple_lines=lines, junctions=junctions, statistics=statistics)


def misorientations(regions: RegionTable, pairs: NDArray[np.int32]) -> tuple[Array, Array]:
    """Misorientation angle (n,) in rad and axis (n, 3) between pairs of regions (n, 2).

    The axis is a unit vector in the common frame of the crystals, in the sector that the symmetry makes standard. Both
    are NaN between different materials or symmetries; the axis alone is NaN where the angle is zero.
    """
    angle, axis = np.full(len(pairs), np.nan), np.full((len(pairs), 3), np.nan)
    material, symmetry = np.array(regions.material, dtype=object), np.array(regions.crystal_symmetry, dtype=object)
    alike = (material[pairs] == material[pairs[:, :1]]).all(axis=1)
    alike &= (symmetry[pairs] == symmetry[pairs[:, :1]]).all(axis=1)
    for name in sorted(set(symmetry[pairs[alike, 0]])):
        rows = np.flatnonzero(alike & (symmetry[pairs[:, 0]] == name))
        first, second = regions.orientation[pairs[rows, 0]], regions.orientation[pairs[rows, 1]]
        angle[rows], axis[rows] = rotation_of(disorientation_rotation(first, second, name))
        axis[rows] = standard_axis(axis[rows], name)
    return angle, axis


class _BoundaryFacets:
    """Facets of boundaries between two regions, with their ridges numbered and their regions known."""

    def __init__(self, mesh: TaggedMesh) -> None:
        table = mesh.surfaces
        between = np.zeros(len(table), dtype=bool)
        between[table.rows(*BOUNDARIES)] = True
        between &= (table.regions >= 0).all(axis=1)
        self.rows = np.flatnonzero(between)
        chosen = between[mesh.facet_surface]
        self.facets, self.surface = mesh.facets[chosen], mesh.facet_surface[chosen]
        self.regions = table.regions[self.surface]
        self.area_vector = _facet_vectors(mesh.points, self.facets)
        self.measure = np.linalg.norm(self.area_vector, axis=1)
        self.numbering = Numbering(self.facets, len(mesh.points))
        dimension = mesh.dimension
        ridges = faces_of(self.facets).reshape(-1, dimension - 1)
        self._keys, first, ridge = np.unique(self.numbering.keys(ridges), return_index=True, return_inverse=True)
        self.ridges: Index = ridges[first]
        self.ridge_of_facet: Index = ridge.reshape(len(self.facets), dimension)

    def ridge_rows(self, ridges: Index) -> Index:
        """Rows of `self.ridges` for rows of points, -1 for those that are no ridge of a boundary."""
        return lookup(self._keys, self.numbering.keys(ridges))


def _described(mesh: TaggedMesh, network: _BoundaryFacets) -> SurfaceTable:
    """The surface table with the columns of the network."""
    table, dimension = mesh.surfaces, mesh.dimension
    count = len(table)
    # turn every facet so that its normal leaves regions[0], which the cell there tells
    beside, opposite = cells_beside(mesh.cells, network.facets, len(mesh.points))
    second = (mesh.cell_region[beside[:, 1]] == network.regions[:, 0]).astype(np.int64)
    facet = np.arange(len(beside))
    corner = mesh.cells[beside[facet, second], opposite[facet, second]]
    inward = mesh.points[corner] - mesh.points[network.facets[:, 0]]
    vector = -np.sign(np.einsum("ij,ij->i", inward, network.area_vector))[:, None] * network.area_vector
    total = np.column_stack([np.bincount(network.surface, column, minlength=count) for column in vector.T])
    measure = np.bincount(network.surface, network.measure, minlength=count)
    length = np.linalg.norm(total, axis=1)
    normal = np.full((count, dimension), np.nan)
    plane = length > LEAST_MEAN_NORMAL * np.where(measure > 0.0, measure, np.inf)
    normal[plane] = total[plane] / length[plane, None]

    angle, axis = table.misorientation.copy(), np.full((count, 3), np.nan)
    angle[network.rows], axis[network.rows] = misorientations(mesh.regions, table.regions[network.rows])

    contact = np.zeros((count, 2))
    ridge_measure = _ridge_measure(mesh.points, network.ridges)
    for column, kinds in enumerate(ELECTRODES):
        facets = mesh.facets[np.isin(mesh.facet_surface, table.rows(*kinds))]
        touched = np.zeros(len(network.ridges), dtype=bool)
        rows = network.ridge_rows(faces_of(facets).reshape(-1, dimension - 1))
        touched[rows[rows >= 0]] = True
        facet, corner = np.nonzero(touched[network.ridge_of_facet])
        ridge = network.ridge_of_facet[facet, corner]
        pairs = _distinct(network.surface[facet], ridge)
        contact[:, column] = np.bincount(pairs[:, 0], ridge_measure[pairs[:, 1]], minlength=count)
    facets_of = np.bincount(network.surface, minlength=count)
    return replace(
        table,
        misorientation=angle,
        normal=normal,
        misorientation_axis=axis,
        facets=facets_of,
        electrode_contact=contact,
    )


def _triple_lines(mesh: TaggedMesh, network: _BoundaryFacets) -> tuple[TripleLineTable, Index]:
    """The triple lines, and for each ridge of the network the line it belongs to (-1 for none)."""
    corners = mesh.dimension
    # every pair (ridge, region) and (ridge, boundary) once
    ridge = np.repeat(network.ridge_of_facet.ravel(), 2)
    around = _distinct(ridge, np.repeat(network.regions, corners, axis=0).ravel())
    count = np.bincount(around[:, 0], minlength=len(network.ridges))
    triple = np.flatnonzero(count >= 3)
    line_of_ridge = np.full(len(network.ridges), -1, dtype=np.int64)
    if not len(triple):
        return TripleLineTable(ridges=np.empty((0, mesh.dimension - 1), dtype=np.int64)), line_of_ridge
    sets = _padded(around, triple, count)
    _, group = np.unique(sets, axis=0, return_inverse=True)
    group = group.ravel()
    # ridges of one set of regions that share a point belong to one line: components of a graph of ridges and places
    points = network.ridges[triple]
    places, place = np.unique(
        np.repeat(group, points.shape[1]) * len(mesh.points) + points.ravel(), return_inverse=True
    )
    at = np.repeat(np.arange(len(triple)), points.shape[1])
    size = len(triple) + len(places)
    graph = coo_array((np.ones(len(at)), (at, len(triple) + place.ravel())), shape=(size, size))
    component = connected_components(graph, directed=False)[1][: len(triple)]
    _, first, line = np.unique(component, return_index=True, return_inverse=True)
    # lines come in the order of their sets of regions
    order = np.lexsort([first, group[first]])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    line = rank[line.ravel()]
    line_of_ridge[triple] = line

    length = _ridge_measure(mesh.points, points)
    measure = np.bincount(line, length)
    region_lists = _lists(len(order), line_of_ridge, around)
    facet_pairs = np.column_stack([network.ridge_of_facet.ravel(), np.repeat(network.surface, corners)])
    boundary_lists = _lists(len(order), line_of_ridge, facet_pairs)
    table = TripleLineTable(
        _numbered(mesh.regions.name, region_lists),
        region_lists,
        boundary_lists,
        _dihedral_angles(mesh, network, region_lists, line_of_ridge, measure),
        measure,
        points,
        line.astype(np.int32),
    )
    return table, line_of_ridge


def _dihedral_angles(
    mesh: TaggedMesh, network: _BoundaryFacets, regions: RowLists, line_of_ridge: Index, measure: Array
) -> Array:
    """Angle in rad that each region of each line fills at it, a mean over the length: the sum over its cells."""
    corners = mesh.dimension + 1
    ends = np.zeros(len(mesh.points), dtype=bool)
    ends[network.ridges[line_of_ridge >= 0]] = True
    near = ends[mesh.cells].sum(axis=1) >= mesh.dimension - 1
    cells, region = mesh.cells[near], mesh.cell_region[near].astype(np.int64)
    count = len(mesh.regions)
    wanted = regions.owners * count + regions.values
    total = np.zeros(len(wanted))
    ridge_length = _ridge_measure(mesh.points, network.ridges)
    for here in combinations(range(corners), mesh.dimension - 1):
        ridge = network.ridge_rows(cells[:, here])
        line = np.where(ridge >= 0, line_of_ridge[ridge], -1)
        cell = np.flatnonzero(line >= 0)
        others = [corner for corner in range(corners) if corner not in here]
        at = mesh.points[cells[cell]]
        start, (first, second) = at[:, here[0]], (at[:, corner] for corner in others)
        angle = _angle_about(at[:, here[-1]] - start, first - start, second - start)
        row = np.searchsorted(wanted, line[cell] * count + region[cell])
        total += np.bincount(row, angle * ridge_length[ridge[cell]], minlength=len(wanted))
    return total / measure[regions.owners]


def _junctions(
    mesh: TaggedMesh, network: _BoundaryFacets, lines: TripleLineTable, line_of_ridge: Index
) -> JunctionTable:
    """Points of a solid where four or more regions meet, more than on any line through them."""
    if mesh.dimension == 2 or not len(lines):
        return JunctionTable(position=np.empty((0, mesh.dimension)))
    ends, line = lines.ridges.ravel(), np.repeat(lines.ridge_line, 2)
    near = np.zeros(len(mesh.points), dtype=bool)
    near[ends] = True
    facet, corner = np.nonzero(near[network.facets])
    point = np.repeat(network.facets[facet, corner], 2)
    around = _distinct(point, network.regions[facet].ravel())
    count = np.bincount(around[:, 0], minlength=len(mesh.points))
    of_line = np.diff(lines.regions.offsets)[line]
    # along a line of four or more regions, and where it ends on a wall, the regions are still those of the line
    along = np.zeros(len(mesh.points), dtype=bool)
    along[ends[of_line == count[ends]]] = True
    found = np.flatnonzero((count >= 4) & near & ~along)
    number = np.full(len(mesh.points), -1, dtype=np.int64)
    number[found] = np.arange(len(found))
    regions = _lists(len(found), number, around)
    return JunctionTable(
        _numbered(mesh.regions.name, regions),
        found,
        mesh.points[found],
        regions,
        _lists(len(found), number, np.column_stack([ends, line])),
    )


def _facet_vectors(points: Array, facets: Index) -> Array:
    """Normal vectors of facets, as long as the facet's area in m^2 (length in m in 2-D); either side."""
    at = points[facets]
    if points.shape[1] == 2:
        along = at[:, 1] - at[:, 0]
        return np.column_stack([along[:, 1], -along[:, 0]])
    return 0.5 * np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0])


def _ridge_measure(points: Array, ridges: Index) -> Array:
    """Length of each edge in m; 1 for a point, the edge of a plane cell per metre of depth."""
    if ridges.shape[1] == 1:
        return np.ones(len(ridges))
    return np.linalg.norm(points[ridges[:, 1]] - points[ridges[:, 0]], axis=1)


def _angle_about(axis: Array, first: Array, second: Array) -> Array:
    """Angle between two vectors seen along an axis (in 2-D, where the axis is a point, simply between them)."""
    if first.shape[1] == 3:
        axis = axis / np.linalg.norm(axis, axis=1, keepdims=True)
        first = first - np.einsum("ij,ij->i", first, axis)[:, None] * axis
        second = second - np.einsum("ij,ij->i", second, axis)[:, None] * axis
        across = np.linalg.norm(np.cross(first, second), axis=1)
    else:
        across = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    return np.arctan2(across, np.einsum("ij,ij->i", first, second))


def _distinct(first: NDArray[Any], second: NDArray[Any]) -> Index:
    """Distinct pairs (n, 2) of two columns of numbers that are not negative, in ascending order."""
    count = int(second.max(initial=0)) + 1
    return np.column_stack(np.divmod(np.unique(first.astype(np.int64) * count + second), count))


def _padded(pairs: Index, owners: Index, count: Index) -> Index:
    """Members of the chosen owners in rows of equal length, padded with -1; `pairs` (owner, member) are sorted."""
    number = np.full(len(count), -1, dtype=np.int64)
    number[owners] = np.arange(len(owners))
    place = np.arange(len(pairs)) - (np.cumsum(count) - count)[pairs[:, 0]]
    rows = np.full((len(owners), int(count[owners].max())), -1, dtype=np.int64)
    chosen = number[pairs[:, 0]] >= 0
    rows[number[pairs[chosen, 0]], place[chosen]] = pairs[chosen, 1]
    return rows


def _lists(length: int, owner_row: Index, pairs: Index) -> RowLists:
    """Lists of the distinct members of each row, from pairs (owner, member) and the row of each owner (-1: none)."""
    row = owner_row[pairs[:, 0]]
    distinct = _distinct(row[row >= 0], pairs[row >= 0, 1])
    offsets = np.concatenate([[0], np.cumsum(np.bincount(distinct[:, 0], minlength=length))])
    return RowLists(offsets, distinct[:, 1].astype(np.int32))


def _numbered(names: tuple[str, ...], members: RowLists) -> tuple[str, ...]:
    """Names made of the members' names; those that occur again are numbered."""
    seen: dict[str, int] = {}
    result = []
    for row in range(len(members)):
        name = " | ".join(names[member] for member in members[row].tolist())
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(result)
