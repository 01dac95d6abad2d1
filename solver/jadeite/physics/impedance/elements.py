# SPDX-License-Identifier: LGPL-3.0-or-later
"""Elements of equivalent circuits: impedance against angular frequency (rad/s), in the unit of their resistances.

Macdonald and Johnson 2005 (Impedance Spectroscopy, ch. 1 and 2) for all of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


def arc(resistance: float, time: float, frequency: Array, exponent: float = 1.0) -> Complex:
    """Return R / (1 + (i w tau)^a): a resistance beside a capacitance tau/R, or beside a constant-phase element.

    With an exponent below one the arc is depressed (Cole and Cole, J. Chem. Phys. 9, 1941, 341).
    """
    return np.asarray(resistance / (1.0 + (1j * frequency * time) ** exponent))


def warburg(coefficient: float, frequency: Array) -> Complex:
    """Return s (1 - i) / sqrt(w): diffusion into a half space (Warburg 1899)."""
    return np.asarray(coefficient * (1.0 - 1j) / np.sqrt(frequency))


def finite_length_diffusion(resistance: float, time: float, frequency: Array) -> Complex:
    """Return R tanh(sqrt(i w tau)) / sqrt(i w tau): diffusion through a layer to a fixed concentration."""
    root = np.sqrt(1j * frequency * time)
    return np.asarray(resistance * np.tanh(root) / root)


def randles(series: float, transfer: float, capacitance: float, coefficient: float, frequency: Array) -> Complex:
    """Return a resistance before a double layer beside charge transfer and diffusion (Randles 1947)."""
    faradaic = transfer + warburg(coefficient, frequency)
    return np.asarray(series + 1.0 / (1j * frequency * capacitance + 1.0 / faradaic))
