# SPDX-License-Identifier: LGPL-3.0-or-later
"""Boundaries opened one at a time, and the grain size from which on residual stress opens them by itself.

The energy that a boundary of measure A sets free when it opens under constant loads is the fall of the total potential,
from one elastic solution with the boundary closed to one with it open; over A it is the mean energy release rate of a
microcrack as large as the boundary. Stresses from misfit do not depend on the size of the grains, so that it grows in
proportion to their size d, and reaches the toughness G_c of the boundary at

    d_c = d G_c / G

(Davidge and Green 1968, J. Mater. Sci. 3, 629; Evans 1978, Acta Metall. 26, 1845). It is a bound from below for one
boundary: what starts the crack has to be there as well.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import ufl
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.failure.tractions import INTERNAL, BoundaryTractions
from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.microstructure.opened_boundary import open_boundary, openable
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.study.loading.body import LinearState
from jadeite.study.loading.linear_energy import LinearEnergy

_LOGGER = logging.getLogger(__name__)

Array = NDArray[np.float64]

#: Degree of the quadrature by which overlapping parts of opened faces are measured.
_DEGREE = 4


@dataclass(frozen=True)
class OpenedBoundary:
    """One boundary, opened.

    Attributes:
        row: of the surface table.
        measure: of what has opened, m or m^2.
        energy_release_rate: mean over it, J/m^2, of grains as large as in the mesh.
        overlap: share of it where the faces lie within each other instead of apart, as nothing keeps them from it; an
            energy release rate with much of it is too large.
    """

    row: int
    measure: float
    energy_release_rate: float
    overlap: float


def opened_boundaries(
    state: LinearState,
    energy: LinearEnergy,
    tractions: BoundaryTractions,
    number: int,
    solve: Callable[[Domain], tuple[LinearState, LinearEnergy]],
    progress: Callable[[str, float], None],
    recall: Callable[[str, Callable[[], OpenedBoundary]], OpenedBoundary] = lambda _, find: find(),
) -> list[OpenedBoundary]:
    """Open boundaries one at a time, those first that promise to set most energy free per area.

    The promise of a boundary is its mean squared traction, where it pulls or shears, times its size: what a straight
    crack in a uniform stress would set free.

    Args:
        state: the body with all boundaries closed.
        energy: its energies.
        tractions: on its boundaries.
        number: how many to open.
        solve: solves the same case on another mesh.
        progress: called with what is opened and the share done.
        recall: of a key and what finds a boundary, gives what was found before under that key, or finds it.

    Raises:
        ConvergenceError: when a linear system is not solved.

    Note:
        Collective.
    """
    domain = state.mechanics.domain
    tagged, comm = domain.tagged, domain.mesh.comm
    rows = domain.surface_rows(*INTERNAL)
    rows = rows[openable(tagged, rows)]
    size = tagged.surfaces.measure[rows] ** (1.0 / (domain.dimension - 1))
    promise = tractions.energy_density[rows] * size
    chosen = rows[np.argsort(-promise, kind="stable")][:number]

    def opened_at(row: int) -> OpenedBoundary:
        opened = Domain.from_tagged_mesh(open_boundary(tagged, row), comm)
        other, its_energy = solve(opened)
        measure, overlap = _faces(opened, other, row)
        rate = (energy.potential - its_energy.potential) / measure
        _LOGGER.info("opening %s releases %.6g J/m^2", tagged.surfaces.name[row], rate)
        return OpenedBoundary(row, measure, rate, overlap)

    found = []
    for count, row in enumerate(chosen.tolist()):
        progress(f"opening {tagged.surfaces.name[row]}", count / len(chosen))
        found.append(recall(f"opened boundary {row}", functools.partial(opened_at, row)))
    return found


def _faces(domain: Domain, state: LinearState, row: int) -> tuple[float, float]:
    """Measure of the boundary that has opened, and the share of it where its faces overlap."""
    facets = domain.facets(SurfaceKind.PORE_WALL)
    of_row = domain.facet_surface.values[np.searchsorted(domain.facet_surface.indices, facets)] == row
    sampler = FacetSampler(domain, facets[of_row], _DEGREE)
    u, normal = state.deformation.displacement, ufl.FacetNormal(domain.mesh)
    outward = sampler.evaluate(sum(u[i] * normal[i] for i in range(domain.mesh.geometry.dim)))
    dimension = domain.mesh.geometry.dim
    columns = [sampler.points.reshape(-1, dimension), outward.reshape(-1, 1), sampler.weights.reshape(-1, 1)]
    points, closing, weight = np.split(
        np.concatenate(domain.mesh.comm.allgather(np.concatenate(columns, axis=1))), [dimension, dimension + 1], axis=1
    )
    # each point of one face has its twin in the same place on the other
    _, nearest = cKDTree(points).query(points, k=2)
    twin = np.where(nearest[:, 0] == np.arange(len(points)), nearest[:, 1], nearest[:, 0])
    overlaps = (closing + closing[twin])[:, 0] > 0.0
    measure = 0.5 * float(weight.sum())
    return measure, 0.5 * float(weight[overlaps].sum()) / measure
