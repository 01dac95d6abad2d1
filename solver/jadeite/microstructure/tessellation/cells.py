# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a tessellation is: grains, the cells they consist of, and the faces between these, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.tessellation.faces import face_normals
from jadeite.microstructure.tessellation.grain_sizes import diameters_of

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Tessellation:
    """Cells that fill the box [0, box[0]] x ... in m, in d dimensions; each is a grain, or a piece of one.

    Grains (g): `seeds` (g, d) in m and `weights` (g,) in m^2 of the power diagram, measured in space that is shrunk by
    `stretch` (d,), infinite along columns: the power distance of x is |(x - seed) / stretch|^2 - weight.
    `target_measures` (g,) in m^2 or m^3; `grain_phase` (g,), zero for the polycrystal's main material and k for its
    k-th second phase; `grain_layer` (g,).

    Cells (c): `cell_grain` (c,); `cell_shift` (c, d), the number of boxes by which the piece was moved from where the
    grain around its seed has it.

    Faces (f): corners of face k are the rows `face_vertices[face_offsets[k]:face_offsets[k + 1]]` of `vertices` (v, d),
    in order, with the right-hand normal from `face_cells[k, 0]` to `face_cells[k, 1]` (f, 2); in the plane a face has
    two ends, and the first cell lies left of it. The second cell is -(1 + 2 * axis + side) at a side of the box.
    """

    box: Array
    periodic: tuple[int, ...]
    stretch: Array
    seeds: Array
    weights: Array
    target_measures: Array
    grain_phase: Index
    grain_layer: Index
    vertices: Array
    face_offsets: Index
    face_vertices: Index
    face_cells: Index
    cell_grain: Index
    cell_shift: Index

    @property
    def dimension(self) -> int:
        """Number of dimensions of space, 2 or 3."""
        return len(self.box)

    @property
    def target_diameters(self) -> Array:
        """Equivalent diameter in m that each grain should have, as `diameters` has it."""
        return self._diameters(self.target_measures)

    def measures(self) -> Array:
        """Area (2-D) or volume (3-D) of each cell."""
        return self._measures_and_centroids()[0]

    def centroids(self) -> Array:
        """Centroid (c, d) of each cell."""
        return self._measures_and_centroids()[1]

    def grain_measures(self) -> Array:
        """Area (2-D) or volume (3-D) of each grain, all its pieces together."""
        return np.bincount(self.cell_grain, self.measures(), minlength=len(self.seeds))

    def diameters(self) -> Array:
        """Diameter in m of the circle (2-D) or sphere (3-D) of each grain's measure; of a column, across it."""
        return self._diameters(self.grain_measures())

    def _diameters(self, measures: Array) -> Array:
        across = np.isfinite(self.stretch)
        return diameters_of(measures / np.prod(self.box[~across]), int(across.sum()))

    def _measures_and_centroids(self) -> tuple[Array, Array]:
        """Both by cones (triangles in 2-D) from the mean of each cell's corners to triangles of its faces."""
        dimension, cells = self.dimension, len(self.cell_grain)
        sizes = np.diff(self.face_offsets)
        face = np.repeat(np.arange(len(sizes)), sizes)
        corners = self.vertices[self.face_vertices]
        middle = np.stack([np.bincount(face, column) for column in corners.T], axis=1) / sizes[:, None]
        inner = self.face_cells[:, 1] >= 0
        cell = np.concatenate([self.face_cells[:, 0], self.face_cells[inner, 1]])
        faces = np.concatenate([np.arange(len(sizes)), np.flatnonzero(inner)])
        sign = np.append(np.ones(len(sizes)), -np.ones(inner.sum()))
        apex = np.stack([np.bincount(cell, column, cells) for column in middle[faces].T], axis=1)
        apex /= np.bincount(cell, minlength=cells)[:, None]
        if dimension == 2:
            part, tip = np.arange(len(faces)), apex[cell]
            normal = sign[:, None] * face_normals(corners, self.face_offsets)[faces]
            base = middle[faces]
            owner = cell
        else:
            following = np.arange(1, len(face) + 1)
            following[self.face_offsets[1:] - 1] = self.face_offsets[:-1]
            fan = 0.5 * np.cross(corners - middle[face], corners[following] - middle[face])
            centre = (corners + corners[following] + middle[face]) / 3
            part = np.concatenate([np.arange(len(face)), np.flatnonzero(inner[face])])
            owner = np.concatenate([self.face_cells[face, 0], self.face_cells[face[inner[face]], 1]])
            turned = np.append(np.ones(len(face)), -np.ones(len(part) - len(face)))
            normal, base, tip = turned[:, None] * fan[part], centre[part], apex[owner]
        cone = np.sum(normal * (base - tip), axis=1) / dimension
        measure = np.bincount(owner, cone, minlength=cells)
        moved = cone[:, None] * (dimension * (base - tip)) / (dimension + 1)
        moment = np.stack([np.bincount(owner, column, cells) for column in moved.T], axis=1)
        return measure, apex + moment / measure[:, None]

    def edges(self) -> Index:
        """Rows of `vertices` (e, 2) at the ends of each edge; in the plane edges are the faces themselves."""
        if self.dimension == 2:
            start, end = self.face_vertices[::2], self.face_vertices[1::2]
        else:
            following = np.arange(1, len(self.face_vertices) + 1)
            following[self.face_offsets[1:] - 1] = self.face_offsets[:-1]
            start, end = self.face_vertices, self.face_vertices[following]
        total = len(self.vertices)
        key = np.unique(np.minimum(start, end) * total + np.maximum(start, end))
        return np.stack([key // total, key % total], axis=1)

    def outlines(self) -> tuple[Index, Index]:
        """Offsets (c + 1,) and rows of `vertices`: the corners of each cell of a plane tessellation, anticlockwise."""
        ends = self.face_vertices.reshape(-1, 2)
        cell = np.concatenate([self.face_cells.ravel(), self.face_cells.ravel()])
        vertex = np.concatenate([np.repeat(ends[:, 0], 2), np.repeat(ends[:, 1], 2)])
        pairs = np.unique(np.stack([cell, vertex], axis=1)[cell >= 0], axis=0)
        cell, vertex = pairs.T
        count = np.bincount(cell)
        middle = np.stack([np.bincount(cell, weights=self.vertices[vertex, k]) / count for k in range(2)], axis=1)
        # cells are convex, so the order around their middle is the order along their outline
        x, y = (self.vertices[vertex] - middle[cell]).T
        return np.append(0, np.cumsum(count)), vertex[np.lexsort((np.arctan2(y, x), cell))]

    def polygons(self) -> list[Array]:
        """Corners (k, 2) of each cell of a plane tessellation, anticlockwise."""
        offsets, vertex = self.outlines()
        return np.split(self.vertices[vertex], offsets[1:-1])
