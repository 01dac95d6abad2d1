# SPDX-License-Identifier: LGPL-3.0-or-later
"""The equivalent circuit that an experimenter fits: a resistance and depressed arcs in series, named by capacitance.

    Z(w) = R_0 + sum R_k / (1 + (i w tau_k)^a_k)  [+ 1 / (Q (i w)^n) before electrodes that block]

As many arcs as the distribution of relaxation times has peaks, started there; complex non-linear least squares with
weights 1/|Z| (Macdonald and Johnson 2005, ch. 3). An arc gets its name from its capacitance tau_k/R_k times the length
of the sample, as Irvine, Sinclair and West read spectra (Adv. Mater. 2, 1990, 132, table 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from jadeite.physics.impedance import elements
from jadeite.physics.impedance.relaxation_times import RelaxationTimes

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: Capacitance times length (F/m) up to which an arc is that of the grains, and from which that of electrodes.
_LARGEST_OF_GRAINS, _LEAST_OF_ELECTRODES = 1e-8, 1e-6


class ArcName(StrEnum):
    """What an experimenter takes an arc for."""

    GRAINS = "grains"
    BOUNDARIES = "grain boundaries"
    ELECTRODES = "electrodes"


@dataclass(frozen=True, slots=True)
class Arc:
    """One arc: resistance (ohm m^2), relaxation time (s), exponent, and what it is taken for."""

    name: ArcName
    resistance: float
    time: float
    exponent: float

    @property
    def capacitance(self) -> float:
        """Capacitance that an ideal arc of this resistance and time would have, F/m^2."""
        return self.time / self.resistance


@dataclass(frozen=True, slots=True)
class Circuit:
    """A fitted circuit.

    Attributes:
        offset: R_0, ohm m^2.
        arcs: rising in time.
        blocking: Q (S s^n/m^2) and n of a constant-phase element in series, or None.
        misfit: root mean square of the relative misfit.
    """

    offset: float
    arcs: tuple[Arc, ...]
    blocking: tuple[float, float] | None
    misfit: float

    def impedance(self, frequency: Array) -> Complex:
        """Return the impedance at angular frequencies (rad/s), ohm m^2."""
        total = self.offset + sum(
            (elements.arc(arc.resistance, arc.time, frequency, arc.exponent) for arc in self.arcs),
            start=np.zeros(len(frequency), dtype=complex),
        )
        if self.blocking is not None:
            total = total + 1.0 / (self.blocking[0] * (1j * frequency) ** self.blocking[1])
        return np.asarray(total)

    def resistance_of(self, name: ArcName) -> float:
        """Return the resistance of all arcs of a name; the offset belongs to the grains, whose arc is beyond it."""
        offset = self.offset if name is ArcName.GRAINS else 0.0
        return offset + sum(arc.resistance for arc in self.arcs if arc.name is name)

    def capacitance_of(self, name: ArcName) -> float | None:
        """Return the capacitance of the largest arc of a name, F/m^2; None without one."""
        arcs = [arc for arc in self.arcs if arc.name is name]
        return max(arcs, key=lambda arc: arc.resistance).capacitance if arcs else None


def fit_circuit(frequency: Array, impedance: Complex, start: RelaxationTimes, thickness: float) -> Circuit:
    """Fit a circuit to a spectrum.

    Args:
        frequency: angular frequencies, rad/s.
        impedance: times area, ohm m^2.
        start: its distribution of relaxation times, which says how many arcs there are.
        thickness: length of the sample, m.
    """
    blocks = start.series_elastance > 1e-3 * frequency[0] * float(np.abs(impedance).max())
    largest = float(np.abs(impedance).max())
    count = len(start.peaks)
    first = np.concatenate(
        [
            [np.log(max(start.offset, 1e-5 * float(np.abs(impedance).min())))],
            np.log(start.peaks[:, 1]),
            np.log(start.peaks[:, 0]),
            np.full(count, 0.98),
            [np.log(1.0 / start.series_elastance), 0.98] if blocks else [],
        ]
    )
    low, high = np.full(len(first), -np.inf), np.full(len(first), np.inf)
    low[0] = np.log(1e-9 * largest)
    low[1 + 2 * count : 1 + 3 * count], high[1 + 2 * count : 1 + 3 * count] = 0.4, 1.0
    if blocks:
        low[-1], high[-1] = 0.4, 1.0

    def circuit(parameters: Array, misfit: float = 0.0) -> Circuit:
        resistances, times = np.exp(parameters[1 : 1 + count]), np.exp(parameters[1 + count : 1 + 2 * count])
        exponents = parameters[1 + 2 * count : 1 + 3 * count]
        arcs = [
            Arc(_name(time / resistance * thickness), resistance, time, exponent)
            for resistance, time, exponent in zip(resistances.tolist(), times.tolist(), exponents.tolist(), strict=True)
        ]
        blocking = (float(np.exp(parameters[-2])), float(parameters[-1])) if blocks else None
        return Circuit(float(np.exp(parameters[0])), tuple(sorted(arcs, key=lambda arc: arc.time)), blocking, misfit)

    def misfit(parameters: Array) -> Array:
        relative = (circuit(parameters).impedance(frequency) - impedance) / np.abs(impedance)
        return np.concatenate([relative.real, relative.imag])

    found = least_squares(misfit, np.clip(first, low + 1e-9, high - 1e-9), bounds=(low, high), x_scale="jac")
    return circuit(found.x, float(np.sqrt(2.0 * found.cost / len(frequency))))


def _name(capacitance_length: float) -> ArcName:
    if capacitance_length < _LARGEST_OF_GRAINS:
        return ArcName.GRAINS
    return ArcName.ELECTRODES if capacitance_length > _LEAST_OF_ELECTRODES else ArcName.BOUNDARIES
