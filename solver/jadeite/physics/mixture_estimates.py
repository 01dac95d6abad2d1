# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is known of the conductivity of a microstructure without solving: bounds, estimates, and the brick layer.

They need volumes, tensors and areas only. Holes are a phase that conducts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from jadeite.microstructure.tagged_mesh import SurfaceKind, TaggedMesh
from jadeite.physics.boundary_transport import BoundaryTransport

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BoundaryDensity:
    """Area of grain and phase boundaries per volume, weighted with what they do (in the plane length per area).

    Attributes:
        crossings: boundaries that a line along each axis crosses per length, shape (d,), 1/m.
        resistance: of the boundaries that such a line crosses, per length, shape (d,), ohm m.
        along: conductance along the boundaries of a cross-section, per area, shape (d,), S/m.
        upper: int kappa (1 - n n) dS / V, shape (d, d), S/m.
        lower: int R n n dS / V, shape (d, d), ohm m.
    """

    crossings: Array
    resistance: Array
    along: Array
    upper: Array
    lower: Array

    @property
    def mean_intercept(self) -> Array:
        """Mean distance between boundaries along a line in the direction of each axis, m; infinite without any."""
        with np.errstate(divide="ignore"):
            return 1.0 / self.crossings


def boundary_density(mesh: TaggedMesh, boundaries: BoundaryTransport) -> BoundaryDensity:
    """Measure the boundaries of a mesh in the volume of its box, holes included."""
    internal = mesh.surfaces.rows(SurfaceKind.GRAIN_BOUNDARY, SurfaceKind.PHASE_BOUNDARY)
    chosen = np.isin(mesh.facet_surface, internal)
    corners, surface = mesh.points[mesh.facets[chosen]], mesh.facet_surface[chosen]
    edge = corners[:, 1] - corners[:, 0]
    if mesh.dimension == 2:
        vector = np.stack([edge[:, 1], -edge[:, 0]], axis=1)
    else:
        vector = 0.5 * np.cross(edge, corners[:, 2] - corners[:, 0])
    volume = float(np.prod(np.ptp(mesh.points, axis=0)))
    area = np.linalg.norm(vector, axis=1)
    normal = vector / area[:, None]
    resistance, along = boundaries.resistance[surface], boundaries.surface_conductance[surface]
    weighted = along * area / volume
    upper = weighted.sum() * np.eye(mesh.dimension) - np.einsum("f,fi,fj->ij", weighted, normal, normal)
    return BoundaryDensity(
        crossings=np.abs(vector).sum(axis=0) / volume,
        resistance=(resistance[:, None] * np.abs(vector)).sum(axis=0) / volume,
        along=np.diag(upper).copy(),
        upper=upper,
        lower=np.einsum("f,fi,fj->ij", resistance * area / volume, normal, normal),
    )


def brick_layer(grains: Array, density: BoundaryDensity) -> Array:
    """Return the conductivity of bricks along each axis: grains and boundaries in series, with what runs along them.

    1 / (1/s + R/d) + conductance along, where d is the mean intercept along the axis and R the mean resistance of the
    boundaries crossed: for cubes of edge d the s and R of every direction, with 2 kappa/d along (Maier, Ber. Bunsenges.
    Phys. Chem. 90, 1986, 26).

    Args:
        grains: conductivity of the grains along each axis, shape (d,), S/m.
        density: of the boundaries.
    """
    return np.asarray(1.0 / (1.0 / grains + density.resistance) + density.along)


def mean_bounds(mesh: TaggedMesh, conductivity: Array, density: BoundaryDensity) -> tuple[Array, Array]:
    """Return the lower and the upper bound of the tensor that hold for any arrangement, shape (d, d), S/m.

    The upper one is the mean of the conductivities (uniform field; Voigt 1889, Wiener 1912), the lower one the inverse
    of the mean resistivity (uniform current; Reuss 1929); boundaries add to either. With holes the lower one is zero.

    Args:
        mesh: volumes of regions and of the box.
        conductivity: of each region, shape (regions, d, d), S/m.
        density: of the boundaries.
    """
    share = mesh.regions.measure / float(np.prod(np.ptp(mesh.points, axis=0)))
    upper = np.einsum("r,rij->ij", share, conductivity) + density.upper
    if holes(mesh) > 0.0:
        return np.zeros_like(upper), upper
    resistivity = np.einsum("r,rij->ij", share, np.linalg.inv(conductivity)) + density.lower
    return np.linalg.inv(resistivity), upper


def holes(mesh: TaggedMesh) -> float:
    """Return the share of the box that no region fills; zero within rounding."""
    empty = 1.0 - float(mesh.regions.measure.sum()) / float(np.prod(np.ptp(mesh.points, axis=0)))
    return empty if empty > 1e-9 else 0.0


def principal_mixture(mesh: TaggedMesh, conductivity: Array) -> tuple[Array, Array]:
    """Return principal conductivities (S/m) and the share of the box of each, those of holes included."""
    values = np.linalg.eigvalsh(conductivity)
    share = mesh.regions.measure / float(np.prod(np.ptp(mesh.points, axis=0)))
    weights = np.repeat(share / values.shape[1], values.shape[1])
    return np.append(values.ravel(), 0.0), np.append(weights, holes(mesh))


def in_medium(values: Array, weights: Array, medium: float, dimension: int) -> float:
    """Return the conductivity of a mixture whose grains are each surrounded by a medium of a conductivity.

    1/(s + (d-1) m) is the mean of 1/(s_k + (d-1) m) over phases and principal directions: for m the largest (smallest)
    of the s_k the upper (lower) bound of statistically isotropic mixtures and polycrystals (Hashin and Shtrikman, J.
    Appl. Phys. 33, 1962, 3125; Phys. Rev. 130, 1963, 129).

    Args:
        values, weights: principal conductivities (S/m) and their shares, which add to one.
        medium: conductivity around the grains, S/m.
        dimension: 2 or 3.
    """
    around = (dimension - 1) * medium
    if around + values[weights > 0.0].min() == 0.0:
        return 0.0
    return float(1.0 / np.average(1.0 / (values + around), weights=weights) - around)


def isotropic_bounds(values: Array, weights: Array, dimension: int) -> tuple[float, float]:
    """Return the Hashin-Shtrikman bounds (lower, upper) of a statistically isotropic mixture, S/m; see `in_medium`."""
    there = values[weights > 0.0]
    low, high = (in_medium(values, weights, float(medium), dimension) for medium in (there.min(), there.max()))
    return low, high


def self_consistent(values: Array, weights: Array, dimension: int) -> float:
    """Return the conductivity in whose own medium the grains leave it unchanged, S/m.

    The mean of (s_k - s)/(s_k + (d-1) s) vanishes (Bruggeman, Ann. Phys. 416, 1935, 636; polycrystals: Bolger 1964,
    Helsing and Helte, J. Appl. Phys. 69, 1991, 3583); zero below the percolation threshold of holes.
    """
    there = values[weights > 0.0]
    if there.min() == there.max():
        return float(there.max())

    def excess(medium: float) -> float:
        return float(np.average((values - medium) / (values + (dimension - 1) * medium), weights=weights))

    smallest = 1e-12 * float(there.max())
    return float(brentq(excess, smallest, float(there.max()))) if excess(smallest) > 0.0 else 0.0
