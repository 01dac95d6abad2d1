# SPDX-License-Identifier: LGPL-3.0-or-later
"""Columnar grains: strips of a rectangle, and prisms over a plane tessellation of the cross-section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import TessellationError
from jadeite.microstructure.tessellation.cells import Tessellation
from jadeite.microstructure.tessellation.faces import FaceLoops, oriented

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# no strip becomes narrower than this part of its width when its boundaries give way to the points to keep clear of
NARROWEST = 0.3


@dataclass(frozen=True, eq=False)
class StripGrains:
    """Strips in their order: widths in m, phase and layer of each."""

    widths: Array
    phase: Index
    layer: Index


def extrude(
    section: Tessellation, axes: tuple[int, int], along: int, box: Array, periodic: tuple[int, ...]
) -> Tessellation:
    """Prisms along the axis `along` of the box over a plane tessellation whose axes are the axes `axes` of the box."""
    count, faces = len(section.vertices), len(section.face_cells)
    vertices = np.zeros((2 * count, 3))
    vertices[:, list(axes)] = np.tile(section.vertices, (2, 1))
    vertices[count:, along] = box[along]
    ends = section.face_vertices.reshape(-1, 2)
    sides = np.column_stack([ends, ends[:, ::-1] + count]).ravel()
    offsets, outline = section.outlines()
    cells = np.arange(len(section.cell_grain))
    # side 1 of axis 0 and the like of the section become those of the axes they stand for
    second = section.face_cells[:, 1].copy()
    wall = second < 0
    axis_and_side = np.divmod(-1 - second[wall], 2)
    second[wall] = -(1 + 2 * np.array(axes)[axis_and_side[0]] + axis_and_side[1])
    face_cells = np.concatenate(
        [
            np.stack([section.face_cells[:, 0], second], axis=1),
            np.stack([cells, np.full(len(cells), -(1 + 2 * along))], axis=1),
            np.stack([cells, np.full(len(cells), -(2 + 2 * along))], axis=1),
        ]
    )
    face_offsets = np.concatenate([4 * np.arange(faces), 4 * faces + offsets[:-1], 4 * faces + offsets[-1] + offsets])
    towards = np.zeros((len(face_cells), 3))
    direction = section.vertices[ends[:, 1]] - section.vertices[ends[:, 0]]
    towards[:faces, list(axes)] = np.stack([direction[:, 1], -direction[:, 0]], axis=1)
    towards[faces : faces + len(cells), along] = -1.0
    towards[faces + len(cells) :, along] = 1.0
    corners = np.concatenate([sides, outline, outline + count])
    seeds = np.full((len(section.seeds), 3), 0.5 * box[along])
    seeds[:, list(axes)] = section.seeds
    stretch = np.full(3, np.inf)
    stretch[list(axes)] = section.stretch
    shift = np.zeros((len(cells), 3), dtype=np.int64)
    shift[:, list(axes)] = section.cell_shift
    return Tessellation(
        box,
        periodic,
        stretch,
        seeds,
        section.weights,
        section.target_measures * box[along],
        section.grain_phase,
        section.grain_layer,
        vertices,
        face_offsets,
        _oriented_corners(box, vertices, face_offsets, corners, towards),
        face_cells,
        section.cell_grain,
        shift,
    )


def _oriented_corners(box: Array, vertices: Array, offsets: Index, corners: Index, towards: Array) -> Index:
    unmoved = np.zeros((len(corners), len(box)), dtype=np.int64)
    nobody = np.zeros((len(towards), 2), dtype=np.int64)
    return oriented(FaceLoops(box, vertices, offsets, corners, unmoved, nobody, nobody), towards).corner_vertex


def strips(
    grains: StripGrains, across: int, box: Array, periodic: tuple[int, ...], keep_clear: Array, clearance: float
) -> Tessellation:
    """Strips side by side along the axis `across` of a rectangle, from zero upwards.

    If that axis is periodic, the sides of the rectangle lie in the middle of the first strip. Boundaries nearer than
    `clearance` to one of the places `keep_clear` (k,) along the axis give way. Raises TessellationError when a strip
    would become too narrow by that.
    """
    along, wraps = 1 - across, across in periodic
    widths, size = grains.widths, box[across]
    levels = np.append(0.0, np.cumsum(widths))
    levels *= size / levels[-1]
    levels[-1] = size
    grain = np.arange(len(widths))
    moved = np.zeros((len(widths), 2), dtype=np.int64)
    if wraps:
        levels = np.concatenate([[0.0], levels[1:] - 0.5 * widths[0], [size]])
        grain = np.append(grain, 0)
        moved = np.zeros((len(grain), 2), dtype=np.int64)
        moved[-1, across] = 1
    levels = _out_of_the_way(levels, keep_clear, clearance)
    parts = np.diff(levels)
    achieved = np.bincount(grain, parts, minlength=len(widths))
    if np.any(achieved < NARROWEST * widths) or parts.min() <= 0.0:
        raise TessellationError("columnar grains are too narrow to keep their boundaries clear of the flaw tips")
    seeds = np.full((len(widths), 2), 0.5 * box[along])
    seeds[:, across] = 0.5 * (levels[:-1] + levels[1:])[: len(widths)]
    if wraps:
        seeds[0, across] = (0.5 * (parts[0] - parts[-1])) % size

    count = len(levels)
    vertices = np.zeros((2 * count, 2))
    vertices[:, across] = np.tile(levels, 2)
    vertices[count:, along] = box[along]
    row, cells = np.arange(count), np.arange(len(grain))
    ends = np.concatenate(
        [
            np.stack([row, row + count], axis=1),
            np.stack([cells, cells + 1], axis=1),
            np.stack([cells, cells + 1], axis=1) + count,
        ]
    )
    face_cells = np.concatenate(
        [
            [[0, -(1 + 2 * across)]],
            np.stack([cells[:-1], cells[1:]], axis=1),
            [[len(grain) - 1, -(2 + 2 * across)]],
            np.stack([cells, np.full(len(cells), -(1 + 2 * along))], axis=1),
            np.stack([cells, np.full(len(cells), -(2 + 2 * along))], axis=1),
        ]
    )
    towards = np.zeros((len(ends), 2))
    towards[:count, across] = 1.0
    towards[0, across] = -1.0
    towards[count : count + len(cells), along] = -1.0
    towards[count + len(cells) :, along] = 1.0
    offsets = 2 * np.arange(len(ends) + 1)
    stretch = np.full(2, np.inf)
    stretch[across] = 1.0
    return Tessellation(
        box,
        periodic,
        stretch,
        seeds,
        # the power of a boundary with respect to either of its strips is zero
        (0.5 * achieved) ** 2,
        widths * box[along],
        grains.phase,
        grains.layer,
        vertices,
        offsets,
        _oriented_corners(box, vertices, offsets, ends.ravel(), towards),
        face_cells,
        grain,
        moved,
    )


def _out_of_the_way(levels: Array, points: Array, clearance: float) -> Array:
    """The inner levels moved to the nearest place that is not nearer than `clearance` to any point."""
    low, high = np.sort(points) - clearance, np.sort(points) + clearance
    levels = levels.copy()
    if len(points) == 0:
        return levels
    # forbidden intervals that overlap are one
    apart = np.append(True, low[1:] > np.maximum.accumulate(high)[:-1])
    low, high = low[apart], np.maximum.reduceat(high, np.flatnonzero(apart))
    inner = levels[1:-1]
    interval = np.searchsorted(low, inner, side="right") - 1
    inside = (interval >= 0) & (inner < high[interval])
    nearer_low = inner - low[interval] < high[interval] - inner
    inner[inside] = np.where(nearer_low, low[interval], high[interval])[inside]
    return levels
