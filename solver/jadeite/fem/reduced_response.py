# SPDX-License-Identifier: LGPL-3.0-or-later
"""A frequency response on a small space: admittance, field and share of each mechanism at any frequency.

The space holds real vectors V and, as its last coordinate, the scalar U. Power is shared out by Tellegen's theorem: for
every solution

    Re Z = sum of parts  x^H K_p x / |I|^2,        -Im Z = w  sum of parts  x^H M_p x / |I|^2

with x the field and the terminal and I the current, so that no part can have a negative resistance, and the parts add
up to Z. In a series of two-terminal elements each part is the impedance of its element.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


def scaled_solve(conductance: Array, capacitance: Array, frequencies: Array) -> Complex:
    """Return the coordinates of the field at unit scalar, shape (size, frequencies).

    Args:
        conductance, capacitance: matrices on space and scalar, shape (size + 1, size + 1).
        frequencies: angular frequencies, rad/s.

    Each system is scaled to a diagonal of ones first, so that frequencies of many decades do no harm.
    """
    size = len(conductance) - 1
    diagonal = np.diag(conductance)[:size] + frequencies[:, None] * np.diag(capacitance)[:size]
    scale = 1.0 / np.sqrt(diagonal)
    matrix = conductance[:size, :size] + 1j * frequencies[:, None, None] * capacitance[:size, :size]
    drive = conductance[:size, size] + 1j * frequencies[:, None] * capacitance[:size, size]
    solved = np.linalg.solve(scale[:, :, None] * matrix * scale[:, None, :], -(scale * drive)[..., None])[..., 0]
    return np.asarray((scale * solved).T)


@dataclass(frozen=True, eq=False)
class Relaxations:
    """Z as a sum of elements in series: Z(w) = sum R_j / (1 + i w tau_j) + 1 / (i w C).

    Attributes:
        times: relaxation times tau_j, rising, s.
        resistances: R_j, in the unit of Z.
        series_elastance: 1/C; zero when a steady current can flow.
    """

    times: Array
    resistances: Array
    series_elastance: float


@dataclass(frozen=True, eq=False)
class ReducedResponse:
    """The response of a system on the space that a sweep has found.

    Attributes:
        basis: rows of V that this rank owns, shape (rows, size).
        conductance, capacitance: on space and scalar, shape (size + 1, size + 1).
        names: of the parts.
        part_conductances, part_capacitances: of each part, shape (parts, size + 1, size + 1).
    """

    basis: Array
    conductance: Array
    capacitance: Array
    names: tuple[str, ...]
    part_conductances: Array
    part_capacitances: Array

    def coordinates(self, frequencies: Array) -> Complex:
        """Return the coordinates of field and terminal at unit terminal potential, shape (size + 1, frequencies)."""
        field = scaled_solve(self.conductance, self.capacitance, frequencies)
        return np.concatenate([field, np.ones((1, len(frequencies)))])

    def admittance(self, frequencies: Array) -> Complex:
        """Return current over terminal potential at angular frequencies (rad/s)."""
        state = self.coordinates(frequencies)
        return np.asarray(self.conductance[-1] @ state + 1j * frequencies * (self.capacitance[-1] @ state))

    def impedance(self, frequencies: Array) -> Complex:
        """Return terminal potential over current at angular frequencies (rad/s)."""
        return 1.0 / self.admittance(frequencies)

    def contributions(self, frequencies: Array) -> Complex:
        """Return the impedance of each part, shape (parts, frequencies); they add up to the impedance."""
        state = self.coordinates(frequencies)
        dissipated = np.einsum("if,pij,jf->pf", state.conj(), self.part_conductances, state).real
        stored = np.einsum("if,pij,jf->pf", state.conj(), self.part_capacitances, state).real
        return np.asarray((dissipated - 1j * frequencies * stored) / np.abs(self.admittance(frequencies)) ** 2)

    def field(self, frequency: float) -> Complex:
        """Return the field at unit terminal potential on the rows that this rank owns."""
        return np.asarray(self.basis @ self.coordinates(np.array([frequency]))[:-1, 0])

    def relaxations(self, frequency: float) -> Relaxations:
        """Return the relaxation times of the impedance: its poles, which lie on the real axis.

        Args:
            frequency: an angular frequency in the middle of the range (rad/s), for the scale alone.

        With A = K + s M and the eigenvectors y of M y = mu A y, y^T A y = 1, the impedance at unit current is
        sum (e.y)^2 / (1 - s mu + i w mu).
        """
        shifted = self.conductance + frequency * self.capacitance
        scale = 1.0 / np.sqrt(np.diag(shifted))
        square = np.outer(scale, scale)
        values, vectors = eigh(self.capacitance * square, shifted * square)
        weight = (vectors[-1] * scale[-1]) ** 2
        conducting = 1.0 - frequency * values
        steady = conducting > 1e-12
        values = np.maximum(values, 0.0)
        return Relaxations(
            times=values[steady] / conducting[steady],
            resistances=weight[steady] / conducting[steady],
            series_elastance=float((weight[~steady] / values[~steady]).sum()),
        )
