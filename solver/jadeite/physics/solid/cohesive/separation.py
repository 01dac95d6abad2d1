# SPDX-License-Identifier: LGPL-3.0-or-later
"""The shape of a cohesive law: damage against a separation without unit.

With stiffness k of the intact boundary and fracture energy G, the separation is measured in units of sqrt(G/k):
x = lambda sqrt(k/G). Damage D(x) lowers the stiffness to (1 - D) k. The energy released while damage grows,

    G int_0^infinity x^2/2 D'(x) dx = G,

is the fracture energy, which is what makes a shape a shape; w(x), the integral up to x, is the share of it that is
spent. Unloading is towards the origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.int32]


class Damage(NamedTuple):
    """Damage, its derivative by the separation, and the share of the fracture energy that is spent; each (n,)."""

    value: Array
    slope: Array
    spent: Array


class SeparationShape(Protocol):
    """One shape for many boundaries, each with its own strength."""

    @property
    def start(self) -> Array:
        """Separation at which damage begins, of each boundary or point, or one for all."""
        ...

    @property
    def length(self) -> Array:
        """Further separation over which the fracture energy is spent, or the most of it."""
        ...

    @property
    def peak(self) -> Array:
        """Largest value of (1 - D) x, which stands for the strength."""
        ...

    def at(self, row: Rows) -> SeparationShape:
        """The shape at points, told by the row of their boundary, shape (n,)."""
        ...

    def damage(self, separation: Array) -> Damage:
        """Damage at the largest separation so far, shape (n,), without unit."""
        ...


@dataclass(frozen=True, eq=False)
class Bilinear:
    """Traction that rises linearly to the strength and falls linearly to zero (Hillerborg et al. 1976; Alfano 2001).

    Attributes:
        onset: separation at the strength T, x_0 = T / sqrt(k G), of each boundary or point, shape (n,); below sqrt(2),
            where a boundary would break without softening. The traction is zero from 2 / x_0 on.
    """

    onset: Array

    def __post_init__(self) -> None:
        if not ((self.onset > 0.0) & (self.onset < np.sqrt(2.0))).all():
            raise ValueError("a bilinear boundary needs a stiffness above T^2 / (2 G)")

    @property
    def start(self) -> Array:
        """See `SeparationShape`."""
        return self.onset

    @property
    def length(self) -> Array:
        """See `SeparationShape`."""
        return 2.0 / self.onset - self.onset

    @property
    def peak(self) -> Array:
        """See `SeparationShape`."""
        return self.onset

    def at(self, row: Rows) -> Bilinear:
        """See `SeparationShape`."""
        return Bilinear(self.onset[row])

    def damage(self, separation: Array) -> Damage:
        """See `SeparationShape`."""
        onset, last = self.onset, 2.0 / self.onset
        x = np.clip(separation, onset, last)
        spent = (x - onset) / (last - onset)
        softening = (separation > onset) & (separation < last)
        slope = np.where(softening, last * onset / ((last - onset) * x**2), 0.0)
        return Damage(spent * last / x, slope, spent)


@dataclass(frozen=True)
class Exponential:
    """Traction e T (delta/delta_0) exp(-delta/delta_0), the universal binding curve (Rose et al. 1981; Needleman 1990).

    In units of sqrt(G/k) = delta_0 there is no parameter left: D = 1 - exp(-x). Strength and fracture energy fix the
    stiffness of the intact boundary, k = e T / delta_0 = (e T)^2 / G.
    """

    @property
    def start(self) -> Array:
        """See `SeparationShape`."""
        return np.zeros(1)

    @property
    def length(self) -> Array:
        """See `SeparationShape`: 88 % of the fracture energy are spent at x = 5."""
        return np.full(1, 5.0)

    @property
    def peak(self) -> Array:
        """See `SeparationShape`."""
        return np.full(1, np.exp(-1.0))

    def at(self, row: Rows) -> Exponential:
        """See `SeparationShape`."""
        return self

    def damage(self, separation: Array) -> Damage:
        """See `SeparationShape`."""
        left = np.exp(-separation)
        # the integral of x^2/2 exp(-x), with expm1 where its terms would cancel
        spent = -np.expm1(-separation) - left * separation * (1.0 + 0.5 * separation)
        return Damage(-np.expm1(-separation), left, np.clip(spent, 0.0, 1.0))
