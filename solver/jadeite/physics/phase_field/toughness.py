# SPDX-License-Identifier: LGPL-3.0-or-later
"""The toughness that a mesh and a band of finite width have to be given, so that cracks meet the toughness asked for.

Two things come between them. A crack breaks a row of cells whole, which costs G_c mesh_excess h/l more than its profile
(h is the size of the cells, the leg of a right triangle or tetrahedron of their measure). And a boundary, which is a
surface, becomes a band of a width comparable to l: a crack along it spreads over the band and the grains beside it, so
that it meets neither's toughness (Hansen-Doerr, de Borst, Hennig and Kaestner 2019). For a crack along the middle of
the band the optimal profile has a closed form (`CrackModel.half_band`), and the toughness of the band is chosen such
that the energy of that profile, with its row of broken cells, is the toughness of the boundary.
"""

from __future__ import annotations

from dataclasses import dataclass

import basix
import numpy as np
from dolfinx import fem
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import TaggedMesh
from jadeite.physics.phase_field.model import CrackModel

Array = NDArray[np.float64]

#: Half width of the band around a boundary over the length of the crack model, if cells are small enough for it.
_HALF_WIDTH = 0.5

#: Cells that fit into half a band, at least.
_CELLS = 2.0

#: Distances to boundaries are those to points on them, this many in half a band.
_POINTS = 6.0

#: Halvings of the interval in which the toughness of a band is sought.
_HALVINGS = 60


@dataclass(frozen=True)
class Toughness:
    """The toughness of every cell.

    Attributes:
        numerical: what the crack model is given, DG0, J/m^2.
        excess: 1 + mesh_excess h/l of each local cell, ghosts included, when the toughness is corrected by it, else 1.
        band: local cells, ghosts included, with a share in the band of a boundary.
    """

    numerical: fem.Function
    excess: fem.Function
    band: NDArray[np.bool_]


def toughness_field(
    domain: Domain,
    model: CrackModel,
    length: float,
    grain: Array,
    boundary: Array | None = None,
    corrected: bool = True,
) -> Toughness:
    """Return the toughness of every cell.

    Args:
        domain: the solid.
        model: crack model.
        length: over which a crack spreads, m.
        grain: critical energy release rate of each region, shape (regions,), J/m^2.
        boundary: of each surface row, NaN where it has none of its own, shape (surfaces,), J/m^2.
        corrected: whether to take off what the cells add.
    """
    size = cell_sizes(domain)
    excess = 1.0 + model.mesh_excess * size / length * (1.0 if corrected else 0.0)
    values = grain[domain.cell_region] / excess
    band = np.zeros(len(values), dtype=bool)
    if boundary is not None and np.isfinite(boundary).any():
        rows = np.flatnonzero(np.isfinite(boundary))
        half_width = band_half_width(domain.tagged, length, rows)
        share, row = band_shares(domain, half_width, rows)
        band = share > 0.0
        chosen = row[band]
        sides = domain.tagged.surfaces.regions[chosen]
        own = domain.cell_region[band]
        beside = [grain[np.where(sides[:, k] < 0, own, sides[:, k])] / excess[band] for k in (0, 1)]
        broken = size[band] / length if corrected else np.zeros(len(chosen))
        inside = compensated(model, boundary[chosen], beside[0], beside[1], half_width / length, broken)
        values[band] += share[band] * (inside - values[band])
    return Toughness(_cellwise(domain, values, "toughness"), _cellwise(domain, excess, "excess"), band)


def compensated(
    model: CrackModel, wanted: Array, first: Array, second: Array, half_width: float, broken: Array
) -> Array:
    """Return the toughness of a band along whose middle a crack meets the toughness that is wanted.

    Args:
        model: crack model.
        wanted: toughness of the boundary, J/m^2.
        first: toughness on its one side, as the model is given it, J/m^2.
        second: on its other side.
        half_width: of the band, over the length of the model.
        broken: width of the row of broken cells, over the length; zero leaves it out.
    """
    rest = np.maximum(half_width - 0.5 * broken, 0.0)

    def met(inside: Array) -> Array:
        whole_row = inside * model.mesh_excess * broken
        return whole_row + model.half_band(inside, first, rest) + model.half_band(inside, second, rest)

    # a crack never costs less than in a body of the smallest toughness, nor more than in one of the largest
    low = np.full(len(wanted), -40.0)
    high = np.full(len(wanted), 40.0)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        below = met(wanted * np.exp(middle)) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(wanted * np.exp(0.5 * (low + high)))


def cell_sizes(domain: Domain) -> Array:
    """Return the size of each local cell, ghosts included: the leg of a right simplex of its measure, m."""
    corners = domain.mesh.geometry.x[domain.mesh.geometry.dofmaps[0]]
    edges = corners[:, 1:, : domain.dimension] - corners[:, :1, : domain.dimension]
    return np.asarray(np.abs(np.linalg.det(edges)) ** (1.0 / domain.dimension))


def band_half_width(tagged: TaggedMesh, length: float, rows: NDArray[np.int64]) -> float:
    """Return the half width of the band around boundaries (rows of the surface table), m."""
    edges = _edges(tagged.points[tagged.facets[np.isin(tagged.facet_surface, rows)]])
    return max(_HALF_WIDTH * length, min(_CELLS * float(np.linalg.norm(edges, axis=2).mean()), length))


def band_shares(domain: Domain, half_width: float, rows: NDArray[np.int64]) -> tuple[Array, NDArray[np.int64]]:
    """Return the share of each local cell nearer to a boundary than a distance, and the row of the nearest boundary.

    Args:
        domain: the solid.
        half_width: distance, m.
        rows: of the surface table: the boundaries.
    """
    dimension = domain.dimension
    points, weights = basix.make_quadrature(
        basix.CellType.triangle if dimension == 2 else basix.CellType.tetrahedron, 4
    )
    corners = domain.mesh.geometry.x[domain.mesh.geometry.dofmaps[0]][:, :, :dimension]
    places = corners[:, :1] + np.einsum("qk,ckd->cqd", points, corners[:, 1:] - corners[:, :1])
    samples, row_of = _points_on(domain.tagged, rows, half_width / _POINTS)
    distance, nearest = cKDTree(samples).query(places.reshape(-1, dimension), distance_upper_bound=2.0 * half_width)
    distance, nearest = distance.reshape(places.shape[:2]), nearest.reshape(places.shape[:2])
    share = ((distance <= half_width) * (weights / weights.sum())).sum(axis=1)
    best = np.take_along_axis(nearest, distance.argmin(axis=1)[:, None], axis=1)[:, 0]
    # a point far from all boundaries has the number of points as its nearest one
    return share, np.append(row_of, -1)[best]


def _points_on(tagged: TaggedMesh, rows: NDArray[np.int64], spacing: float) -> tuple[Array, NDArray[np.int64]]:
    """Points on the facets of boundaries, not farther apart than a spacing, and the row of each."""
    chosen = np.isin(tagged.facet_surface, rows)
    corners, row = tagged.points[tagged.facets[chosen]], tagged.facet_surface[chosen].astype(np.int64)
    divisions = int(np.ceil(np.linalg.norm(_edges(corners), axis=2).max() / spacing))
    steps = np.arange(divisions + 1) / divisions
    if corners.shape[1] == 2:
        lattice = np.stack([1.0 - steps, steps], axis=1)
    else:
        a, b = np.meshgrid(steps, steps, indexing="ij")
        inside = a + b <= 1.0 + 1e-12
        lattice = np.stack([a[inside], b[inside], 1.0 - a[inside] - b[inside]], axis=1)
    points = np.einsum("lk,fkd->fld", lattice, corners)
    return points.reshape(-1, points.shape[2]), np.repeat(row, len(lattice))


def _edges(corners: Array) -> Array:
    """Edge vectors of facets, shape (facets, edges, dimension), of their corners."""
    return corners - np.roll(corners, 1, axis=1)


def _cellwise(domain: Domain, values: Array, name: str) -> fem.Function:
    field = fem.Function(fem.functionspace(domain.mesh, ("DG", 0)), name=name)
    field.x.array[field.function_space.dofmap.list[:, 0]] = values
    return field
