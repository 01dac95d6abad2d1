# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fields of a solved body at the quadrature points near crack tips and fronts, as plain arrays.

Domain integrals multiply these fields with singular ones that are known in closed form at any point, so they are sums
over quadrature points and need no form of their own. Points are chosen once for all cracks of a body; only fields are
read again when a load changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import basix
import numpy as np
import ufl
from dolfinx import fem, mesh
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import roots_legendre
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.microstructure.tagged_mesh import SurfaceKind

Array = NDArray[np.float64]

#: Degree of the quadrature in cells; its points lie inside, those of degrees 4 and 5 also on edges and so on fronts.
CELL_DEGREE = 6
_EDGE_POINTS, _FACE_POINTS = 10, 6
_INNER = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)


@dataclass(frozen=True, eq=False)
class ElasticState:
    """A solved elastic body.

    Attributes:
        displacement: total displacement, 2 or 3 components, m.
        strain: total strain, 3 x 3.
        stress: Pa, 3 x 3, tension positive.
        loaded: boundary measures and pressures (Pa) that push on the solid; other boundaries near tips are free.
        pulled: boundary measures and tractions (Pa, vectors of the dimension) that act on the solid as well.
    """

    displacement: fem.Function
    strain: Expr
    stress: Expr
    loaded: Sequence[tuple[ufl.Measure, Expr]] = ()
    pulled: Sequence[tuple[ufl.Measure, Expr]] = ()


@dataclass(frozen=True, eq=False)
class PointFields:
    """Places and fields at quadrature points, all in the laboratory frame.

    Attributes:
        point: shape (n, 3), m.
        weight: of the quadrature, shape (n,), m^2 or m^3 (on facets m or m^2), without the circumference of rings.
        region: row of the region, shape (n,).
        gradient: du_i/dx_j, shape (n, 3, 3); in slices and sections without what happens along the third direction.
        strain: shape (n, 3, 3).
        stress: Pa, shape (n, 3, 3).
        normal: outward unit normal on facets, shape (n, 3); empty in cells.
        traction: on facets, Pa, shape (n, 3); empty in cells.
    """

    point: Array
    weight: Array
    region: NDArray[np.int32]
    gradient: Array
    strain: Array
    stress: Array
    normal: Array
    traction: Array


@dataclass(frozen=True, eq=False)
class CrackSamples:
    """Fields of one state on this rank: in cells, on the boundary, and on either side of inner boundaries."""

    cells: PointFields
    boundary: PointFields
    lower: PointFields
    upper: PointFields


class CrackSampler:
    """Quadrature points near a set of points, prepared once."""

    def __init__(self, domain: Domain, near: Sequence[tuple[Array, float]]) -> None:
        """Choose cells and facets.

        Args:
            domain: the meshed body.
            near: pairs of points (k, dimension) and a distance (m): everything nearer to one of the points is read.

        Note:
            Collective.
        """
        self.domain = domain
        msh, dimension = domain.mesh, domain.dimension
        owned = domain.owned_cells
        corners = msh.geometry.x[msh.geometry.dofmaps[0][:owned]][:, :, :dimension]
        self._cells = np.flatnonzero(_near(corners, near)).astype(np.int32)
        cell_type = basix.CellType.triangle if dimension == 2 else basix.CellType.tetrahedron
        self._reference, weights = basix.make_quadrature(cell_type, CELL_DEGREE)
        edges = corners[self._cells]
        volume = np.abs(np.linalg.det(edges[:, 1:] - edges[:, :1]))
        self._weight = volume[:, None] * weights[None]

        topology = msh.topology
        topology.create_connectivity(dimension - 1, dimension)
        exterior = mesh.exterior_facet_indices(topology)
        tagged = domain.facet_surface.indices
        outer, inner = np.intersect1d(tagged, exterior), domain.facets(*_INNER)
        rule = edge_rule() if dimension == 2 else triangle_rule()
        self._outer = FacetSampler(domain, self._facets_near(outer, near), 0, rule)
        self._inner = FacetSampler(domain, self._facets_near(inner, near), 0, rule)
        self._region = domain.cell_field(np.arange(len(domain.tagged.regions.name), dtype=float), "region")
        self._expressions: dict[Expr, fem.Expression] = {}

    def read(self, state: ElasticState) -> CrackSamples:
        """Read a state.

        Note:
            Collective.
        """
        gradient = _padded(ufl.grad(state.displacement))
        point = ufl.SpatialCoordinate(self.domain.mesh)
        tensors = [self._in_cells(item) for item in (gradient, state.strain, state.stress)]
        region = np.repeat(self.domain.cell_region[self._cells], self._weight.shape[1])
        cells = _fields(self._weight, region, self._in_cells(point), tensors)
        boundary = self._on_facets(self._outer, 0, gradient, state, self._traction(state))
        sides = [self._on_facets(self._inner, side, gradient, state, None) for side in (0, 1)]
        return CrackSamples(cells, boundary, sides[0], sides[1])

    def _in_cells(self, expression: Expr) -> Array:
        if expression not in self._expressions:
            self._expressions[expression] = fem.Expression(expression, self._reference)
        return np.asarray(self._expressions[expression].eval(self.domain.mesh, self._cells))

    def _on_facets(
        self, sampler: FacetSampler, side: int, gradient: Expr, state: ElasticState, traction: Array | None
    ) -> PointFields:
        if side == 1 and not sampler.two_sided:  # no inner boundary on any rank
            side = 0
        point = sampler.evaluate(ufl.SpatialCoordinate(self.domain.mesh), side)
        tensors = [sampler.evaluate(item, side) for item in (gradient, state.strain, state.stress)]
        weight = sampler.weights
        if self.domain.axisymmetric:
            weight = weight / (2.0 * np.pi * sampler.points[:, :, 0])
        normal = np.repeat(sampler.normal, weight.shape[1], axis=0) * (1.0 if side == 0 else -1.0)
        region = np.rint(sampler.evaluate(self._region, side)).astype(np.int32).ravel()
        return _fields(weight, region, point, tensors, normal, traction)

    def _traction(self, state: ElasticState) -> Array:
        """Traction at the points of the boundary, shape (facets, points, 3)."""
        sampler = self._outer
        normal = np.zeros((len(sampler.facets), 1, 3))
        normal[:, 0, : sampler.normal.shape[1]] = sampler.normal
        total = np.zeros((*sampler.weights.shape, 3))
        for measure, pressure in state.loaded:
            # a plain number lives on no mesh
            uniform = not ufl.domain.extract_domains(pressure)
            values = np.full(total.shape[:2], float(pressure)) if uniform else sampler.evaluate(pressure)
            push = -values.reshape(*total.shape[:2], 1) * normal
            total += np.where(self._covered(measure)[:, None, None], push, 0.0)
        for measure, pull in state.pulled:
            values = sampler.evaluate(pull).reshape(*total.shape[:2], -1)
            total[:, :, : values.shape[2]] += np.where(self._covered(measure)[:, None, None], values, 0.0)
        return total

    def _covered(self, measure: ufl.Measure) -> NDArray[np.bool_]:
        """Which facets of the boundary a measure covers."""
        tags, chosen = measure.subdomain_data(), measure.subdomain_id()
        position = np.searchsorted(tags.indices, self._outer.facets)
        return np.isin(tags.values[np.minimum(position, len(tags.values) - 1)], np.atleast_1d(chosen))

    def _facets_near(self, facets: NDArray[np.int32], near: Sequence[tuple[Array, float]]) -> NDArray[np.int32]:
        nodes = mesh.entities_to_geometry(self.domain.mesh, self.domain.dimension - 1, facets)
        corners = self.domain.mesh.geometry.x[nodes][:, :, : self.domain.dimension]
        return facets[_near(corners, near)] if len(facets) else facets


def edge_rule() -> tuple[Array, Array]:
    """Return a quadrature on the unit interval that integrates inverse square roots at either end to rounding.

    Gauss points in s with x = 3 s^2 - 2 s^3, which turns x^(-1/2) dx into a smooth function of s.
    """
    nodes, weights = roots_legendre(_EDGE_POINTS)
    points, stretched = _graded(nodes, weights)
    return points.reshape(-1, 1), stretched


def triangle_rule() -> tuple[Array, Array]:
    """Return a quadrature on the unit triangle for integrands with inverse square roots at its sides and corners.

    The unit square, graded towards all its sides as in `edge_rule`, with one side drawn together to a corner; the mean
    of this over the three corners, so that it does not matter in which order a rank numbers the corners of a facet.
    """
    along, weights = _graded(*roots_legendre(_FACE_POINTS))
    u, v = (grid.ravel() for grid in np.meshgrid(along, along, indexing="ij"))
    shares = np.column_stack([(1.0 - u) * (1.0 - v), u * (1.0 - v), v])
    points = np.concatenate([np.roll(shares, corner, axis=1)[:, 1:] for corner in range(3)])
    return points, np.tile(np.outer(weights, weights).ravel() * (1.0 - v) / 3.0, 3)


def _graded(nodes: Array, weights: Array) -> tuple[Array, Array]:
    s = 0.5 * (nodes + 1.0)
    return s * s * (3.0 - 2.0 * s), 0.5 * weights * 6.0 * s * (1.0 - s)


def _near(corners: Array, near: Sequence[tuple[Array, float]]) -> NDArray[np.bool_]:
    """Which cells or facets, given by their corners (n, k, d), reach into the neighbourhood of the points."""
    middle = corners.mean(axis=1)
    size = np.linalg.norm(corners - middle[:, None], axis=2).max(axis=1, initial=0.0)
    found = np.zeros(len(corners), dtype=bool)
    for points, distance in near:
        if len(corners):
            found |= cKDTree(points).query(middle)[0] < distance + size
    return found


def _padded(gradient: Expr) -> Expr:
    rows, columns = gradient.ufl_shape
    return ufl.as_tensor(
        [[gradient[i, j] if i < rows and j < columns else ufl.as_ufl(0.0) for j in range(3)] for i in range(3)]
    )


def _fields(
    weight: Array,
    region: NDArray[np.int32],
    point: Array,
    tensors: Sequence[Array],
    normal: Array | None = None,
    traction: Array | None = None,
) -> PointFields:
    number = weight.size
    places = np.zeros((number, 3))
    places[:, : point.shape[-1]] = point.reshape(number, point.shape[-1])
    outward = np.zeros((0 if normal is None else number, 3))
    if normal is not None:
        outward[:, : normal.shape[1]] = normal
    gradient, strain, stress = (values.reshape(number, 3, 3) for values in tensors)
    given = np.zeros((len(outward), 3)) if traction is None else traction.reshape(-1, 3)
    return PointFields(places, weight.ravel(), region, gradient, strain, stress, outward, given)
