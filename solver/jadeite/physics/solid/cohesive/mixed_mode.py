# SPDX-License-Identifier: LGPL-3.0-or-later
"""Fracture energy between opening and sliding, as a multiple of that in opening.

The share b of sliding is the part of the energy release rate that shear brings, G_II / (G_I + G_II): 0 in opening, 1 in
sliding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Toughening(NamedTuple):
    """Fracture energy over that of pure opening, and its derivative by the share of sliding; each (n,)."""

    value: Array
    slope: Array


class MixedMode(Protocol):
    """How the fracture energy depends on the share of sliding."""

    def toughening(self, share: Array) -> Toughening:
        """Fracture energy over that of pure opening at shares of sliding from 0 to 1, shape (n,)."""
        ...


@dataclass(frozen=True)
class BenzeggaghKenane:
    """G = G_I + (G_II - G_I) b^eta (Benzeggagh and Kenane 1996, Compos. Sci. Technol. 56, 439, eq. 7).

    Attributes:
        ratio: fracture energy in sliding over that in opening.
        exponent: eta.
    """

    ratio: float
    exponent: float = 2.0

    def toughening(self, share: Array) -> Toughening:
        """See `MixedMode`."""
        # below an exponent of one the slope at pure opening is infinite: b = 0 is approached, not reached
        base = np.maximum(share, 1e-12)
        more = (self.ratio - 1.0) * base**self.exponent
        return Toughening(1.0 + more, self.exponent * more / base)


@dataclass(frozen=True)
class QuadraticMixedMode:
    """(G_1/G_I)^2 + (G_2/G_II)^2 = 1 for the energy release rates G_1 and G_2 of both modes (Wu and Reuter 1965).

    Attributes:
        ratio: fracture energy in sliding over that in opening.
    """

    ratio: float

    def toughening(self, share: Array) -> Toughening:
        """See `MixedMode`."""
        inverse = (1.0 - share) ** 2 + (share / self.ratio) ** 2
        change = -2.0 * (1.0 - share) + 2.0 * share / self.ratio**2
        return Toughening(inverse**-0.5, -0.5 * change * inverse**-1.5)


def mixed_mode(law: str, ratio: float, exponent: float) -> MixedMode:
    """Return the law with a name of the case.

    Args:
        law: `benzeggagh_kenane` or `quadratic`.
        ratio: fracture energy in sliding over that in opening.
        exponent: of Benzeggagh and Kenane.
    """
    laws: Mapping[str, MixedMode] = {
        "benzeggagh_kenane": BenzeggaghKenane(ratio, exponent),
        "quadratic": QuadraticMixedMode(ratio),
    }
    return laws[law]
