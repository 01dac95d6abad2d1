# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which boundaries meet a crack at its tip, and at which angles they leave it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh

Array = NDArray[np.float64]

#: A boundary meets a tip when it comes this close, over the distance at which its direction is read.
_MEETS = 0.25
#: Directions nearer to the crack itself than this run along its own walls, rad.
BACKWARD = np.radians(150.0)


@dataclass(frozen=True)
class BoundaryDirection:
    """A boundary that meets a tip: its row in the surface table and its angle (rad) from growth, anticlockwise."""

    row: int
    angle: float


class BoundaryLines:
    """The boundaries of a mesh, cut through any number of tips."""

    def __init__(self, tagged: TaggedMesh) -> None:
        """Collect the facets of grain and phase boundaries."""
        rows = tagged.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
        chosen = np.isin(tagged.facet_surface, rows)
        self._row = tagged.facet_surface[chosen]
        self._corners = np.zeros((int(chosen.sum()), tagged.dimension, 3))
        self._corners[:, :, : tagged.dimension] = tagged.points[tagged.facets[chosen]]
        self._middle = self._corners.mean(axis=1)
        self._size = np.linalg.norm(self._corners - self._middle[:, None], axis=2).max(axis=1, initial=0.0)
        self._tree = cKDTree(self._middle) if len(self._middle) else None

    def at(self, place: Array, frame: Array, reach: float) -> list[BoundaryDirection]:
        """Return the boundaries that meet a tip.

        Args:
            place: the tip (3,), m.
            frame: rows growth, normal, tangent, shape (3, 3); boundaries are cut by the plane of the first two.
            reach: distance from the tip at which directions are read, m; of shorter boundaries their far end.
        """
        if self._tree is None:
            return []
        near = np.array(self._tree.query_ball_point(place, reach + float(self._size.max())), dtype=int)
        if not len(near):
            return []
        segments, source = self._cut((self._corners[near] - place) @ frame.T)
        rows = self._row[near][source]
        found = []
        for row in np.unique(rows).tolist():
            own = segments[rows == row]
            if _distance(own).min() <= _MEETS * reach:
                found += [BoundaryDirection(row, angle) for angle in _angles(own, reach)]
        return [one for one in found if abs(one.angle) < BACKWARD]

    def _cut(self, corners: Array) -> tuple[Array, NDArray[np.int64]]:
        """Segments (n, 2, 2) in the plane of growth and normal, and the facet that each comes from."""
        if corners.shape[1] == 2:
            return corners[:, :, :2], np.arange(len(corners))
        height = corners[:, :, 2]
        crossing, source = [], []
        for one, other in ((0, 1), (1, 2), (2, 0)):
            through = (height[:, one] > 0.0) != (height[:, other] > 0.0)
            share = np.where(through, height[:, one] / np.where(through, height[:, one] - height[:, other], 1.0), 0.0)
            crossing.append((corners[:, one] + share[:, None] * (corners[:, other] - corners[:, one]))[through, :2])
            source.append(np.flatnonzero(through))
        points, owner = np.concatenate(crossing), np.concatenate(source)
        order = np.argsort(owner, kind="stable")  # every facet that is cut has two points
        return points[order].reshape(-1, 2, 2), owner[order][::2]


def _distance(segments: Array) -> Array:
    """Distance of segments (n, 2, 2) from the origin."""
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    square = np.maximum(np.einsum("ni,ni->n", along, along), 1e-300)
    share = np.clip(-np.einsum("ni,ni->n", start, along) / square, 0.0, 1.0)
    return np.asarray(np.linalg.norm(start + share[:, None] * along, axis=1))


def _angles(segments: Array, reach: float) -> list[float]:
    """Angles at which a line of segments crosses the circle of a radius, or ends before it."""
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    a = np.einsum("ni,ni->n", along, along)
    b = np.einsum("ni,ni->n", start, along)
    root = b**2 - a * (np.einsum("ni,ni->n", start, start) - reach**2)
    crossing = []
    for sign in (-1.0, 1.0):
        share = (-b + sign * np.sqrt(np.maximum(root, 0.0))) / np.maximum(a, 1e-300)
        hit = (root > 0.0) & (share >= 0.0) & (share < 1.0)
        crossing.append((start + share[:, None] * along)[hit])
    points = np.concatenate(crossing)
    if not len(points):
        ends = segments.reshape(-1, 2)
        points = ends[[int(np.argmax(np.linalg.norm(ends, axis=1)))]]
    angles = np.sort(np.arctan2(points[:, 1], points[:, 0]))
    return [float(angle) for k, angle in enumerate(angles) if k == 0 or angle - angles[k - 1] > 1e-3]
