# SPDX-License-Identifier: LGPL-3.0-or-later
"""Small complexes for the tests of solids: grids of boxes and Voronoi cells in a box."""

from types import SimpleNamespace

import numpy as np
from scipy.spatial import Voronoi

from jadeite.case.microstructure import Recipe
from jadeite.microstructure.solid.cell_complex import CellComplex
from jadeite.microstructure.solid.complex_stack import Stratum, stack_strata


def voronoi(count, box=(1.0, 1.0, 1.0), seed=0, seeds=None):
    """Voronoi cells of random seeds in a box, cut off by mirrored seeds, in the form of a Tessellation."""
    box = np.asarray(box)
    inner = np.random.default_rng(seed).random((count, 3)) * box if seeds is None else np.asarray(seeds)
    count = len(inner)
    points, wall = [inner], [np.zeros(count, dtype=int)]
    for axis in range(3):
        for side in (0, 1):
            mirrored = inner.copy()
            mirrored[:, axis] = 2 * side * box[axis] - mirrored[:, axis]
            points.append(mirrored)
            wall.append(np.full(count, -(1 + 2 * axis + side)))
    diagram = Voronoi(np.concatenate(points))
    wall = np.concatenate(wall)
    pairs = np.sort(diagram.ridge_points, axis=1)
    keep = np.flatnonzero(pairs[:, 0] < count)
    # mirrored grids meet in one place many times
    rounded = np.round(diagram.vertices / 1e-9)
    places, row = np.unique(rounded, axis=0, return_inverse=True)
    position = np.empty((len(places), 3))
    position[row.ravel()] = diagram.vertices
    loops, cells = [], []
    for ridge in keep.tolist():
        loop = row.ravel()[diagram.ridge_vertices[ridge]]
        loop = loop[loop != np.roll(loop, 1)]
        if len(loop) < 3:
            continue
        loops.append(loop)
        other = pairs[ridge, 1]
        cells.append((pairs[ridge, 0], other if other < count else wall[other]))
    used = np.unique(np.concatenate(loops))
    new = np.full(len(position), -1)
    new[used] = np.arange(len(used))
    return SimpleNamespace(
        vertices=position[used],
        face_offsets=np.cumsum([0, *(len(loop) for loop in loops)]),
        face_vertices=new[np.concatenate(loops)],
        face_cells=np.array(cells),
    )


def voronoi_complex(count, box=(1.0, 1.0, 1.0), seed=0) -> CellComplex:
    return stack_strata([Stratum(0.0, box[1], np.arange(count, dtype=np.int32), voronoi(count, box, seed))], box)


def box_grid(shape, box=(1.0, 1.0, 1.0)) -> CellComplex:
    """A grid of equal boxes: its opposite sides match."""
    axes = [(np.arange(n) + 0.5) * length / n for n, length in zip(shape, box, strict=True)]
    seeds = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    count = len(seeds)
    tessellation = voronoi(count, box, seeds=seeds)
    return stack_strata([Stratum(0.0, box[1], np.arange(count, dtype=np.int32), tessellation)], box)


def solid_recipe(grains=50, mean=10e-6, **other) -> Recipe:
    """A cube of about this many grains, or whatever `other` says instead."""
    width = (grains * np.pi / 6 * mean**3 * (1 + 0.35**2) ** 3) ** (1 / 3)
    values = {
        "dimension": 3,
        "width": f"{width} m",
        "separator": {
            "thickness": f"{width} m",
            "polycrystal": {"grain_size": {"law": "lognormal", "mean": f"{mean} m", "coefficient_of_variation": 0.35}},
        },
    }
    return Recipe.model_validate(values | other)
