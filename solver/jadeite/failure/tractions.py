# SPDX-License-Identifier: LGPL-3.0-or-later
"""Normal and shear traction on boundaries and walls, facet by facet and boundary by boundary.

The traction of a finite-element stress differs between both sides of a boundary. Its mean is what is reported; half the
difference says how far the mesh is from resolving it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.microstructure.tagged_mesh import SurfaceKind

Array = NDArray[np.float64]

#: Exact for the product of tractions of quadratic displacements with themselves.
_DEGREE = 3

#: Surfaces with a solid on either side.
INTERNAL = (SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)


@dataclass(frozen=True, eq=False)
class FacetTractions:
    """Tractions on n facets that this rank owns, means over each facet.

    Attributes:
        facets: local numbers, shape (n,).
        surface: row of the surface table, shape (n,).
        measure: length or area, that which the facet sweeps in a body of revolution; shape (n,), m or m^2.
        middle: shape (n, d), m.
        normal: normal traction, tension positive, shape (n,), Pa.
        shear: magnitude of the shear traction, shape (n,), Pa.
        square: mean of normal^2 where it pulls, plus shear^2, shape (n,), Pa^2.
        mismatch: half the largest difference between both sides, shape (n,), Pa; zero on outer surfaces.
    """

    facets: NDArray[np.int32]
    surface: NDArray[np.int32]
    measure: Array
    middle: Array
    normal: Array
    shear: Array
    square: Array
    mismatch: Array


def facet_tractions(domain: Domain, stress: Expr, kinds: Sequence[SurfaceKind]) -> FacetTractions:
    """Return the tractions of a stress (3 x 3, Pa) on facets of some kinds, which are all internal or all outer.

    Note:
        Collective.
    """
    return sampled_tractions(FacetSampler(domain, domain.facets(*kinds), _DEGREE), stress)


def sampled_tractions(sampler: FacetSampler, stress: Expr) -> FacetTractions:
    """Return the tractions of a stress (3 x 3, Pa) on the facets of a sampler.

    Note:
        Collective.
    """
    dimension = sampler.domain.mesh.geometry.dim
    normal = np.zeros((len(sampler.facets), 3))
    normal[:, :dimension] = sampler.normal
    sides = [np.einsum("fqij,fj->fqi", sampler.evaluate(stress, side), normal) for side in range(1 + sampler.two_sided)]
    total = sampler.weights.sum(axis=1, keepdims=True)
    # the axis of a body of revolution has no area
    share = np.divide(
        sampler.weights, total, out=np.full_like(sampler.weights, 1.0 / sampler.weights.shape[1]), where=total > 0
    )
    traction = sum(sides) / len(sides)
    across = np.einsum("fqi,fi->fq", traction, normal)
    along = np.linalg.norm(traction - across[:, :, None] * normal[:, None, :], axis=2)
    gap = 0.5 * np.linalg.norm(sides[0] - sides[-1], axis=2)
    return FacetTractions(
        sampler.facets,
        sampler.surface,
        sampler.weights.sum(axis=1),
        np.einsum("fqi,fq->fi", sampler.points, share),
        (across * share).sum(axis=1),
        (along * share).sum(axis=1),
        ((np.maximum(across, 0.0) ** 2 + along**2) * share).sum(axis=1),
        gap.max(axis=1, initial=0.0),
    )


@dataclass(frozen=True, eq=False)
class BoundaryTractions:
    """Tractions on each row of the surface table, the same on every rank; NaN in rows without facets.

    Attributes:
        normal: mean normal traction, Pa.
        shear: mean magnitude of the shear traction, Pa.
        largest_normal: the largest facet mean, Pa.
        energy_density: mean of normal^2 where it pulls, plus shear^2, Pa^2: what opening would set free goes with it.
    """

    normal: Array
    shear: Array
    largest_normal: Array
    energy_density: Array


def boundary_tractions(domain: Domain, found: FacetTractions) -> BoundaryTractions:
    """Reduce tractions on facets to one of each boundary.

    Note:
        Collective.
    """
    comm, rows = domain.mesh.comm, len(domain.tagged.surfaces)
    sums = [
        np.bincount(found.surface, value * found.measure, minlength=rows)
        for value in (np.ones_like(found.normal), found.normal, found.shear, found.square)
    ]
    measure, *totals = comm.allreduce(np.array(sums))
    largest = np.full(rows, -np.inf)
    np.maximum.at(largest, found.surface, found.normal)
    largest = np.array(comm.allgather(largest)).max(axis=0)
    there = measure > 0.0
    means = np.where(there, totals / np.where(there, measure, 1.0), np.nan)
    return BoundaryTractions(means[0], means[1], np.where(there, largest, np.nan), means[2])
