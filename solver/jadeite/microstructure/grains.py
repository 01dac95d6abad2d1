# SPDX-License-Identifier: LGPL-3.0-or-later
"""The ceramic before anything is cut out of it: named polygons, the grains of a polycrystal or a stack of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.defects import flaw_tip
from jadeite.microstructure.orientation import fibre_orientations, from_bunge_euler, random_orientations
from jadeite.microstructure.arrangement import RegionShape, arrange
from jadeite.microstructure.regularise import regularise
from jadeite.microstructure.tessellation import GrainLayer, Tessellation, tessellate

if TYPE_CHECKING:
    from jadeite.case.microstructure import Flaw as FlawRecipe
    from jadeite.case.microstructure import Layer, Orientation, Polycrystal

Array = NDArray[np.float64]

# in units of the mean grain diameter: grain boundaries stay about this far from flaw tips, so that each tip lies inside
# one grain; boundaries shorter than this are contracted; junctions keep this distance from walls and ends of contact
TIP_CLEARANCE = 0.2
SHORTEST_BOUNDARY = 0.12
JUNCTION_CLEARANCE = 0.1


def grow_grains(
    polycrystal: Polycrystal,
    box: tuple[float, float],
    flaws: Sequence[FlawRecipe],
    contact_ends: Sequence[float],
    generator: np.random.Generator,
    orientation_generator: np.random.Generator,
) -> tuple[list[RegionShape], dict[str, float | int | str]]:
    """Grains "grain 1", "grain 2", ... filling the rectangle [0, box[0]] x [0, box[1]] in m, and their size statistics.

    Boundaries keep clear of the tips of `flaws`, and their junctions of the walls the flaws will have and of the places
    `contact_ends` (x in m) where an unwetted patch ends: both would leave slivers. The diameters reported are
    equivalent-circle diameters of the whole grains, after short boundaries were contracted and before anything is cut
    out. Raises TessellationError when the sizes cannot be reached.
    """
    size = polycrystal.grain_size
    tessellation = tessellate(
        box,
        [GrainLayer(0.0, box[1], polycrystal)],
        generator,
        keep_clear=[flaw_tip(flaw) for flaw in flaws],
        clearance=TIP_CLEARANCE * size.mean,
    )
    room = JUNCTION_CLEARANCE * size.mean
    avoid = [(flaw.position, 0.0, *flaw_tip(flaw), room + 0.5 * flaw.mouth_width) for flaw in flaws]
    avoid += [(end, 0.0, end, 0.0, room) for end in contact_ends]
    polygons = _without_short_boundaries(tessellation, SHORTEST_BOUNDARY * size.mean, avoid)
    diameters = np.sqrt(4 * shapely.area(polygons) / np.pi)
    quaternions = draw_orientations(polycrystal.orientation, len(polygons), orientation_generator)
    shapes = [
        RegionShape(f"grain {number}", polycrystal.material, polygon, quaternion)
        for number, (polygon, quaternion) in enumerate(zip(polygons, quaternions, strict=True), start=1)
    ]
    statistics: dict[str, float | int | str] = {
        "grains": len(shapes),
        "target_mean_diameter": size.mean,
        "target_coefficient_of_variation": size.coefficient_of_variation,
        "mean_diameter": float(diameters.mean()),
        "coefficient_of_variation": float(diameters.std() / diameters.mean()),
        "crystal_symmetry": polycrystal.crystal_symmetry,
    }
    return shapes, statistics


def _without_short_boundaries(
    tessellation: Tessellation, shortest: float, avoid: Sequence[tuple[float, float, float, float, float]]
) -> NDArray[np.object_]:
    """Polygons of the grains once short boundaries were contracted; they still tile the box exactly."""
    polygons = [shapely.Polygon(corners) for corners in tessellation.polygons()]
    width, height = tessellation.box
    corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)]
    avoid = [*avoid, *((x, y, x, y, shortest) for x, y in corners)]
    tiling = regularise(arrange([RegionShape("", "", polygon) for polygon in polygons]), corners, shortest, avoid)
    order = np.argsort([face.region for face in tiling.faces])
    return np.array([shapely.Polygon(tiling.points[tiling.faces[k].loops[0]]) for k in order], dtype=object)


def draw_orientations(orientation: Orientation, count: int, generator: np.random.Generator) -> Array:
    """Quaternions (count, 4) drawn from an orientation distribution of a recipe."""
    if orientation.law == "random":
        return random_orientations(count, generator)
    if orientation.law == "fibre":
        return fibre_orientations(count, orientation.axis, orientation.direction, orientation.spread, generator)
    return np.tile(from_bunge_euler(orientation.euler_angles), (count, 1))


def stack_layers(layers: Sequence[Layer], width: float) -> tuple[list[RegionShape], dict[str, float | int | str]]:
    """Layers "layer 1", "layer 2", ... from y = 0 upwards over the whole width in m, and their number."""
    each = [layer for layer in layers for _ in range(layer.repeat)]
    # a running sum adds the rounding of every layer, products do not: equal layers get equal heights
    below = np.concatenate([[0.0], np.cumsum([layer.thickness * layer.repeat for layer in layers])])
    bottoms = np.concatenate(
        [
            start + layer.thickness * np.arange(layer.repeat)
            for start, layer in zip(below[:-1].tolist(), layers, strict=True)
        ]
    )
    levels = np.append(bottoms, below[-1])
    shapes = [
        RegionShape(
            f"layer {number}",
            layer.material,
            shapely.box(0.0, low, width, high),
            from_bunge_euler(layer.euler_angles),
        )
        for number, (layer, low, high) in enumerate(zip(each, levels[:-1], levels[1:], strict=True), start=1)
    ]
    return shapes, {"layers": len(shapes), "crystal_symmetry": "triclinic"}
