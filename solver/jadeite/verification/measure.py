# SPDX-License-Identifier: LGPL-3.0-or-later
"""Numbers read off a solution for a check: integrals, norms, means along a boundary, values at a node."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI
from numpy.typing import ArrayLike, NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.microstructure.tagged_mesh import SurfaceKind

Chooser = Callable[[NDArray[np.float64]], NDArray[np.bool_]]


def integral(domain: Domain, integrand: Expr, measure: ufl.Measure) -> float:
    """Return an integral over the whole domain or a part of its boundary."""
    return float(domain.mesh.comm.allreduce(fem.assemble_scalar(fem.form(integrand * measure)), op=MPI.SUM))


def norm_of(domain: Domain, difference: Expr, degree: int) -> float:
    """Return the L2 norm of a scalar or vector expression, with a cell quadrature of the given degree."""
    return float(np.sqrt(integral(domain, ufl.inner(difference, difference), domain.dx(degree))))


def facet_mean(
    domain: Domain, kind: SurfaceKind, expression: Expr, where: Chooser | None = None, side: int = 0
) -> float:
    """Return the mean of an expression over the facets of a kind, weighted by length.

    `where` chooses facets by their midpoints (n, 2); without it all of them count. `side` is that of the region with
    the lower (0) or higher (1) row, for facets between two regions. Raises ValueError when no facet is
    left.
    """
    sampler = FacetSampler(domain, domain.facets(kind), 4)
    weights, values = sampler.weights, sampler.evaluate(expression, side)
    if where is not None:
        middle = np.einsum("fqi,fq->fi", sampler.points, weights) / weights.sum(axis=1, keepdims=True)
        weights = weights * where(middle)[:, None]
    comm = domain.mesh.comm
    total = comm.allreduce(weights.sum())
    if total == 0.0:
        raise ValueError(f"no facet of {kind} was chosen")
    return float(comm.allreduce((values * weights).sum()) / total)


def node_value(function: fem.Function, point: ArrayLike) -> NDArray[np.float64]:
    """Return the value (components,) of a Lagrange function at its node nearest to a point (2,)."""
    space = function.function_space
    block = space.dofmap.index_map_bs
    owned = space.dofmap.index_map.size_local
    distance = np.linalg.norm(space.tabulate_dof_coordinates()[:owned, :2] - np.asarray(point, dtype=float), axis=1)
    here = float(distance.min(initial=np.inf))
    comm = space.mesh.comm
    _, rank = comm.allreduce((here, comm.rank), op=MPI.MINLOC)
    value = None
    if comm.rank == rank:
        value = function.x.array.reshape(-1, block)[int(np.argmin(distance))].copy()
    found: NDArray[np.float64] = comm.bcast(value, root=rank)
    return found
