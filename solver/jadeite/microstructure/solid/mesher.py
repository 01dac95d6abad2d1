# SPDX-License-Identifier: LGPL-3.0-or-later
"""A polyhedral complex meshed with tetrahedra: edges, then faces, then the interior, then cuts are opened.

Each stage keeps what the one before it made, so that the mesh conforms to every face of the complex exactly. Whatever
comes back from Gmsh is checked against the complex before it is handed on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jadeite.microstructure.adjacency import Numbering, faces_of
from jadeite.microstructure.cuts import OpenedMesh, open_cuts
from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.quality import quality_statistics, tetrahedron_volumes, triangle_areas
from jadeite.microstructure.solid.complex_measure import cell_volumes
from jadeite.microstructure.solid.fill import Filling, fill_solid
from jadeite.microstructure.solid.geometry import SolidGeometry
from jadeite.microstructure.solid.interior_smoothing import improve
from jadeite.microstructure.solid.size_grid import SizeGrid
from jadeite.microstructure.solid.sizes import SolidSizes, interior_sizes, surface_sizes
from jadeite.microstructure.solid.skeleton import skeleton_of
from jadeite.microstructure.solid.surface_map import open_walls, press_grooves
from jadeite.microstructure.solid.surface_mesh import SurfaceMesh, mesh_surfaces
from jadeite.microstructure.solid.tables import FaceSurfaces, measured, name_faces
from jadeite.microstructure.tagged_mesh import PeriodicSides, TaggedMesh

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# what a mesh must reach
LEAST_RADIUS_RATIO = 1e-4
# what a mesh should reach: where the worst cell is below, HXT tries once more, and the better mesh is taken
WANTED_RADIUS_RATIO = 3e-3
# cells below are repaired where points inside can do it
POOR_RADIUS_RATIO = 0.1
LEAST_ONE_PERCENT_ANGLE = 10.0
# tried in this order: the part of the boundary size down to which narrow features are resolved (None: as asked for),
# Gmsh's algorithm, and what cell sizes inside are multiplied by. Cells between surfaces that nearly touch need the
# first, other sizes inside move the few bad cells an algorithm may leave.
ATTEMPTS = (
    (None, "HXT", 1.0),
    (None, "HXT", 1.2),
    (0.2, "HXT", 1.0),
    (0.1, "HXT", 1.0),
    (0.03, "HXT", 1.0),
    (0.1, "Delaunay", 1.0),
    (None, "Frontal", 1.0),
)
# relative error allowed in the volume of a region
VOLUME_TOLERANCE = 1e-9
# error of the volume of a region by rounding alone, relative to all of them
ROUNDING = 1e-14

log = logging.getLogger(__name__)


def mesh_solid(geometry: SolidGeometry, sizes: SolidSizes) -> TaggedMesh:
    """Mesh a complex with cells of the given sizes.

    The mesh conforms to every face; opposite periodic sides match point by point. Facets are tagged on outer walls,
    between different regions, and on both sides of every cut, whose walls are parted where a flaw has a width.
    `statistics` holds those of the geometry, the algorithm used and the quality of the cells. The result depends on the
    arguments alone. Raises MeshingError, which says what failed, when no algorithm makes a mesh that passes all checks.
    """
    names = name_faces(geometry)
    failures: list[str] = []
    best: TaggedMesh | None = None
    surface, inside, resolved = None, None, sizes.smallest_feature
    for feature, algorithm, factor in ATTEMPTS:
        # finer surfaces and slower algorithms are for what cannot be meshed otherwise
        if best is not None and (feature is not None or algorithm != "HXT"):
            break
        name = _attempt_name(feature, algorithm, factor)
        try:
            if surface is None or inside is None or resolved != (feature or sizes.smallest_feature):
                resolved = feature or sizes.smallest_feature
                surface, inside = _surfaces(geometry, replace(sizes, smallest_feature=resolved))
            with _timed(f"interior, {name}"):
                filling = _fill(geometry, surface, inside.scaled(factor), algorithm)
            with _timed("checks and tables"):
                mesh = _tag(geometry, names, surface, filling._replace(algorithm=name))
                mesh = press_grooves(open_walls(mesh), geometry.grooves)
                mesh = _with_measures(mesh)
                if _worst(mesh) < POOR_RADIUS_RATIO:
                    mesh = _repaired(mesh)
                _check_quality(mesh)
            if best is None or _worst(mesh) > _worst(best):
                best = mesh
            if _worst(mesh) >= WANTED_RADIUS_RATIO:
                return mesh
            log.info("%s: the worst cell has a radius ratio of %.2g", name, _worst(mesh))
        except MeshingError as problem:
            failures.append(f"{name}: {problem}")
            log.info("%s failed: %s", name, problem)
    if best is None:
        raise MeshingError("; ".join(failures))
    return best


def _worst(mesh: TaggedMesh) -> float:
    """Radius ratio of the worst cell."""
    return float(mesh.statistics["worst_radius_ratio"])


def _attempt_name(feature: float | None, algorithm: str, factor: float) -> str:
    """What an attempt is called in messages and statistics."""
    name = algorithm if factor == 1.0 else f"{algorithm} with sizes inside times {factor:g}"
    return name if feature is None else f"{name}, features down to {feature:g} of the boundary size"


def _surfaces(geometry: SolidGeometry, sizes: SolidSizes) -> tuple[SurfaceMesh, SizeGrid]:
    """Triangles on all faces, and the sizes inside that follow from them."""
    with _timed("edges and sizes"):
        skeleton = skeleton_of(geometry.complex)
        on_surfaces = surface_sizes(geometry, skeleton, sizes)
    with _timed("faces"):
        surface = mesh_surfaces(geometry.complex, skeleton, on_surfaces, geometry.box, geometry.periodic)
    with _timed("sizes inside"):
        return surface, interior_sizes(geometry, sizes, surface.points, surface.triangles)


def _fill(geometry: SolidGeometry, surface: SurfaceMesh, inside: SizeGrid, algorithm: str) -> Filling:
    """Tetrahedra between the triangles of all faces."""
    cells = np.array([face.cells for face in geometry.complex.faces], dtype=np.int64)
    return fill_solid(surface.points, surface.triangles, cells[surface.face], inside, algorithms=[algorithm])


@contextmanager
def _timed(stage: str) -> Iterator[None]:
    """Log how long a stage takes."""
    start = perf_counter()
    try:
        yield
    finally:
        log.info("%s: %.2f s", stage, perf_counter() - start)


def _tag(geometry: SolidGeometry, names: FaceSurfaces, surface: SurfaceMesh, filling: Filling) -> TaggedMesh:
    """The tagged mesh with cuts opened but walls not yet parted."""
    complex = geometry.complex
    region = complex.cell_region[filling.cell_volume].astype(np.int32)
    _check_regions(geometry, filling, region)
    row, cut = names.face_surface[surface.face], names.face_cut[surface.face]
    plain = (row >= 0) & ~cut
    try:
        opened = open_cuts(filling.points, filling.cells, surface.triangles[plain], surface.triangles[cut])
    except ValueError as problem:
        raise MeshingError(f"cuts cannot be opened: {problem}") from problem
    facets = np.concatenate([opened.facets, opened.walls])
    facet_surface = np.concatenate([row[plain], np.repeat(row[cut], 2)])
    return TaggedMesh(
        opened.points,
        opened.cells,
        region,
        facets,
        facet_surface,
        geometry.regions,
        measured(names, geometry.regions, facet_surface, triangle_areas(opened.points, facets)),
        flaws=geometry.flaws,
        pores=geometry.pores,
        patches=geometry.patches,
        cracks=geometry.cracks,
        periodic=_periodic(geometry, surface, opened),
        statistics=geometry.statistics | {"mesh_algorithm": filling.algorithm},
    )


def _periodic(geometry: SolidGeometry, surface: SurfaceMesh, opened: OpenedMesh) -> tuple[PeriodicSides, ...]:
    """Points of low sides with their images; raises MeshingError when a cut has opened on one."""
    copied = np.bincount(opened.parent, minlength=len(surface.points)) > 1
    sides = []
    for image in surface.images:
        high = np.flatnonzero(image.low >= 0)
        pairs = np.stack([image.low[high], high], axis=1)
        if np.any(copied[pairs]):
            raise MeshingError(f"a cut opens on the periodic side across axis {image.axis}")
        sides.append(PeriodicSides(image.axis, geometry.box[image.axis], pairs))
    return tuple(sides)


def _check_regions(geometry: SolidGeometry, filling: Filling, region: NDArray[np.int32]) -> None:
    """Raise MeshingError unless every region has its volume and is connected."""
    complex, names = geometry.complex, geometry.regions.name
    wanted = np.bincount(complex.cell_region, cell_volumes(complex), len(names))
    volume = np.bincount(region, tetrahedron_volumes(filling.points, filling.cells), len(names))
    error = np.maximum(np.abs(volume - wanted) - ROUNDING * wanted.sum(), 0.0) / wanted
    if error.max() > VOLUME_TOLERANCE:
        raise MeshingError(f"the volume of '{names[error.argmax()]}' is wrong by {error.max():.3g} of itself")
    if abs(volume.sum() / wanted.sum() - 1.0) > VOLUME_TOLERANCE:
        raise MeshingError("the total volume is wrong")
    keys = Numbering(filling.cells, len(filling.points)).keys(faces_of(filling.cells).reshape(-1, 3))
    order = np.argsort(keys, kind="stable")
    pair = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    one, other = order[pair] // 4, order[pair + 1] // 4
    alike = region[one] == region[other]
    count = len(region)
    graph = coo_array((np.ones(alike.sum(), dtype=np.int8), (one[alike], other[alike])), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    pieces = np.unique(np.stack([region, component]), axis=1)[0]
    several = np.flatnonzero(np.bincount(pieces, minlength=len(names)) != 1)
    if len(several):
        raise MeshingError(f"region '{names[several[0]]}' is not connected")


def _with_measures(mesh: TaggedMesh) -> TaggedMesh:
    """Volumes of regions and areas of surfaces as the mesh has them, and its quality."""
    volume = np.bincount(mesh.cell_region, tetrahedron_volumes(mesh.points, mesh.cells), len(mesh.regions))
    area = np.bincount(mesh.facet_surface, triangle_areas(mesh.points, mesh.facets), len(mesh.surfaces))
    return replace(
        mesh,
        regions=replace(mesh.regions, measure=volume),
        surfaces=replace(mesh.surfaces, measure=area),
        statistics={**mesh.statistics, **quality_statistics(mesh.points, mesh.cells)},
    )


def _repaired(mesh: TaggedMesh) -> TaggedMesh:
    """The mesh with its poor cells improved by points that lie on no facet."""
    inside = np.ones(len(mesh.points), dtype=bool)
    inside[mesh.facets] = False
    return _with_measures(replace(mesh, points=improve(mesh.points, mesh.cells, inside)))


def _check_quality(mesh: TaggedMesh) -> None:
    """Raise MeshingError for a mesh with inverted or too flat cells."""
    if tetrahedron_volumes(mesh.points, mesh.cells).min() <= 0.0:
        raise MeshingError("a cell is inverted")
    worst, angle = (mesh.statistics[name] for name in ("worst_radius_ratio", "one_percent_dihedral_angle_degrees"))
    if float(worst) < LEAST_RADIUS_RATIO:
        raise MeshingError(f"the worst cell has a radius ratio of {worst:.2g}")
    if float(angle) < LEAST_ONE_PERCENT_ANGLE:
        raise MeshingError(f"one per cent of the cells have a dihedral angle below {angle:.1f} degrees")
