# SPDX-License-Identifier: LGPL-3.0-or-later
"""Strains of displacements on plane and solid meshes as tensors and as Voigt vectors 11, 22, 33, 23, 13, 12."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import ufl
from numpy.typing import NDArray
from ufl.core.expr import Expr

from jadeite.fem.domain import Domain


@dataclass(frozen=True, eq=False)
class FieldStrain:
    """An eigenstrain that varies in space: a tensor of each region times a field.

    A temperature rise strains a crystal by its rotated expansion tensor per kelvin; a concentration by Vegard's tensor
    per mol/m^3, a third of the partial molar volume on the diagonal where it is isotropic (Larche and Cahn, Acta
    Metall. 21, 1973, 1051).

    Attributes:
        per_unit: strain per unit of the field, laboratory frame, shape (regions, 6), engineering shears.
        amount: scalar UFL expression.
    """

    per_unit: NDArray[np.float64]
    amount: Expr


def couples_out_of_plane(stiffness: NDArray[np.float64], eigenstrain: NDArray[np.float64]) -> bool:
    """Whether stiffness or eigenstrain of some region drives shear strains 23 and 13."""
    in_plane, out_of_plane = [0, 1, 2, 5], [3, 4]
    coupling = np.abs(stiffness[:, in_plane][:, :, out_of_plane]).max(initial=0.0)
    scale = np.abs(stiffness).max(initial=0.0)
    shear = np.abs(eigenstrain[:, out_of_plane]).max(initial=0.0)
    return bool(coupling > 1e-12 * scale or shear > 1e-12 * max(np.abs(eigenstrain).max(initial=0.0), 1e-30))


def displacement_components(
    domain: Domain, stiffness: NDArray[np.float64], eigenstrain: NDArray[np.float64] | None
) -> int:
    """Return how many components the displacement of a body needs: three where a slice shears out of its plane.

    Args:
        domain: the body.
        stiffness: shape (n, 6, 6), Voigt.
        eigenstrain: shape (n, 6), engineering shears; None for none.

    Raises:
        ValueError: when that would twist a body of revolution.
    """
    strain_free = np.zeros((1, 6)) if eigenstrain is None else eigenstrain
    components = 3 if domain.dimension == 3 or couples_out_of_plane(stiffness, strain_free) else 2
    if domain.axisymmetric and components == 3:
        raise ValueError("the stiffness or eigenstrain of a region twists a body of revolution")
    return components


def strain_tensor(u: Expr, third: Expr | None) -> Expr:
    """Return the symmetric gradient as a 3 x 3 tensor for displacements of 2 or 3 components on 2-D or 3-D meshes.

    On a 2-D mesh `third` is the normal strain in the third direction, zero if None.
    """
    gradient = ufl.grad(u)
    components, directions = gradient.ufl_shape
    full = [
        [gradient[i, j] if i < components and j < directions else ufl.as_ufl(0.0) for j in range(3)] for i in range(3)
    ]
    if third is not None and directions == 2:
        full[2][2] = third
    return ufl.sym(ufl.as_tensor(full))


def hoop_strain(u: Expr, on_axis: float) -> Expr:
    """Return u_r / r of a displacement on a plane mesh whose first coordinate is the distance from an axis.

    At points nearer to the axis than `on_axis` (m) it is the limit du_r / dr.
    """
    radius = ufl.SpatialCoordinate(u.ufl_function_space().mesh)[0]
    away = ufl.gt(radius, on_axis)
    return ufl.conditional(away, u[0] / ufl.max_value(radius, on_axis), ufl.grad(u)[0, 0])


def voigt(strain: Expr) -> Expr:
    """Return a strain tensor as a Voigt vector with engineering shears."""
    return ufl.as_vector(
        [strain[0, 0], strain[1, 1], strain[2, 2], 2 * strain[1, 2], 2 * strain[0, 2], 2 * strain[0, 1]]
    )


def tensor(stress: Expr) -> Expr:
    """Return a stress tensor from its Voigt vector."""
    s = stress
    return ufl.as_tensor([[s[0], s[5], s[4]], [s[5], s[1], s[3]], [s[4], s[3], s[2]]])
