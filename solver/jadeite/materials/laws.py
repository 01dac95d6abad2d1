# SPDX-License-Identifier: LGPL-3.0-or-later
"""Closed-form laws that turn library values into what the solver needs: temperature scaling and crystal tensors.

Stiffness is a 6x6 matrix in Voigt order 11, 22, 33, 23, 13, 12 with engineering shear strains.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jadeite.constants import GAS

_VOIGT_PAIRS = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
_ROWS = np.array([pair[0] for pair in _VOIGT_PAIRS])
_COLUMNS = np.array([pair[1] for pair in _VOIGT_PAIRS])


def arrhenius_conductivity(value: float, reference: float, activation_energy: float, temperature: float) -> float:
    """Carry an ionic conductivity to another temperature.

    sigma T = A exp(-Ea / (R T)), the form of thermally activated hopping (Mehrer, Diffusion in Solids, 2007, ch. 27); A
    follows from the value at the reference temperature.

    Args:
        value: conductivity in S/m at `reference`.
        reference: temperature of the value in K.
        activation_energy: Ea in J/mol.
        temperature: in K.
    """
    return value * reference / temperature * boltzmann_factor(activation_energy, reference, temperature)


def arrhenius_resistance(value: float, reference: float, activation_energy: float, temperature: float) -> float:
    """Carry the area-specific resistance of a boundary in ohm m^2 to another temperature.

    A boundary conducts by the same hopping as a grain, so its conductance follows `arrhenius_conductivity`:
    R / T = B exp(Ea / (R_gas T)).
    """
    return value * temperature / reference / boltzmann_factor(activation_energy, reference, temperature)


def arrhenius_exchange_current(value: float, reference: float, activation_energy: float, temperature: float) -> float:
    """Carry an exchange current density in A/m^2 to another temperature: i0 = A exp(-Ea / (R T))."""
    return value * boltzmann_factor(activation_energy, reference, temperature)


def boltzmann_factor(activation_energy: float, reference: float, temperature: float) -> float:
    """Return exp(-Ea/R (1/T - 1/T_ref)) for an activation energy in J/mol and temperatures in K."""
    return float(np.exp(-activation_energy / GAS * (1.0 / temperature - 1.0 / reference)))


def isotropic_stiffness(youngs_modulus: float, poisson_ratio: float) -> NDArray[np.float64]:
    """Return the (6, 6) stiffness in Pa of an isotropic material."""
    shear = 0.5 * youngs_modulus / (1.0 + poisson_ratio)
    lame = youngs_modulus * poisson_ratio / ((1.0 + poisson_ratio) * (1.0 - 2.0 * poisson_ratio))
    return cubic_stiffness(lame + 2.0 * shear, lame, shear)


def cubic_stiffness(c11: float, c12: float, c44: float) -> NDArray[np.float64]:
    """Return the (6, 6) stiffness of a cubic crystal in its own axes."""
    stiffness = np.zeros((6, 6))
    stiffness[:3, :3] = c12
    stiffness[range(3), range(3)] = c11
    stiffness[range(3, 6), range(3, 6)] = c44
    return stiffness


def hexagonal_stiffness(c11: float, c12: float, c13: float, c33: float, c44: float) -> NDArray[np.float64]:
    """Return the (6, 6) stiffness of a hexagonal crystal, c axis along 3; also of a trigonal one with C14 neglected."""
    stiffness = np.zeros((6, 6))
    stiffness[:2, :2] = [[c11, c12], [c12, c11]]
    stiffness[:2, 2] = stiffness[2, :2] = c13
    stiffness[2, 2] = c33
    stiffness[range(3, 6), range(3, 6)] = [c44, c44, 0.5 * (c11 - c12)]
    return stiffness


def stiffness_from_constants(constants: Sequence[float]) -> NDArray[np.float64]:
    """Return the stiffness of 3 constants C11, C12, C44 (cubic) or 5 constants C11, C12, C13, C33, C44 (hexagonal).

    Raises:
        ValueError: another number of constants, or a crystal that would not be stable (not positive definite).
    """
    if len(constants) == 3:
        stiffness = cubic_stiffness(*constants)
    elif len(constants) == 5:
        stiffness = hexagonal_stiffness(*constants)
    else:
        raise ValueError(f"{len(constants)} elastic constants; 3 (cubic) or 5 (hexagonal) are understood")
    if np.linalg.eigvalsh(stiffness)[0] <= 0.0:
        raise ValueError("the elastic constants do not make a stable crystal: the stiffness is not positive definite")
    return stiffness


def uniaxial(across: float, along: float) -> NDArray[np.float64]:
    """Return the principal values (3,) of a tensor isotropic about axis 3, such as a layered crystal's conductivity."""
    return np.array([across, across, along])


def rotate_stiffness(stiffness: ArrayLike, rotation: ArrayLike) -> NDArray[np.float64]:
    """Turn a stiffness from the crystal frame into the laboratory frame.

    C'_ijkl = R_ia R_jb R_kc R_ld C_abcd as a product of 6x6 matrices, M C M^T (Bond, Bell Syst. Tech. J. 22, 1943).

    Args:
        stiffness: (6, 6) or (n, 6, 6).
        rotation: (3, 3) or (n, 3, 3), active: a vector v of the crystal becomes R v in the laboratory.

    Returns:
        (6, 6), or (n, 6, 6) when either argument has n of them.
    """
    bond = bond_matrix(rotation)
    return np.asarray(bond @ np.asarray(stiffness, dtype=float) @ np.swapaxes(bond, -1, -2))


def bond_matrix(rotation: ArrayLike) -> NDArray[np.float64]:
    """Return the (..., 6, 6) matrix that turns a stress in Voigt order, for rotations (..., 3, 3)."""
    matrix = np.asarray(rotation, dtype=float)
    first, second = matrix[..., _ROWS, :], matrix[..., _COLUMNS, :]
    # stress is symmetric: a shear column collects both orders of its pair, halved where the row is the pair twice
    straight = first[..., _ROWS] * second[..., _COLUMNS]
    crossed = first[..., _COLUMNS] * second[..., _ROWS]
    return np.where(_ROWS == _COLUMNS, straight, straight + crossed)


def rotate_tensor(principal: ArrayLike, rotation: ArrayLike) -> NDArray[np.float64]:
    """Return R diag(principal) R^T, shape (..., 3, 3), for principal values (3,) and rotations (..., 3, 3)."""
    matrix = np.asarray(rotation, dtype=float)
    return np.asarray((matrix * np.asarray(principal, dtype=float)) @ np.swapaxes(matrix, -1, -2))


def directional_youngs_modulus(stiffness: ArrayLike, direction: ArrayLike) -> float:
    """Return Young's modulus along a direction: 1/E = n_i n_j n_k n_l S_ijkl (Nye 1957, ch. VIII)."""
    unit = np.asarray(direction, dtype=float)
    unit = unit / np.linalg.norm(unit)
    stress = unit[_ROWS] * unit[_COLUMNS]
    strain = np.linalg.solve(np.asarray(stiffness, dtype=float), stress)
    return float(1.0 / (stress @ strain))


def voigt_average(stiffness: ArrayLike) -> tuple[float, float]:
    """Return bulk and shear modulus of a random polycrystal under uniform strain (Voigt 1889; Hill 1952, eq. 5)."""
    c = np.asarray(stiffness, dtype=float)
    normal, off, shear = np.trace(c[:3, :3]), c[0, 1] + c[0, 2] + c[1, 2], c[3, 3] + c[4, 4] + c[5, 5]
    return float((normal + 2.0 * off) / 9.0), float((normal - off + 3.0 * shear) / 15.0)


def reuss_average(stiffness: ArrayLike) -> tuple[float, float]:
    """Return bulk and shear modulus of a random polycrystal under uniform stress (Reuss 1929; Hill 1952, eq. 6)."""
    s = np.linalg.inv(np.asarray(stiffness, dtype=float))
    normal, off, shear = np.trace(s[:3, :3]), s[0, 1] + s[0, 2] + s[1, 2], s[3, 3] + s[4, 4] + s[5, 5]
    return float(1.0 / (normal + 2.0 * off)), float(15.0 / (4.0 * (normal - off) + 3.0 * shear))


def hill_average(stiffness: ArrayLike) -> tuple[float, float]:
    """Return Young's modulus and Poisson ratio of a random polycrystal (Hill 1952: mean of Voigt and Reuss moduli)."""
    bulk, shear = (
        0.5 * (voigt + reuss) for voigt, reuss in zip(voigt_average(stiffness), reuss_average(stiffness), strict=True)
    )
    return 9.0 * bulk * shear / (3.0 * bulk + shear), (3.0 * bulk - 2.0 * shear) / (2.0 * (3.0 * bulk + shear))
