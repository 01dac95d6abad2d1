# SPDX-License-Identifier: LGPL-3.0-or-later
"""Stress intensity at the tip of a small kink: universal functions of its angle, whatever body and load are.

A kink much shorter than the crack has k = F(angle) K with K of the crack before it kinks. F is known as a power series
in m = angle / pi, exact to four digits up to 144 degrees (Amestoy and Leblond 1992, Int. J. Solids Struct. 29, 465,
eqs. 66 and 67); its first order is that of Cotterell and Rice 1980 (Int. J. Fract. 16, 155). In mode III, which does
not couple to the others, F is ((1 - m) / (1 + m))^(m/2) exactly (Sih 1965, J. Appl. Mech. 32, 51).

Angles are those of this package: anticlockwise in the frame of growth and normal. Mode II is positive where the wall
above the crack slides along growth, ahead of the wall below, and turns a crack clockwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: Angle up to which the series is used, rad.
LARGEST_ANGLE = 0.8 * np.pi
_P = np.pi
# coefficients of m^0, m^2, ... (even functions) and of m^1, m^3, ... (odd ones)
_F11 = (
    1.0, -3 * _P**2 / 8, _P**2 - 5 * _P**4 / 128, _P**2 / 9 - 11 * _P**4 / 72 + 119 * _P**6 / 15360, 5.07790, -2.88312,
    -0.0925, 2.996, -4.059, 1.63, 4.1,
)  # fmt: skip
_F12 = (
    -3 * _P / 2, 10 * _P / 3 + _P**3 / 16, -2 * _P - 133 * _P**3 / 180 + 59 * _P**5 / 1280, 12.313906, -7.32433, 1.5793,
    4.0216, -6.915, 4.21, 4.56,
)  # fmt: skip
_F21 = (
    _P / 2, -4 * _P / 3 - _P**3 / 48, -2 * _P / 3 + 13 * _P**3 / 30 - 59 * _P**5 / 3840, -6.176023, 4.44112, -1.5340,
    -2.0700, 4.684, -3.95, -1.32,
)  # fmt: skip
_F22 = (
    1.0, -(4 + 3 * _P**2 / 8), 8 / 3 + 29 * _P**2 / 18 - 5 * _P**4 / 128,
    -32 / 15 - 4 * _P**2 / 9 - 1159 * _P**4 / 7200 + 119 * _P**6 / 15360, 10.58254, -4.78511, -1.8804, 7.280, -7.591,
    0.25, 12.5,
)  # fmt: skip


def kink_matrix(angle: ArrayLike) -> Array:
    """Return F (..., 3, 3), from the modes I, II, III of a crack to those of a small kink.

    Args:
        angle: rad, at most `LARGEST_ANGLE` either way.

    Raises:
        ValueError: when an angle is larger.
    """
    given = np.asarray(angle, dtype=float)
    if not np.all(np.abs(given) <= LARGEST_ANGLE * (1.0 + 1e-12)):
        raise ValueError(f"a kink turns by at most {np.degrees(LARGEST_ANGLE):.0f} degrees")
    m = given / np.pi
    found = np.zeros((*given.shape, 3, 3))
    square = m**2
    found[..., 0, 0] = np.polynomial.polynomial.polyval(square, _F11)
    found[..., 0, 1] = m * np.polynomial.polynomial.polyval(square, _F12)
    found[..., 1, 0] = m * np.polynomial.polynomial.polyval(square, _F21)
    found[..., 1, 1] = np.polynomial.polynomial.polyval(square, _F22)
    found[..., 2, 2] = ((1.0 - m) / (1.0 + m)) ** (0.5 * m)
    return found


def first_order_kink_matrix(angle: ArrayLike) -> Array:
    """Return F (..., 3, 3) to first order in the angle: the tractions ahead of the crack (Cotterell and Rice 1980)."""
    given = np.asarray(angle, dtype=float)
    one, three, sine, triple = (
        np.cos(0.5 * given),
        np.cos(1.5 * given),
        np.sin(0.5 * given),
        np.sin(1.5 * given),
    )
    found = np.zeros((*given.shape, 3, 3))
    found[..., 0, 0] = 0.75 * one + 0.25 * three
    found[..., 0, 1] = -0.75 * (sine + triple)
    found[..., 1, 0] = 0.25 * (sine + triple)
    found[..., 1, 1] = 0.25 * one + 0.75 * three
    found[..., 2, 2] = one
    return found


def kinked_modes(modes: ArrayLike, angle: ArrayLike) -> Array:
    """Return the factors k_I, k_II, k_III (..., 3) of a kink, Pa m^0.5; walls that press on each other bear mode I.

    Args:
        modes: K_I, K_II, K_III (3,) of the crack, Pa m^0.5; a closed crack counts as one with K_I = 0.
        angle: rad.
    """
    given = np.array(modes, dtype=float)
    given[0] = max(given[0], 0.0)
    found = kink_matrix(angle) @ given
    found[..., 0] = np.maximum(found[..., 0], 0.0)
    return np.asarray(found)
