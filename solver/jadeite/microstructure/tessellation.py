# SPDX-License-Identifier: LGPL-3.0-or-later
"""Grains of prescribed sizes that fill a box, in two or three dimensions: what they are, and how a recipe makes them.

Grains are the cells of a power diagram (`laguerre.py`): convex, with planar faces. Where a periodic side of the box
cuts a grain, each piece is a cell of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.microstructure.grain_sizes import diameters_of, draw_diameters, measures_of
from jadeite.microstructure.laguerre import TessellationError
from jadeite.microstructure.laguerre_fit import Cells, keep_clear_of, relax
from jadeite.microstructure.tessellation_cuts import cut_periodic
from jadeite.microstructure.tessellation_faces import face_loops, face_normals

if TYPE_CHECKING:
    from jadeite.case.microstructure import Polycrystal

Array = NDArray[np.float64]
Index = NDArray[np.int64]

__all__ = ["GrainLayer", "Tessellation", "TessellationError", "tessellate"]


@dataclass(frozen=True, eq=False)
class GrainLayer:
    """A polycrystal between y = low and y = high, m."""

    low: float
    high: float
    polycrystal: Polycrystal


@dataclass(frozen=True, eq=False)
class Tessellation:
    """Cells that fill the box [0, box[0]] x ... in m, in d dimensions; each is a grain, or a piece of one.

    Grains (g): `seeds` (g, d) in m and `weights` (g,) in m^2 of the power diagram, measured in space that is shrunk by
    `stretch` (d,): the power distance of x is |(x - seed) / stretch|^2 - weight. `target_measures` (g,) in m^2 or m^3;
    `grain_phase` (g,), zero for the polycrystal's main material and k for its k-th second phase; `grain_layer` (g,).

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
        """Equivalent diameter in m that each grain should have."""
        return diameters_of(self.target_measures, self.dimension)

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
        """Diameter in m of the circle (2-D) or sphere (3-D) of each grain's measure."""
        return diameters_of(self.grain_measures(), self.dimension)

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

    def polygons(self) -> list[Array]:
        """Corners (k, 2) of each cell of a plane tessellation, anticlockwise."""
        ends = self.face_vertices.reshape(-1, 2)
        cell = np.concatenate([self.face_cells.ravel(), self.face_cells.ravel()])
        vertex = np.concatenate([np.repeat(ends[:, 0], 2), np.repeat(ends[:, 1], 2)])
        pairs = np.unique(np.stack([cell, vertex], axis=1)[cell >= 0], axis=0)
        cell, vertex = pairs.T
        count = np.bincount(cell)
        middle = np.stack([np.bincount(cell, weights=self.vertices[vertex, k]) / count for k in range(2)], axis=1)
        # cells are convex, so the order around their middle is the order along their outline
        x, y = (self.vertices[vertex] - middle[cell]).T
        order = np.lexsort((np.arctan2(y, x), cell))
        return np.split(self.vertices[vertex[order]], np.cumsum(count)[:-1])


def tessellate(
    box: ArrayLike,
    layers: Sequence[GrainLayer],
    generator: np.random.Generator,
    *,
    periodic: Sequence[int] = (),
    keep_clear: ArrayLike = (),
    clearance: float = 0.0,
) -> Tessellation:
    """Fill the box [0, box[0]] x ... (m) with the grains of layers that lie on each other and fill it together.

    Seeds of a layer stay within it, its grains have its sizes, and the interface between layers follows the grains.
    Along the `periodic` axes (0 or 2) the grains continue themselves. No grain boundary comes nearer than `clearance`
    to any of the points `keep_clear` (k, d). Raises TessellationError, saying how close it came, when the grains do not
    fit or their sizes cannot be reached.
    """
    sides = np.asarray(box, dtype=float)
    drawn = [_draw(layer, sides, generator) for layer in layers]
    measures = np.concatenate([part for part, _ in drawn])
    phase = np.concatenate([part for _, part in drawn])
    layer = np.repeat(np.arange(len(layers)), [len(part) for part, _ in drawn])
    unit = (
        float(diameters_of(measures, len(sides)).mean()) if len(layers) > 1 else layers[0].polycrystal.grain_size.mean
    )
    low = np.array([part.low for part in layers])[layer] / unit
    high = np.array([part.high for part in layers])[layer] / unit
    scaled = sides / unit
    seeds = generator.uniform(0.0, 1.0, (len(measures), len(sides))) * scaled
    seeds[:, 1] = low + (high - low) * seeds[:, 1] / scaled[1]
    cells = Cells(
        scaled,
        tuple(periodic),
        seeds,
        np.zeros(len(measures)),
        measures / unit ** len(sides),
        low,
        high,
    )
    cells = relax(cells)
    points = np.asarray(keep_clear, dtype=float).reshape(-1, len(sides)) / unit
    cells = keep_clear_of(cells, points, clearance / unit)
    return _tessellation(cells, sides, unit, phase, layer)


def _draw(layer: GrainLayer, box: Array, generator: np.random.Generator) -> tuple[Array, Index]:
    """Measures of the grains of a layer and their phases."""
    dimension = len(box)
    total = float(np.prod(box)) / box[1] * (layer.high - layer.low)
    polycrystal = layer.polycrystal
    kinds = [np.empty(0)] * (1 + len(polycrystal.second_phases))
    for number, phase in enumerate(polycrystal.second_phases, start=1):
        size = polycrystal.grain_size if phase.grain_size is None else phase.grain_size
        kinds[number] = measures_of(draw_diameters(phase.fraction * total, size, dimension, generator), dimension)
    rest = total - sum(float(part.sum()) for part in kinds)
    kinds[0] = measures_of(draw_diameters(rest, polycrystal.grain_size, dimension, generator), dimension)
    return np.concatenate(kinds), np.repeat(np.arange(len(kinds)), [len(part) for part in kinds])


def _tessellation(cells: Cells, box: Array, unit: float, phase: Index, layer: Index) -> Tessellation:
    pieces = cut_periodic(face_loops(cells.diagram()), len(cells.seeds), cells.periodic)
    loops = pieces.loops
    vertices = loops.vertices * unit
    # what lies on a wall lies on it exactly, whatever the unit
    vertices = np.where(loops.vertices == loops.box, box, vertices)
    return Tessellation(
        box,
        cells.periodic,
        np.ones(len(box)),
        cells.seeds * unit,
        cells.weights * unit**2,
        cells.measures * unit ** len(box),
        phase,
        layer,
        vertices,
        loops.offsets,
        loops.corner_vertex,
        loops.cells,
        pieces.grain,
        pieces.shift,
    )
