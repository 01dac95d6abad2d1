# SPDX-License-Identifier: LGPL-3.0-or-later
"""From a recipe in three dimensions to a complex of cells with all its defects, exactly and step by step.

Grains and slabs are stacked; planes of straight flaws and cracks divide the cells they meet; outlines are drawn in
these planes and on the plating electrode; last come pores and particles, which keep clear of everything before them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jadeite.microstructure.flaw_population import draw_flaws
from jadeite.microstructure.random_streams import RandomStreams
from jadeite.microstructure.solid.cell_complex import CellComplex
from jadeite.microstructure.solid.complex_editor import ComplexEditor
from jadeite.microstructure.solid.complex_measure import cell_volumes, check_complex, shortest_edge
from jadeite.microstructure.solid.complex_stack import stack_strata
from jadeite.microstructure.solid.flaw_planes import check_flaws, place_crack, place_flaw
from jadeite.microstructure.solid.flaw_records import crack_record, flaw_record
from jadeite.microstructure.solid.flaws import insert_along_boundaries, insert_straight
from jadeite.microstructure.solid.geometry import BOX_WALL_KINDS, Grooves, SolidGeometry
from jadeite.microstructure.solid.patches import insert_patches
from jadeite.microstructure.solid.recipe_bodies import insert_pores_and_particles
from jadeite.microstructure.solid.strata import grow_strata
from jadeite.microstructure.tagged_mesh import RegionTable, SurfaceKind

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe

# grain boundaries keep this distance from tips of straight flaws, and flaws from the sides of the box, in grain sizes
TIP_CLEARANCE = 0.2
SIDE_CLEARANCE = 0.02


def build_complex(recipe: Recipe, streams: RandomStreams | None = None) -> SolidGeometry:
    """The geometry of a recipe with `dimension` 3.

    `streams` are those of the recipe's seed if left out. Raises MicrostructureError when parts of the recipe do not fit
    together or a target cannot be reached, TessellationError when the grain sizes cannot be reached, and GeometryError
    when the complex is not sound, which is a fault of the program.
    """
    streams = RandomStreams.of(recipe.seed) if streams is None else streams
    box = (recipe.box[0], recipe.box[1], recipe.box[2])
    listed = (*recipe.flaws, *draw_flaws(recipe, streams.flaws))
    flaw_planes = [place_flaw(flaw, box) for flaw in listed]
    crack_planes = [place_crack(crack) for crack in recipe.cracks]
    tips = [plane.tip for flaw, plane in zip(recipe.flaws, flaw_planes, strict=False) if flaw.path == "straight"]
    strata = grow_strata(recipe, streams.grains, streams.orientations, tips, TIP_CLEARANCE)
    check_flaws([*flaw_planes, *crack_planes], box, SIDE_CLEARANCE * strata.size)

    periodic = tuple("xyz".index(axis) for axis in recipe.periodic)
    editor = ComplexEditor.open(stack_strata(strata.strata, box), {axis: box[axis] for axis in periodic})
    straight = [plane for flaw, plane in zip(listed, flaw_planes, strict=True) if flaw.path == "straight"]
    asked = [*straight, *crack_planes]
    placed, inserted = insert_straight(editor, asked, strata.size)
    moved = max((float(np.linalg.norm(a.tip - b.tip)) for a, b in zip(asked, placed, strict=True)), default=0.0)
    planes = {plane.label: plane for plane in (*flaw_planes, *placed)}
    walls = {plane.label: faces for plane, faces in zip(placed, inserted, strict=True)}
    for flaw, plane in zip(listed, flaw_planes, strict=True):
        if flaw.path == "grain_boundaries":
            walls[plane.label] = insert_along_boundaries(editor, plane)
    names = strata.regions.name
    flaws = tuple(
        flaw_record(editor, flaw, planes[label], walls[label], names)
        for flaw, label in zip(listed, (plane.label for plane in flaw_planes), strict=True)
    )
    cracks = tuple(
        crack_record(editor, crack, planes[label], walls[label])
        for crack, label in zip(recipe.cracks, (plane.label for plane in crack_planes), strict=True)
    )
    kinds = BOX_WALL_KINDS | {plane.label: SurfaceKind.FLAW_WALL for plane in flaw_planes}
    kinds |= {plane.label: SurfaceKind.EMBEDDED_CRACK for plane in crack_planes}

    patches, contact = insert_patches(editor, recipe, flaw_planes, strata.size, streams.contact)
    kinds |= {f"unwetted patch {patch.name}": SurfaceKind.UNWETTED_PATCH for patch in patches}
    lines = [*(flaw.front for flaw in flaws), *(crack.front for crack in cracks)]
    fronts = np.array([point for line in lines for point in line]).reshape(-1, 3)
    regions = _measured(strata.regions, editor.close())
    bodies = insert_pores_and_particles(editor, recipe, regions, strata.layer, fronts, strata.size, streams)
    kinds |= {pore.name: SurfaceKind.PORE_WALL for pore in bodies.pores}

    complex = editor.close()
    check_complex(complex, float(np.prod(box)) - bodies.pore_volume)
    statistics = strata.statistics | contact | bodies.statistics
    statistics["shortest_edge"] = shortest_edge(complex)
    if placed:
        statistics["largest_shift_of_a_flaw"] = moved
    return SolidGeometry(
        complex,
        _measured(bodies.regions, complex),
        kinds,
        box,
        periodic,
        strata.size,
        flaws,
        cracks,
        bodies.pores,
        patches,
        grooves=None if recipe.grooves is None else Grooves(recipe.grooves.depth, recipe.grooves.width),
        statistics=statistics,
    )


def _measured(regions: RegionTable, complex: CellComplex) -> RegionTable:
    """Regions with their volumes."""
    return replace(regions, measure=np.bincount(complex.cell_region, cell_volumes(complex), len(regions)))
