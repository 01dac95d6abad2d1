# SPDX-License-Identifier: LGPL-3.0-or-later
"""A planar geometry meshed by Gmsh into a tagged mesh.

Edges are divided here, so that both neighbours, every run and every rank see the same points; Gmsh's built-in kernel
fills the faces. What comes back is checked against the geometry before it is handed on: positive cells, the exact area
of every region, every edge covered once, no sliver. No number that Gmsh gave to anything leaves this module.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import gmsh
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from jadeite.microstructure.cuts import open_cuts
from jadeite.microstructure.errors import MeshingError
from jadeite.microstructure.plane.arrangement import twins
from jadeite.microstructure.plane.corners import smallest_corner
from jadeite.microstructure.plane.geometry import PlanarGeometry
from jadeite.microstructure.plane.size_field import SizeField, SizeSources, divide_edges, gather_sources
from jadeite.microstructure.quality import cell_areas, quality_statistics, smallest_angles
from jadeite.microstructure.tagged_mesh import PeriodicSides, TaggedMesh

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# tried in this order; the number is Gmsh's option Mesh.Algorithm
ALGORITHMS = {"Frontal-Delaunay": 6, "Delaunay": 5, "MeshAdapt": 1}
# most points of the size grid along the longer side; sizes finer than it resolves are given by distance fields instead
GRID_POINTS = 400
# a mesh with a smaller angle (degrees) is refused, unless the geometry itself has a corner as sharp; where it has, the
# mesh may have angles down to this part of that corner
ANGLE_GATE = 8.0
CORNER_SHARE = 0.5


def mesh_planar(geometry: PlanarGeometry, sizes: SizeField) -> TaggedMesh:
    """Triangulate a planar geometry with the given element sizes.

    The mesh conforms to every edge; points of the geometry keep their exact coordinates. `statistics` holds cells,
    points, the algorithm used, the smallest angle and its percentiles in degrees. The result depends on the arguments
    alone. Angles of the mesh stay above `ANGLE_GATE`; where the geometry itself has a sharper corner, statistics name
    it as `smallest_corner_degrees`. Cuts are open: nodes on them have a copy for each side. Raises MeshingError when no
    algorithm passes the checks.
    """
    corner = float(np.degrees(smallest_corner(geometry.points, geometry.faces)))
    gate = ANGLE_GATE if corner > ANGLE_GATE else CORNER_SHARE * corner
    sources = gather_sources(geometry, sizes)
    points, segments, segment_edge = divide_edges(geometry, sources)
    failures = []
    for name in ALGORITHMS:
        try:
            nodes, cells, region = _fill(geometry, points, segments, segment_edge, sources, name)
            facets, surface = _facets(geometry, segments, segment_edge)
            _check(geometry, nodes, cells, region, facets, segments)
            statistics: dict[str, float | int | str] = {"mesh_algorithm": name, **quality_statistics(nodes, cells)}
            if float(statistics["minimum_angle_degrees"]) < gate:
                raise MeshingError(f"an angle of {statistics['minimum_angle_degrees']:.2g} degrees")
        except MeshingError as problem:
            failures.append(f"{name}: {problem}")
            continue
        if corner < ANGLE_GATE:
            statistics["smallest_corner_degrees"] = corner
        cut = geometry.edge_cut[segment_edge[geometry.edge_surface[segment_edge] >= 0]]
        opened = open_cuts(nodes, cells, facets[~cut], facets[cut])
        statistics["points"] = len(opened.points)
        return TaggedMesh(
            opened.points,
            opened.cells,
            region,
            np.concatenate([opened.facets, opened.walls]),
            np.concatenate([surface[~cut], np.repeat(surface[cut], 2)]),
            geometry.regions,
            geometry.surfaces,
            flaws=geometry.flaws,
            pores=geometry.pores,
            patches=geometry.patches,
            cracks=geometry.cracks,
            periodic=_periodic_sides(geometry, opened.points, opened.facets),
            statistics=statistics,
        )
    raise MeshingError("; ".join(failures))


def _periodic_sides(geometry: PlanarGeometry, points: Array, facets: Index) -> tuple[PeriodicSides, ...]:
    """The points of the two periodic sides, if there are any; raises MeshingError unless they match exactly."""
    if geometry.period is None:
        return ()
    left, right = twins(points, np.unique(facets), geometry.period)
    if np.abs(points[right] - points[left] - [geometry.period, 0.0]).max() > 1e-12 * geometry.period:
        raise MeshingError("the points on the two periodic sides do not match")
    return (PeriodicSides(0, geometry.period, np.stack([left, right], axis=1)),)


def _fill(
    geometry: PlanarGeometry, points: Array, segments: Index, segment_edge: Index, sources: SizeSources, algorithm: str
) -> tuple[Array, Index, NDArray[np.int32]]:
    """Nodes, triangles and region rows made by one Gmsh algorithm; the nodes begin with `points`."""
    origin, extent = points.min(axis=0), float(np.ptp(points, axis=0).max())
    scaled = (points - origin) / extent
    gmsh.initialize(readConfigFiles=False, interruptible=False)
    try:
        for option, value in {
            "General.Terminal": 0,
            "General.NumThreads": 1,
            "Mesh.Algorithm": ALGORITHMS[algorithm],
            "Mesh.MeshSizeExtendFromBoundary": 0,
            "Mesh.MeshSizeFromPoints": 0,
            "Mesh.MeshSizeFromCurvature": 0,
            "Geometry.Tolerance": 1e-12,
        }.items():
            gmsh.option.setNumber(option, value)
        gmsh.model.add("geometry")
        _describe(geometry, scaled, segments, segment_edge)
        with tempfile.TemporaryDirectory() as folder:
            _set_sizes(sources, origin, extent, np.ptp(scaled, axis=0), Path(folder) / "sizes.bin")
            gmsh.model.geo.synchronize()
            _embed(geometry, segment_edge)
            try:
                gmsh.model.mesh.generate(2)
            except Exception as problem:  # Gmsh raises nothing more specific
                raise MeshingError(f"Gmsh gave up: {problem}") from problem
        return _collect(geometry, points, scaled, origin, extent)
    finally:
        gmsh.finalize()


def _describe(geometry: PlanarGeometry, scaled: Array, segments: Index, segment_edge: Index) -> None:
    """Points, one straight line per segment, and one plane surface per face; entity tags are rows plus one."""
    model = gmsh.model.geo
    for tag, (x, y) in enumerate(scaled.tolist(), start=1):
        model.addPoint(x, y, 0.0, 0.0, tag)
    for tag, (a, b) in enumerate((segments + 1).tolist(), start=1):
        model.addLine(a, b, tag)
        model.mesh.setTransfiniteCurve(tag, 2)
    chains = np.split(np.arange(1, len(segments) + 1), np.flatnonzero(np.diff(segment_edge)) + 1)
    key = {(a, b): k for k, (a, b) in enumerate(geometry.edges.tolist())}
    loop_tag = 0
    for tag, face in enumerate(geometry.faces, start=1):
        loops = []
        for loop in face.loops:
            curves: list[int] = []
            for a, b in zip(loop.tolist(), np.roll(loop, -1).tolist(), strict=True):
                chain = chains[key[min(a, b), max(a, b)]]
                curves.extend(chain.tolist() if a < b else (-chain[::-1]).tolist())
            loop_tag += 1
            model.addCurveLoop(curves, loop_tag)
            loops.append(loop_tag)
        model.addPlaneSurface(loops, tag)


def _embed(geometry: PlanarGeometry, segment_edge: Index) -> None:
    """Make the edges that lie inside a face part of its mesh."""
    inner = [(tag, face.embedded) for tag, face in enumerate(geometry.faces, start=1) if len(face.embedded)]
    if not inner:
        return
    row = {(a, b): k for k, (a, b) in enumerate(geometry.edges.tolist())}
    for tag, embedded in inner:
        edges = [row[a, b] for a, b in np.sort(embedded, axis=1).tolist()]
        gmsh.model.mesh.embed(1, (np.flatnonzero(np.isin(segment_edge, edges)) + 1).tolist(), 2, tag)


def _set_sizes(sources: SizeSources, origin: Array, extent: float, box: Array, path: Path) -> None:
    """The background size field: one grid for what it resolves, a distance field per finer size."""
    field = gmsh.model.mesh.field
    sizes = [np.full(len(at), size) for size, at in sources.bins]
    typical = float(np.median(np.concatenate(sizes))) if sizes else sources.limit
    spacing = max(0.5 * typical / extent, 1.0 / GRID_POINTS)
    # linear interpolation on the grid is wrong by at most growth * spacing / 2 at a point source
    coarse = [(size, at) for size, at in sources.bins if size / extent > 3 * sources.growth * spacing]
    fine = [(size, at) for size, at in sources.bins if size / extent <= 3 * sources.growth * spacing]
    # two intervals at least, or Gmsh has nothing to interpolate between
    axes = [np.linspace(0.0, side, max(int(np.ceil(side / spacing)), 2) + 1) for side in box.tolist()]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    size = SizeSources(sources.limit, sources.growth, tuple(coarse))(origin + extent * grid) / extent
    with path.open("wb") as stream:
        # Gmsh's binary "Structured" format: origin, spacing, numbers of points, values with z running fastest;
        # two layers in z, because a single one cannot be interpolated
        stream.write(np.array([0.0, 0.0, -1.0, axes[0][1], axes[1][1], 2.0]).tobytes())
        stream.write(np.array([len(axes[0]), len(axes[1]), 2], dtype=np.int32).tobytes())
        stream.write(np.repeat(size, 2).tobytes())
    fields = [field.add("Structured")]
    field.setString(fields[0], "FileName", str(path))
    field.setNumber(fields[0], "TextFormat", 0)
    for smallest, at in fine:
        tags = [gmsh.model.geo.addPoint(x, y, 0.0) for x, y in ((at - origin) / extent).tolist()]
        distance = field.add("Distance")
        field.setNumbers(distance, "PointsList", tags)
        threshold = field.add("Threshold")
        field.setNumber(threshold, "InField", distance)
        field.setNumber(threshold, "SizeMin", smallest / extent)
        field.setNumber(threshold, "SizeMax", sources.limit / extent)
        field.setNumber(threshold, "DistMin", 0.0)
        field.setNumber(threshold, "DistMax", (sources.limit - smallest) / sources.growth / extent)
        fields.append(threshold)
    least = field.add("Min")
    field.setNumbers(least, "FieldsList", fields)
    field.setAsBackgroundMesh(least)


def _collect(
    geometry: PlanarGeometry, points: Array, scaled: Array, origin: Array, extent: float
) -> tuple[Array, Index, NDArray[np.int32]]:
    """Nodes in m, positively oriented triangles and their region rows."""
    cells, regions = [], []
    for tag, face in enumerate(geometry.faces, start=1):
        _, corners = gmsh.model.mesh.getElementsByType(2, tag)
        cells.append(corners.reshape(-1, 3).astype(np.int64))
        regions.append(np.full(len(cells[-1]), face.region, dtype=np.int32))
        if len(corners) == 0:
            raise MeshingError(f"a piece of region '{geometry.regions.name[face.region]}' got no cells")
    triangles, region = np.concatenate(cells), np.concatenate(regions)
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    row = np.empty(int(tags.max()) + 1, dtype=np.int64)
    row[tags] = np.arange(len(tags))
    used, triangles = np.unique(row[triangles], return_inverse=True)
    triangles = triangles.reshape(-1, 3)
    nodes = coordinates.reshape(-1, 3)[used, :2]

    # the given points come first and keep their exact coordinates, whatever the scaling did to the last digit
    distance, given = KDTree(nodes).query(scaled)
    if distance.max() > 1e-12 or len(np.unique(given)) < len(given):
        raise MeshingError("points of the geometry are missing from the mesh")
    others = np.setdiff1d(np.arange(len(nodes)), given)
    order = np.concatenate([given, others])
    renumber = np.empty(len(nodes), dtype=np.int64)
    renumber[order] = np.arange(len(nodes))
    triangles = renumber[triangles]
    nodes = origin + extent * nodes[order]
    nodes[: len(points)] = points
    turned = cell_areas(nodes, triangles) < 0.0
    triangles[turned] = triangles[turned][:, [0, 2, 1]]
    return nodes, triangles, region


def _facets(geometry: PlanarGeometry, segments: Index, segment_edge: Index) -> tuple[Index, NDArray[np.int32]]:
    """Segments that lie on a surface, and its row."""
    surface = geometry.edge_surface[segment_edge]
    return segments[surface >= 0], surface[surface >= 0].astype(np.int32)


def _check(
    geometry: PlanarGeometry,
    nodes: Array,
    cells: Index,
    region: NDArray[np.int32],
    facets: Index,
    segments: Index,
) -> None:
    """Raise MeshingError unless the mesh covers every region exactly once and conforms to every edge."""
    area = cell_areas(nodes, cells)
    if area.min() <= 0.0 or smallest_angles(nodes, cells).min() < 1e-6:
        raise MeshingError("a cell is inverted or has no area")
    covered = np.bincount(region, weights=area, minlength=len(geometry.regions))
    worst = np.max(np.abs(covered - geometry.regions.measure))
    if worst > 1e-12 * geometry.regions.measure.sum():
        raise MeshingError(f"the area of a region is wrong by {worst:.3g} m^2, so cells overlap or are missing")
    sides = np.sort(np.concatenate([cells[:, [0, 1]], cells[:, [1, 2]], cells[:, [2, 0]]]), axis=1)
    key = sides[:, 0] * len(nodes) + sides[:, 1]
    unique, count = np.unique(key, return_counts=True)
    if count.max() > 2:
        raise MeshingError("an edge belongs to more than two cells")
    wanted = np.sort(segments, axis=1)
    if not np.all(np.isin(wanted[:, 0] * len(nodes) + wanted[:, 1], unique)):
        raise MeshingError("an edge of the geometry is not an edge of the mesh")
    ordered = np.sort(facets, axis=1)
    if not np.all(np.isin(unique[count == 1], ordered[:, 0] * len(nodes) + ordered[:, 1])):
        raise MeshingError("the mesh has a boundary that the geometry has not")
