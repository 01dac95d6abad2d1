# SPDX-License-Identifier: LGPL-3.0-or-later
"""Distribution of relaxation times: the smoothest sum of arcs that explains a spectrum.

    Z(w) = R_inf + 1/(i w C) + int g(tau) / (1 + i w tau) dln(tau),      g >= 0

g is piecewise linear in ln(tau), found by non-negative least squares of the relative misfit with Tikhonov's penalty on
its second derivative (Wan, Saccoccio, Chen and Ciucci, Electrochim. Acta 184, 2015, 483), g being measured there in
units of the magnitude of Z at 1/tau: small arcs at high frequency count as much as large ones at low frequency. Of all
penalties the largest is taken whose relative misfit stays within a stated accuracy of the spectrum (discrepancy
principle, Morozov 1966): features that an experiment of that accuracy could not show are not shown. The capacitance in
series is that of electrodes that block (Ivers-Tiffee and Weber, J. Ceram. Soc. Japan 125, 2017, 193).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls
from scipy.signal import find_peaks

from jadeite.fem.solvers import ConvergenceError

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: Relative accuracy that a spectrum is taken to have: that of a careful measurement.
ACCURACY = 5e-3
_POINTS_PER_DECADE = 12
#: Steps of the least squares that are tried, per unknown.
_STEPS = 20
_PENALTIES = np.logspace(1.0, -9.0, 31)
#: Peaks below this share of the magnitude of the impedance at their frequency are ripples.
_LEAST_SHARE = 2e-2


@dataclass(frozen=True, eq=False)
class RelaxationTimes:
    """A distribution of relaxation times, in the unit of the impedance.

    Attributes:
        times: tau, rising, s.
        density: g at these times.
        offset: R_inf, what is left at high frequency.
        series_elastance: 1/C of electrodes that block; zero for others.
        penalty: the parameter that was chosen.
        misfit: root mean square of the relative misfit.
        peaks: time and resistance of each peak, rising in time, shape (peaks, 2).
    """

    times: Array
    density: Array
    offset: float
    series_elastance: float
    penalty: float
    misfit: float
    peaks: Array


def relaxation_times(frequency: Array, impedance: Complex, accuracy: float = ACCURACY) -> RelaxationTimes:
    """Find the distribution of relaxation times of a spectrum.

    Args:
        frequency: angular frequencies, rising, rad/s.
        impedance: at these frequencies.
        accuracy: relative accuracy of the impedance; where no penalty meets it, the smallest is taken, and the misfit
            says by how much it fails.

    Raises:
        ConvergenceError: least squares do not end.
    """
    # one decade beyond the data on either side: arcs that are cut off at the ends have their place
    low, high = np.log(0.1 / frequency[-1]), np.log(10.0 / frequency[0])
    count = int(np.ceil((high - low) / np.log(10.0) * _POINTS_PER_DECADE)) + 1
    logarithms = np.linspace(low, high, count)
    step, times = logarithms[1] - logarithms[0], np.exp(logarithms)
    magnitude = np.abs(impedance)
    local = np.exp(np.interp(-logarithms, np.log(frequency), np.log(magnitude)))
    scale = np.concatenate([local, [magnitude.min(), magnitude.max() * frequency[0]]])
    kernel = np.column_stack(
        [step / (1.0 + 1j * np.outer(frequency, times)), np.ones(len(frequency)), 1.0 / (1j * frequency)]
    )
    weight = 1.0 / magnitude
    weighted = weight[:, None] * kernel * scale
    rows = np.concatenate([weighted.real, weighted.imag])
    target = np.concatenate([(impedance * weight).real, (impedance * weight).imag])
    bend = np.zeros((count, count + 2))
    bend[:, :count] = np.diff(np.eye(count + 2)[:, 1:-1], n=2, axis=0) / step**2
    for penalty in _PENALTIES:
        regular = np.sqrt(penalty * step) * bend
        solution = _non_negative(np.concatenate([rows, regular]), np.concatenate([target, np.zeros(count)]))
        misfit = float(np.sqrt(np.sum((rows @ solution - target) ** 2) / len(frequency)))
        if misfit <= accuracy:
            break
    solution = scale * solution
    density = solution[:count]
    return RelaxationTimes(
        times=times,
        density=density,
        offset=float(solution[count]),
        series_elastance=float(solution[count + 1]),
        penalty=float(penalty),
        misfit=misfit,
        peaks=_peaks(logarithms, density, local),
    )


def _non_negative(rows: Array, target: Array) -> Array:
    """Least squares without negative unknowns."""
    try:
        return np.asarray(nnls(rows, target, maxiter=_STEPS * rows.shape[1])[0])
    except RuntimeError as error:
        raise ConvergenceError(
            "The distribution of relaxation times was not found: non-negative least squares of the spectrum did not "
            f"end in {_STEPS * rows.shape[1]} steps; try fewer `protocol.points_per_decade`, or a narrower range of "
            "frequencies."
        ) from error


def _peaks(logarithms: Array, density: Array, magnitude: Array) -> Array:
    """Time and resistance of each peak; valleys divide the resistance between them."""
    step = logarithms[1] - logarithms[0]
    padded = np.concatenate([[0.0], density, [0.0]])
    places = find_peaks(padded)[0] - 1
    # a plateau at rounding level or a ripple on a flank is no peak
    while len(places):
        valleys = [0, *(a + int(np.argmin(density[a:b])) for a, b in pairwise(places))]
        ends = [*valleys[1:], len(density)]
        areas = np.array([step * density[a:b].sum() for a, b in zip(valleys, ends, strict=True)])
        shares = areas / magnitude[places]
        if shares.min() >= _LEAST_SHARE:
            return np.column_stack([np.exp(logarithms[places]), areas])
        places = np.delete(places, int(np.argmin(shares)))
    return np.zeros((0, 2))
