# SPDX-License-Identifier: LGPL-3.0-or-later
"""The singular field at the tip of a straight crack in a uniform, generally anisotropic solid (Stroh's formalism).

Near the tip the displacement is u = sqrt(2 / pi) Re{A <sqrt(z)> B^-1} k with z = x1 + p x2, crack along negative x1,
eigenvalues p and eigenvectors A, B of the fundamental elasticity matrix, and k = (K_II, K_I, K_III) (Stroh 1958; Ting
1996, Anisotropic Elasticity, chapter 11). The isotropic solid is a degenerate case with equal eigenvalues; it is
reached with twelve digits by moving one stiffness a hundred-millionth away, so that one formula serves all materials.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.materials.laws import rotate_stiffness

# Voigt row of each pair of indices, order 11, 22, 33, 23, 13, 12
_VOIGT = np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2]])
_PERTURBATION = 1e-8
# condition number of B above which eigenvectors are taken as coinciding; the perturbed isotropic solid has about 1e4
_DEGENERATE = 1e6


@dataclass(frozen=True, eq=False)
class CrackField:
    """Singular fields of unit stress intensity factors at a tip, as numbers that a form can read.

    Attributes:
        eigenvalues: Stroh eigenvalues p with positive imaginary part, shape (n,), in the frame of the crack.
        gradients: complex factors G of the displacement gradient in the laboratory frame, shape (modes, n, components,
            2): mode m has grad u = Re sum over k of G[m, k] / (2 sqrt(z_k)). Modes in the order II, I, III.
        stiffness: Voigt stiffness (6, 6) in the laboratory frame that the fields belong to, Pa.
        compliance: real symmetric (modes, modes) matrix H, 1/Pa: energy release rate (1/2) k.H k, interaction integral
            k1.H k2.
    """

    eigenvalues: NDArray[np.complex128]
    gradients: NDArray[np.complex128]
    stiffness: NDArray[np.float64]
    compliance: NDArray[np.float64]


def rotation_about_normal(angle: float) -> NDArray[np.float64]:
    """Return the active rotation (3, 3) by an angle (rad) about the z axis."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def crack_field(stiffness: ArrayLike, direction: ArrayLike, components: int) -> CrackField:
    """Return the singular fields at a crack tip.

    Args:
        stiffness: Voigt stiffness (6, 6) in the laboratory frame, Pa, symmetric positive definite.
        direction: unit vector (2,) in the x-y plane from the crack to the uncracked solid ahead.
        components: 2 for plane strain with two displacement components (any coupling to the antiplane shears is
            dropped, because they vanish), 3 when the antiplane displacement is free as well.

    Raises:
        ValueError: when `components` is neither 2 nor 3, or the stiffness has no proper eigenvectors.
    """
    cos, sin = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    angle = float(np.arctan2(sin, cos))
    given = in_plane_stiffness(stiffness, components)
    local, eigenvalues, a, b = stroh_eigenvectors(rotate_stiffness(given, rotation_about_normal(-angle)), components)

    inverse = np.linalg.inv(b)
    # factor of mode m in term k: A[:, k] (B^-1)[k, m]; direction of growth x1 and its normal x2 bring 1 and p
    along = np.sqrt(2.0 / np.pi) * np.einsum("ik,km->mki", a, inverse)
    crack_frame = np.stack([along, along * eigenvalues[None, :, None]], axis=-1)
    plane = np.array([[cos, -sin], [sin, cos]])
    frame = np.eye(components)
    frame[:2, :2] = plane
    gradients = np.einsum("ia,jb,mkab->mkij", frame, plane, crack_frame)
    compliance = np.real(1j * a @ inverse)
    return CrackField(
        eigenvalues, gradients, rotate_stiffness(local, rotation_about_normal(angle)), 0.5 * (compliance + compliance.T)
    )


def in_plane_stiffness(stiffness: ArrayLike, components: int) -> NDArray[np.float64]:
    """Return a stiffness (6, 6) for a number of displacement components: with two, without coupling to shear along z.

    Raises:
        ValueError: when `components` is neither 2 nor 3.
    """
    if components not in (2, 3):
        raise ValueError(f"a crack field has 2 or 3 displacement components, not {components}")
    given = np.array(stiffness, dtype=float)
    if components == 2:
        shear = given[5, 5]
        given[3:5, :] = given[:, 3:5] = 0.0
        given[3, 3] = given[4, 4] = shear
    return given


def stroh_eigenvectors(
    stiffness: NDArray[np.float64], components: int
) -> tuple[NDArray[np.float64], NDArray[np.complex128], NDArray[np.complex128], NDArray[np.complex128]]:
    """Return stiffness, eigenvalues p with positive imaginary part, and eigenvectors A, B of one solid.

    Displacement is u = 2 Re sum of A_k f_k(x1 + p_k x2) and the stress function 2 Re sum of B_k f_k, with traction B f'
    on x2 = 0. The stiffness comes back because that of a degenerate solid is moved a hundred-millionth.

    Raises:
        ValueError: when the stiffness (6, 6), Pa, has no proper eigenvectors.
    """
    local, scale = np.array(stiffness, dtype=float), float(np.trace(stiffness)) / 6.0
    eigenvalues, a, b = _eigenvectors(local / scale, components)
    if np.linalg.cond(b) > _DEGENERATE:
        local[5, 5] *= 1.0 + _PERTURBATION
        eigenvalues, a, b = _eigenvectors(local / scale, components)
    if not np.linalg.cond(b) < _DEGENERATE:
        raise ValueError("the stiffness at the crack tip has no independent Stroh eigenvectors")
    return local, eigenvalues, a / scale, b


def _eigenvectors(
    stiffness: NDArray[np.float64], components: int
) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.complex128]]:
    """Eigenvalues p with positive imaginary part and the eigenvectors A, B of displacement and stress function."""
    tensor = stiffness[_VOIGT[:, :, None, None], _VOIGT[None, None]][:components, :, :components, :]
    q, r, t = tensor[:, 0, :, 0], tensor[:, 0, :, 1], tensor[:, 1, :, 1]
    inverse = np.linalg.inv(t)
    upper = np.hstack([-inverse @ r.T, inverse])
    lower = np.hstack([r @ inverse @ r.T - q, -r @ inverse])
    values, vectors = np.linalg.eig(np.vstack([upper, lower]))
    order = np.argsort(-values.imag)[:components]
    if not np.all(values[order].imag > 0):
        raise ValueError("the stiffness at the crack tip is not positive definite")
    return values[order], vectors[:components, order], vectors[components:, order]
