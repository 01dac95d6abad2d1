# SPDX-License-Identifier: LGPL-3.0-or-later
"""The critical current density of every flaw and criterion, found by solving at trial currents until the limit is met.

Each solve answers for all flaws and criteria at once, so all searches share one table of solved currents. The
utilisation (what drives a flaw over what resists) grows almost linearly with current; a bracketed secant on the table
needs few solves for all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import PchipInterpolator

_MAXIMUM_SOLVES = 200


@dataclass(frozen=True)
class CriticalCurrent:
    """Result of one search.

    Attributes:
        current_density: A/m^2 at which the limit is met; zero when it is exceeded without any current, None when it
            is not met at the largest current density searched.
        uncertainty: half-width that the tolerance leaves, A/m^2.
    """

    current_density: float | None
    uncertainty: float


@dataclass
class CriticalCurrentSearch[Key: Hashable]:
    """Searches critical current densities on a shared table of solved states.

    Attributes:
        evaluate: solves at a current density (A/m^2) and returns the utilisation of every key.
        maximum: largest current density tried, A/m^2.
        tolerance: relative tolerance of the critical current density.
    """

    evaluate: Callable[[float], Mapping[Key, float]]
    maximum: float
    tolerance: float
    table: dict[float, Mapping[Key, float]] = field(default_factory=dict)

    def solve_at(self, current_density: float) -> Mapping[Key, float]:
        """Return the utilisations at a current density, solving only if that has not been done yet."""
        if current_density not in self.table:
            if len(self.table) >= _MAXIMUM_SOLVES:
                raise RuntimeError(
                    f"no critical current after {_MAXIMUM_SOLVES} solves; loosen failure.critical_current.tolerance"
                )
            self.table[current_density] = self.evaluate(current_density)
        return self.table[current_density]

    def find(self, key: Key, start: float) -> CriticalCurrent:
        """Find the smallest current density at which the utilisation of a key reaches one.

        Args:
            key: flaw and criterion.
            start: current density to begin with, A/m^2.

        Note:
            Collective, because `evaluate` is.
        """
        if not self.table:
            self.solve_at(start)
        while True:
            currents = np.array(sorted(self.table))
            utilisation = np.array([self.table[j][key] for j in currents])
            met = self._met(currents, utilisation)
            if met is not None:
                return CriticalCurrent(met, self.tolerance * met)
            above = np.flatnonzero(utilisation > 1.0)
            if not len(above):
                largest = float(currents[-1])
                if largest >= self.maximum:
                    return CriticalCurrent(None, 0.0)
                self._advance(self._outward(currents, utilisation))
                continue
            upper = int(above[0])
            if upper == 0:
                low = float(currents[0])
                if low <= 1e-6 * self.maximum:
                    return CriticalCurrent(0.0, low)
                self._advance(max(self._inward(currents, utilisation), 1e-6 * self.maximum))
                continue
            if currents[upper] - currents[upper - 1] <= self.tolerance * currents[upper]:
                return CriticalCurrent(
                    float(0.5 * (currents[upper] + currents[upper - 1])), self.tolerance * float(currents[upper])
                )
            self._advance(self._between(currents, utilisation, upper))

    def _advance(self, current_density: float) -> None:
        """Solve at a new current density; raises RuntimeError where rounding leaves none between the solved ones."""
        if current_density in self.table:
            raise RuntimeError("no current left between the solved ones; loosen failure.critical_current.tolerance")
        self.solve_at(current_density)

    def _met(self, currents: np.ndarray, utilisation: np.ndarray) -> float | None:
        """Return the smallest solved current at which the limit is met, or None.

        Met means that the current is right to half the tolerance, judged by the slope of the utilisation there: where
        it hardly grows any more, a value close to one may be far from the critical current, or belong to none.
        """
        miss = utilisation - 1.0
        slope = utilisation / np.maximum(currents, np.finfo(float).tiny)  # of the proportional law
        if len(currents) > 1:
            steps = np.diff(utilisation) / np.diff(currents)
            slope = np.minimum(np.append(steps, steps[-1]), np.insert(steps, 0, steps[0]))
        close = np.abs(miss) <= 0.5 * self.tolerance * currents * slope
        first = np.flatnonzero(close | (miss > 0.0))
        return float(currents[first[0]]) if len(first) and close[first[0]] else None

    def _outward(self, currents: np.ndarray, utilisation: np.ndarray) -> float:
        """Propose a larger current from the last slope, a little beyond the root so that it becomes bracketed."""
        last = float(currents[-1])
        if len(currents) > 1:
            slope = (utilisation[-1] - utilisation[-2]) / (currents[-1] - currents[-2])
        else:
            slope = utilisation[-1] / last
        proposed = last + 1.02 * (1.0 - utilisation[-1]) / slope if slope > 0 else self.maximum
        return float(min(max(proposed, 1.05 * last), 20.0 * last, self.maximum))

    def _inward(self, currents: np.ndarray, utilisation: np.ndarray) -> float:
        """Propose a smaller current from the proportional law, or from the slope when there is one."""
        first = float(currents[0])
        if len(currents) > 1:
            slope = (utilisation[1] - utilisation[0]) / (currents[1] - currents[0])
            if slope <= 0:
                return 0.02 * first
            return float(np.clip(first - 1.02 * (utilisation[0] - 1.0) / slope, 0.02 * first, 0.95 * first))
        return 0.98 * first / float(utilisation[0])

    def _between(self, currents: np.ndarray, utilisation: np.ndarray, upper: int) -> float:
        """Propose a current inside the bracket by monotone interpolation of current against utilisation."""
        low, high = float(currents[upper - 1]), float(currents[upper])
        window = slice(max(upper - 3, 0), min(upper + 3, len(currents)))
        u, j = utilisation[window], currents[window]
        if high > 1.5 * low > 0.0 and utilisation[upper - 1] > 0.0:
            # Across a wide bracket a power law is the better guess: a straight line would creep along a steep curve.
            ends = np.log(utilisation[[upper - 1, upper]])
            proposed = low * (high / low) ** (-ends[0] / (ends[1] - ends[0]))
        elif np.all(np.diff(u) > 0) and len(u) > 2:
            proposed = float(PchipInterpolator(u, j)(1.0))
        else:
            share = (1.0 - utilisation[upper - 1]) / (utilisation[upper] - utilisation[upper - 1])
            proposed = low + share * (high - low)
        # Stay off the ends, so that the bracket shrinks from both sides when interpolation keeps landing beside the
        # root.
        margin = 0.2 * self.tolerance * high
        return float(np.clip(proposed, low + margin, high - margin))
