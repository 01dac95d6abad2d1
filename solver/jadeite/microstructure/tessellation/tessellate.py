# SPDX-License-Identifier: LGPL-3.0-or-later
"""Grains of the sizes, shapes and phases of a recipe, filling a box in two or three dimensions.

Grains are the cells of a power diagram (`laguerre.py`): convex, with planar faces. Where a periodic side of the box
cuts a grain, each piece is a cell of its own. Elongated grains are equiaxed ones of a shrunken box, stretched with it,
which leaves faces planar; columns are equiaxed grains of the cross-section, extruded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.microstructure.errors import TessellationError
from jadeite.microstructure.tessellation.cells import Tessellation
from jadeite.microstructure.tessellation.columns import StripGrains, extrude, strips
from jadeite.microstructure.tessellation.edge_cleaning import lengthen_short_edges
from jadeite.microstructure.tessellation.faces import face_loops
from jadeite.microstructure.tessellation.fit import Cells, keep_clear_of, relax, with_clear_sides
from jadeite.microstructure.tessellation.grain_sizes import diameters_of, draw_diameters, measures_of
from jadeite.microstructure.tessellation.periodic_cuts import cut_periodic

if TYPE_CHECKING:
    from jadeite.case.microstructure import Polycrystal

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# arrangements of the grains that are tried before a recipe counts as impossible
ARRANGEMENTS = 5

__all__ = ["GrainLayer", "Tessellation", "TessellationError", "tessellate"]


@dataclass(frozen=True, eq=False)
class GrainLayer:
    """A polycrystal between y = low and y = high, m."""

    low: float
    high: float
    polycrystal: Polycrystal


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

    Seeds of a layer stay within it, its grains have its sizes, and the interface between layers follows the grains;
    layers that touch must therefore agree on the shape of their grains. Along the `periodic` axes (0 or 2) the grains
    continue themselves. In space, nearly all edges are at least 0.09 mean grain diameters long, or 0.135 diameters of
    the smallest grain around them; plane edges stay as they are, for polygons are cleaned later. No grain boundary
    comes nearer than `clearance` to any of the points `keep_clear` (k, d).
    Raises TessellationError, saying how close it came, when the grains do not fit, their sizes cannot be reached or
    their shapes cannot be had; ValueError when the layers do not fill the box.
    """
    sides = np.asarray(box, dtype=float)
    levels = np.array([(layer.low, layer.high) for layer in layers])
    ends = np.append(levels[:, 0], sides[1]), np.append(0.0, levels[:, 1])
    if not np.allclose(*ends, rtol=0.0, atol=1e-9 * sides[1]) or 1 in periodic:
        raise ValueError("layers must lie on each other and fill the box, which is never periodic along y")
    points = np.asarray(keep_clear, dtype=float).reshape(-1, len(sides))
    shapes = [layer.polycrystal.shape for layer in layers]
    shape = shapes[0]
    if any(other != shape for other in shapes):
        raise TessellationError("layers of grains that touch each other need grains of one shape")
    wraps = tuple(sorted(periodic))
    # polygons of the plane are cleaned once more after flaws were cut into them
    in_space = len(sides) == 3
    if shape.law == "equiaxed":
        return _grains(sides, np.ones(len(sides)), layers, generator, wraps, points, clearance, in_space)
    along = "xyz".index(shape.direction)
    if along >= len(sides):
        raise TessellationError("in the plane, grains are elongated or columnar along x or y")
    if shape.law == "elongated":
        stretch = np.ones(len(sides))
        stretch[along] = shape.aspect_ratio
        return _grains(sides, stretch, layers, generator, wraps, points, clearance, in_space)
    if along == 1 and len(layers) > 1:
        raise TessellationError(
            "columns along y reach through the whole separator: they cannot have other layers on them"
        )
    return _columns(sides, along, layers, generator, wraps, points, clearance)


def _grains(
    box: Array,
    stretch: Array,
    layers: Sequence[GrainLayer],
    generator: np.random.Generator,
    periodic: tuple[int, ...],
    points: Array,
    clearance: float,
    clean: bool,
) -> Tessellation:
    """Equiaxed grains of the box shrunk by `stretch`, stretched with it; if `clean`, short edges are made longer."""
    dimension = len(box)
    section = float(np.prod(box)) / box[1]
    measures, phase, layer = _draw(layers, [section * (part.high - part.low) for part in layers], dimension, generator)
    mean = float(diameters_of(measures, dimension).mean())
    if len(layers) == 1 and not layers[0].polycrystal.second_phases:
        mean = layers[0].polycrystal.grain_size.mean
    # what one length unit of the tessellation is along each axis: the mean diameter of the shrunken grains
    unit = mean / np.prod(stretch) ** (1 / dimension) * stretch
    scaled = box / unit
    low = np.array([part.low for part in layers])[layer] / unit[1]
    high = np.array([part.high for part in layers])[layer] / unit[1]
    kind = layer * (phase.max() + 1) + phase
    plan = Cells(scaled, periodic, np.empty(0), np.zeros(len(measures)), measures / np.prod(unit), low, high, kind)
    cells = _arranged(plan, len(layers) > 1, clean, points / unit, clearance / float(unit.min()), generator)
    pieces = cut_periodic(face_loops(cells.diagram()), len(measures), periodic)
    # what lies on a wall lies on it exactly, whatever the unit
    vertices = np.where(pieces.loops.vertices == scaled, box, pieces.loops.vertices * unit)
    return Tessellation(
        box,
        periodic,
        stretch,
        cells.seeds * unit,
        cells.weights * (unit[0] / stretch[0]) ** 2,
        cells.measures * np.prod(unit),
        phase,
        layer,
        vertices,
        pieces.loops.offsets,
        pieces.loops.corner_vertex,
        pieces.loops.cells,
        pieces.grain,
        pieces.shift,
    )


def _arranged(
    plan: Cells, layered: bool, clean: bool, points: Array, clearance: float, generator: np.random.Generator
) -> Cells:
    """Relaxed cells of a plan that lacks its seeds, clear of the points.

    Where tips of flaws crowd, some arrangements of grains cannot be moved clear of them all; then seeds are drawn anew.
    """

    def arrange() -> Cells:
        seeds = generator.uniform(0.0, 1.0, (len(plan.measures), len(plan.box))) * plan.box
        if layered:
            seeds[:, 1] = plan.low + (plan.high - plan.low) * seeds[:, 1] / plan.box[1]
        cells = with_clear_sides(relax(replace(plan, seeds=seeds)))
        return keep_clear_of(lengthen_short_edges(cells) if clean else cells, points, clearance)

    for _ in range(ARRANGEMENTS - 1):
        with contextlib.suppress(TessellationError):
            return arrange()
    return arrange()


def _columns(
    box: Array,
    along: int,
    layers: Sequence[GrainLayer],
    generator: np.random.Generator,
    periodic: tuple[int, ...],
    points: Array,
    clearance: float,
) -> Tessellation:
    """Columns along an axis, over grains of the cross-section (3-D) or strips (2-D)."""
    if len(box) == 2:
        across = 1 - along
        totals = [part.high - part.low if across == 1 else float(box[0]) for part in layers]
        widths, phase, layer = _draw(layers, totals, 1, generator)
        # in random order, layer by layer
        order = np.lexsort((generator.permutation(len(widths)), layer))
        grains = StripGrains(widths[order], phase[order], layer[order])
        return strips(grains, across, box, periodic, points[:, across], clearance)
    # y stays the second axis of a cross-section that has it, which keeps layers where they are
    axes = {0: (2, 1), 1: (0, 2), 2: (0, 1)}[along]
    flat = tuple(axes.index(axis) for axis in periodic if axis != along)
    if along == 1:
        layers = [GrainLayer(0.0, float(box[2]), layers[0].polycrystal)]
    section = _grains(
        box[list(axes)], np.ones(2), layers, generator, tuple(sorted(flat)), points[:, list(axes)], clearance, True
    )
    return extrude(section, axes, along, box, periodic)


def _draw(
    layers: Sequence[GrainLayer], totals: Sequence[float], dimension: int, generator: np.random.Generator
) -> tuple[Array, Index, Index]:
    """Measures of all grains, their phases and layers; each layer has a total measure to fill."""
    drawn = [_draw_layer(layer, total, dimension, generator) for layer, total in zip(layers, totals, strict=True)]
    layer = np.repeat(np.arange(len(layers)), [len(measures) for measures, _ in drawn])
    return np.concatenate([part for part, _ in drawn]), np.concatenate([part for _, part in drawn]), layer


def _draw_layer(layer: GrainLayer, total: float, dimension: int, generator: np.random.Generator) -> tuple[Array, Index]:
    """Measures of the grains of a layer and their phases: whole grains whose sizes add up to the fractions."""
    polycrystal = layer.polycrystal
    kinds = [np.empty(0)] * (1 + len(polycrystal.second_phases))
    for number, phase in enumerate(polycrystal.second_phases, start=1):
        size = polycrystal.grain_size if phase.grain_size is None else phase.grain_size
        kinds[number] = measures_of(draw_diameters(phase.fraction * total, size, dimension, generator), dimension)
    rest = total - sum(float(part.sum()) for part in kinds)
    kinds[0] = measures_of(draw_diameters(rest, polycrystal.grain_size, dimension, generator), dimension)
    return np.concatenate(kinds), np.repeat(np.arange(len(kinds)), [len(part) for part in kinds])
