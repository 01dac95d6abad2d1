# SPDX-License-Identifier: LGPL-3.0-or-later
"""Misorientations between crystals whose orientations are random: what a real network of boundaries is held against."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.microstructure.orientation import disorientation, random_orientations

Array = NDArray[np.float64]

# half the width of the cube's faces and of its truncations in Rodrigues space, as tangents of half the angle
_CUBE, _OCTAHEDRON = np.tan(np.pi / 8), 1.0 / np.sqrt(3.0)
_LARGEST_CUBIC = 2.0 * np.arctan(np.sqrt(2 * _CUBE**2 + _CUBE**4))
_SAMPLES = 200_000


def mackenzie(angle: ArrayLike) -> Array:
    """Probability density (per rad) of the misorientation angle in rad between random cubic crystals.

    Mackenzie (Biometrika 45, 1958, 229). Rotations by an angle a have the density (1 - cos a)/pi; of their axes, the
    share counts that stays inside the zone of smallest rotations, times the 24 rotations of the group. That zone is a
    cube in Rodrigues space, tan(a/2) times the axis, with its corners cut off: the sphere of radius tan(a/2) loses a
    cap to each of 6 and, from 60 degrees on, of 8 faces; from 60.72 degrees on the caps overlap in pairs.
    """
    a = np.asarray(angle, dtype=float)
    inside = (a > 0.0) & (a < _LARGEST_CUBIC)
    radius = np.tan(0.5 * np.where(inside, a, 0.5))
    square, triangle = (np.arccos(np.clip(face / radius, -1.0, 1.0)) for face in (_CUBE, _OCTAHEDRON))
    share = 1.0 - 3.0 * (1.0 - np.cos(square)) - 4.0 * (1.0 - np.cos(triangle))
    share += 12.0 * _overlap(square, square, 0.5 * np.pi)
    share += 24.0 * _overlap(square, triangle, np.arccos(_OCTAHEDRON))
    return np.where(inside, 24.0 / np.pi * (1.0 - np.cos(a)) * share, 0.0)


def _overlap(first: Array, second: Array, apart: float) -> Array:
    """Share of the sphere in the overlap of two caps of these half-angles, whose middles lie an angle apart."""
    both = (first + second > apart) & (first > 0.0) & (second > 0.0)
    a, b = np.where(both, first, 1.0), np.where(both, second, 1.0)
    # corners and sides of the spherical lens; Tovchigrechko and Vakser (Protein Science 10, 2001, 1572)
    corner = np.arccos(np.clip((np.cos(apart) - np.cos(a) * np.cos(b)) / (np.sin(a) * np.sin(b)), -1.0, 1.0))
    along_a = np.arccos(np.clip((np.cos(b) - np.cos(apart) * np.cos(a)) / (np.sin(apart) * np.sin(a)), -1.0, 1.0))
    along_b = np.arccos(np.clip((np.cos(a) - np.cos(apart) * np.cos(b)) / (np.sin(apart) * np.sin(b)), -1.0, 1.0))
    area = 2.0 * (np.pi - corner - np.cos(a) * along_a - np.cos(b) * along_b)
    return np.where(both, area / (4.0 * np.pi), 0.0)


def random_misorientation(crystal_symmetry: str) -> Callable[[ArrayLike], Array]:
    """Cumulative distribution of the misorientation angle in rad between random crystals of one symmetry.

    Mackenzie's for cubic crystals, that of a fixed sample for the others. Raises ValueError for "isotropic" crystals,
    which have no misorientation, and for unknown symmetries.
    """
    if crystal_symmetry == "isotropic":
        raise ValueError("isotropic crystals have no misorientation")
    angle, cumulative = _cumulative(crystal_symmetry)
    return lambda at: np.interp(np.asarray(at, dtype=float), angle, cumulative)


@cache
def _cumulative(crystal_symmetry: str) -> tuple[Array, Array]:
    """Angles in ascending order, and the share of misorientations below each."""
    if crystal_symmetry == "cubic":
        angle = np.linspace(0.0, _LARGEST_CUBIC, 4001)
        density = mackenzie(angle)
        cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(angle))])
        return angle, cumulative / cumulative[-1]
    generator = np.random.default_rng(1958)
    turned = random_orientations(_SAMPLES, generator)
    # the angle to a crystal in the reference orientation is as random as that between two random ones
    angle = np.sort(disorientation([1.0, 0.0, 0.0, 0.0], turned, crystal_symmetry))
    return angle, (np.arange(_SAMPLES) + 0.5) / _SAMPLES
