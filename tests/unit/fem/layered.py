# SPDX-License-Identifier: LGPL-3.0-or-later
"""A structured mesh of horizontal layers, made without Gmsh, for tests of the parts that come after it."""

import numpy as np

from jadeite.microstructure.tagged_mesh import RegionTable, SurfaceKind, SurfaceTable, TaggedMesh


def layered_mesh(thicknesses, width, across=4, along=3, materials=None):
    """Stack layers from y = 0 upwards; `across` cells over the width, `along` cells through each layer."""
    layers = len(thicknesses)
    materials = materials or ["electrolyte"] * layers
    heights = np.concatenate([[0.0], np.cumsum(thicknesses)])
    y = np.unique(np.concatenate([np.linspace(heights[k], heights[k + 1], along + 1) for k in range(layers)]).round(15))
    x = np.linspace(0.0, width, across + 1)
    points = np.array([(a, b) for b in y for a in x])
    number = np.arange(len(points)).reshape(len(y), len(x))
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]
    cells = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    region = np.searchsorted(heights, points[cells].mean(axis=1)[:, 1]) - 1

    names, kinds, sides, facets, rows = [], [], [], [], []

    def surface(name, kind, regions, lines):
        facets.append(lines)
        rows.append(np.full(len(lines), len(names)))
        names.append(name)
        kinds.append(kind)
        sides.append(regions)

    def pairs(line):
        return np.column_stack([line[:-1], line[1:]])

    surface("plating electrode", SurfaceKind.PLATING_ELECTRODE, (0, -1), pairs(number[0]))
    surface("stripping electrode", SurfaceKind.STRIPPING_ELECTRODE, (layers - 1, -1), pairs(number[-1]))
    surface("side wall left", SurfaceKind.SIDE_WALL, (-1, -1), pairs(number[:, 0]))
    surface("side wall right", SurfaceKind.SIDE_WALL, (-1, -1), pairs(number[:, -1]))
    for k in range(1, layers):
        same = materials[k] == materials[k - 1]
        level = int(np.argmin(abs(y - heights[k])))
        kind = SurfaceKind.GRAIN_BOUNDARY if same else SurfaceKind.LAYER_INTERFACE
        surface(f"layer {k} | layer {k + 1}", kind, (k - 1, k), pairs(number[level]))
    measure = [width, width, heights[-1], heights[-1]] + [width] * (layers - 1)
    return TaggedMesh(
        points=points,
        cells=cells.astype(np.int64),
        cell_region=region.astype(np.int32),
        facets=np.concatenate(facets).astype(np.int64),
        facet_surface=np.concatenate(rows).astype(np.int32),
        regions=RegionTable(
            tuple(f"layer {k + 1}" for k in range(layers)),
            tuple(materials),
            np.tile([1.0, 0.0, 0.0, 0.0], (layers, 1)),
            np.asarray(thicknesses) * width,
        ),
        surfaces=SurfaceTable(
            tuple(names), tuple(kinds), np.array(sides, dtype=np.int32), np.full(len(names), np.nan), np.array(measure)
        ),
    )
