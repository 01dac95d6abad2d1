# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stress intensity factors along a front in space, by correlation with the jump of displacement across the walls.

Behind the front of a crack the walls part by du(r) = sqrt(8 r / pi) H k + O(r^1.5), with the compliance H of the
anisotropic solid at the front in the local frame (growth, normal, tangent) and k = (K_II, K_I, K_III) (Barnett and
Asaro 1972; Ting 1996, chapter 11). So the apparent factor H^-1 du / sqrt(8 r / pi), read on the walls at many distances
r from the front, tends to k at every station of the front (Chan, Tuba and Wilson 1970). Elements without a singularity
of their own are too stiff where the front is: from a few facets away the crack looks shorter by a fraction d of a
facet, which changes the apparent factor by -k d / (2 r). It is therefore fitted by k + b r + c / r. On a penny-shaped
crack with facets of a tenth (a twentieth) of the radius that gives K_I to 1 % (0.4 %), a straight line to 6 % (3 %).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from jadeite.case.problems import CaseError, Problem
from jadeite.failure.crack_field import crack_field
from jadeite.failure.front import FrontIntensity
from jadeite.fem.domain import Domain
from jadeite.fem.facet_sampler import FacetSampler
from jadeite.materials.laws import rotate_stiffness

Array = NDArray[np.float64]

#: The walls are read from this many layers of facets behind the front, because nothing nearer is resolved, ...
FIRST_LAYER = 1.5
#: ... to this distance over the size of the crack, or at least over that many layers.
REACH, FEWEST_LAYERS = 0.35, 3.0
#: A second window, shortened to this share, tells how well the extrapolation is known.
SECOND_WINDOW = 0.75
#: Share of an open front at either end that is left out: where it meets a free surface the singularity is another one.
END_SHARE = 0.07
_DEGREE = 4
#: Bounds for the number of stations, and how many facets they stand apart at least.
_STATIONS, _APART = (8, 25), 2.5
#: Points that a station reads at least, as far along the front as it has to look for them.
_POINTS = 60


@dataclass(frozen=True, eq=False)
class CrackWalls:
    """A crack whose two walls are boundary facets that face each other.

    Attributes:
        name: for messages.
        rows: rows of the surface table that its walls have.
        front: polyline, shape (n, 3), m; closed when its last point is its first.
        normal: unit normal (3,) of the crack as a whole; mode II and III take their sign from it.
        size: depth or radius, m.
        opening: width of the crack where it is widest, m; zero for walls in the same place.
    """

    name: str
    rows: NDArray[np.integer]
    front: Array
    normal: Array
    size: float
    opening: float = 0.0

    @property
    def closed(self) -> bool:
        """Whether the front runs back into itself."""
        return len(self.front) > 2 and bool(np.allclose(self.front[0], self.front[-1], atol=1e-9 * self.size))


@dataclass(frozen=True, eq=False)
class _Station:
    """One place on a front: pairs of wall points behind it, and what turns their jumps into factors."""

    place: Array
    distance: float
    lower: NDArray[np.int64]
    upper: NDArray[np.int64]
    depth: Array
    weight: Array
    # from a jump over sqrt(8 r / pi) in the laboratory to K_I, K_II, K_III
    factor: Array


class WallJumps:
    """Pairs of points on the walls of cracks, found once, and the factors of any displacement that is read there."""

    def __init__(self, domain: Domain, cracks: Sequence[CrackWalls], stiffness: Array) -> None:
        """Pair the walls.

        Args:
            domain: three-dimensional mesh in which the walls are boundary facets.
            cracks: the cracks, in the order of the results.
            stiffness: of each region in the laboratory frame, shape (regions, 6, 6), Pa.

        Raises:
            CaseError: when a crack has too few facets behind some part of its front.

        Note:
            Collective.
        """
        self._comm = domain.mesh.comm
        rows = np.concatenate([crack.rows for crack in cracks])
        facets = domain.facet_surface.indices[np.isin(domain.facet_surface.values, rows)]
        self._sampler = sampler = FacetSampler(domain, facets, _DEGREE)
        count = sampler.weights.shape[1]
        local_points = sampler.points.reshape(-1, 3)
        local_surface = np.repeat(sampler.surface, count)
        size = np.repeat(np.sqrt(2.0 * sampler.weights.sum(axis=1)), count)
        # only points that some window may reach travel between the ranks
        near = np.zeros(len(local_points), dtype=bool)
        for crack in cracks:
            on = np.isin(local_surface, crack.rows)
            gap, _ = distance_to_polyline(local_points[on], crack.front)
            near[on] |= gap < max(REACH * crack.size, (FIRST_LAYER + FEWEST_LAYERS) * size[on].max(initial=0.0))
        self._near = np.flatnonzero(near)

        def everywhere(values: NDArray) -> NDArray:
            return np.concatenate(self._comm.allgather(values[self._near]))

        points, surface = everywhere(local_points), everywhere(local_surface)
        normals = everywhere(np.repeat(sampler.normal, count, axis=0))
        region = everywhere(np.repeat(sampler.region, count))
        weight, size = everywhere(sampler.weights.ravel()), everywhere(size)
        self._stations = [
            _stations(
                crack, points, normals, weight, size, region, np.flatnonzero(np.isin(surface, crack.rows)), stiffness
            )
            for crack in cracks
        ]

    def evaluate(self, displacement: fem.Function) -> list[FrontIntensity]:
        """Return the factors along the front of every crack for a displacement (m, three components).

        Note:
            Collective; the same on every rank.
        """
        local = self._sampler.evaluate(displacement).reshape(-1, 3)[self._near]
        values = np.concatenate(self._comm.allgather(local))
        return [_front(stations, values) for stations in self._stations]


def distance_to_polyline(points: Array, line: Array) -> tuple[Array, Array]:
    """Return the distance of points (n, 3) to a polyline (k, 3) and how far along it the nearest place lies, m."""
    start, along = line[:-1], np.diff(line, axis=0)
    length = np.linalg.norm(along, axis=1)
    before = np.concatenate([[0.0], np.cumsum(length)])[:-1]
    share = np.einsum("psk,sk->ps", points[:, None] - start[None], along) / length**2
    share = np.clip(share, 0.0, 1.0)
    gap = np.linalg.norm(points[:, None] - start[None] - share[..., None] * along[None], axis=2)
    nearest = np.argmin(gap, axis=1)
    row = np.arange(len(points))
    return gap[row, nearest], before[nearest] + share[row, nearest] * length[nearest]


def _stations(
    crack: CrackWalls,
    points: Array,
    normals: Array,
    weight: Array,
    size: Array,
    region: NDArray[np.int32],
    on: NDArray[np.int64],
    stiffness: Array,
) -> list[_Station]:
    """Pair the points of one crack and share them among stations along its front."""
    gap, along = distance_to_polyline(points[on], crack.front)
    step = _step(gap, size[on], crack.size)
    nearest = FIRST_LAYER * step
    farthest = max(REACH * crack.size, nearest + FEWEST_LAYERS * step)
    lower, upper = _pairs(crack, points[on], normals[on])
    weight = weight[on][lower] * gap[lower] * _ramp(gap[lower], nearest, farthest)
    inside = weight > 0.0
    lower, upper, weight = lower[inside], upper[inside], weight[inside]

    length = float(np.linalg.norm(np.diff(crack.front, axis=0), axis=1).sum())
    end = 0.0 if crack.closed else END_SHARE * length
    number = int(np.clip((length - 2.0 * end) / max(_APART * step, 1e-3 * length) + 1e-6, *_STATIONS))
    spacing = (length - 2.0 * end) / number
    stations = []
    for middle in end + spacing * (np.arange(number) + 0.5):
        offset = along[lower] - middle
        if crack.closed:
            offset = (offset + 0.5 * length) % length - 0.5 * length
        offset = np.abs(offset)
        enough = float(np.sort(offset)[_POINTS - 1]) if len(offset) >= _POINTS else np.inf
        reach = max(spacing, enough)
        if reach > 0.25 * length:
            raise _too_coarse(crack, step)
        share = weight * _ramp(offset, -reach, reach)
        taken = np.flatnonzero(share)
        low, high = lower[taken], upper[taken]
        frame = _frame(crack, middle, spacing, points[on][low], normals[on][low])
        near = share[taken] / gap[low] ** 2  # the material that counts is that at the front
        compliance = _compliance(region[on][np.concatenate([low, high])], np.tile(near, 2), stiffness, frame)
        # rows of a crack field are the modes II, I, III
        factor = (np.linalg.inv(compliance) @ frame)[[1, 0, 2]]
        place = _at(crack.front, middle)
        stations.append(_Station(place, float(middle), on[low], on[high], gap[low], share[taken], factor))
    return stations


def _step(gap: Array, size: Array, reach: float) -> float:
    """Size of the facets next to the front, m; zero without facets."""
    if not len(gap):
        return 0.0
    near = np.clip(1.0 - gap / max(0.1 * reach, 1.5 * float(gap.min())), 0.0, None)
    return float(np.average(size, weights=near))


def _ramp(values: Array, low: float, high: float) -> Array:
    """One between two bounds, zero beyond them, with slopes at either end.

    Rounding decides on which side of a bound a point lies, and that must not matter.
    """
    slope = 0.1 * (high - low)
    return np.clip(np.minimum(values - low, high - values) / slope, 0.0, 1.0)


def _compliance(region: NDArray[np.int32], weight: Array, stiffness: Array, frame: Array) -> Array:
    """Mean compliance H (3, 3) of the regions beside a piece of front, in its frame."""
    rows, place = np.unique(region, return_inverse=True)
    shares = np.bincount(place.ravel(), weights=weight)
    fields = [crack_field(rotate_stiffness(stiffness[row], frame), (1.0, 0.0), 3).compliance for row in rows]
    return np.average(fields, axis=0, weights=shares)


def _too_coarse(crack: CrackWalls, step: float) -> CaseError:
    message = (
        f"is too coarse for the {crack.name}: facets of {step * 1e6:.3g} um behind its front do not show its stress "
        "intensity factors"
    )
    allowed = f"at most about {0.1 * crack.size * 1e6:.2g} um, a tenth of its size"
    return CaseError([Problem("the case", None, "microstructure.mesh.tip_size", message, allowed=allowed)])


def _pairs(crack: CrackWalls, points: Array, normals: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Points that face each other: of each pair the one whose solid lies below, against the normal, and the other."""
    flat = points - np.outer(points @ crack.normal, crack.normal) if crack.opening > 0.0 else points
    facing = normals @ crack.normal > 0.0
    lower, upper = np.flatnonzero(facing), np.flatnonzero(~facing)
    if not len(lower) or not len(upper):
        return lower[:0], upper[:0]
    distance, partner = cKDTree(flat[upper]).query(flat[lower])
    found = distance < (0.2 * crack.opening if crack.opening > 0.0 else 1e-6 * crack.size)
    return lower[found], upper[partner[found]]


def _frame(crack: CrackWalls, middle: float, reach: float, points: Array, normals: Array) -> Array:
    """Rotation (3, 3) from the laboratory into the frame of growth, normal and tangent at a place on the front."""
    tangent = _at(crack.front, middle + 0.5 * reach, crack.closed) - _at(
        crack.front, middle - 0.5 * reach, crack.closed
    )
    tangent = tangent / np.linalg.norm(tangent)
    normal = normals.mean(axis=0)
    normal = normal - (normal @ tangent) * tangent
    normal = normal / np.linalg.norm(normal)
    growth = np.cross(normal, tangent)
    if growth @ (_at(crack.front, middle) - points.mean(axis=0)) < 0.0:
        growth = -growth
    return np.stack([growth, normal, np.cross(growth, normal)])


def _at(line: Array, distance: float, closed: bool = False) -> Array:
    """The point at a distance along a polyline."""
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    place = distance % run[-1] if closed else distance
    return np.array([np.interp(place, run, column) for column in line.T])


def _front(stations: Sequence[_Station], values: Array) -> FrontIntensity:
    modes, spread = [], []
    for station in stations:
        jump = values[station.upper] - values[station.lower]
        apparent = (jump / np.sqrt(8.0 * station.depth / np.pi)[:, None]) @ station.factor.T
        full = _extrapolated(apparent, station.depth, station.weight)
        first, last = station.depth.min(), station.depth.min() + SECOND_WINDOW * np.ptp(station.depth)
        short = station.weight * _ramp(station.depth, 2.0 * first - last, last)
        spread.append(np.abs(full - _extrapolated(apparent, station.depth, short)).max())
        modes.append(full)
    return FrontIntensity(
        np.array([station.place for station in stations]),
        np.array([station.distance for station in stations]),
        np.array(modes),
        np.array(spread),
    )


def _extrapolated(values: Array, depth: Array, weight: Array) -> Array:
    """The constant of k + b r + c / r through values (n, 3) at depths (n,), by weighted least squares."""
    scale = np.sqrt(weight / weight.sum())[:, None]
    r = depth[:, None] / depth.max()
    solution, *_ = np.linalg.lstsq(np.hstack([np.ones_like(r), r, 1.0 / r]) * scale, values * scale, rcond=None)
    return solution[0]
