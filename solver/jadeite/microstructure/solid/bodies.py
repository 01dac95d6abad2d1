# SPDX-License-Identifier: LGPL-3.0-or-later
"""Triangulated star-shaped bodies: ellipsoids and lenses in a grain, across a boundary, or around a triple line.

A lens is bounded by spherical caps. Across a boundary two caps meet at its rim under the dihedral angle. Around a
triple line cap i stands over the sector of angle a_i between two boundaries: seen from the centre of the body in the
direction w its distance is

    r(w) = -d_i (w . b_i) + sqrt(d_i^2 (w . b_i)^2 + a^2),    d_i cos(a_i / 2) = e,

with the bisector b_i of the sector and the half length a along the line. All caps pass through both ends of the body,
and the last condition makes neighbours agree on the half-plane between them, whatever the sectors. Where three equal
sectors meet, the angle between caps is the dihedral angle psi if d = a q / sqrt(1 - q^2) with q = cos(psi / 2) / cos 30
deg: below 60 deg a body would wet the whole line. Shapes come in unit size; `scaled` gives them a volume.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jadeite.microstructure.errors import MicrostructureError

if TYPE_CHECKING:
    from jadeite.case.microstructure import BodyShape

Array = NDArray[np.float64]
Index = NDArray[np.int64]
# points (n, 3) from polar angles along the profile (n,) and azimuths (n,)
Surface = Callable[[Array, Array], Array]

# edges from pole to pole of a sphere; an edge is then about half the radius
EDGES_FROM_POLE_TO_POLE = 6
# points a profile is followed along to divide it evenly
PROFILE_POINTS = 400


@dataclass(frozen=True, eq=False)
class BodyMesh:
    """A closed triangulated surface around the origin, with its axis along z.

    `points` (n, 3); `patches` are the triangles (m, 3) of each part, seen anticlockwise from inside the body. Around a
    triple line patch i lies between seams i and i + 1; a seam runs from the lower to the upper end of the body. Across
    a boundary the first patch lies above it, and the one seam is the rim, anticlockwise seen from above.
    """

    points: Array
    patches: tuple[Index, ...]
    seams: tuple[Index, ...] = ()

    @property
    def volume(self) -> float:
        """Volume within the triangles."""
        corners = self.points[np.concatenate(self.patches)]
        return -float(np.linalg.det(corners).sum()) / 6

    @property
    def radius(self) -> float:
        """Radius of the ball around the origin that holds the body."""
        return float(np.linalg.norm(self.points, axis=1).max())

    def scaled(self, radius: float) -> BodyMesh:
        """The body with the volume of a sphere of this radius."""
        factor = (4 / 3 * np.pi * radius**3 / self.volume) ** (1 / 3)
        return replace(self, points=factor * self.points)


def in_grain(shape: BodyShape) -> BodyMesh:
    """An ellipsoid inside a grain. Raises MicrostructureError for a lens, which needs a boundary to sit on."""
    if shape.law == "lens":
        raise MicrostructureError("lenses sit on grain boundaries or triple lines, not in grain interiors")
    surface, angles = _spheroid(shape.aspect_ratio), _even(_spheroid(shape.aspect_ratio), np.pi)
    rows = _rows(surface, angles, 2 * np.pi, closed=True)
    points = np.concatenate([surface(*row) for row in rows])
    counts = [len(row[0]) for row in rows]
    return BodyMesh(points, (_triangles(counts, closed=True)[:, ::-1],))


def on_boundary(shape: BodyShape) -> BodyMesh:
    """A body cut in two halves by the plane z = 0."""
    last = 0.5 * shape.dihedral_angle if shape.law == "lens" else 0.5 * np.pi
    surface = _low_cap(last) if shape.law == "lens" else _spheroid(shape.aspect_ratio)
    angles = _even(surface, last, fewest=2, share=0.5)
    rows = _rows(surface, angles, 2 * np.pi, closed=True)
    upper = np.concatenate([surface(*row) for row in rows])
    counts = [len(row[0]) for row in rows]
    rim = np.arange(len(upper) - counts[-1], len(upper))
    upper[rim, 2] = 0.0
    inner = len(upper) - len(rim)
    lower = upper[:inner] * np.array([1.0, 1.0, -1.0])
    top = _triangles(counts, closed=True)[:, ::-1]
    # the mirror image shares the rim and turns its triangles over
    image = np.concatenate([np.arange(inner) + len(upper), rim])
    return BodyMesh(np.concatenate([upper, lower]), (top, image[top][:, ::-1]), (rim,))


def around_line(shape: BodyShape, azimuths: Sequence[float]) -> BodyMesh:
    """A body around a triple line along z, whose boundaries leave under ascending azimuths (rad).

    Raises MicrostructureError for a lens whose dihedral angle is 60 deg or less.
    """
    start = np.asarray(azimuths, dtype=float)
    sector = np.diff(np.append(start, start[0] + 2 * np.pi))
    if shape.law == "lens":
        ratio = np.cos(0.5 * shape.dihedral_angle) / np.cos(np.pi / 6)
        if ratio >= 1.0 - 1e-9:
            raise MicrostructureError("bodies with a dihedral angle of 60 deg or less wet the whole triple line")
        flatness = 0.5 * ratio / np.sqrt(1 - ratio**2)
        # on a half-plane between two sectors, e takes the place of d
        seam_surface = _cap(flatness, 0.0)
        surfaces = [_cap(flatness / np.cos(0.5 * a), a) for a in sector.tolist()]
    else:
        seam_surface = _spheroid(shape.aspect_ratio)
        surfaces = [seam_surface] * len(sector)
    angles = _even(seam_surface, np.pi)
    points: list[Array] = []
    ends, count = (0, 1), 2
    seams: list[Index] = []
    inner = len(angles) - 2
    for number, azimuth in enumerate(start.tolist()):
        line = surfaces[number](angles, np.zeros(len(angles)))
        if number == 0:
            points.append(line[[0, -1]])
        points.append(_turned(line[1:-1], azimuth))
        middle = np.arange(count, count + inner)
        seams.append(np.concatenate([[ends[1]], middle[::-1], [ends[0]]]))
        count += inner
    patches = []
    for number, (surface, width) in enumerate(zip(surfaces, sector.tolist(), strict=True)):
        rows = _rows(surface, angles, width, closed=False)
        one, other = seams[number][::-1], seams[(number + 1) % len(seams)][::-1]
        place: list[Index] = []
        for row, (polar, azimuth) in enumerate(rows):
            if row in (0, len(rows) - 1):
                place.append(np.array([ends[0] if row == 0 else ends[1]]))
                continue
            fresh = np.arange(count, count + len(polar) - 2)
            points.append(_turned(surface(polar[1:-1], azimuth[1:-1]), start[number]))
            place.append(np.concatenate([[one[row]], fresh, [other[row]]]))
            count += len(fresh)
        triangles = _triangles([len(row[0]) for row in rows], closed=False)
        patches.append(np.concatenate(place)[triangles][:, ::-1])
    return BodyMesh(np.concatenate(points), tuple(patches), tuple(seams))


def _spheroid(aspect_ratio: float) -> Surface:
    """Ellipsoid of revolution with length over width `aspect_ratio`."""

    def surface(polar: Array, azimuth: Array) -> Array:
        return np.stack(
            [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), aspect_ratio * np.cos(polar)], axis=-1
        )

    return surface


def _low_cap(half_angle: float) -> Surface:
    """Cap of a unit sphere over the plane z = 0, which it meets under `half_angle` at that polar angle."""

    def surface(polar: Array, azimuth: Array) -> Array:
        height = np.cos(polar) - np.cos(half_angle)
        return np.stack([np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), height], axis=-1)

    return surface


def _cap(distance: float, sector: float) -> Surface:
    """Cap over a sector that starts at azimuth zero; its sphere has its centre at -`distance` on the bisector."""

    def surface(polar: Array, azimuth: Array) -> Array:
        along = distance * np.sin(polar) * np.cos(azimuth - 0.5 * sector)
        radius = np.sqrt(along**2 + 1.0) - along
        direction = [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)]
        return np.asarray(radius[..., None] * np.stack(direction, axis=-1), dtype=float)

    return surface


def _even(surface: Surface, last: float, fewest: int = 4, share: float = 1.0) -> Array:
    """Polar angles from 0 to `last` that divide the profile at azimuth zero into equal lengths.

    Their number follows from the length over that of the sphere of equal volume; the profile sweeps the part `share` of
    the body.
    """
    polar = np.linspace(0.0, last, PROFILE_POINTS)
    line = surface(polar, np.zeros(PROFILE_POINTS))
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    x, z = np.linalg.norm(line[:, :2], axis=1), line[:, 2]
    volume = abs(float(np.sum(np.pi * (0.5 * (x[1:] + x[:-1])) ** 2 * np.diff(z)))) / share
    radius = (0.75 * volume / np.pi) ** (1 / 3)
    count = max(round(EDGES_FROM_POLE_TO_POLE * length[-1] / (np.pi * radius)), fewest)
    return np.interp(length[-1] * np.arange(count + 1) / count, length, polar)


def _rows(surface: Surface, angles: Array, width: float, closed: bool) -> list[tuple[Array, Array]]:
    """Polar angles and azimuths of the points of each row, rows being as dense along as they are apart.

    A row where the surface meets the axis has one point. Closed rows do not repeat their first point.
    """
    profile = surface(angles, np.full(len(angles), 0.5 * width if not closed else 0.0))
    spacing = np.linalg.norm(np.diff(profile, axis=0), axis=1).mean()
    rows = []
    for polar, distance in zip(angles.tolist(), np.linalg.norm(profile[:, :2], axis=1).tolist(), strict=True):
        if distance < 1e-12:
            rows.append((np.array([polar]), np.zeros(1)))
            continue
        count = max(round(width * distance / spacing), 3 if closed else 1)
        azimuth = width * np.arange(count if closed else count + 1) / count
        rows.append((np.full(len(azimuth), polar), azimuth))
    return rows


def _triangles(counts: Sequence[int], closed: bool) -> Index:
    """Triangles between rows of points numbered one after the other, anticlockwise seen from outside."""
    first = np.concatenate([[0], np.cumsum(counts)])
    found: list[tuple[int, int, int]] = []
    for row in range(len(counts) - 1):
        upper, lower = (first[row + k] + np.arange(counts[row + k]) for k in (0, 1))
        if closed:
            upper, lower = (np.append(line, line[0]) if len(line) > 1 else line for line in (upper, lower))
        above, below = len(upper) - 1, len(lower) - 1
        i = j = 0
        while i < above or j < below:
            # whichever row lags behind goes on; middles of edges are compared, so that diagonals alternate
            if j < below and (i == above or (j + 0.5) * above <= (i + 0.5) * below):
                found.append((int(upper[i]), int(lower[j]), int(lower[j + 1])))
                j += 1
            else:
                found.append((int(upper[i]), int(lower[j]), int(upper[i + 1])))
                i += 1
    return np.array(found, dtype=np.int64)


def _turned(points: Array, azimuth: float) -> Array:
    """Points turned about z."""
    cosine, sine = np.cos(azimuth), np.sin(azimuth)
    return points @ np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
