# SPDX-License-Identifier: LGPL-3.0-or-later
"""Current focusing at a stated distance from singular points.

The current density is infinite at ideal contact edges and at tips that conduct, so the largest value in a mesh says
more about the mesh than about the cell. Cells closer than a stated distance to the front or the mouth of a flaw or to
the rim of an unwetted patch are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from dolfinx.mesh import compute_midpoints
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.case.problems import CaseError, Problem
from jadeite.failure.singular import SingularSet, singular_set
from jadeite.fem.domain import Domain
from jadeite.physics.conduction import Conduction


@dataclass(frozen=True)
class Focusing:
    """The largest current density away from singular points.

    Attributes:
        factor: over the nominal current density, 1.
        place: coordinates, m.
        near: name of the nearest feature that a mesh of a uniform ceramic would not have, or of the region when there
            is none.
    """

    factor: float
    place: tuple[float, ...]
    near: str


def measure_focusing(conduction: Conduction, nominal: float, distance: float) -> Focusing:
    """Find the largest cell mean of the current density at least a distance away from singular points.

    Args:
        conduction: a solved problem.
        nominal: current density that the factor refers to, A/m^2.
        distance: m.

    Raises:
        CaseError: no cell is that far away.

    Note:
        Collective.
    """
    domain = conduction.domain
    dimension = domain.mesh.geometry.dim
    cells = np.arange(domain.owned_cells, dtype=np.int32)
    midpoints = compute_midpoints(domain.mesh, domain.dimension, cells)[:, :dimension]
    density = cell_means(domain, conduction.current_density())
    size = np.linalg.norm(density, axis=1)
    singular = singular_set(domain.tagged, distance)
    size = np.where(singular.distance(midpoints) >= distance, size, -1.0)
    comm = domain.mesh.comm
    best = float(size.max(initial=-1.0))
    largest, rank = comm.allreduce((best, comm.rank), op=MPI.MAXLOC)
    if largest < 0.0:
        raise nothing_far_enough("the ceramic", distance)
    found = None
    if comm.rank == rank:
        cell = int(np.argmax(size))
        place = midpoints[cell]
        found = Focusing(
            best / nominal, tuple(float(v) for v in place), _nearest_feature(domain, singular, place, cell)
        )
    return comm.bcast(found, root=rank)


def nothing_far_enough(what: str, distance: float) -> CaseError:
    """Return the error that no part of what is measured lies outside the stated distance (m) from singular points."""
    message = f"leaves nothing of {what}: all of it is nearer to a flaw or the end of an unwetted patch"
    return CaseError(
        [
            Problem(
                "the case", None, "failure.focusing_distance", message, f"{distance * 1e6:.4g} um", "a smaller distance"
            )
        ]
    )


def cell_means(domain: Domain, expression: object) -> NDArray[np.float64]:
    """Return the values of an expression at the midpoints of this rank's owned cells, shape (cells, *value shape).

    For an expression that is linear in each cell, as the gradient of a quadratic field, that is its mean over the cell.
    """
    centre = np.full((1, domain.dimension), 1.0 / (domain.dimension + 1))
    cells = np.arange(domain.owned_cells, dtype=np.int32)
    return fem.Expression(expression, centre).eval(domain.mesh, cells)[:, 0]


def _nearest_feature(domain: Domain, singular: SingularSet, place: NDArray[np.float64], cell: int) -> str:
    gaps = np.linalg.norm(singular.points - place, axis=1)
    candidates = [(float(gaps.min()), singular.names[int(np.argmin(gaps))])] if len(gaps) else []
    for pore in domain.tagged.pores:
        candidates.append((float(np.linalg.norm(place - np.array(pore.centre))), pore.name))
    if candidates:
        return min(candidates)[1]
    return domain.tagged.regions.name[domain.cell_region[cell]]
