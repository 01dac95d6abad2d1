# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plane microstructures: grains or layers as polygons, defects cut out, surfaces named, sizes chosen, meshed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from jadeite.microstructure.defects import (
    MicrostructureError,
    Void,
    check_defects,
    flaw_tip,
    locate_flaw,
    notch,
    place_pores,
)
from jadeite.microstructure.grains import grow_grains, stack_layers
from jadeite.microstructure.mesher import mesh_planar
from jadeite.microstructure.arrangement import arrange
from jadeite.microstructure.planar import PlanarGeometry, SurfaceRule, name_surfaces
from jadeite.microstructure.regularise import regularise
from jadeite.microstructure.size_field import SizeField
from jadeite.microstructure.tagged_mesh import Patch, Pore, SurfaceKind, TaggedMesh

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe

# after the cut, edges shorter than this part of the mean grain diameter are contracted
SHORTEST_CUT = 0.02
# no pore lies nearer to a flaw than this part of the mean grain diameter
PORE_TO_FLAW = 0.5


def build_plane(recipe: Recipe) -> TaggedMesh:
    """The mesh of a plane recipe; raises MicrostructureError, TessellationError or MeshingError."""
    geometry, size, statistics = cut_geometry(recipe)
    mesh = mesh_planar(geometry, choose_sizes(recipe, size))
    mesh.statistics.update(statistics)
    return mesh


def cut_geometry(recipe: Recipe) -> tuple[PlanarGeometry, float, dict[str, float | int | str]]:
    """Geometry of a recipe, the length in m its mesh is measured by, and statistics.

    The length is the mean grain diameter, or the thickness of the thinnest layer. Raises as `build` does.
    """
    box = (recipe.width, recipe.thickness)
    # one stream of random numbers per purpose: more pores leave the grains as they are
    for_grains, for_orientations, for_pores = (
        np.random.default_rng(sequence) for sequence in np.random.SeedSequence(recipe.seed).spawn(3)
    )
    if recipe.separator.polycrystal is not None:
        polycrystal = recipe.separator.polycrystal
        size, symmetry = polycrystal.grain_size.mean, polycrystal.crystal_symmetry
        ends_of_contact = [x for patch in recipe.unwetted_patches for x in (patch.start, patch.end)]
        shapes, statistics = grow_grains(polycrystal, box, recipe.flaws, ends_of_contact, for_grains, for_orientations)
    elif recipe.separator.layers is not None:
        size, symmetry = min(layer.thickness for layer in recipe.separator.layers), "triclinic"
        shapes, statistics = stack_layers(recipe.separator.layers, recipe.width)
    else:
        raise MicrostructureError("a separator needs a polycrystal or layers")

    flaws = [locate_flaw(flaw, shapes) for flaw in recipe.flaws]
    notches = [notch(flaw) for flaw in flaws]
    patches = [Patch(patch.name, patch.start, patch.end) for patch in recipe.unwetted_patches]
    check_defects(notches, patches, *box)
    pores: list[Pore] = []
    holes: list[Void] = []
    for kind in recipe.pores:
        if recipe.separator.polycrystal is None:
            raise MicrostructureError("pores sit at triple junctions, and layers have none")
        pores, holes = place_pores(kind, arrange(shapes), notches, PORE_TO_FLAW * size, for_pores)
    statistics["porosity"] = sum(hole.polygon.area for hole in holes) / (box[0] * box[1])

    voids = [*notches, *holes]
    ends = [(x, 0.0) for patch in patches for x in (patch.start, patch.end)]
    corners = [(0.0, 0.0), (box[0], 0.0), (0.0, box[1]), box]
    fixed = np.concatenate([shapely.get_coordinates([void.polygon for void in voids]), np.array(ends + corners)])
    cut = arrange(shapes, voids=[void.polygon for void in voids], points_to_keep=ends)
    cut = regularise(cut, fixed, SHORTEST_CUT * size)
    rules = _surface_rules(voids, patches, box)
    shapes = [replace(shape, crystal_symmetry=symmetry) for shape in shapes]
    geometry = name_surfaces(cut, shapes, rules)
    return replace(geometry, flaws=tuple(flaws), pores=tuple(pores), patches=tuple(patches)), size, statistics


def _surface_rules(voids: Sequence[Void], patches: Sequence[Patch], box: tuple[float, float]) -> list[SurfaceRule]:
    """What the outer boundary is called, the special before the general."""
    width, height = box
    rules = [SurfaceRule(void.name, void.kind, void.wall) for void in voids]
    rules += [
        SurfaceRule(
            f"unwetted patch {patch.name}",
            SurfaceKind.UNWETTED_PATCH,
            shapely.LineString([(patch.start, 0.0), (patch.end, 0.0)]),
        )
        for patch in patches
    ]
    sides = {
        "plating electrode": (SurfaceKind.PLATING_ELECTRODE, [(0.0, 0.0), (width, 0.0)]),
        "stripping electrode": (SurfaceKind.STRIPPING_ELECTRODE, [(0.0, height), (width, height)]),
        "side wall left": (SurfaceKind.SIDE_WALL, [(0.0, 0.0), (0.0, height)]),
        "side wall right": (SurfaceKind.SIDE_WALL, [(width, 0.0), (width, height)]),
    }
    return rules + [SurfaceRule(name, kind, shapely.LineString(line)) for name, (kind, line) in sides.items()]


def choose_sizes(recipe: Recipe, size: float) -> SizeField:
    """Cell sizes of a recipe; what it leaves out follows from `size` (m), flaws and patches.

    Inside grains size/5, on boundaries and walls size/12, at a flaw tip depth/100, at the edge of a flaw's mouth a
    third of its width, at the end of an unwetted patch a hundredth of its width.
    """
    mesh = recipe.mesh
    points = []
    for flaw in recipe.flaws:
        points.append((*flaw_tip(flaw), mesh.tip_size or flaw.depth / 100))
        for side in (-0.5, 0.5):
            edge = mesh.contact_edge_size or flaw.mouth_width / 3
            points.append((flaw.position + side * flaw.mouth_width, 0.0, edge))
    for patch in recipe.unwetted_patches:
        for end in (patch.start, patch.end):
            points.append((end, 0.0, mesh.contact_edge_size or (patch.end - patch.start) / 100))
    return SizeField(
        interior=mesh.interior_size or size / 5,
        boundary=mesh.boundary_size or size / 12,
        growth=mesh.growth,
        at_points=tuple(points),
    ).refined(mesh.refinements)
