# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small structured meshes, made without Gmsh, for tests of the parts that come after it."""

from dataclasses import replace
from itertools import permutations

import numpy as np
from scipy.spatial import cKDTree

from jadeite.microstructure.orientation import random_orientations
from jadeite.microstructure.tagged_mesh import Flaw, RegionTable, SurfaceKind, SurfaceTable, TaggedMesh

IDENTITY = (1.0, 0.0, 0.0, 0.0)


def layered_mesh(thicknesses, width, across=4, along=3, materials=None):
    """Stack layers from y = 0 upwards; `across` cells over the width, `along` cells through each layer."""
    return box_mesh(thicknesses, (width,), (across,), along, materials)


def box_mesh(thicknesses, widths, across, along=3, materials=None):
    """Layers along y in 2-D or 3-D: `widths` and `across` along x (and z), `along` cells through each layer."""
    layers = len(thicknesses)
    materials = materials or ["electrolyte"] * layers
    heights = np.concatenate([[0.0], np.cumsum(thicknesses)])
    y = np.concatenate([[0.0], *(np.linspace(heights[k], heights[k + 1], along + 1)[1:] for k in range(layers))])
    axes = [np.linspace(0.0, widths[0], across[0] + 1), y]
    if len(widths) == 2:
        axes.append(np.linspace(0.0, widths[1], across[1] + 1))
    points, cells = _grid(axes)
    middle = points[cells].mean(axis=1)
    region = np.searchsorted(heights, middle[:, 1]) - 1
    tolerance = 1e-9 * heights[-1]

    facets = _facets(cells)
    corners = points[facets]
    names, kinds, sides, found, measures = [], [], [], [], []

    def surface(name, kind, regions, axis, value, measure):
        on = np.flatnonzero((np.abs(corners[:, :, axis] - value) < tolerance).all(axis=1))
        found.append(facets[on])
        names.append(name)
        kinds.append(kind)
        sides.append(regions)
        measures.append(measure)

    across_area, height = float(np.prod(widths)), heights[-1]
    depth = widths[1] if len(widths) == 2 else 1.0
    surface("plating electrode", SurfaceKind.PLATING_ELECTRODE, (0, -1), 1, 0.0, across_area)
    surface("stripping electrode", SurfaceKind.STRIPPING_ELECTRODE, (layers - 1, -1), 1, height, across_area)
    surface("side wall left", SurfaceKind.SIDE_WALL, (-1, -1), 0, 0.0, height * depth)
    surface("side wall right", SurfaceKind.SIDE_WALL, (-1, -1), 0, widths[0], height * depth)
    if len(widths) == 2:
        surface("side wall front", SurfaceKind.SIDE_WALL, (-1, -1), 2, 0.0, height * widths[0])
        surface("side wall back", SurfaceKind.SIDE_WALL, (-1, -1), 2, widths[1], height * widths[0])
    for k in range(1, layers):
        kind = SurfaceKind.GRAIN_BOUNDARY if materials[k] == materials[k - 1] else SurfaceKind.PHASE_BOUNDARY
        surface(f"layer {k} | layer {k + 1}", kind, (k - 1, k), 1, heights[k], across_area)
    return TaggedMesh(
        points=points,
        cells=cells,
        cell_region=region.astype(np.int32),
        facets=np.concatenate(found),
        facet_surface=np.concatenate([np.full(len(f), row) for row, f in enumerate(found)]).astype(np.int32),
        regions=RegionTable(
            tuple(f"layer {k + 1}" for k in range(layers)),
            tuple(materials),
            np.tile(IDENTITY, (layers, 1)),
            np.asarray(thicknesses) * across_area,
        ),
        surfaces=SurfaceTable(
            tuple(names),
            tuple(kinds),
            np.array(sides, dtype=np.int32),
            np.full(len(names), np.nan),
            np.array(measures),
        ),
    )


def grain_mesh(width, height, across, along, region_of):
    """A rectangle of grains: `region_of` gives region numbers at midpoints of cells (n, 2); boundaries follow."""
    plain = layered_mesh([height], width, across, along)
    return give_grains(plain, np.asarray(region_of(plain.points[plain.cells].mean(axis=1)), dtype=np.int32))


def solid_grains(cells_per_side=8, grains=6, side=20e-6, seed=0, crystal_symmetry="cubic", flaw=None):
    """A cube of randomly oriented grains (every cell belongs to the nearest of `grains` seeds), walls stepped.

    `flaw` = (depth, half length) in boxes of the grid opens a vertical cut named "deep" in the middle plane
    x = side/2: a rectangle from the plating electrode, centred in z, whose points behind the front are doubled.
    """
    generator = np.random.default_rng(seed)
    plain = box_mesh([side], (side, side), (cells_per_side, cells_per_side), cells_per_side)
    middle = plain.points[plain.cells].mean(axis=1)
    seeds = generator.uniform(0.0, side, (grains, 3))
    _, region = np.unique(cKDTree(seeds).query(middle)[1], return_inverse=True)
    mesh = give_grains(plain, region.ravel().astype(np.int32))
    count = len(mesh.regions)
    table = replace(
        mesh.regions,
        orientation=random_orientations(count, generator),
        crystal_symmetry=(crystal_symmetry,) * count,
    )
    mesh = replace(mesh, regions=table)
    return mesh if flaw is None else _open_cut(mesh, side, side / cells_per_side, *flaw)


def _open_cut(mesh, side, step, depth, half_length):
    """Open a rectangular vertical cut in the plane x = side/2: copies of its points for the cells beyond it."""
    plane = step * round(0.5 * side / step)
    depth, half, middle, tolerance = depth * step, half_length * step, step * round(0.5 * side / step), 1e-6 * step
    offset = np.abs(mesh.points[:, 2] - middle)
    on_plane = np.abs(mesh.points[:, 0] - plane) < tolerance
    inside = on_plane & (mesh.points[:, 1] < depth + tolerance) & (offset < half + tolerance)
    opened = np.flatnonzero(inside & (mesh.points[:, 1] < depth - tolerance) & (offset < half - tolerance))
    copy = np.arange(len(mesh.points))
    copy[opened] = len(mesh.points) + np.arange(len(opened))

    def beyond(simplices):
        there = mesh.points[simplices].mean(axis=1)[:, 0] > plane + tolerance
        return np.where(there[:, None], copy[simplices], simplices)

    every = _facets(mesh.cells)
    # a facet with all its corners on the front, in a corner of the rectangle, stays closed
    walls = every[inside[every].all(axis=1) & np.isin(every, opened).any(axis=1)]
    keep = ~(inside[mesh.facets].all(axis=1) & np.isin(mesh.facets, opened).any(axis=1))
    tip_cell = np.argmin(np.linalg.norm(mesh.points[mesh.cells].mean(axis=1) - [plane, depth, middle], axis=1))
    surfaces, row = mesh.surfaces, len(mesh.surfaces)

    def areas(facets):
        return np.linalg.norm(np.cross(*np.moveaxis(np.diff(mesh.points[facets], axis=1), 1, 0)), axis=1) / 2

    measure = np.bincount(mesh.facet_surface[keep], weights=areas(mesh.facets[keep]), minlength=row)
    front = [(plane, y, middle - half) for y in (0.0, depth)] + [(plane, depth, middle)]
    front += [(plane, y, middle + half) for y in (depth, 0.0)]
    flaw = Flaw(
        "deep", (plane, 0.0, middle), (plane, depth, middle), 0.0, depth, (0.0, 1.0, 0.0),
        mesh.regions.name[mesh.cell_region[tip_cell]], "cut", (1.0, 0.0, 0.0), half, tuple(front),
    )  # fmt: skip
    return replace(
        mesh,
        points=np.concatenate([mesh.points, mesh.points[opened]]),
        cells=beyond(mesh.cells),
        facets=np.concatenate([beyond(mesh.facets[keep]), walls, copy[walls]]),
        facet_surface=np.concatenate([mesh.facet_surface[keep], np.full(2 * len(walls), row)]).astype(np.int32),
        surfaces=SurfaceTable(
            (*surfaces.name, "flaw deep"),
            (*surfaces.kind, SurfaceKind.FLAW_WALL),
            np.concatenate([surfaces.regions, [[-1, -1]]]).astype(np.int32),
            np.append(surfaces.misorientation, np.nan),
            np.append(measure, 2.0 * areas(walls).sum()),
        ),
        flaws=(flaw,),
    )


def give_grains(plain, region):
    """A mesh of one region with the cells given to grains, and the boundaries between them added."""
    grains, corners = int(region.max()) + 1, plain.cells.shape[1]
    sides = np.sort(np.concatenate([np.delete(plain.cells, k, axis=1) for k in range(corners)]), axis=1)
    facets, place, count = np.unique(sides, axis=0, return_inverse=True, return_counts=True)
    owner = np.tile(region, corners)
    low, high = np.full(len(facets), grains), np.full(len(facets), -1)
    np.minimum.at(low, place.ravel(), owner)
    np.maximum.at(high, place.ravel(), owner)
    between = (count == 2) & (low < high)
    pairs, row = np.unique(np.column_stack([low, high])[between], axis=0, return_inverse=True)
    edges = np.diff(plain.points[facets[between]], axis=1)
    measures = np.linalg.norm(edges[:, 0] if corners == 3 else np.cross(edges[:, 0], edges[:, 1]) / 2, axis=1)
    first = len(plain.surfaces)
    at = plain.points[plain.cells]
    size = np.abs(np.linalg.det(at[:, 1:] - at[:, :1])) / (2 if corners == 3 else 6)
    return replace(
        plain,
        cell_region=region,
        facets=np.concatenate([plain.facets, facets[between]]),
        facet_surface=np.concatenate([plain.facet_surface, first + row.ravel()]).astype(np.int32),
        regions=RegionTable(
            tuple(f"grain {k + 1}" for k in range(grains)),
            ("electrolyte",) * grains,
            np.tile(IDENTITY, (grains, 1)),
            np.bincount(region, weights=size),
        ),
        surfaces=SurfaceTable(
            plain.surfaces.name + tuple(f"grain {a + 1} | grain {b + 1}" for a, b in pairs),
            plain.surfaces.kind + (SurfaceKind.GRAIN_BOUNDARY,) * len(pairs),
            np.concatenate([np.full((first, 2), -1), pairs]).astype(np.int32),
            np.full(first + len(pairs), np.nan),
            np.concatenate([plain.surfaces.measure, np.bincount(row.ravel(), weights=measures)]),
        ),
    )


def _grid(axes):
    """Points of a rectangular grid and its boxes cut into positively oriented simplices (Kuhn's subdivision)."""
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
    shape = tuple(len(axis) for axis in axes)
    number = np.arange(len(points)).reshape(shape)
    corner = number[tuple(slice(None, -1) for _ in axes)].ravel()
    stride = np.array([int(np.prod(shape[k + 1 :])) for k in range(len(axes))])
    cells = []
    for order in permutations(range(len(axes))):
        steps = np.concatenate([[0], np.cumsum(stride[list(order)])])
        simplex = corner[:, None] + steps
        edges = points[simplex[0, 1:]] - points[simplex[0, :1]]
        cells.append(simplex if np.linalg.det(edges) > 0 else simplex[:, [1, 0, *range(2, len(axes) + 1)]])
    return points, np.concatenate(cells).astype(np.int64)


def _facets(cells):
    """Every facet of a mesh once."""
    corners = cells.shape[1]
    sides = [np.delete(cells, k, axis=1) for k in range(corners)]
    return np.unique(np.sort(np.concatenate(sides), axis=1), axis=0)


def retag(mesh, kind, name, where):
    """Give the facets of the outer boundary whose midpoints (n, dim) satisfy `where` to a new surface."""
    middle = mesh.points[mesh.facets].mean(axis=1)
    chosen = np.flatnonzero(where(middle))
    corners = mesh.points[mesh.facets[chosen]]
    length = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    surface = mesh.facet_surface.copy()
    measure = mesh.surfaces.measure - np.bincount(surface[chosen], weights=length, minlength=len(mesh.surfaces))
    surface[chosen] = len(mesh.surfaces)
    table = mesh.surfaces
    return replace(
        mesh,
        facet_surface=surface,
        surfaces=SurfaceTable(
            (*table.name, name),
            (*table.kind, kind),
            np.concatenate([table.regions, [[-1, -1]]]).astype(np.int32),
            np.append(table.misorientation, np.nan),
            np.append(measure, length.sum()),
        ),
    )
