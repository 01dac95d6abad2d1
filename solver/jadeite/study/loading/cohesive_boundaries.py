# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is open of the boundaries of a loaded body: facet by facet, boundary by boundary, and where sodium gets in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.fem.domain import Domain
from jadeite.fem.state import Kept, State
from jadeite.microstructure.opened_facets import reached_from
from jadeite.microstructure.tagged_mesh import SurfaceKind
from jadeite.physics.solid.cohesive.law import DISSIPATED, FILLED, CohesiveLaw
from jadeite.physics.solid.facet_points import FacetPoints
from jadeite.study.loading.body import FractureEvent

Array = NDArray[np.float64]

#: Share of its fracture energy that a facet has spent when it counts as open.
OPEN = 0.95
#: Share of a boundary that is open when the boundary counts as failed.
_FAILED = 0.5

_SODIUM = (SurfaceKind.FLAW_WALL, SurfaceKind.PLATING_ELECTRODE)


@dataclass(frozen=True, eq=False)
class OpenedState:
    """What is open, on the facets of the undistributed mesh and by boundary; the same on every rank.

    Attributes:
        open: which facets are open, shape (facets of the mesh,).
        filled: which of them sodium has reached.
        share: of each surface row that is open, shape (surfaces,).
        opening: mean distance of the faces of each surface row, m, shape (surfaces,); zero where none may open.
        largest_opening: of all points, m.
        fracture_energy: dissipated by damage, J (per metre of depth in the plane).
    """

    open: NDArray[np.bool_]
    filled: NDArray[np.bool_]
    share: Array
    opening: Array
    largest_opening: float
    fracture_energy: float


class OpenedBoundaries:
    """Follows the boundaries of a body through its load steps."""

    def __init__(self, domain: Domain, facets: FacetPoints, law: CohesiveLaw, sodium: bool) -> None:
        """Start with all boundaries closed.

        Args:
            domain: the body.
            facets: those that follow the law.
            law: the cohesive law.
            sodium: whether sodium fills what is open and connected with a flaw or the plating electrode.
        """
        self.domain, self.facets, self.law, self.sodium = domain, facets, law, sodium
        self._place = domain.tagged_rows(facets.facets)
        self._surface = facets.rows
        self._measure = facets.weights.sum(axis=1)
        self._count = len(domain.tagged.surfaces)
        self._whole = self._sum_by_row(self._measure)
        tagged = domain.tagged
        self._sources = np.isin(tagged.facet_surface, tagged.surfaces.rows(*_SODIUM))
        self.failed_at = np.full(self._count, np.nan)
        self.now = self._read()

    @property
    def open_share(self) -> float:
        """Share of all boundaries that is open."""
        return float((self.now.share * self._whole).sum() / self._whole.sum())

    @property
    def largest_share(self) -> float:
        """Largest share of a boundary that is open."""
        return float(self.now.share.max(initial=0.0))

    def update(self, load: float) -> None:
        """Read the settled state of the body at a load, and let sodium into what has come open. Collective."""
        self.now = self._read()
        failed = (self.now.share >= _FAILED) & np.isnan(self.failed_at)
        self.failed_at[failed] = load
        if self.sodium:
            states = self.facets.states
            history = states.settled.history.copy()
            history[:, FILLED] = np.repeat(self.now.filled[self._place], self.facets.weights.shape[1])
            states.settled = replace(states.settled, history=history)

    def state(self) -> State:
        """Return when boundaries failed; see `Restorable`."""
        return {"failed at": self.failed_at}

    def restore(self, kept: Kept) -> None:
        """Read the state of a body that has been restored, and take over when boundaries failed. Collective."""
        self.now, self.failed_at = self._read(), np.array(kept["failed at"])

    def events(self) -> list[FractureEvent]:
        """Return the boundaries that failed, in the order in which they did."""
        tagged = self.domain.tagged
        centre = np.array([np.bincount(tagged.facet_surface, x, self._count) for x in self._facet_centres().T])
        centre = centre / np.maximum(np.bincount(tagged.facet_surface, minlength=self._count), 1)
        rows = np.flatnonzero(~np.isnan(self.failed_at))
        rows = rows[np.argsort(self.failed_at[rows], kind="stable")]
        return [
            FractureEvent(
                float(self.failed_at[row]),
                tagged.surfaces.name[row],
                tuple(centre[:, row].tolist()),
                float(self.now.share[row] * self._whole[row]),
            )
            for row in rows
        ]

    def on_facets(self, values: Array) -> Array:
        """Return means of a quantity at the points, for all local facets of the mesh, zero elsewhere."""
        index_map = self.domain.mesh.topology.index_map(self.domain.dimension - 1)
        means = np.zeros(index_map.size_local + index_map.num_ghosts)
        means[self.facets.facets] = self._mean(values)
        return means

    def _read(self) -> OpenedState:
        settled, row = self.facets.states.settled, self.facets.states.row
        comm, tagged = self.domain.mesh.comm, self.domain.tagged
        is_open = self._mean(self.law.spent(settled.history, row)) >= OPEN
        everywhere = np.zeros(len(tagged.facets))
        everywhere[self._place] = is_open
        opened = comm.allreduce(everywhere, op=MPI.SUM) > 0.0
        filled = reached_from(tagged, opened, self._sources) if self.sodium else np.zeros_like(opened)
        whole = np.where(self._whole > 0.0, self._whole, 1.0)
        distance = np.maximum(settled.strain[:, 0], 0.0)
        return OpenedState(
            open=opened,
            filled=filled,
            share=self._sum_by_row(self._measure * is_open) / whole,
            opening=self._sum_by_row(self._measure * self._mean(distance)) / whole,
            largest_opening=float(comm.allreduce(float(distance.max(initial=0.0)), op=MPI.MAX)),
            fracture_energy=self.facets.integral(settled.history[:, DISSIPATED]),
        )

    def _mean(self, values: Array) -> Array:
        weights = self.facets.weights
        return np.asarray((values.reshape(weights.shape) * weights).sum(axis=1) / self._measure)

    def _sum_by_row(self, values: Array) -> Array:
        here = np.bincount(self._surface, values, minlength=self._count)
        total: Array = self.domain.mesh.comm.allreduce(here, op=MPI.SUM)
        return total

    def _facet_centres(self) -> Array:
        tagged = self.domain.tagged
        return np.asarray(tagged.points[tagged.facets].mean(axis=1))
