# SPDX-License-Identifier: LGPL-3.0-or-later
"""Control of a load path by the boundaries themselves: at the point that opens fastest, damage grows by a set amount.

At each point the separation x has to exceed its history, or the onset of damage, by no more than `size` times the
length over which the boundary softens, and at one point by just that much (a local arc length; Chen and Schreyer 1990,
Eng. Comput. 7, 219; May and Duan 1997, Comput. Struct. 64, 297). In each iteration jumps are affine in the load, so the
loads allowed at a point are an interval; where the intervals of all points end are the two loads to choose from. The
path goes on with that in which the boundaries move on as they did in the last step.
"""

from __future__ import annotations

import numpy as np
from mpi4py import MPI

from jadeite.fem.state import Kept, Spread, State
from jadeite.physics.solid.cohesive.law import SEPARATION, CohesiveLaw
from jadeite.physics.solid.facet_points import FacetPoints
from jadeite.physics.solid.laws import Array, Rows

#: Share of the fracture energy from which a point counts as through: it no longer controls anything.
_THROUGH = 0.999
#: Rounds in which the fracture energy at the mode of an interval's end is found.
_ROUNDS = 8


class SeparationControl:
    """A `PathControl` of the facets that follow one cohesive law."""

    def __init__(self, facets: FacetPoints, law: CohesiveLaw) -> None:
        """Control a body by some of its facets; `size` is set before each step, 1 being the whole softening."""
        self.facets, self.law, self.size = facets, law, 0.1
        self._comm = facets.domain.mesh.comm
        self._row = facets.states.row
        shape = law.shape.at(self._row)
        self._onset = np.broadcast_to(shape.start, self._row.shape)
        self._length = np.broadcast_to(shape.length, self._row.shape)
        self._weights = facets.weights.ravel()
        self._heading = np.zeros((len(self._row), 3))
        self._before = np.zeros((len(self._row), 3))
        self.begin()

    def begin(self) -> None:
        """Begin a step at the settled state."""
        settled = self.facets.states.settled
        self._heading, self._before = settled.strain - self._before, settled.strain.copy()
        self._read()

    def state(self) -> State:
        """Return where the last step was heading; see `Restorable`."""
        numbers = self.facets.domain.tagged_rows(self.facets.facets)
        return {"heading": Spread(numbers, self._heading.reshape(*self.facets.weights.shape, 3))}

    def restore(self, kept: Kept) -> None:
        """Begin a step at the settled state of facets that have been restored. Collective."""
        numbers = self.facets.domain.tagged_rows(self.facets.facets)
        self._heading = kept.rows("heading", numbers).reshape(-1, 3)
        self._before = self.facets.states.settled.strain.copy()
        self._read()

    def _read(self) -> None:
        """Take the separations that have to be exceeded from the settled state."""
        settled = self.facets.states.settled
        self._history = np.maximum(settled.history[:, 0], self._onset)
        self._counts = self.law.spent(settled.history, self._row) < _THROUGH

    def sample(self) -> Array:
        """Return the jumps at the points, shape (points, 3), m."""
        return self.facets.jump()

    def work_of_sodium(self) -> float:
        """Return the work that sodium does in opened boundaries from the settled to the trial state, J. Collective."""
        states = self.facets.states
        return self.facets.integral(self.law.work_of_sodium(states.settled, states.trial))

    def growth(self) -> float:
        """Return by how much separations exceed the settled history at most, in softening lengths. Collective."""
        excess = (self.law.separation(self.facets.jump(), self._row) - self._history) / self._length
        here = float(excess[self._counts].max(initial=-np.inf))
        return float(self._comm.allreduce(here, op=MPI.MAX))

    def excess(self) -> float:
        """Return by how much a traction of damage that lags exceeds the law, over the strength. Collective."""
        jump, shape = self.facets.jump(), self.law.shape.at(self._row)
        before = self.facets.states.settled.history[:, SEPARATION]
        trial = np.maximum(self.law.separation(jump, self._row), before)
        beyond = (shape.damage(trial).value - shape.damage(before).value) * trial / shape.peak
        return float(self._comm.allreduce(float(beyond.max(initial=0.0)), op=MPI.MAX))

    def largest_opening(self) -> float:
        """Return the largest distance of two faces, m. Collective."""
        here = float(self.facets.jump()[:, 0].max(initial=0.0))
        return float(self._comm.allreduce(here, op=MPI.MAX))

    def change_of_load(self, sample: Array, per_unit: Array) -> float:
        """See `PathControl`."""
        low, high = self.limits(sample, per_unit)
        if low >= high:  # no load keeps all points below: the one that they exceed least
            return 0.5 * (low + high)
        ends = [end for end in (low, high) if np.isfinite(end)]
        if not ends:
            return 0.0
        heading = [self._along(sample + end * per_unit) for end in ends]
        return ends[int(np.argmax(heading))] if max(heading) != min(heading) else ends[-1]

    def limits(self, sample: Array, per_unit: Array) -> tuple[float, float]:
        """Return the lowest and the highest change of the load that all points allow. Collective."""
        chosen = self._counts
        target = (self._history + self.size * self._length)[chosen]
        row, jump, rate = self._row[chosen], sample[chosen], per_unit[chosen]
        low, high = (self._end(jump, rate, target, row, sign) for sign in (-1.0, 1.0))
        lowest = self._comm.allreduce(float(low.max(initial=-np.inf)), op=MPI.MAX)
        highest = self._comm.allreduce(float(high.min(initial=np.inf)), op=MPI.MIN)
        return float(lowest), float(highest)

    def _along(self, jump: Array) -> float:
        """How far jumps go on in the direction of the last step. Collective."""
        moved = ((jump - self._before) * self._heading).sum(axis=1)
        return float(self._comm.allreduce(float(self._weights[self._counts] @ moved[self._counts]), op=MPI.SUM))

    def _end(self, jump: Array, rate: Array, target: Array, row: Rows, sign: float) -> Array:
        """Change of the load at which points reach a separation, on the side of a sign; infinite if they never do.

        lambda^2 is a quadratic of the load while faces are apart, another one while they are closed.
        """
        law = self.law
        scale = np.concatenate([np.ones(1), np.full(2, law.shear_factor)])
        place = np.zeros(len(target))
        for _ in range(_ROUNDS):
            at = jump + place[:, None] * rate
            sliding = law.shear_factor * (at[:, 1:] ** 2).sum(axis=1)
            squared = np.maximum(at[:, 0], 0.0) ** 2 + sliding
            share = np.divide(sliding, squared, out=np.zeros_like(squared), where=squared > 0.0)
            energy = law.fracture_energy[row] * law.mixed_mode.toughening(share).value
            wanted = target**2 * energy / law.stiffness[row]
            apart = _root(jump, rate, scale, wanted, sign)
            closed = _root(jump, rate, np.array([0.0, *scale[1:]]), wanted, sign)
            open_there = jump[:, 0] + np.where(np.isfinite(apart), apart, 0.0) * rate[:, 0] >= 0.0
            end = np.where(np.isfinite(apart) & open_there, apart, closed)
            # a point that is beyond its target for good allows nothing, which shows as a root that does not exist
            place = np.where(np.isfinite(end), end, place)
        return end


def _root(jump: Array, rate: Array, scale: Array, wanted: Array, sign: float) -> Array:
    """The larger (sign 1) or smaller (-1) c with sum scale (jump + c rate)^2 = wanted; sign times infinity if none."""
    a = (scale * rate**2).sum(axis=1)
    b = (scale * jump * rate).sum(axis=1)
    c = (scale * jump**2).sum(axis=1) - wanted
    inside = b**2 - a * c
    found = (a > 0.0) & (inside >= 0.0)
    root = np.divide(-b + sign * np.sqrt(np.maximum(inside, 0.0)), a, out=np.zeros_like(a), where=found)
    # where the separation never comes down to what is wanted, its lowest point is the best there is
    lowest = np.divide(-b, a, out=np.zeros_like(a), where=a > 0.0)
    return np.where(found, root, np.where((a > 0.0) & (c > 0.0), lowest, sign * np.inf))
