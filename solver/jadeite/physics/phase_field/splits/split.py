# SPDX-License-Identifier: LGPL-3.0-or-later
"""What an energy split says: which part of the elastic energy a closed crack still carries.

A split gives the energy psi_closed(strain) that cracks neither release nor weaken; the rest, psi - psi_closed, opens
them. Strains and stresses are those of three dimensions whatever the mesh, so that a split holds in plane strain (with
its out-of-plane strain), in bodies of revolution (with the hoop strain) and in solids as it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Two stiffnesses that differ by less than this, relative to the largest entry, are the same.
_SAME = 1e-9


@dataclass(frozen=True)
class ClosedPart:
    """What closed cracks carry at n points.

    Attributes:
        energy: psi_closed, shape (n,), J/m^3.
        stress: its derivative in Voigt order 11, 22, 33, 23, 13, 12, shape (n, 6), Pa.
        tangent: its second derivative, shape (n, 6, 6), Pa.
    """

    energy: Array
    stress: Array
    tangent: Array


@dataclass(frozen=True)
class EnergySplit:
    """A way to split the elastic energy.

    Attributes:
        name: as cases say it.
        closed: the part that closed cracks carry, of strains (n, 6) with engineering shears, bulk moduli (n,) and shear
            moduli (n,) in Pa; None where there is none.
        carries: whether that part keeps its stiffness; otherwise it merely does not drive damage.
        symmetry: what a crystal has to be for the split to be an answer: `any`, `cubic` or `isotropic`.
    """

    name: str
    closed: Callable[[Array, Array, Array], ClosedPart] | None
    carries: bool
    symmetry: str

    def suits(self, stiffness: Array) -> bool:
        """Return whether stiffnesses (n, 6, 6) have the symmetry that the split asks for."""
        if self.symmetry == "any" or not len(stiffness):
            return True
        scale = np.abs(stiffness).max()
        # a dilation has to make a pressure and nothing else
        dilated = stiffness[:, :, :3].sum(axis=2)
        pressure = dilated[:, :3].mean(axis=1, keepdims=True) * np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
        if np.abs(dilated - pressure).max() > _SAME * scale:
            return False
        return self.symmetry == "cubic" or bool(np.abs(stiffness - isotropic_part(stiffness)).max() <= _SAME * scale)


def bulk_modulus(stiffness: Array) -> Array:
    """Return the bulk modulus of stiffnesses (n, 6, 6) under uniform strain, Pa."""
    return np.asarray(stiffness[:, :3, :3].sum(axis=(1, 2)) / 9.0)


def shear_modulus(stiffness: Array) -> Array:
    """Return the shear modulus of stiffnesses (n, 6, 6) under uniform strain (Voigt), Pa."""
    normal = np.trace(stiffness[:, :3, :3], axis1=1, axis2=2)
    across = 0.5 * (stiffness[:, :3, :3].sum(axis=(1, 2)) - normal)
    shear = np.trace(stiffness[:, 3:, 3:], axis1=1, axis2=2)
    return np.asarray((normal - across + 3.0 * shear) / 15.0)


def isotropic_part(stiffness: Array) -> Array:
    """Return the isotropic stiffnesses with the same moduli under uniform strain, shape (n, 6, 6)."""
    bulk, shear = bulk_modulus(stiffness), shear_modulus(stiffness)
    volumetric, deviatoric = np.zeros((6, 6)), np.diag([2.0, 2.0, 2.0, 1.0, 1.0, 1.0])
    volumetric[:3, :3] = 1.0
    deviatoric[:3, :3] -= 2.0 / 3.0
    return bulk[:, None, None] * volumetric + shear[:, None, None] * deviatoric
