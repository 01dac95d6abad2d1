# SPDX-License-Identifier: LGPL-3.0-or-later
"""Plane microstructures: grains and layers as polygons, defects cut out, surfaces named, sizes chosen, meshed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.flaw_population import draw_flaws
from jadeite.microstructure.plane.arrangement import RegionShape, arrange
from jadeite.microstructure.plane.bodies import Body
from jadeite.microstructure.plane.contact import dig_grooves, unwetted_patches
from jadeite.microstructure.plane.defects import Void, check_defects
from jadeite.microstructure.plane.geometry import PlanarGeometry, SurfaceRule, name_surfaces
from jadeite.microstructure.plane.grains import grow_ceramic
from jadeite.microstructure.plane.mesher import mesh_planar
from jadeite.microstructure.plane.openings import Openings, open_flaws
from jadeite.microstructure.plane.recipe_bodies import fill_ceramic
from jadeite.microstructure.plane.regularise import regularise
from jadeite.microstructure.plane.sizes import choose_sizes, measuring_length
from jadeite.microstructure.plane.slits import close_slits
from jadeite.microstructure.random_streams import RandomStreams
from jadeite.microstructure.tagged_mesh import Patch, Pore, SurfaceKind, TaggedMesh

if TYPE_CHECKING:
    from jadeite.case.microstructure import Recipe

Array = NDArray[np.float64]
Statistics = dict[str, float | int | str]

# after the cut, edges shorter than this part of the mean grain diameter are contracted
SHORTEST_CUT = 0.02
# no pore lies nearer to a flaw than this part of the mean grain diameter
PORE_TO_FLAW = 0.5


def build_plane(recipe: Recipe) -> TaggedMesh:
    """The mesh of a plane recipe; raises MicrostructureError, TessellationError or MeshingError."""
    geometry, size, statistics = cut_geometry(recipe)
    mesh = mesh_planar(geometry, choose_sizes(recipe, geometry, size))
    mesh.statistics.update(statistics)
    return mesh


def cut_geometry(recipe: Recipe) -> tuple[PlanarGeometry, float, Statistics]:
    """Geometry of a recipe, the length in m its mesh is measured by, and statistics.

    The length is the mean grain diameter, or the thickness of the thinnest layer. Raises as `build_plane` does.
    """
    if not recipe.layers:
        raise MicrostructureError("a separator needs a polycrystal or layers")
    box = (recipe.width, recipe.thickness)
    period = recipe.width if "x" in recipe.periodic else None
    size = measuring_length(recipe)
    streams = RandomStreams.of(recipe.seed)
    recipe = recipe.model_copy(update={"flaws": (*recipe.flaws, *draw_flaws(recipe, streams.flaws))})
    shapes, statistics = grow_ceramic(recipe, streams.grains, streams.orientations)
    tiling = arrange(shapes)

    openings = open_flaws(recipe, tiling, shapes, size)
    patches = unwetted_patches(recipe, openings, streams.contact)
    check_defects(openings.flaw_shapes, openings.crack_shapes, patches, *box)
    pores, particles = fill_ceramic(recipe, shapes, tiling, openings, PORE_TO_FLAW * size, streams)
    grooves = dig_grooves(recipe, tiling, openings, patches)

    holes = [Void(f"pore {k}", SurfaceKind.PORE_WALL, b.polygon, _outline(b)) for k, b in enumerate(pores, start=1)]
    voids = [*openings.voids, *holes]
    removed = [*(void.polygon for void in voids), *grooves, *(slit.polygon for slit in openings.slits)]
    ends = [(x, 0.0) for patch in patches for x in (patch.start, patch.end)]
    keep = ends + [flaw.tip for flaw in openings.flaws if flaw.name in openings.paths]
    corners = [(0.0, 0.0), (box[0], 0.0), (0.0, box[1]), box]
    solid = [*removed, *(particle.polygon for particle in particles), *openings.paths.values()]
    fixed = np.concatenate([shapely.get_coordinates(solid), np.array(ends + corners)])
    cut = arrange(shapes, voids=removed, bodies=particles, points_to_keep=keep)
    cut = regularise(cut, fixed, SHORTEST_CUT * size, period=period)
    shapes = [*shapes, *particles]
    if openings.slits:
        shapes = close_slits(cut, shapes, openings.slits, SHORTEST_CUT * size)
        cut = arrange(shapes, cuts=[slit.line for slit in openings.slits], points_to_keep=keep)

    geometry = name_surfaces(cut, shapes, _surface_rules(voids, openings, patches, grooves, box))
    geometry = replace(
        geometry,
        flaws=openings.flaws,
        cracks=openings.cracks,
        pores=tuple(Pore(f"pore {k}", b.centre, b.radius, b.place) for k, b in enumerate(pores, start=1)),
        patches=tuple(patches),
        period=period,
    )
    statistics |= _fractions(recipe, shapes[: len(shapes) - len(particles)], holes, particles, patches, box)
    return geometry, size, statistics


def _outline(body: Body) -> shapely.LineString:
    return shapely.LineString(body.polygon.exterior.coords)


def _fractions(
    recipe: Recipe,
    shapes: Sequence[RegionShape],
    holes: Sequence[Void],
    particles: Sequence[RegionShape],
    patches: Sequence[Patch],
    box: tuple[float, float],
) -> Statistics:
    """How many grains, pores and particles there are, and the shares of the area and of the contact they take."""
    area = box[0] * box[1]
    found: Statistics = {"porosity": sum(hole.polygon.area for hole in holes) / area}
    grains = len({shape.grain for shape in shapes if shape.grain >= 0})
    if grains:
        found["grains"] = grains
    if particles:
        found["particles"] = len(particles)
        found["particle_fraction"] = sum(particle.polygon.area for particle in particles) / area
    if recipe.unwetted_area is not None:
        found["target_unwetted_fraction"] = recipe.unwetted_area.fraction
        found["unwetted_fraction"] = float(sum(patch.end - patch.start for patch in patches) / box[0])
    return found


def _surface_rules(
    voids: Sequence[Void],
    openings: Openings,
    patches: Sequence[Patch],
    grooves: Sequence[shapely.Polygon],
    box: tuple[float, float],
) -> list[SurfaceRule]:
    """What the outer boundary and the cuts are called, the special before the general."""
    width, height = box
    rules = [SurfaceRule(void.name, void.kind, void.wall) for void in voids]
    cuts: list[tuple[Mapping[str, BaseGeometry], SurfaceKind]] = [
        (openings.cut_flaws, SurfaceKind.FLAW_WALL),
        (openings.crack_shapes, SurfaceKind.EMBEDDED_CRACK),
    ]
    rules += [SurfaceRule(name, kind, line, cut=True) for lines, kind in cuts for name, line in lines.items()]
    rules += [
        SurfaceRule(
            f"unwetted patch {patch.name}",
            SurfaceKind.UNWETTED_PATCH,
            shapely.LineString([(patch.start, 0.0), (patch.end, 0.0)]),
        )
        for patch in patches
    ]
    plating: BaseGeometry = shapely.LineString([(0.0, 0.0), (width, 0.0)])
    if grooves:
        # sodium fills the grooves, so their walls are electrode
        plating = shapely.MultiLineString([plating, *(groove.exterior.coords for groove in grooves)])
    sides: dict[str, tuple[SurfaceKind, BaseGeometry]] = {
        "plating electrode": (SurfaceKind.PLATING_ELECTRODE, plating),
        "stripping electrode": (
            SurfaceKind.STRIPPING_ELECTRODE,
            shapely.LineString([(0.0, height), (width, height)]),
        ),
        "side wall left": (SurfaceKind.SIDE_WALL, shapely.LineString([(0.0, 0.0), (0.0, height)])),
        "side wall right": (SurfaceKind.SIDE_WALL, shapely.LineString([(width, 0.0), (width, height)])),
    }
    return rules + [SurfaceRule(name, kind, line) for name, (kind, line) in sides.items()]
