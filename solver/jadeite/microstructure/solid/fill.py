# SPDX-License-Identifier: LGPL-3.0-or-later
"""Tetrahedra inside a closed triangulation that bounds any number of volumes, whose triangles stay exactly as given.

The triangulation goes to Gmsh as one discrete surface per pair of volumes, so that neither a geometry kernel nor any
boolean operation is involved. What comes back is checked triangle by triangle and volume by volume. Equal input gives
equal meshes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.quality import OUTWARD_FACETS, tetrahedron_volumes
from jadeite.microstructure.solid.gmsh_process import run_task, write_task, write_triangles
from jadeite.microstructure.solid.size_grid import SizeFunction, SizeGrid, sample_sizes

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# tried in this order; the number is Gmsh's option Mesh.Algorithm3D
ALGORITHMS = {"HXT": 10, "Delaunay": 1, "Frontal": 4}
# relative error allowed between the volume of a region's tetrahedra and that inside its triangles
VOLUME_TOLERANCE = 1e-9
# s after which Gmsh is stopped: a hundred times what it takes
LEAST_TIME, TIME_PER_TRIANGLE = 120.0, 2e-3


class Filling(NamedTuple):
    """Points (n, 3) in m, those given first; positive cells (m, 4); the volume each lies in; the algorithm used."""

    points: Array
    cells: Index
    cell_volume: Index
    algorithm: str


def fill_solid(
    points: ArrayLike,
    triangles: ArrayLike,
    sides: ArrayLike,
    sizes: SizeFunction | float,
    *,
    algorithms: Sequence[str] = tuple(ALGORITHMS),
) -> Filling:
    """Fill the volumes that a triangulation bounds with tetrahedra.

    `points` (n, 3) in m, each a corner of some triangle; `triangles` (t, 3) rows of points; `sides` (t, 2) numbers of
    the volumes behind and before each triangle, seen along its normal by the right-hand rule, -1 outside. Volumes are
    numbered from 0 and may have several shells. `sizes` gives the size of cells in m: a number, or a function of
    points (k, 3). The first algorithm whose result passes all checks is used: every triangle a facet between its two
    volumes, no other facet between two volumes, positive cells, the exact volume of each. Raises MeshingError when
    none does, with what each got wrong, and ValueError for a triangulation that bounds no volumes.
    """
    at, corners = np.asarray(points, dtype=float), np.asarray(triangles, dtype=np.int64)
    volumes = np.asarray(sides, dtype=np.int64)
    _check_shells(at, corners, volumes)
    if not isinstance(sizes, SizeGrid):
        edge = np.linalg.norm(at[corners[:, 1]] - at[corners[:, 0]], axis=1)
        function = sizes if callable(sizes) else _uniform(sizes)
        sizes = sample_sizes(function, at.min(axis=0), at.max(axis=0), 0.6 * float(np.median(edge)))
    failures = []
    for name in algorithms:
        try:
            nodes, cells, volume = _fill(at, corners, volumes, sizes, ALGORITHMS[name])
            _check(nodes, cells, volume, corners, volumes, enclosed_volumes(at, corners, volumes))
        except MeshingError as problem:
            failures.append(f"{name}: {problem}")
            continue
        return Filling(nodes, cells, volume, name)
    raise MeshingError("no tetrahedra in the volumes: " + "; ".join(failures))


def enclosed_volumes(points: Array, triangles: Index, sides: Index) -> Array:
    """Volume in m^3 inside the triangles of each volume, by the divergence theorem."""
    count = int(sides.max()) + 1
    # an apex on each volume itself keeps rounding errors as small as the volume
    apex = np.zeros(count, dtype=np.int64)
    for side in (0, 1):
        inside = sides[:, side] >= 0
        apex[sides[inside, side]] = triangles[inside, 0]
    total = np.zeros(count)
    for side, sign in ((0, 1.0), (1, -1.0)):
        inside = sides[:, side] >= 0
        volume = sides[inside, side]
        corner = points[triangles[inside]] - points[apex[volume]][:, None]
        cones = np.einsum("ij,ij->i", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])) / 6.0
        total += sign * np.bincount(volume, weights=cones, minlength=count)
    return total


def facet_keys(facets: Index, count: int) -> tuple[Index, NDArray[np.bool_]]:
    """A number for each triangle's set of corners among `count` points, and whether it turns like the sorted corners.

    Raises ValueError for more than two million points, whose numbers would not be distinct.
    """
    if count >= 1 << 21:
        raise ValueError("more than two million points in one mesh are not supported")
    a, b, c = facets.T
    even = (a < b) ^ (b < c) ^ (a < c)
    low, high = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
    return (low << 42) | ((a + b + c - low - high) << 21) | high, even


def _uniform(size: float) -> SizeFunction:
    """The same size everywhere."""
    return lambda points: np.full(len(points), size)


def _check_shells(points: Array, triangles: Index, sides: Index) -> None:
    """Raise ValueError unless the triangles bound every volume from 0 on, each closed."""
    if len(triangles) == 0 or np.any(sides[:, 0] == sides[:, 1]) or sides.min() < -1:
        raise ValueError("every triangle must lie between two different volumes, or between one and the outside")
    missing = np.setdiff1d(np.arange(sides.max() + 1), sides)
    if len(missing):
        raise ValueError(f"volume {missing[0]} has no triangles")
    unused = np.setdiff1d(np.arange(len(points)), triangles)
    if len(unused):
        raise ValueError(f"point {unused[0]} is the corner of no triangle")
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    sign = np.where(edges[:, 0] < edges[:, 1], 1, -1)
    key = edges.min(axis=1) * len(points) + edges.max(axis=1)
    count = int(sides.max()) + 1
    _, number = np.unique(key, return_inverse=True)
    # around every edge, each volume must be entered as often as it is left
    entering = np.concatenate([number * count + np.tile(sides[:, 0], 3), number * count + np.tile(sides[:, 1], 3)])
    weight = np.concatenate([sign, -sign])
    real = np.concatenate([np.tile(sides[:, 0], 3), np.tile(sides[:, 1], 3)]) >= 0
    pairs, at = np.unique(entering[real], return_inverse=True)
    open_pairs = pairs[np.bincount(at, weights=weight[real]) != 0]
    if len(open_pairs):
        raise ValueError(f"the triangles around volume {open_pairs[0] % count} leave a hole")


def _fill(points: Array, triangles: Index, sides: Index, sizes: SizeGrid, algorithm: int) -> tuple[Array, Index, Index]:
    """Points, positive cells and the volume of each cell, as one algorithm makes them."""
    origin, extent = points.min(axis=0), float(np.ptp(points, axis=0).max())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_task(folder, 3, {"Mesh.Algorithm3D": algorithm}, sizes, origin, extent)
        _describe((points - origin) / extent, triangles, sides, folder)
        result = run_task(folder, LEAST_TIME + TIME_PER_TRIANGLE * len(triangles))
    if message := str(result["message"]):
        raise MeshingError(message)
    return _collect(points, origin, extent, result, int(sides.max()) + 1)


def _describe(scaled: Array, triangles: Index, sides: Index, folder: Path) -> None:
    """Write the surfaces and the lists of surfaces around each volume; tags are numbers plus one."""
    surface, neighbours = _surfaces(triangles, sides)
    turned = np.where((sides[:, 0] > sides[:, 1])[:, None], triangles[:, [0, 2, 1]], triangles)
    write_triangles(folder / "surfaces.msh", scaled, turned, surface)
    bounding: list[list[int]] = [[] for _ in range(int(sides.max()) + 1)]
    for tag, (low, high) in enumerate(neighbours.tolist(), start=1):
        if low >= 0:
            bounding[low].append(tag)
        bounding[high].append(tag)
    (folder / "volumes.json").write_text(json.dumps(bounding))


def _surfaces(triangles: Index, sides: Index) -> tuple[Index, Index]:
    """Number of the surface of each triangle, and the two volumes beside each surface, the smaller number first.

    A surface is what connects between two volumes: HXT tells volumes apart by the surfaces around them, so the wall of
    a pore and the outer wall must not be one.
    """
    _, pair = np.unique((sides.min(axis=1) + 1) * (sides.max() + 1) + sides.max(axis=1), return_inverse=True)
    corner, node = np.unique(pair[:, None] * (triangles.max() + 1) + triangles, return_inverse=True)
    graph = coo_array((np.ones(node[:, 1:].size), (np.tile(node[:, 0], 2), node[:, 1:].T.ravel())), (len(corner),) * 2)
    component = connected_components(graph, directed=False)[1][node[:, 0]]
    _, first, surface = np.unique(component, return_index=True, return_inverse=True)
    return surface, np.sort(sides[first], axis=1)


def _collect(
    points: Array, origin: Array, extent: float, result: dict[str, NDArray[Any]], volumes: int
) -> tuple[Array, Index, Index]:
    """The mesh that Gmsh made, with the given points first and unchanged."""
    tags, volume = result["cells"], result["owner"]
    empty = np.setdiff1d(np.arange(volumes), volume)
    if len(empty):
        raise MeshingError(f"volume {empty[0]} got no cells")
    # tags of given points are their rows plus one
    inner = np.unique(tags[tags > len(points)])
    row = np.full(len(result["coordinates"]), -1, dtype=np.int64)
    row[1 : len(points) + 1] = np.arange(len(points))
    row[inner] = len(points) + np.arange(len(inner))
    nodes = np.concatenate([points, origin + extent * result["coordinates"][inner]])
    cells = row[tags]
    turned = tetrahedron_volumes(nodes, cells) < 0.0
    cells[turned] = cells[turned][:, [0, 2, 1, 3]]
    return nodes, cells, volume


def _check(nodes: Array, cells: Index, volume: Index, triangles: Index, sides: Index, enclosed: Array) -> None:
    """Raise MeshingError unless the cells fill every volume exactly and conform to every triangle."""
    measure = tetrahedron_volumes(nodes, cells)
    if measure.min() <= 0.0:
        raise MeshingError("a cell is inverted or has no volume")
    error = np.abs(np.bincount(volume, weights=measure, minlength=len(enclosed)) / enclosed - 1.0)
    if error.max() > VOLUME_TOLERANCE:
        raise MeshingError(f"volume {error.argmax()} is wrong by {error.max():.3g} of itself, so cells overlap or lack")

    # only facets whose corners all lie on the triangulation can be part of it
    facets = cells[:, OUTWARD_FACETS].reshape(-1, 3)
    owner = np.repeat(volume, 4)
    candidates = facets.max(axis=1) <= triangles.max()
    key, even = facet_keys(facets[candidates], len(nodes))
    order = np.argsort(2 * key + even)
    found, owner = (2 * key + even)[order], owner[candidates][order]
    if np.any(found[1:] == found[:-1]):
        raise MeshingError("a facet has two cells on one side")
    wanted, turn = facet_keys(triangles, len(nodes))
    for side in (0, 1):
        inside = sides[:, side] >= 0
        this = 2 * wanted[inside] + (turn[inside] ^ bool(side))
        at = np.minimum(np.searchsorted(found, this), len(found) - 1)
        if np.any(found[at] != this) or np.any(owner[at] != sides[inside, side]):
            raise MeshingError("a triangle of the surfaces is not a facet between its two volumes")
    # facets with another volume or nothing on their other side must all be triangles that were given
    opposite = found ^ 1
    at = np.minimum(np.searchsorted(found, opposite), len(found) - 1)
    border = (found[at] != opposite) | (owner[at] != owner)
    if np.count_nonzero(border) != np.count_nonzero(sides >= 0):
        raise MeshingError("cells of two volumes meet where no surface was given")
