# SPDX-License-Identifier: LGPL-3.0-or-later
"""The oscillating singular field at the tip of a crack between two anisotropic solids.

With the bimaterial matrix H = Y1 + conj(Y2), Y = i A B^-1, and the eigenvector w of conj(H) w = exp(2 pi epsilon) H w,
the traction ahead of the tip is

    t(r) = (2 pi r)^(-1/2) {2 Re [K (r/l)^(i epsilon) w] + K_3 w_3}

and the field in either solid follows from B f'(z) = h(z) with

    h(z) = [e^(+-pi epsilon) K (z/l)^(i epsilon) w + e^(-+pi epsilon) conj(K) (z/l)^(-i epsilon) conj(w)]
           / (2 sqrt(2 pi z) cosh(pi epsilon)) + K_3 w_3 / (2 sqrt(2 pi z)),

upper signs above, lower signs below (Suo 1990, Proc. R. Soc. A 427, 331, eqs. 5.1 to 5.10). w is scaled to a second
component of one half, so that K = K_1 + i K_2 is normal plus i times shear traction at the distance l in isotropic
solids (Rice 1988). K depends on the length l it is stated for: another l' turns its phase by epsilon ln(l'/l).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jadeite.failure.crack_field import in_plane_stiffness, stroh_eigenvectors
from jadeite.failure.tip_field import padded

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: Oscillation below which the two solids count as matched: the field is then that of a square root.
_MATCHED = 1e-7
_ROOT = 2.0 * np.sqrt(2.0 * np.pi)


@dataclass(frozen=True, eq=False)
class InterfaceTip:
    """Fields of unit factors at the tip of an interface crack; modes in the order Im K, Re K, K_3.

    Attributes:
        oscillation: epsilon, 1.
        length: l that K is stated for, m.
        stiffnesses: Voigt stiffness above and below, shape (2, 6, 6), Pa, frame of the crack.
        eigenvalues: Stroh eigenvalues of either solid, shape (2, n).
        displacement: matrices A, shape (2, n, n).
        potential: B^-1 on w, conj(w) and w_3, shape (2, n, 3); without the third mode w_3 is zero.
        compliance: matrix M, 1/Pa, of `TipField`.
    """

    oscillation: float
    length: float
    stiffnesses: Array
    eigenvalues: Complex
    displacement: Complex
    potential: Complex
    compliance: Array

    def stiffness(self, aside: Array) -> Array:
        """Return the stiffness of the solid that each place lies in."""
        return np.asarray(self.stiffnesses[(aside < 0.0).astype(int)])

    def gradients(self, ahead: Array, aside: Array) -> tuple[Array, Array]:
        """Return displacement gradients and their derivatives along growth, shape (modes, n, 3, 3) each."""
        components = self.displacement.shape[1]
        first = np.zeros((components, len(ahead), components, 2))
        slope = np.zeros_like(first)
        for solid, below in enumerate((False, True)):
            taken = (aside < 0.0) == below
            values = self._one_side(solid, ahead[taken], aside[taken])
            first[:, taken], slope[:, taken] = values
        return padded(first), padded(slope)

    def _one_side(self, solid: int, ahead: Array, aside: Array) -> tuple[Array, Array]:
        epsilon, p = self.oscillation, self.eigenvalues[solid]
        z = ahead + p[:, None] * aside
        turned = (z / self.length) ** (1j * epsilon)
        grown = np.exp(np.pi * epsilon) if solid == 0 else np.exp(-np.pi * epsilon)
        scale = 1.0 / (_ROOT * np.sqrt(z))
        cosh = np.cosh(np.pi * epsilon)
        # factors of K, of its conjugate, and of K_3; then their derivatives
        parts = np.stack([grown * turned * scale / cosh, scale / (grown * turned * cosh), scale])
        powers = np.array([-0.5 + 1j * epsilon, -0.5 - 1j * epsilon, -0.5])
        rates = powers[:, None, None] / z * parts
        found = []
        for values in (parts, rates):
            terms = np.einsum("ik,kc,ckn->cnik", self.displacement[solid], self.potential[solid], values)
            along = np.stack([terms.sum(axis=3), (terms * p).sum(axis=3)], axis=3)
            k, conjugate, third = along
            modes = [2.0 * np.real(1j * (k - conjugate)), 2.0 * np.real(k + conjugate), 2.0 * np.real(third)]
            found.append(np.array(modes[: self.displacement.shape[1]]))
        return found[0], found[1]


def interface_tip(above: Array, below: Array, components: int, length: float) -> InterfaceTip:
    """Return the singular field of a crack between two solids.

    Args:
        above, below: Voigt stiffness (6, 6) of the solids with x2 > 0 and x2 < 0 in the frame of the crack, Pa.
        components: 2 or 3 displacement components, as for `crack_field`.
        length: l that K is stated for, m.

    Raises:
        ValueError: when a stiffness has no proper eigenvectors.
    """
    solids = [stroh_eigenvectors(in_plane_stiffness(one, components), components) for one in (above, below)]
    y = [1j * a @ np.linalg.inv(b) for _, _, a, b in solids]
    h = y[0] + y[1].conj()
    epsilon, w, third = _eigenvectors(h)
    columns = np.stack([w, w.conj(), third], axis=1)
    return InterfaceTip(
        epsilon,
        length,
        np.array([solid[0] for solid in solids]),
        np.array([solid[1] for solid in solids]),
        np.array([solid[2] for solid in solids]),
        np.array([np.linalg.solve(solid[3], columns) for solid in solids]),
        _compliance(2.0 * h.real, epsilon, w, third),
    )


def _eigenvectors(h: Complex) -> tuple[float, Complex, Complex]:
    """Oscillation epsilon, eigenvector w with second component one half, and w_3 (zero without a third component)."""
    number = len(h)
    w = np.zeros(number, dtype=complex)
    third = np.zeros(number, dtype=complex)
    w[:2] = -0.5j, 0.5
    if number == 3:
        third[2] = 1.0
    values, vectors = np.linalg.eig(np.linalg.solve(h, h.conj()))
    size = np.log(np.abs(values)) / (2.0 * np.pi)
    if np.abs(size).max() < _MATCHED:
        return 0.0, w, third
    # of the pair of oscillating vectors that in which shear follows opening as -i/2 does one half
    pair = np.argsort(-np.abs(size))[:2]
    ratios = vectors[0, pair] / vectors[1, pair]
    chosen = pair[int(np.argmin(ratios.imag))]
    w = vectors[:, chosen] / (2.0 * vectors[1, chosen])
    if number == 3:
        rest = ({0, 1, 2} - set(pair.tolist())).pop()
        third = vectors[:, rest] / vectors[2, rest]
        third = third.real.astype(complex)
    return float(size[chosen]), w, third


def _compliance(d: Array, epsilon: float, w: Complex, third: Complex) -> Array:
    """Energy release rate as a quadratic form of (Im K, Re K, K_3), times two."""
    traction = np.stack([2.0 * np.real(1j * w), 2.0 * np.real(w), third.real], axis=1)[:, : len(d)]
    if epsilon == 0.0:
        return 0.25 * traction.T @ d @ traction
    both = float(np.real(w.conj() @ d @ w)) / (2.0 * np.cosh(np.pi * epsilon) ** 2)
    found = np.diag([both, both, 0.25 * float(third.real @ d @ third.real)])
    return found[: len(d), : len(d)]
