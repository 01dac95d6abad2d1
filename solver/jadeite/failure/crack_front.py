# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where a crack ends, as coordinates: along growth, along the normal and along the front of a tip or a curved front.

A tip in the plane is a front that runs straight out of it. In space a front is a plane curve; its tube has the
coordinates x1 along growth, x2 along the normal of the crack and s along the front, with growth turning as the front
bends: dg/ds = kappa t, so that a volume element is (1 + kappa x1) dx1 dx2 ds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import BSpline, splprep
from scipy.spatial import cKDTree

Array = NDArray[np.float64]

#: The curve may miss the given points by this share of the size of the crack, so that it does not follow their noise.
_NOISE = 2e-4
_SAMPLES = 4000
_CORRECTIONS = 3
_CHORD_POINTS = 16


@dataclass(frozen=True, eq=False)
class LocalPoints:
    """Points in the coordinates of a front.

    Attributes:
        ahead, aside: x1 and x2, m, shape (n,).
        run: s along the front, m, shape (n,); zero in the plane.
        frame: rows growth, normal, tangent in the laboratory frame, shape (n, 3, 3).
        curvature: kappa at s, 1/m, shape (n,); zero in the plane.
        sense: one where s runs along the tangent, minus one where it runs against it, shape (n,); zero in
            the plane.
    """

    ahead: Array
    aside: Array
    run: Array
    frame: Array
    curvature: Array
    sense: Array


@dataclass(frozen=True, eq=False)
class PlaneTip:
    """A tip in the plane: its place (2,), m, and the unit direction (2,) from the crack into the solid ahead."""

    place: Array
    direction: Array

    @property
    def frame(self) -> Array:
        """Rows growth, normal, tangent."""
        x, y = self.direction
        return np.array([[x, y, 0.0], [-y, x, 0.0], [0.0, 0.0, 1.0]])

    def local(self, points: Array) -> LocalPoints:
        """Return points (n, 3) in the coordinates of the tip."""
        offset = points[:, :2] - self.place
        number, frame = len(points), self.frame
        zero = np.zeros(number)
        frames = np.broadcast_to(frame, (number, 3, 3))
        return LocalPoints(offset @ frame[0, :2], offset @ frame[1, :2], zero, frames, zero, zero)


class CurvedFront:
    """A front in a plane of space, as a smooth curve through the points of a polyline."""

    def __init__(self, line: ArrayLike, normal: ArrayLike, inside: ArrayLike, size: float) -> None:
        """Fit the curve.

        Args:
            line: points along the front, shape (n, 3), m; closed when the last is the first.
            normal: unit normal of the plane, shape (3,).
            inside: a point (3,) of the crack away from its front, which growth leads away from.
            size: of the crack, m.
        """
        points = np.asarray(line, dtype=float)
        self.normal = np.asarray(normal, dtype=float)
        self.closed = len(points) > 3 and bool(np.allclose(points[0], points[-1], atol=1e-9 * size))
        keep = np.append(True, np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-9 * size)
        points = points[keep]
        order = min(3, len(points) - 1)
        noise = len(points) * (_NOISE * size) ** 2
        (knots, coefficients, order), _ = splprep(points.T, k=order, s=noise, per=self.closed)
        self._at = BSpline(knots, np.array(coefficients).T, order)
        self._slope, self._bend = self._at.derivative(1), self._at.derivative(2)
        parameter = np.linspace(0.0, 1.0, _SAMPLES + 1)
        path = self._at(parameter)
        self._run = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1)))
        self.length = float(self._run[-1])
        self._parameter = parameter
        self._tree = cKDTree(path)
        outward = np.cross(self.normal, self._along(np.array([0.5])))[0] @ (
            self._at(np.array([0.5]))[0] - np.asarray(inside, dtype=float)
        )
        self._sign = 1.0 if outward > 0.0 else -1.0
        self._chords: tuple[Array, Array] = (np.zeros(1), np.zeros(1))
        self._chords = self._offset_of(points)

    def at(self, run: Array) -> tuple[Array, Array]:
        """Return places (n, 3), m, and frames (n, 3, 3) at distances along the front, m."""
        parameter = np.interp(run, self._run, self._parameter)
        return self._at(parameter), self._frames(parameter)

    def local(self, points: Array) -> LocalPoints:
        """Return points (n, 3) in the coordinates of the front, each seen from the nearest place on it.

        x1 starts at the polyline, where the cells are really parted, although the curve gives the directions: walls
        near the front weigh as the inverse root of their distance from it, so that the height of a chord counts.
        """
        parameter = self._parameter[np.asarray(self._tree.query(points)[1], dtype=int)]
        for _ in range(_CORRECTIONS):  # Newton's method on the distance along the curve
            along = self._slope(parameter)
            speed = np.linalg.norm(along, axis=1)
            gap = points - self._at(parameter)
            curvature = np.einsum("ni,ni->n", self._bend(parameter), gap) / speed**2
            step = np.einsum("ni,ni->n", gap, along) / speed**2 / np.maximum(1.0 - curvature, 0.2)
            parameter = parameter + step
            parameter = parameter % 1.0 if self.closed else np.clip(parameter, 0.0, 1.0)
        frame = self._frames(parameter)
        gap = points - self._at(parameter)
        speed = np.linalg.norm(self._slope(parameter), axis=1)
        # towards the growth side a curve that bends away from it has positive kappa
        kappa = -np.einsum("ni,ni->n", self._bend(parameter), frame[:, 0]) / speed**2
        run = np.interp(parameter, self._parameter, self._run)
        ahead = np.einsum("ni,ni->n", gap, frame[:, 0]) - np.interp(run, *self._chords)
        return LocalPoints(ahead, gap @ self.normal, run, frame, kappa, np.full(len(run), self._sign))

    def _offset_of(self, line: Array) -> tuple[Array, Array]:
        """Distances along the curve and how far the polyline lies ahead of the curve there, m."""
        share = np.arange(_CHORD_POINTS) / _CHORD_POINTS
        dense = (line[:-1, None] + share[None, :, None] * np.diff(line, axis=0)[:, None]).reshape(-1, 3)
        local = self.local(np.concatenate([dense, line[-1:]]))
        run, ahead = local.run, local.ahead
        if self.closed:  # the seam from both sides
            run = np.concatenate([run - self.length, run, run + self.length])
            ahead = np.tile(ahead, 3)
        order = np.argsort(run, kind="stable")
        return run[order], ahead[order]

    def _frames(self, parameter: Array) -> Array:
        growth = self._sign * np.cross(self.normal, self._along(parameter))
        return np.stack([growth, np.broadcast_to(self.normal, growth.shape), np.cross(growth, self.normal)], axis=1)

    def _along(self, parameter: Array) -> Array:
        slope = self._slope(parameter)
        slope = slope - (slope @ self.normal)[:, None] * self.normal
        return np.asarray(slope / np.linalg.norm(slope, axis=1)[:, None], dtype=float)
