# SPDX-License-Identifier: LGPL-3.0-or-later
"""Known structures to import, and recipes that import them."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, HalfspaceIntersection, KDTree

from jadeite.case.microstructure import Recipe

BOX = 100e-6


@dataclass
class Known:
    """A power diagram that fills a cube (square): seeds, weights, exact measures of cells and of their boundaries.

    `corners` are the corners of each cell, `facets` the half-space beyond which each corner list of a facet lies: the
    number of a neighbour, or -(1 + 2 * axis + side) for a wall.
    """

    seeds: np.ndarray
    weights: np.ndarray
    measure: np.ndarray
    area: dict
    corners: list
    beyond: list

    def rasterise(self, voxels):
        """Labels, from one on, of the cell that the middle of each voxel lies in."""
        middle = (np.arange(voxels) + 0.5) * BOX / voxels
        at = np.stack(np.meshgrid(*[middle] * self.seeds.shape[1], indexing="ij"), axis=-1)
        # the power distance to a seed is the distance to its image one dimension up
        height = np.sqrt(self.weights.max() - self.weights)
        tree = KDTree(np.column_stack([self.seeds, height]))
        lifted = np.column_stack([at.reshape(-1, at.shape[-1]), np.zeros(at[..., 0].size)])
        return tree.query(lifted)[1].reshape(at.shape[:-1]) + 1


def make_known(dimension, count, seed):
    """Grains of different sizes: seeds spread evenly, weights at random, cells by intersecting half-spaces."""
    generator = np.random.default_rng(seed)
    seeds = generator.uniform(0.0, 1.0, (count, dimension))
    for _ in range(5):
        sample = generator.uniform(0.0, 1.0, (400 * count, dimension))
        nearest = KDTree(seeds).query(sample)[1]
        seeds = np.array([sample[nearest == row].mean(axis=0) for row in range(count)])
    weights = generator.uniform(0.0, 0.3, count) * count ** (-2.0 / dimension)
    walls = [[*(-np.eye(dimension)[axis]), 0.0] if side == 0 else [*np.eye(dimension)[axis], -1.0]
             for axis in range(dimension) for side in (0, 1)]  # fmt: skip
    known = Known(BOX * seeds, BOX**2 * weights, np.zeros(count), {}, [], [])
    for row in range(count):
        others = np.delete(np.arange(count), row)
        normal = 2.0 * (seeds[others] - seeds[row])
        offset = np.sum(seeds[others] ** 2, axis=1) - weights[others] - np.sum(seeds[row] ** 2) + weights[row]
        spaces = np.concatenate([np.column_stack([normal, -offset]), walls])
        spaces /= np.linalg.norm(spaces[:, :-1], axis=1, keepdims=True)
        # the middle of the largest ball inside
        ball = linprog(
            [0.0] * dimension + [-1.0],
            A_ub=np.column_stack([spaces[:, :-1], np.ones(len(spaces))]),
            b_ub=-spaces[:, -1],
            bounds=[(None, None)] * dimension + [(0.0, None)],
        )
        corners = HalfspaceIntersection(spaces, ball.x[:-1]).intersections
        hull = ConvexHull(corners)
        known.measure[row] = hull.volume * BOX**dimension
        beyond = {}
        for simplex in hull.simplices:
            space = int(np.abs(spaces[:, :-1] @ corners[simplex].mean(axis=0) + spaces[:, -1]).argmin())
            edges = corners[simplex[1:]] - corners[simplex[0]]
            size = np.linalg.norm(edges[0]) if dimension == 2 else 0.5 * np.linalg.norm(np.cross(*edges))
            other = int(others[space]) if space < len(others) else -(1 + space - len(others))
            beyond.setdefault(other, set()).update(simplex.tolist())
            if other >= 0:
                pair = (min(row, other), max(row, other))
                known.area[pair] = known.area.get(pair, 0.0) + 0.5 * size * BOX ** (dimension - 1)
        known.corners.append(BOX * corners)
        known.beyond.append({other: sorted(rows) for other, rows in beyond.items()})
    return known


@pytest.fixture(scope="session")
def grains_in_space():
    return make_known(3, 70, 5)


@pytest.fixture(scope="session")
def few_grains_in_space():
    return make_known(3, 8, 3)


@pytest.fixture(scope="session")
def grains_in_plane():
    return make_known(2, 20, 7)


def make_recipe(imported, dimension=3, box=BOX, **changes):
    """A recipe that imports; extents in m."""
    content = {
        "dimension": dimension,
        "width": f"{box} m",
        "separator": {"thickness": f"{box} m", "imported": imported},
    }
    if dimension == 3:
        content["width_z"] = f"{box} m"
    return Recipe.model_validate(content | changes)


@pytest.fixture(scope="session")
def recipe_with():
    return make_recipe
