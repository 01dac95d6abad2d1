# SPDX-License-Identifier: LGPL-3.0-or-later
"""The plane ceramic before anything is cut out of it: grains and uniform layers as named polygons that tile the box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.orientation import from_bunge_euler
from jadeite.microstructure.orientation_draws import draw_orientations
from jadeite.microstructure.plane.arrangement import RegionShape, arrange
from jadeite.microstructure.plane.flaws import crack_ends, flaw_tip
from jadeite.microstructure.plane.regularise import regularise
from jadeite.microstructure.tessellation.tessellate import GrainLayer, Tessellation, tessellate

if TYPE_CHECKING:
    from jadeite.case.microstructure import Layer, Polycrystal, Recipe

Array = NDArray[np.float64]
Statistics = dict[str, float | int | str]

# in units of the mean grain diameter: grain boundaries stay about this far from flaw tips, so that each tip lies inside
# one grain; boundaries shorter than this are contracted; junctions keep this distance from walls and ends of contact
TIP_CLEARANCE = 0.2
SHORTEST_BOUNDARY = 0.12
JUNCTION_CLEARANCE = 0.1


@dataclass(frozen=True, eq=False)
class Slab:
    """One layer in place: its number from zero, its row in the recipe, its name, and y from `low` to `high` in m."""

    number: int
    row: int
    name: str
    low: float
    high: float
    layer: Layer


def slabs(layers: Sequence[Layer]) -> list[Slab]:
    """Every layer of a recipe, repeated ones apart, from y = 0 upwards.

    A layer without a name is called by its number from one; a repeated one with a name gets a number of its own.
    """
    # a running sum adds the rounding of every layer, products do not: equal layers get equal heights
    below = np.concatenate([[0.0], np.cumsum([layer.thickness * layer.repeat for layer in layers])]).tolist()
    found: list[Slab] = []
    for row, (start, layer) in enumerate(zip(below[:-1], layers, strict=True)):
        for turn in range(layer.repeat):
            low = start + layer.thickness * turn
            name = layer.name if layer.repeat == 1 or layer.name is None else f"{layer.name} {turn + 1}"
            found.append(Slab(len(found), row, name or f"layer {len(found) + 1}", low, below[-1], layer))
    highs = [slab.low for slab in found[1:]] + [below[-1]]
    return [Slab(s.number, s.row, s.name, s.low, high, s.layer) for s, high in zip(found, highs, strict=True)]


def grow_ceramic(
    recipe: Recipe, generator: np.random.Generator, orientation_generator: np.random.Generator
) -> tuple[list[RegionShape], Statistics]:
    """Regions that tile the box of a recipe: "grain 1", "grain 2", ... and uniform layers by name, and statistics.

    Layers of grains that touch are tessellated together. A grain that a periodic side cuts has a region for each piece:
    "grain 12" and "grain 12, piece 2". Boundaries keep clear of the tips of flaws and cracks, and their junctions of
    the walls these will have and of the places where an unwetted patch ends: both would leave slivers. Diameters are
    those of circles of equal area (of columns: widths), after short boundaries were contracted and before anything is
    cut out. Raises TessellationError when the sizes cannot be reached.
    """
    shapes: list[RegionShape] = []
    diameters: list[Array] = []
    for polycrystalline, members in groupby(slabs(recipe.layers), lambda slab: slab.layer.polycrystal is not None):
        stack = list(members)
        if polycrystalline:
            first = 1 + max((shape.grain for shape in shapes), default=-1)
            grown, sizes = _grow(recipe, stack, first, generator, orientation_generator)
            shapes += grown
            diameters += sizes
        else:
            shapes += [_uniform(slab, recipe.width) for slab in stack]
    return shapes, _statistics(recipe, diameters)


def _statistics(recipe: Recipe, diameters: Sequence[Array]) -> Statistics:
    """Numbers of grains and uniform layers; diameters reached and aimed at, layer by layer where there are several.

    `diameters` holds those of the main material's grains of each polycrystalline layer in m.
    """
    found: Statistics = {}
    every = slabs(recipe.layers)
    grown = [slab for slab in every if slab.layer.polycrystal is not None]
    if len(grown) < len(every):
        found["layers"] = len(every) - len(grown)
        found["crystal_symmetry"] = "triclinic"
    for slab, sizes in zip(grown, diameters, strict=True):
        polycrystal = slab.layer.polycrystal
        if polycrystal is None:
            continue
        size, of = polycrystal.grain_size, "" if len(grown) == 1 else f" of {slab.name}"
        found[f"target_mean_diameter{of}"] = size.mean
        if size.law == "lognormal":
            found[f"target_coefficient_of_variation{of}"] = size.coefficient_of_variation
        found[f"mean_diameter{of}"] = float(sizes.mean())
        found[f"coefficient_of_variation{of}"] = float(sizes.std() / sizes.mean())
        found["crystal_symmetry"] = polycrystal.crystal_symmetry
    return found


def _uniform(slab: Slab, width: float) -> RegionShape:
    return RegionShape(
        slab.name,
        slab.layer.material,
        shapely.box(0.0, slab.low, width, slab.high),
        from_bunge_euler(slab.layer.euler_angles),
        layer=slab.row,
    )


def _grow(
    recipe: Recipe,
    stack: Sequence[Slab],
    first: int,
    generator: np.random.Generator,
    orientation_generator: np.random.Generator,
) -> tuple[list[RegionShape], list[Array]]:
    """Grains of layers that lie on each other, numbered from `first` (zero is the first grain of all), and the
    diameters of the main material's grains in each layer."""
    low = stack[0].low
    layers = [(slab, slab.layer.polycrystal) for slab in stack if slab.layer.polycrystal is not None]
    tessellation = _tessellate(recipe, layers, generator)
    polygons = _without_short_boundaries(tessellation, *_shortest_and_avoided(recipe, layers))
    if low > 0.0:
        polygons = shapely.transform(polygons, lambda xy: np.asarray(xy + np.array([0.0, low])))
    grain, phase, layer = tessellation.cell_grain, tessellation.grain_phase, tessellation.grain_layer
    quaternions = np.empty((len(phase), 4))
    for row, (_, polycrystal) in enumerate(layers):
        kinds = [polycrystal.orientation, *(second.orientation for second in polycrystal.second_phases)]
        for number, orientation in enumerate(kinds):
            mine = np.flatnonzero((layer == row) & (phase == number))
            quaternions[mine] = draw_orientations(orientation, len(mine), orientation_generator)

    # the piece around the seed comes first
    moved = np.abs(tessellation.cell_shift).sum(axis=1)
    order = np.lexsort((moved, grain))
    turn = np.arange(len(order)) - np.searchsorted(grain[order], grain[order])
    shapes = []
    for cell, piece in zip(order.tolist(), turn.tolist(), strict=True):
        own = int(grain[cell])
        slab, polycrystal = layers[int(layer[own])]
        kind = polycrystal if phase[own] == 0 else polycrystal.second_phases[int(phase[own]) - 1]
        name = f"grain {first + own + 1}" + (f", piece {piece + 1}" if piece else "")
        shapes.append(
            RegionShape(
                name, kind.material, polygons[cell], quaternions[own], first + own, kind.crystal_symmetry, slab.row
            )
        )
    areas = np.bincount(grain, shapely.area(polygons))
    main = [areas[(layer == row) & (phase == 0)] for row in range(len(layers))]
    return shapes, [
        _diameters(mine, slab, polycrystal, recipe.width)
        for mine, (slab, polycrystal) in zip(main, layers, strict=True)
    ]


def _diameters(areas: Array, slab: Slab, polycrystal: Polycrystal, width: float) -> Array:
    """Diameters in m that the recipe speaks of: of circles of equal area, of columns their width."""
    if polycrystal.shape.law == "columnar":
        return np.asarray(areas / (slab.high - slab.low if polycrystal.shape.direction == "y" else width))
    return np.asarray(np.sqrt(4 * areas / np.pi))


def _tessellate(
    recipe: Recipe, layers: Sequence[tuple[Slab, Polycrystal]], generator: np.random.Generator
) -> Tessellation:
    """Cells of the layers, the lowest of which starts at y = 0."""
    low, high = layers[0][0].low, layers[-1][0].high
    size = min(polycrystal.grain_size.mean for _, polycrystal in layers)
    tips = [flaw_tip(flaw) for flaw in recipe.flaws if flaw.path == "straight"]
    tips += [end for crack in recipe.cracks for end in crack_ends(crack)]
    return tessellate(
        (recipe.width, high - low),
        [GrainLayer(slab.low - low, slab.high - low, polycrystal) for slab, polycrystal in layers],
        generator,
        periodic=(0,) if "x" in recipe.periodic else (),
        keep_clear=[(x, y - low) for x, y in tips if low < y < high],
        clearance=TIP_CLEARANCE * size,
    )


def _shortest_and_avoided(
    recipe: Recipe, layers: Sequence[tuple[Slab, Polycrystal]]
) -> tuple[float, list[tuple[float, float, float, float, float]]]:
    """Length in m below which boundaries are contracted, and segments that junctions avoid, for `regularise`."""
    low = layers[0][0].low
    size = min(polycrystal.grain_size.mean for _, polycrystal in layers)
    room = JUNCTION_CLEARANCE * size
    avoid = [
        (flaw.position, -low, flaw_tip(flaw)[0], flaw_tip(flaw)[1] - low, room + 0.5 * flaw.mouth_width)
        for flaw in recipe.flaws
        if flaw.path == "straight"
    ]
    for crack in recipe.cracks:
        (x, y), (end, top) = crack_ends(crack)
        avoid.append((x, y - low, end, top - low, room))
    for patch in recipe.unwetted_patches:
        avoid += [(x, -low, x, -low, room) for x in (patch.start, patch.end) if x is not None]
    return SHORTEST_BOUNDARY * size, avoid


def _without_short_boundaries(
    tessellation: Tessellation, shortest: float, avoid: Sequence[tuple[float, float, float, float, float]]
) -> NDArray[np.object_]:
    """Polygons of the cells once short boundaries were contracted; they still tile the box exactly."""
    polygons = [shapely.Polygon(corners) for corners in tessellation.polygons()]
    width, height = tessellation.box
    corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)]
    avoid = [*avoid, *((x, y, x, y, shortest) for x, y in corners)]
    tiling = arrange([RegionShape("", "", polygon) for polygon in polygons])
    period = float(width) if tessellation.periodic else None
    tiling = regularise(tiling, corners, shortest, avoid, period)
    order = np.argsort([face.region for face in tiling.faces])
    return np.array([shapely.Polygon(tiling.points[tiling.faces[k].loops[0]]) for k in order], dtype=object)
