# SPDX-License-Identifier: LGPL-3.0-or-later
"""What stands in series with charge transfer on each facet of an interface: film, imperfect contact, interphase.

The parts are plain arrays over facets; their sum is one field inside the forms of conduction. A part that changes with
time changes numbers, and nothing is compiled or assembled for it beyond the electrode terms of the next solve.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import FacetField
from jadeite.microstructure.tagged_mesh import SurfaceKind

Array = NDArray[np.float64]


class SeriesPart(StrEnum):
    """What a resistance in series with charge transfer is due to."""

    FILM = "film"
    CONTACT = "contact"
    INTERPHASE = "interphase"


class SeriesResistance:
    """Area-specific resistance in series with the law of a contact, one value per facet and part.

    Attributes:
        domain: the meshed separator.
        facets: local facets of the contact, ghosts included, sorted.
        parts: resistance of each part on these facets, ohm m^2; change it through `assign`.
        expression: their sum as a UFL expression for boundary facets, ohm m^2.
    """

    def __init__(self, domain: Domain, kinds: Iterable[SurfaceKind]) -> None:
        """Create a series without any resistance on the facets of some kinds of surface."""
        self.domain = domain
        self.facets = domain.facets(*kinds)
        self.parts: dict[SeriesPart, Array] = {}
        self._field = FacetField(domain, "series resistance")
        self.expression: Expr = self._field.exterior()

    def assign(self, part: SeriesPart, values: float | Array) -> None:
        """Set one part, on all facets alike or on each in the order of `facets`, ohm m^2.

        Raises:
            ValueError: when a value is negative or not finite.
        """
        self.parts[part] = np.broadcast_to(np.asarray(values, dtype=np.float64), self.facets.shape).copy()
        self._field.assign(self.facets, self.total())

    def total(self) -> Array:
        """Return the sum of the parts on each facet, ohm m^2."""
        return np.asarray(sum(self.parts.values(), start=np.zeros(len(self.facets))))

    def on(self, part: SeriesPart, facets: NDArray[np.int32]) -> Array:
        """Return one part on some of the contact's facets, ohm m^2."""
        values = self.parts.get(part)
        return np.zeros(len(facets)) if values is None else values[np.searchsorted(self.facets, facets)]
