# SPDX-License-Identifier: LGPL-3.0-or-later
"""The staircase between voxels made smooth, without moving any grain's volume or any point out of its reach.

A point may move by up to half a voxel along each axis: the true boundary passes within that reach of every corner that
sees two grains, and points that stay within it cannot pass each other. Steps towards the average of the neighbours
alternate with corrections that give every grain the volume of its voxels again, by shifting each boundary along its
normal by the difference of a pressure on its two sides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, eye_array
from scipy.sparse.linalg import spsolve

from jadeite.microstructure.importing.voxel_surfaces import OUTSIDE, Staircase, neighbour_average

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# points stay this far (in voxels, along each axis) from where they started
REACH = 0.5
# part of the way to the average of the neighbours that a point goes in one step
STEP = 0.5
# smoothing steps between two corrections of the volumes
STEPS_PER_CORRECTION = 5


def smooth(stairs: Staircase, steps: int) -> Array:
    """Positions (n, d) of the points after `steps` smoothing steps, in voxels.

    Volumes of grains and pores are kept as far as the reach of the points allows; walls of the box stay exact.
    """
    average, free = neighbour_average(stairs)
    points = stairs.corners.copy()
    low, high = stairs.corners - REACH, stairs.corners + REACH
    target = _volumes(stairs.corners, stairs)
    for step in range(1, steps + 1):
        points += STEP * free * (average @ points - points)
        if step % STEPS_PER_CORRECTION == 0 or step == steps:
            points = _with_volumes(np.clip(points, low, high), stairs, target, free)
        points = np.clip(points, low, high)
    return points


def simplices(points: Array, faces: Index) -> tuple[Index, Index]:
    """Faces as simplices, and the face each comes from: quadrilaterals are divided along their shorter diagonal."""
    if faces.shape[1] == 2:
        return faces, np.arange(len(faces))
    a, b, c, d = (points[faces[:, k]] for k in range(4))
    first = (np.linalg.norm(a - c, axis=1) <= np.linalg.norm(b - d, axis=1))[:, None]
    one = np.where(first, faces[:, [0, 1, 2]], faces[:, [0, 1, 3]])
    two = np.where(first, faces[:, [0, 2, 3]], faces[:, [1, 2, 3]])
    return np.concatenate([one, two]), np.tile(np.arange(len(faces)), 2)


def normals(points: Array, facets: Index) -> Array:
    """Normals (t, d) of segments or triangles, as long as these are large, pointing from the first side."""
    at = points[facets]
    if facets.shape[1] == 2:
        along = at[:, 1] - at[:, 0]
        return np.stack([along[:, 1], -along[:, 0]], axis=1)
    return 0.5 * np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0])


def _volumes(points: Array, stairs: Staircase) -> Array:
    """Volume inside the faces of each row of the image, in voxels (divergence theorem)."""
    facets, face = simplices(points, stairs.faces)
    flow = np.sum(points[facets[:, 0]] * normals(points, facets), axis=1) / points.shape[1]
    count = int(stairs.sides.max()) + 1
    total = np.zeros(count)
    for side, sign in ((0, 1.0), (1, -1.0)):
        row = stairs.sides[face, side]
        total += sign * np.bincount(row[row >= 0], weights=flow[row >= 0], minlength=count)
    return total


def _with_volumes(points: Array, stairs: Staircase, target: Array, free: Array) -> Array:
    """Points moved so that grains and pores have the volumes `target`, to first order and as gently as possible.

    With a pressure p in each, the boundary between i and j moves by p_i - p_j towards j; the pressures solve the graph
    Laplacian of the boundaries weighted by area. Every point then moves so that it follows the shifts of the planes
    around it, in the least-squares sense.
    """
    facets, face = simplices(points, stairs.faces)
    vector = normals(points, facets)
    area = np.linalg.norm(vector, axis=1)
    need, count = target - _volumes(points, stairs), len(target)
    sides = stairs.sides[face]
    moves = np.flatnonzero((sides.min(axis=1) != OUTSIDE) & (area > 0.0))
    i, j, weight = sides[moves, 0], sides[moves, 1], area[moves]
    entries = np.concatenate([weight, weight, -weight, -weight])
    pairs = (np.concatenate([i, j, i, j]), np.concatenate([i, j, j, i]))
    laplacian = coo_array((entries, pairs), (count, count)).tocsr()
    # the pressures are known up to a constant only; the small part of the identity chooses one
    scale = 1e-9 * max(float(area.sum()), 1.0) / count
    pressure = np.atleast_1d(spsolve(csc_array(laplacian + scale * eye_array(count)), need))
    shift = np.zeros(len(facets))
    shift[moves] = pressure[i] - pressure[j]

    dimension = points.shape[1]
    unit = vector / np.maximum(area, 1e-300)[:, None]
    matrix, force = np.zeros((len(points), dimension, dimension)), np.zeros((len(points), dimension))
    for corner in range(dimension):
        for k in range(dimension):
            force[:, k] += np.bincount(facets[:, corner], weights=area * shift * unit[:, k], minlength=len(points))
            for m in range(dimension):
                weights = area * unit[:, k] * unit[:, m]
                matrix[:, k, m] += np.bincount(facets[:, corner], weights=weights, minlength=len(points))
    identity = np.eye(dimension)
    # a point in a plane has no reason to move within it
    matrix += 1e-2 * np.trace(matrix, axis1=1, axis2=2)[:, None, None] * identity
    matrix = matrix * free[:, :, None] * free[:, None, :] + identity * (1.0 - free)[:, :, None]
    return points + np.linalg.solve(matrix, (force * free)[..., None])[..., 0]
