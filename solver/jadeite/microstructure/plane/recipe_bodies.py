# SPDX-License-Identifier: LGPL-3.0-or-later
"""All pores and particles of a plane recipe: of the separator and of its layers, kind by kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jadeite.microstructure.orientation_draws import draw_orientations
from jadeite.microstructure.plane.arrangement import Arrangement, RegionShape
from jadeite.microstructure.plane.bodies import Body, Ground, place_bodies
from jadeite.microstructure.plane.openings import Openings
from jadeite.microstructure.random_streams import RandomStreams

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe


def fill_ceramic(
    recipe: Recipe,
    shapes: Sequence[RegionShape],
    tiling: Arrangement,
    openings: Openings,
    flaw_clearance: float,
    streams: RandomStreams,
) -> tuple[list[Body], list[RegionShape]]:
    """Pores, and particles as regions "particle 1", "particle 2", ...; those of the separator before those of layers.

    Bodies keep `flaw_clearance` (m) from flaws. A fraction counts the area of the separator, or of the layer, and a
    body of a layer touches no grain outside it. Raises MicrostructureError when a target is out of reach.
    """
    flaws = [*openings.flaw_shapes.values(), *openings.crack_shapes.values()]
    layer_of = np.array([shape.layer for shape in shapes])
    anywhere, area = np.ones(len(shapes), dtype=bool), recipe.width * recipe.thickness
    everywhere = Ground(tiling, anywhere, area, flaws, flaw_clearance)
    grounds = [(everywhere, recipe.pores, recipe.inclusions)]
    for row, layer in enumerate(recipe.layers):
        area = recipe.width * layer.thickness * layer.repeat
        grounds.append((Ground(tiling, layer_of == row, area, flaws, flaw_clearance), layer.pores, layer.inclusions))

    pores: list[Body] = []
    bodies: list[Body] = []
    particles: list[RegionShape] = []
    for ground, kinds, _ in grounds:
        for kind in kinds:
            pores += place_bodies(kind, ground, pores, "pores", streams.bodies)
    last = max(shape.grain for shape in shapes)
    for ground, _, inclusions in grounds:
        for part in inclusions:
            more = place_bodies(part, ground, [*pores, *bodies], f"particles of {part.material}", streams.bodies)
            quaternions = draw_orientations(part.orientation, len(more), streams.orientations)
            particles += [
                RegionShape(
                    f"particle {number}",
                    part.material,
                    body.polygon,
                    quaternion,
                    last + number,
                    part.crystal_symmetry,
                )
                for number, (body, quaternion) in enumerate(zip(more, quaternions, strict=True), len(bodies) + 1)
            ]
            bodies += more
    return pores, particles
