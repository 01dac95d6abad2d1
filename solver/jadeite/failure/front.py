# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stress intensity factors along the front of a flaw, whatever they were found with; a tip is a front of one point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.intensity import StressIntensity, maximum_tangential_stress

_KNOWN = 0.25


@dataclass(frozen=True, eq=False)
class FrontIntensity:
    """Stress intensity factors at stations along a front.

    Attributes:
        place: the stations, shape (n, dimension), m.
        distance: along the front from its first point, shape (n,), m.
        modes: K_I, K_II, K_III, shape (n, 3), Pa m^0.5.
        spread: estimate of the error of the factors, shape (n,), Pa m^0.5.
    """

    place: NDArray[np.float64]
    distance: NDArray[np.float64]
    modes: NDArray[np.float64]
    spread: NDArray[np.float64]

    def __add__(self, other: FrontIntensity) -> FrontIntensity:
        """The factors of two loads together, on the same stations."""
        return FrontIntensity(self.place, self.distance, self.modes + other.modes, self.spread + other.spread)

    def equivalent(self) -> NDArray[np.float64]:
        """Return the equivalent mode-I factor of each station by maximum tangential stress, Pa m^0.5.

        Walls that compression presses together carry it by contact, so a negative mode I counts as none; they are taken
        to slide without friction, which is on the safe side.
        """
        _, equivalent = maximum_tangential_stress(np.maximum(self.modes[:, 0], 0.0), self.modes[:, 1])
        return equivalent

    def decisive(self) -> int:
        """Return the station with the largest equivalent factor; among those without any, with the largest mode I.

        Stations whose error exceeds a share of the largest factor of the front do not count while there are others.
        """
        known = self.spread <= _KNOWN * np.abs(self.modes).max()
        candidates = np.flatnonzero(known) if known.any() else np.arange(len(self.modes))
        order = np.lexsort((self.modes[candidates, 0], self.equivalent()[candidates]))
        return int(candidates[order[-1]])

    def at(self, station: int) -> StressIntensity:
        """Return the factors of one station."""
        one, two, three = self.modes[station].tolist()
        return StressIntensity(one, two, three, float(self.spread[station]))


class IntensityProbe(Protocol):
    """Reads the stress intensity factors of all flaws off one deformation, again and again as that changes."""

    def evaluate(self) -> list[FrontIntensity]:
        """Return the fronts in the order of the flaws; collective, the same on every rank."""
        ...
