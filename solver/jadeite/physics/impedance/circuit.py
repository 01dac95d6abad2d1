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
from jadeite.physics.impedance.relaxation_times import ACCURACY, RelaxationTimes

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

    Arcs are left out again, the smallest first, as long as the misfit stays below the accuracy that the spectrum was
    taken to have, or does not grow by more than a tenth: an arc that data do not ask for is not claimed.

    Args:
        frequency: angular frequencies, rising, rad/s.
        impedance: times area, ohm m^2.
        start: its distribution of relaxation times, which says how many arcs there are at most.
        thickness: length of the sample, m.
    """
    fit = _Fit(frequency, impedance, thickness, start.offset)
    # what is slower than all data belongs to the electrodes that block, if they do
    slowest = 0.1 / frequency[0] if fit.blocks else np.inf
    best = fit.run(start.peaks[start.peaks[:, 0] < slowest])
    while len(best.arcs) > 1:
        least = min(best.arcs, key=lambda arc: arc.resistance)
        kept = np.array([(arc.time, arc.resistance) for arc in best.arcs if arc is not least])
        fewer = fit.run(kept)
        if fewer.misfit > max(1.1 * best.misfit, 0.1 * ACCURACY):
            break
        best = fewer
    return best


class _Fit:
    """Least squares for one spectrum and any number of arcs; logarithms of what must be positive are the unknowns."""

    def __init__(self, frequency: Array, impedance: Complex, thickness: float, offset: float) -> None:
        self._frequency, self._impedance, self._thickness = frequency, impedance, thickness
        self._magnitude = np.abs(impedance)
        self._largest, self._offset = float(self._magnitude.max()), offset
        #: Whether the spectrum ends, at low frequency, like that of a capacitor.
        self.blocks = bool(-impedance[0].imag > 1.5 * impedance[0].real)
        self._constant = -float(np.log(-impedance[0].imag * frequency[0])) if self.blocks else 0.0

    def run(self, peaks: Array) -> Circuit:
        """Fit as many arcs as there are rows of (time, resistance) to start from."""
        count = len(peaks)
        exponents = np.full(count, 0.97)
        span = np.log([1e-2 / self._frequency[-1], 1e2 / self._frequency[0]])
        offset = max(self._offset, 1e-5 * float(self._magnitude.min()))
        first = [np.log([offset]), np.log(peaks[:, 1]), np.log(peaks[:, 0]), exponents]
        low = [np.log([1e-9 * self._largest]), np.full(count, np.log(1e-9 * self._largest)), np.full(count, span[0])]
        high = [np.log([10.0 * self._largest]), np.full(count, np.log(10.0 * self._largest)), np.full(count, span[1])]
        low, high = [*low, np.full(count, 0.4)], [*high, np.full(count, 1.0)]
        if self.blocks:
            first.append(np.array([self._constant, 0.97]))
            low.append(np.array([self._constant - 7.0, 0.4]))
            high.append(np.array([self._constant + 7.0, 1.0]))
        bounds = np.concatenate(low), np.concatenate(high)
        inside = np.clip(np.concatenate(first), bounds[0] + 1e-9, bounds[1] - 1e-9)
        found = least_squares(self._misfit, inside, bounds=bounds, x_scale="jac", xtol=1e-12, ftol=1e-12, gtol=1e-12)
        return self._circuit(found.x, float(np.sqrt(2.0 * found.cost / len(self._frequency))))

    def _misfit(self, parameters: Array) -> Array:
        relative = (self._circuit(parameters).impedance(self._frequency) - self._impedance) / self._magnitude
        return np.concatenate([relative.real, relative.imag])

    def _circuit(self, parameters: Array, misfit: float = 0.0) -> Circuit:
        blocking = None
        if self.blocks:
            parameters, last = parameters[:-2], parameters[-2:]
            blocking = (float(np.exp(last[0])), float(last[1]))
        resistances, times, exponents = np.split(parameters[1:], 3)
        arcs = [
            Arc(_name(time / resistance * self._thickness), resistance, time, exponent)
            for resistance, time, exponent in zip(
                np.exp(resistances).tolist(), np.exp(times).tolist(), exponents.tolist(), strict=True
            )
        ]
        ordered = tuple(sorted(arcs, key=lambda arc: arc.time))
        return Circuit(float(np.exp(parameters[0])), ordered, blocking, misfit)


def _name(capacitance_length: float) -> ArcName:
    if capacitance_length < _LARGEST_OF_GRAINS:
        return ArcName.GRAINS
    return ArcName.ELECTRODES if capacitance_length > _LEAST_OF_ELECTRODES else ArcName.BOUNDARIES
