# SPDX-License-Identifier: LGPL-3.0-or-later
"""The states of all points that follow one law, through the iterations and stages of a step.

A step leads from the settled state to a trial state. It consists of one or more stages: a stage has a length and a
history to start from, and the trial state is that of the last stage. `settle` makes it the settled one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jadeite.fem.state import Kept, Spread
from jadeite.physics.solid.laws import Array, BulkLaw, InterfaceLaw, Response, Rows, State


class PointStates[Law: (BulkLaw, InterfaceLaw)]:
    """Settled and trial state of the points of one law."""

    def __init__(self, law: Law, row: Rows, components: int) -> None:
        """Start from nothing: no strain, stress or history.

        Args:
            law: bulk or interface law.
            row: region or surface row of each point.
            components: of the strain (6) or jump (3).
        """
        self.law: Law = law
        self.row = row
        nothing = np.zeros((len(row), components))
        self.settled = State(nothing, nothing, np.zeros((len(row), law.history_size)))
        self.trial = self.settled
        self._start, self._length = self.settled.history, 0.0
        self._known: tuple[Array, Response] | None = None

    def begin(self, length: float, start: Array | None = None) -> None:
        """Begin a stage of a length (s) from a history, that of the settled state if None."""
        self._start = self.settled.history if start is None else start
        self._length = length
        self._known = None

    def update(self, strain: Array) -> Response:
        """Return what the law answers to a strain or jump at the end of the stage."""
        if self._known is not None and np.array_equal(self._known[0], strain):
            return self._known[1]
        response = self.law.update(strain, self._start, self._length, self.row)
        self._known = strain, response
        self.trial = State(strain, response.stress, response.history)
        return response

    def settle(self) -> None:
        """Make the trial state the settled one."""
        self.settled = self.trial

    def rows(self, numbers: NDArray[np.int64], each: int) -> dict[str, Spread]:
        """Return the settled state as rows to be kept.

        Args:
            numbers: of the cells or facets whose points these are, in their order.
            each: points of one of them.
        """
        of_names = {"strain": self.settled.strain, "stress": self.settled.stress, "history": self.settled.history}
        return {
            name: Spread(numbers, values.reshape(len(numbers), each, values.shape[1]))
            for name, values in of_names.items()
        }

    def restore(self, kept: Kept, numbers: NDArray[np.int64]) -> None:
        """Settle in the state that `rows` has kept. Collective."""

        def values(name: str, columns: int) -> Array:
            return kept.rows(name, numbers).reshape(len(self.row), columns)

        components = self.settled.strain.shape[1]
        self.settled = State(
            values("strain", components), values("stress", components), values("history", self.law.history_size)
        )
        self.give_up()

    def give_up(self) -> None:
        """Forget the trial state."""
        self.trial = self.settled
        self.begin(0.0)
