# SPDX-License-Identifier: LGPL-3.0-or-later
"""Crystal orientations as unit quaternions, and the angle between two crystals once their symmetry is taken out.

Convention, the only one used in Jadeite: a quaternion q = (w, x, y, z) is the *active* rotation that turns the crystal
frame into the laboratory frame. A vector with components v in the crystal frame has the components R(q) v in the
laboratory frame, and a second-rank tensor T becomes R T R^T. A symmetry operation s of the crystal acts first, so q and
q s describe the same crystal. All functions take arrays of shape (..., 4).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def normalise(quaternions: ArrayLike) -> Array:
    """Unit quaternions with w >= 0 (q and -q are the same rotation)."""
    q = np.asarray(quaternions, dtype=float)
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return np.where(q[..., :1] < 0.0, -q, q)


def multiply(first: ArrayLike, second: ArrayLike) -> Array:
    """Hamilton product: the rotation `second` followed by the rotation `first`; arguments broadcast."""
    a, b = np.broadcast_arrays(np.asarray(first, dtype=float), np.asarray(second, dtype=float))
    w, u = a[..., :1], a[..., 1:]
    x, v = b[..., :1], b[..., 1:]
    scalar = w * x - np.sum(u * v, axis=-1, keepdims=True)
    return np.concatenate([scalar, w * v + x * u + np.cross(u, v)], axis=-1)


def conjugate(quaternions: ArrayLike) -> Array:
    """The inverse rotations of unit quaternions."""
    return np.asarray(quaternions, dtype=float) * np.array([1.0, -1.0, -1.0, -1.0])


def rotation_matrices(quaternions: ArrayLike) -> Array:
    """Matrices (..., 3, 3) that turn components in the crystal frame into components in the laboratory frame."""
    q = np.asarray(quaternions, dtype=float)
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def from_rotation_vectors(vectors: ArrayLike) -> Array:
    """Quaternions of rotations given as axis times angle, (..., 3) in rad."""
    v = np.asarray(vectors, dtype=float)
    angle = np.linalg.norm(v, axis=-1, keepdims=True)
    # sinc keeps the limit angle -> 0 exact: sin(angle/2)/angle = sinc(angle/(2 pi))/2
    return normalise(np.concatenate([np.cos(angle / 2), 0.5 * np.sinc(angle / (2 * np.pi)) * v], axis=-1))


def from_bunge_euler(angles: ArrayLike) -> Array:
    """Quaternions of Bunge Euler angles (phi1, Phi, phi2), (..., 3) in rad.

    Bunge (1982), Texture Analysis in Materials Science, eq. 2.50, gives the passive matrix g that turns laboratory
    components into crystal components; the active crystal -> laboratory rotation is its transpose,
    R = Rz(phi1) Rx(Phi) Rz(phi2).
    """
    phi1, capital, phi2 = np.moveaxis(np.asarray(angles, dtype=float), -1, 0)
    zero = np.zeros_like(phi1)
    first = from_rotation_vectors(np.stack([zero, zero, phi1], axis=-1))
    second = from_rotation_vectors(np.stack([capital, zero, zero], axis=-1))
    third = from_rotation_vectors(np.stack([zero, zero, phi2], axis=-1))
    return normalise(multiply(first, multiply(second, third)))


def random_orientations(count: int, generator: np.random.Generator) -> Array:
    """`count` orientations distributed uniformly over all rotations (normalised Gaussian 4-vectors)."""
    return normalise(generator.standard_normal((count, 4)))


def fibre_orientations(
    count: int, axis: ArrayLike, direction: ArrayLike, spread: float, generator: np.random.Generator
) -> Array:
    """`count` orientations of a fibre texture: the crystal axis lies along a laboratory direction, up to a spread.

    The rotation about the fibre is uniform; then the axis is tilted by a rotation vector normal to `direction` whose
    two components are independent Gaussians, so that the root mean square of the angle between axis and direction is
    `spread` (rad); spread = 0 is a perfect fibre.
    Raises ValueError when `axis` or `direction` is zero.
    """
    a, d = (np.asarray(vector, dtype=float) for vector in (axis, direction))
    if not (np.linalg.norm(a) > 0.0 and np.linalg.norm(d) > 0.0):
        raise ValueError("a fibre texture needs an axis and a direction of non-zero length")
    a, d = a / np.linalg.norm(a), d / np.linalg.norm(d)
    spin = from_rotation_vectors(generator.uniform(0.0, 2 * np.pi, (count, 1)) * d)
    normal = np.linalg.svd(d[None, :])[2][1:]
    tilt = from_rotation_vectors(spread / np.sqrt(2.0) * generator.standard_normal((count, 2)) @ normal)
    return normalise(multiply(tilt, multiply(spin, _between(a, d))))


def _between(start: Array, end: Array) -> Array:
    """The shortest rotation that turns one unit vector into another."""
    if start @ end < -1.0 + 1e-14:
        # opposite vectors: half a turn about any axis normal to them
        return np.concatenate([[0.0], np.linalg.svd(start[None, :])[2][1]])
    return normalise(np.concatenate([[1.0 + start @ end], np.cross(start, end)]))


@cache
def symmetry_rotations(crystal_symmetry: str) -> Array:
    """Proper rotations (n, 4) of the holohedry of a crystal system.

    triclinic 1, monoclinic 2 (unique axis b along y), orthorhombic 222, tetragonal 422, trigonal 32 and hexagonal 622
    (three- or sixfold axis along z, a twofold axis along x), cubic 432. Raises ValueError for another name; "isotropic"
    is no finite group and is treated by `disorientation`.
    """
    turns = {"triclinic": 1, "orthorhombic": 2, "tetragonal": 4, "trigonal": 3, "hexagonal": 6}
    if crystal_symmetry == "monoclinic":
        return np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
    if crystal_symmetry == "cubic":
        twofold = symmetry_rotations("tetragonal")
        threefold = from_rotation_vectors(np.outer([0.0, 1.0, 2.0], np.full(3, 2 * np.pi / 3 / np.sqrt(3.0))))
        return normalise(multiply(threefold[:, None], twofold[None, :])).reshape(-1, 4)
    if crystal_symmetry not in turns:
        raise ValueError(f"unknown crystal symmetry {crystal_symmetry!r}")
    order = turns[crystal_symmetry]
    about_z = from_rotation_vectors(np.outer(2 * np.pi * np.arange(order) / order, [0.0, 0.0, 1.0]))
    if order == 1:
        return about_z
    half_turn = np.array([0.0, 1.0, 0.0, 0.0])
    return normalise(np.concatenate([about_z, multiply(about_z, half_turn)]))


def disorientation(first: ArrayLike, second: ArrayLike, crystal_symmetry: str) -> Array:
    """Smallest rotation angle, in rad, that makes two crystals of the same symmetry coincide.

    With q1 and q2 crystal -> laboratory and operations s of the group, the candidates are s1^-1 q1^-1 q2 s2; the angle
    depends on s2 s1^-1 only, which runs through the group once (Randle and Engler 2000, Introduction to Texture
    Analysis, section 2.7). Any two isotropic grains coincide: the angle is 0.
    """
    return rotation_of(disorientation_rotation(first, second, crystal_symmetry))[0]


def disorientation_rotation(first: ArrayLike, second: ArrayLike, crystal_symmetry: str) -> Array:
    """The rotation (n, 4) of smallest angle between two crystals of one symmetry, in the frame of the first.

    Its axis has the same components in the frame of the second crystal, in the setting that the rotation reaches; see
    `disorientation`. The identity between isotropic crystals.
    """
    between = np.atleast_2d(multiply(conjugate(first), second))
    if crystal_symmetry == "isotropic":
        return np.broadcast_to([1.0, 0.0, 0.0, 0.0], between.shape).copy()
    group = symmetry_rotations(crystal_symmetry)
    best = np.argmax(np.abs(between @ conjugate(group).T), axis=-1)
    return normalise(multiply(between, group[best]))


def rotation_of(quaternions: ArrayLike) -> tuple[Array, Array]:
    """Angle (...) in rad, 0 to pi, and unit axis (..., 3) of rotations; the axis is NaN where the angle is zero."""
    q = normalise(quaternions)
    length = np.linalg.norm(q[..., 1:], axis=-1)
    axis = q[..., 1:] / np.where(length > 0.0, length, np.nan)[..., None]
    # the arctangent is accurate at small angles, where the arccosine of w is not
    return 2.0 * np.arctan2(length, q[..., 0]), axis


def standard_axis(axes: ArrayLike, crystal_symmetry: str) -> Array:
    """The equivalents (n, 3) of crystal axes in the standard sector of their symmetry; an axis equals its opposite.

    The sector holds the directions nearer to one inner direction than to any of its equivalents; for cubic crystals
    that is the triangle z >= x >= y >= 0.
    """
    given = np.asarray(axes, dtype=float)
    if crystal_symmetry == "isotropic":
        return given
    turned = np.einsum("gij,nj->ngi", rotation_matrices(symmetry_rotations(crystal_symmetry)), given)
    turned = np.concatenate([turned, -turned], axis=1)
    inner = np.array([2.0, 1.0, 4.0])
    nearest = np.argmax(turned @ inner, axis=1)
    return turned[np.arange(len(given)), nearest]
