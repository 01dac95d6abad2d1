# SPDX-License-Identifier: LGPL-3.0-or-later
"""Neper's tessellation meshed as it is: exact polygons or polyhedra whose box becomes the separator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError
from jadeite.microstructure.importing.assemble import Region, assemble
from jadeite.microstructure.importing.imported_regions import check_extents
from jadeite.microstructure.importing.neper import Tess
from jadeite.microstructure.orientation import normalise
from jadeite.microstructure.plane.arrangement import Arrangement, RegionShape
from jadeite.microstructure.plane.arrangement import Face as PlaneFace
from jadeite.microstructure.plane.geometry import SurfaceRule, name_surfaces
from jadeite.microstructure.plane.mesher import mesh_planar
from jadeite.microstructure.plane.size_field import SizeField
from jadeite.microstructure.solid.cell_complex import OUTSIDE, CellComplex, Face
from jadeite.microstructure.solid.complex_measure import cell_volumes
from jadeite.microstructure.solid.geometry import BOX_WALL_KINDS, BOX_WALLS, SolidGeometry
from jadeite.microstructure.solid.mesher import mesh_solid
from jadeite.microstructure.solid.sizes import choose_solid_sizes
from jadeite.microstructure.tagged_mesh import RegionTable, SurfaceKind, TaggedMesh

if TYPE_CHECKING:
    from jadeite.case.microstructure import MeshSize

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# Neper writes twelve digits: points this near to a wall of the box (in extents of the box) lie on it, and faces whose
# points deviate more than this from a plane are divided into triangles
TOLERANCE = 1e-8
# where a recipe says nothing, triangles inside grains and on boundaries have these parts of the mean grain diameter
INTERIOR, BOUNDARY = 1 / 5, 1 / 12


def mesh_tess(tess: Tess, regions: Sequence[Region], box: tuple[float, ...], mesh: MeshSize, path: Path) -> TaggedMesh:
    """Mesh a tessellation, scaled so that it fills `box` (m).

    Raises MicrostructureError when its domain is no box or has other proportions, MeshingError when no valid mesh is
    found.
    """
    if tess.dimension != len(box):
        raise MicrostructureError(f"{path.name} has dimension {tess.dimension}, the recipe {len(box)}")
    low, extent = tess.vertices.min(axis=0), np.ptp(tess.vertices, axis=0)
    scale = box[1] / extent[1]
    check_extents((scale * extent).tolist(), box, f"{path.name}, scaled to the thickness,")
    relative = (tess.vertices - low) / extent
    for value in (0.0, 1.0):
        relative[np.abs(relative - value) < TOLERANCE] = value
    points = relative * np.array(box)
    if tess.dimension == 2:
        return _mesh_polygons(tess, points, regions, box, mesh)
    return _mesh_polyhedra(tess, points, regions, box, mesh)


def _mesh_polygons(
    tess: Tess, points: Array, regions: Sequence[Region], box: tuple[float, ...], mesh: MeshSize
) -> TaggedMesh:
    """Triangles in the faces of a plane tessellation."""
    faces, measure = [], 0.0
    for row, face in enumerate(tess.faces):
        x, y = points[face.loop].T
        area = 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
        measure += abs(area)
        faces.append(PlaneFace(row, (face.loop if area > 0.0 else face.loop[::-1],)))
    _check_filled(measure, box)
    shapes = [RegionShape(region.name, region.material, shapely.Polygon()) for region in regions]
    everywhere = SurfaceRule("outside", SurfaceKind.SIDE_WALL, lambda middle: np.ones(len(middle), dtype=bool))
    geometry = name_surfaces(Arrangement(points, tuple(faces)), shapes, [everywhere])
    diameter = float(np.sqrt(4.0 * measure / (np.pi * len(regions))))
    sizes = SizeField(
        interior=mesh.interior_size or INTERIOR * diameter,
        boundary=mesh.boundary_size or BOUNDARY * diameter,
        growth=mesh.growth,
    ).refined(mesh.refinements)
    made = mesh_planar(geometry, sizes)
    statistics = {"mesh_algorithm": made.statistics["mesh_algorithm"]}
    return assemble(made.points, made.cells, made.cell_region.astype(np.int64), regions, box, statistics)


def _mesh_polyhedra(
    tess: Tess, points: Array, regions: Sequence[Region], box: tuple[float, ...], mesh: MeshSize
) -> TaggedMesh:
    """Tetrahedra in the polyhedra of a tessellation."""
    cell_complex = _complex(tess, points, box)
    volumes = cell_volumes(cell_complex)
    if volumes.min() <= 0.0:
        raise MicrostructureError(f"polyhedron {tess.ids[int(volumes.argmin())]} of the tessellation is inside out")
    _check_filled(float(volumes.sum()), box)
    table = RegionTable(
        tuple(region.name for region in regions),
        tuple(region.material for region in regions),
        normalise([region.orientation for region in regions]),
        volumes,
        crystal_symmetry=tuple(region.crystal_symmetry for region in regions),
    )
    diameter = float(np.cbrt(6.0 * volumes.mean() / np.pi))
    geometry = SolidGeometry(cell_complex, table, BOX_WALL_KINDS, (box[0], box[1], box[2]), (), diameter)
    made = mesh_solid(geometry, choose_solid_sizes(mesh, diameter))
    made.statistics["grains"] = len(regions)
    return made


def _complex(tess: Tess, points: Array, box: tuple[float, ...]) -> CellComplex:
    """The polyhedra as cells; faces that a regularisation has bent become triangles around their middle."""
    behind = np.full(len(tess.faces), OUTSIDE, dtype=np.int64)
    before = np.full(len(tess.faces), OUTSIDE, dtype=np.int64)
    for cell, signed in enumerate(tess.cells):
        behind[signed[signed > 0] - 1] = cell
        before[-signed[signed < 0] - 1] = cell
    added: list[Array] = []
    faces: list[Face] = []
    low, extent = tess.vertices.min(axis=0), np.ptp(tess.vertices, axis=0)
    for row, face in enumerate(tess.faces):
        at = points[face.loop]
        loop = face.loop if _area_vector(at) @ face.normal > 0.0 else face.loop[::-1]
        cells = (int(behind[row]), int(before[row]))
        if cells[0] == OUTSIDE:
            loop, cells = loop[::-1], (cells[1], cells[0])
        wall = "" if cells[1] != OUTSIDE else _wall(at, box)
        if _bulge(at) <= TOLERANCE * max(box):
            faces.append(Face((loop,), cells, wall))
            continue
        middle = at.mean(axis=0) if face.middle is None else (face.middle - low) / extent * np.array(box)
        near = np.linalg.norm(points[loop] - middle, axis=1)
        if near.min() <= TOLERANCE * max(box):
            # the faces turns about one of its own corners
            fan = np.roll(loop, -int(near.argmin()))
            triangles = np.stack([np.full(len(fan) - 2, fan[0]), fan[1:-1], fan[2:]], axis=1)
        else:
            triangles = np.stack([np.full(len(loop), len(points) + len(added)), loop, np.roll(loop, -1)], axis=1)
            added.append(middle)
        faces += [Face((triangle,), cells, wall) for triangle in triangles]
    everything = np.concatenate([points, np.array(added).reshape(-1, 3)])
    return CellComplex(everything, tuple(faces), np.arange(len(tess.cells), dtype=np.int32))


def _wall(corners: Array, box: tuple[float, ...]) -> str:
    """Name of the wall of the box that all corners lie on."""
    for axis, names in enumerate(BOX_WALLS):
        for side, name in enumerate(names):
            if np.all(corners[:, axis] == side * box[axis]):
                return name
    raise MicrostructureError("the domain of the tessellation is no box along x, y and z")


def _area_vector(corners: Array) -> Array:
    """Vector normal to a polygon, as long as its area."""
    relative = corners - corners[0]
    return np.asarray(0.5 * np.cross(relative, np.roll(relative, -1, axis=0)).sum(axis=0))


def _bulge(corners: Array) -> float:
    """Largest distance of a corner from the plane through the middle of the corners, in m."""
    normal = _area_vector(corners)
    return float(np.abs((corners - corners.mean(axis=0)) @ normal).max() / np.linalg.norm(normal))


def _check_filled(measure: float, box: tuple[float, ...]) -> None:
    """Raise MicrostructureError unless the cells fill the box."""
    if abs(measure / float(np.prod(box)) - 1.0) > 1e-6:
        raise MicrostructureError("the cells of the tessellation do not fill a box along the axes")
