# SPDX-License-Identifier: LGPL-3.0-or-later
"""A grain image in three dimensions as tetrahedra with smooth, conforming grain boundaries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from jadeite.microstructure.edge_division import SizeFunction
from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.importing.assemble import Region, assemble
from jadeite.microstructure.importing.labels import GrainImage
from jadeite.microstructure.importing.smoothing import simplices, smooth
from jadeite.microstructure.importing.untangle import untangle
from jadeite.microstructure.importing.voxel_surfaces import OUTSIDE, staircase
from jadeite.microstructure.solid.fill import fill_solid
from jadeite.microstructure.solid.mesher import LEAST_ONE_PERCENT_ANGLE
from jadeite.microstructure.tagged_mesh import TaggedMesh

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# parts of the smoothing that are tried when the volumes cannot be filled
SMOOTHING_TRIED = {"smooth": 1.0, "half smooth": 0.5, "staircase": 0.0}


def mesh_voxels(
    image: GrainImage,
    regions: Sequence[Region],
    box: tuple[float, ...],
    *,
    smoothing: int,
    interior_size: float,
    growth: float,
    refinements: int = 0,
) -> TaggedMesh:
    """Tetrahedra in the grains of an image that fills `box` (m).

    Boundaries have the size of a voxel, halved `refinements` times by dividing the smooth triangles; inside grains,
    cells grow by `growth` per distance up to `interior_size` (m), halved as often. Where no valid mesh is found, the
    boundaries are taken half and then all the way back to the staircase, and the statistics say so. Raises MeshingError
    when even that fails.
    """
    stairs = staircase(image.rows)
    scale = np.array(box) / np.array(image.rows.shape)
    start = stairs.corners * scale
    smoothed = smooth(stairs, smoothing) * scale
    triangles, face = simplices(smoothed, stairs.faces)
    wanted = untangle(start, smoothed, triangles)
    sides = np.where(stairs.sides[face] >= image.grains, OUTSIDE, stairs.sides[face])
    # walls of the box where a pore is open to the outside bound nothing
    bounds = sides.max(axis=1) != OUTSIDE
    used, corners = np.unique(triangles[bounds], return_inverse=True)
    corners, sides = corners.reshape(-1, 3), sides[bounds]
    sizes = _sizes(image, scale, interior_size, growth, refinements)
    failures = []
    for name, part in SMOOTHING_TRIED.items():
        points = start + part * (wanted.points - start)
        try:
            filling = fill_solid(*_divided(points[used], corners, sides, refinements), sizes)
        except MeshingError as problem:
            failures.append(f"{name}: {problem}")
            continue
        statistics: dict[str, float | int | str] = {
            "mesh_algorithm": filling.algorithm,
            "boundary_surfaces": name if smoothing else "staircase",
            "points_taken_back": wanted.taken_back,
            "largest_displacement_in_voxels": float(np.abs((points - start) / scale).max()),
            **image.statistics,
        }
        mesh = assemble(filling.points, filling.cells, filling.cell_volume, regions, box, statistics)
        if (angle := float(mesh.statistics["one_percent_dihedral_angle_degrees"])) >= LEAST_ONE_PERCENT_ANGLE:
            return mesh
        failures.append(f"{name}: one percent of the cells has a dihedral angle below {angle:.3g} degrees")
    if scale.max() > 2.0 * scale.min():
        failures.append("voxels are longer than wide; with a `boundary_size` of their length they become cubes")
    raise MeshingError("; ".join(failures))


def _sizes(image: GrainImage, scale: Array, interior: float, growth: float, refinements: int) -> SizeFunction:
    """Cell size as a function of position: that of voxels on boundaries, growing with the distance from them."""
    at_boundary = float(np.prod(scale) ** (1.0 / len(scale)))
    boundary = np.zeros(image.rows.shape, dtype=bool)
    for axis in range(image.rows.ndim):
        low = (slice(None),) * axis + (slice(None, -1),)
        high = (slice(None),) * axis + (slice(1, None),)
        differ = image.rows[low] != image.rows[high]
        boundary[low] |= differ
        boundary[high] |= differ
        ends = np.zeros(image.rows.shape[axis], dtype=bool)
        ends[[0, -1]] = True
        boundary |= ends.reshape([-1 if k == axis else 1 for k in range(image.rows.ndim)])
    distance = ndimage.distance_transform_edt(~boundary, sampling=scale)
    size = 0.5**refinements * np.minimum(at_boundary + growth * distance, max(interior, at_boundary))

    def at(points: Array) -> Array:
        return np.asarray(ndimage.map_coordinates(size, (points / scale - 0.5).T, order=1, mode="nearest"))

    return at


def _divided(points: Array, triangles: Index, sides: Index, times: int) -> tuple[Array, Index, Index]:
    """Triangles with each divided into four at the middles of its edges, so many times over."""
    for _ in range(times):
        edges = triangles[:, [[0, 1], [1, 2], [2, 0]]]
        key, middle = np.unique(edges.min(axis=2) * len(points) + edges.max(axis=2), return_inverse=True)
        ab, bc, ca = (len(points) + middle.reshape(-1, 3)).T
        a, b, c = triangles.T
        points = np.concatenate([points, 0.5 * (points[key // len(points)] + points[key % len(points)])])
        parts = ([a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca])
        triangles = np.concatenate([np.stack(part, axis=1) for part in parts])
        sides = np.tile(sides, (4, 1))
    return points, triangles, sides
