# SPDX-License-Identifier: LGPL-3.0-or-later
"""Linear elasticity as a bulk law, with a stiffness for each region: ceramic grains, and metal that does not flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from jadeite.physics.solid.laws import Array, Response, Rows, State


@dataclass(frozen=True, eq=False)
class Elastic:
    """Stress = stiffness : strain.

    Attributes:
        stiffness: (6, 6) for all points, or (regions, 6, 6) by region row; laboratory frame, Pa.
    """

    stiffness: Array
    history_size: int = 0
    has_rate: bool = False

    def update(self, strain: Array, history: Array, step: float, row: Rows) -> Response:
        """Return stress and stiffness."""
        tangent = self._at(row)
        return Response(np.einsum("pij,pj->pi", tangent, strain), tangent, history)

    def inelastic_strain(self, history: Array) -> Array:
        """Return zero."""
        return np.zeros((len(history), 6))

    def stored_energy(self, state: State, row: Rows) -> Array:
        """Return half stress times strain."""
        return 0.5 * np.einsum("pi,pi->p", state.stress, state.strain)

    def dissipated_energy(self, before: State, after: State, row: Rows) -> Array:
        """Return zero."""
        return np.zeros(len(row))

    def _at(self, row: Rows) -> Array:
        if self.stiffness.ndim == 2:
            return np.broadcast_to(self.stiffness, (len(row), 6, 6))
        return self.stiffness[row]
