# SPDX-License-Identifier: LGPL-3.0-or-later
"""Large strains around laws made for small ones: logarithms of stretches in, stresses on the reference body out.

The deformation gradient F is an elastic part after an inelastic one (Lee 1969). What a point remembers is the inverse
inelastic metric G = (F_in^T F_in)^-1. With it the trial stretch and its logarithm (Hencky 1928) are

    b = F G F^T,   eps = 1/2 ln b,

and the law, unchanged from small strain, answers to eps with the Kirchhoff stress tau and an increment of inelastic
strain d_eps, after which G = F^-1 exp(2 (eps - d_eps)) F^-T. A traceless increment keeps det G, so that flow keeps
the volume exactly (Weber and Anand 1990; Eterovic and Bathe 1990; Simo 1992). The stress on the reference body is
P = tau F^-T (first Piola-Kirchhoff). Valid for isotropic laws where flow is large, and for any law where
strains are small, since stiffness does not turn with the body.

All functions work on points at once; nothing knows of meshes. Voigt order 11, 22, 33, 23, 13, 12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
_FIRST, _SECOND = (np.array(entries) for entries in zip(*_PAIRS, strict=True))
#: Position in the Voigt vector of each entry of a symmetric tensor.
_PLACE = np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2]])
_IDENTITY = np.eye(3)
#: Relative distance of principal stretches below which their difference quotient is a derivative.
_ALIKE = 1e-6

#: Takes the deviator of a Voigt vector of stresses.
DEVIATOR = np.eye(6)
DEVIATOR[:3, :3] -= 1.0 / 3.0


def stress_tensor(voigt: Array) -> Array:
    """Return symmetric tensors (n, 3, 3) of Voigt vectors of stresses (n, 6)."""
    return np.ascontiguousarray(voigt[:, _PLACE])


def strain_tensor_of(voigt: Array) -> Array:
    """Return symmetric tensors (n, 3, 3) of Voigt vectors of strains (n, 6), whose shears are engineering ones."""
    return stress_tensor(voigt * np.array([1.0, 1.0, 1.0, 0.5, 0.5, 0.5]))


def strain_voigt(tensors: Array) -> Array:
    """Return Voigt vectors (n, 6) with engineering shears of symmetric strain tensors (n, 3, 3)."""
    return np.ascontiguousarray(tensors[:, _FIRST, _SECOND] * np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0]))


@dataclass(frozen=True, eq=False)
class Stretch:
    """The trial stretch of a step and its logarithm.

    Attributes:
        gradient: deformation gradient F, (n, 3, 3).
        metric: inverse inelastic metric G at the start of the step, (n, 3, 3).
        squares: eigenvalues of b, squares of the principal stretches, (n, 3).
        directions: their directions, in columns, (n, 3, 3).
        strain: 1/2 ln b as Voigt vectors, (n, 6).
    """

    gradient: Array
    metric: Array
    squares: Array
    directions: Array
    strain: Array

    @classmethod
    def of(cls, gradient: Array, metric: Array) -> Stretch:
        """Return the stretch of deformation gradients; its logarithm is NaN where they turn material inside out."""
        with np.errstate(invalid="ignore", over="ignore"):
            b = gradient @ metric @ np.swapaxes(gradient, 1, 2)
            broken = ~(np.linalg.det(gradient) > 0.0) | ~np.isfinite(b).all(axis=(1, 2))
        gradient = np.where(broken[:, None, None], _IDENTITY, gradient)
        b[broken] = _IDENTITY
        squares, directions = np.linalg.eigh(0.5 * (b + np.swapaxes(b, 1, 2)))
        squares[broken] = np.nan
        logarithm = (directions * (0.5 * np.log(squares))[:, None, :]) @ np.swapaxes(directions, 1, 2)
        return cls(gradient, metric, squares, directions, strain_voigt(logarithm))

    def metric_after(self, inelastic_increment: Array) -> Array:
        """Return G at the end of the step, (n, 3, 3), from the increment of inelastic strain (n, 6)."""
        elastic = self.strain - inelastic_increment
        broken = ~np.isfinite(elastic).all(axis=1)
        squares, directions = np.linalg.eigh(2.0 * strain_tensor_of(np.where(broken[:, None], 0.0, elastic)))
        squares[broken] = np.nan
        b = (directions * np.exp(squares)[:, None, :]) @ np.swapaxes(directions, 1, 2)
        inverse = np.linalg.inv(self.gradient)
        return inverse @ b @ np.swapaxes(inverse, 1, 2)

    def nominal_stress(self, kirchhoff: Array) -> Array:
        """Return P = tau F^-T, (n, 3, 3), of Kirchhoff stresses (n, 6)."""
        return stress_tensor(kirchhoff) @ np.swapaxes(np.linalg.inv(self.gradient), 1, 2)

    def nominal_tangent(self, kirchhoff: Array, tangent: Array) -> Array:
        """Return dP_iJ / dF_kL, (n, 3, 3, 3, 3), from tau (n, 6) and its derivative by the strain (n, 6, 6).

        dP = (D : dL : db) F^-T - tau F^-T dF^T F^-T with db = dF G F^T + F G dF^T and the derivative dL of the
        logarithm (Daleckii and Krein 1965).
        """
        number, inverse = len(self.gradient), np.linalg.inv(self.gradient)
        d_tau = self._stress_by_square(tangent)
        # b is symmetric, so both parts of db do the same: db = 2 dF G F^T in its symmetric part
        pulled = self.metric @ np.swapaxes(self.gradient, 1, 2)
        by_gradient = 2.0 * (d_tau.reshape(number, 27, 3) @ np.swapaxes(pulled, 1, 2)).reshape(number, 3, 3, 3, 3)
        on_reference = np.moveaxis(by_gradient, 2, 4).reshape(number, 27, 3) @ np.swapaxes(inverse, 1, 2)
        stress = stress_tensor(kirchhoff) @ np.swapaxes(inverse, 1, 2)
        turning = stress[:, :, None, None, :] * inverse[:, None, :, :, None]
        return np.moveaxis(on_reference.reshape(number, 3, 3, 3, 3), 4, 2) - turning

    def _stress_by_square(self, tangent: Array) -> Array:
        """Derivative of tau by b, (n, 3, 3, 3, 3), symmetric in its last two places."""
        first, second = self.squares[:, :, None], self.squares[:, None, :]
        distance, middle = first - second, 0.5 * (first + second)
        near = np.abs(distance) <= _ALIKE * middle
        logarithm = 0.5 * (np.log(first) - np.log(second))
        quotient = np.where(near, 0.5 / middle, logarithm / np.where(near, 1.0, distance))
        # dL as a matrix from db (nine entries) to Voigt strains
        n = self.directions
        shape = (n[:, :, None, :, None] * n[:, None, :, None, :]).reshape(len(n), 9, 9)
        derivative = (shape * quotient.reshape(-1, 1, 9)) @ np.swapaxes(shape, 1, 2)
        rows = derivative.reshape(-1, 3, 3, 9)
        strain = 0.5 * (rows[:, _FIRST, _SECOND] + rows[:, _SECOND, _FIRST])
        strain = strain * np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])[:, None]
        stress = (tangent @ strain).reshape(-1, 6, 3, 3)
        stress = 0.5 * (stress + np.swapaxes(stress, 2, 3))
        return np.ascontiguousarray(stress[:, _PLACE])
