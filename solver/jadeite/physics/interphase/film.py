# SPDX-License-Identifier: LGPL-3.0-or-later
"""A film that grows on the facets of a contact: its thickness is state, its resistance is in series with the contact.

Each facet has a film of its own. Facets without contact have none, because they belong to no contact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from dolfinx.mesh import entities_to_geometry
from mpi4py import MPI
from numpy.typing import NDArray

from jadeite.constants import FARADAY
from jadeite.fem.domain import Domain
from jadeite.fem.facet_field import FacetField, facet_measures
from jadeite.physics.interphase.growth import GrowthLaw
from jadeite.physics.series_resistance import SeriesPart, SeriesResistance

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FilmMeasures:
    """A film over the whole of its contact.

    Attributes:
        mean, least, largest: thickness, m.
        resistance: mean over the area of thickness over conductivity, ohm m^2.
        volume: m^3 (in the plane: m^2, per metre of depth).
        charge: sodium consumed by growth since the start, C (in the plane: per metre of depth); None when the volume
            of film per sodium is not known.
    """

    mean: float
    least: float
    largest: float
    resistance: float
    volume: float
    charge: float | None


class GrowingFilm:
    """Thickness of a film on each facet of a contact.

    Attributes:
        series: resistance in series with the contact; its facets are those of the film.
        law: law of growth.
        ionic_conductivity: S/m.
        thickness: on each facet of the series, m; changed by `grow_to`.
    """

    def __init__(
        self,
        series: SeriesResistance,
        law: GrowthLaw,
        ionic_conductivity: float,
        initial_thickness: float = 0.0,
        rate_factor: float | Array = 1.0,
        volume_per_sodium: float | None = None,
    ) -> None:
        """Put a film of its initial thickness on every facet.

        Args:
            series: resistance in series with the contact.
            law: law of growth.
            ionic_conductivity: of the film, S/m.
            initial_thickness: m.
            rate_factor: speed of growth of each facet over that of the law.
            volume_per_sodium: volume of film that forms per mole of sodium, m^3/mol, or None.
        """
        self.series, self.law, self.ionic_conductivity = series, law, ionic_conductivity
        self._initial = np.full(len(series.facets), initial_thickness)
        self._factor = np.broadcast_to(np.asarray(rate_factor, dtype=np.float64), self._initial.shape)
        self._volume_per_sodium = volume_per_sodium
        domain = series.domain
        owned = domain.mesh.topology.index_map(domain.dimension - 1).size_local
        self._owned = series.facets < owned
        self._area = _areas(domain, series.facets) * self._owned
        self._comm = domain.mesh.comm
        self._fields: list[tuple[FacetField, float]] = []
        self.thickness = self._initial.copy()
        self.grow_to(0.0)

    def grow_to(self, time: float) -> None:
        """Set the film to its state at a time (s) after the start; times may come in any order."""
        self.thickness = self.law.grown(self._initial, time * self._factor)
        self.series.assign(SeriesPart.INTERPHASE, self.thickness / self.ionic_conductivity)
        for field, factor in self._fields:
            field.assign(self.series.facets, factor * self.thickness)

    def field(self, factor: float) -> FacetField:
        """Return a field that is a factor, not negative, times the thickness, and follows it."""
        field = FacetField(self.series.domain, "film")
        field.assign(self.series.facets, factor * self.thickness)
        self._fields.append((field, factor))
        return field

    def on(self, facets: NDArray[np.int32]) -> Array:
        """Return the thickness on some of the contact's facets, m."""
        return self.thickness[np.searchsorted(self.series.facets, facets)]

    def measure(self) -> FilmMeasures:
        """Return mean, extremes and totals.

        Note:
            Collective.
        """
        owned = self.thickness[self._owned]
        sums = self._comm.allreduce(
            np.array([self._area.sum(), self._area @ self.thickness, self._area @ self._initial])
        )
        area, volume, at_start = (float(value) for value in sums)
        least = self._comm.allreduce(float(owned.min(initial=np.inf)), op=MPI.MIN)
        largest = self._comm.allreduce(float(owned.max(initial=-np.inf)), op=MPI.MAX)
        per_volume = None if self._volume_per_sodium is None else FARADAY / self._volume_per_sodium
        return FilmMeasures(
            mean=volume / area,
            least=least,
            largest=largest,
            resistance=volume / area / self.ionic_conductivity,
            volume=volume,
            charge=None if per_volume is None else (volume - at_start) * per_volume,
        )


def _areas(domain: Domain, facets: NDArray[np.int32]) -> Array:
    """Areas of facets (in the plane: lengths); of a body of revolution the areas that they sweep."""
    areas = facet_measures(domain.mesh, facets)
    if not domain.axisymmetric:
        return areas
    nodes = entities_to_geometry(domain.mesh, domain.dimension - 1, facets)
    return 2.0 * np.pi * domain.mesh.geometry.x[nodes][:, :, 0].mean(axis=1) * areas
