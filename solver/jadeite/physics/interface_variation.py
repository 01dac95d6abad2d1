# SPDX-License-Identifier: LGPL-3.0-or-later
"""A property of an interface that differs from place to place: lognormal, smooth over a correlation length.

The factor on the mean is exp(s g - s^2/2) with s^2 = ln(1 + c^2), for a Gaussian random field g of variance one along
the electrode and the coefficient of variation c. It depends on the place alone, so that it is the same on any mesh and
any number of ranks, up to one number: it is scaled such that its mean over the area of the interface is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from dolfinx import mesh
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator

from jadeite.fem.domain import Domain
from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.microstructure.unwetted_field import gaussian_field

Array = NDArray[np.float64]


@dataclass(frozen=True)
class InterfaceVariation:
    """A lognormal factor along one electrode, with mean one over its area.

    Attributes:
        axes: coordinate axes along the electrode.
        origin: least coordinate along each of them, m.
        factor: the factor before it is scaled, as a function of coordinates from the origin, shape (n, axes).
        scale: one over its mean.
        coarseness: largest facet of the electrode over the correlation length; the variation is resolved where it is
            well below one.
    """

    axes: tuple[int, ...]
    origin: Array
    factor: RegularGridInterpolator
    scale: float
    coarseness: float

    @classmethod
    def draw(
        cls,
        tagged: TaggedMesh,
        electrode: SurfaceKind,
        coefficient_of_variation: float,
        correlation_length: float,
        generator: np.random.Generator,
    ) -> InterfaceVariation:
        """Draw a variation.

        Args:
            tagged: the whole mesh, the same on every rank.
            electrode: kind of surface over which the mean of the factor is one.
            coefficient_of_variation: standard deviation over mean, for an electrode much wider than the correlation
                length.
            correlation_length: distance at which the correlation of the field has fallen to 1/e, m.
            generator: source of random numbers, in the same state on every rank.
        """
        axes = (0, 2)[: tagged.dimension - 1]
        low = tagged.points.min(axis=0)[list(axes)]
        lengths = tagged.points.max(axis=0)[list(axes)] - low
        repeats = {sides.axis for sides in tagged.periodic}
        periodic = [axis in repeats for axis in axes]
        grid, values = gaussian_field(list(lengths), periodic, correlation_length, generator)
        spread = np.sqrt(np.log1p(coefficient_of_variation**2))
        factor = RegularGridInterpolator(grid, np.exp(spread * values - 0.5 * spread**2))
        facets = tagged.facets[np.isin(tagged.facet_surface, tagged.surfaces.rows(electrode))]
        corners = tagged.points[facets]
        middle = corners.mean(axis=1)[:, list(axes)] - low
        edges = corners[:, 1:] - corners[:, :1]
        area = np.sqrt(np.linalg.det(edges @ np.swapaxes(edges, 1, 2)))
        if tagged.axisymmetric:
            area = area * corners[:, :, 0].mean(axis=1)
        coarseness = float(np.linalg.norm(edges, axis=2).max()) / correlation_length
        return cls(axes, low, factor, float(area.sum() / (area @ factor(middle))), coarseness)

    def at(self, domain: Domain, facets: NDArray[np.int32]) -> Array:
        """Return the factor at the middle of local facets; on walls of flaws it is that of the electrode below them."""
        nodes = mesh.entities_to_geometry(domain.mesh, domain.dimension - 1, facets)
        middle = domain.mesh.geometry.x[nodes].mean(axis=1)[:, list(self.axes)] - self.origin
        return self.scale * self.factor(middle)
