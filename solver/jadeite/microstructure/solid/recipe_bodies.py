# SPDX-License-Identifier: LGPL-3.0-or-later
"""All pores and particles of a solid recipe: placed block by block, inserted together, and entered in the tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.orientation_draws import draw_orientations
from jadeite.microstructure.random_streams import RandomStreams
from jadeite.microstructure.solid.body_insertion import insert_bodies
from jadeite.microstructure.solid.body_placement import Body, Crowd, bodies_volume, place_bodies
from jadeite.microstructure.solid.body_sites import Surroundings
from jadeite.microstructure.solid.cell_complex import OUTSIDE
from jadeite.microstructure.solid.complex_editor import ComplexEditor
from jadeite.microstructure.solid.strata import Statistics
from jadeite.microstructure.tagged_mesh import Pore, RegionTable

if TYPE_CHECKING:
    from jadeite.case.microstructure import Inclusions, Pores, Recipe

Array = NDArray[np.float64]

# distance between a body and the front of a flaw, in grain sizes: stress intensity factors are read around the front
BODY_TO_FRONT = 0.5


@dataclass(frozen=True, eq=False)
class SolidBodies:
    """Pores, the regions with those of the particles appended, and what was asked for and reached."""

    pores: tuple[Pore, ...]
    regions: RegionTable
    pore_volume: float
    statistics: Statistics


def insert_pores_and_particles(
    editor: ComplexEditor,
    recipe: Recipe,
    regions: RegionTable,
    layer: NDArray[np.int64],
    fronts: Array,
    size: float,
    streams: RandomStreams,
) -> SolidBodies:
    """Put all bodies of a recipe into an editor.

    `regions` have their volumes, `layer` (r,) is the row of the recipe's layer of each; bodies keep clear of the points
    `fronts` (n, 3) on fronts of flaws, by half a grain `size` (m). Raises MicrostructureError when a target cannot be
    met.
    """
    pores: list[tuple[Pores, int | None]] = [(kind, None) for kind in recipe.pores]
    pores += [(kind, row) for row, part in enumerate(recipe.layers) for kind in part.pores]
    particles: list[tuple[Inclusions, int | None]] = [(kind, None) for kind in recipe.inclusions]
    particles += [(kind, row) for row, part in enumerate(recipe.layers) for kind in part.inclusions]
    if not pores and not particles:
        return SolidBodies((), regions, 0.0, {})
    surroundings, crowd = Surroundings(editor), Crowd(fronts, BODY_TO_FRONT * size)

    def place(kind: Pores | Inclusions, row: int | None, what: str) -> _Block:
        members = np.ones(len(regions), dtype=bool) if row is None else layer == row
        volume = float(regions.measure[members].sum())
        allowed = members.tolist().__getitem__
        bodies = place_bodies(editor, surroundings, kind, what, volume, allowed, crowd, streams.bodies)
        return _Block(kind, bodies, volume)

    voids = [place(kind, row, "pores") for kind, row in pores]
    solids = [place(kind, row, "particles") for kind, row in particles]
    table = regions
    for block, (kind, _) in zip(solids, particles, strict=True):
        table = _with_particles(table, kind, len(block.bodies), len(table) - len(regions), streams.orientations)
    bodies = [body for block in (*voids, *solids) for body in block.bodies]
    count = len(bodies) - (len(table) - len(regions))
    filling = [(OUTSIDE, f"pore {number}") for number in range(1, count + 1)]
    filling += [(editor.add_cell(row), "") for row in range(len(regions), len(table))]
    insert_bodies(editor, bodies, filling)
    records = tuple(
        Pore(f"pore {number}", tuple(body.centre.tolist()), body.radius, body.place)
        for number, body in enumerate(bodies[:count], start=1)
    )
    whole = float(regions.measure.sum())
    statistics = _statistics("pores", "porosity", voids, whole)
    statistics |= _statistics("particles", "particle_fraction", solids, whole) if solids else {}
    return SolidBodies(records, table, bodies_volume(bodies[:count]), statistics)


@dataclass(frozen=True, eq=False)
class _Block:
    """Bodies of one block of a recipe, and the volume in m^3 that its fraction refers to."""

    kind: Pores | Inclusions
    bodies: list[Body]
    volume: float


def _with_particles(
    table: RegionTable, kind: Inclusions, count: int, first: int, generator: np.random.Generator
) -> RegionTable:
    """The table with a row for each of `count` particles; names go on after `first` particles."""
    return replace(
        table,
        name=(*table.name, *(f"particle {first + k}" for k in range(1, count + 1))),
        material=(*table.material, *(kind.material,) * count),
        orientation=np.concatenate([table.orientation, draw_orientations(kind.orientation, count, generator)]),
        measure=np.concatenate([table.measure, np.zeros(count)]),
        grain=np.concatenate([table.grain, table.grain.max() + 1 + np.arange(count, dtype=np.int32)]),
        crystal_symmetry=(*table.crystal_symmetry, *(kind.crystal_symmetry,) * count),
    )


def _statistics(what: str, share: str, blocks: Sequence[_Block], whole: float) -> Statistics:
    """Number and share of the volume; fractions and radii asked for and reached, of each block if there are several."""
    found: Statistics = {
        what: sum(len(block.bodies) for block in blocks),
        share: sum(bodies_volume(block.bodies) for block in blocks) / whole,
    }
    for number, block in enumerate(blocks, start=1):
        of = f" of {what} block {number}" if len(blocks) > 1 else f" of {what}"
        if block.kind.fraction is not None:
            found[f"target_fraction{of}"] = block.kind.fraction
            found[f"fraction{of}"] = bodies_volume(block.bodies) / block.volume
        if block.bodies:
            found[f"target_mean_radius{of}"] = block.kind.radius
            found[f"mean_radius{of}"] = float(np.mean([body.radius for body in block.bodies]))
    return found
